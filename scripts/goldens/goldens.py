"""Shared code of the scripts in this folder: torchvision with any build of PyTorch, formulas, replacements, and files.

Weights and input images are not stored: the tests compute them from the formulas here.
"""

import argparse
import io
import json
import math
import os
import zlib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

if version("torch").partition("+")[2] != version("torchvision").partition("+")[2]:
    # torchvision's compiled part does not load with a torch of another build; its Python part needs only these names.
    for operator in ("nms", "qnms"):
        torch.library.define(f"torchvision::{operator}", "(Tensor a, Tensor b, float c) -> Tensor")

import torchvision  # noqa: E402
from torchvision import transforms  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "Tests" / "Goldens"
DATA = Path(os.environ.get("APUS_TEST_DATA") or ROOT.parent / "shared" / "data")
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
FILTERS = {"bilinear": transforms.InterpolationMode.BILINEAR, "bicubic": transforms.InterpolationMode.BICUBIC}


# The formulas that both sides compute

MODULUS = 2147483647


def uniform(count: int, k: int) -> torch.Tensor:
    """`count` doubles in [0, 1) from a hash of position and tensor number.

    Every product stays below 2^62, so int64 suffices. The squares matter: without them neighbors form a lattice, which
    convolutions of a smooth image add up.
    """
    h = torch.arange(count, dtype=torch.int64)
    h = (h * 1103515245 + (k + 1) * 12345 + 7) % MODULUS
    h = (h * h) % MODULUS
    h = (h * 48271) % MODULUS
    h = (h * h) % MODULUS
    return h.to(torch.float64) / MODULUS


def formula(*shape: int, k: int = -1, scale: float = 1.0) -> torch.Tensor:
    """A float32 tensor of values in [-scale, scale); an input has k = -1."""
    return ((uniform(math.prod(shape), k) * 2 - 1) * scale).to(torch.float32).reshape(shape)


def fill(module: nn.Module) -> nn.Module:
    """Overwrite every entry of the state dict by the formula, k being the entry's position.

    Variances of 1 to 3 keep the logits of the deepest residual network below 100, where 1e-4 is significant.
    """
    with torch.no_grad():
        for k, (key, tensor) in enumerate(module.state_dict().items()):
            if key.endswith("num_batches_tracked"):
                tensor.zero_()
                continue
            if not tensor.is_floating_point():  # an index of positions belongs to the architecture
                continue
            u = uniform(tensor.numel(), k)
            if tensor.dim() >= 2:
                fan_in = tensor.numel() // tensor.shape[0]
                values = (u * 2 - 1) * math.sqrt(6 / fan_in)
            elif key.endswith(("bias", "running_mean")):
                values = (u - 0.5) * 0.2
            elif key.endswith("running_var"):
                values = u * 2 + 1
            else:  # weight of a normalization
                values = u + 0.5
            tensor.copy_(values.to(tensor.dtype).reshape(tensor.shape))
    return module


def noise(width: int, height: int) -> Image.Image:
    """Noise from a hash of each byte's position."""
    h = np.arange(width * height * 3, dtype=np.uint64) & 0xFFFFFFFF
    h = (h * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    h ^= h >> 13
    return Image.fromarray((h & 0xFF).astype(np.uint8).reshape(height, width, 3))


def scene(width: int, height: int) -> Image.Image:
    """A smooth image with a few edges, which survives compression."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 128 + 120 * np.sin(x / 5 + y / 9)
    green = 255 * x / max(1, width - 1)
    blue = np.where((x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2, 230, 40)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).clip(0, 255).astype(np.uint8))


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# torchvision

class SmallCNN(nn.Module):
    """Five stages of (convolution, ReLU) twice and max pooling, then a classifier of two layers; for 256 x 256."""

    def __init__(self, num_classes: int = 10):
        super().__init__()
        channels = [3, 16, 16, 32, 32, 64, 64, 128, 128, 256, 256]
        layers: list[nn.Module] = []
        for i in range(0, 10, 2):
            layers += [nn.Conv2d(channels[i], channels[i + 1], 3), nn.ReLU()]
            layers += [nn.Conv2d(channels[i + 1], channels[i + 2], 3), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(0.25), nn.Linear(4096, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, num_classes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


def build(name: str, init_weights: bool = True) -> nn.Module:
    """A network of the zoo with new weights."""
    if name == "small_cnn":
        return SmallCNN()
    options = {"init_weights": init_weights} if name in ("googlenet", "inception_v3") else {}
    return torchvision.models.get_model(name, weights=None, **options)


def preprocessing(resize: int = 256, crop: int = 224) -> transforms.Compose:
    """The preprocessing of evaluation."""
    return transforms.Compose([transforms.Resize(resize), transforms.CenterCrop(crop), transforms.ToTensor(),
                               transforms.Normalize(MEAN, DEVIATION)])


class ScriptedTorch:
    """Replaces `torch` inside torchvision's `get_params`, and returns numbers that were drawn before.

    The drawn position is the last one at which the rectangle fits, so that the range is tested too.
    """

    def __init__(self, shares: list[float], ratios: list[float]):
        self.shares, self.ratios = iter(shares), iter(ratios)
        self.item = lambda: next(self.shares)

    def tensor(self, value):
        return np.zeros(3) if value == [0.0] else value

    def log(self, ratio):
        return ratio

    def empty(self, count):
        return self

    def uniform_(self, low, high):
        return self

    def exp(self, value):
        return Number(next(self.ratios))

    def randint(self, low, high, size):
        return Number(high - 1)


class Number:
    def __init__(self, value):
        self.item = lambda: value


# Files

def write_groups(doc: str, groups: dict, real: tuple[str, ...] = ()) -> None:
    """Calls the functions of the groups on the command line, by default all; `real` groups need real data."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("group", nargs="*", default=list(groups), help="the groups to write; by default all")
    for name in parser.parse_args().group:
        if name not in groups:
            parser.error(f"unknown group {name!r}; available: {', '.join(groups)}")
        if name in real and not DATA.is_dir():
            print(f"{name}: skipped, no data at {DATA}: set APUS_TEST_DATA to their folder")
        else:
            groups[name]()


def write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Copies: safetensors refuses views of one memory.
    copies = {name: tensor.detach().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    save_file(copies, path)
    path.chmod(0o644)
    report(path)


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    report(path)


def write_table(path: Path, *rows: tuple) -> None:
    write_text(path, "".join("\t".join(map(str, row)) + "\n" for row in rows))


def listed(values: list, indent: str = "") -> str:
    """JSON with one line per element."""
    elements = f",\n{indent}".join(json.dumps(value, ensure_ascii=False) for value in values)
    return f"[\n{indent}{elements}\n{indent[1:]}]"


def write_json(path: Path, fields: dict, indent: str = "") -> None:
    """One line per field, and one line per element if a field is a list of objects."""
    lines = []
    for name, value in fields.items():
        is_long = isinstance(value, list) and value and isinstance(value[0], dict)
        text = listed(value, indent * 2) if is_long else json.dumps(value, ensure_ascii=False)
        lines.append(f'{indent}"{name}": {text}')
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def report(path: Path) -> None:
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes", flush=True)


def crc(image: Image.Image) -> int:
    return zlib.crc32(image.tobytes())


def type_name(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def digest(tensor: torch.Tensor) -> dict:
    """The summary of a tensor that is too large to store."""
    values = tensor.detach().to(torch.float64).flatten()
    return {
        "sum": values.sum().item(),
        "absoluteSum": values.abs().sum().item(),
        "first": values[0].item(),
        "last": values[-1].item(),
    }
