#!/usr/bin/env python3
"""Writes Tests/Goldens/onnx: a small network as an ONNX model, and PyTorch's results.

    network.onnx         8-bit pixels [N, 16, 20, 3] to 5 numbers each, with the normalization inside
    network.safetensors  `pixels`, 11 images, and `outputs`, PyTorch's results
    float-input.onnx     a model whose input is not 8-bit pixels: engines must refuse it

Written with torch 2.13.0 and onnx 1.23.2.
"""

import warnings

import torch
from torch import nn

from goldens import GOLDENS, write_tensors

FOLDER = GOLDENS / "onnx"


class Network(nn.Module):
    """A layer of each kind that engines treat differently."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]))
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU6(),
            nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 24, 1),
        )
        self.classifier = nn.Linear(24, 5)

    def forward(self, pixels):
        x = (pixels.to(torch.float32) / 255 - self.mean) / self.std
        x = self.features(x.permute(0, 3, 1, 2))
        return self.classifier(x.mean((2, 3)))


class FloatInput(nn.Module):
    def forward(self, x):
        return x.mean((1, 2)) * 2


def export(module: nn.Module, example: torch.Tensor, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, (example,), str(FOLDER / name), dynamo=False, opset_version=17, input_names=["pixels"],
            output_names=["outputs"], dynamic_axes={"pixels": {0: "N"}, "outputs": {0: "N"}},
        )


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = Network().eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(std=0.5)
                module.running_var.uniform_(0.5, 2)
                module.weight.uniform_(0.5, 2)
                module.bias.normal_()
        network.classifier.weight.normal_()
        # Each image has a different brightness and color, so that none can be confused with another.
        pixels = (torch.randint(0, 256, (11, 16, 20, 3)) * torch.rand(11, 1, 1, 3)).to(torch.uint8)
        outputs = network(pixels)
    export(network, pixels[:2], "network.onnx")
    export(FloatInput(), torch.zeros(2, 16, 20, 3), "float-input.onnx")
    write_tensors(FOLDER / "network.safetensors", {"pixels": pixels, "outputs": outputs})


if __name__ == "__main__":
    main()
