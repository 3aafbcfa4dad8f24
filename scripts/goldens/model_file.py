#!/usr/bin/env python3
"""Writes a model file with a graph in Tests/Goldens/models, as docs/model-file.md describes it, and PyTorch's results.

    graph.safetensors         a classifier of images of 12 x 12 pixels: weights, description and graph
    graph-images.safetensors  `pixels`, 9 images, and `logits`, PyTorch's results

The graph is not made by Apus. It names one tensor differently than the file does, and the file has a tensor that the
graph does not need. Written with torch 2.13.0, onnx 1.23.2 and safetensors 0.8.0.
"""

import base64
import json

import onnx
import torch
from onnx import TensorProto, helper
from safetensors.torch import save_file
from torch import nn

from goldens import DEVIATION, GOLDENS, MEAN, fill, report, write_tensors

FOLDER = GOLDENS / "models"
SIDE, CLASSES = 12, ["daisy", "rose", "tulip"]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.classifier = nn.Linear(8, len(CLASSES))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def external(name: str, tensor: torch.Tensor, file_name: str | None = None) -> TensorProto:
    """An initializer that is a tensor of the model file."""
    proto = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=tensor.shape, data_location=TensorProto.EXTERNAL)
    for key, value in [("location", "apus:safetensors"), ("tensor", file_name)]:
        if value is not None:
            proto.external_data.add(key=key, value=value)
    return proto


def constant(name: str, values: list[float]) -> TensorProto:
    return onnx.numpy_helper.from_array(torch.tensor(values).reshape(1, 3, 1, 1).numpy(), name)


def graph(state: dict[str, torch.Tensor]) -> bytes:
    norm = [f"features.1.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Sub", ["planes", "mean"], ["centered"]),
        helper.make_node("Div", ["centered", "deviation"], ["x"]),
        helper.make_node("Conv", ["x", "features.0.weight"], ["map"], kernel_shape=[3, 3], strides=[2, 2],
                         pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["map", *norm], ["normalized"], epsilon=1e-5),
        helper.make_node("Relu", ["normalized"], ["active"]),
        helper.make_node("GlobalAveragePool", ["active"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["row"], axis=1),
        helper.make_node("Gemm", ["row", "head", "classifier.bias"], ["logits"], transB=1),
    ]
    used = ["features.0.weight", *norm, "classifier.bias"]
    model = helper.make_model(
        helper.make_graph(
            nodes, "network",
            [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["N", SIDE, SIDE, 3])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(CLASSES)])],
            [external(name, state[name]) for name in used]
            + [external("head", state["classifier.weight"], "classifier.weight")]
            + [constant("mean", [255 * value for value in MEAN]),
               constant("deviation", [255 * value for value in DEVIATION])],
        ),
        ir_version=8, opset_imports=[helper.make_opsetid("", 17)],
    )
    return model.SerializeToString(deterministic=True)


def main() -> None:
    torch.set_num_threads(1)
    network = fill(Network()).eval()
    state = network.state_dict()
    description = {
        "version": 3,
        "model": {
            "architecture": "golden", "classes": CLASSES,
            "preprocessing": {"resizeShortSide": 14, "interpolation": "bilinear", "cropSize": SIDE, "mean": MEAN,
                              "standardDeviation": DEVIATION, "appliesOrientation": True},
        },
        "graph": {"input": "pixels", "output": "logits", "activation": "softmax"},
    }
    metadata = {"format": "pt", "apus": json.dumps(description),
                "apus-graph": base64.b64encode(graph(state)).decode()}
    path = FOLDER / "graph.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata=metadata)
    path.chmod(0o644)
    report(path)

    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (9, SIDE, SIDE, 3), generator=generator)
    pixels = (pixels * torch.rand(9, 1, 1, 3, generator=generator)).to(torch.uint8)
    with torch.no_grad():
        mean, deviation = torch.tensor(MEAN), torch.tensor(DEVIATION)
        logits = network(((pixels / 255 - mean) / deviation).permute(0, 3, 1, 2))
    write_tensors(FOLDER / "graph-images.safetensors", {"pixels": pixels, "logits": logits})


if __name__ == "__main__":
    main()
