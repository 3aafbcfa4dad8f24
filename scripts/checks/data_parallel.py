#!/usr/bin/env python3
"""Compares data-parallel training with PyTorch's DistributedDataParallel: the same images, weights and steps.

    scripts/checks/data_parallel.py --data FOLDER [--apus PATH] [--processes 1 2 4] [--steps 10] [--images 32]

FOLDER contains hymenoptera_data/train. A step has all images, so that their order does not matter. The network has no batch
statistics. Prints the loss of each step, and the largest difference for each number of processes. Needs PyTorch.
"""

import csv
import os
import pathlib
import shutil
import sys
import tempfile

import numpy
import torch
import torch.distributed
import torch.multiprocessing
from safetensors.torch import load_file
from torch import nn

from checks import Check, parser

NETWORK = """input 3x64x64
preprocessing resize=72

features:
conv:16:3, relu, maxpool:2
conv:32:3, relu, maxpool:2
conv:64:3, relu, maxpool:2

classifier:
linear:64, relu
linear:classes
"""
RATE, MOMENTUM = 0.05, 0.9


def network(classes: int) -> nn.Module:
    layers, inputs = [], 3
    for outputs in (16, 32, 64):
        layers += [nn.Conv2d(inputs, outputs, 3), nn.ReLU(), nn.MaxPool2d(2)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 6 * 6, 64), nn.ReLU(), nn.Linear(64, classes))


def images(folder: pathlib.Path) -> tuple[torch.Tensor, torch.Tensor]:
    from goldens import preprocessing
    from PIL import Image

    transform, pixels, labels = preprocessing(72, 64), [], []
    for label, part in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        for path in sorted(part.iterdir()):
            pixels.append(transform(Image.open(path).convert("RGB")))
            labels.append(label)
    return torch.stack(pixels), torch.tensor(labels)


def train(rank: int, count: int, folder: str, weights: str, steps: int, output: str) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29517"}
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", rank=rank, world_size=count)
    pixels, labels = (part.chunk(count)[rank] for part in images(pathlib.Path(folder)))
    model, state = network(2), load_file(weights)
    # features.0.weight, features.0.bias, features.3.weight, …
    ordered = sorted(state, key=lambda name: (name.startswith("classifier"), int(name.split(".")[1]), name.endswith("bias")))
    model.load_state_dict({own: state[name] for own, name in zip(model.state_dict(), ordered)})
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), RATE, MOMENTUM)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(parallel(pixels), labels)
        loss.backward()
        optimizer.step()
        mean = loss.detach().double()
        torch.distributed.all_reduce(mean)
        losses.append(mean.item() / count)
    if rank == 0:
        numpy.savetxt(output, losses)
    torch.distributed.destroy_process_group()


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--data", type=pathlib.Path, required=True)
    made.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    made.add_argument("--steps", type=int, default=10)
    made.add_argument("--images", type=int, default=32)
    options = made.parse_args()
    check = Check()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in ("ants", "bees"):
            photos = sorted((options.data / "hymenoptera_data/train" / name).iterdir())[:options.images // 2]
            for split in ("train", "val"):
                target = root / "photos" / split / name
                target.mkdir(parents=True)
                for photo in photos:
                    shutil.copy(photo, target)
        (root / "plain.network").write_text(NETWORK)
        common = ["train", root / "photos", "--model", root / "plain.network", "--batch-size", options.images,
                  "--optimizer", "sgd", "--momentum", MOMENTUM, "--weight-decay", 0, "--schedule", "constant", "--no-report",
                  "--train-transforms", "resize(72), centerCrop(64)"]
        # So small a rate changes no weight, so the model has the initial ones.
        options.apus(*common, "--epochs", 1, "--lr", 1e-30, "--out", root / "start")
        losses = {}
        for count in options.processes:
            run = root / f"run-{count}"
            options.apus(*common, "--epochs", options.steps, "--lr", RATE, "--out", run,
                         *(["--processes", count] if count > 1 else []))
            with open(run / "metrics.csv") as file:
                losses[f"apus {count}"] = [float(row["training_loss"]) for row in csv.DictReader(file)]
            torch.multiprocessing.spawn(
                train, (count, str(root / "photos/train"), str(root / "start/last.safetensors"), options.steps,
                        str(root / "losses")), nprocs=count)
            losses[f"torch {count}"] = numpy.loadtxt(root / "losses", ndmin=1).tolist()
        print("step  " + "  ".join(f"{name:>10}" for name in losses))
        for step in range(options.steps):
            print(f"{step + 1:4}  " + "  ".join(f"{values[step]:10.6f}" for values in losses.values()))
        first = losses[f"torch {options.processes[0]}"]
        check(first[-1] < first[0] * 0.9, "the loss falls")
        for count in options.processes:
            pairs = zip(losses[f"apus {count}"], losses[f"torch {count}"])
            largest = max(abs(ours - theirs) / theirs for ours, theirs in pairs)
            check(largest < 1e-4, f"{count} processes: the losses differ by at most {largest:.1e} of their value")
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
