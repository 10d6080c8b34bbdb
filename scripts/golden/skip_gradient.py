"""OOD losses at a decoded latent, their gradients, and noise updates with whole denoisings between (SynOOD, section 3.2)."""

import torch
import torch.nn.functional as F
from common import FIXTURES, parse_out, randn, save_golden
from diffusers import AutoencoderKL, DDIMScheduler, PNDMScheduler, UNet2DConditionModel
from safetensors.torch import load_file
from schedulers import DDIM, PNDM
from transformers import CLIPModel, ResNetForImageClassification

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
SIZE = 24  # the classifier's; the images are 32, so that antialiasing matters
GUIDANCE, STRENGTH = 8.0, 0.6
ENERGY_B, MSP_B, CLIP_B = -5.0, 0.1, -3.0


def normalise(image, mean, std):
    return (image - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def resize(image, size, mode="bilinear"):
    return F.interpolate(image, size=size, mode=mode, align_corners=False, antialias=True)


def energy_loss(logits, temperature=1.0):
    energy = -temperature * torch.logsumexp(logits / temperature, dim=1)
    return energy, (energy - ENERGY_B) ** 2


def msp_loss(logits):
    score = logits.softmax(dim=1).amax(dim=1)
    return score, (score - MSP_B) ** 2


def reference_loss(logits):
    score = logits.mean(dim=1) - torch.logsumexp(logits, dim=1)
    return score, (-5 - score) ** 2


class Models:
    """The tiny pipeline and classifier of the other fixture folders, all frozen."""

    def __init__(self):
        pipeline = FIXTURES / "inpaint" / "pipeline-9ch"
        self.vae = AutoencoderKL.from_pretrained(pipeline, subfolder="vae").eval().requires_grad_(False)
        self.unet = (
            UNet2DConditionModel.from_pretrained(pipeline, subfolder="unet").eval().requires_grad_(False)
        )
        folder = FIXTURES / "resnet" / "basic"
        self.classifier = ResNetForImageClassification.from_pretrained(folder).eval().requires_grad_(False)
        self.clip = CLIPModel.from_pretrained(FIXTURES / "clip" / "quick_gelu").eval().requires_grad_(False)
        self.scaling = self.vae.config.scaling_factor

    def image(self, u):
        return (self.vae.decode(u).sample / 2 + 0.5).clamp(0, 1)

    def logits(self, u):
        return self.classifier(normalise(resize(self.image(u), SIZE), MEAN, STD)).logits

    def gradient(self, u, loss, logits=None):
        """Scores, losses and dL_n/du: the loss is summed over samples, so that none sees its neighbours."""
        u = u.detach().requires_grad_(True)
        score, losses = loss((logits or self.logits)(u))
        (grad,) = torch.autograd.grad(losses.sum(), u)
        return score, losses, grad

    def encode(self, pixels, noise):
        posterior = self.vae.encode(pixels).latent_dist
        return self.scaling * (posterior.mean + posterior.std * noise)


def denoise(models, scheduler, timesteps, x, text, masked, start=0):
    """The 9-channel loop with an all-ones mask, from timesteps[start] on; [uncond; cond]."""
    mask = torch.ones_like(x[:, :1])
    for t in timesteps[start:]:
        inputs = torch.cat([torch.cat([x, mask, masked], dim=1)] * 2)
        uncond, cond = models.unet(inputs, t, text).sample.chunk(2)
        x = scheduler.step(uncond + GUIDANCE * (cond - uncond), t, x).prev_sample
    return x


def begin(scheduler, steps):
    scheduler.set_timesteps(steps)
    return scheduler.timesteps[steps - int(steps * STRENGTH) :]


def single_gradients(models, z):
    """Each objective and its gradient at one latent."""
    u = z / models.scaling
    tensors = {
        "z": (z, "(2, 4, 16, 16) denoised latent, scaled"),
        "u": (u, "z / scaling_factor"),
        "image": (models.image(u), "clamp(decode(u) / 2 + 0.5, 0, 1)"),
        "classifier_input": (normalise(resize(models.image(u), SIZE), MEAN, STD), "resized, normalised"),
        "logits": (models.logits(u), "of resnet/basic"),
    }
    text = load_file(FIXTURES / "clip" / "quick_gelu" / "golden.safetensors")["text_embeds"]
    text = F.normalize(text, dim=1)
    tensors["clip/text_embeds"] = (text, "normalised prompts, those of clip/quick_gelu")

    def clip_logits(mode):
        def call(u):
            pixels = normalise(resize(models.image(u), 56, mode), CLIP_MEAN, CLIP_STD)
            features = models.clip.get_image_features(pixels).pooler_output
            return models.clip.logit_scale.exp() * F.normalize(features, dim=1) @ text.T

        return call

    def clip_loss(logits):
        energy = -torch.logsumexp(logits, dim=1)
        return energy, (energy - CLIP_B) ** 2

    objectives = {
        "energy": (energy_loss, None, f"(E - {ENERGY_B})^2, E = -logsumexp(logits)"),
        "energy-T2": (
            lambda l: energy_loss(l, 2.0),
            None,
            f"(E - {ENERGY_B})^2, E = -2 logsumexp(logits / 2)",
        ),
        "msp": (msp_loss, None, f"(S - {MSP_B})^2, S = max softmax(logits)"),
        "reference": (reference_loss, None, "(-5 - s)^2, s = mean(logits) - logsumexp(logits)"),
        "clip": (clip_loss, clip_logits("bilinear"), f"(E - {CLIP_B})^2, zero-shot, bilinear to 56"),
        "clip-bicubic": (clip_loss, clip_logits("bicubic"), f"(E - {CLIP_B})^2, zero-shot, bicubic to 56"),
    }
    for name, (loss, logits, meaning) in objectives.items():
        score, losses, grad = models.gradient(u, loss, logits)
        tensors[f"{name}/score"] = (score, "one per sample")
        tensors[f"{name}/loss"] = (losses, meaning)
        tensors[f"{name}/grad_u"] = (grad, "dL_n/du")
        tensors[f"{name}/grad_z"] = (grad / models.scaling, "dL_n/dz")
    return tensors


class Kink(Exception):
    """A gradient that nobody can compare with."""


def expect_smooth(models, u, loss, grad, where):
    """
    Piecewise linear models (ReLU, clamp) have gradients that jump at their kinks, so that another machine's
    rounding of the latent may move them by far more than rounding. A relative 2e-6 is such rounding, gathered
    over a denoising.
    """
    for number in range(16):
        nudge = 2e-6 * u.abs().max() * randn(f"{where} {number}", *u.shape)
        _, _, near = models.gradient(u + nudge, loss)
        moved = ((near - grad).abs().amax((1, 2, 3)) / grad.abs().amax((1, 2, 3))).max().item()
        if moved > 5e-5:
            raise Kink(f"{where}: a nudge of 2e-6 moves the gradient by {moved:.1e}")


def resizes():
    x = randn("skip resize", 1, 3, 32, 40).requires_grad_(True)
    tensors = {"resize/x": (x, "(1, 3, 32, 40)")}
    for mode in ["bilinear", "bicubic"]:
        for size in [(24, 24), (20, 28), (48, 48), (33, 17)]:
            name = f"resize/{mode}-{size[0]}x{size[1]}"
            y = resize(x, size, mode)
            w = randn(name, *y.shape)
            (grad,) = torch.autograd.grad((y * w).sum(), x)
            tensors[name] = (y, "antialias, align_corners false")
            tensors[f"{name}/w"] = (w, "weights of the loss")
            tensors[f"{name}/grad_x"] = (grad, "d sum(y * w) / dx")
    return tensors


def iterate(models, scheduler, steps, rate, loss, given, text, case):
    """Two updates eps <- eps - rate * dL/du; three denoisings. Scheduler state starts afresh each time."""
    eps = given["noise"]
    tensors = {"noise_0": eps}
    for i in range(3):
        timesteps = begin(scheduler, steps)
        masked = models.encode(torch.zeros_like(given["pixels"]), given["masked_noise"][i])
        x = scheduler.add_noise(given["z0"], eps, timesteps[:1].repeat(2))
        with torch.no_grad():
            z = denoise(models, scheduler, timesteps, x, text, masked)
        score, losses, grad = models.gradient(z / models.scaling, loss)
        expect_smooth(models, z / models.scaling, loss, grad, f"{case}, latent {i}")
        tensors |= {f"z_{i}": z, f"score_{i}": score, f"loss_{i}": losses, f"grad_u_{i}": grad}
        if i < 2:
            eps = eps - rate * grad
            tensors[f"noise_{i + 1}"] = eps
    tensors["timesteps"] = timesteps
    return tensors


def iterate_smoothly(models, scheduler, steps, rate, loss, given, text, case):
    """From the first noise whose gradients are comparable all the way."""
    for number in range(100):
        noise = randn(f"skip noise {case} {number}", 2, 4, 16, 16)
        try:
            return iterate(models, scheduler, steps, rate, loss, given | {"noise": noise}, text, case)
        except Kink as kink:
            print(f"passed over noise {number}: {kink}")
    raise SystemExit(f"{case}: no noise of a hundred keeps clear of kinks")


def through_the_chain(models, given, text):
    """Gradients that do go through denoising steps: the last k of them, or all, down to the noise."""
    scheduler = DDIMScheduler.from_config(DDIM)
    timesteps = begin(scheduler, 5)
    masked = models.encode(torch.zeros_like(given["pixels"]), given["masked_noise"][0])
    eps = given["noise"].clone().requires_grad_(True)
    states = [scheduler.add_noise(given["z0"], eps, timesteps[:1].repeat(2))]
    for i in range(len(timesteps)):
        states.append(denoise(models, scheduler, timesteps[: i + 1], states[-1], text, masked, start=i))
    _, losses = energy_loss(models.logits(states[-1] / models.scaling))
    grads = torch.autograd.grad(losses.sum(), [eps, *states])
    count = len(timesteps)
    tensors = {"exact/z": (states[-1], "denoised latent, ddim-5"), "exact/loss": (losses, "energy loss at z")}
    tensors["exact/grad_noise"] = (grads[0], "dL_n/deps through every call and through add_noise")
    tensors["exact/grad_start"] = (grads[1], "dL_n/dx at the first call's input")
    for k in range(1, count):
        tensors[f"truncated-{k}/grad"] = (grads[1 + count - k], f"dL_n/dx at the input of the last {k} calls")
    return tensors


def main():
    out = parse_out("skip_gradient", __doc__)
    models = Models()
    source = load_file(FIXTURES / "inpaint" / "pipeline-9ch" / "golden.safetensors")
    text = torch.cat([source["negative_prompt_embeds"], source["prompt_embeds"]])
    given = {
        "pixels": source["image"] * 2 - 1,
        "noise": randn("skip noise", 2, 4, 16, 16),
        "image_noise": randn("skip image noise", 2, 4, 16, 16),
        "masked_noise": randn("skip masked noise", 3, 2, 4, 16, 16),
    }
    given["z0"] = models.encode(given["pixels"], given["image_noise"])
    tensors = {
        "pixels": (given["pixels"], "images in [-1, 1]"),
        "prompt_embeds": (text, "[uncond; cond], of inpaint/pipeline-9ch"),
        "noise": (given["noise"], "eps before the first update"),
        "image_noise": (given["image_noise"], "draw for the posterior of the image"),
        "masked_noise": (given["masked_noise"], "draws for the grey masked image (zeros), one per denoising"),
        "z0": (given["z0"], "scaled latent of the image"),
    }
    tensors.update(single_gradients(models, 3 * randn("skip z", 2, 4, 16, 16)))
    tensors.update(resizes())
    tensors.update(through_the_chain(models, given, text))
    cases = []
    for name, scheduler, steps in [
        ("ddim-5", DDIMScheduler.from_config(DDIM), 5),
        ("ddim-20", DDIMScheduler.from_config(DDIM), 20),
        ("pndm-5", PNDMScheduler.from_config(PNDM), 5),
        ("pndm-20", PNDMScheduler.from_config(PNDM), 20),
    ]:
        for objective, loss, rate in [("reference", reference_loss, 100.0), ("energy", energy_loss, 100.0)]:
            case = f"{name}-{objective}"
            found = iterate_smoothly(models, scheduler, steps, rate, loss, given, text, case)
            tensors.update({f"{case}/{k}": (v, "see parameters.names") for k, v in found.items()})
            calls = len(found["timesteps"])
            cases.append({"name": case, "steps": steps, "calls": calls, "objective": objective, "rate": rate})
    save_golden(
        out,
        "Losses of resnet/basic at latents of inpaint/pipeline-9ch (all-ones mask), and noise updates.",
        tensors,
        {
            "guidance_scale": GUIDANCE,
            "strength": STRENGTH,
            "scaling_factor": models.scaling,
            "classifier": {"model": "resnet/basic", "size": SIZE, "mean": MEAN, "std": STD},
            "clip": {"model": "clip/quick_gelu", "size": 56, "mean": CLIP_MEAN, "std": CLIP_STD},
            "boundaries": {"energy": ENERGY_B, "msp": MSP_B, "reference": -5, "clip": CLIP_B},
            "cases": cases,
            "names": {
                "timesteps": "the calls of one denoising",
                "z_i": "denoised latent i, scaled; starts from add_noise(z0, noise_i, timesteps[0])",
                "score_i, loss_i, grad_u_i": "at u = z_i / scaling_factor",
                "noise_i": "noise_(i-1) - rate * grad_u_(i-1); noise_0 is the case's own",
            },
        },
    )


if __name__ == "__main__":
    main()
