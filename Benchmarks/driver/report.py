"""Writes the results as Markdown and JSON."""

import dataclasses
import datetime
import json

from . import aims
from .works import TITLES

# If other processes used a larger fraction of the machine, the measurements are not reliable.
FOREIGN = 0.05


def write(setting, notebook, machine):
    """Writes `results.md` and `results.json`, and returns the first."""
    out = setting.options.out
    out.mkdir(parents=True, exist_ok=True)
    moment = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
    settings = dict(
        date=moment, rounds=setting.rounds, images=setting.image_count, only=setting.options.only)
    text = markdown(settings, notebook, machine)
    (out / "results.md").write_text(text)
    (out / "results.json").write_text(json.dumps(
        dict(
            **settings, machine=machine, notes=notebook.notes, foreign=foreign(notebook),
            figures=[
                {**dataclasses.asdict(one), "median": one.median, "best": one.best} for one in notebook.figures
            ],
            agreement=[dict(zip(("model", "contender", "same", "images"), one)) for one in notebook.agreement],
            aims=[dataclasses.asdict(verdict) for verdict in aims.verdicts(notebook)],
            bounds=list(aims.bounds(notebook, setting.image_count)),
        ), indent=1, ensure_ascii=False) + "\n")
    return text


def foreign(notebook):
    """The median fraction of the machine that other processes used."""
    shares = sorted(share for one in notebook.figures for share in one.foreign)
    return shares[len(shares) // 2] if shares else 0.0


def markdown(settings, notebook, machine):
    parts = ["# Apus and its peers", ""]
    facts = ", ".join(f"{name} {value}" for name, value in machine.items() if name not in ("processor", "cores"))
    parts += [
        f"{settings['date']}, {machine['cores']} cores of {machine['processor']}; {facts}. "
        f"{settings['images']} images; {settings['rounds']} rounds, contenders in turn; medians.", "",
    ]
    share = foreign(notebook)
    if share > FOREIGN:
        parts += [
            f"**Other processes used {share:.0%} of the machine: these results are not reliable.**", "",
        ]
    verdicts = aims.verdicts(notebook)
    if verdicts:
        parts += ["## Targets", "", *table(
            ["", "target", "measured", ""], "llrl",
            [[one.what, one.wanted, one.measured, "met" if one.is_met else "**missed**"] for one in verdicts]), ""]
    for work in dict.fromkeys(one.work for one in notebook.figures):
        parts += [f"## {TITLES[work]}", "", *work_table(notebook, work), ""]
        if work == "P1":
            parts += extras(notebook, settings["images"])
    if notebook.notes:
        parts += ["## Notes", "", *(f"- {note}" for note in notebook.notes), ""]
    return "\n".join(parts)


def work_table(notebook, work):
    entries = [one for one in notebook.figures if one.work == work]
    rows = []
    for case in dict.fromkeys(one.case for one in entries):
        group = [one for one in entries if one.case == case]
        for one in sorted(group, key=lambda one: one.median):
            ours = counterpart(one, group)
            times = f"{one.median / ours.median:.2f}" if ours else ""
            disturbed = max(one.foreign) > FOREIGN
            rows.append([
                case, f"**{one.contender}**" if one.is_ours else one.contender, number(one.median), number(one.best),
                one.unit, times, f"other load: {max(one.foreign):.0%}" if disturbed else ""])
    return table(["", "contender", "median", "best", "", "relative to Apus", ""], "llrrlrl", rows)


def counterpart(entry, group):
    """The entry of Apus with the same precision, otherwise in float32."""
    suffix = ", bfloat16" if entry.contender.endswith(", bfloat16") else ""
    named = {one.contender: one for one in group}
    return named.get("apus" + suffix) or named.get("apus")


def extras(notebook, images):
    parts = []
    bounds = list(aims.bounds(notebook, images))
    if bounds:
        parts += [
            "The bound of the machine: the throughput if OpenVINO's forward pass and the loader of Apus were the only work and "
            "no core ever waited.", "", *table(
                ["", "engine, ms per core", "loader, ms per core", "bound, images/s", "measured", "fraction"], "lrrrrr",
                [[
                    f"{one['model']}, {one['contender']}", f"{one['engine_core_ms']:.2f}",
                    f"{one['loader_core_ms']:.2f}", f"{one['bound']:.0f}", f"{one['reached']:.0f}",
                    f"{one['share']:.0%}"
                ] for one in bounds]), ""]
    if notebook.agreement:
        parts += ["Images with the same label as from PyTorch (the tutorials' loop):", "", *table(
            ["", "contender", "images"], "llr",
            [[model, who, f"{same} of {count}"] for model, who, same, count in notebook.agreement]), ""]
    return parts


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def table(header, alignment, rows):
    lines = {"l": "---", "r": "---:"}
    return [
        "| " + " | ".join(cells) + " |"
        for cells in [header, [lines[letter] for letter in alignment], *rows]
    ]
