"""What diffusers and transformers compute where synood's rows of bench/rows/diffusion compute it."""

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from serve import read, serve
from transformers import CLIPVisionModelWithProjection


def load(kind, folder, device, dtype):
    return kind.from_pretrained(folder, low_cpu_mem_usage=False).to(device, getattr(torch, dtype)).eval()


def unet_step(settings, device, dtype):
    unet = load(UNet2DConditionModel, settings["folder"], device, dtype)
    sample, context = read(settings["sample"]), read(settings["context"])

    def run():
        with torch.inference_mode():
            inputs = [x.to(device, unet.dtype) for x in (sample, context)]
            return unet(inputs[0], settings["timestep"], inputs[1]).sample.float().cpu()

    return run


def vae_decode(settings, device, dtype):
    vae = load(AutoencoderKL, settings["folder"], device, dtype)
    latents = read(settings["latents"])

    def run():
        with torch.inference_mode():
            return vae.decode(latents.to(device, vae.dtype)).sample.float().cpu()

    return run


def decode_gradient(settings, device, dtype, frozen=True):
    vae = load(AutoencoderKL, settings["vae"], device, dtype).requires_grad_(not frozen)
    clip = load(CLIPVisionModelWithProjection, settings["clip"], device, dtype).requires_grad_(not frozen)
    labels = F.normalize(read(settings["labels"]).to(device))
    transform, latents = settings["transform"], read(settings["latents"])
    mean, std = (torch.tensor(transform[name], device=device).view(1, 3, 1, 1) for name in ("mean", "std"))
    crop = transform["crop"]
    begin = (transform["resize"] - crop) // 2

    def run():
        u = (latents / settings["scalingFactor"]).to(device, vae.dtype).requires_grad_(True)
        image = (vae.decode(u).sample.float() / 2 + 0.5).clamp(0, 1)
        size = (transform["resize"],) * 2
        small = F.interpolate(image, size=size, mode="bilinear", align_corners=False, antialias=True)
        small = small[:, :, begin : begin + crop, begin : begin + crop]
        features = clip(pixel_values=((small - mean) / std).to(clip.dtype)).image_embeds.float()
        logits = F.normalize(features) @ labels.T * settings["logitScale"]
        loss = ((torch.logsumexp(logits, 1) - settings["boundary"]) ** 2).sum()
        loss.backward()
        for model in (vae, clip):
            model.zero_grad(set_to_none=True)
        return u.grad.float().cpu()

    return run


def decode_gradient_published(settings, device, dtype):
    return decode_gradient(settings, device, dtype, frozen=False)


serve(
    {
        "unet-step-256": unet_step,
        "unet-step-512": unet_step,
        "vae-decode-256": vae_decode,
        "decode-gradient": decode_gradient,
        "decode-gradient-published": decode_gradient_published,
    },
    libraries=("torch", "diffusers", "transformers"),
)
