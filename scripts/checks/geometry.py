#!/usr/bin/env python3
"""Compare CImage's transforms and padding with Pillow's and NumPy's, byte for byte.

    scripts/checks/geometry.py [--cases 5000]

Compiles the C files alone and calls them on random pictures of random sizes: affine and perspective transforms by the
three filters, with coefficients from the gentle to the absurd; the eight orientations that quarter turns use; every kind
of padding. Ends with the times of both for a turn of a photo.
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


def warp(functions, picture, size, coefficients, is_affine, sampling, fill) -> np.ndarray:
    arguments = Warp(sampling, (ctypes.c_double * 8)(*coefficients), is_affine, (ctypes.c_uint8 * 3)(*fill))
    result = np.empty((size[1], size[0], 3), np.uint8)
    status = functions.cimage_warp_rgb(ctypes.byref(arguments), address(picture), picture.shape[1], picture.shape[0],
                                       address(result), size[0], size[1])
    assert status == 0
    return result


def coefficients(generator: random.Random, is_affine: bool, width: int, height: int) -> list[float]:
    kind = generator.random()
    if kind < 0.5:  # a turn about the middle, scaled
        angle, scale = generator.uniform(0, 7), math.exp(generator.uniform(-1, 1))
        a, b = math.cos(angle) * scale, math.sin(angle) * scale
        c = width / 2 - a * width / 2 - b * height / 2 + generator.uniform(-3, 3)
        f = height / 2 + b * width / 2 - a * height / 2 + generator.uniform(-3, 3)
        values = [a, b, c, -b, a, f]
    elif kind < 0.6:  # a change of size alone, mirrored perhaps
        values = [generator.choice([0.5, 1, 2, -1, generator.uniform(-3, 3)]), 0, generator.choice([0, generator.uniform(-9, width + 9)]),
                  0, generator.choice([0.5, 1, 2, -1, generator.uniform(-3, 3)]), generator.choice([0, generator.uniform(-9, height + 9)])]
    elif kind < 0.7:  # whole numbers and halves, where places fall between two pixels
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
        picture = numbers.integers(0, 256, (height, width, 3), np.uint8)
        size = generator.choice([(width, height), (generator.randint(1, 80), generator.randint(1, 80))])
        is_affine = generator.random() < 0.6
        values = coefficients(generator, is_affine, width, height)
        fill = tuple(generator.randint(0, 255) for _ in range(3))
        method = Image.Transform.AFFINE if is_affine else Image.Transform.PERSPECTIVE
        for sampling, filter in enumerate(FILTERS):
            theirs = np.asarray(Image.fromarray(picture).transform(
                size, method, values[:6] if is_affine else values, filter, fillcolor=fill))
            ours = warp(functions, picture, size, values, is_affine, sampling, fill)
            assert np.array_equal(ours, theirs), (width, height, size, values, filter, fill)
            counts[f"{method.name.lower()} {filter.name.lower()}"] += 1
    for _ in range(arguments.cases):
        width, height = generator.randint(1, 12), generator.randint(1, 12)
        picture = numbers.integers(0, 256, (height, width, 3), np.uint8)
        left, top, right, bottom = (generator.choice([0, generator.randint(0, 40)]) for _ in range(4))
        for border, mode in enumerate(BORDERS):
            theirs = np.pad(picture, ((top, bottom), (left, right), (0, 0)), mode)
            ours = np.empty_like(theirs)
            window = Rectangle(-left, -top, left + width + right, top + height + bottom)
            assert functions.cimage_pad_rgb(border, address(picture), width, height, ctypes.byref(window), address(ours)) == 0
            assert np.array_equal(ours, theirs), (width, height, left, top, right, bottom, mode)
            counts[f"pad {mode}"] += 1
        # A window that begins and ends anywhere is that part of a picture padded widely.
        x, y = generator.randint(-30, 30), generator.randint(-30, 30)
        window = Rectangle(x, y, generator.randint(1, 30), generator.randint(1, 30))
        wide = np.pad(picture, ((60, 60), (60, 60), (0, 0)), mode)
        ours = np.empty((window.height, window.width, 3), np.uint8)
        assert functions.cimage_pad_rgb(border, address(picture), width, height, ctypes.byref(window), address(ours)) == 0
        assert np.array_equal(ours, wide[60 + y:60 + y + window.height, 60 + x:60 + x + window.width])
        flipped = np.ascontiguousarray(picture).copy()
        functions.cimage_flip_rows_rgb(address(flipped), width, height, ctypes.c_size_t(width * 3))
        assert np.array_equal(flipped, picture[::-1])
    for key, count in sorted(counts.items()):
        print(f"{key}: {count} pictures equal")

    picture = numbers.integers(0, 256, (375, 500, 3), np.uint8)
    image = Image.fromarray(picture)
    for sampling, filter in enumerate(FILTERS):
        angle = math.radians(25)
        values = [math.cos(angle), math.sin(angle), -90.0, -math.sin(angle), math.cos(angle), 120.0, 0, 0]
        for name, is_affine in (("affine", True), ("perspective", False)):
            method = Image.Transform.AFFINE if is_affine else Image.Transform.PERSPECTIVE
            ours = milliseconds(
                lambda: warp(functions, picture, (500, 375), values, is_affine, sampling, (1, 2, 3)))
            theirs = milliseconds(lambda: image.transform(
                (500, 375), method, values[:6] if is_affine else values, filter, fillcolor=(1, 2, 3)))
            print(f"{name} {filter.name.lower()} of 500 x 375: {ours:.2f} ms, Pillow {theirs:.2f} ms")


if __name__ == "__main__":
    main()
