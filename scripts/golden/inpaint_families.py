"""
Inpainting pipelines beside those of inpaint.py: Stable Diffusion 2- and XL-like ones, every scheduler, an
AutoencoderTiny in the autoencoder's place, and a sharded fp16 folder. Needs inpaint.py's folders.
"""

import json

import diffusers
import diffusers.models.autoencoders.vae as vae_module
import diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint as sd_module
import diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_inpaint as xl_module
import tiny_tokenizer
import torch
from common import parse_out, rand, randn, randomise, save_golden, save_model, write_json
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    StableDiffusionInpaintPipeline,
    StableDiffusionXLInpaintPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import load_file, save_file
from schedulers import CLASSES, DDIM, PLAIN, PNDM, ZERO_SNR
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

SIZE, STEPS = 32, 5
PROMPTS = ["A photo only remain a city street, trees.", "the nice red panda"]
NEGATIVE = "a dark storm"
EULER_LEADING = dict(PLAIN, timestep_spacing="leading")
OTHERS = {
    "euler": ("euler", PLAIN),
    "euler-leading-karras": ("euler", dict(EULER_LEADING, use_karras_sigmas=True)),
    "euler-a": ("euler-a", PLAIN),
    "dpm-karras": ("dpm", dict(PLAIN, use_karras_sigmas=True)),
    "dpm-sde": ("dpm", dict(PLAIN, algorithm_type="sde-dpmsolver++")),
    "unipc": ("unipc", PLAIN),
    "lcm": ("lcm", DDIM),
}


def scheduler_of(name, config):
    return getattr(diffusers, CLASSES[name]).from_config(config)


def text_config(layers, activation, **others):
    return CLIPTextConfig(
        vocab_size=1000,
        hidden_size=32,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=layers,
        hidden_act=activation,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=1,
        **others,
    )


def autoencoder(name):
    vae = AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        block_out_channels=[8, 16],
        norm_num_groups=4,
        sample_size=SIZE,
        scaling_factor=0.13025,
    )
    return randomise(vae, f"inpaint vae {name}", gain=1.2)


def unet(name, channels, **others):
    model = UNet2DConditionModel(
        sample_size=SIZE // 2,
        in_channels=channels,
        out_channels=4,
        block_out_channels=[8, 16],
        norm_num_groups=4,
        attention_head_dim=[2, 4],
        use_linear_projection=True,
        **others,
    )
    return randomise(model, f"inpaint unet {name}")


def sd2_unet():
    return unet(
        "sd2",
        9,
        layers_per_block=1,
        cross_attention_dim=32,
        down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
        up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"],
    )


def xl_unet(channels):
    return unet(
        f"xl {channels}",
        channels,
        layers_per_block=1,
        cross_attention_dim=64,
        transformer_layers_per_block=[1, 2],
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=24 + 6 * 8,
        down_block_types=["DownBlock2D", "CrossAttnDownBlock2D"],
        up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"],
    )


def tokenizer(folder, pad):
    tiny_tokenizer.write_files(folder, pad)
    return CLIPTokenizer.from_pretrained(folder)


def without_places(folder):
    """Fields that would record a path or a mode of this machine."""
    for path in [*folder.rglob("*config.json"), folder / "model_index.json"]:
        saved = json.loads(path.read_text())
        write_json(path, {k: v for k, v in saved.items() if k not in ("is_local", "local_files_only", "_name_or_path")})


def as_transformers_4(folder):
    """CLIPTextModel's keys as transformers 4 saved them: below the model's name, with stored positions."""
    path = folder / "model.safetensors"
    state = {f"text_model.{k.removeprefix('text_model.')}": v for k, v in load_file(path).items()}
    state["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    save_file(state, path, {"format": "pt"})


def quiet(pipe):
    pipe.set_progress_bar_config(disable=True)
    return pipe


def save_sd2(folder):
    pipe = StableDiffusionInpaintPipeline(
        unet=sd2_unet(),
        vae=autoencoder("sd2"),
        text_encoder=randomise(CLIPTextModel(text_config(6, "gelu")), "inpaint text sd2", gain=1.5),
        tokenizer=tokenizer(folder / "tokenizer", "!"),
        scheduler=scheduler_of("pndm", PNDM),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(folder)
    as_transformers_4(folder / "text_encoder")
    without_places(folder)
    return quiet(StableDiffusionInpaintPipeline.from_pretrained(folder))


def save_xl(folder):
    """The first tokenizer pads with its end token, the second with '!' (0), as XL's do."""
    second = text_config(4, "gelu", projection_dim=24)
    pipe = StableDiffusionXLInpaintPipeline(
        unet=xl_unet(9),
        vae=autoencoder("xl"),
        text_encoder=randomise(CLIPTextModel(text_config(5, "quick_gelu")), "inpaint text xl", gain=1.5),
        text_encoder_2=randomise(CLIPTextModelWithProjection(second), "inpaint text xl 2", gain=1.5),
        tokenizer=tokenizer(folder / "tokenizer", tiny_tokenizer.END),
        tokenizer_2=tokenizer(folder / "tokenizer_2", "!"),
        scheduler=scheduler_of("euler", EULER_LEADING),
        force_zeros_for_empty_prompt=True,
        add_watermarker=False,
    )
    pipe.save_pretrained(folder)
    without_places(folder)
    return quiet(StableDiffusionXLInpaintPipeline.from_pretrained(folder, add_watermarker=False))


def feed(draws, step_noise, scheduler):
    """The named draws in order, then the steps' own; the names taken so far are returned."""
    taken = []

    def take(shape, **_):
        if len(taken) < len(draws):
            name, tensor = draws[len(taken)]
        else:
            name, tensor = "step_noise", step_noise[len(taken) - len(draws)]
        assert tuple(shape) == tuple(tensor.shape), (name, shape)
        taken.append(name)
        return tensor

    scheduler_module = __import__(type(scheduler).__module__, fromlist=["randn_tensor"])
    for module in [sd_module, xl_module, vae_module, scheduler_module]:
        module.randn_tensor = take
    return taken


@torch.no_grad()
def run_case(pipe, inputs, strength, guidance, steps=STEPS, **others):
    count = len(inputs["image"])
    posterior = isinstance(pipe.vae, AutoencoderKL)
    names = ["image_noise", "noise", "masked_noise"]
    if pipe.unet.config.in_channels == 9 and strength == 1:
        names.remove("image_noise")
    if not posterior:
        names = ["noise"]
    taken = feed([(n, inputs[n]) for n in names], inputs["step_noise"], pipe.scheduler)
    latents = []

    def on_step_end(_, i, t, values):
        latents.append(values["latents"])
        return {}

    images = pipe(
        prompt=PROMPTS[:count],
        image=inputs["image"],
        mask_image=inputs["mask"],
        height=SIZE,
        width=SIZE,
        strength=strength,
        guidance_scale=guidance,
        num_inference_steps=steps,
        output_type="pt",
        callback_on_step_end=on_step_end,
        callback_on_step_end_tensor_inputs=["latents"],
        **others,
    ).images
    assert taken[: len(names)] == names
    tensors = {
        "timesteps": (pipe.scheduler.timesteps[-len(latents) :], "of the calls that were made"),
        "latents": (torch.stack(latents), "after each step, and after blending where there are 4 channels"),
        "images": (images, "decoded, in [0, 1]"),
    }
    config = {k: v for k, v in pipe.scheduler.config.items() if k[0] != "_"}
    config = {k: "-Infinity" if v == -float("inf") else v for k, v in config.items()}
    about = {
        "strength": strength,
        "guidance_scale": guidance,
        "steps": steps,
        "scheduler": dict(config, _class_name=type(pipe.scheduler).__name__),
        "negative_prompt": others.get("negative_prompt"),
        "draws": taken,
    }
    return tensors, about


def make_inputs(count):
    size = SIZE // 2
    mask = torch.zeros(2, 1, SIZE, SIZE)
    mask[0, :, :, SIZE // 2 :] = 1
    mask[1, :, : SIZE // 2 + 3] = 1
    smooth = torch.nn.functional.interpolate(rand("inpaint image", 2, 3, 9, 9), SIZE, mode="bicubic")
    draws = {n: randn(f"inpaint {n}", 2, 4, size, size) for n in ["image_noise", "noise", "masked_noise"]}
    inputs = {"image": (smooth.clamp(0, 1) * 255).round() / 255, "mask": mask, **draws}
    inputs = {name: value[:count].contiguous() for name, value in inputs.items()}
    inputs["step_noise"] = randn("inpaint step_noise", STEPS, 2, 4, size, size)[:, :count].contiguous()
    return inputs


def token_ids(pipe):
    """Of the prompts, the negative prompt and the empty one, for each tokenizer that there is."""
    found = {}
    for suffix, tokenizer in [("", pipe.tokenizer), ("_2", getattr(pipe, "tokenizer_2", None))]:
        for name, texts in [("input_ids", PROMPTS), ("negative_input_ids", [NEGATIVE]), ("empty_ids", [""])]:
            if tokenizer:
                ids = tokenizer(
                    texts, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
                ).input_ids
                found[f"{name}{suffix}"] = (ids, "padded to 77")
    return found


def save_cases(folder, about, pipe, inputs, list_cases):
    tensors = {name: (value, "as in inpaint.py") for name, value in inputs.items()}
    tensors.update(token_ids(pipe))
    cases = []
    for name, strength, guidance, others in list_cases(pipe):
        found, case = run_case(pipe, inputs, strength, guidance, **others)
        cases.append({"name": name, **case})
        tensors.update({f"{name}/{key}": value for key, value in found.items()})
    parameters = {"prompts": PROMPTS, "negative_prompt": NEGATIVE, "cases": cases}
    save_golden(folder, f"{about}; tensors of a case are named case/tensor.", tensors, parameters)


def family_cases(pipe):
    for strength in [1.0, 0.6]:
        for guidance in [1.0, 7.5]:
            yield f"strength{strength:g}-guidance{guidance:g}", strength, guidance, {}
    yield "negative", 0.9999, 5.0, {"negative_prompt": [NEGATIVE] * 2}
    pipe.scheduler = scheduler_of("euler", dict(PLAIN, **ZERO_SNR))
    yield "zero-snr", 1.0, 3.0, {}


def xl_cases(pipe):
    yield from family_cases(pipe)
    pipe.scheduler = scheduler_of("euler", EULER_LEADING)
    sizes = dict(original_size=(96, 64), crops_coords_top_left=(3, 7), target_size=(48, 40))
    yield "sizes", 1.0, 7.5, sizes


def scheduler_cases(pipe):
    for name, (kind, config) in OTHERS.items():
        for strength in [1.0, 0.6]:
            pipe.scheduler = scheduler_of(kind, config)
            guidance = 1.0 if kind == "lcm" else 7.5
            yield f"{name}-strength{strength:g}", strength, guidance, {}


def one_case(pipe):
    yield "strength1", 1.0, 7.5, {}


def two_cases(pipe):
    yield "strength1", 1.0, 7.5, {}
    yield "strength0.6", 0.6, 7.5, {}


def main():
    out = parse_out("inpaint", __doc__)
    both, first = make_inputs(2), make_inputs(1)
    sd2 = save_sd2(out / "pipeline-sd2")
    save_cases(out / "pipeline-sd2", "StableDiffusionInpaintPipeline like 2, 9 channels", sd2, both, family_cases)
    xl = save_xl(out / "pipeline-xl")
    save_cases(out / "pipeline-xl", "StableDiffusionXLInpaintPipeline, 9 channels", xl, both, xl_cases)

    xl.scheduler = scheduler_of("euler", EULER_LEADING)
    xl.unet = xl_unet(4)
    save_model(xl.unet, out / "xl-4ch" / "unet")
    save_cases(out / "xl-4ch", "pipeline-xl with a UNet of 4 channels", xl, both, two_cases)

    for channels in [9, 4]:
        pipe = quiet(StableDiffusionInpaintPipeline.from_pretrained(out / f"pipeline-{channels}ch"))
        folder = out / f"schedulers-{channels}ch"
        save_cases(folder, f"pipeline-{channels}ch with other schedulers", pipe, first, scheduler_cases)

    pipe = quiet(StableDiffusionInpaintPipeline.from_pretrained(out / "pipeline-9ch"))
    tiny = AutoencoderTiny(
        encoder_block_out_channels=[8, 8],
        decoder_block_out_channels=[8, 8],
        num_encoder_blocks=[1, 1],
        num_decoder_blocks=[1, 1],
    )
    pipe.vae = randomise(tiny, "inpaint vae tiny", gain=1.2)
    save_model(tiny, out / "tiny-vae" / "vae")
    save_cases(out / "tiny-vae", "pipeline-9ch with an AutoencoderTiny", pipe, first, two_cases)

    half = StableDiffusionInpaintPipeline.from_pretrained(out / "pipeline-9ch").to(torch.float16)
    half.save_pretrained(out / "pipeline-fp16", variant="fp16", max_shard_size="40KB")
    without_places(out / "pipeline-fp16")
    pipe = quiet(half.to(torch.float32))
    save_cases(out / "pipeline-fp16", "pipeline-9ch in fp16 and in shards", pipe, first, one_case)


if __name__ == "__main__":
    main()
