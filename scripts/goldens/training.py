#!/usr/bin/env python3
"""Writes results of PyTorch and timm in training: steps of optimizers, rates of schedules, losses, clipping, averages.

    scripts/goldens/training.py [GROUP ...]   all groups without an argument

    optimizers  Tests/Goldens/nn/training.safetensors: parameters after steps, states, clipped gradients, penalties
    averages    Tests/Goldens/nn/averages.safetensors: moving averages of a network's weights
    losses      Tests/Goldens/nn/losses.safetensors: binary cross entropy, soft targets, likelihoods, divergences,
                differences
    schedules   Tests/Goldens/nn/schedules.json: rates and momenta of whole runs

Weights and samples come from the formula in goldens.py. Written with torch 2.13.0, timm 1.0.31.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler

from goldens import GOLDENS, fill, formula, write_groups, write_json, write_tensors  # first: it lets torchvision load
from timm.optim import Lamb, Lion
from timm.utils import ModelEmaV3

NN = GOLDENS / "nn"


# optimizers

# The groups: the first layer at rate a, the second one's weight at rate b with decay d, its bias without.
def groups(model: nn.Sequential, a: float, b: float, d: float) -> list[dict]:
    first, last = model[0], model[2]
    return [
        {"params": [first.weight, first.bias], "lr": a, "weight_decay": d},
        {"params": [last.weight], "lr": b, "weight_decay": d},
        {"params": [last.bias], "lr": b, "weight_decay": 0.0},
    ]


OPTIMIZERS = {
    "sgd": lambda m: torch.optim.SGD(groups(m, 0.05, 0.1, 0.01), momentum=0.9, nesterov=True),
    "adam": lambda m: torch.optim.Adam(groups(m, 0.005, 0.01, 0.1)),
    "adamw": lambda m: torch.optim.AdamW(groups(m, 0.005, 0.01, 0.1), betas=(0.8, 0.95)),
    "rmsprop": lambda m: torch.optim.RMSprop(groups(m, 0.002, 0.005, 0.0)),
    "rmsprop-momentum": lambda m: torch.optim.RMSprop(
        groups(m, 0.001, 0.002, 0.1), alpha=0.9, eps=1e-3, momentum=0.9),
    "rmsprop-centered": lambda m: torch.optim.RMSprop(
        groups(m, 0.002, 0.005, 0.05), alpha=0.95, momentum=0.5, centered=True, eps=1e-4),
    "adagrad": lambda m: torch.optim.Adagrad(groups(m, 0.02, 0.05, 0.0)),
    "adagrad-decay": lambda m: torch.optim.Adagrad(
        groups(m, 0.1, 0.2, 0.05), lr_decay=0.3, initial_accumulator_value=0.2, eps=1e-6),
    "lion": lambda m: Lion(groups(m, 0.001, 0.002, 0.0)),
    "lion-decay": lambda m: Lion(groups(m, 0.002, 0.005, 0.5), betas=(0.95, 0.98)),
    "lamb": lambda m: Lamb(groups(m, 0.005, 0.01, 0.1), max_grad_norm=0.3),
    "lamb-free": lambda m: Lamb(groups(m, 0.005, 0.01, 0.01), betas=(0.8, 0.9), eps=1e-4, max_grad_norm=None),
}
# Momentum, or the first beta, before each step of the cases whose name ends in -cycled.
MOMENTA = [0.95, 0.9, 0.85, 0.85, 0.9, 0.95]
CYCLED = {
    "sgd-cycled": lambda m: torch.optim.SGD(groups(m, 0.05, 0.1, 0.01), momentum=0.95),
    "adamw-cycled": lambda m: torch.optim.AdamW(groups(m, 0.005, 0.01, 0.1)),
    "rmsprop-cycled": lambda m: torch.optim.RMSprop(groups(m, 0.001, 0.002, 0.0), momentum=0.95, eps=1e-3),
}


def network() -> nn.Sequential:
    return fill(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)))


def state_of(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    saved = optimizer.state_dict()
    state = {f"{index}.{field}": value for index, fields in saved["state"].items() for field, value in fields.items()
             if isinstance(value, torch.Tensor)}
    if isinstance(optimizer, Lamb):  # which counts steps by group
        for group in saved["param_groups"]:
            state |= {f"{index}.step": torch.tensor(float(group["step"])) for index in group["params"]}
    return state


def optimizers() -> None:
    """Six steps; the first layer's bias gets its first gradient in the third. Parameters after steps 1, 3 and 6, the
    state after steps 3 and 6."""
    samples, labels = formula(10, 6), torch.arange(10) % 3
    tensors = {}
    for name, build in (OPTIMIZERS | CYCLED).items():
        model = network()
        optimizer = build(model)
        for step in range(1, 7):
            if name in CYCLED:
                for group in optimizer.param_groups:
                    if "betas" in group:
                        group["betas"] = (MOMENTA[step - 1], group["betas"][1])
                    else:
                        group["momentum"] = MOMENTA[step - 1]
            model[0].bias.requires_grad_(step >= 3)
            optimizer.zero_grad()
            F.cross_entropy(model(samples), labels).backward()
            optimizer.step()
            if step in (1, 3, 6):
                tensors |= {f"{name}/{step}/{key}": value.clone() for key, value in model.state_dict().items()}
            if step in (3, 6):
                tensors |= {f"{name}/state{step}/{key}": value.clone() for key, value in state_of(optimizer).items()}

    def gradients(change) -> tuple[dict[str, torch.Tensor], object]:
        model = network()
        F.cross_entropy(model(samples), labels).backward()
        model[0].bias.grad = None
        result = change(list(model.parameters()))
        return {key: value.grad for key, value in model.named_parameters() if value.grad is not None}, result

    for name, limit in (("short", 0.05), ("long", 50.0)):
        clipped, norm = gradients(lambda p: nn.utils.clip_grad_norm_(p, limit))
        tensors |= {f"clip-norm-{name}/{key}": value for key, value in clipped.items()}
        tensors[f"clip-norm-{name}/norm"] = norm
    clipped, _ = gradients(lambda p: nn.utils.clip_grad_value_(p, 0.02))
    tensors |= {f"clip-value/{key}": value for key, value in clipped.items()}

    model = network()
    with torch.no_grad():
        model[0].weight[0] = 0  # where the absolute value has no derivative
    penalty = 0.01 * sum(p.abs().sum() for p in model.parameters())
    (F.cross_entropy(model(samples), labels) + penalty).backward()
    tensors |= {f"l1/{key}": value.grad for key, value in model.named_parameters()} | {"l1/penalty": penalty}
    write_tensors(NN / "training.safetensors", tensors)


# averages

AVERAGES = {"plain": {"decay": 0.9}, "warm-up": {"decay": 0.6, "use_warmup": True, "warmup_power": 0.75}}


def averages() -> None:
    """The average of a network with batch normalization over five steps in which every entry changes by the formula."""
    tensors = {}
    for name, options in AVERAGES.items():
        model = fill(nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8)))
        average = ModelEmaV3(model, **options)
        for step in range(1, 6):
            with torch.no_grad():
                for k, entry in enumerate(model.state_dict().values()):
                    if entry.is_floating_point():
                        entry += formula(*entry.shape, k=100 * step + k, scale=0.1)
                    else:
                        entry += 1
            average.update(model, step=step if options.get("use_warmup") else None)
            if step in (1, 5):
                tensors |= {f"{name}/{step}/{key}": value.clone() for key, value in average.module.state_dict().items()}
    write_tensors(NN / "averages.safetensors", tensors)


# losses

def losses() -> None:
    """For logits [4, 5] scaled by 4; two kinds of targets: 1 where the formula is above 0, and probabilities."""
    tensors = {}
    yes = (formula(4, 5, k=-2) > 0).float()
    probable = formula(4, 5, k=-2).abs()
    weights, positive = formula(5, k=-3, scale=0.5) + 1, formula(5, k=-4) + 2

    def add(name: str, loss_of) -> None:
        logits = formula(4, 5, scale=4.0).requires_grad_(True)
        loss = loss_of(logits)
        loss.sum().backward()
        tensors.update({f"{name}/output": loss, f"{name}/gradient": logits.grad})

    for reduction in ("mean", "sum", "none"):
        add(f"binary-{reduction}", lambda x: F.binary_cross_entropy_with_logits(x, yes, reduction=reduction))
    add("binary-probable", lambda x: F.binary_cross_entropy_with_logits(x, probable))
    add("binary-positive", lambda x: F.binary_cross_entropy_with_logits(x, yes, pos_weight=positive))
    add("binary-weights", lambda x: F.binary_cross_entropy_with_logits(x, probable, weight=weights, pos_weight=positive,
                                                                       reduction="sum"))
    soft = F.softmax(formula(4, 5, k=-2, scale=2.0), 1)
    for reduction in ("mean", "sum", "none"):
        for smoothing in (0.0, 0.1):
            for weighted in (False, True):
                name = f"soft-{reduction}-{smoothing}-{'weighted' if weighted else 'plain'}"
                add(name, lambda x: F.cross_entropy(x, soft, weight=weights if weighted else None, reduction=reduction,
                                                    label_smoothing=smoothing))

    labels, target = torch.arange(4) % 5, formula(4, 5, k=-2, scale=4.0)
    reductions = ("mean", "sum", "none")
    for reduction in reductions:
        add(f"likelihood-{reduction}", lambda x: F.nll_loss(x.log_softmax(1), labels, reduction=reduction))
        add(f"mse-{reduction}", lambda x: F.mse_loss(x, target, reduction=reduction))
        add(f"l1-{reduction}", lambda x: F.l1_loss(x, target, reduction=reduction))
        add(f"smooth-l1-{reduction}", lambda x: F.smooth_l1_loss(x, target, reduction=reduction, beta=1.5))
    add("likelihood-weights", lambda x: F.nll_loss(x.log_softmax(1), labels, weight=weights))
    add("likelihood-ignored", lambda x: F.nll_loss(x.log_softmax(1), labels, ignore_index=2))
    add("likelihood-map", lambda x: F.nll_loss(x.reshape(2, 5, 2, 1).log_softmax(1), labels.reshape(2, 2, 1)))
    add("ignored", lambda x: F.cross_entropy(x, labels, ignore_index=2))
    add("smooth-l1-zero", lambda x: F.smooth_l1_loss(x, target, beta=0.0))
    for reduction in (*reductions, "batchmean"):
        add(f"divergence-{reduction}", lambda x: F.kl_div(x.log_softmax(1), soft, reduction=reduction))
    add("divergence-logarithms",
        lambda x: F.kl_div(x.log_softmax(1), soft.log(), reduction="batchmean", log_target=True))
    write_tensors(NN / "losses.safetensors", tensors)


# schedules

def main_schedule(text: str, optimizer, epochs: int, steps: int):
    """The scheduler of a notation, and whether it changes per epoch."""
    word, _, rest = text.partition(":")
    numbers = [float(number) for number in rest.split(",")] if rest else []
    match word:
        case "constant":
            return lr_scheduler.LambdaLR(optimizer, lambda e: 1.0), True
        case "step":
            return lr_scheduler.StepLR(optimizer, int(numbers[0]), *numbers[1:]), True
        case "multistep":
            milestones = [int(n) for n in rest.split(",") if n.isdigit()]
            return lr_scheduler.MultiStepLR(optimizer, milestones, *numbers[len(milestones):]), True
        case "exponential":
            return lr_scheduler.ExponentialLR(optimizer, numbers[0]), True
        case "decay":
            return lr_scheduler.LambdaLR(optimizer, lambda e: math.exp(-numbers[0] * e)), True
        case "inverse":
            return lr_scheduler.LambdaLR(optimizer, lambda e: 1 / (1 + numbers[0] * e)), True
        case "cosine":
            return lr_scheduler.CosineAnnealingLR(optimizer, steps, *numbers), False
        case "onecycle":
            names = ("pct_start", "div_factor", "final_div_factor", "base_momentum", "max_momentum")
            rate = optimizer.param_groups[0]["lr"]
            return lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, **dict(zip(names, numbers))), False
        case "polynomial":
            return lr_scheduler.PolynomialLR(optimizer, steps, *(numbers or [1.0])), False
    raise SystemExit(f"no schedule {text}")


def run(text: str, rate: float, epochs: int, steps_per_epoch: int, warm_up: float) -> dict:
    """The rates of all steps of a run: LinearLR from 0.01 for the warm-up, then the schedule from its start."""
    warm_steps = round(warm_up * steps_per_epoch)
    steps = max(1, epochs * steps_per_epoch - warm_steps)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate, momentum=0.9)
    schedule, by_epoch = main_schedule(text, optimizer, epochs, steps)
    group = optimizer.param_groups[0]
    rates, momenta = [], []
    first = group["lr"]
    warm_group = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=first)
    warmer = lr_scheduler.LinearLR(warm_group, 0.01, total_iters=warm_steps) if warm_steps else None
    for step in range(epochs * steps_per_epoch):
        if step < warm_steps:
            rates.append(warm_group.param_groups[0]["lr"])
            momenta.append(group["momentum"])
            warm_group.step()
            warmer.step()
            # A part of an epoch counts as an epoch of the schedule.
            if by_epoch and (step + 1) % steps_per_epoch == 0 and step + 1 > int(warm_up) * steps_per_epoch:
                schedule.step()
            continue
        rates.append(group["lr"])
        momenta.append(group["momentum"])
        optimizer.step()
        if step + 1 < epochs * steps_per_epoch and (not by_epoch or (step + 1) % steps_per_epoch == 0):
            schedule.step()
    result = {"schedule": text, "rate": rate, "epochs": epochs, "stepsPerEpoch": steps_per_epoch, "warmUp": warm_up,
              "rates": rates}
    return result | ({"momenta": momenta} if text.startswith("onecycle") else {})


def sequential(text: str, rate: float, warm_steps: int, steps: int) -> list[float]:
    """The same with PyTorch's own SequentialLR, for schedules that change per step."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)
    warmer = lr_scheduler.LinearLR(optimizer, 0.01, total_iters=warm_steps)
    schedule, _ = main_schedule(text, optimizer, 1, steps - warm_steps)
    both = lr_scheduler.SequentialLR(optimizer, [warmer, schedule], [warm_steps])
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        both.step()
    return rates


def plateau(numbers: dict, text: str, rate: float, losses: list[float]) -> dict:
    """The rate of each epoch, and of the next one. JSON has no NaN: it is null."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, **numbers)
    rates = [rate]
    for loss in losses:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return {"schedule": text, "rate": rate, "losses": [None if math.isnan(loss) else loss for loss in losses],
            "rates": rates}


TEXTS = ["constant", "step:2,0.5", "step:1", "step:30,0.1", "multistep:1,3,0.2", "multistep:2,4", "exponential:0.95",
         "decay:0.3", "inverse:0.5", "cosine", "cosine:0.001", "onecycle", "onecycle:0.25,10,100,0.8,0.9",
         "onecycle:0", "onecycle:1", "polynomial:1", "polynomial:2", "polynomial:0.9"]
# Epochs, steps per epoch, epochs of warm-up: a single step, a single epoch, one step per epoch; warm-ups of whole
# epochs, of a part of one, of all and of more than all.
RUNS = [(1, 1, 0), (1, 5, 0), (6, 1, 0), (5, 3, 0), (6, 4, 2), (4, 4, 0.5), (4, 4, 1.75), (3, 2, 3), (2, 3, 5)]


def schedules() -> None:
    runs = []
    for text in TEXTS:
        for shape in RUNS:
            try:
                runs.append(run(text, 0.1, *shape))
            except ZeroDivisionError:  # OneCycleLR does not support a phase without length
                assert text.startswith("onecycle"), text
    for text in ("cosine", "polynomial:2"):
        (own,) = [r["rates"] for r in runs if r["schedule"] == text and r["warmUp"] == 2]
        assert all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-15) for a, b in zip(own, sequential(text, 0.1, 8, 24)))
    nan = math.nan
    falling = [1.0, 0.8, 0.7, 0.69, 0.68]
    flat = [0.5] * 12
    noisy = [1.0, 0.9, 0.95, 0.9, 0.89995, 0.8999, 0.91, 0.7, 0.75, 0.76, 0.77, 0.6, 0.61, 0.62, 0.63, 0.64]
    plateaus = [
        plateau({}, "plateau", 0.1, flat + [0.5] * 12),
        plateau({"patience": 3}, "plateau:3,0.1", 0.1, falling + flat),
        plateau({"patience": 0, "factor": 0.5}, "plateau:0,0.5", 0.1, noisy),
        plateau({"patience": 1, "factor": 0.5}, "plateau:1,0.5", 0.1, noisy),
        plateau({"patience": 1, "factor": 0.5, "threshold": 0.05}, "plateau:1,0.5,0.05", 0.1, noisy),
        plateau({"patience": 0, "factor": 0.2, "cooldown": 2}, "plateau:0,0.2,0.0001,2", 0.1, noisy + flat),
        plateau({"patience": 1, "min_lr": 0.03}, "plateau:1,0.1,0.0001,0,0.03", 0.1, flat),
        plateau({"patience": 2}, "plateau:2", 0.1, [nan] * 4 + [0.9, nan, nan, nan, 0.8] + [math.nan] * 3),
        plateau({"patience": 1, "factor": 0.1}, "plateau:1", 1e-7, flat),  # decreases below 1e-8 are ignored
        plateau({"patience": 1, "factor": 0.5}, "plateau:1,0.5", 0.1, [-1.0, -1.00005, -1.00005, -1.2, 0, 0, 0]),
    ]
    write_json(NN / "schedules.json", {"runs": runs, "plateaus": plateaus}, indent=" ")


if __name__ == "__main__":
    write_groups(__doc__, {"optimizers": optimizers, "averages": averages, "losses": losses, "schedules": schedules})
