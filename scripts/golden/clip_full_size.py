"""
CLIP at full size with random weights, in every layout, beside transformers and open_clip: too large to commit, so this makes the
folders, runs all three and prints the largest differences on unit vectors.

    python scripts/golden/clip_full_size.py --model B-16 --work /tmp/clip-full        (B-32, B-16, L-14, L-14-336, H-14; bigG: text only)
"""

import argparse
import json
import subprocess
from pathlib import Path

import torch
from clip import open_clip_state
from common import randn, randomise, write_json
from open_clip_module import import_open_clip
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTextModelWithProjection

ROOT = Path(__file__).resolve().parents[2]
# (text: width, layers, heads), (vision: width, layers, heads, patch, image), projection, activation
SIZES = {
    "B-32": ((512, 12, 8), (768, 12, 12, 32, 224), 512, "quick_gelu"),
    "B-16": ((512, 12, 8), (768, 12, 12, 16, 224), 512, "quick_gelu"),
    "L-14": ((768, 12, 12), (1024, 24, 16, 14, 224), 768, "quick_gelu"),
    "L-14-336": ((768, 12, 12), (1024, 24, 16, 14, 336), 768, "quick_gelu"),
    "H-14": ((1024, 24, 16), (1280, 32, 16, 14, 224), 1024, "gelu"),
    "bigG": ((1280, 32, 20), None, 1280, "gelu"),
}


def config_of(name):
    (width, layers, heads), vision, projection, activation = SIZES[name]
    part = lambda w, n, h: dict(
        hidden_size=w, intermediate_size=4 * w, num_hidden_layers=n, num_attention_heads=h, hidden_act=activation
    )
    w, n, h, patch, image = vision or (64, 1, 1, 32, 224)
    return CLIPConfig(
        text_config=dict(part(width, layers, heads), eos_token_id=2, projection_dim=projection),
        vision_config=dict(part(w, n, h), patch_size=patch, image_size=image, projection_dim=projection),
        projection_dim=projection,
    )


def open_clip_config(name):
    (width, layers, heads), (w, n, h, patch, image), projection, activation = SIZES[name]
    return {
        "embed_dim": projection,
        "quick_gelu": activation == "quick_gelu",
        "vision_cfg": {"image_size": image, "patch_size": patch, "layers": n, "width": w, "head_width": w // h},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": width, "heads": heads, "layers": layers},
    }


def unit(x):
    x = x if torch.is_tensor(x) else x.pooler_output
    return torch.nn.functional.normalize(x.float(), dim=1)


def make_ids(rows):
    ids = torch.full((rows, 77), 0)
    for row in range(rows):
        length = 3 + 11 * row
        ids[row, 0], ids[row, length + 1] = 49406, 49407
        ids[row, 1 : length + 1] = torch.randint(300, 49000, (length,))
    return ids


def save_four(five, config, folder):
    """The keys of transformers 4: "text_model." before a text tower's own, and each tower's position ids among the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = load_file(five / "model.safetensors")
    alone = ("text_", "vision_", "visual_", "logit_scale")
    keys = {k if k.startswith(alone) else f"text_model.{k}": v for k, v in tensors.items()}
    vision, text = config.vision_config, config.text_config
    patches = (vision.image_size // vision.patch_size) ** 2 + 1
    for tower, places in [("text_model", text.max_position_embeddings), ("vision_model", patches)]:
        if any(k.startswith(tower) for k in keys):
            keys[f"{tower}.embeddings.position_ids"] = torch.arange(places)[None]
    save_file(keys, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text((five / "config.json").read_text())
    return folder


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=SIZES, default="B-16")
    parser.add_argument("--images", type=int, default=2)
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args()
    work = args.work
    torch.manual_seed(0)
    vision = SIZES[args.model][1]
    model = randomise(CLIPModel(config_of(args.model)).eval(), f"full size {args.model}")
    tensors = {"ids": make_ids(4)}
    expected = {"transformers/text": unit(model.get_text_features(tensors["ids"]))}
    folders = {}
    if vision:
        tensors["pixels"] = randn("full size pixels", args.images, 3, vision[4], vision[4])
        expected["transformers/image"] = unit(model.get_image_features(tensors["pixels"]))
        folders["transformers 5"] = work / "transformers5"
        model.save_pretrained(folders["transformers 5"])
        folders["transformers 4"] = save_four(folders["transformers 5"], model.config, work / "transformers4")
        state = open_clip_state(model.state_dict())
        (work / "open_clip").mkdir(parents=True, exist_ok=True)
        write_json(work / "open_clip" / "open_clip_config.json", {"model_cfg": open_clip_config(args.model)})
        save_file(state, work / "open_clip" / "open_clip_model.safetensors")
        folders["open_clip"] = work / "open_clip"
        if SIZES[args.model][3] == "quick_gelu":
            (work / "openai").mkdir(parents=True, exist_ok=True)
            numbers = {k: torch.tensor(v) for k, v in [("input_resolution", vision[4]), ("context_length", 77), ("vocab_size", 49408)]}
            save_file(state | numbers, work / "openai" / "ViT.safetensors")
            folders["openai"] = work / "openai"
        peer = import_open_clip().model.CLIP(**open_clip_config(args.model)).eval()
        print("open_clip:", peer.load_state_dict(state, strict=False))
        expected["open_clip/image"] = unit(peer.encode_image(tensors["pixels"]))
        expected["open_clip/text"] = unit(peer.encode_text(tensors["ids"]))
    else:
        text = CLIPTextModelWithProjection(model.config.text_config).eval()
        text.load_state_dict(model.state_dict(), strict=False)
        expected["transformers/text"] = unit(text(tensors["ids"]).text_embeds)
        folders["text, transformers 5"] = work / "text5"
        text.save_pretrained(folders["text, transformers 5"])
        folders["text, transformers 4"] = save_four(work / "text5", model.config, work / "text4")
    save_file({k: v.contiguous() for k, v in tensors.items()}, work / "inputs.safetensors")
    del model
    worst = 0
    for layout, folder in folders.items():
        command = ["node", ROOT / "scripts/golden/clip_full_size.mjs", folder, work]
        subprocess.run([str(c) for c in command], check=True, cwd=ROOT)
        ours = load_file(work / "outputs.safetensors")
        for name, value in expected.items():
            side = name.split("/")[1]
            difference = (unit(ours[side]) - value).abs().max().item()
            worst = max(worst, difference)
            print(f"{args.model:9} {layout:22} against {name:20} largest difference {difference:.1e}")
    print(json.dumps({"model": args.model, "largest": worst, "within": 1e-4, "holds": worst < 1e-4}))
    return 0 if worst < 1e-4 else 1


if __name__ == "__main__":
    raise SystemExit(main())
