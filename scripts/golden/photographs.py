"""
Preprocessing of real photographs beside transforms on Pillow: too large to commit, so this takes any folder.

    python scripts/golden/photographs.py FOLDER                  every image below it, as it is
    python scripts/golden/photographs.py FOLDER --side 3000      each enlarged to a camera's size and saved as JPEG first

    decoded       Pillow's RGB bytes, upright
    transformers  CLIPImageProcessor on Pillow: 224 bicubic, crop of 224 at the floor of half the margin
    openai        the same with OpenAI's and torchvision's crop: half to even
    imagenet      torchvision's V2 weights: 232 bilinear, crop of 224 half to even

A pixel agrees if none of its channels is further away than 1/255 (before the division by std). Where the margin is 3 modulo 4 the
two crops lie a pixel apart; there each of ours has to agree with its own reference, and must not with the other.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import torch
from common import write_json
from PIL import Image, ImageOps
from preprocess import bytes_of, crop_rounded, normalised, pixels, resize_shortest
from safetensors.torch import load_file
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".jpg", ".jpeg", ".png", ".webp"}
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CROP = 224
# One step of 8 bits, and float32's rounding of it.
STEP = (1 + 1e-3) / 255


def enlarge(path, side, folder):
    image = Image.open(path).convert("RGB")
    scale = side / max(image.size)
    large = folder / f"{path.stem}-{len(list(folder.iterdir()))}.jpg"
    image.resize([round(scale * s) for s in image.size], Image.LANCZOS).save(large, quality=90)
    return large


def expected(path, clip):
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    openai = crop_rounded(resize_shortest(image, CROP, Image.BICUBIC), CROP)
    imagenet = crop_rounded(resize_shortest(image, 232, Image.BILINEAR), CROP)
    return {
        "decoded": bytes_of(image),
        "transformers": pixels(clip, image),
        "openai": normalised(openai, clip.image_mean, clip.image_std),
        "imagenet": normalised(imagenet, *IMAGENET),
    }


def agreeing(ours, theirs, std=None):
    """Pixels within a step in every channel, of all, and the largest difference in steps."""
    difference = (ours.float() - theirs.float()).abs()
    difference = difference.permute(2, 0, 1) / 255 if std is None else difference * torch.tensor(std).view(3, 1, 1)
    worst = difference.amax(0)
    return int((worst <= STEP).sum()), worst.numel(), 255 * worst.max().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", type=int)
    args = parser.parse_args()
    files = sorted(p for p in args.folder.rglob("*") if p.suffix.lower() in KINDS)
    assert files, f"no images below {args.folder}"
    clip = CLIPImageProcessorPil()
    stds = {"decoded": None, "transformers": clip.image_std, "openai": clip.image_std, "imagenet": IMAGENET[1]}
    counts = {name: [0, 0, 0.0, 1.0] for name in stds}
    crops = {"their own": [0, 0], "each other's": [0, 0]}
    apart = 0
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        if args.side:
            (work / "large").mkdir()
            files = [enlarge(path, args.side, work / "large") for path in files]
        clip.save_pretrained(work)
        write_json(work / "list.json", [str(path.resolve()) for path in files])
        subprocess.run(["node", str(ROOT / "scripts/golden/photographs.mjs"), str(work)], check=True, cwd=ROOT)
        ours = load_file(work / "ours.safetensors")
        for at, path in enumerate(files):
            wanted = expected(path, clip)
            got = {kind: ours[f"{at}/{kind}"] for kind in wanted}
            got = {kind: x if kind == "decoded" else x[0] for kind, x in got.items()}
            for kind, std in stds.items():
                within, of, worst = agreeing(got[kind], wanted[kind], std)
                count = counts[kind]
                counts[kind] = [count[0] + within, count[1] + of, max(count[2], worst), min(count[3], within / of)]
            height, width = wanted["decoded"].shape[:2]
            margin = int(CROP * max(height, width) / min(height, width)) - CROP
            if margin % 4 != 3:
                continue
            apart += 1
            for own, other in [("transformers", "openai"), ("openai", "transformers")]:
                for name, reference in [("their own", own), ("each other's", other)]:
                    within, of, _ = agreeing(got[own], wanted[reference], clip.image_std)
                    crops[name] = [crops[name][0] + within, crops[name][1] + of]
    share = lambda within, of: within / of if of else float("nan")
    for kind, (within, of, worst, least) in counts.items():
        print(
            f"{kind:13} {100 * share(within, of):.4f} % of {of} pixels within 1/255;"
            f" the worst photograph {100 * least:.4f} %; largest difference {worst:.2f}/255"
        )
    told = {name: round(share(*pair), 6) for name, pair in crops.items()}
    print(f"crops lie apart in {apart} of {len(files)} photographs: within 1/255 of {told}")
    holds = all(share(within, of) >= 0.999 for within, of, *_ in counts.values())
    holds = holds and (apart == 0 or (told["their own"] >= 0.999 and told["each other's"] < 0.9))
    print(json.dumps({"photographs": len(files), "apart": apart, "within": 0.999, "holds": holds}))
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
