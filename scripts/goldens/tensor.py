#!/usr/bin/env python3
"""Writes PyTorch's results for the operators of `Tensor`, and its printed tensors.

    Tests/Goldens/torch/tensor.safetensors   results by name; `.0`, `.1` … if an operator has several
    Tests/Goldens/torch/printed.json         tensors as text, up to the end of the elements

The inputs come from the formula in goldens.py, or from `arange`. Written with torch 2.13.0.
"""

import re

import torch
from torch.nn import functional as F

from goldens import GOLDENS, formula, write_json, write_tensors

# Inputs

a, b, c = formula(3, 4), formula(4, 5, k=-2), formula(3, 4, k=-3)
batch, other = formula(2, 3, 4, k=-4), formula(2, 4, 3, k=-5)
square, image = formula(4, 4, k=-6), formula(1, 2, 4, 6, k=-7)
n = torch.tensor([3, 1, 2, 0, 2, 1])
positive = a.abs() + 0.1
symmetric = square + square.T
definite = square @ square.T + torch.eye(4)
special = torch.tensor([1.0, float("nan"), float("inf"), -float("inf"), -2.5])
grid = torch.arange(24).reshape(2, 3, 4)
index = torch.tensor([[0, 2, 1, 0], [1, 1, 0, 2]])
weights = torch.tensor([0.5, 1, 2, 4, 8, 16])


# Results: a tensor, or a tuple of them

def functions() -> dict:
    results = {
        name: getattr(a, name)()
        for name in ("exp", "exp2", "expm1", "square", "reciprocal", "abs", "sign", "sin", "cos", "tan", "asin", "acos",
                     "atan", "sinh", "cosh", "tanh", "asinh", "atanh", "erf")
    }
    results |= {name: getattr(positive, name)() for name in ("log", "log2", "log10", "log1p", "sqrt", "rsqrt")}
    results |= {name: getattr(a * 5, name)() for name in ("floor", "ceil", "trunc", "frac", "round")}
    return results | {
        "acosh": (positive + 1).acosh(), "round-decimals": a.round(decimals=1), "atan2": torch.atan2(a, c),
        "exp-integers": n.exp(),
    }


def activations() -> dict:
    x = a * 4
    return {
        "relu": x.relu(), "relu6": F.relu6(x * 2), "leaky-relu": F.leaky_relu(x, 0.2), "elu": F.elu(x, 0.5),
        "prelu": F.prelu(x, torch.tensor([0.3])), "selu": F.selu(x), "celu": F.celu(x, 2.0), "gelu": F.gelu(x),
        "gelu-tanh": F.gelu(x, approximate="tanh"), "silu": F.silu(x), "mish": F.mish(x), "softplus": F.softplus(x, 2.0),
        "sigmoid": x.sigmoid(), "log-sigmoid": F.logsigmoid(x), "hardsigmoid": F.hardsigmoid(x),
        "hardswish": F.hardswish(x), "hardtanh": F.hardtanh(x, -2.0, 1.5), "glu": F.glu(x, 1), "softmax": x.softmax(-1),
        "log-softmax": x.log_softmax(0),
    }


def arithmetic() -> dict:
    in_place = a.clone()
    in_place += c
    in_place *= 3
    in_place -= 0.5
    in_place /= positive
    return {
        "integers-plus": n + 1, "integers-plus-real": n + 1.5, "integers-times": 3 * n, "integers-minus-from": 5 - n,
        "integers-divided": n / 2, "integers-power": n.pow(2), "integers-clamp": n.clamp(1, 2),
        "maximum": torch.maximum(a, c), "minimum": torch.minimum(a, c), "power-tensor": positive.pow(c),
        "power-of-number": torch.pow(2, a), "remainder": a.remainder(0.3), "remainder-tensor": a.remainder(positive),
        "remainder-integers": n.remainder(2), "floor-divide": torch.floor_divide(a, 0.3),
        "floor-divide-tensor": torch.floor_divide(a, positive), "clamp-above": a.clamp(max=0.25),
        "lerp": a.lerp(c, 0.25), "in-place": in_place,
    }


def comparisons() -> dict:
    p, q = a > 0, c > 0
    return {
        "not-equal": n != 2, "less-equal": n <= 1, "greater-equal": a >= 0.25, "and": p & q, "or": p | q, "xor": p ^ q,
        "not": ~p, "is-nan": special.isnan(), "is-inf": special.isinf(), "is-finite": special.isfinite(),
        "is-close": torch.isclose(a, a + 1e-6, rtol=0, atol=1e-5), "where": torch.where(p, a, c),
        "where-number": torch.where(p, a, 0.0), "where-number-first": torch.where(p, -1.0, a),
    }


def reductions() -> dict:
    results = {
        "std": a.std(), "std-dim": a.std(1), "std-dims": batch.std((0, 2), correction=0, keepdim=True),
        "prod": a.prod(), "prod-dim": a.prod(-1, keepdim=True), "variance-dim": a.var(0, keepdim=True),
        "norm-1": torch.linalg.vector_norm(a, 1), "norm-dim": torch.linalg.vector_norm(a, 2, 1),
        "norm-dims": torch.linalg.vector_norm(batch, float("inf"), (1, 2), keepdim=True),
        "normalized": F.normalize(a, dim=0), "log-sum-exp": a.logsumexp(1), "log-sum-exp-dims": batch.logsumexp((0, -1)),
        "count-nonzero": n.count_nonzero(), "count-nonzero-dim": (a > 0).count_nonzero(1),
        "all-dim": (a > -0.5).all(1), "all-dims": (batch > -0.9).all((1, 2)), "any-dim": (a > 0.5).any(0, keepdim=True),
        "any-dims": (batch > 0.9).any((0, 1)), "sum-dim": batch.sum(-2), "mean-dim": batch.mean(0, keepdim=True),
        "max-dim": a.max(1), "min-dim": a.min(0, keepdim=True), "max-dims": batch.amax((0, 1)),
        "min-dims": batch.amin((1, -1), keepdim=True), "argmax": a.argmax(1), "argmin-keep": a.argmin(0, keepdim=True),
        "cumsum": a.cumsum(1), "cumprod": a.cumprod(-2), "cumsum-integers": n.cumsum(0),
    }
    return results


def statistics() -> dict:
    rows = torch.tensor([[1, 2], [0, 3], [1, 2]])
    return {
        "sort": a.sort(), "sort-descending": n.sort(descending=True, stable=True), "sort-dim": a.sort(0),
        "argsort": a.argsort(0), "topk": a.topk(2, dim=0), "median": a.median(), "median-dim": a.median(1),
        "quantile": a.quantile(0.3), "quantile-dim": a.quantile(0.75, 1, keepdim=True),
        "quantiles": a.quantile(torch.tensor([0.1, 0.5, 0.9]), 0), "unique": n.unique(),
        "unique-counts": n.unique(return_inverse=True, return_counts=True), "unique-dim": rows.unique(dim=0),
        "unique-dim-counts": rows.unique(return_inverse=True, return_counts=True, dim=0), "bincount": n.bincount(),
        "bincount-weights": n.bincount(weights, 6),
    }


def views() -> dict:
    return {
        "movedim": batch.movedim(1, -1), "unflatten": batch.unflatten(-1, (2, -1)), "squeeze": image.squeeze(0),
        "diagonal": batch.diagonal(1, 1, 2), "split": b.split(3), "split-sizes": b.split([1, 3, 1], 1),
        "chunk": b.chunk(2, 1), "unbind": a.unbind(1), "meshgrid": torch.meshgrid(n[:2], n[2:5], indexing="ij"),
        "repeat": a.repeat(2, 1, 2), "tile": a.tile(2), "repeat-interleave": a.repeat_interleave(2, 0),
        "repeat-interleave-flat": n.repeat_interleave(2), "repeat-interleave-counts": n.repeat_interleave(n),
        "flip": a.flip(-1), "flip-dims": batch.flip(0, 2), "roll": a.roll(1, 1), "roll-dims": a.roll((1, -1), (0, 1)),
        "pad": F.pad(a, (1, 0, 0, 2), value=7), "tril": square.tril(), "triu": square.triu(1), "diag": n.diag(),
        "diag-of-matrix": square.diag(-1), "stack": torch.stack([a, c], -1), "cat": torch.cat([a, c], -1),
    }


def subscripts() -> dict:
    mask = grid[0] % 2 == 0
    put = grid.clone()
    put[0, 1:] = 50
    put[1, ..., -1] = torch.tensor([7, 8, 9])
    put[:, 0, ::2] = torch.tensor([[1], [2]])
    put[put % 5 == 3] = -1
    put[:, torch.tensor([2, 0])] += 100
    put[torch.tensor([0, 1]), :, torch.tensor([1, 2])] = torch.tensor([70, 71, 72])
    return {
        "closed": grid[:, 0:2], "closed-last": grid[:, -2:], "from": grid[..., 1:], "from-end": grid[:, -1:],
        "up-to": grid[:, :2], "up-to-end": grid[..., :-1], "through": grid[..., :3], "slice": grid[:, 1:-1, ::2],
        "ellipsis": grid[1, ..., 2], "ellipsis-alone": grid[...], "new-axis": grid[:, None, 1, ..., None],
        "mask": grid[grid > 10], "mask-of-two": grid[:, mask], "mask-then-range": grid[(grid > 4).any(-1), 1:3],
        "tensors": grid[torch.tensor([0, 1]), :, torch.tensor([1, 2])], "tensor-last": grid[0, ..., torch.tensor([1, 0])],
        "matrix-of-indices": b[index % 4], "scalar-tensor": grid[torch.tensor(1)], "assigned": put,
    }


def indexing() -> dict:
    zeros = torch.zeros(3, 4)
    return {
        "gather": a.gather(0, index), "take-along": a.take_along_dim(a.argsort(1), 1), "index-select": b.index_select(-1, n[3:]),
        "scatter": zeros.scatter(0, index, c[:2]), "scatter-number": zeros.scatter(0, index, 2.5),
        "scatter-add": a.scatter_add(0, index, c[:2]), "index-add": a.index_add(0, torch.tensor([2, 0, 2]), c),
        "masked-select": a.masked_select(a > 0), "masked-fill": a.masked_fill(a > 0, -1), "nonzero": (a > 0.3).nonzero(),
        "one-hot": F.one_hot(n), "one-hot-5": F.one_hot(n, 5),
    }


def creation() -> dict:
    results = {
        "linspace": torch.linspace(-1, 1, 5), "arange-end": torch.arange(4), "arange-real": torch.arange(0.0, 1.0, 0.3),
        "eye-rectangular": torch.eye(2, 3), "ones-like": torch.ones_like(n), "zeros-like": torch.zeros_like(a),
        "full-like": torch.full_like(a, 1.5, dtype=torch.float64), "matrix": torch.tensor([[1, 2, 3], [4, 5, 6]]),
        "rank-3": torch.tensor([[[0.5, 1.0]], [[1.5, 2.0]]]), "rank-4": torch.tensor([[[[1], [2]]], [[[3], [4]]]]),
    }
    torch.manual_seed(7)
    return results | {
        "randint": torch.randint(-3, 9, (2, 5)), "rand-like": torch.rand_like(a), "randn-like": torch.randn_like(a),
        "bernoulli": torch.full((8,), 0.5).bernoulli(), "multinomial": torch.arange(1.0, 9.0).multinomial(4),
    }


def linear_algebra() -> dict:
    values, vectors = torch.linalg.eigh(symmetric)
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    q, r = torch.linalg.qr(b)
    return {
        "bmm": batch.bmm(other), "dot": a[0].dot(c[0]), "outer": a[0].outer(b[0]), "trace": square.trace(),
        "einsum": torch.einsum("bij,bjk->ik", batch, other), "cdist": torch.cdist(a, c), "det": torch.linalg.det(square),
        "inverse": torch.linalg.inv(square), "solve": torch.linalg.solve(square, b),
        "singular-values": s, "svd-product": u @ s.diag() @ vh, "eigenvalues": values,
        "eigen-product": vectors @ values.diag() @ vectors.T, "qr-product": q @ r, "cholesky": torch.linalg.cholesky(definite),
    }


def interpolation() -> dict:
    volume, line = image.unsqueeze(0), image[:, 0]
    return {
        "nearest": F.interpolate(image, (6, 9)), "nearest-scale": F.interpolate(image, scale_factor=2.0),
        "nearest-1d": F.interpolate(line, 7), "nearest-3d": F.interpolate(volume, (3, 2, 9)),
        "linear": F.interpolate(line, 9, mode="linear"), "bilinear": F.interpolate(image, (7, 5), mode="bilinear"),
        "bilinear-scale": F.interpolate(image, scale_factor=1.5, mode="bilinear"),
        "bilinear-corners": F.interpolate(image, (7, 5), mode="bilinear", align_corners=True),
        "bilinear-antialias": F.interpolate(image, (2, 3), mode="bilinear", antialias=True),
        "bicubic": F.interpolate(image, (7, 9), mode="bicubic"),
        "trilinear": F.interpolate(volume, (3, 5, 7), mode="trilinear"),
    }


# Text

def printed() -> dict:
    tensors = {
        "matrix": a, "integers": n, "booleans": a > 0, "scalar": torch.tensor(2.5), "integer": torch.tensor(-7),
        "whole": torch.tensor([1.0, -2.0, 30.0]), "large-range": torch.tensor([0.0001, 1.0, 5000.0]),
        "rank-3": grid, "rank-4": batch.unsqueeze(0), "empty": torch.zeros(0), "long": torch.arange(2000.0),
        "wide": torch.arange(40.0) / 7, "shortened": torch.arange(20000).reshape(2, 100, 100),
        "tall": (torch.arange(3000.0) / 8).reshape(1500, 2), "half": a.half(),
        "not-a-number": torch.tensor([0.5, float("nan"), float("inf")]),
    }
    # `tensor(` and PyTorch's text after the elements are removed.
    texts = {}
    for name, tensor in tensors.items():
        text = re.sub(r",\s+(dtype|size)=.*$", "", str(tensor)[len("tensor("):-1], flags=re.S)
        texts[name] = text.replace("True", "true").replace("False", "false")
    return texts


def main() -> None:
    results = {}
    for group in (functions, activations, arithmetic, comparisons, reductions, statistics, views, subscripts, indexing,
                  creation, linear_algebra, interpolation):
        for name, result in group().items():
            assert name not in results and f"{name}.0" not in results, name
            if isinstance(result, torch.Tensor):
                results[name] = result
            else:
                results |= {f"{name}.{place}": part for place, part in enumerate(result)}
    write_tensors(GOLDENS / "torch" / "tensor.safetensors", results)
    write_json(GOLDENS / "torch" / "printed.json", printed())


if __name__ == "__main__":
    main()
