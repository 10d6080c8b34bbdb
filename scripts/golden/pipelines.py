"""
The full-size Stable Diffusion inpainting pipelines without their weights: the folders as diffusers and transformers
save them, and in each model's place tensors.txt, a line for each tensor (its key, then its shape).
scripts/make-random-pipeline.mjs draws weights of these shapes.
"""

import json

import torch
from common import parse_out, write_json
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

SD_BLOCKS = dict(
    down_block_types=["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
    block_out_channels=[320, 640, 1280, 1280],
    sample_size=64,
)
UNETS = {
    "sd1": dict(SD_BLOCKS, attention_head_dim=8, cross_attention_dim=768),
    "sd2": dict(
        SD_BLOCKS, attention_head_dim=[5, 10, 20, 20], cross_attention_dim=1024, use_linear_projection=True
    ),
    "sdxl": dict(
        down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        block_out_channels=[320, 640, 1280],
        sample_size=128,
        attention_head_dim=[5, 10, 20],
        cross_attention_dim=2048,
        use_linear_projection=True,
        transformer_layers_per_block=[1, 2, 10],
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    ),
}
VAES = {
    "sd1": dict(sample_size=512),
    "sd2": dict(sample_size=512),
    "sdxl": dict(sample_size=1024, scaling_factor=0.13025, force_upcast=True),
}
LARGE = dict(
    hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, hidden_act="quick_gelu"
)
TEXTS = {
    "sd1": {"text_encoder": (CLIPTextModel, dict(LARGE, projection_dim=768))},
    "sd2": {
        "text_encoder": (
            CLIPTextModel,
            dict(
                hidden_size=1024,
                intermediate_size=4096,
                num_hidden_layers=23,
                num_attention_heads=16,
                hidden_act="gelu",
                projection_dim=512,
            ),
        )
    },
    "sdxl": {
        "text_encoder": (CLIPTextModel, dict(LARGE, projection_dim=768)),
        "text_encoder_2": (
            CLIPTextModelWithProjection,
            dict(
                hidden_size=1280,
                intermediate_size=5120,
                num_hidden_layers=32,
                num_attention_heads=20,
                hidden_act="gelu",
                projection_dim=1280,
            ),
        ),
    },
}
SHARED = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False, steps_offset=1)
SCHEDULERS = {
    "sd1": DDIMScheduler(**SHARED, set_alpha_to_one=False),
    "sd2": PNDMScheduler(
        **{k: v for k, v in SHARED.items() if k != "clip_sample"}, skip_prk_steps=True, set_alpha_to_one=False
    ),
    "sdxl": EulerDiscreteScheduler(
        **{k: v for k, v in SHARED.items() if k != "clip_sample"}, timestep_spacing="leading"
    ),
}
CLASSES = {
    "sd1": "StableDiffusionInpaintPipeline",
    "sd2": "StableDiffusionInpaintPipeline",
    "sdxl": "StableDiffusionXLInpaintPipeline",
}


def write_tensors(folder, model, rename=lambda key: key):
    lines = [f"{rename(key)} {' '.join(map(str, t.shape))}".rstrip() for key, t in model.state_dict().items()]
    (folder / "tensors.txt").write_text("\n".join(lines) + "\n")
    return len(lines), sum(t.numel() for t in model.state_dict().values())


def transformers_4(key):
    """CLIPTextModel's keys as Stable Diffusion 1's folder has them; transformers 5 leaves the model's name out."""
    return f"text_model.{key.removeprefix('text_model.')}"


def save(folder, family):
    counts = {}
    for name, make in [
        ("unet", lambda: UNet2DConditionModel(in_channels=9, out_channels=4, **UNETS[family])),
        (
            "vae",
            lambda: AutoencoderKL(
                down_block_types=["DownEncoderBlock2D"] * 4,
                up_block_types=["UpDecoderBlock2D"] * 4,
                block_out_channels=[128, 256, 512, 512],
                layers_per_block=2,
                **VAES[family],
            ),
        ),
    ]:
        with torch.device("meta"):
            model = make()
        (folder / name).mkdir(parents=True, exist_ok=True)
        model.save_config(folder / name)
        counts[name] = write_tensors(folder / name, model)
    for name, (kind, options) in TEXTS[family].items():
        config = CLIPTextConfig(vocab_size=49408, **options, architectures=[kind.__name__])
        with torch.device("meta"):
            model = kind(config)
        (folder / name).mkdir(parents=True, exist_ok=True)
        config.save_pretrained(folder / name)
        old = family == "sd1" and kind is CLIPTextModel
        counts[name] = write_tensors(folder / name, model, transformers_4 if old else lambda key: key)
    SCHEDULERS[family].save_config(folder / "scheduler")
    index = {
        "_class_name": CLASSES[family],
        "scheduler": ["diffusers", type(SCHEDULERS[family]).__name__],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        **{name: ["transformers", kind.__name__] for name, (kind, _) in TEXTS[family].items()},
        **{name.replace("text_encoder", "tokenizer"): ["transformers", "CLIPTokenizer"] for name in TEXTS[family]},
    }
    if family == "sdxl":
        index["force_zeros_for_empty_prompt"] = True
    write_json(folder / "model_index.json", index)
    for path in folder.rglob("*config.json"):
        value = json.loads(path.read_text())
        write_json(path, {k: v for k, v in value.items() if k != "_name_or_path"})
    return counts


def main():
    out = parse_out("pipelines", __doc__)
    for family in UNETS:
        counts = save(out / family, family)
        write_json(
            out / family / "counts.json",
            {name: {"tensors": tensors, "parameters": parameters} for name, (tensors, parameters) in counts.items()},
        )
        print(family, counts)


if __name__ == "__main__":
    main()
