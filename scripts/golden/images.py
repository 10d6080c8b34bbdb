"""Small files of every odd kind, and the pixels that Pillow reads from them, upright and as RGB."""

import struct
import zlib

import numpy as np
from common import generator, parse_out, save_golden
from PIL import Image, ImageOps
from torch import from_numpy, rand

WIDTH, HEIGHT = 24, 16


def picture():
    """Smooth, so that JPEG keeps it, with another colour in each corner, so that a turned image shows."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    colours = np.stack([255 * x / (WIDTH - 1), 255 * y / (HEIGHT - 1), 40 + 3 * (x + y)], -1)
    return Image.fromarray(colours.round().astype("u1"))


def write_png16(path, samples):
    """Pillow writes no 16-bit RGB: by hand."""
    height, width, channels = samples.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    chunk = lambda tag, data: struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def main():
    out = parse_out("images", __doc__)
    image = picture()
    samples = np.asarray(image).astype("u2") * 256 + (rand(HEIGHT, WIDTH, 3, generator=generator("low bytes")) * 255).byte().numpy()
    write_png16(out / "rgb16.png", samples)
    write_png16(out / "grey16.png", samples[:, :, :1])
    image.save(out / "photo.jpg", quality=92)
    image.convert("CMYK").save(out / "cmyk.jpg", quality=95)
    image.convert("L").save(out / "grey.jpg", quality=92)
    image.convert("P").save(out / "palette.png")
    image.convert("1").save(out / "bits.png")
    image.save(out / "still.tif")
    translucent = image.copy()
    translucent.putalpha(Image.linear_gradient("L").resize(image.size))
    translucent.save(out / "alpha.png")
    translucent.convert("LA").save(out / "grey-alpha.png")
    image.save(out / "animated.webp", save_all=True, append_images=[Image.new("RGB", image.size, "red")], lossless=True)
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x112] = orientation
        image.save(out / f"exif-{orientation}.jpg", exif=exif, quality=92)
    tensors = {}
    for file in sorted(out.iterdir()):
        if file.suffix in (".png", ".jpg", ".webp", ".tif"):
            upright = ImageOps.exif_transpose(Image.open(file))
            tensors[file.name] = (from_numpy(np.array(upright.convert("RGB"))), "upright, convert('RGB')")
    # Pillow clips 16-bit grey instead of scaling it; and its CMYK knows no colour profile.
    high = (samples[:, :, :1] // 256).astype("u1").repeat(3, 2)
    tensors["grey16.png"] = (from_numpy(high), "the high bytes")
    tensors["cmyk.jpg"] = (from_numpy(np.array(image)), "the image before CMYK: compare loosely")
    save_golden(out, __doc__, tensors, {})


if __name__ == "__main__":
    main()
