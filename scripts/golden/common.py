"""What every fixture script shares: seeds, well-conditioned random weights, and how a golden file is written and read back."""

import argparse
import hashlib
import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

import torch
from safetensors.torch import load_file, save_file

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"

torch.set_num_threads(2)
torch.use_deterministic_algorithms(True)


def parse_out(topic, doc):
    """The folder that --out names, test/fixtures/<topic> unless told otherwise."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--out", type=Path, default=FIXTURES / topic)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    return out


def generator(name):
    """A generator of its own for each named draw, so that adding one fixture never changes another."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "little")
    return torch.Generator().manual_seed(seed)


def randn(name, *shape):
    return torch.randn(shape, generator=generator(name))


def rand(name, *shape):
    return torch.rand(shape, generator=generator(name))


@torch.no_grad()
def randomise(model, name, gain=1.0):
    """
    Draws every parameter anew. Library initialisers give attention that is almost uniform and biases that are
    zero, which would let a wrong implementation pass: here each matrix has gain / sqrt(fan in), each norm is
    near one but not one, and each bias and running statistic differs from its default.
    """
    g = generator(name)
    for key, p in list(model.named_parameters()) + list(model.named_buffers()):
        draw = torch.randn(p.shape, generator=g) if p.is_floating_point() else None
        if draw is None or key.endswith("logit_scale"):
            continue
        if key.endswith("running_var"):
            p.copy_(0.5 + draw.abs())
        elif "embedding" in key and "patch_embedding" not in key and "time_embedding" not in key:
            p.copy_(0.5 * draw)
        elif p.ndim >= 2:
            p.copy_(draw * gain / (p[0].numel() ** 0.5))
        elif key.endswith("weight"):
            p.copy_(1 + 0.1 * draw)
        else:
            p.copy_(0.1 * draw)
    return model.eval()


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def versions():
    import diffusers
    import transformers

    return {
        "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
        "diffusers": diffusers.__version__,
    }


def save_golden(folder, about, tensors, parameters=None):
    """
    Writes golden.safetensors and golden.json into a folder and reads the shapes back.

    tensors     name -> (tensor, what it is)
    parameters  plain numbers and strings that a test needs beside the tensors
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = {name: t.detach().clone().contiguous() for name, (t, _) in tensors.items()}
    for name, t in data.items():
        assert not t.is_floating_point() or torch.isfinite(t).all(), f"{name} is not finite"
    save_file(data, folder / "golden.safetensors")
    write_json(
        folder / "golden.json",
        {
            "about": about,
            "versions": versions(),
            "parameters": parameters or {},
            "tensors": {
                name: {"shape": list(t.shape), "dtype": str(t.dtype).removeprefix("torch."), "is": meaning}
                for name, (t, meaning) in tensors.items()
            },
        },
    )
    back = load_file(folder / "golden.safetensors")
    assert {k: v.shape for k, v in back.items()} == {k: v.shape for k, v in data.items()}


def save_model(model, folder):
    """save_pretrained as the library does it, less the one field that would record a path of this machine."""
    model.save_pretrained(folder)
    config = folder / "config.json"
    value = json.loads(config.read_text())
    if value.pop("_name_or_path", None) is not None:
        write_json(config, value)
