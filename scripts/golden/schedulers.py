"""Timesteps, step-by-step results on fixed model outputs, and add_noise, for each scheduler of diffusers that we have."""

import diffusers
import torch
from common import parse_out, randn, save_golden, write_json

SHAPE = (2, 4, 3, 5)
GRID_SHAPE = (1, 4, 4, 4)
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


CLASSES = {
    "ddim": "DDIMScheduler",
    "pndm": "PNDMScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler-a": "EulerAncestralDiscreteScheduler",
    "dpm": "DPMSolverMultistepScheduler",
    "unipc": "UniPCMultistepScheduler",
    "lcm": "LCMScheduler",
}
SPACINGS = ["leading", "trailing", "linspace"]
PREDICTIONS = ["epsilon", "v_prediction", "sample"]
NO_SAMPLE_PREDICTION = {"pndm", "euler-a"}
FAMILY = {"ddim": DDIM, "pndm": PNDM, "lcm": DDIM}
CUSTOM = [999, 739, 499, 259, 19]


def list_grid():
    """Every class with every spacing, prediction and two lengths; then, one by one, what else can be set."""
    for name, cls in CLASSES.items():
        base = FAMILY.get(name, PLAIN)
        for spacing in SPACINGS:
            for prediction in PREDICTIONS:
                if prediction == "sample" and name in NO_SAMPLE_PREDICTION:
                    continue
                config = dict(base, timestep_spacing=spacing, prediction_type=prediction)
                for steps in [5, 20]:
                    yield f"{name}-{spacing}-{prediction}-{steps}", cls, config, steps, {}
        for schedule in ["linear", "squaredcos_cap_v2"]:
            yield f"{name}-{schedule}", cls, dict(base, beta_schedule=schedule), 5, {}
        if name != "pndm":
            yield f"{name}-zero-snr", cls, dict(base, **ZERO_SNR), 5, {}
        yield f"{name}-strength", cls, base, 20, {"strength": 0.6}
        yield f"{name}-defaults", cls, {"skip_prk_steps": True} if name == "pndm" else {}, 5, {}
    for name in ["euler", "dpm", "unipc"]:
        cls = CLASSES[name]
        for steps in [5, 20, 60]:
            yield f"{name}-karras-{steps}", cls, dict(PLAIN, use_karras_sigmas=True), steps, {}
        yield f"{name}-karras-strength", cls, dict(PLAIN, use_karras_sigmas=True), 20, {"strength": 0.6}
        cosine = dict(PLAIN, use_karras_sigmas=True, beta_schedule="squaredcos_cap_v2")
        yield f"{name}-karras-cosine", cls, cosine, 5, {}
        yield f"{name}-sigma-min", cls, dict(PLAIN, final_sigmas_type="sigma_min"), 5, {}
        karras_min = dict(PLAIN, use_karras_sigmas=True, final_sigmas_type="sigma_min")
        yield f"{name}-karras-sigma-min", cls, karras_min, 5, {}
    for name in ["euler", "dpm", "lcm"]:
        base = FAMILY.get(name, PLAIN)
        yield f"{name}-custom", CLASSES[name], base, len(CUSTOM), {"timesteps": CUSTOM}
    dpm, unipc = CLASSES["dpm"], CLASSES["unipc"]
    sde = dict(PLAIN, algorithm_type="sde-dpmsolver++")
    yield "dpm-first-order", dpm, dict(PLAIN, solver_order=1), 5, {}
    yield "dpm-heun", dpm, dict(PLAIN, solver_type="heun"), 20, {}
    yield "dpm-sde", dpm, sde, 5, {}
    yield "dpm-sde-20", dpm, sde, 20, {}
    yield "dpm-sde-heun", dpm, dict(sde, solver_type="heun"), 20, {}
    yield "dpm-euler-at-final", dpm, dict(PLAIN, euler_at_final=True, final_sigmas_type="sigma_min"), 20, {}
    yield "dpm-clipped", dpm, dict(PLAIN, lambda_min_clipped=-2.0), 5, {}
    open_end = dict(PLAIN, lower_order_final=False, final_sigmas_type="sigma_min")
    yield "dpm-second-order-final", dpm, open_end, 5, {}
    yield "unipc-second-order-final", unipc, open_end, 5, {}
    yield "unipc-bh1", unipc, dict(PLAIN, solver_type="bh1", final_sigmas_type="sigma_min"), 20, {}
    yield "unipc-first-order", unipc, dict(PLAIN, solver_order=1), 5, {}
    yield "unipc-third-order", unipc, dict(PLAIN, solver_order=3), 20, {}
    yield "unipc-no-corrector", unipc, dict(PLAIN, disable_corrector=[0, 2]), 5, {}
    yield "ddim-eta", CLASSES["ddim"], DDIM, 20, {"eta": 1.0}
    yield "ddim-alpha-one", CLASSES["ddim"], dict(DDIM, set_alpha_to_one=True), 5, {}
    yield "lcm-clip", CLASSES["lcm"], dict(DDIM, clip_sample=True, clip_sample_range=0.5), 4, {}
    yield "lcm-original-100", CLASSES["lcm"], dict(DDIM, original_inference_steps=100), 7, {}


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
    if "timesteps" in options:
        scheduler.set_timesteps(timesteps=options["timesteps"])
    else:
        scheduler.set_timesteps(steps)
    rows = len(shared["sample"])
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
        start = scheduler.add_noise(shared["sample"], shared["noise"][0], timesteps[:1].repeat(rows))
        tensors["added"] = (start, "add_noise(sample, noise[0], first timestep); where the steps begin")
        sample = start
    else:
        probe = scheduler.timesteps[[0, len(timesteps) // 2]][-rows:]
        added = scheduler.add_noise(shared["sample"], shared["noise"][0], probe)
        tensors["added"] = (added, f"add_noise(sample, noise[0], timesteps {probe.tolist()}), one per row")
        sample = shared["sample"] * scheduler.init_noise_sigma
        # As the pipelines do, so that a time which stands twice in the list is begun at its first place.
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(0)
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
        "resolved": {key: plain(value) for key, value in scheduler.config.items() if key[0] != "_"},
        "steps": steps,
        "first": first,
        "init_noise_sigma": float(scheduler.init_noise_sigma),
        "draws": len(used),
        **options,
    }


def plain(value):
    """JSON has no infinity; a word stands for it."""
    return "-Infinity" if value == -float("inf") else value


def save_cases(out, list_cases, about, prefix, shape, longest):
    shared = {
        "sample": randn(f"{prefix} sample", *shape),
        "model_outputs": randn(f"{prefix} outputs", longest, *shape),
        "noise": randn(f"{prefix} noise", longest, *shape),
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
    save_golden(out, f"{about}; tensors of a case are named case/tensor.", tensors)
    write_json(out / "cases.json", cases)


def main():
    out = parse_out("schedulers", __doc__)
    save_cases(out, list_cases, "Schedulers on fixed model outputs", "schedulers", SHAPE, LONGEST)
    grid = "Schedulers by spacing, prediction and length, and their other options"
    save_cases(out / "grid", list_grid, grid, "schedulers grid", GRID_SHAPE, 61)


if __name__ == "__main__":
    main()
