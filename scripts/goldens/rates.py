#!/usr/bin/env python3
"""Writes Tests/Goldens/training/rates.json: learning rate range tests, and the suggestions of fastai's rules.

Each curve contains the losses of its steps; `smoothed`, `stopped` and the suggestions are computed with numpy, in the
sequence of fastai's recorder, finder and suggestion functions. Written with numpy 2.4.
"""

import numpy

from goldens import GOLDENS, listed, write_text

INERTIA, END, SKIPPED = 0.98, 4.0, 5
# If the loss falls by less than this fraction, nothing is suggested; fastai would suggest something.
LEAST_FALL = 0.01


def sweep(loss, low=1e-7, high=10.0, steps=100):
    """The rates and losses of a test: it ends when the smoothed loss is four times its lowest."""
    rates, losses, smoothed, mean = [], [], [], 0.0
    for step in range(steps):
        rate = low * (high / low) ** (step / steps)
        value = float(loss(rate, step))
        if not numpy.isfinite(value):
            break
        mean = (1 - INERTIA) * value + INERTIA * mean
        rates.append(rate)
        losses.append(value)
        smoothed.append(mean / (1 - INERTIA ** (step + 1)))
        if smoothed[-1] > END * min(smoothed):
            break
    return numpy.array(rates), losses, numpy.array(smoothed)


def falls(losses):
    return bool((losses < numpy.maximum.accumulate(losses) * (1 - LEAST_FALL)).any()) if len(losses) else False


def steepest(rates, losses):
    if not falls(losses):
        return None
    slopes = numpy.diff(losses) / numpy.diff(numpy.log(rates))
    return float(rates[slopes.argmin()])


def valley(rates, losses):
    """The longest decreasing subsequence, computed with the table of all prefixes."""
    if not falls(losses):
        return None
    count = len(losses)
    table = numpy.ones(count, dtype=int)
    for index in range(count):
        lower = table[:index][losses[index] < losses[:index]]
        if len(lower):
            table[index] = lower.max() + 1
    end = int(table.argmax())
    start = end - int(table[end])
    sections = (end - start) / 3
    index = start + int(sections) + int(sections / 2)
    return float(rates[max(0, index)])


def curves():
    random = numpy.random.default_rng(5)
    noise = random.normal(0, 0.05, 400)
    usual = lambda rate: 2.3 - 1.9 / (1 + (3e-3 / rate) ** 1.2) + (rate / 0.3) ** 2
    yield "smooth", {}, lambda rate, step: usual(rate)
    yield "noisy", {}, lambda rate, step: usual(rate) + noise[step]
    yield "rising", {}, lambda rate, step: 2.3 + rate
    yield "flat", {}, lambda rate, step: 0.7
    yield "falling", {"steps": 40}, lambda rate, step: 2.3 - 0.04 * step
    yield "no number", {}, lambda rate, step: usual(rate) if rate < 0.05 else float("nan")
    yield "short", {"steps": 20, "low": 1e-5, "high": 1.0}, lambda rate, step: usual(rate) + noise[step + 100]
    yield "long", {"steps": 300}, lambda rate, step: usual(rate) + 2 * noise[step + 50]
    yield "two valleys", {}, lambda rate, step: 2 + numpy.sin(step / 9) * (1 + step / 80) + rate
    yield "few", {"steps": 16}, lambda rate, step: 2.3 - 0.04 * step


def main():
    found = []
    for name, options, loss in curves():
        rates, losses, smoothed = sweep(loss, **options)
        steps = options.get("steps", 100)
        part = slice(steps // 10, -SKIPPED)
        found.append(
            {
                "name": name,
                "low": options.get("low", 1e-7),
                "high": options.get("high", 10.0),
                "steps": steps,
                "losses": losses,
                "smoothed": smoothed.tolist(),
                "steepest": steepest(rates[part], smoothed[part]),
                "valley": valley(rates[part], smoothed[part]),
            }
        )
    write_text(GOLDENS / "training" / "rates.json", listed(found) + "\n")


if __name__ == "__main__":
    main()
