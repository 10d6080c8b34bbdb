"""Tiny ResNet classifiers: logits, features, the gradient of the energy; one also under torchvision names."""

import re

import torch
from common import parse_out, randn, randomise, save_golden, save_model, write_json
from safetensors.torch import load_file, save_file
from transformers import ResNetConfig, ResNetForImageClassification

SHAPES = {
    "basic": dict(embedding_size=8, hidden_sizes=[8, 16, 24], depths=[2, 2, 1]),
    "bottleneck": dict(embedding_size=8, hidden_sizes=[32, 64, 96], depths=[1, 2, 2]),
    # The four stages and widths (64 per embedding) in the proportions that torchvision fixes.
    "bottleneck-torchvision": dict(embedding_size=8, hidden_sizes=[32, 64, 128, 256], depths=[1, 2, 1, 1]),
}
CLASSES = 10


def make(name):
    config = ResNetConfig(
        layer_type=name.split("-")[0],
        num_labels=CLASSES,
        id2label={n: f"class {n}" for n in range(CLASSES)},
        label2id={f"class {n}": n for n in range(CLASSES)},
        downsample_in_first_stage=False,
        downsample_in_bottleneck=False,
        **SHAPES[name],
    )
    model = randomise(ResNetForImageClassification(config), f"resnet {name}", gain=1.4)
    with torch.no_grad():
        model.classifier[1].weight.mul_(0.2)  # else one class takes all and logsumexp is a mere maximum
    return model


def torchvision_key(key):
    """HF name -> the name torchvision and timm share (stages start at layer1, norms and convolutions at 1)."""
    key = key.removeprefix("resnet.")
    key = key.replace("classifier.1.", "fc.")
    key = key.replace("embedder.embedder.convolution", "conv1").replace(
        "embedder.embedder.normalization", "bn1"
    )
    found = re.fullmatch(r"encoder\.stages\.(\d+)\.layers\.(\d+)\.(.+)", key)
    if not found:
        return key
    stage, block, rest = found.groups()
    rest = rest.replace("shortcut.convolution", "downsample.0").replace(
        "shortcut.normalization", "downsample.1"
    )
    rest = re.sub(r"layer\.(\d)\.convolution", lambda m: f"conv{int(m[1]) + 1}", rest)
    rest = re.sub(r"layer\.(\d)\.normalization", lambda m: f"bn{int(m[1]) + 1}", rest)
    return f"layer{int(stage) + 1}.{block}.{rest}"


def save_torchvision(model, folder, source):
    folder.mkdir(parents=True, exist_ok=True)
    state = load_file(source / "model.safetensors")
    save_file(
        {torchvision_key(k): v for k, v in state.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    # timm's own shape of config.json, as its hub repositories have it.
    config = {
        "architecture": "resnet50",
        "num_classes": CLASSES,
        "num_features": SHAPES["bottleneck-torchvision"]["hidden_sizes"][-1],
        "pretrained_cfg": {
            "input_size": [3, 56, 72],
            "interpolation": "bilinear",
            "crop_pct": 1.0,
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "first_conv": "conv1",
            "classifier": "fc",
        },
    }
    write_json(folder / "config.json", config)


def main():
    out = parse_out("resnet", __doc__)
    for name in SHAPES:
        model = make(name)
        save_model(model, out / name)
        model.requires_grad_(False)
        pixels = randn(f"resnet {name} pixels", 3, 3, 56, 72).requires_grad_(True)
        hidden = model.resnet(pixels)
        logits = model(pixels).logits
        energy = -torch.logsumexp(logits, dim=1)
        (grad,) = torch.autograd.grad(energy.sum(), pixels)
        tensors = {
            "pixel_values": (pixels, "(N, 3, 56, 72) normalised pixels"),
            "features": (hidden.pooler_output.flatten(1), "mean over positions of the last stage"),
            "last_hidden_state": (hidden.last_hidden_state, "last stage"),
            "logits": (logits, "in eval mode: running statistics"),
            "energy": (energy, "-logsumexp(logits), one per sample"),
            "grad_pixels": (grad, "d sum(energy) / dpixel_values"),
        }
        save_golden(out / name, f"ResNetForImageClassification, {name}.", tensors, {"num_labels": CLASSES})
    save_torchvision(model, out / "torchvision", out / "bottleneck-torchvision")


if __name__ == "__main__":
    main()
