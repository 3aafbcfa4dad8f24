#!/usr/bin/env python3
"""Writes results of PyTorch and torchvision: tensors, layers, small transformers, optimizers.

    scripts/goldens/layers.py [GROUP ...]

    layers        Tests/Goldens/nn/layers.safetensors, initialization.json: forward and backward of single layers
    transformers  Tests/Goldens/models/transformers.safetensors: positions, and windows, for other sizes of images
    optimizers    Tests/Goldens/nn/optimizers.safetensors: five steps of SGD, Adam and AdamW; more in training.py
    tensors       Tests/Goldens/torch/operators.safetensors: results of tensor operators

Written with torch 2.13.0, torchvision 0.28.0, safetensors 0.8.0.
"""

import torch
from torch import nn
from torch.nn import functional as F

from goldens import GOLDENS, digest, fill, formula, type_name, write_groups, write_json, write_tensors
from torchvision.models import swin_transformer
from torchvision.models.vision_transformer import interpolate_embeddings
from torchvision.ops import SqueezeExcitation, StochasticDepth


# layers

class SelfAttention(nn.MultiheadAttention):
    """The same tensor for query, key and value."""

    def __init__(self, size: int, heads: int, bias: bool = True):
        super().__init__(size, heads, bias=bias, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x, x, x, need_weights=False)[0]


class Drawn(nn.Module):
    """A tensor for each way to draw one: few values out of bounds, many, and almost all."""

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
    "conv1d": (lambda: nn.Conv1d(3, 8, 3), (2, 3, 11)),
    "conv1d-groups": (lambda: nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False), (2, 4, 11)),
    "conv-transpose2d": (lambda: nn.ConvTranspose2d(3, 5, 3), (2, 3, 5, 6)),
    "conv-transpose2d-rectangle": (lambda: nn.ConvTranspose2d(3, 4, (3, 2), stride=(2, 3), padding=1,
                                                              output_padding=(1, 2)), (2, 3, 5, 6)),
    "conv-transpose2d-groups": (lambda: nn.ConvTranspose2d(4, 6, 3, dilation=2, groups=2, bias=False), (2, 4, 5, 6)),
    "linear": (lambda: nn.Linear(10, 5), (4, 10)),
    "linear-no-bias": (lambda: nn.Linear(10, 5, bias=False), (2, 3, 10)),
    "batchnorm2d": (lambda: nn.BatchNorm2d(4), (3, 4, 5, 6)),
    "batchnorm2d-eps-momentum": (lambda: nn.BatchNorm2d(4, eps=1e-3, momentum=0.01), (3, 4, 5, 6)),
    "batchnorm1d": (lambda: nn.BatchNorm1d(4), (6, 4)),
    "batchnorm1d-length": (lambda: nn.BatchNorm1d(4, momentum=0.3), (6, 4, 5)),
    "groupnorm": (lambda: nn.GroupNorm(3, 6), (2, 6, 4, 5)),
    "groupnorm-plain": (lambda: nn.GroupNorm(2, 6, eps=1e-3, affine=False), (3, 6, 7)),
    "instancenorm1d": (lambda: nn.InstanceNorm1d(4), (3, 4, 7)),
    "instancenorm1d-single": (lambda: nn.InstanceNorm1d(4, affine=True), (4, 7)),
    "instancenorm2d": (lambda: nn.InstanceNorm2d(4, eps=1e-3, affine=True), (3, 4, 5, 6)),
    "instancenorm2d-single": (lambda: nn.InstanceNorm2d(4), (4, 5, 6)),
    "instancenorm2d-tracking": (lambda: nn.InstanceNorm2d(4, momentum=0.2, affine=True, track_running_stats=True),
                                (3, 4, 5, 6)),
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
    "upsample-nearest": (lambda: nn.Upsample(scale_factor=2), (2, 3, 4, 5)),
    "upsample-nearest-fraction": (lambda: nn.Upsample(scale_factor=1.7), (2, 3, 4, 5)),
    "upsample-nearest-size": (lambda: nn.Upsample((7, 3)), (2, 3, 4, 5)),
    "upsample-nearest-exact": (lambda: nn.Upsample((7, 3), mode="nearest-exact"), (2, 3, 4, 5)),
    "upsample-bilinear": (lambda: nn.Upsample((7, 9), mode="bilinear"), (2, 3, 4, 5)),
    "upsample-bilinear-corners": (lambda: nn.Upsample(scale_factor=2.5, mode="bilinear", align_corners=True),
                                  (2, 3, 4, 5)),
    "upsample-bicubic": (lambda: nn.Upsample(scale_factor=1.6, mode="bicubic"), (2, 3, 4, 5)),
    "upsample-bicubic-corners": (lambda: nn.Upsample((9, 4), mode="bicubic", align_corners=True), (2, 3, 4, 5)),
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
    "multihead-attention-no-bias": (lambda: SelfAttention(12, 3, bias=False), (2, 5, 12)),
    "flatten": (lambda: nn.Flatten(), (2, 3, 4)),
    "identity": (lambda: nn.Identity(), (2, 3, 4)),
}

EMBEDDINGS = {"embedding": lambda: nn.Embedding(7, 4), "embedding-padding": lambda: nn.Embedding(7, 4, padding_idx=-2)}

ATTENTIONS = {  # name: (options of the layer, names of masks)
    "attention": ({}, ()),
    "attention-sizes": ({"kdim": 10, "vdim": 6}, ()),
    "attention-no-bias": ({"bias": False, "kdim": 10}, ()),
    "attention-padding": ({}, ("key_padding_mask",)),
    "attention-pairs": ({}, ("attn_mask",)),
    "attention-both": ({"kdim": 10}, ("key_padding_mask", "attn_mask_heads")),
}

INITIALIZED = {  # with a seed of 0 before each
    "conv1d": lambda: nn.Conv1d(3, 8, 3),
    "conv2d": lambda: nn.Conv2d(3, 8, 3),
    "conv2d-groups": lambda: nn.Conv2d(8, 8, 3, groups=4, bias=False),
    "conv-transpose2d": lambda: nn.ConvTranspose2d(4, 6, 3, groups=2),
    "linear": lambda: nn.Linear(10, 5),
    "embedding": lambda: nn.Embedding(7, 4),
    "embedding-padding": lambda: nn.Embedding(7, 4, padding_idx=-2),
    "batchnorm1d": lambda: nn.BatchNorm1d(4),
    "batchnorm2d": lambda: nn.BatchNorm2d(4),
    "layernorm": lambda: nn.LayerNorm(7),
    "groupnorm": lambda: nn.GroupNorm(3, 6),
    "instancenorm1d": lambda: nn.InstanceNorm1d(4),
    "instancenorm2d-tracking": lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
    "multihead-attention": lambda: SelfAttention(12, 3),
    "attention-sizes": lambda: nn.MultiheadAttention(12, 3, kdim=10, vdim=6),
    "attention-no-bias": lambda: nn.MultiheadAttention(12, 3, bias=False),
    "drawn": Drawn,
    "sequential": lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Linear(8, 5)),
}


def layers() -> None:
    tensors = {}
    for name, (build, shape) in LAYERS.items():
        torch.manual_seed(0)
        # An activation's input covers both sides of its kinks.
        images = formula(*shape, scale=10.0 if shape == (3, 7) else 1.0)
        tensors |= {f"{name}/{key}": value for key, value in differentiated(fill(build()).train(), images).items()}
        if list(build().buffers()):
            layer = fill(build()).train()
            layer(images)
            tensors |= {f"{name}/{key}": value for key, value in layer.named_buffers()}
            tensors[f"{name}/evaluation"] = fill(build()).eval()(images)
        if name.startswith("multihead-attention"):
            with torch.no_grad():  # PyTorch's fast path, for an even number of heads
                tensors[f"{name}/evaluation"] = fill(build()).eval()(images)
    tensors |= embeddings() | attentions() | cross_entropies()
    write_tensors(GOLDENS / "nn" / "layers.safetensors", tensors)

    initialized = []
    for name, build in INITIALIZED.items():
        torch.manual_seed(0)
        initialized.append({"name": name, "state": describe(build().state_dict())})
    write_json(GOLDENS / "nn" / "initialization.json", {"layers": initialized}, indent=" ")


def describe(state: dict[str, torch.Tensor]) -> list[dict]:
    """Key, type, shape and digest of each entry of a state dict."""
    return [{"key": key, "dtype": type_name(tensor), "shape": list(tensor.shape), **digest(tensor)}
            for key, tensor in state.items()]


def differentiated(layer: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Output, and gradients of sum(output * weights) where the weights are from another formula (k = -2)."""
    images.requires_grad_(True)
    output = layer(images)
    (output * formula(*output.shape, k=-2)).sum().backward()
    gradients = {f"gradient.{key}": parameter.grad for key, parameter in layer.named_parameters()}
    return {"output": output, "gradient.input": images.grad, **gradients}


def embeddings() -> dict[str, torch.Tensor]:
    """Rows 3 i mod 7 of a table, twice one of them: the vectors, and the gradient of the table."""
    tensors, indices = {}, (torch.arange(10) * 3 % 7).reshape(2, 5)
    for name, build in EMBEDDINGS.items():
        layer = fill(build())
        output = layer(indices)
        (output * formula(*output.shape, k=-2)).sum().backward()
        tensors |= {f"{name}/output": output, f"{name}/gradient.weight": layer.weight.grad}
    return tensors


def attentions() -> dict[str, torch.Tensor]:
    """Five queries and seven keys; the second image of the batch has five keys. Gradients as in `differentiated`."""
    masks = {
        "key_padding_mask": torch.arange(7) >= torch.tensor([[7], [5]]),
        "attn_mask": formula(5, 7, k=-5, scale=2.0),
        "attn_mask_heads": formula(6, 5, 7, k=-6) > 0.5,
    }
    tensors = {}
    for name, (options, masked) in ATTENTIONS.items():
        layer = fill(nn.MultiheadAttention(12, 3, batch_first=True, **options)).train()
        query = formula(2, 5, 12)
        key, value = (formula(2, 7, options.get(size, 12), k=k) for size, k in (("kdim", -3), ("vdim", -4)))
        inputs = {"query": query, "key": key, "value": value}
        for tensor in inputs.values():
            tensor.requires_grad_(True)
        given = {mask.removesuffix("_heads"): masks[mask] for mask in masked}
        output = layer(query, key, value, need_weights=False, **given)[0]
        (output * formula(*output.shape, k=-2)).sum().backward()
        tensors |= {f"{name}/output": output}
        tensors |= {f"{name}/gradient.{part}": tensor.grad for part, tensor in inputs.items()}
        tensors |= {f"{name}/gradient.{part}": tensor.grad for part, tensor in layer.named_parameters()}
        tensors[f"{name}/weights"] = layer(query, key, value, **given)[1]
        tensors[f"{name}/weights-heads"] = layer(query, key, value, average_attn_weights=False, **given)[1]
    return tensors


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
    """A vision transformer's positions for 7 by 7 patches, converted to 10 by 10 and 3 by 3; and for small Swin
    transformers, where windows extend beyond the image or one covers a dimension, logits and the input's gradient."""
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


# optimizers

OPTIMIZERS = {
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


def optimizers() -> None:
    """Five steps on ten fixed samples; if the name ends in -step-lr, StepLR(2, 0.5) is stepped after each."""
    samples, labels = formula(10, 6), torch.arange(10) % 3
    tensors = {}
    for name, build in OPTIMIZERS.items():
        model = fill(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)))
        optimizer = build(model.parameters())
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5) if name.endswith("step-lr") else None
        for step in range(1, 6):
            optimizer.zero_grad()
            F.cross_entropy(model(samples), labels).backward()
            optimizer.step()
            if schedule:
                schedule.step()
            tensors |= {f"{name}/{step}/{key}": value.clone() for key, value in model.state_dict().items()}
    write_tensors(GOLDENS / "nn" / "optimizers.safetensors", tensors)


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


if __name__ == "__main__":
    write_groups(__doc__, {"layers": layers, "transformers": transformers, "optimizers": optimizers,
                           "tensors": tensors})
