#!/usr/bin/env python3
"""Kills training runs at random moments, resumes them, and compares their files with those of an uninterrupted run.

    scripts/checks/resume.py DATA [--apus PATH] [--kills 100] [-- FLAGS OF apus train]
    scripts/checks/resume.py --matrix [--apus PATH]

Prints a line for each run: when it was killed, how often, and whether every file has the same bytes. Ends with
status 1 if one differs. `--matrix` creates small images and kills a run of each strategy with each of five settings,
with both engines. It needs only Python's standard library.
"""

import filecmp
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from checks import parse, parser, png

FILES = ["best.safetensors", "last.safetensors", "checkpoint.safetensors", "metrics.csv", "steps.csv", "split.csv", "report.md",
         "report.html", "curves.png"]
# A small run with several epochs of several steps, with dropout, augmentation and a changing learning rate.
FLAGS = ["--model", "small_cnn", "--fresh", "--epochs", "3", "--batch-size", "8", "--limit", "64", "--schedule", "cosine",
         "--checkpoint-minutes", "0.0001", "--seed", "3"]


# A small network, trained for an epoch, from which runs with each strategy and setting start.
NETWORK = """input 3x24x24
preprocessing resize=26

features:
conv:8:3, batchnorm, relu, maxpool:2
conv:16:3, relu, maxpool:2
classifier:
dropout:0.3, 16, relu
dropout:0.3, linear:classes
"""
STRATEGIES = ["frozen", "last:2", "gradual:1", "all"]
SETTINGS = {
    "EMA": ["--ema", "0.9"],
    "one-cycle": ["--schedule", "onecycle", "--optimizer", "sgd", "--momentum", "0"],
    "accumulation": ["--accumulate", "2"],
    "weighted sampling": ["--balance", "sampling"],
    "multi-label": ["--balance", "loss"],
}
# The files of a run.
MOST_KILLS = 8
ENGINES = ["openvino", "libtorch"]


def main():
    made = parser(__doc__)
    made.add_argument("data", nargs="?")
    made.add_argument("--kills", type=int, default=100)
    made.add_argument("--matrix", action="store_true")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--folder", help="the folder of the runs; by default a temporary one")
    options, flags = parse(made)
    if options.matrix == (options.data is not None):
        made.error("specify DATA, or --matrix, which creates its own")
    random.seed(options.seed)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        check = check_matrix if options.matrix else check_run
        wrong = check(options, pathlib.Path(folder), flags or FLAGS)
        if wrong and options.folder:
            input("Enter deletes the runs. ")
    return 1 if wrong else 0


def check_run(options, folder, flags):
    train = command(options, options.data, folder, flags)
    whole = leave_alone(train, folder)
    print(f"uninterrupted: {whole:.1f} s", flush=True)
    kills, runs, wrong = 0, 0, 0
    while kills < options.kills:
        runs += 1
        moments, differing = kill(options, train, folder, whole, f"run {runs}")
        kills += len(moments)
        wrong += bool(differing)
    return total(kills, runs, wrong)


def check_matrix(options, folder, flags):
    table = write_images(folder / "data")
    network = folder / "small.network"
    network.write_text(NETWORK)
    common = ["--model", network, "--batch-size", "5", "--lr", "0.01", "--checkpoint-minutes", "0.0001", "--no-report"]
    weights = {}
    for data in (folder / "data", table):
        weights[data] = folder / f"weights-{data.stem}"
        options.apus("train", data, "--out", weights[data], "--epochs", "1", *common)
    kills, runs, wrong = 0, 0, 0
    for engine in ENGINES:
        for strategy in STRATEGIES:
            for name, setting in SETTINGS.items():
                data = table if name == "multi-label" else folder / "data"
                train = command(
                    options, data, folder,
                    [*common, "--epochs", "3", "--weights", weights[data] / "last.safetensors", "--strategy", strategy, "--engine",
                     engine, *setting])
                whole = leave_alone(train, folder)
                moments = []
                # Each combination is killed at least once.
                while not moments:
                    runs += 1
                    moments, differing = kill(options, train, folder, whole, f"{engine}, {strategy}, {name}")
                    kills += len(moments)
                    wrong += bool(differing)
                shutil.rmtree(folder / "reference")
    return total(kills, runs, wrong)


def total(kills, runs, wrong):
    print(f"{kills} kills in {runs} runs; {runs - wrong} of {runs} ended with the same bytes as the uninterrupted run")
    return wrong


def command(options, data, folder, flags):
    # Every run has the same path because its report contains it.
    return options.apus.command("train", data, "--out", folder / "run", *flags)


def leave_alone(train, folder):
    """Runs a training to its end, and returns the seconds."""
    began = time.monotonic()
    subprocess.run(train, check=True, stdout=subprocess.DEVNULL)
    (folder / "run").rename(folder / "reference")
    return time.monotonic() - began


def kill(options, train, folder, whole, label):
    """Runs a training that is killed at random moments until it ends. Returns the moments and the differing files."""
    run, moments, next_command = folder / "run", [], train
    while True:
        process = subprocess.Popen(next_command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        # On a busy machine a run could be killed forever, so kills stop after some time.
        moment = random.uniform(0, whole) if len(moments) < MOST_KILLS else None
        try:
            _, talk = process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            moments.append(moment)
            # A run that was killed before it started is started again.
            begun = (run / "config.json").exists()
            next_command = options.apus.command("train", "--resume", run) if begun else train
            continue
        if process.returncode != 0:
            print(talk.decode(), file=sys.stderr)
        break
    differing = [name for name in FILES if not same(run / name, folder / "reference" / name)]
    places = ", ".join(f"{moment:.2f}" for moment in moments) or "not"
    print(f"{label}: killed {places} s after its starts: {'differs in ' + ', '.join(differing) if differing else 'equal'}",
          flush=True)
    if differing:
        run.rename(folder / f"wrong-{label.replace(', ', '-').replace(':', '-')}-{len(list(folder.iterdir()))}")
    else:
        shutil.rmtree(run)
    return moments, differing


def write_images(folder):
    """Writes images of three colors, the first class larger, and a table of them with several labels.

    Returns the table's path."""
    rows = ["path,label"]
    for place, (name, color) in enumerate([("red", (200, 40, 30)), ("blue", (30, 60, 210)), ("green", (40, 180, 50))]):
        (folder / name).mkdir(parents=True)
        for number in range(14 - 4 * place):
            width, height = 30 + number % 3 * 4, 30
            pixels = bytearray()
            for y in range(height):
                pixels.append(0)
                for x in range(width):
                    shade = 1 - (number * 7 + x * y) % 11 / 40
                    pixels += bytes(int(part * shade) for part in color)
            (folder / name / f"{number}.png").write_bytes(png(width, height, pixels))
            labels = [name, "even"] if number % 2 == 0 else [name]
            rows.append(f"data/{name}/{number}.png,{';'.join(labels)}")
    table = folder.parent / "labels.csv"
    table.write_text("\n".join(rows) + "\n")
    return table


def same(first, second):
    # A run without a report has none in either case.
    if not first.exists() and not second.exists():
        return True
    return first.exists() and second.exists() and filecmp.cmp(first, second, shallow=False)


if __name__ == "__main__":
    sys.exit(main())
