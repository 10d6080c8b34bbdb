"""Tiny UNet2DConditionModel variants (SD1-, SD2- and SDXL-like; 4 and 9 input channels) with calls and a gradient each."""

import torch
from common import parse_out, randn, randomise, save_golden, save_model
from diffusers import UNet2DConditionModel

SHARED = dict(
    sample_size=16,
    out_channels=4,
    layers_per_block=2,
    cross_attention_dim=32,
)
WITH = dict(
    down_block_types=["DownBlock2D", "CrossAttnDownBlock2D"],
    up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"],
)
LIKE_SD = dict(
    down_block_types=["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    up_block_types=["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
)
VARIANTS = {
    "sd1-4ch": dict(
        in_channels=4, block_out_channels=[8, 16], norm_num_groups=4, attention_head_dim=4, **WITH
    ),
    "sd1-9ch": dict(
        in_channels=9, block_out_channels=[16, 32], norm_num_groups=8, attention_head_dim=8, **WITH
    ),
    "sd2-4ch": dict(
        in_channels=4,
        block_out_channels=[8, 16],
        norm_num_groups=4,
        attention_head_dim=[2, 4],
        use_linear_projection=True,
        **WITH,
    ),
    "sd2-9ch": dict(
        in_channels=9,
        block_out_channels=[16, 16, 32],
        norm_num_groups=8,
        attention_head_dim=[2, 2, 4],
        use_linear_projection=True,
        **LIKE_SD,
    ),
    "lcm-4ch": dict(
        in_channels=4,
        block_out_channels=[8, 16],
        norm_num_groups=4,
        attention_head_dim=4,
        time_cond_proj_dim=16,
        **WITH,
    ),
    "xl-9ch": dict(
        in_channels=9,
        block_out_channels=[8, 16],
        norm_num_groups=4,
        attention_head_dim=[2, 4],
        use_linear_projection=True,
        transformer_layers_per_block=[1, 2],
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=80,
        **WITH,
    ),
}


def make(name):
    return randomise(UNet2DConditionModel(**SHARED, **VARIANTS[name]), f"unet {name}")


def main():
    out = parse_out("unet", __doc__)
    for name, variant in VARIANTS.items():
        model = make(name)
        save_model(model, out / name)
        model.requires_grad_(False)
        sample = randn(f"unet {name} sample", 2, variant["in_channels"], 16, 24)
        text = randn(f"unet {name} text", 2, 77, 32)
        timesteps = torch.tensor([981, 3])
        added = None
        if variant.get("addition_embed_type"):
            added = {
                "text_embeds": randn(f"unet {name} text_embeds", 2, 32),
                "time_ids": torch.tensor([[128.0, 96, 0, 8, 128, 96], [64, 64, 3, 0, 128, 96]]),
            }
        guidance = None
        if size := variant.get("time_cond_proj_dim"):
            guidance = randn(f"unet {name} timestep_cond", 2, size)
        call = lambda x, t: model(x, t, text, timestep_cond=guidance, added_cond_kwargs=added).sample
        tensors = {
            "sample": (sample, "input, 16x24 so that height and width cannot be exchanged"),
            "encoder_hidden_states": (text, "(N, 77, 32)"),
            "timesteps": (timesteps, "one per row, for out_per_row"),
            "out": (call(sample, 501), "both rows at timestep 501"),
            "out_per_row": (call(sample, timesteps), "each row at its own timestep"),
        }
        leaf = sample.clone().requires_grad_(True)
        w = randn(f"unet {name} w", 2, 4, 16, 24)
        (grad,) = torch.autograd.grad((call(leaf, 501) * w).sum(), leaf)
        for key, value in (added or {}).items():
            tensors[key] = (value, "added condition (SDXL)")
        if guidance is not None:
            tensors["timestep_cond"] = (guidance, "embedded guidance scale (distilled models)")
        tensors["w"] = (w, "weights of the loss")
        tensors["grad_sample"] = (grad, "d sum(out * w) / dsample at timestep 501")
        save_golden(out / name, f"UNet2DConditionModel, {name}.", tensors, {"timestep": 501})


if __name__ == "__main__":
    main()
