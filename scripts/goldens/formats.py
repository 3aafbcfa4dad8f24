#!/usr/bin/env python3
"""Writes the golden files of the formats whose libraries are opened at run time.

    scripts/goldens/formats.py [GROUP ...]

    tiff   Tests/Goldens/images/tiff/*: small TIFF files of every kind
           Tests/Goldens/images/tiff.json: their pixels by Pillow, upright
    heif   Tests/Goldens/images/heif/*: small HEIC and AVIF files
           Tests/Goldens/images/heif.json: their pixels by pillow-heif and Pillow, as stored and upright, with the
           largest and the mean difference that another conversion to RGB may have

Written with Pillow 13.0.0 and pillow-heif 1.8.1 (libheif 1.23.6), which brings the library that writes grids.
"""

import base64
import ctypes
import io
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

import goldens
from goldens import GOLDENS, saved, write_groups, write_json

FOLDER = GOLDENS / "images"
LIMIT = 2048


def scene(width: int, height: int) -> np.ndarray:
    return np.asarray(goldens.scene(width, height))


def text(pixels: np.ndarray) -> str:
    return base64.b64encode(pixels.tobytes()).decode()


# TIFF

SHORT, LONG, LONG8, BYTE = 3, 4, 16, 1
LETTERS = {BYTE: "B", SHORT: "H", LONG: "I", LONG8: "Q"}


def tiff(width: int, height: int, blocks: list[bytes], tags: dict, order: str = "<", is_big: bool = False) -> bytes:
    """A TIFF file of strips, or of tiles if `tags` has their size. `tags` has numbers or (type, numbers)."""
    tags = {256: width, 257: height, 259: 1, 278: height} | tags
    mark = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if is_big else 42)
    start = 16 if is_big else 8
    offsets = [start + sum(map(len, blocks[:i])) for i in range(len(blocks))]
    places = (324, 325) if 322 in tags else (273, 279)
    tags |= {places[0]: (LONG, offsets), places[1]: (LONG, list(map(len, blocks)))}
    body = b"".join(blocks)
    body += b"\0" * (-len(body) % 8)
    place, size, entry, room = start + len(body), ("Q" if is_big else "H"), (20 if is_big else 12), (8 if is_big else 4)
    beyond = place + struct.calcsize("<" + size) + entry * len(tags) + room
    directory, values = struct.pack(order + size, len(tags)), b""
    for tag, value in sorted(tags.items()):
        kind, numbers = value if isinstance(value, tuple) else (LONG if tag < 258 else SHORT, [value])
        numbers = numbers if isinstance(numbers, list) else list(numbers)
        data = struct.pack(f"{order}{len(numbers)}{LETTERS[kind]}", *numbers)
        if len(data) > room:
            offset = beyond + len(values)
            values += data + b"\0" * (-len(data) % 8)
            data = struct.pack(order + ("Q" if is_big else "I"), offset)
        directory += struct.pack(order + "HH" + ("Q" if is_big else "I"), tag, kind, len(numbers))
        directory += data.ljust(room, b"\0")
    directory += b"\0" * room
    header = mark + (struct.pack(order + "HHQ", 8, 0, place) if is_big else struct.pack(order + "I", place))
    return header + body + directory + values


def packed(samples: np.ndarray, bits: int) -> bytes:
    """Rows of samples of some bits, padded to whole bytes, the highest bit first."""
    rows = ((samples[..., None].astype(np.uint32) >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
    return np.packbits(rows.reshape(samples.shape[0], -1), axis=1).tobytes()


def tiles(samples: np.ndarray, side: int) -> list[bytes]:
    height, width = samples.shape[:2]
    padded = np.pad(samples, ((0, -height % side), (0, -width % side), *((0, 0) for _ in samples.shape[2:])))
    return [padded[y:y + side, x:x + side].tobytes() for y in range(0, height, side) for x in range(0, width, side)]


def many(value: int, count: int) -> tuple:
    return SHORT, [value] * count


def tiff_files() -> dict[str, bytes]:
    rgb = scene(13, 11)
    gray, four = rgb[..., 0], np.dstack([rgb, rgb[..., 1]])
    image = Image.fromarray(rgb)
    result = {f"{mode}-{kind}": saved(image.convert(mode), "TIFF", compression=kind) for mode, kind in [
        ("RGB", "raw"), ("RGB", "tiff_lzw"), ("RGB", "packbits"), ("RGB", "tiff_adobe_deflate"), ("RGB", "lzma"),
        ("RGB", "zstd"), ("RGB", "jpeg"), ("L", "jpeg"), ("CMYK", "jpeg"), ("1", "raw"), ("1", "tiff_ccitt"),
        ("1", "group3"), ("1", "group4"), ("L", "tiff_lzw"), ("P", "tiff_lzw"), ("CMYK", "tiff_lzw"),
        ("LA", "tiff_lzw"), ("RGBA", "tiff_lzw"), ("YCbCr", "tiff_lzw"), ("YCbCr", "jpeg"), ("I", "tiff_lzw"),
        ("F", "raw")]}
    result |= {f"turned-{value}": saved(image, "TIFF", compression="tiff_lzw", tiffinfo={274: value})
               for value in range(1, 9)}
    result["turned-6-YCbCr"] = saved(image.convert("YCbCr"), "TIFF", compression="tiff_lzw", tiffinfo={274: 6})
    result["turned-by-xmp"] = saved(image, "TIFF", compression="tiff_lzw", tiffinfo={
        700: b'<rdf:Description tiff:Orientation="8"/>'})
    result["pages"] = saved(image, "TIFF", compression="tiff_lzw", save_all=True, append_images=[image.convert("L")])
    colors = {262: 2, 258: many(8, 3), 277: 3}
    result["big-RGB"] = tiff(13, 11, [rgb.tobytes()], colors, is_big=True)
    result["big-endian-RGB16"] = tiff(13, 11, [(rgb.astype(">u2") * 257 - 30).astype(">u2").tobytes()],
                                      colors | {258: many(16, 3)}, order=">")
    result["RGB16"] = tiff(13, 11, [(rgb.astype("<u2") * 257 - 30).astype("<u2").tobytes()],
                           colors | {258: many(16, 3)})
    result["strips"] = tiff(13, 11, [rgb[y:y + 4].tobytes() for y in (0, 4, 8)], colors | {278: 4})
    result["tiles"] = tiff(13, 11, tiles(rgb, 16), colors | {322: 16, 323: 16})
    result["tiles-deflate"] = tiff(21, 18, [zlib.compress(tile) for tile in tiles(scene(21, 18), 16)],
                                   colors | {259: 8, 322: 16, 323: 16})
    differences = np.concatenate([rgb[:, :1], np.diff(rgb, axis=1)], axis=1).astype(np.uint8)
    result["predictor"] = tiff(13, 11, [zlib.compress(differences.tobytes())], colors | {259: 8, 317: 2})
    planes = [zlib.compress(np.ascontiguousarray(rgb[..., i]).tobytes()) for i in range(3)]
    result["planes"] = tiff(13, 11, planes, colors | {284: 2, 259: 8})
    for bits in (1, 2, 4, 8):
        low = gray >> (8 - bits)
        result[f"gray-{bits}"] = tiff(13, 11, [packed(low, bits)], {262: 1, 258: bits, 277: 1})
        result[f"white-{bits}"] = tiff(13, 11, [packed(low, bits)], {262: 0, 258: bits, 277: 1})
        table = np.random.default_rng(bits).integers(0, 65536, 3 << bits).tolist()
        result[f"palette-{bits}"] = tiff(13, 11, [packed(low, bits)], {262: 3, 258: bits, 277: 1, 320: (SHORT, table)})
    flipped = bytes(int(f"{byte:08b}"[::-1], 2) for byte in packed(gray >> 7, 1))
    result["fill-order"] = tiff(13, 11, [flipped], {262: 1, 258: 1, 277: 1, 266: 2})
    for name, kind, sample in [("signed-16", "<i2", 2), ("signed-32", "<i4", 2), ("float-32", "<f4", 3)]:
        data = (gray.astype(kind) * 2 - 100).astype(kind)
        result[name] = tiff(13, 11, [data.tobytes()], {262: 1, 258: data.itemsize * 8, 277: 1, 339: sample})
    result["alpha-multiplied"] = tiff(13, 11, [four.tobytes()], {262: 2, 258: many(8, 4), 277: 4, 338: 1})
    result["alpha-beside"] = tiff(13, 11, [four.tobytes()], {262: 2, 258: many(8, 4), 277: 4, 338: 2})
    result["alpha-undeclared"] = tiff(13, 11, [four.tobytes()], {262: 2, 258: many(8, 4), 277: 4})
    result["CMYK16"] = tiff(13, 11, [(four.astype("<u2") * 257).astype("<u2").tobytes()],
                            {262: 5, 258: many(16, 4), 277: 4})
    return {f"{name}.tif": data for name, data in result.items()}


def own_tiff_files() -> dict[str, tuple[bytes, np.ndarray]]:
    """Files that Pillow refuses or clips to white, with their pixels: the high bytes of larger samples."""
    rgb = scene(13, 11)
    gray = rgb[..., 0]
    colors = np.repeat(gray[..., None], 3, axis=-1)
    wide = gray.astype(np.uint16) * 256 + 255
    planes = [(rgb[..., i].astype("<u2") * 256 + 7).astype("<u2").tobytes() for i in range(3)]
    return {
        "gray-16.tif": (tiff(13, 11, [wide.astype("<u2").tobytes()], {262: 1, 258: 16, 277: 1}), colors),
        "gray-16-big-endian.tif": (tiff(13, 11, [wide.astype(">u2").tobytes()], {262: 1, 258: 16, 277: 1}, order=">"),
                                   colors),
        "gray-12.tif": (tiff(13, 11, [packed(wide >> 4, 12)], {262: 1, 258: 12, 277: 1}), colors),
        "float-64.tif": (tiff(13, 11, [(gray + 0.75).astype("<f8").tobytes()], {262: 1, 258: 64, 277: 1, 339: 3}),
                         colors),
        "big-endian-float.tif": (tiff(13, 11, [zlib.compress((gray + 0.75).astype(">f4").tobytes())],
                                      {262: 1, 258: 32, 277: 1, 339: 3, 259: 8}, order=">"), colors),
        "planes-RGB16.tif": (tiff(13, 11, planes, {262: 2, 258: many(16, 3), 277: 3, 284: 2}), rgb),
    }


def refused_tiff_files() -> dict[str, tuple[bytes, str]]:
    rgb = scene(13, 11)
    colors = {262: 2, 258: many(8, 3), 277: 3}
    return {
        "lab.tif": (tiff(13, 11, [rgb.tobytes()], colors | {262: 8}), "Lab"),
        "float-RGB.tif": (tiff(13, 11, [(rgb / 255).astype("<f4").tobytes()],
                               colors | {258: many(32, 3), 339: (SHORT, [3] * 3)}), "RGB samples of 32 bits"),
        "preview.tif": (tiff(13, 11, [rgb.tobytes()], colors | {254: (LONG, [1]), 330: (LONG, [8])}), "raw file"),
        "dng.tif": (tiff(13, 11, [rgb.tobytes()], colors | {50706: (BYTE, [1, 4, 0, 0])}), "raw file"),
        "compression.tif": (tiff(13, 11, [rgb.tobytes()], colors | {259: 34712}), "JPEG 2000"),
    }


def write_files(folder: Path, files: dict[str, bytes], limit: int = LIMIT) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        assert len(data) <= limit, (name, len(data))
        (folder / name).write_bytes(data)


def write_tiff() -> None:
    cases = []
    files = tiff_files()
    for name, data in files.items():
        image = Image.open(io.BytesIO(data))
        image.load()
        pixels = np.asarray(image.convert("RGB"))
        cases.append({"file": name, "width": image.width, "height": image.height, "pixels": text(pixels)})
    own, refused = own_tiff_files(), refused_tiff_files()
    for name, (_, pixels) in own.items():
        cases.append({"file": name, "width": pixels.shape[1], "height": pixels.shape[0],
                      "pixels": text(np.ascontiguousarray(pixels))})
    write_files(FOLDER / "tiff", files | {name: data for name, (data, _) in (own | refused).items()})
    reasons = [{"file": name, "reason": reason} for name, (_, reason) in refused.items()]
    write_json(FOLDER / "tiff.json", {"read": cases, "refused": reasons})


# HEIF

class HeifError(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("subcode", ctypes.c_int), ("message", ctypes.c_char_p)]


def grid(image: Image.Image, rows: int, columns: int) -> bytes:
    """An HEIC file of tiles, as phones write them, by the library inside pillow-heif."""
    folder = Path(pillow_heif.__file__).parent.with_name("pillow_heif.libs")
    library = ctypes.CDLL(str(next(folder.glob("libheif*"))))
    library.heif_context_alloc.restype = ctypes.c_void_p
    library.heif_image_get_plane.restype = ctypes.POINTER(ctypes.c_uint8)

    def call(name, *arguments):
        function = getattr(library, name)
        function.restype = HeifError
        error = function(*arguments)
        assert error.code == 0, (name, error.message)

    hevc, rgb, interleaved = 1, 1, 10
    context = ctypes.c_void_p(library.heif_context_alloc())
    encoder, handle = ctypes.c_void_p(), ctypes.c_void_p()
    call("heif_context_get_encoder_for_format", context, hevc, ctypes.byref(encoder))
    call("heif_encoder_set_lossy_quality", encoder, 50)
    width, height = image.width // columns, image.height // rows
    parts = (ctypes.c_void_p * (rows * columns))()
    pixels = np.asarray(image)
    for index in range(rows * columns):
        part, stride = ctypes.c_void_p(), ctypes.c_int()
        call("heif_image_create", width, height, rgb, interleaved, ctypes.byref(part))
        call("heif_image_add_plane", part, interleaved, width, height, 8)
        plane = library.heif_image_get_plane(part, interleaved, ctypes.byref(stride))
        target = np.ctypeslib.as_array(plane, (height, stride.value))
        y, x = index // columns * height, index % columns * width
        target[:, :width * 3] = pixels[y:y + height, x:x + width].reshape(height, -1)
        parts[index] = part
    call("heif_context_encode_grid", context, parts, ctypes.c_uint16(rows), ctypes.c_uint16(columns), encoder, None,
         ctypes.byref(handle))
    call("heif_context_set_primary_image", context, handle)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "grid.heic"
        call("heif_context_write_to_file", context, str(path).encode())
        return path.read_bytes()


def heif_files() -> dict[str, tuple[bytes, int, float]]:
    """Files with the largest and the mean difference that is allowed: libheif repeats chroma, libavif smooths it."""
    image = Image.fromarray(scene(24, 16))
    transparent = image.copy()
    transparent.putalpha(Image.linear_gradient("L").resize((24, 16)))
    deep = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", image.size, (scene(24, 16).astype("<u2") * 257).tobytes()).save(deep, chroma="444")
    result = {
        "420.heic": (saved(image, "HEIF", quality=90, chroma="420"), 2, 0.5),
        "422.heic": (saved(image, "HEIF", quality=90, chroma="422"), 2, 0.5),
        "444.heic": (saved(image, "HEIF", quality=90, chroma="444"), 1, 0.1),
        "gray.heic": (saved(image.convert("L"), "HEIF", quality=90), 1, 0.1),
        "alpha.heic": (saved(transparent, "HEIF", quality=90, chroma="444"), 1, 0.1),
        "10-bits.heic": (deep.getvalue(), 2, 0.5),
        "odd.heic": (saved(Image.fromarray(scene(23, 17)), "HEIF", quality=90, chroma="444"), 1, 0.1),
        "several.heic": (saved(image, "HEIF", quality=50, chroma="444", save_all=True,
                               append_images=[image.convert("L")]), 1, 0.1),
        "444.avif": (saved(image, "AVIF", quality=90, subsampling="4:4:4"), 2, 0.5),
        "420.avif": (saved(image, "AVIF", quality=90), 110, 12),
        "gray.avif": (saved(image.convert("L"), "AVIF", quality=90), 1, 0.1),
        "alpha.avif": (saved(transparent, "AVIF", quality=90, subsampling="4:4:4"), 2, 0.5),
        "several.avif": (saved(image, "AVIF", quality=50, subsampling="4:4:4", save_all=True,
                               append_images=[image.rotate(180)]), 2, 0.5),
    }
    for value in range(1, 9):
        exif = Image.Exif()
        exif[274] = value
        options = {"quality": 80, "exif": exif.tobytes()}
        result[f"turned-{value}.heic"] = (saved(image, "HEIF", chroma="444", **options), 1, 0.1)
        result[f"turned-{value}.avif"] = (saved(image, "AVIF", subsampling="4:4:4", **options), 2, 0.5)
    return result


def write_heif() -> None:
    pillow_heif.register_heif_opener()
    tiled = grid(Image.fromarray(scene(128, 128)), 2, 2)
    files = heif_files() | {"grid.heic": (tiled, 2, 0.5)}
    cases = []
    for name, (data, most, mean) in files.items():
        image = Image.open(io.BytesIO(data))
        stored = np.asarray(image.convert("RGB"))
        upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
        case = {"file": name, "width": image.width, "height": image.height, "most": most, "mean": mean,
                "pixels": text(stored)}
        if upright.tobytes() != stored.tobytes():
            case["upright"] = {"width": upright.shape[1], "height": upright.shape[0], "pixels": text(upright)}
        cases.append(case)
    write_files(FOLDER / "heif", {name: data for name, (data, _, _) in files.items()}, limit=2 * LIMIT)
    write_json(FOLDER / "heif.json", {"library": pillow_heif.libheif_version(), "read": cases})


if __name__ == "__main__":
    write_groups(__doc__, {"tiff": write_tiff, "heif": write_heif})
