#!/usr/bin/env python3
"""Writes the golden files of transforms that move pixels, and of those that mix batches.

    Tests/Goldens/transforms/geometry.json   torchvision's results for images read by Pillow: rotations, affine motions,
                                             perspectives, padding, crops of padded images, multiple crops; the rectangles of
                                             RandomErasing; letterboxes with Ultralytics' sizes
    Tests/Goldens/transforms/mixes.json      torchvision's MixUp and CutMix at given parameters

Images are not stored: both sides compute them from the formula in `goldens.noise`. Results are stored as size and CRC-32.
Written with torch 2.13.0, torchvision 0.28.0, Pillow 13.0.0.
"""

import itertools
import math
import random
from unittest.mock import patch

import torch
from PIL import Image

from goldens import FILTERS, GOLDENS, Number, ScriptedTorch, crc, noise, write_json
from torchvision.transforms import functional as F
from torchvision.transforms import transforms as module
from torchvision.transforms import v2

FOLDER = GOLDENS / "transforms"
MODES = {"nearest": F.InterpolationMode.NEAREST} | FILTERS
SIZES = [(40, 30), (31, 31), (30, 40), (17, 52), (1, 9), (64, 48)]


def result(image: Image.Image) -> dict:
    return {"to": list(image.size), "crc": crc(image)}


def rotations() -> list[dict]:
    generator = random.Random(1)
    cases = []
    angles = [0, 90, 180, 270, -90, 360, 450, -1e-20, 45, 89.999, 30, -12.5]
    for (width, height), angle, expand in itertools.product(SIZES[:4], angles, (False, True)):
        name = generator.choice(list(MODES))
        image = F.rotate(noise(width, height), angle, MODES[name], expand, fill=[0])
        cases.append({"from": [width, height], "degrees": angle, "sampling": name, "expand": expand, "center": None,
                      "fill": [0, 0, 0]} | result(image))
    for _ in range(120):
        width, height = generator.choice(SIZES)
        angle = generator.uniform(-400, 400)
        name = generator.choice(list(MODES))
        expand = generator.random() < 0.4
        center = None if generator.random() < 0.7 else [generator.randint(-5, 40), generator.uniform(0, 30)]
        fill = generator.choice([[0, 0, 0], [128, 128, 128], [255, 3, 70]])
        image = F.rotate(noise(width, height), angle, MODES[name], expand, center, fill)
        cases.append({"from": [width, height], "degrees": angle, "sampling": name, "expand": expand, "center": center,
                      "fill": fill} | result(image))
    return cases


def affines() -> list[dict]:
    generator = random.Random(2)
    cases = []
    for number in range(200):
        width, height = generator.choice(SIZES)
        name = generator.choice(list(MODES))
        # Single parts first, as the policies use them.
        angle = generator.uniform(-180, 180) if number % 4 in (0, 3) else 0.0
        translate = [generator.randint(-9, 9), generator.randint(-9, 9)] if number % 4 in (1, 3) else [0, 0]
        scale = generator.uniform(0.4, 2.5) if number % 4 == 3 else 1.0
        shear = [generator.uniform(-40, 40), generator.choice([0.0, generator.uniform(-30, 30)])] if number % 4 in (2, 3) else [0.0, 0.0]
        center = generator.choice([None, None, [0, 0], [7, 21]])
        fill = generator.choice([[0, 0, 0], [9, 200, 77]])
        image = F.affine(noise(width, height), angle, translate, scale, shear, MODES[name], fill, center)
        cases.append({"from": [width, height], "degrees": angle, "translate": translate, "scale": scale, "shear": shear,
                      "sampling": name, "center": center, "fill": fill} | result(image))
    return cases


def perspectives() -> list[dict]:
    generator = random.Random(3)
    cases = []
    for number in range(120):
        width, height = generator.choice(SIZES[:4] + SIZES[5:] + [(500, 375), (224, 224)]) if number < 100 else (224, 300)
        name = generator.choice(list(MODES))
        torch.manual_seed(number)
        distortion = generator.choice([0.1, 0.5, 0.5, 0.9])
        start, end = module.RandomPerspective.get_params(width, height, distortion)
        fill = generator.choice([[0, 0, 0], [9, 200, 77]])
        image = F.perspective(noise(width, height), start, end, MODES[name], fill)
        cases.append({"from": [width, height], "corners": end, "coefficients": F._get_perspective_coeffs(start, end),
                      "sampling": name, "fill": fill} | result(image))
    return cases


def paddings() -> list[dict]:
    generator = random.Random(4)
    cases = []
    for mode, (width, height) in itertools.product(["constant", "edge", "reflect", "symmetric"], SIZES + [(2, 3), (5, 1)]):
        for _ in range(3):
            padding = [generator.choice([0, generator.randint(0, 12)]) for _ in range(4)]
            fill = generator.choice([[0, 0, 0], [9, 200, 77]])
            image = F.pad(noise(width, height), padding, tuple(fill), mode)
            cases.append({"from": [width, height], "padding": padding, "mode": mode, "fill": fill} | result(image))
    return cases


class Corner:
    """Replaces `torch` inside RandomCrop, and returns the first, a middle or the last position."""

    def __init__(self, share: float):
        self.share = share

    def randint(self, low, high, size):
        return Number(low + int((high - 1 - low) * self.share))


def random_crops() -> list[dict]:
    """RandomCrop with padding, at the first position, the last, and one between."""
    generator = random.Random(5)
    cases = []
    for _ in range(150):
        width, height = generator.choice(SIZES)
        crop = [generator.randint(1, 50), generator.randint(1, 50)]
        padding = [generator.choice([0, generator.randint(0, 9)]) for _ in range(4)]
        mode = generator.choice(["constant", "constant", "edge", "reflect", "symmetric"])
        fill = generator.choice([[0, 0, 0], [9, 200, 77]])
        share = generator.choice([0, 0.4, 1])
        transform = module.RandomCrop((crop[1], crop[0]), padding, True, tuple(fill), mode)
        with patch.object(module, "torch", Corner(share)):
            image = transform(noise(width, height))
        cases.append({"from": [width, height], "crop": crop, "padding": padding, "mode": mode, "fill": fill,
                      "share": share} | result(image))
    return cases


def views() -> list[dict]:
    cases = []
    for (width, height), (crop_width, crop_height) in itertools.product(
            [(40, 30), (31, 32), (20, 17)], [(17, 17), (20, 11), (9, 14)]):
        for vertical in (False, True):
            images = F.ten_crop(noise(width, height), [crop_height, crop_width], vertical)
            cases.append({"from": [width, height], "crop": [crop_width, crop_height], "vertical": vertical,
                          "crcs": [crc(image) for image in images]})
    return cases


def letterboxes() -> list[dict]:
    """The sizes and positions of Ultralytics' LetterBox; resized by Pillow."""
    cases = []
    for (width, height), side in itertools.product(SIZES[:4] + [(90, 31), (100, 3)], [32, 33, 48]):
        ratio = min(side / height, side / width)
        new_width, new_height = round(width * ratio), max(1, round(height * ratio))
        left, top = round((side - new_width) / 2 - 0.1), round((side - new_height) / 2 - 0.1)
        image = Image.new("RGB", (side, side), (114, 114, 114))
        image.paste(F.resize(noise(width, height), [new_height, new_width]), (left, top))
        cases.append({"from": [width, height], "side": side} | result(image))
    return cases


def erasings() -> list[dict]:
    """Rectangles by torchvision's own code, from fractions and ratios drawn here, at the last position that fits."""
    generator = random.Random(6)
    cases = []
    for _ in range(100):
        width, height = generator.randint(1, 300), generator.randint(1, 300)
        low, high = generator.choice([(0.02, 0.33), (0.6, 1), (0.9, 1)])
        shares = [generator.uniform(low, high) for _ in range(10)]
        ratios = [math.exp(generator.uniform(math.log(0.3), math.log(3.3))) for _ in range(10)]
        image = torch.zeros(3, height, width)
        with patch.object(module, "torch", ScriptedTorch(shares, ratios)) as scripted:
            y, x, h, w, v = module.RandomErasing.get_params(image, (low, high), (0.3, 3.3), [0.0])
        used = 10 - len(list(scripted.ratios))
        cases.append({"from": [width, height], "shares": shares[:used], "ratios": ratios[:used],
                      "rectangle": None if v is image else [x, y, w, h]})
    return cases


def mixes() -> dict:
    """Images k / 255 of a formula, mixed at given parameters."""
    count, channels, height, width, classes = 4, 3, 5, 6, 5
    numbers = torch.arange(count * channels * height * width)
    images = ((numbers * 97 + 13) % 256).to(torch.float32).reshape(count, channels, height, width) / 255
    labels = torch.tensor([3, 0, 3, 1])
    targets = (torch.arange(count * classes) % 3 == 0).to(torch.float32).reshape(count, classes)
    blends = []
    for share in (0.0, 0.1, 0.3, 0.77, 1.0):
        transform = v2.MixUp(alpha=1.0, num_classes=classes)
        transform.make_params = lambda _: {"lam": share}
        mixed, soft = transform(images, labels)
        _, soft_targets = transform(images, targets)
        blends.append({"share": share, "images": mixed.flatten().tolist(), "labels": soft.tolist(),
                       "targets": soft_targets.tolist()})
    patches = []
    for box in ((0, 0, 6, 5), (1, 2, 4, 5), (3, 3, 3, 4), (5, 0, 6, 1)):
        transform = v2.CutMix(alpha=1.0, num_classes=classes)
        share = float(1 - (box[2] - box[0]) * (box[3] - box[1]) / (width * height))
        transform.make_params = lambda _: {"box": box, "lam_adjusted": share}
        mixed, soft = transform(images, labels)
        patches.append({"box": list(box), "images": mixed.flatten().tolist(), "labels": soft.tolist()})
    # Boxes computed by torchvision's own code, for given fractions and centers.
    boxes = []
    generator = random.Random(7)
    for _ in range(60):
        size = [generator.randint(1, 300), generator.randint(1, 300)]
        share, middle = generator.random(), [generator.randrange(size[0]), generator.randrange(size[1])]
        transform = v2.CutMix(alpha=1.0, num_classes=classes)
        transform._dist = type("Distribution", (), {"sample": lambda *_: share})()
        places = iter([torch.tensor([place]) for place in middle])
        stand_in = type("Torch", (), {"randint": lambda *_, **__: next(places), "clamp": torch.clamp})
        image = torch.zeros(1, 3, size[1], size[0])
        with patch.object(v2._augment, "torch", stand_in):
            params = transform.make_params([image])
        boxes.append({"size": size, "share": share, "middle": middle, "box": list(params["box"]),
                      "adjusted": params["lam_adjusted"]})
    return {"blends": blends, "patches": patches, "boxes": boxes}


if __name__ == "__main__":
    write_json(FOLDER / "geometry.json", {
        "rotations": rotations(), "affines": affines(), "perspectives": perspectives(), "paddings": paddings(),
        "randomCrops": random_crops(), "views": views(), "letterboxes": letterboxes(), "erasings": erasings(),
    })
    write_json(FOLDER / "mixes.json", mixes())
