#!/usr/bin/env python3
"""Writes the golden files of images, computed by Pillow and torchvision.

    scripts/goldens/images.py [GROUP ...]

    decoding   Tests/Goldens/images/files/*: small JPEG, PNG and WebP files of every kind
               Tests/Goldens/images/decoding.json: their pixels, as stored in the file and upright
    formats    Tests/Goldens/images/formats/*: small GIF, BMP and PNM files of every kind, lossless JPEG files, and PNG,
               JPEG and WebP files whose orientation is in XMP or in a text
               Tests/Goldens/images/formats.json: their pixels, as stored in the file and upright
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

from goldens import (DATA, FILTERS, GOLDENS, ScriptedTorch, crc, noise, saved, scene, write_groups, write_json,
                     write_table, write_text)
from torchvision import transforms
from torchvision.transforms import transforms as module
from writers import bgr, bmp, bmp_rows, gif, gif_frame, lossless_jpeg, plain, pnm

FOLDER = GOLDENS / "images"
FILES = FOLDER / "files"


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


# Formats

W, H = 13, 9


def indexed(colors: int) -> tuple[np.ndarray, bytes]:
    """The scene as indices of a palette of `colors` colors."""
    image = scene(W, H).quantize(colors)
    palette = bytes(image.getpalette()[: colors * 3]).ljust(colors * 3, b"\x55")
    return np.asarray(image), palette


def gif_files() -> dict[str, bytes]:
    pixels, palette = indexed(16)
    few, four = indexed(4)
    gray = np.asarray(scene(W, H).convert("L"))
    ramp = bytes(np.repeat(np.arange(256, dtype=np.uint8), 3))
    other = bytes(255 - value for value in palette)
    part = pixels[2:7, 1:9]
    noise_pixels = np.random.default_rng(3).integers(0, 256, (97, 31))
    return {
        "87a.gif": gif(W, H, palette, gif_frame(pixels, 4), version=b"87a"),
        "89a.gif": gif(W, H, palette, gif_frame(pixels, 4)),
        "2-colors.gif": gif(W, H, four[:6], gif_frame(few % 2, 2)),
        "256-colors.gif": gif(W, H, indexed(256)[1], gif_frame(indexed(256)[0], 8)),
        "gray.gif": gif(W, H, ramp, gif_frame(gray, 8)),
        "no-palette.gif": gif(W, H, b"", gif_frame(gray, 8)),
        "interlaced.gif": gif(W, H, palette, gif_frame(pixels, 4, is_interlaced=True)),
        "interlaced-3-rows.gif": gif(W, 3, palette, gif_frame(pixels[:3], 4, is_interlaced=True)),
        "local-palette.gif": gif(W, H, palette, gif_frame(pixels, 4, palette=other)),
        "local-only.gif": gif(W, H, b"", gif_frame(pixels, 4, palette=other)),
        "small-palette.gif": gif(W, H, four, gif_frame(pixels, 4)),
        "transparent.gif": gif(W, H, palette, gif_frame(pixels, 4, transparent=3)),
        "frame.gif": gif(W, H, palette, gif_frame(part, 4, left=3, top=2)),
        "frame-transparent.gif": gif(W, H, palette, gif_frame(part, 4, left=3, top=2, transparent=5)),
        "frame-interlaced.gif": gif(W, H, palette, gif_frame(part, 4, left=3, top=2, is_interlaced=True)),
        "frame-beyond.gif": gif(W, H, palette, gif_frame(part, 4, left=8, top=6)),
        "no-canvas.gif": gif(0, 0, palette, gif_frame(part, 4, left=1)),
        "animated.gif": gif(W, H, palette, gif_frame(pixels, 4, transparent=0), b"!\xFE\3abc\0",
                            gif_frame(pixels[::-1], 4), b"!\xFF\x0BNETSCAPE2.0\3\1\0\0\0"),
        "full-table.gif": gif(31, 97, indexed(256)[1], gif_frame(noise_pixels, 8)),
        "no-end.gif": gif(W, H, palette, gif_frame(pixels, 4), end=b""),
        "more-behind.gif": gif(W, H, palette, gif_frame(pixels, 4), end=b";garbage"),
        "between.gif": gif(W, H, palette, b"\0\0", gif_frame(pixels, 4)),
        "pillow.gif": saved(scene(W, H), "GIF"),
    }


def runs_4(pixels: np.ndarray) -> bytes:
    """Lists of colors of a whole row each."""
    padded = np.pad(pixels, ((0, 0), (0, W % 2)))
    rows = [b"\0" + bytes([W]) + (row[0::2] << 4 | row[1::2]).astype(np.uint8).tobytes() for row in padded]
    return b"".join(row + bytes(len(row) % 2) + b"\0\0" for row in rows) + b"\0\1"


def bmp_files() -> dict[str, bytes]:
    rgb = np.asarray(scene(W, H))
    reverse = rgb[..., ::-1]
    alpha = np.arange(W * H, dtype=np.uint8).reshape(H, W, 1) * 2
    bgra = np.concatenate([reverse, alpha], axis=-1)
    p16, colors16 = indexed(16)
    p256, colors256 = indexed(256)
    p2, colors2 = indexed(2)
    red, green, blue = (rgb[..., channel].astype(np.uint16) for channel in range(3))
    short = (red >> 3 << 10 | green >> 3 << 5 | blue >> 3).astype("<u2").view(np.uint8)
    long = (red >> 3 << 11 | green >> 2 << 5 | blue >> 3).astype("<u2").view(np.uint8)
    ramp = bytes(np.repeat(np.arange(256, dtype=np.uint8), 3))

    def upward(pixels: np.ndarray, bits: int = 8) -> bytes:
        """Rows from the bottom, as in most bitmaps."""
        return bmp_rows(pixels[::-1].reshape(H, -1), bits)

    few, many = upward(p16 % 12), upward(p256)
    dozen = {"palette": bgr(colors16[:36]), "colors": 12}
    colors = {"palette": bgr(colors16), "colors": 16}
    files = {
        "1bit.bmp": bmp(W, H, 1, upward(p2, 1), bgr(colors2)),
        "1bit-black-white.bmp": bmp(W, H, 1, upward(p2, 1), bgr(b"\0\0\0\xFF\xFF\xFF")),
        "1bit-one-color.bmp": bmp(W, H, 1, upward(p2, 1), bgr(b"\0\0\0"), colors=1),
        "4bit.bmp": bmp(W, H, 4, upward(p16, 4), bgr(colors16)),
        "8bit.bmp": bmp(W, H, 8, many, bgr(colors256)),
        "8bit-gray.bmp": bmp(W, H, 8, upward(rgb[..., 1]), bgr(ramp)),
        "8bit-few-colors.bmp": bmp(W, H, 8, upward(p16), **dozen),
        "8bit-gap.bmp": bmp(W, H, 8, few, **dozen, gap=24),
        "8bit-offset-0.bmp": bmp(W, H, 8, few, **dozen, offset=0),
        "8bit-offset-54.bmp": bmp(W, H, 8, few, **dozen, offset=54),
        "16bit.bmp": bmp(W, H, 16, upward(short)),
        "16bit-555.bmp": bmp(W, H, 16, upward(short), compression=3, masks=(0x7C00, 0x3E0, 0x1F)),
        "16bit-565.bmp": bmp(W, H, 16, upward(long), compression=3, masks=(0xF800, 0x7E0, 0x1F)),
        "24bit.bmp": bmp(W, H, 24, upward(reverse)),
        "24bit-top-down.bmp": bmp(W, -H, 24, upward(reverse[::-1])),
        "24bit-masks.bmp": bmp(W, H, 24, upward(reverse), compression=3, masks=(0xFF0000, 0xFF00, 0xFF)),
        "24bit-os2.bmp": bmp(W, H, 24, upward(reverse), size=12),
        "4bit-os2.bmp": bmp(W, H, 4, upward(p16, 4), bgr(colors16, 3), size=12),
        "8bit-os2-v2.bmp": bmp(W, H, 8, many, bgr(colors256), size=64),
        "32bit.bmp": bmp(W, H, 32, upward(bgra)),
        "32bit-v5.bmp": bmp(W, H, 32, upward(bgra), size=124, compression=3,
                            masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        "4bit-runs.bmp": bmp(W, H, 4, runs_4(p16[::-1]), **colors, compression=2),
        "4bit-runs-pairs.bmp": bmp(5, 2, 4, bytes([5, 0x12, 0, 0, 3, 0x34, 2, 0x56]), **colors, compression=2),
        "8bit-runs.bmp": bmp(5, 3, 8, bytes([3, 1, 9, 2, 0, 0, 0, 3, 4, 5, 6, 0, 0, 0, 5, 7]), **colors, compression=1),
        "8bit-runs-top-down.bmp": bmp(5, -2, 8, bytes([5, 1, 0, 5, 1, 2, 3, 4, 5, 0]), **colors, compression=1),
        "8bit-runs-move.bmp": bmp(6, 4, 8, bytes([2, 3, 0, 2, 1, 1, 1, 4, 0, 0, 0, 2, 2, 0, 4, 5, 0, 0, 6, 2, 0, 1]),
                                  **colors, compression=1),
        "8bit-runs-long-list.bmp": bmp(4, 3, 8, bytes([0, 9, *range(9), 0, 0, 2, 1, 0, 4, 3, 0, 0, 4, 2]), **colors,
                                       compression=1),
        "pillow.bmp": saved(scene(W, H), "BMP"),
    }
    masks = [(0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF00, 0xFF, 0),
             (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
             (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0)]
    for number, mask in enumerate(masks):
        size, stored = (56, mask) if mask[3] else (52, mask[:3])
        files[f"32bit-masks-{number}.bmp"] = bmp(W, H, 32, upward(bgra), size=size, compression=3, masks=stored)
    return files


def pnm_files() -> dict[str, bytes]:
    rgb = np.asarray(scene(W, H))
    gray = rgb[..., 0]
    bits = (gray > 128).astype(np.uint8)
    digits = "\n".join("".join(str(bit) for bit in row) for row in bits).encode()
    wide = (rgb.astype(np.uint32) * 257).astype(">u2")
    return {
        "p1.pbm": pnm(1, W, H, plain(bits)),
        "p1-no-blanks.pbm": pnm(1, W, H, digits),
        "p2.pgm": pnm(2, W, H, plain(gray), 255),
        "p2-15.pgm": pnm(2, W, H, plain(gray // 17), 15, "# a comment\n"),
        "p2-1023.pgm": pnm(2, W, H, plain(gray.astype(int) * 4 + 3), 1023),
        "p3.ppm": pnm(3, W, H, plain(rgb.reshape(H, -1)), 255),
        "p3-7.ppm": pnm(3, W, H, plain(rgb.reshape(H, -1) // 37), 7),
        "p3-65535.ppm": pnm(3, 4, 3, plain(rgb[:3, :4].reshape(3, -1).astype(int) * 257), 65535),
        "p3-comments.ppm": b"P3 # kind\n2 1# between digits\n1 # 3\r255\n#\n1 2#\n 3 4 5 6\t7\v8 9" + b" 0" * 60,
        "p4.pbm": pnm(4, W, H, np.packbits(bits, axis=1).tobytes()),
        "p5.pgm": pnm(5, W, H, gray.tobytes(), 255),
        "p5-100.pgm": pnm(5, W, H, (gray // 2).tobytes(), 100),
        "p5-1023.pgm": pnm(5, W, H, (gray.astype(np.uint16) * 4 + 3).astype(">u2").tobytes(), 1023),
        "p5-65535.pgm": pnm(5, W, H, (gray.astype(np.uint32) * 251 + 9).astype(">u2").tobytes(), 65535),
        "p6.ppm": pnm(6, W, H, rgb.tobytes(), 255),
        "p6-15.ppm": pnm(6, W, H, (rgb // 17).tobytes(), 15),
        "p6-1000.ppm": pnm(6, W, H, (rgb.astype(np.uint16) * 4).astype(">u2").tobytes(), 1000),
        "p6-65535.ppm": pnm(6, W, H, wide.tobytes(), 65535),
        "two-images.ppm": pnm(6, W, H, rgb.tobytes(), 255) + pnm(6, 1, 1, b"abc", 255),
    }


def xmp(orientation: object, is_element: bool = False) -> bytes:
    """An XMP packet with an orientation."""
    space = 'xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    content = (f"<rdf:Description {space}><tiff:Orientation>{orientation}</tiff:Orientation></rdf:Description>"
               if is_element else f'<rdf:Description {space} tiff:Orientation="{orientation}"/>')
    return ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f"{content}</rdf:RDF></x:xmpmeta>").encode()


def international(packet: bytes, is_compressed: bool = False) -> bytes:
    flags, content = (b"\1\0", zlib.compress(packet)) if is_compressed else (b"\0\0", packet)
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0" + flags + b"en\0\0" + content)


def profile(block: bytes, is_compressed: bool = True) -> bytes:
    """EXIF in a text, as ImageMagick writes it."""
    digits = block.hex()
    lines = "\n".join(digits[start : start + 72] for start in range(0, len(digits), 72))
    text = f"\nexif\n{len(block):8}\n{lines}\n".encode()
    keyword = b"Raw profile type exif\0"
    return chunk(b"zTXt", keyword + b"\0" + zlib.compress(text)) if is_compressed else chunk(b"tEXt", keyword + text)


def exif_without_orientation() -> bytes:
    data = Image.Exif()
    data[0x010F] = "Apus"
    return data.tobytes()


def orientation_files() -> dict[str, bytes]:
    rgb = scene(W, H)
    png_file = saved(rgb, "PNG")

    def with_chunks(*chunks: bytes, behind: bool = False) -> bytes:
        place = len(png_file) - 12 if behind else 33
        return png_file[:place] + b"".join(chunks) + png_file[place:]

    def jpeg_with(**options) -> bytes:
        return saved(rgb, "JPEG", quality=90, **options)

    def webp_with(**options) -> bytes:
        return saved(rgb, "WEBP", quality=80, **options)

    def block(orientation: int) -> bytes:
        return chunk(b"eXIf", exif(orientation)[6:])

    files = {f"xmp-{value}.png": with_chunks(international(xmp(value))) for value in range(10)}
    files |= {
        "xmp-element-5.png": with_chunks(international(xmp(5, True))),
        "xmp-compressed-7.png": with_chunks(international(xmp(7), True)),
        "xmp-behind-6.png": with_chunks(international(xmp(6)), behind=True),
        "xmp-3-then-6.png": with_chunks(international(xmp(3)), international(xmp(6))),
        "xmp-text.png": with_chunks(international(xmp("left"))),
        "xmp-second-place-8.png": with_chunks(international(b"tiff:Orientation = tiff:Orientation>8")),
        "exif-1-xmp-6.png": with_chunks(block(1), international(xmp(6))),
        "exif-99-xmp-6.png": with_chunks(block(99), international(xmp(6))),
        "exif-3-xmp-6.png": with_chunks(international(xmp(6)), block(3)),
        "exif-none-xmp-8.png": with_chunks(chunk(b"eXIf", exif_without_orientation()[6:]), international(xmp(8))),
        "profile-6.png": with_chunks(profile(exif(6))),
        "profile-plain-8.png": with_chunks(profile(exif(8), False)),
        "profile-6-xmp-3.png": with_chunks(profile(exif(6)), international(xmp(3))),
        "profile-none-xmp-3.png": with_chunks(profile(exif_without_orientation()), international(xmp(3))),
        "profile-6-exif-3.png": with_chunks(profile(exif(6)), block(3)),
        "profile-6-exif-none.png": with_chunks(profile(exif(6)), chunk(b"eXIf", exif_without_orientation()[6:])),
        "xmp-6.jpg": jpeg_with(xmp=xmp(6)),
        "xmp-element-3.jpg": jpeg_with(xmp=xmp(3, True)),
        "exif-3-xmp-6.jpg": jpeg_with(exif=exif(3), xmp=xmp(6)),
        "exif-none-xmp-8.jpg": jpeg_with(exif=exif_without_orientation(), xmp=xmp(8)),
        "xmp-6.webp": webp_with(xmp=xmp(6)),
        "exif-3-xmp-6.webp": webp_with(exif=exif(3), xmp=xmp(6)),
        "exif-none-xmp-8.webp": webp_with(exif=exif_without_orientation(), xmp=xmp(8)),
    }
    return files


def lossless_files() -> dict[str, bytes]:
    rgb = np.asarray(scene(W, H))
    return {"lossless-gray.jpg": lossless_jpeg(rgb[..., :1]), "lossless-rgb.jpg": lossless_jpeg(rgb)}


def as_rgb(image: Image.Image) -> Image.Image:
    """Pillow's pixels; of 16-bit gray, which it clips, the high bytes."""
    if image.mode not in ("I;16", "I;16B") and (image.mode, image.format) != ("I", "PPM"):
        return image.convert("RGB")
    return Image.fromarray(np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, -1))


def formats() -> None:
    folder = FOLDER / "formats"
    folder.mkdir(exist_ok=True)
    cases = []
    turned = orientation_files()
    for name, data in (gif_files() | bmp_files() | pnm_files() | lossless_files() | turned).items():
        assert len(data) <= 8192, name
        (folder / name).write_bytes(data)
        image = Image.open(io.BytesIO(data))
        raw = as_rgb(image)
        case = {"file": name, "format": image.format, "width": raw.width, "height": raw.height, "pixels": text(raw)}
        if name in turned:
            upright = ImageOps.exif_transpose(image).convert("RGB")
            if upright.tobytes() != raw.tobytes() or upright.size != raw.size:
                case["upright"] = {"width": upright.width, "height": upright.height, "pixels": text(upright)}
        cases.append(case)
    write_text(FOLDER / "formats.json", json.dumps(cases, indent=0) + "\n")


# The formats of `hostile`, by Pillow's names.
READ = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "PPM", "TIFF", "AVIF")
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
        if verdict != "ok" or details[0] not in READ:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(folder / name)
            mode = image.mode
            image = as_rgb(image)
        # The checksum of a huge image would take too long in a test; AVIF's colors depend on the library.
        has_checksum = image.width * image.height <= 2_000_000 and details[0] != "AVIF"
        rows.append((name, details[0], mode, *image.size, crc(image) if has_checksum else ""))
    write_table(FOLDER / "hostile.tsv", *rows)


if __name__ == "__main__":
    write_groups(__doc__, {"decoding": decoding, "formats": formats, "samplings": samplings, "geometry": geometry,
                           "photos": photos, "hostile": hostile}, ("photos", "hostile"))
