#!/usr/bin/env python3
"""Write the golden files that the Swift tests compare with: what PyTorch and torchvision compute.

    goldens.py [--data ../shared/data] [group ...]

Groups (all but `pretrained` and `classes`, which need --data, run without any data):

    layers      Tests/Goldens/nn/layers.safetensors, initialisation.json: forward and backward of single layers
    transformers  Tests/Goldens/models/transformers.safetensors: positions, and windows, for other sizes of pictures
    optimisers  Tests/Goldens/nn/optimisers.safetensors: five steps of SGD, Adam and AdamW; more in goldens_training.py
    tensors     Tests/Goldens/torch/operators.safetensors: results of tensor operators
    weights     Tests/Goldens/models/weights.tsv: every entry of torchvision's weights enumerations
    pretrained  Tests/Goldens/models/*-pretrained.tsv: top-1 class and its logit for every ImageNet photo
    classes     Sources/TorchVision/Resources/imagenet_classes.tsv: index, WordNet id, torchvision's class name

No weights are stored: both sides compute them from the formula in `formula` and `fill`.
Written with torch 2.13.0, torchvision 0.28.0, Pillow 13.0.0, safetensors 0.8.0.
"""

import argparse
import json
import math
from importlib.metadata import version
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from safetensors.torch import save_file

if version("torch").partition("+")[2] != version("torchvision").partition("+")[2]:
    # torchvision's compiled part does not load beside a torch of another build; its Python part only wants these names.
    for operator in ("nms", "qnms"):
        torch.library.define(f"torchvision::{operator}", "(Tensor a, Tensor b, float c) -> Tensor")

import torchvision  # noqa: E402
from torchvision import transforms  # noqa: E402
from torchvision.models._meta import _IMAGENET_CATEGORIES  # noqa: E402
from torchvision.models import swin_transformer  # noqa: E402
from torchvision.models.vision_transformer import interpolate_embeddings  # noqa: E402
from torchvision.ops import SqueezeExcitation, StochasticDepth  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
GOLDENS = ROOT / "Tests" / "Goldens"


# The formula that both sides compute

MODULUS = 2147483647


def uniform(count: int, k: int) -> torch.Tensor:
    """`count` doubles in [0, 1) from a hash of position and tensor number.

    Every product stays below 2^62, so int64 suffices. The squares matter: without them neighbours form a lattice, which
    convolutions of a smooth picture add up.
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

    Variances of 1 to 3 keep the logits of the deepest residual network below 100, where 1e-4 means something.
    """
    with torch.no_grad():
        for k, (key, tensor) in enumerate(module.state_dict().items()):
            if key.endswith("num_batches_tracked"):
                tensor.zero_()
                continue
            if not tensor.is_floating_point():  # an index of places belongs to the architecture
                continue
            u = uniform(tensor.numel(), k)
            if tensor.dim() >= 2:
                fan_in = tensor.numel() // tensor.shape[0]
                values = (u * 2 - 1) * math.sqrt(6 / fan_in)
            elif key.endswith(("bias", "running_mean")):
                values = (u - 0.5) * 0.2
            elif key.endswith("running_var"):
                values = u * 2 + 1
            else:  # weight of a normalisation
                values = u + 0.5
            tensor.copy_(values.to(tensor.dtype).reshape(tensor.shape))
    return module


# Files

def write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Copies: safetensors refuses views of one memory.
    copies = {name: tensor.detach().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    save_file(copies, path)
    report(path)


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    report(path)


def write_json(path: Path, fields: dict) -> None:
    """One line a field, and one line an element where a field is a list of objects."""
    lines = []
    for name, value in fields.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            elements = ",\n  ".join(json.dumps(element, ensure_ascii=False) for element in value)
            lines.append(f' "{name}": [\n  {elements}\n ]')
        else:
            lines.append(f' "{name}": {json.dumps(value, ensure_ascii=False)}')
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def report(path: Path) -> None:
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes", flush=True)


def digest(tensor: torch.Tensor) -> dict:
    """What stands for a tensor that is too large to store."""
    values = tensor.detach().to(torch.float64).flatten()
    return {
        "sum": values.sum().item(),
        "absoluteSum": values.abs().sum().item(),
        "first": values[0].item(),
        "last": values[-1].item(),
    }


def describe(state: dict[str, torch.Tensor]) -> list[dict]:
    """Key, type, shape and digest of each entry of a state dict."""
    return [
        {"key": key, "dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), **digest(tensor)}
        for key, tensor in state.items()
    ]


# networks

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


# layers

class SelfAttention(nn.MultiheadAttention):
    """The same tensor for query, key and value."""

    def __init__(self, size: int, heads: int):
        super().__init__(size, heads, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x, x, x, need_weights=False)[0]


class Drawn(nn.Module):
    """A tensor for each way to draw one: few numbers beyond the bounds, many, and almost all."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Parameter(nn.init.trunc_normal_(torch.empty(40, 30), mean=0.1, std=0.02))
        self.narrow = nn.Parameter(nn.init.trunc_normal_(torch.empty(40, 30), std=1.5, a=-1, b=2))
        self.tail = nn.Parameter(nn.init.trunc_normal_(torch.empty(40, 30), std=0.5, a=0.4, b=0.9))
        self.xavier = nn.Parameter(nn.init.xavier_uniform_(torch.empty(6, 5, 3, 2)))


LAYERS = {  # name: (layer, shape of the input)
    "conv2d": (lambda: nn.Conv2d(3, 8, 3), (2, 3, 9, 11)),
    "conv2d-stride-padding": (lambda: nn.Conv2d(3, 4, 5, stride=2, padding=2), (2, 3, 9, 11)),
    "conv2d-rectangle": (lambda: nn.Conv2d(3, 4, (3, 1), stride=(1, 2), padding=(1, 0)), (2, 3, 9, 11)),
    "conv2d-dilation": (lambda: nn.Conv2d(3, 4, 3, dilation=2, bias=False), (2, 3, 9, 11)),
    "conv2d-groups": (lambda: nn.Conv2d(4, 8, 3, padding=1, groups=2), (2, 4, 6, 7)),
    "conv2d-depthwise": (lambda: nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False), (2, 6, 6, 7)),
    "linear": (lambda: nn.Linear(10, 5), (4, 10)),
    "linear-no-bias": (lambda: nn.Linear(10, 5, bias=False), (2, 3, 10)),
    "batchnorm2d": (lambda: nn.BatchNorm2d(4), (3, 4, 5, 6)),
    "batchnorm2d-eps-momentum": (lambda: nn.BatchNorm2d(4, eps=1e-3, momentum=0.01), (3, 4, 5, 6)),
    "maxpool2d": (lambda: nn.MaxPool2d(2), (2, 3, 7, 9)),
    "maxpool2d-stride-padding": (lambda: nn.MaxPool2d(3, stride=2, padding=1), (2, 3, 7, 9)),
    "maxpool2d-ceil": (lambda: nn.MaxPool2d(3, stride=2, ceil_mode=True), (2, 3, 8, 10)),
    "avgpool2d": (lambda: nn.AvgPool2d(2), (2, 3, 7, 9)),
    "avgpool2d-padding": (lambda: nn.AvgPool2d(3, stride=2, padding=1), (2, 3, 7, 9)),
    "avgpool2d-ceil": (lambda: nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
                       (2, 3, 8, 10)),
    "adaptive-avgpool2d-1": (lambda: nn.AdaptiveAvgPool2d(1), (2, 3, 7, 9)),
    "adaptive-avgpool2d-7": (lambda: nn.AdaptiveAvgPool2d(7), (2, 3, 13, 9)),
    "adaptive-avgpool2d-6x3": (lambda: nn.AdaptiveAvgPool2d((6, 3)), (2, 3, 5, 11)),
    "adaptive-maxpool2d-1": (lambda: nn.AdaptiveMaxPool2d(1), (2, 3, 7, 9)),
    "adaptive-maxpool2d-4x5": (lambda: nn.AdaptiveMaxPool2d((4, 5)), (2, 3, 7, 9)),
    "relu": (lambda: nn.ReLU(), (3, 7)),
    "relu6": (lambda: nn.ReLU6(), (3, 7)),
    "leaky-relu": (lambda: nn.LeakyReLU(0.2), (3, 7)),
    "elu": (lambda: nn.ELU(0.7), (3, 7)),
    "sigmoid": (lambda: nn.Sigmoid(), (3, 7)),
    "tanh": (lambda: nn.Tanh(), (3, 7)),
    "silu": (lambda: nn.SiLU(), (3, 7)),
    "gelu": (lambda: nn.GELU(), (3, 7)),
    "hardsigmoid": (lambda: nn.Hardsigmoid(), (3, 7)),
    "hardswish": (lambda: nn.Hardswish(), (3, 7)),
    "squeeze-excitation": (lambda: SqueezeExcitation(6, 3, activation=nn.SiLU), (2, 6, 5, 4)),
    "stochastic-depth": (lambda: StochasticDepth(0.3, "row"), (16, 2, 3, 4)),
    "layernorm": (lambda: nn.LayerNorm(7), (2, 5, 7)),
    "layernorm-eps": (lambda: nn.LayerNorm(7, eps=1e-2), (4, 7)),
    "multihead-attention": (lambda: SelfAttention(12, 3), (2, 5, 12)),
    "multihead-attention-even": (lambda: SelfAttention(8, 2), (3, 17, 8)),
    "flatten": (lambda: nn.Flatten(), (2, 3, 4)),
    "identity": (lambda: nn.Identity(), (2, 3, 4)),
}

INITIALISED = {  # with a seed of 0 before each
    "conv2d": lambda: nn.Conv2d(3, 8, 3),
    "conv2d-groups": lambda: nn.Conv2d(8, 8, 3, groups=4, bias=False),
    "linear": lambda: nn.Linear(10, 5),
    "batchnorm2d": lambda: nn.BatchNorm2d(4),
    "layernorm": lambda: nn.LayerNorm(7),
    "multihead-attention": lambda: SelfAttention(12, 3),
    "drawn": Drawn,
    "sequential": lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Linear(8, 5)),
}


def layers() -> None:
    tensors = {}
    for name, (build, shape) in LAYERS.items():
        torch.manual_seed(0)
        # An activation's input goes beyond its bends.
        images = formula(*shape, scale=10.0 if shape == (3, 7) else 1.0)
        tensors |= {f"{name}/{key}": value for key, value in differentiated(fill(build()).train(), images).items()}
        if name.startswith("batchnorm2d"):
            layer = fill(build()).train()
            layer(images)
            tensors |= {f"{name}/{key}": value for key, value in layer.named_buffers()}
            tensors[f"{name}/evaluation"] = fill(build()).eval()(images)
        if name.startswith("multihead-attention"):
            with torch.no_grad():  # PyTorch's fast way, where the number of heads is even
                tensors[f"{name}/evaluation"] = fill(build()).eval()(images)
    tensors |= cross_entropies()
    write_tensors(GOLDENS / "nn" / "layers.safetensors", tensors)

    initialised = []
    for name, build in INITIALISED.items():
        torch.manual_seed(0)
        initialised.append({"name": name, "state": describe(build().state_dict())})
    write_json(GOLDENS / "nn" / "initialisation.json", {"layers": initialised})


def differentiated(layer: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Output, and gradients of sum(output * weights) where the weights are another formula (k = -2)."""
    images.requires_grad_(True)
    output = layer(images)
    (output * formula(*output.shape, k=-2)).sum().backward()
    gradients = {f"gradient.{key}": parameter.grad for key, parameter in layer.named_parameters()}
    return {"output": output, "gradient.input": images.grad, **gradients}


def cross_entropies() -> dict[str, torch.Tensor]:
    """Logits [6, 5] of the formula with scale 4, labels i mod 5."""
    labels = torch.arange(6) % 5
    cases = {
        "mean": {},
        "sum": {"reduction": "sum"},
        "none": {"reduction": "none"},
        "smoothing": {"label_smoothing": 0.1},
        "weights": {"weight": formula(5, k=-3, scale=0.5) + 1},
        "weights-smoothing": {"weight": formula(5, k=-3, scale=0.5) + 1, "label_smoothing": 0.2},
    }
    tensors = {}
    for name, options in cases.items():
        logits = formula(6, 5, scale=4.0).requires_grad_(True)
        loss = F.cross_entropy(logits, labels, **options)
        loss.sum().backward()
        tensors |= {f"cross-entropy-{name}/output": loss, f"cross-entropy-{name}/gradient.input": logits.grad}
    return tensors


# transformers

def transformers() -> None:
    """A vision transformer's positions for 7 by 7 patches, made into those for 10 by 10 and 3 by 3; and of small Swin
    transformers, where windows reach beyond the picture or one covers a dimension, logits and the input's gradient."""
    given, tensors = formula(1, 50, 8), {}
    for side in (10, 3):
        state = interpolate_embeddings(16 * side, 16, {"encoder.pos_embedding": given})
        tensors[f"positions/{side}"] = state["encoder.pos_embedding"]
    versions = {
        "v1": {},
        "v2": {"block": swin_transformer.SwinTransformerBlockV2, "downsample_layer": swin_transformer.PatchMergingV2},
    }
    for version_name, options in versions.items():
        model = swin_transformer.SwinTransformer([4, 4], 16, [2, 2], [2, 4], [4, 4], num_classes=5, **options)
        fill(model).eval()
        for height, width in ((52, 36), (60, 16), (16, 19), (8, 4)):
            values = differentiated(model, formula(2, 3, height, width))
            for key in ("output", "gradient.input"):
                tensors[f"{version_name}/{height}x{width}/{key}"] = values[key]
    write_tensors(GOLDENS / "models" / "transformers.safetensors", tensors)


# optimisers

OPTIMISERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd-momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "sgd-nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "sgd-weight-decay": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    "sgd-dampening": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adam-betas": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-6),
    "adam-weight-decay": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01),
    "adamw-weight-decay": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "sgd-step-lr": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam-step-lr": lambda p: torch.optim.Adam(p, lr=0.01),
}


def optimisers() -> None:
    """Five steps on ten fixed samples; where the name ends in -step-lr, StepLR(2, 0.5) is stepped after each."""
    samples, labels = formula(10, 6), torch.arange(10) % 3
    tensors = {}
    for name, build in OPTIMISERS.items():
        model = fill(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)))
        optimiser = build(model.parameters())
        schedule = torch.optim.lr_scheduler.StepLR(optimiser, 2, 0.5) if name.endswith("step-lr") else None
        for step in range(1, 6):
            optimiser.zero_grad()
            F.cross_entropy(model(samples), labels).backward()
            optimiser.step()
            if schedule:
                schedule.step()
            tensors |= {f"{name}/{step}/{key}": value.clone() for key, value in model.state_dict().items()}
    write_tensors(GOLDENS / "nn" / "optimisers.safetensors", tensors)


# tensors

def tensors() -> None:
    """a [3, 4], b [4, 5], c [3, 4], batch [2, 3, 4]: formulas with k = -1, -2, -3, -4; n [6] int64."""
    a, b, c, batch = formula(3, 4), formula(4, 5, k=-2), formula(3, 4, k=-3), formula(2, 3, 4, k=-4)
    n = torch.tensor([3, 1, 2, 0, 2, 1])
    results = {
        "add": a + c, "subtract": a - c, "multiply": a * c, "divide": a / c, "negate": -a,
        "add-scalar": a + 1.5, "scalar-subtract": 2 - a, "multiply-scalar": a * 3, "divide-scalar": a / 4,
        "scalar-divide": 4 / a, "add-broadcast": a + c[0], "add-integers": n + 2, "divide-integers": n / 2,
        "remainder": n % 2, "power": a.pow(2), "square-root": a.abs().sqrt(), "exp": a.exp(), "log": a.abs().log(),
        "abs": a.abs(), "clamp": a.clamp(-0.5, 0.25), "clamp-low": a.clamp(min=0), "sigmoid": a.sigmoid(),
        "tanh": a.tanh(), "maximum": torch.maximum(a, c),
        "matmul": a @ b, "matmul-batch": batch @ b, "matmul-vector": a @ b[:, 0],
        "softmax-1": a.softmax(1), "log-softmax-0": a.log_softmax(0),
        "sum": a.sum(), "sum-1": a.sum(1), "sum-0-keep": a.sum(0, keepdim=True), "sum-dims": batch.sum((0, 2)),
        "sum-integers": n.sum(),
        "mean": a.mean(), "mean-0": a.mean(0), "mean-dims-keep": batch.mean((1, 2), keepdim=True),
        "variance": a.var(), "variance-1": a.var(1), "variance-1-population": a.var(1, correction=0),
        "max": a.max(), "min": a.min(), "norm": a.norm(),
        "argmax": a.argmax(), "argmax-1": a.argmax(1), "argmin-0-keep": a.argmin(0, keepdim=True),
        "topk-2": a.topk(2, 1).values, "topk-2-indices": a.topk(2, 1).indices,
        "transpose": a.t(), "permute": batch.permute(2, 0, 1), "reshape": a.reshape(2, 6),
        "reshape-infer": batch.reshape(-1, 4), "flatten-1": batch.flatten(1), "squeeze": a[:, None].squeeze(1),
        "unsqueeze": a.unsqueeze(0), "expand": c[:1].expand(3, 4),
        "select": a[1], "select-1-last": a[:, -1], "narrow": a.narrow(1, 1, 2), "slice-step": a[:, ::2],
        "index-select": b.index_select(0, n), "gather": a.gather(1, n[:3].unsqueeze(1)), "index-mask": a[a > 0],
        "where": torch.where(a > c, a, c), "masked-fill": a.masked_fill(a < 0, 9),
        "cat-0": torch.cat([a, c]), "cat-1": torch.cat([a, c], 1), "stack-0": torch.stack([a, c]),
        "stack-2": torch.stack([a, c], 2), "split-1": a.split(3, 1)[1], "unbind-1": a.unbind(1)[2],
        "flip-1": a.flip(1), "as-strided": a.as_strided((2, 2), (1, 4), 2),
        "equal": n == 2, "not-equal": n != 1, "greater": a > c, "less": a < c, "less-scalar": a < 0.25,
        "less-equal": a <= c, "greater-equal": n >= 2, "logical-not": ~(a > 0), "any": (a > 0).any(),
        "all": (a > 0).all(), "is-finite": (a / 0).isfinite(), "one-hot": F.one_hot(n, 4),
        "arange": torch.arange(2, 11, 3), "eye": torch.eye(3), "full": torch.full((2, 3), 1.25),
        "to-int64": (a * 10).to(torch.int64), "to-uint8": (a.abs() * 50).to(torch.uint8),
        "to-float64": a.to(torch.float64), "to-float16": a.to(torch.float16), "to-bfloat16": a.to(torch.bfloat16),
        "to-bool": a > 0,
    }
    x, w = a.clone().requires_grad_(True), b.clone().requires_grad_(True)
    ((x @ w).sigmoid() * x.sum(1, keepdim=True)).mean().backward()
    results |= {"backward-a": x.grad, "backward-b": w.grad}
    torch.manual_seed(0)
    results |= {"random-uniform": torch.rand(2, 3), "random-normal": torch.randn(2, 3),
                "random-permutation": torch.randperm(10)}
    write_tensors(GOLDENS / "torch" / "operators.safetensors", results)


# weights

def weights() -> None:
    names = ("network", "weights", "default", "url", "sha256", "resize", "crop", "interpolation", "mean", "deviation",
             "categories", "top1", "top5", "parameters", "gigaflops")
    lines = ["\t".join(names)]
    for name in torchvision.models.list_models(torchvision.models, exclude="maxvit*"):
        enumeration = torchvision.models.get_model_weights(name)
        for entry in enumeration:
            prepare, meta = entry.transforms(), entry.meta
            accuracy = meta["_metrics"]["ImageNet-1K"]
            digest = torch.hub.HASH_REGEX.search(entry.url)
            cells = (name, entry.name, entry is enumeration.DEFAULT, entry.url, digest.group(1) if digest else "",
                     *prepare.resize_size, *prepare.crop_size, prepare.interpolation.value,
                     ",".join(map(str, prepare.mean)), ",".join(map(str, prepare.std)), len(meta.get("categories") or []),
                     accuracy["acc@1"], accuracy["acc@5"], meta["num_params"], meta["_ops"])
            lines.append("\t".join(map(str, cells)))
    write_text(GOLDENS / "models" / "weights.tsv", "\n".join(lines) + "\n")


# pretrained, classes

PRETRAINED = {  # network: (file of weights, folders of photos)
    "mobilenet_v2": ("mobilenet_v2-b0353104.pth", ("imagenet_samples_256", "imagenette_224/val")),
    "squeezenet1_1": ("squeezenet1_1-torchvision-fp16rounded.pth", ("imagenet_samples_256",)),
}


def pretrained(data: Path) -> None:
    for name, (weights, folders) in PRETRAINED.items():
        write_best_classes(data, name, weights, folders)


def write_best_classes(data: Path, name: str, weights: str, folders: tuple[str, ...]) -> None:
    """Through Pillow and torchvision's transforms, one picture at a time; EXIF orientation is not applied."""
    from PIL import Image

    model = torchvision.models.get_model(name, weights=None).eval()
    model.load_state_dict(torch.load(data / "weights" / weights, weights_only=True))
    prepare = transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ])
    lines, smallest_margin = ["path\tindex\tlogit"], math.inf
    with torch.inference_mode():
        for folder in folders:
            for path in sorted((data / "datasets" / folder).rglob("*")):
                if path.is_dir():
                    continue
                with Image.open(path) as image:
                    logits = model(prepare(image.convert("RGB")).unsqueeze(0))[0]
                top, runner_up = logits.topk(2).values.tolist()
                smallest_margin = min(smallest_margin, top - runner_up)
                lines.append(f"{path.relative_to(data / 'datasets')}\t{logits.argmax().item()}\t{top:.6f}")
    write_text(GOLDENS / "models" / f"{name}-pretrained.tsv", "\n".join(lines) + "\n")
    print(f"{name}: smallest distance of the best logit from the second best {smallest_margin:.2e}")


def classes(data: Path) -> None:
    lines = (data / "weights" / "imagenet_classes.tsv").read_text(encoding="utf-8").splitlines()
    for index, (line, category) in enumerate(zip(lines, _IMAGENET_CATEGORIES, strict=True)):
        number, identifier, name = line.split("\t")
        if int(number) != index or name != category or not identifier.startswith("n"):
            raise SystemExit(f"class {index}: {line!r} is not torchvision's {category!r}")
    write_text(ROOT / "Sources" / "TorchVision" / "Resources" / "imagenet_classes.tsv", "\n".join(lines) + "\n")


GROUPS = {"layers": layers, "transformers": transformers, "optimisers": optimisers,
          "tensors": tensors, "weights": weights}
DATA_GROUPS = {"pretrained": pretrained, "classes": classes}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of real data")
    parser.add_argument("group", nargs="*", help="what to write; everything by default")
    arguments = parser.parse_args()
    for name in arguments.group or [*GROUPS, *DATA_GROUPS]:
        if name in GROUPS:
            GROUPS[name]()
        elif name in DATA_GROUPS:
            DATA_GROUPS[name](arguments.data)
        else:
            parser.error(f"no group {name!r}; there are {', '.join([*GROUPS, *DATA_GROUPS])}")


if __name__ == "__main__":
    main()
