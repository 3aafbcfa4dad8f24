#!/usr/bin/env python3
"""Checks that model files are complete without Apus: ONNX Runtime computes the same logits from them.

    scripts/checks/model_files.py [--apus PATH] [--networks NAME,...]

Trains each network for an epoch on generated images, with random weights; mobilenet_v2 starts from its published
weights if they are in PyTorch's cache. Reads the file as `docs/model-file.md` says, with the code of that page, and
- compares the pixels with torchvision's transforms;
- checks the graph with `onnx.checker`, and that each external tensor is one of the file;
- computes each image in ONNX Runtime, and compares with `apus predict --logits`: a difference of at most 1e-4, relative
  to the largest logit if that exceeds 1, the same class everywhere, and the same probability;
- does the same with the ONNX file of `apus export --with-preprocessing pixels`, which must have equal logits;
- loads the tensors into torchvision's network with `load_state_dict(strict=True)`.
Prints the size of each graph and of its constants. Needs torch, torchvision, onnx, onnxruntime, safetensors and Pillow;
exits with 1 if something differs.
"""

import base64
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from checks import ROOT, Apus, Check, parse, parser
from goldens import SmallCNN, torchvision, transforms

NETWORKS = ["small_cnn", "mobilenet_v2", "googlenet", "densenet121", "swin_t", "vit_b_16"]
CLASSES = ["blue", "green", "red"]
check = Check()
page: dict = {}


def read_page() -> None:
    """Runs the first block of Python on the page, which defines `read_model`, `read_pixels` and `probabilities`."""
    text = (ROOT / "docs" / "model-file.md").read_text()
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], page)


def write_images(folder: Path) -> list[Path]:
    """Images of three classes, in many sizes: a color with noise of its own."""
    random = numpy.random.default_rng(0)
    paths = []
    for channel, name in zip((2, 1, 0), CLASSES):
        (folder / name).mkdir(parents=True)
        for number in range(6):
            width, height = (int(side) for side in random.integers(180, 420, 2))
            small = random.integers(0, 160, (7, 5, 3))
            small[..., channel] += 90
            image = Image.fromarray(small.astype(numpy.uint8)).resize((width, height), Image.Resampling.BICUBIC)
            paths.append(folder / name / f"{number}.png")
            image.save(paths[-1])
    return paths


def check_pixels(folder: Path) -> None:
    """Compares `read_pixels` with torchvision's transforms, also for crops that are larger than the image."""
    random = numpy.random.default_rng(1)
    differing = 0
    for _ in range(60):
        width, height, side, crop = (int(number) for number in random.integers(16, 160, 4))
        kind = ("bilinear", "bicubic")[int(random.integers(0, 2))]
        image = Image.fromarray(random.integers(0, 256, (height, width, 3)).astype(numpy.uint8))
        image.save(folder / "noise.png")
        found = page["read_pixels"](folder / "noise.png", {
            "appliesOrientation": True, "resizeShortSide": side, "cropSize": crop, "interpolation": kind})
        resize = transforms.Resize(side, interpolation=transforms.InterpolationMode(kind))
        differing += not numpy.array_equal(found[0], numpy.asarray(transforms.CenterCrop(crop)(resize(image))))
    check(differing == 0, f"pixels: {60 - differing} of 60 images equal those of torchvision's transforms")


def has_weights(name: str) -> bool:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home = Path(os.environ.get("TORCH_HOME", cache / "torch"))
    return any((home / "hub" / "checkpoints").glob(f"{name}-*.pth"))


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def check_graph(name: str, path: Path, model: onnx.ModelProto) -> None:
    onnx.checker.check_model(model, full_check=True)
    with safe_open(path, "numpy") as file:
        names, text = set(file.keys()), file.metadata()["apus-graph"]
    graph = base64.b64decode(text, validate=True)
    tensors = onnx.load_model_from_string(graph).graph.initializer
    external = [tensor for tensor in tensors if tensor.data_location == onnx.TensorProto.EXTERNAL]
    inside = sum(len(tensor.raw_data) for tensor in tensors)
    check(all(tensor.name in names for tensor in external) and len(external) > 1,
          f"{name}: {len(external)} of {len(names)} tensors in the graph of {len(graph):,} bytes ({len(text):,} in the "
          f"file), {inside:,} of them constants; the file has {path.stat().st_size:,} bytes")


def check_logits(name: str, description: dict, model: onnx.ModelProto, found: list[dict]) -> list[numpy.ndarray]:
    runtime, preprocessing, graph = session(model), description["model"]["preprocessing"], description["graph"]
    rows, worst, likeliest, same = [], 0.0, 0.0, True
    for entry in found:
        pixels = page["read_pixels"](entry["file"], preprocessing)
        (logits,) = runtime.run([graph["output"]], {graph["input"]: pixels})
        expected = numpy.array(entry["logits"], numpy.float32)
        # Unlike Python's `max`, NumPy's gives NaN if one of the numbers is NaN.
        worst = numpy.maximum(worst, numpy.abs(logits[0] - expected).max() / max(1, numpy.abs(expected).max()))
        likeliest = numpy.maximum(
            likeliest, abs(page["probabilities"](logits, graph)[0].max() - entry["probability"]))
        same &= description["model"]["classes"][logits[0].argmax()] == entry["label"]
        rows.append(logits)
    check(worst <= 1e-4 and likeliest <= 1e-4 and same,
          f"{name}: {len(found)} images, logits {worst:.1e}, probabilities {likeliest:.1e}"
          f"{'' if same else ', another class'}")
    batch = numpy.concatenate([page["read_pixels"](entry["file"], preprocessing) for entry in found[:3]])
    (logits,) = runtime.run([graph["output"]], {graph["input"]: batch})
    difference = numpy.abs(logits - numpy.concatenate(rows[:3])).max() / max(1, numpy.abs(logits).max())
    check(difference <= 1e-4, f"{name}: a batch of 3, logits {difference:.1e}")
    return rows


def check_export(name: str, apus: Apus, path: Path, found: list[dict], description: dict,
                 rows: list[numpy.ndarray]) -> None:
    file = path.with_name("exported.onnx")
    apus("export", path, "--format", "onnx", "--with-preprocessing", "pixels", "--out", file)
    runtime = session(onnx.load(file))
    equal = all(
        numpy.array_equal(runtime.run(["logits"], {"pixels": page["read_pixels"](
            entry["file"], description["model"]["preprocessing"])})[0], row)
        for entry, row in zip(found[:4], rows))
    check(equal, f"{name}: the exported ONNX file has equal logits")


def check_state(name: str, path: Path) -> None:
    if name == "small_cnn":
        network = SmallCNN(len(CLASSES))
    else:
        options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        network = torchvision.models.get_model(name, weights=None, num_classes=len(CLASSES), **options)
    state = load_file(path)
    try:
        network.load_state_dict(state, strict=True)
        check(True, f"{name}: {len(state)} tensors are its state dict")
    except RuntimeError as error:
        check(False, f"{name}: {error}")


def main() -> None:
    flags = parser(__doc__)
    flags.add_argument("--networks", type=lambda text: text.split(","), default=NETWORKS)
    options, _ = parse(flags)
    apus = options.apus
    read_page()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_pixels(folder)
        images = write_images(folder / "photos")
        for network in options.networks:
            run = folder / network
            fresh = [] if network == "mobilenet_v2" and has_weights(network) else ["--fresh"]
            apus("train", folder / "photos", "--model", network, *fresh, "--epochs", 1, "--batch-size", 6,
                 "--no-report", "--out", run)
            path = run / "best.safetensors"
            found = [json.loads(line) for line in
                     apus("predict", path, *images, "--format", "json", "--logits").splitlines()]
            description, model = page["read_model"](path)
            check_graph(network, path, model)
            rows = check_logits(network, description, model, found)
            check_export(network, apus, path, found, description, rows)
            check_state(network, path)
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
