"""Timesteps, step-by-step results on fixed model outputs, and add_noise, for each scheduler of diffusers that we have."""

import diffusers
import torch
from common import parse_out, randn, save_golden, write_json

SHAPE = (2, 4, 3, 5)
LONGEST = 51  # PNDM makes one call more than there are steps

# The scheduler_config.json of Stable Diffusion 1.5 and 2, which names no timestep_spacing.
SD = dict(
    num_train_timesteps=1000,
    beta_start=0.00085,
    beta_end=0.012,
    beta_schedule="scaled_linear",
    steps_offset=1,
)
DDIM = dict(SD, clip_sample=False, set_alpha_to_one=False, prediction_type="epsilon")
PNDM = dict(SD, skip_prk_steps=True, set_alpha_to_one=False, prediction_type="epsilon")
PLAIN = dict(SD, prediction_type="epsilon")
V = dict(prediction_type="v_prediction")
ZERO_SNR = dict(V, rescale_betas_zero_snr=True, timestep_spacing="trailing")


def list_cases():
    """(name, class, config, steps, options); eta is DDIM's, first is the index that strength starts at."""
    for steps in [5, 20, 50]:
        yield f"ddim-{steps}", "DDIMScheduler", DDIM, steps, {}
        yield f"pndm-{steps}", "PNDMScheduler", PNDM, steps, {}
    yield "ddim-v-20", "DDIMScheduler", dict(DDIM, **V), 20, {}
    yield "pndm-v-20", "PNDMScheduler", dict(PNDM, **V), 20, {}
    yield "ddim-alpha-one-5", "DDIMScheduler", dict(DDIM, set_alpha_to_one=True), 5, {}
    yield "ddim-eta-5", "DDIMScheduler", DDIM, 5, {"eta": 0.7}
    yield "ddim-clip-5", "DDIMScheduler", dict(DDIM, clip_sample=True), 5, {}
    yield "ddim-trailing-5", "DDIMScheduler", dict(DDIM, timestep_spacing="trailing"), 5, {}
    yield "ddim-linspace-7", "DDIMScheduler", dict(DDIM, timestep_spacing="linspace"), 7, {}
    yield "ddim-zero-snr-5", "DDIMScheduler", dict(DDIM, **ZERO_SNR), 5, {}
    yield "ddim-linear-5", "DDIMScheduler", dict(DDIM, beta_schedule="linear"), 5, {}
    yield "ddim-cosine-5", "DDIMScheduler", dict(DDIM, beta_schedule="squaredcos_cap_v2"), 5, {}
    yield "ddim-strength-20", "DDIMScheduler", DDIM, 20, {"strength": 0.6}
    yield "pndm-strength-20", "PNDMScheduler", PNDM, 20, {"strength": 0.6}
    yield "pndm-trailing-5", "PNDMScheduler", dict(PNDM, timestep_spacing="trailing"), 5, {}
    yield "pndm-linspace-5", "PNDMScheduler", dict(PNDM, timestep_spacing="linspace"), 5, {}
    for name, cls in [("euler", "EulerDiscreteScheduler"), ("euler-a", "EulerAncestralDiscreteScheduler")]:
        yield f"{name}-5", cls, PLAIN, 5, {}
        yield f"{name}-20", cls, PLAIN, 20, {}
        yield f"{name}-leading-5", cls, dict(PLAIN, timestep_spacing="leading"), 5, {}
        yield f"{name}-trailing-5", cls, dict(PLAIN, timestep_spacing="trailing"), 5, {}
        yield f"{name}-v-5", cls, dict(PLAIN, **V), 5, {}
        yield f"{name}-zero-snr-5", cls, dict(PLAIN, **ZERO_SNR), 5, {}
        yield f"{name}-strength-20", cls, PLAIN, 20, {"strength": 0.6}
    yield "euler-karras-5", "EulerDiscreteScheduler", dict(PLAIN, use_karras_sigmas=True), 5, {}
    for name, cls in [("dpm", "DPMSolverMultistepScheduler"), ("unipc", "UniPCMultistepScheduler")]:
        yield f"{name}-5", cls, PLAIN, 5, {}
        yield f"{name}-20", cls, PLAIN, 20, {}
        yield f"{name}-leading-5", cls, dict(PLAIN, timestep_spacing="leading"), 5, {}
        yield f"{name}-trailing-5", cls, dict(PLAIN, timestep_spacing="trailing"), 5, {}
        yield f"{name}-v-5", cls, dict(PLAIN, **V), 5, {}
        yield f"{name}-karras-5", cls, dict(PLAIN, use_karras_sigmas=True), 5, {}
        yield f"{name}-strength-20", cls, PLAIN, 20, {"strength": 0.6}
    yield "lcm-4", "LCMScheduler", DDIM, 4, {}
    yield "lcm-8", "LCMScheduler", DDIM, 8, {}


def feed_noise(scheduler, noise):
    """Makes the scheduler take its i-th draw from noise[i]; returns the count of draws so far."""
    module = __import__(type(scheduler).__module__, fromlist=["randn_tensor"])
    used = []

    def take(shape, **_):
        used.append(len(used))
        return noise[len(used) - 1].reshape(shape)

    module.randn_tensor = take
    return used


def run(cls, config, steps, options, shared):
    scheduler = getattr(diffusers, cls).from_config(config)
    scheduler.set_timesteps(steps)
    used = feed_noise(scheduler, shared["noise"])
    first = steps - min(int(steps * options.get("strength", 1)), steps)
    timesteps = scheduler.timesteps[first * scheduler.order :]
    if first and hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first * scheduler.order)
    tensors = {"timesteps": (scheduler.timesteps, "all of them, also where strength skips some")}
    if hasattr(scheduler, "sigmas"):
        tensors["sigmas"] = (scheduler.sigmas, "with the final one")
    # add_noise first: stateful schedulers would otherwise look it up at the step they are in.
    if first:
        start = scheduler.add_noise(shared["sample"], shared["noise"][0], timesteps[:1].repeat(2))
        tensors["added"] = (start, "add_noise(sample, noise[0], first timestep); where the steps begin")
        sample = start
    else:
        probe = scheduler.timesteps[[0, len(timesteps) // 2]]
        added = scheduler.add_noise(shared["sample"], shared["noise"][0], probe)
        tensors["added"] = (added, f"add_noise(sample, noise[0], timesteps {probe.tolist()}), one per row")
        sample = shared["sample"] * scheduler.init_noise_sigma
    scaled, results = [], []
    extra = {"eta": options["eta"]} if "eta" in options else {}
    for i, t in enumerate(timesteps):
        scaled.append(scheduler.scale_model_input(sample, t))
        sample = scheduler.step(shared["model_outputs"][i], t, sample, **extra).prev_sample
        results.append(sample)
    if "Euler" in cls:
        tensors["scaled_inputs"] = (torch.stack(scaled), "scale_model_input before each step")
    tensors["prev_samples"] = (torch.stack(results), "after each step, given model_outputs[i]")
    return tensors, {
        "class": cls,
        "config": dict(config, _class_name=cls),
        "steps": steps,
        "first": first,
        "init_noise_sigma": float(scheduler.init_noise_sigma),
        "draws": len(used),
        **options,
    }


def main():
    out = parse_out("schedulers", __doc__)
    shared = {
        "sample": randn("schedulers sample", *SHAPE),
        "model_outputs": randn("schedulers outputs", LONGEST, *SHAPE),
        "noise": randn("schedulers noise", LONGEST, *SHAPE),
    }
    tensors = {
        "sample": (shared["sample"], "clean sample; times init_noise_sigma it is also where the steps begin"),
        "model_outputs": (shared["model_outputs"], "the i-th step of every case gets the i-th"),
        "noise": (shared["noise"], "the i-th draw of every case is the i-th; add_noise takes the first"),
    }
    cases = []
    for name, cls, config, steps, options in list_cases():
        found, about = run(cls, config, steps, options, shared)
        cases.append({"name": name, **about})
        tensors.update({f"{name}/{key}": value for key, value in found.items()})
    save_golden(out, "Schedulers on fixed model outputs; tensors of a case are named case/tensor.", tensors)
    write_json(out / "cases.json", cases)


if __name__ == "__main__":
    main()
