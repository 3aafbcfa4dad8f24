#!/usr/bin/env python3
"""Checks that ONNX Runtime computes the same results from ONNX files of Apus as PyTorch.

    scripts/checks/onnx_files.py [--networks NAME,...] [swift-test-option ...]

Runs the tests `ONNXFilesTests`, which write files to a temporary folder, and compares
- every operator case of `OperatorCase.swift` with the results of LibTorch, at batch sizes 1 and 3;
- every network of the zoo, at batch sizes 1, 3 and 32, with torchvision's own, both with the weights of the formula in
  `scripts/goldens/goldens.py`; the names of the parameters with those of torchvision's state dict.
`onnx.checker` must accept each file. Needs torch, torchvision, onnx, onnxruntime, safetensors; exits with 1 if
something differs.
"""

import re
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
from safetensors.numpy import load_file

from checks import Check, swift_test
from goldens import build, fill, formula

BATCHES = (1, 3, 32)
check = Check()


def session(path: Path) -> onnxruntime.InferenceSession:
    onnx.checker.check_model(str(path), full_check=True)
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def difference(value: numpy.ndarray, expected: numpy.ndarray) -> float:
    """The largest difference, relative to the largest value if that exceeds 1."""
    if value.shape != expected.shape:
        return float("inf")
    return float(numpy.abs(value - expected).max() / max(1, numpy.abs(expected).max()))


def check_operators(folder: Path) -> None:
    for path in sorted(folder.glob("operator-*.onnx"), key=lambda path: int(path.stem.split("-")[1])):
        title = onnx.load(path, load_external_data=False).metadata_props[0].value
        runtime, tensors = session(path), load_file(path.with_suffix(".safetensors"))
        worst = max(
            difference(runtime.run(None, {"pixels": tensors[f"pixels{batch}"]})[0], tensors[f"result{batch}"])
            for batch in (1, 3)
        )
        check(worst <= 1e-5, f"{title}: {worst:.1e}")


def check_network(path: Path) -> None:
    name = path.stem
    model = fill(build(name)).eval()
    runtime = session(path)

    written = {tensor.name: tensor for tensor in onnx.load(path).graph.initializer}
    # Auxiliary heads are not used in evaluation.
    left_out = re.compile(r"aux|.*num_batches_tracked$", re.IGNORECASE)
    state = {key: value for key, value in model.state_dict().items() if not left_out.match(key)}
    same = all(
        key in written and numpy.array_equal(onnx.numpy_helper.to_array(written[key]), value.numpy())
        for key, value in state.items()
    )
    check(same, f"{name}: {len(state)} parameters and buffers")

    side = runtime.get_inputs()[0].shape[2]
    for batch in BATCHES:
        images = formula(batch, 3, side, side)
        with torch.inference_mode():
            expected = model(images).numpy()
        found = difference(runtime.run(["logits"], {"input": images.numpy()})[0], expected)
        check(found <= 1e-4, f"{name}, batch {batch}: {found:.1e}, greatest logit {numpy.abs(expected).max():.3g}")


def main() -> None:
    options, networks = sys.argv[1:], None
    if options[:1] == ["--networks"]:
        networks, options = options[1].split(","), options[2:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        swift_test("ONNXFilesTests/operators", options, APUS_ONNX=name)
        check_operators(folder)
        for network in networks or (folder / "networks.txt").read_text().split():
            skipping = [*options, "--skip-build"]
            swift_test("ONNXFilesTests/network", skipping, APUS_ONNX=name, APUS_ONNX_NETWORK=network)
            path = folder / f"{network}.onnx"
            check_network(path)
            path.unlink()
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
