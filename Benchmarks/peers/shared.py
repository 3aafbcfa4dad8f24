"""Shared code of the peers: arguments, images, networks, and the line of JSON that they print."""

import argparse
import hashlib
import json
import os
import pathlib
import time

import torch

try:
    import torchvision
except RuntimeError:
    # torchvision's own operators match another build of PyTorch; only their names are needed here.
    for schema in ("nms(Tensor a, Tensor b, float c) -> Tensor", "qnms(Tensor a, Tensor b, float c) -> Tensor"):
        torch.library.define("torchvision::" + schema.split("(")[0], "(" + schema.split("(")[1])
    import torchvision

from PIL import Image
from torchvision import transforms

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
CORES = len(os.sched_getaffinity(0))


def arguments(description, *works):
    """Parses the arguments of a peer; `works` are the workloads that it supports."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("work", choices=works)
    parser.add_argument("--model", help="the network's name in torchvision")
    parser.add_argument("--weights", help="its state dict, safetensors")
    parser.add_argument("--onnx", help="the same as an ONNX file, [N, 3, 224, 224] to [N, 1000]")
    parser.add_argument("--images", help="an image, or a folder of images or of classes")
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--workers", type=int, default=CORES, help="processes that read images")
    parser.add_argument("--batch", type=int, nargs="+", default=[32])
    parser.add_argument("--strategy", default="all", choices=["frozen", "all"])
    parser.add_argument("--optimizer", default="adam", choices=["adam", "sgd"])
    parser.add_argument("--seconds", type=float, default=2.0, help="duration of a forward pass measurement")
    parser.add_argument("--compile", action="store_true", help="torch.compile")
    parser.add_argument("--labels", help="a file for the predictions")
    return parser.parse_args()


def files(path):
    """The images of a folder in the order of their paths, or the one image."""
    path = pathlib.Path(path)
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS)


def preprocess():
    """torchvision's transforms for prediction."""
    return transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)
    ])


class Images(torch.utils.data.Dataset):
    """Images without labels, for a DataLoader."""

    def __init__(self, paths):
        self.paths, self.transform = paths, preprocess()

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return self.transform(Image.open(self.paths[index]).convert("RGB"))


def loader(options, paths):
    return torch.utils.data.DataLoader(Images(paths), batch_size=options.batch[0], num_workers=options.workers)


def network(options, classes=1000):
    """The network with its weights, in evaluation mode."""
    from safetensors.torch import load_file

    model = getattr(torchvision.models, options.model)(num_classes=classes)
    model.load_state_dict(load_file(options.weights))
    return model.eval()


class Stopwatch:
    """The seconds since its creation."""

    def __init__(self):
        self.began = time.perf_counter()

    @property
    def seconds(self):
        return time.perf_counter() - self.began


def report(**values):
    print(json.dumps(values), flush=True)


def report_labels(options, paths, labels, seconds):
    """Reports a run over images; the predictions go to a file for comparison."""
    lines = [f"{path.name},{label}" for path, label in zip(paths, labels, strict=True)]
    if options.labels:
        pathlib.Path(options.labels).write_text("\n".join(lines) + "\n")
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    report(seconds=seconds, images=len(paths), labels_digest=digest)


def report_forward(options, make, **more):
    """Measures `make(batch)()` for each batch size, and reports the milliseconds per image."""
    for batch in options.batch:
        forward = make(batch)
        for _ in range(3):
            forward()
        times, clock = [], Stopwatch()
        while clock.seconds < options.seconds or len(times) < 5:
            once = Stopwatch()
            forward()
            times.append(once.seconds * 1000 / batch)
        times.sort()
        report(batch=batch, times=len(times), best=times[0], median=times[len(times) // 2], **more)
