"""A tiny vision transformer classifier: logits, features, the gradient of the energy."""

import torch
from common import parse_out, randn, randomise, save_golden, save_model
from transformers import ViTConfig, ViTForImageClassification

CLASSES = 10
SHAPES = {
    "tiny": dict(qkv_bias=True, hidden_act="gelu"),
    "no-bias": dict(qkv_bias=False, hidden_act="quick_gelu"),
}


def make(name):
    config = ViTConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        image_size=28,
        patch_size=8,
        id2label={n: f"class {n}" for n in range(CLASSES)},
        label2id={f"class {n}": n for n in range(CLASSES)},
        **SHAPES[name],
    )
    return randomise(ViTForImageClassification(config).eval(), f"vit {name}")


def main():
    out = parse_out("vit", __doc__)
    for name in SHAPES:
        model = make(name)
        save_model(model, out / name)
        model.requires_grad_(False)
        pixels = randn(f"vit {name} pixels", 3, 3, 28, 28).requires_grad_(True)
        hidden = model.vit(pixels).last_hidden_state
        logits = model(pixels).logits
        energy = -torch.logsumexp(logits, dim=1)
        (grad,) = torch.autograd.grad(energy.sum(), pixels)
        tensors = {
            "pixel_values": (pixels, "(N, 3, 28, 28) normalised pixels; 3 patches of 8 a side, a margin left over"),
            "features": (hidden[:, 0], "class token after the last norm"),
            "logits": (logits, "(N, 10)"),
            "energy": (energy, "-logsumexp(logits), one per sample"),
            "grad_pixels": (grad, "d sum(energy) / dpixel_values"),
        }
        save_golden(out / name, f"ViTForImageClassification, {name}.", tensors, {"num_labels": CLASSES})


if __name__ == "__main__":
    main()
