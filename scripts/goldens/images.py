#!/usr/bin/env python3
"""Writes the golden files of images, computed by Pillow and torchvision.

    scripts/goldens/images.py [GROUP ...]

    decoding   Tests/Goldens/images/files/*: small JPEG, PNG and WebP files of every kind
               Tests/Goldens/images/decoding.json: their pixels, as stored in the file and upright
    samplings  Tests/Goldens/images/samplings/*: JPEG files of every chroma sampling and coding, by cjpeg
               (libjpeg-turbo-progs)
               Tests/Goldens/images/samplings.tsv: their sizes, and CRC-32 of the pixels, decoded and after resize 64,
               crop 56, bilinear and bicubic
    geometry   Tests/Goldens/images/geometry.json: resizes, crops, chains, and the rectangles of RandomResizedCrop

From the folder of real data, ../shared/data or APUS_TEST_DATA (only checksums, not the data):

    photos     Tests/Goldens/images/photos.tsv: size, and CRC-32 of the pixels, decoded and after resize 256, crop 224,
               bilinear and bicubic
    hostile    Tests/Goldens/images/hostile.tsv: the hostile files that Pillow can read: size and CRC-32

Input images are not stored: both sides compute them from the formula in `goldens.noise`.
Written with torch 2.13.0, torchvision 0.28.0, Pillow 13.0.0.
"""

import base64
import io
import itertools
import json
import math
import random
import struct
import subprocess
import tempfile
import warnings
import zlib
from pathlib import Path
from unittest.mock import patch

import numpy as np
from PIL import Image, ImageOps

from goldens import DATA, FILTERS, GOLDENS, ScriptedTorch, crc, noise, write_groups, write_json, write_table, write_text
from torchvision import transforms
from torchvision.transforms import transforms as module

FOLDER = GOLDENS / "images"
FILES = FOLDER / "files"


def scene(width: int, height: int) -> Image.Image:
    """A smooth image with a few edges, which survives compression."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 128 + 120 * np.sin(x / 5 + y / 9)
    green = 255 * x / max(1, width - 1)
    blue = np.where((x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2, 230, 40)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).clip(0, 255).astype(np.uint8))


def preparation(side: int, crop: int, name: str = "bilinear") -> transforms.Compose:
    """The preprocessing of evaluation with a filter of this name."""
    return transforms.Compose([transforms.Resize(side, FILTERS[name]), transforms.CenterCrop(crop)])


def checksums(image: Image.Image, side: int, crop: int) -> list[int]:
    """Checksums of the image, and of the preprocessed image with each filter."""
    return [crc(image), *(crc(preparation(side, crop, name)(image)) for name in FILTERS)]


def text(image: Image.Image) -> str:
    return base64.b64encode(image.tobytes()).decode()


# Decoding

def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, color: int, rows: bytes, extra: bytes = b"", interlaced: int = 0) -> bytes:
    """A PNG of a kind that Pillow does not write. `rows` also contains the filter byte of each row."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def plain_rows(width: int, height: int, bits: int, seed: int) -> bytes:
    generator = random.Random(seed)
    row_bytes = (width * bits + 7) // 8
    return b"".join(b"\0" + generator.randbytes(row_bytes) for _ in range(height))


def interlaced_rows(width: int, height: int, pixels: np.ndarray) -> bytes:
    """The seven passes of Adam7 for pixels of whole bytes, [height, width, bytes]."""
    rows = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = pixels[y0:height:dy, x0:width:dx]
        if part.shape[0] and part.shape[1]:
            rows += b"".join(b"\0" + row.tobytes() for row in part)
    return rows


def exif(orientation: int) -> bytes:
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def files() -> dict[str, bytes]:
    rgb = scene(23, 17)
    rgba = rgb.copy()
    rgba.putalpha(Image.linear_gradient("L").resize((23, 17)))
    palette = rgb.quantize(20)
    result = {
        "rgb.jpg": saved(rgb, "JPEG", quality=90),
        "rgb-444.jpg": saved(rgb, "JPEG", quality=90, subsampling=0),
        "rgb-422.jpg": saved(rgb, "JPEG", quality=90, subsampling=1),
        "rgb-kept.jpg": saved(rgb, "JPEG", quality=90, keep_rgb=True),
        "progressive.jpg": saved(rgb, "JPEG", quality=85, progressive=True),
        "restarts.jpg": saved(rgb, "JPEG", quality=85, restart_marker_blocks=1),
        "quality1.jpg": saved(rgb, "JPEG", quality=1),
        "grey.jpg": saved(rgb.convert("L"), "JPEG", quality=90),
        "cmyk.jpg": saved(rgb.convert("CMYK"), "JPEG", quality=90),
        "one-pixel.jpg": saved(scene(1, 1), "JPEG"),
        "one-row.jpg": saved(scene(37, 1), "JPEG"),
        "one-column.jpg": saved(scene(1, 37), "JPEG"),
        "8x8.jpg": saved(scene(8, 8), "JPEG"),
        "17x16.jpg": saved(scene(17, 16), "JPEG"),
        "16x33.jpg": saved(scene(16, 33), "JPEG"),
        "rgb.png": saved(rgb, "PNG"),
        "rgba.png": saved(rgba, "PNG"),
        "grey.png": saved(rgb.convert("L"), "PNG"),
        "grey-alpha.png": saved(rgba.convert("LA"), "PNG"),
        "bilevel.png": saved(rgb.convert("1"), "PNG"),
        "palette.png": saved(palette, "PNG"),
        "palette-transparent.png": saved(palette, "PNG", transparency=bytes(range(0, 200, 10))),
        "palette-4bit.png": saved(rgb.quantize(13), "PNG"),
        "palette-2bit.png": saved(rgb.quantize(4), "PNG"),
        "palette-1bit.png": saved(rgb.quantize(2), "PNG"),
        "grey-transparent.png": saved(rgb.convert("L"), "PNG", transparency=40),
        "grey-2bit.png": png(13, 7, 2, 0, plain_rows(13, 7, 2, 1)),
        "grey-4bit.png": png(13, 7, 4, 0, plain_rows(13, 7, 4, 2)),
        "rgb-16bit.png": png(13, 7, 16, 2, plain_rows(13, 7, 48, 3)),
        "rgba-16bit.png": png(13, 7, 16, 6, plain_rows(13, 7, 64, 4)),
        "grey-alpha-16bit.png": png(13, 7, 16, 4, plain_rows(13, 7, 32, 5)),
        "interlaced-rgb.png": png(23, 17, 8, 2, interlaced_rows(23, 17, np.asarray(rgb)), interlaced=1),
        "interlaced-3x2.png": png(3, 2, 8, 2, interlaced_rows(3, 2, np.asarray(scene(3, 2))), interlaced=1),
        "interlaced-rgba.png": png(23, 17, 8, 6, interlaced_rows(23, 17, np.asarray(rgba)), interlaced=1),
        "animated.png": saved(rgb, "PNG", save_all=True, append_images=[scene(23, 17).transpose(3)]),
        "exif-3.png": saved(rgb, "PNG", exif=exif(3)),
        "lossy.webp": saved(rgb, "WEBP", quality=80),
        "lossless.webp": saved(rgb, "WEBP", lossless=True),
        "lossy-alpha.webp": saved(rgba, "WEBP", quality=80),
        "lossless-alpha.webp": saved(rgba, "WEBP", lossless=True, exact=True),
        "animated.webp": saved(rgb, "WEBP", save_all=True, append_images=[scene(23, 17).transpose(3)]),
        "exif-6.webp": saved(rgb, "WEBP", quality=80, exif=exif(6)),
        "webp-named.jpg": saved(rgb, "WEBP", quality=60),
        "exif-99.jpg": saved(rgb, "JPEG", quality=90, exif=exif(99)),
    }
    for orientation in range(1, 9):
        result[f"exif-{orientation}.jpg"] = saved(rgb, "JPEG", quality=90, exif=exif(orientation))
    # EXIF after the pixels, big-endian, with another tag first.
    block = b"MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 2) \
        + struct.pack(">HHIHH", 0x0100, 3, 1, 23, 0) + struct.pack(">HHIHH", 0x0112, 3, 1, 8, 0) + struct.pack(">I", 0)
    plain = saved(rgb, "PNG")
    result["exif-8-behind.png"] = plain[:-12] + chunk(b"eXIf", block) + plain[-12:]
    # A wrong CRC in an unused chunk, and text that decompresses to a megabyte.
    result["ancillary-damaged.png"] = plain[:33] + chunk(b"pHYs", bytes(9))[:-1] + b"\x55" + plain[33:]
    result["text-bomb.png"] = plain[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 20), 9)) + plain[33:]
    return result


def decoding() -> None:
    FILES.mkdir(parents=True, exist_ok=True)
    cases = []
    for name, data in files().items():
        (FILES / name).write_bytes(data)
        case = {"file": name}
        if name == "ancillary-damaged.png":
            # Pillow rejects this file, although its pixels are valid.
            raw = upright = scene(23, 17)
        else:
            raw = Image.open(io.BytesIO(data)).convert("RGB")
            upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        case |= {"width": raw.width, "height": raw.height, "pixels": text(raw)}
        if upright.tobytes() != raw.tobytes() or upright.size != raw.size:
            case["upright"] = {"width": upright.width, "height": upright.height, "pixels": text(upright)}
        cases.append(case)
    # 16-bit gray, where Pillow clips: the high bytes.
    rows = plain_rows(13, 7, 16, 6)
    (FILES / "grey-16bit.png").write_bytes(png(13, 7, 16, 0, rows))
    high = np.frombuffer(rows, np.uint8).reshape(7, 27)[:, 1::2]
    cases.append({"file": "grey-16bit.png", "width": 13, "height": 7,
                  "pixels": text(Image.fromarray(np.repeat(high[..., None], 3, -1)))})
    write_text(FOLDER / "decoding.json", json.dumps(cases, indent=0) + "\n")


HEADER = ("file", "width", "height", "decoded", "bilinear", "bicubic")
SAMPLINGS = {"444": "1x1", "422": "2x1", "440": "1x2", "420": "2x2", "411": "4x1", "410": "4x2", "mixed": "2x2,1x2,1x1"}
CODINGS = {"baseline": [], "progressive": ["-progressive"], "restarts": ["-restart", "2B"], "arithmetic": ["-arithmetic"]}


def samplings() -> None:
    """Files that Pillow cannot write. The noise makes each row and column differ from its neighbors."""
    folder = FOLDER / "samplings"
    folder.mkdir(exist_ok=True)
    rows = [HEADER]
    with tempfile.TemporaryDirectory() as temporary:
        plain = Path(temporary) / "plain.ppm"
        scans = Path(temporary) / "scans.txt"
        scans.write_text("0;\n1;\n2;\n")
        grain = np.random.default_rng(9).normal(0, 12, (97, 131, 3))
        image = Image.fromarray((np.asarray(scene(131, 97)) + grain).clip(0, 255).astype(np.uint8))
        image.save(plain)
        kinds = {f"{name}-{coding}": ["-sample", sampling, *options]
                 for name, sampling in SAMPLINGS.items() for coding, options in CODINGS.items()}
        kinds |= {f"grey-{coding}": ["-grayscale", *options] for coding, options in CODINGS.items()}
        kinds |= {"rgb-baseline": ["-rgb"], "420-scans": ["-sample", "2x2", "-scans", str(scans)]}
        for name, options in kinds.items():
            path = folder / f"{name}.jpg"
            subprocess.run(["cjpeg", "-quality", "75", *options, "-outfile", str(path), str(plain)], check=True)
            image = Image.open(path).convert("RGB")
            rows.append((path.name, *image.size, *checksums(image, 64, 56)))
    write_table(FOLDER / "samplings.tsv", *rows)


# Geometry

SIZES = [
    # (width, height, new width, new height): up, down, both, only one direction, to and from a single pixel
    (8, 8, 16, 16), (16, 16, 8, 8), (7, 5, 13, 3), (5, 7, 3, 13), (1, 1, 5, 4), (5, 4, 1, 1), (1, 9, 4, 9),
    (9, 1, 9, 4), (12, 10, 12, 5), (12, 10, 5, 10), (31, 33, 29, 37), (33, 31, 37, 29), (40, 40, 39, 41), (3, 50, 9, 7),
    (50, 3, 7, 9), (17, 50, 30, 10), (50, 17, 10, 30), (64, 64, 63, 63), (100, 3, 3, 100), (3, 100, 100, 3),
    (500, 375, 341, 256), (375, 500, 256, 341), (333, 500, 256, 384), (224, 224, 256, 256), (640, 480, 224, 224),
    (480, 640, 224, 224), (28, 28, 256, 256), (1000, 30, 100, 64), (30, 1000, 64, 100), (301, 777, 299, 111),
    (777, 301, 111, 299), (1920, 1080, 97, 55),
]


def resizes() -> list[dict]:
    cases = []
    for (width, height, new_width, new_height), name in itertools.product(SIZES, FILTERS):
        image = noise(width, height).resize((new_width, new_height), Image.Resampling[name.upper()])
        case = {"from": [width, height], "to": [new_width, new_height], "interpolation": name, "crc": crc(image)}
        if new_width * new_height <= 400:
            case["pixels"] = text(image)
        cases.append(case)
    return cases


def short_sides() -> list[dict]:
    generator = random.Random(5)
    sizes = [(500, 375), (375, 500), (256, 256), (256, 300), (300, 256), (1, 400), (400, 1), (333, 500), (7, 3)]
    sizes += [(generator.randint(1, 5000), generator.randint(1, 5000)) for _ in range(60)]
    cases = []
    for width, height in sizes:
        for side in (224, 256, 299, 232):
            new_height, new_width = transforms.functional._compute_resized_output_size((height, width), [side])
            cases.append({"from": [width, height], "side": side, "to": [new_width, new_height]})
    return cases


def center_crops() -> list[dict]:
    cases = []
    for width, height in [(20, 20), (21, 20), (22, 23), (23, 25), (25, 27), (10, 30), (30, 10), (11, 12), (13, 14), (1, 1)]:
        for crop_width, crop_height in [(20, 20), (14, 14), (11, 16), (1, 2), (15, 9)]:
            image = transforms.CenterCrop((crop_height, crop_width))(noise(width, height))
            cases.append({"from": [width, height], "to": [crop_width, crop_height], "crc": crc(image)})
    # The offsets of PARITY: half to even.
    for side, offset in ((233, 4), (235, 6), (234, 5), (231, 4), (225, 0), (227, 2)):
        image = transforms.CenterCrop(224)(noise(side, side))
        assert image.tobytes() == noise(side, side).crop((offset, offset, offset + 224, offset + 224)).tobytes()
        cases.append({"from": [side, side], "to": [224, 224], "crc": crc(image)})
    return cases


def chains() -> list[dict]:
    cases = []
    for width, height in [(500, 375), (375, 500), (100, 90), (60, 200), (300, 61), (64, 64), (63, 65), (20, 9)]:
        for (side, crop), name in itertools.product([(64, 56), (64, 63), (48, 64), (33, 7)], FILTERS):
            image = preparation(side, crop, name)(noise(width, height))
            cases.append({"from": [width, height], "side": side, "crop": crop, "interpolation": name, "crc": crc(image)})
    return cases


def resized_crops() -> list[dict]:
    """Crop, then resize: the computation of RandomResizedCrop for a known rectangle."""
    cases = []
    generator = random.Random(3)
    for _ in range(12):
        width, height = generator.randint(20, 120), generator.randint(20, 120)
        w, h = generator.randint(1, width), generator.randint(1, height)
        x, y = generator.randint(0, width - w), generator.randint(0, height - h)
        for name, mode in FILTERS.items():
            image = transforms.functional.resized_crop(noise(width, height), y, x, h, w, [32, 32], mode)
            cases.append({"from": [width, height], "rectangle": [x, y, w, h], "to": 32, "interpolation": name,
                          "crc": crc(image)})
    return cases


def random_resized_crops() -> list[dict]:
    """Rectangles by torchvision's own code, from fractions and ratios drawn here, at the last position that fits."""
    generator = random.Random(11)
    cases = []
    for number in range(200):
        width, height = generator.randint(1, 700), generator.randint(1, 700)
        if number % 5 == 0:  # so long that tries fail and the fallback is used
            width, height = generator.choice([(generator.randint(100, 700), generator.randint(20, 40)),
                                              (generator.randint(20, 40), generator.randint(100, 700))])
        low = generator.choice([0.08, 0.08, 0.5, 0.9])
        shares = [generator.uniform(low, 1) for _ in range(10)]
        ratios = [math.exp(generator.uniform(math.log(3 / 4), math.log(4 / 3))) for _ in range(10)]
        image = Image.new("RGB", (width, height))
        with patch.object(module, "torch", ScriptedTorch(shares, ratios)) as scripted:
            y, x, h, w = transforms.RandomResizedCrop.get_params(image, (0.08, 1), (3 / 4, 4 / 3))
        if w and h:
            # At most ten tries; only the used ones are kept.
            used = 10 - len(list(scripted.ratios))
            cases.append({"from": [width, height], "shares": shares[:used], "ratios": ratios[:used],
                          "rectangle": [x, y, w, h]})
    return cases


def geometry() -> None:
    write_json(FOLDER / "geometry.json", {
        "resizes": resizes(), "shortSides": short_sides(), "centerCrops": center_crops(), "chains": chains(),
        "resizedCrops": resized_crops(), "randomResizedCrops": random_resized_crops(),
    })


# Real data

def photos() -> None:
    chosen = []
    for folder, wanted in (("hymenoptera_data", 100), ("cats_dogs", 120), ("imagenette_224", 40), ("imagenet_samples_256", 40)):
        found = sorted(p for p in (DATA / "datasets" / folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
        chosen += found[:: max(1, len(found) // wanted)][:wanted]
    rows = [HEADER]
    for path in chosen:
        image = Image.open(path).convert("RGB")
        rows.append((path.relative_to(DATA).as_posix(), *image.size, *checksums(image, 256, 224)))
    write_table(FOLDER / "photos.tsv", *rows)


def hostile() -> None:
    rows = [("file", "format", "mode", "width", "height", "decoded")]
    Image.MAX_IMAGE_PIXELS = None
    folder = DATA / "robustness"
    for line in (folder / "MANIFEST.tsv").read_text().splitlines()[1:]:
        name, _, verdict, *details = line.split("\t")
        if verdict != "ok" or details[0] not in ("JPEG", "PNG", "WEBP"):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(folder / name)
            mode = image.mode
            image = image.convert("RGB")
        # The checksum of a huge image would take too long in a test.
        is_large = image.width * image.height > 2_000_000
        rows.append((name, details[0], mode, *image.size, "" if is_large else crc(image)))
    write_table(FOLDER / "hostile.tsv", *rows)


if __name__ == "__main__":
    write_groups(__doc__, {"decoding": decoding, "samplings": samplings, "geometry": geometry, "photos": photos,
                           "hostile": hostile}, ("photos", "hostile"))
