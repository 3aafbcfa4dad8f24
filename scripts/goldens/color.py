#!/usr/bin/env python3
"""Writes the golden files of color changes and of augmentation policies, computed by Pillow and torchvision.

    Tests/Goldens/transforms/colors.tsv     CRC-32 of images after each operation, at several amounts and sizes
    Tests/Goldens/transforms/chains.tsv      after ColorJitter's operations, in several orders
    Tests/Goldens/transforms/blurs.json      images after Gaussian blurs, pixel by pixel
    Tests/Goldens/transforms/policies.json   the policies' choices, with their magnitudes, and AutoAugment's pairs
    Tests/Goldens/transforms/moves.tsv       CRC-32 of images after each of the policies' operations
    Tests/Goldens/transforms/mixtures.json   CRC-32 of AugMix's mixtures, from operations on Pillow's images

Input images are not stored: both sides compute them from the formulas in `IMAGES`.
Written with torch 2.13.0, torchvision 0.28.0, Pillow 13.0.0.
"""

import base64
import itertools
import random

import numpy as np
import torch
from PIL import Image

from goldens import FILTERS, GOLDENS, crc, listed, noise, write_groups, write_table, write_text
from torchvision import transforms
from torchvision.transforms import autoaugment, functional as F

FOLDER = GOLDENS / "transforms"


def slope(width: int, height: int) -> Image.Image:
    """Smooth, with few values, so that histograms have gaps."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [30 + x * 150 // width, 200 - y * 120 // height, 60 + x * y % 97]
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8))


def flat(width: int, height: int) -> Image.Image:
    """One color."""
    return Image.new("RGB", (width, height), (90, 160, 33))


IMAGES = {"noise": noise, "slope": slope, "flat": flat}
SIZES = [(1, 1), (1, 7), (9, 1), (2, 3), (3, 3), (17, 9), (64, 48), (601, 3)]

FACTORS = [0.0, 0.3, 0.7371, 1.0, 1.6, 5.0]
OPERATIONS = {
    "brightness": (F.adjust_brightness, FACTORS),
    "contrast": (F.adjust_contrast, FACTORS),
    "saturation": (F.adjust_saturation, FACTORS),
    "sharpness": (F.adjust_sharpness, FACTORS),
    "hue": (F.adjust_hue, [-0.5, -0.31, -0.003, 0.0, 0.1, 0.25, 0.5]),
    "posterize": (F.posterize, [1, 2, 4, 7, 8]),
    "solarize": (F.solarize, [-3.0, 0.0, 100.5, 128.0, 255.0, 256.0]),
    "autocontrast": (lambda image, _: F.autocontrast(image), [0]),
    "equalize": (lambda image, _: F.equalize(image), [0]),
    "invert": (lambda image, _: F.invert(image), [0]),
    "grayscale": (lambda image, _: F.to_grayscale(image, 3), [0]),
}


def colors() -> None:
    rows = [("operation", "amount", "image", "width", "height", "crc")]
    for name, (function, amounts) in OPERATIONS.items():
        for amount, (kind, image), (width, height) in itertools.product(amounts, IMAGES.items(), SIZES):
            if kind != "flat" or (width, height) == (17, 9):
                rows.append((name, amount, kind, width, height, crc(function(image(width, height), amount))))
    write_table(FOLDER / "colors.tsv", *rows)


def chains() -> None:
    rows = [("operations", "image", "width", "height", "crc")]
    generator = random.Random(2)
    for order in itertools.permutations(["brightness", "contrast", "saturation", "hue"]):
        amounts = [round(generator.uniform(-0.5, 0.5) + (name != "hue"), 3) for name in order]
        image = noise(40, 31)
        for name, amount in zip(order, amounts):
            image = OPERATIONS[name][0](image, amount)
        text = " ".join(f"{name}:{amount}" for name, amount in zip(order, amounts))
        rows.append((text, "noise", 40, 31, crc(image)))
    write_table(FOLDER / "chains.tsv", *rows)


def blurs() -> None:
    cases = []
    for kind, (width, height), size, sigma in [
        ("noise", (17, 9), (3, 3), 0.1), ("noise", (17, 9), (3, 3), 0.8), ("noise", (17, 9), (5, 9), 1.3),
        ("slope", (17, 9), (9, 5), 2.0), ("noise", (64, 48), (23, 23), 1.9), ("slope", (64, 48), (5, 5), 0.6),
        ("flat", (17, 9), (7, 7), 1.0), ("noise", (1, 1), (1, 1), 1.0), ("noise", (2, 3), (3, 5), 0.7),
        ("noise", (9, 1), (9, 1), 1.1), ("noise", (12, 11), (23, 21), 5.0),
    ]:
        image = F.gaussian_blur(IMAGES[kind](width, height), list(size), [sigma, sigma])
        cases.append({"image": kind, "width": width, "height": height, "kernel": list(size), "sigma": sigma,
                      "pixels": base64.b64encode(image.tobytes()).decode()})
    write_text(FOLDER / "blurs.json", listed(cases) + "\n")


def magnitudes(space: dict) -> list[dict]:
    return [{"kind": kind, "isSigned": signed, "magnitudes": [] if values.ndim == 0 else [float(v) for v in values]}
            for kind, (values, signed) in space.items()]


def policies() -> None:
    auto = {policy.value: transforms.AutoAugment(policy) for policy in autoaugment.AutoAugmentPolicy}
    spaces = []
    for width, height in [(224, 224), (331, 97), (32, 33)]:
        size = {"width": width, "height": height}
        for bins in (31, 10, 2, 9) if width == 224 else (31,):
            rand = transforms.RandAugment(num_magnitude_bins=bins)._augmentation_space(bins, (height, width))
            spaces.append(size | {"policy": "RandAugment", "bins": bins, "choices": magnitudes(rand)})
        spaces.append(size | {"policy": "AutoAugment", "bins": 10,
                              "choices": magnitudes(auto["imagenet"]._augmentation_space(10, (height, width)))})
        for all_ops in (True, False):
            mix = transforms.AugMix(all_ops=all_ops)._augmentation_space(10, (height, width))
            spaces.append(size | {"policy": "AugMix" if all_ops else "AugMix without blends", "bins": 10,
                                  "choices": magnitudes(mix)})
    for bins in (31, 30, 7):
        trivial = transforms.TrivialAugmentWide(bins)._augmentation_space(bins)
        spaces.append({"width": 1, "height": 1, "policy": "TrivialAugmentWide", "bins": bins,
                       "choices": magnitudes(trivial)})
    pairs = {name: [[{"kind": kind, "probability": p, "level": level or 0} for kind, p, level in pair]
                    for pair in transform.policies] for name, transform in auto.items()}
    lines = ",\n".join(f'"{name}": {listed(rows)}' for name, rows in pairs.items())
    write_text(FOLDER / "policies.json", f'{{"spaces": {listed(spaces)},\n"pairs": {{\n{lines}\n}}}}\n')


MOVES = {
    "Identity": [0], "ShearX": [0.3, -0.13], "ShearY": [0.99, -0.05], "TranslateX": [7.9, -3.2, 100],
    "TranslateY": [2.0, -20.7], "Rotate": [30.0, -9.0, 135.0, -90.0], "Brightness": [0.9, -0.27], "Color": [0.5, -0.99],
    "Contrast": [0.4, -0.6], "Sharpness": [0.9, -0.9], "Posterize": [4, 2], "Solarize": [76.5, 255.0],
    "AutoContrast": [0], "Equalize": [0], "Invert": [0],
}
SAMPLINGS = {"nearest": transforms.InterpolationMode.NEAREST, "bilinear": FILTERS["bilinear"]}


def moves() -> None:
    rows = [("operation", "magnitude", "sampling", "fill", "width", "height", "crc")]
    for name, amounts in MOVES.items():
        sizes = [(40, 31), (2, 3)]
        for amount, (sampling, mode), (width, height) in itertools.product(amounts, SAMPLINGS.items(), sizes):
            fill = [128, 7, 250] if sampling == "nearest" else None
            image = autoaugment._apply_op(noise(width, height), name, amount, mode, fill)
            color = ",".join(map(str, fill or [0, 0, 0]))
            rows.append((name, amount, sampling, color, width, height, crc(image)))
    write_table(FOLDER / "moves.tsv", *rows)


def mixtures() -> None:
    """AugMix's sums, in its order and precision, of images that Pillow changed."""
    cases = []
    generator = random.Random(7)
    for width, height in [(40, 31), (17, 9), (1, 1)]:
        for count in (1, 3):
            weights = np.random.default_rng(width + count).dirichlet([1] * (count + 1)).astype(np.float32)
            base = noise(width, height)
            batch = F.pil_to_tensor(base)
            mix = torch.tensor(weights[0]) * batch
            chosen = []
            for weight in weights[1:]:
                names = generator.sample(list(MOVES), generator.randint(1, 3))
                chain = [(name, generator.choice(MOVES[name])) for name in names]
                image = base
                for name, amount in chain:
                    image = autoaugment._apply_op(image, name, amount, SAMPLINGS["bilinear"], None)
                mix.add_(torch.tensor(weight) * F.pil_to_tensor(image))
                chosen.append({"weight": float(weight), "operations": [{"kind": n, "magnitude": m} for n, m in chain]})
            cases.append({"width": width, "height": height, "originalWeight": float(weights[0]), "chains": chosen,
                          "crc": crc(F.to_pil_image(mix.to(torch.uint8)))})
    write_text(FOLDER / "mixtures.json", listed(cases) + "\n")


if __name__ == "__main__":
    write_groups(__doc__, {"colors": colors, "chains": chains, "blurs": blurs, "policies": policies, "moves": moves,
                           "mixtures": mixtures})
