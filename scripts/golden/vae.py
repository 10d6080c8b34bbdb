"""Tiny AutoencoderKL and AutoencoderTiny models: encode, decode, and the gradient of a weighted decode."""

import torch
from common import parse_out, randn, randomise, save_golden, save_model
from diffusers import AutoencoderKL, AutoencoderTiny

VARIANTS = {
    "two-block": dict(block_out_channels=[16, 32], layers_per_block=1, norm_num_groups=8, size=32),
    "four-block": dict(block_out_channels=[16, 16, 32, 32], layers_per_block=1, norm_num_groups=8, size=64),
}


def make(name, block_out_channels, layers_per_block, norm_num_groups, size):
    n = len(block_out_channels)
    model = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=["DownEncoderBlock2D"] * n,
        up_block_types=["UpDecoderBlock2D"] * n,
        block_out_channels=block_out_channels,
        layers_per_block=layers_per_block,
        latent_channels=4,
        norm_num_groups=norm_num_groups,
        sample_size=size,
    )
    return randomise(model, f"vae {name}")


def save_tiny(out):
    """Three stages with other counts of blocks each, on either side; 40x56 pixels, down by 4."""
    model = AutoencoderTiny(
        encoder_block_out_channels=[8, 8, 8],
        decoder_block_out_channels=[12, 12, 12],
        num_encoder_blocks=[1, 2, 1],
        num_decoder_blocks=[2, 1, 3],
    )
    model = randomise(model, "vae tiny", gain=1.2)
    save_model(model, out / "tiny")
    model.requires_grad_(False)
    x = randn("vae tiny x", 2, 3, 40, 56).clamp(-2, 2) / 2
    encoded = model.encode(x).latents
    z = (2 * randn("vae tiny z", *encoded.shape)).requires_grad_(True)
    w = randn("vae tiny w", *x.shape)
    decoded = model.decode(z).sample
    (grad,) = torch.autograd.grad((decoded * w).sum(), z)
    save_golden(
        out / "tiny",
        "AutoencoderTiny, images 40x56 in [-1, 1], down by 4.",
        {
            "pixels": (x, "image to encode"),
            "encoded": (encoded, "latents, not scaled"),
            "z": (z, "latent to decode, not scaled"),
            "decoded": (decoded, "decode(z)"),
            "w": (w, "weights of the loss"),
            "grad_z": (grad, "d sum(decode(z) * w) / dz"),
        },
        {"scaling_factor": model.config.scaling_factor, "vae_scale_factor": 4},
    )


def main():
    out = parse_out("vae", __doc__)
    save_tiny(out)
    for name, variant in VARIANTS.items():
        model, size = make(name, **variant), variant["size"]
        factor = 2 ** (len(variant["block_out_channels"]) - 1)
        save_model(model, out / name)
        model.requires_grad_(False)
        # Not square, so that height and width cannot be exchanged.
        height, width = size, size + 2 * factor * 2
        x = randn(f"vae {name} x", 2, 3, height, width).clamp(-2, 2) / 2
        posterior = model.encode(x).latent_dist
        e = randn(f"vae {name} e", *posterior.mean.shape)
        z = randn(f"vae {name} z", *posterior.mean.shape).requires_grad_(True)
        w = randn(f"vae {name} w", *x.shape)
        decoded = model.decode(z).sample
        (grad,) = torch.autograd.grad((decoded * w).sum(), z)
        save_golden(
            out / name,
            f"AutoencoderKL {variant['block_out_channels']}, images {height}x{width} in [-1, 1], down by {factor}.",
            {
                "pixels": (x, "image to encode"),
                "mean": (posterior.mean, "of the posterior, not scaled"),
                "logvar": (posterior.logvar, "clamped to -30..20"),
                "posterior_noise": (e, "draw for z_sample"),
                "z_sample": (posterior.mean + posterior.std * e, "mean + exp(logvar / 2) * posterior_noise"),
                "z": (z, "latent to decode, not scaled"),
                "decoded": (decoded, "decode(z)"),
                "w": (w, "weights of the loss"),
                "grad_z": (grad, "d sum(decode(z) * w) / dz"),
            },
            {"scaling_factor": model.config.scaling_factor, "vae_scale_factor": factor},
        )


if __name__ == "__main__":
    main()
