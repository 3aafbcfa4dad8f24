#!/usr/bin/env python3
"""Writes Tests/Goldens/tensorboard: an event file of PyTorch's SummaryWriter and TensorBoard's own writer.

    events.out.tfevents.golden  scalars, an image, a histogram and a text
    histogram.json              the values of the histogram

Written with torch 2.13.0 and tensorboard 2.21.0.
"""

import json
import math
import tempfile
from pathlib import Path

import numpy
import torch
from torch.utils.tensorboard import SummaryWriter

from goldens import GOLDENS, write_text

FOLDER = GOLDENS / "tensorboard"


def values():
    """Numbers of both signs over many magnitudes, zeros, repeated numbers, and some that are bucket limits."""
    spread = [math.sin(i) * 10 ** ((i % 23) - 14) for i in range(400)]
    return spread + [0.0] * 7 + [0.25] * 5 + [1e-12, -1e-12, 1e-12 * 1.1]


def main():
    write_text(FOLDER / "histogram.json", json.dumps(values()) + "\n")
    with tempfile.TemporaryDirectory() as folder:
        writer = SummaryWriter(folder)
        for step in range(5):
            writer.add_scalar("loss/training", 2.0 / (step + 1), step, walltime=1000.5 + step)
        writer.add_scalar("accuracy", 0.1, 4, new_style=True, walltime=1005)
        image = torch.arange(3 * 4 * 5, dtype=torch.uint8).reshape(3, 4, 5)
        writer.add_image("image", image, 4, walltime=1006)
        writer.add_histogram("weights", numpy.array(values()), 4, walltime=1007)
        writer.add_text("note", "**bold** and ü", 4, walltime=1008)
        writer.close()
        (file,) = Path(folder).iterdir()
        (FOLDER / "events.out.tfevents.golden").write_bytes(file.read_bytes())


if __name__ == "__main__":
    main()
