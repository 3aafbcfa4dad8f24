#!/usr/bin/env python3
"""Compare CImage's color changes with Pillow's, byte for byte.

    scripts/checks/color.py [--data ../shared/data] [--cases 3000] [--compiler cc]

Compiles only the C files and calls them. All 2^24 colors are shifted by a few hues; random images of random sizes go
through every operation with random amounts; with --data also real photos. The Gaussian blur is compared with
torchvision's: bytes may differ by at most one. Finally prints the times of both for the pixels of one photo.
"""

import ctypes
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from checks import address, compiled, milliseconds, parser
from goldens import transforms

F = transforms.functional
HUES = [-0.5, -0.37, -0.1, -0.004, 0.0, 0.004, 0.1, 0.25, 0.37, 0.5]


class Ours:
    def __init__(self, functions: ctypes.CDLL):
        self.functions = functions

    def in_place(self, name: str, image: np.ndarray, *arguments) -> np.ndarray:
        result = np.ascontiguousarray(image).copy()
        count = result.size if name in ("invert", "posterize", "solarize") else result.size // 3
        suffix = "" if name in ("invert", "posterize", "solarize") else "_rgb"
        getattr(self.functions, f"cimage_{name}{suffix}")(address(result), ctypes.c_size_t(count), *arguments)
        return result

    def sharpness(self, image: np.ndarray, factor: float) -> np.ndarray:
        source = np.ascontiguousarray(image)
        result = np.full_like(source, 99)
        self.functions.cimage_adjust_sharpness_rgb(
            address(source), source.shape[1], source.shape[0], ctypes.c_float(factor), address(result))
        return result

    def blur(self, image: np.ndarray, size: tuple[int, int], sigma: float) -> np.ndarray:
        source = np.ascontiguousarray(image)
        result = np.full_like(source, 99)
        height, width = source.shape[:2]
        kernels = []
        for count in size:
            place = np.arange(-(count // 2), count // 2 + 1, dtype=np.float32) / np.float32(sigma)
            weights = np.exp(np.float32(-0.5) * place * place)
            kernels.append((weights / weights.sum(dtype=np.float32)).astype(np.float32))
        self.functions.cimage_blur_workspace_size.restype = ctypes.c_size_t
        room = np.empty(self.functions.cimage_blur_workspace_size(width, size[0]), np.uint8)
        self.functions.cimage_blur_rgb(address(source), width, height, address(kernels[0]), size[0],
                                       address(kernels[1]), size[1], address(result), address(room))
        return result


def shift(turns: float) -> ctypes.c_uint8:
    return ctypes.c_uint8(int(turns * 255) & 255)


def pairs(ours: Ours, image: Image.Image, generator: random.Random):
    """Each operation's name, and both results."""
    pixels = np.asarray(image)
    for name, theirs in (("adjust_brightness", F.adjust_brightness), ("adjust_contrast", F.adjust_contrast),
                         ("adjust_saturation", F.adjust_saturation)):
        factor = generator.choice([0.0, 1.0, *(generator.uniform(0, most) for most in (1, 2, 20))])
        yield f"{name} {factor}", ours.in_place(name, pixels, ctypes.c_float(factor)), theirs(image, factor)
    turns = generator.uniform(-0.5, 0.5)
    yield f"hue {turns}", ours.in_place("shift_hue", pixels, shift(turns)), F.adjust_hue(image, turns)
    factor = generator.choice([0.0, 1.0, generator.uniform(0, 1), generator.uniform(0, 10)])
    yield f"sharpness {factor}", ours.sharpness(pixels, factor), F.adjust_sharpness(image, factor)
    yield "grey", ours.in_place("make_grey", pixels), F.to_grayscale(image, 3)
    yield "invert", ours.in_place("invert", pixels), F.invert(image)
    bits = generator.randint(1, 8)
    yield f"posterize {bits}", ours.in_place("posterize", pixels, ctypes.c_int32(bits)), F.posterize(image, bits)
    threshold = generator.choice([generator.uniform(-5, 262), generator.randint(-1, 257)])
    yield (f"solarize {threshold}", ours.in_place("solarize", pixels, ctypes.c_double(threshold)),
           F.solarize(image, threshold))
    yield "equalize", ours.in_place("equalize", pixels), F.equalize(image)
    yield "autocontrast", ours.in_place("autocontrast", pixels), F.autocontrast(image)


def random_image(generator: random.Random) -> Image.Image:
    width, height = (generator.choice([1, 2, 3, generator.randint(1, 12), generator.randint(1, 90)]) for _ in range(2))
    numbers = np.random.default_rng(generator.getrandbits(40))
    kind = generator.randrange(4)
    low = generator.randint(0, 250)
    high = generator.randint(low + 1, 256)
    pixels = numbers.integers(low, high, (height, width, 3))
    if kind == 1:
        pixels = np.repeat(pixels[..., :1], 3, -1)
    elif kind == 2:
        pixels = numbers.normal(128, 60, (height, width, 3)).clip(0, 255)
    elif kind == 3:
        pixels = np.full((height, width, 3), low)
    return Image.fromarray(pixels.astype(np.uint8))


def all_hues(ours: Ours) -> int:
    wrong = 0
    values = np.arange(1 << 24, dtype=np.uint32)
    colors = np.stack([values >> 16, values >> 8 & 255, values & 255], -1).astype(np.uint8).reshape(4096, 4096, 3)
    image = Image.fromarray(colors)
    for turns in HUES:
        mine = ours.in_place("shift_hue", colors, shift(turns))
        wrong += int((mine != np.asarray(F.adjust_hue(image, turns))).sum())
    factors = (0.37, 1.9)
    for factor in factors:
        mine = ours.in_place("adjust_saturation", colors, ctypes.c_float(factor))
        wrong += int((mine != np.asarray(F.adjust_saturation(image, factor))).sum())
    print(f"all 2^24 colors, {len(HUES)} hues and {len(factors)} saturations: {wrong} bytes differ")
    return wrong


def blurs(ours: Ours, generator: random.Random, cases: int) -> None:
    bytes_, differ, most = 0, 0, 0
    for _ in range(cases):
        image = random_image(generator)
        size = tuple(generator.choice([k for k in (1, 3, 5, 9, 15, 23) if k // 2 < side])
                     for side in (image.width, image.height))
        sigma = generator.uniform(0.1, 3)
        off = np.abs(ours.blur(np.asarray(image), size, sigma).astype(int)
                     - np.asarray(F.gaussian_blur(image, list(size), [sigma, sigma])))
        bytes_, differ, most = bytes_ + off.size, differ + int((off > 0).sum()), max(most, int(off.max()))
    print(f"Gaussian blur, {cases} images: {differ} of {bytes_} bytes differ, by at most {most}")


def times(ours: Ours, image: Image.Image) -> None:
    pixels = np.asarray(image)

    def jitter_theirs():
        F.adjust_hue(F.adjust_saturation(F.adjust_contrast(F.adjust_brightness(image, 1.3), 0.8), 1.2), 0.1)

    def jitter_ours():
        result = ours.in_place("adjust_brightness", pixels, ctypes.c_float(1.3))
        pointer, count = address(result), ctypes.c_size_t(result.size // 3)
        ours.functions.cimage_adjust_contrast_rgb(pointer, count, ctypes.c_float(0.8))
        ours.functions.cimage_adjust_saturation_rgb(pointer, count, ctypes.c_float(1.2))
        ours.functions.cimage_shift_hue_rgb(pointer, count, shift(0.1))

    print(f"milliseconds for {image.width} x {image.height} pixels, Pillow or torchvision, and Apus:")
    for name, theirs, mine in [
        ("all of jitter", jitter_theirs, jitter_ours),
        ("brightness", lambda: F.adjust_brightness(image, 1.3),
         lambda: ours.in_place("adjust_brightness", pixels, ctypes.c_float(1.3))),
        ("contrast", lambda: F.adjust_contrast(image, 1.3),
         lambda: ours.in_place("adjust_contrast", pixels, ctypes.c_float(1.3))),
        ("saturation", lambda: F.adjust_saturation(image, 1.3),
         lambda: ours.in_place("adjust_saturation", pixels, ctypes.c_float(1.3))),
        ("hue", lambda: F.adjust_hue(image, 0.1), lambda: ours.in_place("shift_hue", pixels, shift(0.1))),
        ("sharpness", lambda: F.adjust_sharpness(image, 1.3), lambda: ours.sharpness(pixels, 1.3)),
        ("grey", lambda: F.to_grayscale(image, 3), lambda: ours.in_place("make_grey", pixels)),
        ("equalize", lambda: F.equalize(image), lambda: ours.in_place("equalize", pixels)),
        ("autocontrast", lambda: F.autocontrast(image), lambda: ours.in_place("autocontrast", pixels)),
        ("posterize", lambda: F.posterize(image, 4),
         lambda: ours.in_place("posterize", pixels, ctypes.c_int32(4))),
        ("solarize", lambda: F.solarize(image, 100),
         lambda: ours.in_place("solarize", pixels, ctypes.c_double(100))),
        ("blur 23", lambda: F.gaussian_blur(image, [23, 23], [1.3, 1.3]), lambda: ours.blur(pixels, (23, 23), 1.3)),
    ]:
        print(f"  {name:14} {milliseconds(theirs):8.3f} {milliseconds(mine):8.3f}")


def main() -> None:
    flags = parser(__doc__, has_apus=False)
    flags.add_argument("--data", type=Path)
    flags.add_argument("--cases", type=int, default=3000)
    flags.add_argument("--compiler", default="cc", help="with its options, such as 'clang -DCIMAGE_THREAD_SANITIZER', "
                       "which compiles the hot loops only for the baseline processor")
    arguments = flags.parse_args()
    torch.set_num_threads(1)
    ours = Ours(compiled(arguments.compiler, "Color.c", "Hue.c", "Blur.c"))
    generator = random.Random(1)
    wrong: dict[str, int] = {}
    count = 0
    images = [random_image(generator) for _ in range(arguments.cases)]
    if arguments.data:
        photos = sorted(p for p in (arguments.data / "datasets").rglob("*.jpg"))[::400][:40]
        images += [Image.open(path).convert("RGB") for path in photos]
    for image in images:
        for name, mine, theirs in pairs(ours, image, generator):
            count += 1
            if not np.array_equal(mine, np.asarray(theirs)):
                wrong[name.split()[0]] = wrong.get(name.split()[0], 0) + 1
                print(f"{image.size}, {name}: {int((mine != np.asarray(theirs)).sum())} bytes differ")
    print(f"{len(images)} images, {count} results: {sum(wrong.values())} differ {wrong or ''}")
    bad = all_hues(ours)
    blurs(ours, generator, arguments.cases // 10)
    times(ours, images[-1].resize((224, 224)))
    if wrong or bad:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
