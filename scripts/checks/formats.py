#!/usr/bin/env python3
"""Compares the pixels of every format with Pillow's, and those of HEIC with pillow-heif's.

    scripts/checks/formats.py [FOLDER ...] [--list] [--compiler clang]

Read are the files of ../shared/data/robustness, if it is there, those of the folders, and files that are made here with
Pillow, pillow-heif and, if it is installed, tifffile. The images are turned upright. The table has for each format:

    files       the files that Pillow reads, or that Apus reads
    equal       those with equal pixels
    near        those within the tolerance: AVIF and HEIC are converted to RGB by another program than Pillow's; YCbCr
                in TIFF may differ by 1; 16-bit gray is not compared, because Apus keeps the high bytes and Pillow clips
                to white
    other       all others that both read. Pillow takes signed and floating-point samples of compressed big-endian
                TIFFs for little-endian, and 16-bit samples in planes for 8-bit
    refused     those that only Pillow reads, with the reasons below the table
    more        those that only Apus reads
    crashes     those that ended the process

Each file is decoded in a process of its own. Needs Pillow, pillow-heif, numpy; the packages of scripts/bootstrap.
"""

import argparse
import collections
import ctypes
import io
import itertools
import os
import pickle
import signal
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ["none", "JPEG", "PNG", "WebP", "GIF", "BMP", "PNM", "TIFF", "HEIF", "AVIF"]
NAMES = {"WEBP": "WebP", "PPM": "PNM", "MPO": "JPEG", "DIB": "BMP"}
# The largest and the mean difference of a channel. libavif smooths chroma, libheif repeats it; the libheif of
# pillow-heif is newer than that of Debian 12 and turns before it converts to RGB.
TOLERANCES = {"HEIF": (64, 7), "AVIF": (255, 20)}
PIXELS = 89_478_485


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 256)]


class Info(ctypes.Structure):
    _fields_ = [("format", ctypes.c_int), ("width", ctypes.c_int32), ("height", ctypes.c_int32),
                ("orientation", ctypes.c_int32), ("is_inherent", ctypes.c_bool), ("has_more", ctypes.c_bool),
                ("color", ctypes.c_int), ("has_alpha", ctypes.c_bool), ("depth", ctypes.c_int32)]


def library(compiler: str) -> ctypes.CDLL:
    """CImage as a library."""
    folder, path = ROOT / "Sources" / "CImage", Path(tempfile.mkdtemp()) / "cimage.so"
    subprocess.run([compiler, "-std=c11", "-O2", "-fPIC", "-shared", f"-I{folder}/include", "-o", path,
                    *sorted(folder.glob("*.c")), "-ljpeg", "-lpng", "-lwebp", "-lwebpdemux", "-lz", "-lm"], check=True)
    return ctypes.CDLL(str(path))


def ours(cimage: ctypes.CDLL, data: bytes) -> tuple[str, np.ndarray | str]:
    """The format, and the upright pixels or the reason of a refusal."""
    decoder, info, error = ctypes.c_void_p(), Info(), Error()
    failed = cimage.cimage_decoder_open(data, ctypes.c_size_t(len(data)), ctypes.c_uint64(PIXELS),
                                        ctypes.byref(decoder), ctypes.byref(info), ctypes.byref(error))
    if failed:
        return FORMATS[0], error.message.decode()
    pixels = np.zeros((info.height, info.width, 3), np.uint8)
    place = pixels.ctypes.data_as(ctypes.c_void_p)
    failed = cimage.cimage_decoder_read_rgb(decoder, place, ctypes.c_size_t(pixels.size), ctypes.byref(error))
    cimage.cimage_decoder_close(decoder)
    if failed:
        return FORMATS[info.format], error.message.decode()
    if info.orientation > 1:
        turned = np.zeros((info.width, info.height, 3) if info.orientation >= 5 else pixels.shape, np.uint8)
        cimage.cimage_orient_rgb(place, info.width, info.height, info.orientation,
                                 turned.ctypes.data_as(ctypes.c_void_p))
        pixels = turned
    return FORMATS[info.format], pixels


def theirs(data: bytes) -> tuple[str, str, np.ndarray | None]:
    """The format, the mode and the upright pixels."""
    try:
        image = Image.open(io.BytesIO(data))
        name = NAMES.get(image.format, image.format)
        if image.width * image.height > PIXELS:
            return name, image.mode, None
        image.load()
        mode = image.mode
        return name, mode, np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except Exception:  # whatever a damaged file makes Pillow raise
        return "none", "", None


def compared(cimage: ctypes.CDLL, data: bytes) -> tuple[str, str, str]:
    """The format, the column of the table, and a note."""
    name, mode, expected = theirs(data)
    own_name, pixels = ours(cimage, data)
    name = name if name in FORMATS[1:] else own_name
    if isinstance(pixels, str):
        return name, "refused" if expected is not None else "neither", pixels
    if expected is None:
        return name, "more", ""
    if pixels.shape != expected.shape:
        return name, "other", f"{pixels.shape} instead of {expected.shape}"
    difference = np.abs(pixels.astype(int) - expected)
    if not difference.any():
        return name, "equal", ""
    note = f"{mode}: at most {difference.max()}, on average {difference.mean():.3f}"
    if mode.startswith("I;16") or (name == "PNM" and mode == "I"):
        return name, "near", note
    most, mean = TOLERANCES.get(name, (1 if mode == "YCbCr" else 0, 1))
    return name, "near" if difference.max() <= most and difference.mean() <= mean else "other", note


def apart(cimage: ctypes.CDLL, data: bytes) -> tuple[str, str, str]:
    """`compared` in a process of its own."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        signal.alarm(60)
        try:
            with os.fdopen(sending, "wb") as pipe:
                pickle.dump(compared(cimage, data), pipe)
            os._exit(0)
        finally:
            # Otherwise an error would go on with the parent's loop and print its lines again.
            os._exit(1)
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if status == 0:
        return pickle.loads(answer)
    return FORMATS[0], "crashes", signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else str(status)


# Files that are made here

def scene(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(float)
    red = 128 + 120 * np.sin(x / 5 + y / 9)
    blue = np.where((x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2, 230, 40)
    return np.stack([red, 255 * x / (width - 1), blue], axis=-1).clip(0, 255).astype(np.uint8)


def saved(image: Image.Image, kind: str, **options) -> bytes | None:
    buffer = io.BytesIO()
    try:
        image.save(buffer, kind, **options)
    except Exception:  # a combination that the format does not have
        return None
    return buffer.getvalue()


def pillow_tiffs():
    image = Image.fromarray(scene(37, 29))
    modes = {mode: image.convert(mode) for mode in ("1", "L", "P", "RGB", "CMYK", "YCbCr", "RGBA", "LA", "I", "F")}
    modes["I;16"] = Image.fromarray(scene(37, 29)[..., 0].astype(np.uint16) * 257)
    kinds = ("raw", "tiff_ccitt", "group3", "group4", "tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg", "lzma",
             "zstd")
    for kind, (mode, value) in itertools.product(kinds, modes.items()):
        if (mode != "1" and kind in ("tiff_ccitt", "group3", "group4")) or (mode in ("1", "P") and kind == "jpeg"):
            continue
        yield f"tiff {kind} {mode}", saved(value, "TIFF", compression=kind)
        for orientation in range(1, 9) if kind in ("raw", "tiff_lzw", "jpeg") else ():
            yield (f"tiff {kind} {mode} turned {orientation}",
                   saved(value, "TIFF", compression=kind, tiffinfo={274: orientation}))
        if kind == "raw":
            yield f"tiff big {mode}", saved(value, "TIFF", big_tiff=True)
    yield "tiff pages", saved(image, "TIFF", save_all=True, append_images=[image.convert("L")])


def tifffile_tiffs():
    try:
        import tifffile
    except ImportError:
        return
    rgb = scene(37, 29)
    gray, rgba = rgb[..., 0], np.dstack([rgb, rgb[..., 1]])
    colors = np.random.default_rng(1).integers(0, 65535, (3, 256)).astype(np.uint16)
    kinds = {
        "gray": (gray, {"photometric": "minisblack"}), "white": (gray, {"photometric": "miniswhite"}),
        "gray 16": (gray.astype(np.uint16) * 257, {"photometric": "minisblack"}),
        "signed 16": (gray.astype(np.int16) * 3 - 200, {"photometric": "minisblack"}),
        "signed 32": (gray.astype(np.int32) * 3 - 200, {"photometric": "minisblack"}),
        "float": (gray.astype(np.float32) * 1.7 - 20, {"photometric": "minisblack"}),
        "bits": (gray > 128, {"photometric": "minisblack"}), "white bits": (gray > 128, {"photometric": "miniswhite"}),
        "rgb": (rgb, {"photometric": "rgb"}), "rgb 16": (rgb.astype(np.uint16) * 257 - 30, {"photometric": "rgb"}),
        "alpha": (rgba, {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
        "premultiplied": (rgba, {"photometric": "rgb", "extrasamples": ["assocalpha"]}),
        "premultiplied 16": (rgba.astype(np.uint16) * 257, {"photometric": "rgb", "extrasamples": ["assocalpha"]}),
        "extra": (rgba, {"photometric": "rgb", "extrasamples": ["unspecified"]}),
        "cmyk": (rgba, {"photometric": "separated"}),
        "cmyk 16": (rgba.astype(np.uint16) * 257, {"photometric": "separated"}),
        "palette": (gray, {"photometric": "palette", "colormap": colors}), "ycbcr": (rgb, {"photometric": "ycbcr"}),
    }
    for (name, (array, fields)), compression, tile, order, planar, predictor in itertools.product(
            kinds.items(), (None, "packbits", "lzw", "zlib", "jpeg", "lzma", "zstd", "lerc"), (None, (16, 16)), "<>",
            (False, True), (False, True)):
        if (planar and array.ndim == 2) or (predictor and compression not in ("lzw", "zlib", "zstd")):
            continue
        fields = dict(fields, compression=compression, tile=tile, byteorder=order)
        fields |= {"predictor": True} if predictor else {}
        fields |= {"planarconfig": "separate" if planar else "contig"} if array.ndim == 3 else {}
        fields |= {} if tile else {"rowsperstrip": 8}
        buffer = io.BytesIO()
        try:
            tifffile.imwrite(buffer, np.moveaxis(array, -1, 0) if planar else array, **fields)
        except Exception:  # a combination that the format does not have
            continue
        layout = f"{compression} {'tiles' if tile else 'strips'} {order} {'planes' if planar else ''}"
        yield f"tiff {name} {layout} {'predictor' if predictor else ''}", buffer.getvalue()


def heif_files():
    grain = np.random.default_rng(0).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    images = {"small": Image.fromarray(scene(23, 17)), "large": Image.fromarray(scene(640, 480)),
              "grain": Image.fromarray(grain).resize((333, 251), Image.Resampling.BICUBIC)}
    for name, image in images.items():
        transparent = image.copy()
        transparent.putalpha(image.convert("L"))
        for quality, chroma in itertools.product((50, 90), ("420", "422", "444")):
            yield f"heic {name} {quality} {chroma}", saved(image, "HEIF", quality=quality, chroma=chroma)
            yield (f"avif {name} {quality} {chroma}",
                   saved(image, "AVIF", quality=quality, subsampling=":".join(chroma)))
        for kind in ("HEIF", "AVIF"):
            yield f"{kind} {name} gray", saved(image.convert("L"), kind, quality=80)
            yield f"{kind} {name} alpha", saved(transparent, kind, quality=80)
        yield f"avif {name} limited", saved(image, "AVIF", quality=80, range="limited")
        yield f"avif {name} premultiplied", saved(transparent, "AVIF", quality=80, alpha_premultiplied=True)
        deep = pillow_heif.from_bytes("RGB;16", image.size, (np.asarray(image).astype("<u2") * 257).tobytes())
        for chroma in ("420", "444"):
            buffer = io.BytesIO()
            deep.save(buffer, quality=80, chroma=chroma)
            yield f"heic {name} 10 bits {chroma}", buffer.getvalue()
    for orientation, kind in itertools.product(range(1, 9), ("HEIF", "AVIF")):
        exif = Image.Exif()
        exif[274] = orientation
        yield f"{kind} turned {orientation}", saved(images["small"], kind, exif=exif.tobytes())


def files(folders: list[Path]):
    for made in (pillow_tiffs, tifffile_tiffs, heif_files):
        yield from ((name, data) for name, data in made() if data)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".tsv":
                yield str(path.relative_to(folder)), path.read_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--list", action="store_true", help="also list each file that is not equal")
    parser.add_argument("--compiler", default="clang")
    options = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    pillow_heif.register_heif_opener()
    hostile = ROOT.parent / "shared" / "data" / "robustness"
    folders = ([hostile] if hostile.is_dir() else []) + options.folders

    cimage = library(options.compiler)
    table = collections.defaultdict(collections.Counter)
    reasons = collections.Counter()
    for path, data in files(folders):
        name, column, note = apart(cimage, data)
        table[name][column] += 1
        if column == "refused":
            reasons[name, note] += 1
        if options.list and column not in ("equal", "neither", "more"):
            print(f"{column:<8} {path}: {note}")
    columns = ("equal", "near", "other", "refused", "more", "crashes")
    print("format", "files", *columns, "neither", sep="\t")
    for name in FORMATS[1:] + FORMATS[:1]:
        counts = table[name]
        print(name, sum(counts[column] for column in columns), *(counts[column] for column in columns),
              counts["neither"], sep="\t")
    for (name, note), count in sorted(reasons.items()):
        print(f"refused {name}: {count} x {note}")
    raise SystemExit(1 if any(counts["crashes"] for counts in table.values()) else 0)


if __name__ == "__main__":
    main()
