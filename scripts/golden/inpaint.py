"""Tiny Stable Diffusion inpainting pipelines (9 and 4 channels) with every random draw and the latents of each step."""

import itertools
import json

import diffusers.models.autoencoders.vae as vae_module
import diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint as pipeline_module
import tiny_tokenizer
import torch
from common import parse_out, rand, randn, randomise, save_golden, write_json
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    PNDMScheduler,
    StableDiffusionInpaintPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from schedulers import DDIM, PNDM
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

SIZE, STEPS = 32, 5
PROMPTS = ["A photo only remain a city street, trees.", "the nice red panda"]
SCHEDULERS = {"ddim": (DDIMScheduler, DDIM), "pndm": (PNDMScheduler, PNDM)}


def make_pipeline(channels):
    unet = UNet2DConditionModel(
        sample_size=SIZE // 2,
        in_channels=channels,
        out_channels=4,
        layers_per_block=2,
        block_out_channels=[8, 16],
        norm_num_groups=4,
        cross_attention_dim=32,
        attention_head_dim=4 if channels == 9 else [2, 4],
        use_linear_projection=channels == 4,
        down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
        up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"],
    )
    vae = AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        block_out_channels=[8, 16],
        norm_num_groups=4,
        sample_size=SIZE,
    )
    text = CLIPTextConfig(
        vocab_size=1000,
        hidden_size=32,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=5,
        hidden_act="quick_gelu" if channels == 9 else "gelu",
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=1,
    )
    return {
        "unet": randomise(unet, f"inpaint unet {channels}"),
        "vae": randomise(vae, f"inpaint vae {channels}", gain=1.2),
        "text_encoder": randomise(CLIPTextModel(text), f"inpaint text {channels}", gain=1.5),
    }


def save_pipeline(channels, folder):
    """The 9-channel folder as SD1's is (DDIM, PAD = END, no tokenizer.json), the 4-channel one as SD2's (PNDM, PAD = !)."""
    tiny_tokenizer.write_files(folder / "tokenizer", tiny_tokenizer.END if channels == 9 else "!")
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    cls, config = SCHEDULERS["ddim" if channels == 9 else "pndm"]
    pipe = StableDiffusionInpaintPipeline(
        **make_pipeline(channels),
        tokenizer=tokenizer,
        scheduler=cls.from_config(config),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(folder)
    if channels == 9:
        (folder / "tokenizer" / "tokenizer.json").unlink()
        tiny_tokenizer.write_files(folder / "tokenizer", tiny_tokenizer.END)
    else:
        path = folder / "tokenizer" / "tokenizer_config.json"
        saved = json.loads(path.read_text())
        write_json(path, {k: v for k, v in saved.items() if k not in ("is_local", "local_files_only")})
    # The fields that current Stable Diffusion folders do not have.
    path = folder / "scheduler" / "scheduler_config.json"
    saved = json.loads(path.read_text())
    write_json(path, {k: saved[k] for k in saved if k in config or k.startswith("_")})
    pipe = StableDiffusionInpaintPipeline.from_pretrained(folder)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def feed(draws):
    """Makes both modules that draw take these tensors in order; the names taken so far are returned."""
    taken = []

    def take(shape, **_):
        name, tensor = draws[len(taken)]
        assert tuple(shape) == tuple(tensor.shape), (name, shape)
        taken.append(name)
        return tensor

    pipeline_module.randn_tensor = vae_module.randn_tensor = take
    return taken


@torch.no_grad()
def run_case(pipe, inputs, strength, guidance):
    channels = pipe.unet.config.in_channels
    order = ["image_noise", "noise", "masked_noise"]
    if channels == 9 and strength == 1:
        order = order[1:]
    taken = feed([(name, inputs[name]) for name in order])
    seen, latents = {}, []

    def spy(name, method):
        def call(*args, **kwargs):
            seen.setdefault(name, value := method(*args, **kwargs))
            return value

        return call

    def on_step_end(_, i, t, values):
        latents.append(values["latents"])
        return {}

    hooks = ["prepare_latents", "prepare_mask_latents", "encode_prompt"]
    for name in hooks:
        setattr(pipe, name, spy(name, getattr(type(pipe), name).__get__(pipe)))
    outputs = []
    handle = pipe.unet.register_forward_hook(lambda *args: outputs.append(args[2][0]))
    images = pipe(
        prompt=PROMPTS,
        image=inputs["image"],
        mask_image=inputs["mask"],
        height=SIZE,
        width=SIZE,
        strength=strength,
        guidance_scale=guidance,
        num_inference_steps=STEPS,
        output_type="pt",
        callback_on_step_end=on_step_end,
        callback_on_step_end_tensor_inputs=["latents"],
    ).images
    handle.remove()
    assert taken == order
    mask, masked = (t[:2] for t in seen["prepare_mask_latents"])
    timesteps = pipe.scheduler.timesteps[-len(latents) :]
    tensors = {
        "timesteps": (timesteps, "of the calls that were made"),
        "initial_latents": (seen["prepare_latents"][0], "before the first step"),
        "model_output_0": (outputs[0], "of the first UNet call; with guidance [uncond; cond]"),
        "latents": (torch.stack(latents), "after each step, and after blending where there are 4 channels"),
        "images": (images, "decoded, in [0, 1]"),
    }
    shared = {"latent_mask": mask, "masked_image_latents": masked}
    if pipe.do_classifier_free_guidance:
        shared["prompt_embeds"], shared["negative_prompt_embeds"] = seen["encode_prompt"]
    if len(order) == 3 and channels == 4:
        shared["image_latents"] = seen["prepare_latents"][2]
    about = {"strength": strength, "guidance_scale": guidance, "draws": taken, "calls": len(latents)}
    return tensors, shared, about


def main():
    out = parse_out("inpaint", __doc__)
    size = SIZE // 2
    mask = torch.zeros(2, 1, SIZE, SIZE)
    mask[0, :, :, SIZE // 2 :] = 1
    mask[1, :, : SIZE // 2 + 3] = 1
    smooth = torch.nn.functional.interpolate(rand("inpaint image", 2, 3, 9, 9), SIZE, mode="bicubic")
    inputs = {
        "image": (smooth.clamp(0, 1) * 255).round() / 255,
        "mask": mask,
        **{
            name: randn(f"inpaint {name}", 2, 4, size, size)
            for name in ["image_noise", "noise", "masked_noise"]
        },
    }
    notes = {
        "image": "(2, 3, 32, 32) in [0, 1], multiples of 1/255",
        "mask": "(2, 1, 32, 32), 1 is repainted",
        "image_noise": "draw for the posterior of the image",
        "noise": "draw for the initial latents",
        "masked_noise": "draw for the posterior of the masked image",
        "input_ids": "of the prompts, padded to 77",
        "negative_input_ids": "of the empty prompt",
        "prompt_embeds": "last_hidden_state",
        "negative_prompt_embeds": "last_hidden_state of the empty prompt",
        "latent_mask": "mask at the latent's size",
        "masked_image_latents": "scaled",
        "image_latents": "scaled",
    }
    for channels in [9, 4]:
        folder = out / f"pipeline-{channels}ch"
        pipe = save_pipeline(channels, folder)
        ids = [
            pipe.tokenizer(
                text, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
            ).input_ids
            for text in (PROMPTS, [""] * 2)
        ]
        tensors = dict(inputs, input_ids=ids[0], negative_input_ids=ids[1])
        tensors = {name: (value, notes[name]) for name, value in tensors.items()}
        cases = []
        for (name, (cls, config)), strength, guidance in itertools.product(
            SCHEDULERS.items(), [1.0, 0.6], [1.0, 7.5]
        ):
            pipe.scheduler = cls.from_config(config)
            found, shared, about = run_case(pipe, inputs, strength, guidance)
            case = f"{name}-strength{strength:g}-guidance{guidance:g}"
            cases.append({"name": case, "scheduler": dict(config, _class_name=cls.__name__), **about})
            tensors.update({f"{case}/{key}": value for key, value in found.items()})
            for key, value in shared.items():
                assert key not in tensors or torch.equal(tensors[key][0], value), key
                tensors[key] = (value, notes[key])
        save_golden(
            folder,
            f"StableDiffusionInpaintPipeline, {channels} channels; tensors of a case are named case/tensor.",
            tensors,
            {"prompts": PROMPTS, "negative_prompt": "", "num_inference_steps": STEPS, "cases": cases},
        )


if __name__ == "__main__":
    main()
