#!/usr/bin/env python3
"""Trains the same recipes with Apus, and with PyTorch and torchvision, on the same images, and compares accuracies.

    scripts/checks/training.py --data FOLDER [--weights FOLDER] [--apus PATH] [--seeds 3] [frozen] [scratch]

FOLDER contains hymenoptera_data/{train,val} and imagenette_224/{train,val}; weights are torchvision's files. `frozen` trains
the last layer of a pretrained MobileNetV2, `scratch` a small network from scratch. Prints a line for each seed, then means and
standard deviations. Needs PyTorch and torchvision.
"""

import json
import pathlib
import statistics
import tempfile
import time

import torch
from torch import nn

from checks import parser
from goldens import DEVIATION, MEAN, preprocessing, torchvision, transforms as T

NETWORK = """input 3x64x64
preprocessing resize=72

features:
conv:16:3, relu, conv:16:3, relu, maxpool:2
conv:32:3, relu, conv:32:3, relu, maxpool:2
conv:64:3, relu, conv:64:3, relu, maxpool:2

classifier:
dropout:0.25, linear:128, relu
dropout:0.5, linear:classes
"""


def frozen(classes, weights):
    network = torchvision.models.mobilenet_v2()
    network.load_state_dict(torch.load(weights / "mobilenet_v2-b0353104.pth", weights_only=True))
    network.requires_grad_(False)
    network.classifier[1] = nn.Linear(1280, classes)
    return network


def scratch(classes, _):
    layers, inputs = [], 3
    for outputs in (16, 32, 64):
        layers += [nn.Conv2d(inputs, outputs, 3), nn.ReLU(), nn.Conv2d(outputs, outputs, 3), nn.ReLU(), nn.MaxPool2d(2)]
        inputs = outputs
    head = [nn.Flatten(), nn.Dropout(0.25), nn.Linear(64 * 4 * 4, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, classes)]
    return nn.Sequential(*layers, *head)


# The images, the sizes, the epochs, the batch size, the learning rate, and the equivalent flags of apus.
RECIPES = {
    "frozen": ("hymenoptera_data", frozen, 256, 224, 4, 64, 1e-3, ["--model", "mobilenet_v2", "--strategy", "frozen"]),
    "scratch": ("imagenette_224", scratch, 72, 64, 12, 32, 1e-3, ["--model", "{network}"]),
}


def with_pytorch(data, make, resize, crop, epochs, batch, rate, weights, seed):
    torch.manual_seed(seed)
    augment = T.Compose([T.Resize(resize), T.RandomCrop(crop), T.RandomHorizontalFlip(), T.ToTensor(),
                         T.Normalize(MEAN, DEVIATION)])
    plain = preprocessing(resize, crop)
    readable = lambda path: path.endswith((".jpg", ".jpeg", ".JPEG", ".png"))  # noqa: E731
    training = torchvision.datasets.ImageFolder(data / "train", augment, is_valid_file=readable)
    validation = torchvision.datasets.ImageFolder(data / "val", plain, is_valid_file=readable)
    network = make(len(training.classes), weights)
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], rate)
    loader = torch.utils.data.DataLoader(training, batch, shuffle=True, num_workers=2)
    best = 0
    for _ in range(epochs):
        # A frozen backbone stays in evaluation mode.
        network.train(all(p.requires_grad for p in network.parameters()))
        if hasattr(network, "classifier"):
            network.classifier.train()
        for images, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images), labels).backward()
            optimizer.step()
        network.eval()
        hits = 0
        with torch.no_grad():
            for images, labels in torch.utils.data.DataLoader(validation, 64, num_workers=2):
                hits += (network(images).argmax(1) == labels).sum().item()
        best = max(best, hits / len(validation))
    return best


def with_apus(apus, data, flags, epochs, batch, rate, folder, seed):
    printed = apus("train", data, *flags, "--epochs", epochs, "--batch-size", batch, "--lr", rate, "--seed", seed,
                   "--out", folder / f"run-{seed}", "--format", "json")
    return json.loads(printed)["best"]["validationAccuracy"]


def main():
    made = parser(__doc__)
    made.add_argument("--data", type=pathlib.Path, required=True)
    made.add_argument("--weights", type=pathlib.Path, default=pathlib.Path.home() / ".cache/torch/hub/checkpoints")
    made.add_argument("--seeds", type=int, default=3)
    made.add_argument("recipes", nargs="*", default=list(RECIPES))
    options = made.parse_args()
    for name in options.recipes:
        photos, make, resize, crop, epochs, batch, rate, flags = RECIPES[name]
        data = options.data / photos
        ours, theirs = [], []
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "network").write_text(NETWORK)
            flags = [flag.format(network=folder / "network") for flag in flags]
            for seed in range(options.seeds):
                began = time.monotonic()
                ours.append(with_apus(options.apus, data, flags, epochs, batch, rate, folder, seed))
                between = time.monotonic()
                theirs.append(with_pytorch(data, make, resize, crop, epochs, batch, rate, options.weights, seed))
                ended = time.monotonic()
                print(f"{name}, seed {seed}: Apus {ours[-1]:.1%} in {between - began:.1f} s, "
                      f"PyTorch {theirs[-1]:.1%} in {ended - between:.1f} s", flush=True)
        for who, values in (("Apus", ours), ("PyTorch", theirs)):
            spread = statistics.stdev(values) if len(values) > 1 else 0
            print(f"{name}: {who} {statistics.mean(values):.1%} ± {spread:.1%}")


if __name__ == "__main__":
    main()
