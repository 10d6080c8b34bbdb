"""The published synthesis (SynOOD, section 3.2) as its authors' code computes it, on diffusers and transformers.

What a better implementation leaves out is here, as there: every parameter is trainable and gathers gradients, the prompts
and the grey image are encoded anew in each iteration, and the last iteration's gradient moves noise that nobody uses.
"""

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel
from serve import read, serve
from transformers import CLIPTextModel, ResNetForImageClassification

STEPS, STRENGTH, TARGET = 20, 0.6, -5
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def load(kind, folder, device, dtype, **options):
    return kind.from_pretrained(folder, **options).to(device, getattr(torch, dtype)).eval()


def published_run(settings, device, dtype):
    models = settings["models"]
    full = {"low_cpu_mem_usage": False}
    unet = load(UNet2DConditionModel, models["unet"], device, dtype, **full)
    vae = load(AutoencoderKL, models["vae"], device, dtype, **full)
    text = load(CLIPTextModel, models["textEncoder"], device, dtype)
    classifier = load(ResNetForImageClassification, models["classifier"], device, dtype)
    scheduler = PNDMScheduler.from_pretrained(models["scheduler"], skip_prk_steps=True)
    scaling = vae.config.scaling_factor
    given = [read(settings[name]).to(device) for name in ("pixels", "noise", "imageNoise", "maskedNoise")]
    pixels, first_noise, image_noise, masked_noise = given
    ids = read(settings["ids"]).long().to(device)
    empty = torch.full_like(ids, settings["end"])
    mean, std = (torch.tensor(x, device=device).view(1, 3, 1, 1) for x in (MEAN, STD))
    size = settings["classifierSide"]

    def encode(image, noise):
        posterior = vae.encode(image.to(vae.dtype)).latent_dist
        return scaling * (posterior.mean + posterior.std * noise).float()

    def denoise(z0, noise, iteration):
        context = torch.cat([text(empty).last_hidden_state, text(ids).last_hidden_state])
        masked = encode(torch.zeros_like(pixels), masked_noise[:, iteration])
        mask = torch.ones_like(noise[:, :1])
        scheduler.set_timesteps(STEPS)
        times = scheduler.timesteps[STEPS - int(STEPS * STRENGTH) :]
        x = scheduler.add_noise(z0, noise, times[:1].repeat(len(noise)))
        for t in times:
            inputs = torch.cat([torch.cat([x, mask, masked], 1)] * 2).to(unet.dtype)
            uncond, cond = unet(inputs, t, context).sample.float().chunk(2)
            x = scheduler.step(uncond + settings["guidance"] * (cond - uncond), t, x).prev_sample
        return x

    def run():
        with torch.no_grad():
            z0 = encode(pixels, image_noise)
        noise = first_noise
        for iteration in range(settings["iterations"]):
            with torch.no_grad():
                z = denoise(z0, noise, iteration)
            u = (z / scaling).to(vae.dtype).requires_grad_(True)
            image = (vae.decode(u).sample.float() / 2 + 0.5).clamp(0, 1)
            small = image
            if size != image.shape[-1]:
                small = F.interpolate(image, size=(size, size), mode="bilinear", align_corners=False, antialias=True)
            logits = classifier(((small - mean) / std).to(classifier.dtype)).logits.float()
            loss = ((TARGET - (logits.mean(1) - logits.logsumexp(1))) ** 2).mean()
            loss.backward()
            noise = noise - settings["rate"] * u.grad.float()
        return image.detach().cpu()

    return run


serve(
    {"published-run-emoji": published_run, "published-run-256": published_run},
    libraries=("torch", "diffusers", "transformers"),
)
