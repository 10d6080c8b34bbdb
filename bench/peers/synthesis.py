"""The published synthesis (SynOOD, section 3.2) as its authors' code computes it, on diffusers and transformers.

What a better implementation leaves out is here, as there: every parameter is trainable and gathers gradients, the prompts
and the grey image are encoded anew in each iteration, and the last iteration's gradient moves noise that nobody uses.
"""

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDIMScheduler, PNDMScheduler, UNet2DConditionModel
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
    names = ("pixels", "noise", "imageNoise", "maskedNoise", "givenNoise")
    pixels, first_noise, image_noise, masked_noise, given_noise = (read(settings[n]).to(device) for n in names)
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

    def iterate(z0, noise, iteration):
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
        return image.detach(), u.grad.float()

    def start():
        with torch.no_grad():
            return encode(pixels, image_noise)

    def run():
        z0, noise = start(), first_noise
        for iteration in range(settings["iterations"]):
            image, gradient = iterate(z0, noise, iteration)
            noise = noise - settings["rate"] * gradient
        return image.cpu()

    def check():
        z0 = start()
        found = [iterate(z0, noise, iteration) for iteration, noise in enumerate(given_noise)]
        parts = [image for image, _ in found] + [gradient for _, gradient in found]
        if settings["endIsCompared"]:
            parts.append(run())
        return torch.cat([part.cpu().flatten() for part in parts])

    return run, check


def accepted_samples(settings, device, dtype):
    """The published loop with another target, the energy at a boundary, and normalised steps: batch after batch, every sample
    through all iterations, each with its backward pass; accepted is what lies at the boundary at the end."""
    models = settings["models"]
    unet = load(UNet2DConditionModel, models["unet"], device, dtype, low_cpu_mem_usage=False)
    vae = load(AutoencoderKL, models["vae"], device, dtype, low_cpu_mem_usage=False)
    text = load(CLIPTextModel, models["textEncoder"], device, dtype)
    classifier = load(ResNetForImageClassification, models["classifier"], device, dtype)
    scheduler = DDIMScheduler.from_pretrained(models["scheduler"])
    scaling, batch, steps = vae.config.scaling_factor, settings["batch"], settings["steps"]
    names = ("pixels", "noise", "imageNoise", "maskedNoise")
    pixels, first_noise, image_noise, masked_noise = (read(settings[name]).to(device) for name in names)
    ids = read(settings["ids"]).long().to(device)
    mean, std = (torch.tensor(x, device=device).view(1, 3, 1, 1) for x in (MEAN, STD))

    def encode(image, noise):
        posterior = vae.encode(image.to(vae.dtype)).latent_dist
        return scaling * (posterior.mean + posterior.std * noise).float()

    def denoise(z0, noise, rows, iteration):
        empty = ids[-1:].expand(batch, -1)
        context = torch.cat([text(empty).last_hidden_state, text(ids[rows]).last_hidden_state])
        masked = encode(torch.zeros_like(pixels[rows]), masked_noise[rows, iteration])
        mask = torch.ones_like(noise[:, :1])
        scheduler.set_timesteps(steps)
        times = scheduler.timesteps[steps - int(steps * settings["strength"]) :]
        x = scheduler.add_noise(z0, noise, times[:1].repeat(batch))
        for t in times:
            inputs = torch.cat([torch.cat([x, mask, masked], 1)] * 2).to(unet.dtype)
            uncond, cond = unet(inputs, t, context).sample.float().chunk(2)
            x = scheduler.step(uncond + settings["guidance"] * (cond - uncond), t, x).prev_sample
        return x

    def iterate(z0, noise, rows, iteration):
        with torch.no_grad():
            z = denoise(z0, noise, rows, iteration)
        u = (z / scaling).to(vae.dtype).requires_grad_(True)
        image = (vae.decode(u).sample.float() / 2 + 0.5).clamp(0, 1)
        scores = classifier(((image - mean) / std).to(classifier.dtype)).logits.float().logsumexp(1)
        ((scores - settings["boundary"]) ** 2).mean().backward()
        gradient = u.grad.float()
        rms = gradient.square().mean((1, 2, 3), keepdim=True).sqrt()
        return scores.detach(), noise - settings["step"] * gradient / rms

    def start(rows):
        with torch.no_grad():
            return encode(pixels[rows], image_noise[rows])

    def run():
        accepted, scores = 0, None
        for begin in range(0, settings["items"], batch):
            rows = slice(begin, begin + batch)
            z0, noise = start(rows), first_noise[rows]
            for iteration in range(settings["iterations"]):
                scores, noise = iterate(z0, noise, rows, iteration)
            accepted += int(((scores - settings["boundary"]).abs() <= settings["tolerance"]).sum())
            if accepted >= settings["wanted"]:
                return scores.cpu()
        raise RuntimeError(f"only {accepted} of {settings['items']} samples were accepted")

    def check():
        rows = slice(0, batch)
        return iterate(start(rows), first_noise[rows], rows, 0)[0].cpu()

    return run, check


serve(
    {
        "published-run-emoji": published_run,
        "published-run-256": published_run,
        "accepted-samples-emoji": accepted_samples,
    },
    libraries=("torch", "diffusers", "transformers"),
)
