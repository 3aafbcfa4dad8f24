#!/usr/bin/env python3
"""Writes torchvision's results for every network of the zoo, a row for each, a file for each family.

    scripts/goldens/zoo.py [FAMILY ...]      Tests/Goldens/zoo/FAMILY.json; all families without an argument

A row contains a hash of the state dict's keys, types and shapes; a fingerprint of the weights after seed 0; and, with the
weights of the formula in goldens.py: logits in evaluation and in training (batch statistics, no dropout), the loss of
a step with the auxiliary heads' weight, a few gradients, and a fingerprint of the buffers after it.
Written with torch 2.13.0, torchvision 0.28.0. The largest network takes 6 GB of memory.
"""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from goldens import GOLDENS, build, digest, fill, formula, torchvision, type_name, write_groups, write_json
from torchvision.ops import StochasticDepth

FAMILIES = {
    "alexnet": ["alexnet"],
    "vgg": ["vgg"],
    "resnet": ["resnet", "resnext", "wide_resnet"],
    "densenet": ["densenet"],
    "googlenet": ["googlenet"],
    "inception": ["inception"],
    "mnasnet": ["mnasnet"],
    "mobilenet": ["mobilenet"],
    "shufflenet": ["shufflenet"],
    "squeezenet": ["squeezenet"],
    "efficientnet": ["efficientnet"],
    "convnext": ["convnext"],
    "regnet": ["regnet"],
    "vit": ["vit"],
    "swin": ["swin"],
    "small": ["small_cnn"],
}

# Above this number of parameters, a step's gradients would need more memory than a small machine has.
LARGEST_TRAINED = 100_000_000
# Heavy networks that accept images of any size get smaller ones.
SMALLER = ("vgg", "resnet101", "resnet152", "resnext", "wide_resnet", "densenet161", "densenet201", "convnext_", "regnet_",
           "efficientnet_b5", "efficientnet_b6", "efficientnet_b7", "efficientnet_v2")
# The weight of each auxiliary head's loss.
SHARES = {"googlenet": 0.3, "inception_v3": 0.4}


def side(name: str) -> int:
    if name.startswith("swin_v2") or name == "small_cnn":
        return 256
    if name == "inception_v3":
        return 299
    return 128 if name.startswith(SMALLER) else 224


def names(family: str) -> list[str]:
    if family == "small":
        return ["small_cnn"]
    every = torchvision.models.list_models(module=torchvision.models)
    return [name for name in every if name.startswith(tuple(FAMILIES[family]))]


def keys(model: nn.Module) -> str:
    """The 64-bit FNV-1a hash of a line `key dtype shape` for each entry."""
    value = 0xCBF29CE484222325
    for key, tensor in model.state_dict().items():
        for byte in f"{key} {type_name(tensor)} {list(tensor.shape)}\n".encode():
            value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return f"{value:016x}"


def fingerprint(tensors) -> list[float]:
    """Sums of the tensors' means, and of their absolute values' means, each weighted by its position, so that none can replace
    another."""
    plain = absolute = 0.0
    for place, tensor in enumerate(tensors):
        if not tensor.is_floating_point():
            continue
        weight = place % 97 + 1
        values = tensor.detach().double()
        plain += weight * values.mean().item()
        absolute += weight * values.abs().mean().item()
    return [plain, absolute]


def logits(values: torch.Tensor) -> dict:
    """The sum, the largest magnitude, and eight evenly spaced logits of each image."""
    step = values.shape[1] // 8 or 1
    return {
        "sum": values.double().sum().item(),
        "largest": values.abs().max().item(),
        "some": [round(value, 6) for value in values[:, ::step].flatten().tolist()],
    }


def train_mode(model: nn.Module) -> None:
    model.train()
    for module in model.modules():
        if isinstance(module, (nn.Dropout, StochasticDepth)):
            module.p = 0.0


def step(name: str, model: nn.Module, images: torch.Tensor, row: dict) -> None:
    train_mode(model)
    parameters = dict(model.named_parameters())
    is_trained = row["parameters"] <= LARGEST_TRAINED
    with torch.set_grad_enabled(is_trained):
        outputs = model(images)
        outputs = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
        row["training"] = logits(outputs[0].detach())
        if name in SHARES:
            row["auxiliaries"] = [logits(output.detach()) for output in outputs[1:]]
        row["buffers"] = fingerprint(model.buffers())
        if not is_trained:
            return
        labels = torch.tensor([1, 2])
        loss = F.cross_entropy(outputs[0], labels)
        for output in outputs[1:]:
            loss = loss + SHARES[name] * F.cross_entropy(output, labels)
        loss.backward()
    row["loss"] = loss.item()
    chosen = list(parameters)
    # The next normalization cancels some biases: their gradient is 0 except for rounding.
    middle = next(key for key in chosen[len(chosen) // 2:] if parameters[key].grad.abs().max() > 1e-6)
    chosen = dict.fromkeys([chosen[0], middle, *chosen[-2:]])
    chosen |= dict.fromkeys(key for key in parameters if "aux" in key.lower() and key.endswith(("fc.weight", "fc2.weight")))
    row["gradients"] = [{"key": key, **digest(parameters[key].grad)} for key in chosen]


def describe(name: str) -> dict:
    torch.manual_seed(0)
    model = build(name)
    row = {
        "name": name,
        "side": side(name),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "keys": keys(model),
        "fresh": fingerprint(model.state_dict().values()),
    }
    fill(model)
    images = formula(2, 3, side(name), side(name))
    with torch.no_grad():
        row["evaluation"] = logits(model.eval()(images))
    step(name, model, images, row)
    return row


def family(name: str) -> None:
    torch.set_num_threads(1)  # as in the tests; gradients differ by a few percent between one thread and two
    rows = []
    for network in names(name):
        rows.append(describe(network))
        print(f"{network}: largest logit {rows[-1]['evaluation']['largest']:.3g}", flush=True)
    write_json(GOLDENS / "zoo" / f"{name}.json", {"networks": rows}, indent=" ")


if __name__ == "__main__":
    write_groups(__doc__, {name: partial(family, name) for name in FAMILIES})
