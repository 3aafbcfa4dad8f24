#!/usr/bin/env python3
"""Compare CImage's transforms and padding with Pillow's and NumPy's, byte for byte.

    scripts/checks/geometry.py [--cases 5000]

Compiles only the C files and calls them on random images of random sizes: affine and perspective transforms with the
three filters, with moderate to extreme coefficients; the eight orientations that quarter turns use; every kind
of padding. Finally prints the times of both for a rotation of a photo.
"""

import ctypes
import math
import random
from collections import Counter

import numpy as np
from PIL import Image

from checks import address, compiled, milliseconds, parser

FILTERS = [Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC]
BORDERS = ["edge", "reflect", "symmetric"]


class Warp(ctypes.Structure):
    _fields_ = [("sampling", ctypes.c_int), ("coefficients", ctypes.c_double * 8), ("is_affine", ctypes.c_bool),
                ("fill", ctypes.c_uint8 * 3)]


class Rectangle(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int32), ("y", ctypes.c_int32), ("width", ctypes.c_int32), ("height", ctypes.c_int32)]


def warp(functions, image, size, coefficients, is_affine, sampling, fill) -> np.ndarray:
    arguments = Warp(sampling, (ctypes.c_double * 8)(*coefficients), is_affine, (ctypes.c_uint8 * 3)(*fill))
    result = np.empty((size[1], size[0], 3), np.uint8)
    status = functions.cimage_warp_rgb(ctypes.byref(arguments), address(image), image.shape[1], image.shape[0],
                                       address(result), size[0], size[1])
    assert status == 0
    return result


def coefficients(generator: random.Random, is_affine: bool, width: int, height: int) -> list[float]:
    kind = generator.random()
    if kind < 0.5:  # a rotation around the center, scaled
        angle, scale = generator.uniform(0, 7), math.exp(generator.uniform(-1, 1))
        a, b = math.cos(angle) * scale, math.sin(angle) * scale
        c = width / 2 - a * width / 2 - b * height / 2 + generator.uniform(-3, 3)
        f = height / 2 + b * width / 2 - a * height / 2 + generator.uniform(-3, 3)
        values = [a, b, c, -b, a, f]
    elif kind < 0.6:  # only a scale, possibly mirrored
        values = [generator.choice([0.5, 1, 2, -1, generator.uniform(-3, 3)]), 0, generator.choice([0, generator.uniform(-9, width + 9)]),
                  0, generator.choice([0.5, 1, 2, -1, generator.uniform(-3, 3)]), generator.choice([0, generator.uniform(-9, height + 9)])]
    elif kind < 0.7:  # integers and halves, where positions are between two pixels
        values = [generator.randint(-4, 4) / 2 for _ in range(6)]
    elif kind < 0.8:  # beyond fixed point
        values = [generator.choice([1, 300, -4000]) * generator.uniform(-20, 20) for _ in range(6)]
    else:
        values = [generator.uniform(-2, 2), generator.uniform(-2, 2), generator.uniform(-9, width),
                  generator.uniform(-2, 2), generator.uniform(-2, 2), generator.uniform(-9, height)]
    scale = generator.choice([1e-4, 1e-3, 1e-2, 0.3])
    return values + ([0, 0] if is_affine else [generator.uniform(-scale, scale), generator.uniform(-scale, scale)])


def main() -> None:
    flags = parser(__doc__, has_apus=False)
    flags.add_argument("--cases", type=int, default=5000)
    flags.add_argument("--compiler", default="cc")
    arguments = flags.parse_args()
    functions = compiled(arguments.compiler, "Warp.c", "Border.c", "Orient.c")
    generator = random.Random(1)
    numbers = np.random.default_rng(1)

    counts = Counter()
    for _ in range(arguments.cases):
        width, height = generator.randint(1, 60), generator.randint(1, 60)
        image = numbers.integers(0, 256, (height, width, 3), np.uint8)
        size = generator.choice([(width, height), (generator.randint(1, 80), generator.randint(1, 80))])
        is_affine = generator.random() < 0.6
        values = coefficients(generator, is_affine, width, height)
        fill = tuple(generator.randint(0, 255) for _ in range(3))
        method = Image.Transform.AFFINE if is_affine else Image.Transform.PERSPECTIVE
        for sampling, filter in enumerate(FILTERS):
            theirs = np.asarray(Image.fromarray(image).transform(
                size, method, values[:6] if is_affine else values, filter, fillcolor=fill))
            ours = warp(functions, image, size, values, is_affine, sampling, fill)
            assert np.array_equal(ours, theirs), (width, height, size, values, filter, fill)
            counts[f"{method.name.lower()} {filter.name.lower()}"] += 1
    for _ in range(arguments.cases):
        width, height = generator.randint(1, 12), generator.randint(1, 12)
        image = numbers.integers(0, 256, (height, width, 3), np.uint8)
        left, top, right, bottom = (generator.choice([0, generator.randint(0, 40)]) for _ in range(4))
        for border, mode in enumerate(BORDERS):
            theirs = np.pad(image, ((top, bottom), (left, right), (0, 0)), mode)
            ours = np.empty_like(theirs)
            window = Rectangle(-left, -top, left + width + right, top + height + bottom)
            assert functions.cimage_pad_rgb(border, address(image), width, height, ctypes.byref(window), address(ours)) == 0
            assert np.array_equal(ours, theirs), (width, height, left, top, right, bottom, mode)
            counts[f"pad {mode}"] += 1
        # A window with any bounds equals that part of an image with wide padding.
        x, y = generator.randint(-30, 30), generator.randint(-30, 30)
        window = Rectangle(x, y, generator.randint(1, 30), generator.randint(1, 30))
        wide = np.pad(image, ((60, 60), (60, 60), (0, 0)), mode)
        ours = np.empty((window.height, window.width, 3), np.uint8)
        assert functions.cimage_pad_rgb(border, address(image), width, height, ctypes.byref(window), address(ours)) == 0
        assert np.array_equal(ours, wide[60 + y:60 + y + window.height, 60 + x:60 + x + window.width])
        flipped = np.ascontiguousarray(image).copy()
        functions.cimage_flip_rows_rgb(address(flipped), width, height, ctypes.c_size_t(width * 3))
        assert np.array_equal(flipped, image[::-1])
    for key, count in sorted(counts.items()):
        print(f"{key}: {count} images equal")

    pixels = numbers.integers(0, 256, (375, 500, 3), np.uint8)
    image = Image.fromarray(pixels)
    for sampling, filter in enumerate(FILTERS):
        angle = math.radians(25)
        values = [math.cos(angle), math.sin(angle), -90.0, -math.sin(angle), math.cos(angle), 120.0, 0, 0]
        for name, is_affine in (("affine", True), ("perspective", False)):
            method = Image.Transform.AFFINE if is_affine else Image.Transform.PERSPECTIVE
            ours = milliseconds(
                lambda: warp(functions, pixels, (500, 375), values, is_affine, sampling, (1, 2, 3)))
            theirs = milliseconds(lambda: image.transform(
                (500, 375), method, values[:6] if is_affine else values, filter, fillcolor=(1, 2, 3)))
            print(f"{name} {filter.name.lower()} of 500 x 375: {ours:.2f} ms, Pillow {theirs:.2f} ms")


if __name__ == "__main__":
    main()
