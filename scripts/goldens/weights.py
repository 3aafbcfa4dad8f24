#!/usr/bin/env python3
"""Writes torchvision's list of weights, and the predictions of pretrained networks.

    scripts/goldens/weights.py [GROUP ...]

    weights     Tests/Goldens/models/weights.tsv: every entry of torchvision's weights enumerations
    pretrained  Tests/Goldens/models/*-pretrained.tsv: top-1 class and its logit for every ImageNet photo
    classes     Sources/Classifier/Resources/imagenet_classes.tsv: index, WordNet id, torchvision's class name

The last two need the folder of real data, ../shared/data or APUS_TEST_DATA.
Written with torch 2.13.0, torchvision 0.28.0, Pillow 13.0.0.
"""

import math

import torch
from PIL import Image

from goldens import DATA, GOLDENS, ROOT, preprocessing, torchvision, write_groups, write_table, write_text
from torchvision.models._meta import _IMAGENET_CATEGORIES

PRETRAINED = {  # network: (file of weights, folders of photos)
    "mobilenet_v2": ("mobilenet_v2-b0353104.pth", ("imagenet_samples_256", "imagenette_224/val")),
    "squeezenet1_1": ("squeezenet1_1-torchvision-fp16rounded.pth", ("imagenet_samples_256",)),
}


def weights() -> None:
    rows = [("network", "weights", "default", "url", "sha256", "resize", "crop", "interpolation", "mean", "deviation",
             "categories", "top1", "top5", "parameters", "gigaflops")]
    for name in torchvision.models.list_models(torchvision.models, exclude="maxvit*"):
        enumeration = torchvision.models.get_model_weights(name)
        for entry in enumeration:
            prepare, meta = entry.transforms(), entry.meta
            accuracy = meta["_metrics"]["ImageNet-1K"]
            digest = torch.hub.HASH_REGEX.search(entry.url)
            rows.append((name, entry.name, entry is enumeration.DEFAULT, entry.url, digest.group(1) if digest else "",
                         *prepare.resize_size, *prepare.crop_size, prepare.interpolation.value,
                         ",".join(map(str, prepare.mean)), ",".join(map(str, prepare.std)),
                         len(meta.get("categories") or []), accuracy["acc@1"], accuracy["acc@5"], meta["num_params"],
                         meta["_ops"]))
    write_table(GOLDENS / "models" / "weights.tsv", *rows)


def pretrained() -> None:
    """With Pillow and torchvision's transforms, one image at a time; EXIF orientation is not applied."""
    prepare = preprocessing()
    for name, (file, folders) in PRETRAINED.items():
        model = torchvision.models.get_model(name, weights=None).eval()
        model.load_state_dict(torch.load(DATA / "weights" / file, weights_only=True))
        rows, smallest_margin = [("path", "index", "logit")], math.inf
        paths = [path for folder in folders for path in sorted((DATA / "datasets" / folder).rglob("*"))]
        for path in paths:
            if path.is_dir():
                continue
            with Image.open(path) as image, torch.inference_mode():
                logits = model(prepare(image.convert("RGB")).unsqueeze(0))[0]
            top, runner_up = logits.topk(2).values.tolist()
            smallest_margin = min(smallest_margin, top - runner_up)
            rows.append((path.relative_to(DATA / "datasets"), logits.argmax().item(), f"{top:.6f}"))
        write_table(GOLDENS / "models" / f"{name}-pretrained.tsv", *rows)
        print(f"{name}: smallest margin between the two highest logits {smallest_margin:.2e}")


def classes() -> None:
    lines = (DATA / "weights" / "imagenet_classes.tsv").read_text(encoding="utf-8").splitlines()
    for index, (line, category) in enumerate(zip(lines, _IMAGENET_CATEGORIES, strict=True)):
        number, identifier, name = line.split("\t")
        if int(number) != index or name != category or not identifier.startswith("n"):
            raise SystemExit(f"class {index}: {line!r} is not torchvision's {category!r}")
    write_text(ROOT / "Sources" / "Classifier" / "Resources" / "imagenet_classes.tsv", "\n".join(lines) + "\n")


if __name__ == "__main__":
    write_groups(__doc__, {"weights": weights, "pretrained": pretrained, "classes": classes}, ("pretrained", "classes"))
