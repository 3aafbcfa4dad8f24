"""The targets of Apus and the results, and the bound of the machine."""

import dataclasses

from .measure import CORES
from .setting import FAMILIES
from .works import OPENVINO, TUTORIAL


@dataclasses.dataclass
class Verdict:
    """A target: the comparison, the target value and the measured value."""

    what: str
    wanted: str
    measured: str
    is_met: bool


def verdicts(notebook):
    """The targets for which there are measurements."""
    return [
        verdict for verdict in [*pipeline(notebook), *forward(notebook), *training(notebook), *small(notebook)]
        if verdict is not None
    ]


def ratio(notebook, what, work, ours, peer, at_least):
    """The peer takes at least this many times as long as Apus; `ours` and `peer` are cases and contenders."""
    mine, theirs = notebook.median(work, *ours), notebook.median(work, *peer)
    if not mine or not theirs:
        return None
    return Verdict(what, f"at least {at_least:g} times", f"{theirs / mine:.2f} times", theirs / mine >= at_least)


def pipeline(notebook):
    wanted = {
        "resnet18": {OPENVINO: (1.25, 1.4), TUTORIAL: (2.2, 4)},
        "mobilenet_v2": {OPENVINO: (1.6, 1.75), TUTORIAL: (4.3, 6.5)},
    }
    for model, peers in wanted.items():
        for peer, factors in peers.items():
            for precision, factor in zip(("float32", "bfloat16"), factors):
                suffix = "" if precision == "float32" else f", {precision}"
                theirs = peer + suffix if peer == OPENVINO else peer
                yield ratio(
                    notebook, f"P1 {model}, {precision}: as fast as {peer}", "P1", (model, f"apus{suffix}"),
                    (model, theirs), factor)


def forward(notebook):
    for model in FAMILIES:
        for case in dict.fromkeys(one.case for one in notebook.figures if one.work == "P2"):
            if not case.startswith(f"{model} "):
                continue
            mine, theirs = notebook.median("P2", case, "apus"), notebook.median("P2", case, "OpenVINO")
            if mine and theirs:
                yield Verdict(
                    f"P2 {case}: the time of OpenVINO from Python", "at most 1.05 times",
                    f"{mine / theirs:.2f} times", mine <= 1.05 * theirs)


def training(notebook):
    for work, case, factors in [
        ("P3", "alexnet, frozen", (2.1, 3.8)), ("P3", "resnet18, frozen", (2.1, 3.8)),
        ("P4", "resnet18, all layers", (2.7, 2.7)), ("P4", "small_cnn, all layers", (2.7, 2.7)),
    ]:
        for precision, factor in zip(("float32", "bfloat16"), factors):
            ours = "apus" if precision == "float32" else f"apus, {precision}"
            yield ratio(
                notebook, f"{work} {case}, {precision}: as fast as the {TUTORIAL}", work, (case, ours),
                (case, TUTORIAL), factor)
        if work == "P3":
            yield ratio(
                notebook, f"P3 {case}, later epochs with cached features: as fast as the {TUTORIAL}", work,
                (f"{case} later", "apus, cached features"), (case, TUTORIAL), 50)


def small(notebook):
    for case in dict.fromkeys(one.case for one in notebook.figures if one.work == "P5"):
        limit = 0.3 if case == "help" else 0.6
        seconds = notebook.median("P5", case, "apus")
        if seconds:
            yield Verdict(f"P5 {case}", f"under {limit} s", f"{seconds:.2f} s", seconds < limit)
    for case in dict.fromkeys(one.case for one in notebook.figures if one.work == "P6"):
        mine, theirs = notebook.median("P6", case, "apus"), notebook.median("P6", case, TUTORIAL)
        if mine and theirs:
            yield Verdict(
                f"P6 {case}: the memory of the {TUTORIAL}", "at most 0.4 times", f"{mine / theirs:.2f} times",
                mine <= 0.4 * theirs)
    yield ratio(
        notebook, "P8 photos: as fast as Pillow + torchvision", "P8", ("photos", "apus"),
        ("photos", "Pillow + torchvision"), 1.7)
    yield ratio(
        notebook, "P8 12 megapixels, fast decode: as fast as Pillow + torchvision", "P8",
        ("12 megapixels", "apus, fast decode"), ("12 megapixels", "Pillow + torchvision"), 2.5)


def bounds(notebook, images):
    """For each network of P1: the maximum images per second if OpenVINO's forward pass and the loader were the only
    work and no core ever waited, and the measured value. Needs P1, P2 and P8 of one session."""
    loading = notebook.median("P8", "photos", "apus")
    for entry in [one for one in notebook.figures if one.work == "P1" and one.case.endswith("without start")]:
        model = entry.case.split()[0]
        suffix = entry.contender.removeprefix("apus")
        if entry.contender not in ("apus", "apus, bfloat16") or not loading:
            continue
        engine = [
            one.median for one in notebook.figures
            if one.work == "P2" and one.case.startswith(f"{model} ") and one.contender == "OpenVINO" + suffix
        ]
        if engine:
            bound = CORES * 1000 / (min(engine) * CORES + loading)
            yield dict(
                model=model, contender=entry.contender, engine_core_ms=min(engine) * CORES, loader_core_ms=loading,
                bound=bound, reached=images / entry.median, share=images / entry.median / bound)
