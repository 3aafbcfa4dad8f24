"""Writes a network of torchvision for the peers of `compare.py`: NAME.xml for OpenVINO, NAME.pt for TorchServe.

    python peer_export.py NAME FOLDER [WEIGHTS]

WEIGHTS is a .pth file of its state dict; keys may be missing. Speed does not depend on weights: by default they are
random. The classifier is 1,000 classes wide.
"""

import sys
from pathlib import Path

import torch

for operator in ("nms", "qnms"):
    try:
        torch.library.define(f"torchvision::{operator}", "(Tensor a, Tensor b, float c) -> Tensor")
    except RuntimeError:
        pass

import openvino  # noqa: E402
import torchvision  # noqa: E402

name, folder, *weights = sys.argv[1:]
torch.manual_seed(0)
model = torchvision.models.get_model(name).eval()
if weights:
    model.load_state_dict(torch.load(weights[0], weights_only=True), strict=False)
example = torch.zeros(1, 3, 224, 224)
converted = openvino.convert_model(model, example_input=example, input=[1, 3, 224, 224])
openvino.save_model(converted, Path(folder) / f"{name}.xml", compress_to_fp16=False)
torch.jit.trace(model, example).save(Path(folder) / f"{name}.pt")
