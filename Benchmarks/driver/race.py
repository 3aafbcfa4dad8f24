"""Runs contenders in turn repeatedly and collects the results."""

import dataclasses
import statistics
import sys
from collections.abc import Callable

from . import measure


@dataclasses.dataclass
class Contender:
    """A program that runs a workload."""

    name: str
    command: list
    # The measurements of a run by case, such as the batch size; by default the seconds of the whole process.
    figures: Callable[[measure.Run], dict[str, float]] = lambda run: {"": run.seconds}
    # Called before each run, outside of the measurement.
    prepare: Callable[[], None] = lambda: None
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    is_ours: bool = False


@dataclasses.dataclass
class Figures:
    """The measurements of a contender in one case."""

    work: str
    case: str
    contender: str
    is_ours: bool
    unit: str
    values: list[float]
    # The fraction of the machine that other processes used, for each round.
    foreign: list[float]

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def best(self):
        return min(self.values)


@dataclasses.dataclass
class Notebook:
    """All measurements and notes."""

    figures: list[Figures] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    # Model, contender, number of images with the same label as the tutorials' loop, number of images.
    agreement: list[tuple[str, str, int, int]] = dataclasses.field(default_factory=list)

    def keep(self, earlier, works):
        """Imports the measurements of an earlier session from `results.json`, except those of these workloads."""
        fields = [field.name for field in dataclasses.fields(Figures)]
        self.figures += [
            Figures(**{name: one[name] for name in fields}) for one in earlier["figures"] if one["work"] not in works]
        if "P1" not in works:
            self.agreement += [
                (one["model"], one["contender"], one["same"], one["images"]) for one in earlier["agreement"]]
        for note in earlier["notes"]:
            self.note(note)

    def race(self, work, case, contenders, rounds, unit="s", measures_memory=False):
        """Runs the contenders in turn, `rounds` times."""
        out = set()
        for number in range(1, rounds + 1):
            for contender in contenders:
                if contender.name in out:
                    continue
                say(f"{work} {case}, round {number}/{rounds}: {contender.name}")
                try:
                    contender.prepare()
                    run = measure.run(
                        contender.command, contender.environment, measures_memory=measures_memory)
                    figures = {"": run.peak} if measures_memory else contender.figures(run)
                except (measure.Failure, KeyError, IndexError, ValueError) as failure:
                    out.add(contender.name)
                    self.note(f"{work} {case}: {contender.name} failed: {failure}")
                    continue
                for more, value in figures.items():
                    self.add(work, f"{case} {more}".strip(), contender, unit, value, run.foreign)

    def add(self, work, case, contender, unit, value, foreign):
        entry = self.find(work, case, contender.name)
        if entry is None:
            entry = Figures(work, case, contender.name, contender.is_ours, unit, [], [])
            self.figures.append(entry)
        entry.values.append(value)
        entry.foreign.append(foreign)

    def find(self, work, case, contender):
        return next(
            (one for one in self.figures if (one.work, one.case, one.contender) == (work, case, contender)), None)

    def median(self, work, case, contender):
        """None if it was not measured."""
        entry = self.find(work, case, contender)
        return entry.median if entry else None

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            say(text)


def say(text):
    print(text, file=sys.stderr, flush=True)
