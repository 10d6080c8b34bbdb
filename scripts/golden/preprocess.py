"""Images and what CLIPImageProcessor, VaeImageProcessor and Pillow make of them; strings and the fixture tokenizers' ids."""

import gzip

import numpy as np
import torch
from common import FIXTURES, parse_out, rand, save_golden, write_json
from open_clip_module import import_open_clip
from diffusers.image_processor import VaeImageProcessor
from PIL import Image
from transformers import CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil

# (width, height); 56 is the target. In "tall" the long side less 56 is 3 modulo 4, where crop offsets disagree.
SIZES = {"wide": (91, 61), "tall": (57, 81), "small": (41, 33)}
STRINGS = [
    "",
    "A photo only remain a city street, trees.",
    "the nice red panda",
    "Cat cat CAT  cat\tcat\ncat",
    "it's they're I'll we've don't she'd I'm",
    "route 66 in 1999, 3.14!",
    "!!! wow ! ?!",
    "caf\u00e9 cafe\u0301 na\u00efve",
    "\u201ccurly\u201d \u2018quotes\u2019 \u2014 dash \ufb01ne",
    "&amp; &lt;b&gt; &quot;",
    "\u718a\u732b \u30d1\u30f3\u30c0 \ud55c\uae00 \u043c\u0438\u0448\u043a\u0430",
    "a \U0001f43c and \U0001f469\u200d\U0001f680 here",
    "\u00a0no\u2003break\u200bzero ",
    "\u0130stanbul STRASSE stra\u00dfe",
    "before <|endoftext|> after <|startoftext|>",
    "under_score hy-phen slash/ back\\ #tag @me",
    "\u00bd \u00b2 \u0664 \u2167",
    "mountain river lake ocean " * 30,
]

# What ftfy and HTML entities change.
OPENAI_STRINGS = [
    "a &amp;amp; b &lt;i&gt; &eacute;t&EACUTE; &notit; &ampx &#39;q&#x27; &unknown;",
    "<b>&amp;</b> stays",
    "\ufb01sh \ufb02y o\ufb03ce \u0132sselmeer \u01c4ep",
    "\uff21\uff22\uff23 \uff11\uff12 \uff76\uff9e \u3000wide\u3000space",
    "\u2018single\u2019 \u201cdouble\u201d \u201elow\u201f \u02bcmodifier",
    "bell\u0007 null\u0000 bom\ufeff del\u007f red\u001b[31m tail",
    "next\u0085line\r\nreturn\rparagraph\u2029end",
    "smart \u0093quotes\u0094 and \u0080 euro",
    "cafe\u0301 &#101;&#769; \u212b",
    "<start_of_text> inside <end_of_text>",
    "it&rsquo;s I&#8217;M WE\u2019LL",
    "\U0001f1e9\U0001f1ea flag \U0001f44d\U0001f3fd thumb",
    "&quot;" * 40,
]


def picture(name, width, height, channels=3):
    """Smooth colours, fine noise and hard edges, so that filters, rounding and clamping all show."""
    coarse = torch.nn.functional.interpolate(
        rand(f"picture {name}", 1, channels, 5, 6), (height, width), mode="bicubic"
    )
    fine = 0.2 * (rand(f"fine {name}", channels, height, width) - 0.5)
    values = (1.3 * coarse[0] - 0.15 + fine).clamp(0, 1)
    values[:, height // 3 : height // 2, width // 4 : width // 2] = torch.tensor([0.0, 1.0, 1.0, 0.4])[
        :channels
    ].view(-1, 1, 1)
    values[:, :, 2 * width // 3] = 1
    return Image.fromarray(
        (values.permute(1, 2, 0) * 255).round().byte().numpy(), "RGBA" if channels == 4 else "RGB"
    )


def pixels(processor, image):
    return torch.from_numpy(np.asarray(processor(image, return_tensors="np")["pixel_values"][0])).float()


def bytes_of(image):
    return torch.from_numpy(np.array(image))


def resize_shortest(image, shortest, resample):
    scale = lambda side: int(shortest * side / min(image.size))
    return image.resize((scale(image.size[0]), scale(image.size[1])), resample)


def crop_rounded(image, size):
    """torchvision's and OpenAI's offset: half to even, where transformers takes the floor."""
    left, top = (round((side - size) / 2) for side in image.size)
    return image.crop((left, top, left + size, top + size))


def normalised(image, mean, std):
    values = bytes_of(image).float().permute(2, 0, 1) / 255
    return (values - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


def images(out):
    clip = CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    clip.save_pretrained(out / "clip")
    convnext = ConvNextImageProcessorPil(size={"shortest_edge": 56}, crop_pct=0.875, resample=Image.BICUBIC)
    convnext.save_pretrained(out / "convnext")
    tensors = {}
    pictures = {name: picture(name, *size) for name, size in SIZES.items()}
    pictures["alpha"] = picture("alpha", 64, 70, channels=4)
    pictures["grey"] = picture("grey", 60, 75).convert("L")
    for name, image in pictures.items():
        image.save(out / f"{name}.png")
        rgb = image.convert("RGB")
        tensors[f"{name}/rgb"] = (bytes_of(rgb), "convert('RGB'): alpha is dropped, (height, width, 3)")
        tensors[f"{name}/clip"] = (
            pixels(clip, image),
            "CLIPImageProcessor, folder clip: Pillow bicubic, floor crop",
        )
        tensors[f"{name}/convnext"] = (pixels(convnext, rgb), "ConvNextImageProcessor, folder convnext")
        small = resize_shortest(rgb, 56, Image.BICUBIC)
        cropped = normalised(crop_rounded(small, 56), clip.image_mean, clip.image_std)
        tensors[f"{name}/openai"] = (cropped, "as clip, with the crop offset rounded half to even")
        small = crop_rounded(resize_shortest(rgb, 58, Image.BILINEAR), 56)
        imagenet = normalised(small, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        tensors[f"{name}/imagenet"] = (
            imagenet,
            "torchvision V2 scaled: 58 bilinear, crop 56, ImageNet mean and std",
        )
        for kind in ["bilinear", "bicubic", "lanczos"]:
            squashed = rgb.resize((48, 40), getattr(Image, kind.upper()))
            tensors[f"{name}/squash-{kind}"] = (bytes_of(squashed), f"Pillow {kind} to 40 high, 48 wide")
    disagree = (tensors["tall/clip"][0] - tensors["tall/openai"][0]).abs().max()
    assert disagree > 0.1, "the offsets were meant to disagree"
    return tensors


def inpainting(out):
    """The image and mask of an inpainting call, resized by diffusers to 32x40."""
    mask = Image.new("L", (91, 61))
    yy, xx = np.mgrid[:61, :91]
    mask.putdata([int(v) for v in (255 * ((xx - 40) ** 2 + (yy - 30) ** 2 < 500)).ravel()])
    mask.save(out / "mask.png")
    image = Image.open(out / "wide.png")
    plain = VaeImageProcessor(vae_scale_factor=8)
    masks = VaeImageProcessor(
        vae_scale_factor=8, do_normalize=False, do_binarize=True, do_convert_grayscale=True
    )
    return {
        "inpaint/image": (
            plain.preprocess(image, height=32, width=40)[0],
            "wide.png, Lanczos to 32x40, [-1, 1]",
        ),
        "inpaint/mask": (masks.preprocess(mask, height=32, width=40)[0], "mask.png, Lanczos, then >= .5"),
    }


def openai_tokens(out):
    """OpenCLIP's tokenizer on a small vocabulary in the form that OpenAI published."""
    merges = (FIXTURES / "inpaint/pipeline-9ch/tokenizer/merges.txt").read_text().splitlines()[1:]
    folder = out / "openai_tokenizer"
    folder.mkdir(exist_ok=True)
    path = folder / "bpe_simple_vocab_16e6.txt.gz"
    lines = ["version: 0.2", *[m for m in merges if m]]
    path.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    tokenizer = import_open_clip().SimpleTokenizer(str(path))
    rows = [{"text": text, "padded": tokenizer(text)[0].tolist()} for text in STRINGS + OPENAI_STRINGS]
    write_json(
        out / "openai_tokens.json",
        {"about": "open_clip's SimpleTokenizer with openai_tokenizer/, 77 places, the rest 0", "cases": rows},
    )


def tokens(out):
    rows = []
    for channels in [9, 4]:
        name = f"inpaint/pipeline-{channels}ch/tokenizer"
        tokenizer = CLIPTokenizer.from_pretrained(FIXTURES / name)
        rows += [
            {
                "tokenizer": name,
                "text": text,
                "ids": tokenizer(text).input_ids,
                "padded": tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids,
            }
            for text in STRINGS
        ]
    write_json(
        out / "tokens.json", {"about": "ids with start and end; padded: cut and filled to 77", "cases": rows}
    )


def main():
    out = parse_out("preprocess", __doc__)
    tensors = images(out) | inpainting(out)
    save_golden(
        out,
        "Preprocessed PNG files beside this one; tensors of a file are named file/what.",
        tensors,
        {
            "tolerance": "one step of 1/255 per pixel, 2/255/std after normalising, from 8-bit rounding in Pillow"
        },
    )
    tokens(out)
    openai_tokens(out)


if __name__ == "__main__":
    main()
