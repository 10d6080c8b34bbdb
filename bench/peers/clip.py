"""What transformers and open_clip compute where synood's rows of bench/rows/clip compute it."""

import json
import sys
from pathlib import Path

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file
from serve import read, serve
from transformers import CLIPVisionModelWithProjection

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "golden"))
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def image_encoding(settings, device, dtype):
    kind = CLIPVisionModelWithProjection
    model = kind.from_pretrained(settings["folder"], attn_implementation="eager").to(device, getattr(torch, dtype)).eval()
    pixels = read(settings["pixels"])

    def run():
        with torch.inference_mode():
            return model(pixels.to(device, model.dtype)).image_embeds.float().cpu()

    return run


def open_clip_tower(folder):
    """open_clip's vision transformer with the weights of a transformers folder."""
    from open_clip_module import import_open_clip

    transformer = import_open_clip().transformer
    config = json.loads((Path(folder) / "config.json").read_text())
    width, heads = config["hidden_size"], config["num_attention_heads"]
    tower = transformer.VisionTransformer(
        image_size=config["image_size"],
        patch_size=config["patch_size"],
        width=width,
        layers=config["num_hidden_layers"],
        heads=heads,
        mlp_ratio=config["intermediate_size"] / width,
        output_dim=config["projection_dim"],
        act_layer=transformer.QuickGELU,
    )
    hf = {k.removeprefix("vision_model."): v for k, v in load_file(Path(folder) / "model.safetensors").items()}
    state = {
        "class_embedding": hf["embeddings.class_embedding"],
        "positional_embedding": hf["embeddings.position_embedding.weight"],
        "conv1.weight": hf["embeddings.patch_embedding.weight"],
        "proj": hf["visual_projection.weight"].T,
    }
    norms = {"ln_pre": "pre_layrnorm", "ln_post": "post_layernorm"}
    parts = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "attn.out_proj": "self_attn.out_proj"}
    parts |= {"mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
    for kind in ["weight", "bias"]:
        state |= {f"{ours}.{kind}": hf[f"{theirs}.{kind}"] for ours, theirs in norms.items()}
        for n in range(config["num_hidden_layers"]):
            block, layer = f"transformer.resblocks.{n}.", f"encoder.layers.{n}."
            state |= {f"{block}{ours}.{kind}": hf[f"{layer}{theirs}.{kind}"] for ours, theirs in parts.items()}
            thirds = [hf[f"{layer}self_attn.{x}_proj.{kind}"] for x in "qkv"]
            state[f"{block}attn.in_proj_{kind}"] = torch.cat(thirds)
    tower.load_state_dict(state)
    return tower.eval(), config["image_size"]


class Files(torch.utils.data.Dataset):
    """The steps of OpenAI's transform: shorter side, bicubic; centre, half to even; bytes; mean and deviation."""

    def __init__(self, paths, size):
        self.paths, self.size = paths, size

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = Image.open(self.paths[index]).convert("RGB")
        short = min(image.size)
        image = image.resize([int(self.size * side / short) for side in image.size], Image.BICUBIC)
        left, top = (round((side - self.size) / 2) for side in image.size)
        image = image.crop((left, top, left + self.size, top + self.size))
        pixels = torch.from_numpy(numpy.array(image)).permute(2, 0, 1).float() / 255
        return (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def files_to_features(settings, device, dtype):
    tower, size = open_clip_tower(settings["folder"])
    tower = tower.to(device, getattr(torch, dtype))
    data = Files(settings["paths"], size)

    def run():
        loader = torch.utils.data.DataLoader(data, batch_size=settings["batch"], num_workers=2)
        with torch.inference_mode():
            return torch.cat([tower(x.to(device, tower.conv1.weight.dtype)).float().cpu() for x in loader])

    return run


if __name__ == "__main__":
    rows = {"image-encoding": image_encoding, "files-to-features": files_to_features}
    serve(rows, libraries=("torch", "transformers", "open_clip"))
