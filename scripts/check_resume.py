#!/usr/bin/env python3
"""Kills training runs at random moments, lets them go on, and compares their files with those of a run left alone.

    scripts/check_resume.py DATA [--apus .build/release/apus] [--kills 100] [-- FLAGS OF apus train]

Prints a line for each run: where it was killed, how often, and whether every file came out with the same bytes. Ends with
status 1 where one did not. Nothing but Python's own library is needed.
"""

import argparse
import filecmp
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

FILES = ["best.safetensors", "last.safetensors", "checkpoint.safetensors", "metrics.csv", "steps.csv", "split.csv", "report.md",
         "report.html", "curves.png"]
# A small run that has several epochs of several steps, with dropout, augmentation and a rate that changes.
FLAGS = ["--model", "small_cnn", "--fresh", "--epochs", "3", "--batch-size", "8", "--limit", "64", "--schedule", "cosine",
         "--checkpoint-minutes", "0.0001", "--seed", "3"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--apus", default=".build/release/apus")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", help="where the runs lie; a temporary folder by default")
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:split])
    flags = arguments[split + 1:] or FLAGS
    random.seed(options.seed)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        folder = pathlib.Path(folder)
        # Every run has the same path, which is told in its report.
        run = folder / "run"
        train = [options.apus, "train", options.data, "--out", run, "--quiet", *flags]
        began = time.monotonic()
        subprocess.run(train, check=True, stdout=subprocess.DEVNULL)
        whole = time.monotonic() - began
        reference = folder / "reference"
        run.rename(reference)
        print(f"left alone: {whole:.1f} s", flush=True)
        kills, runs, wrong = 0, 0, 0
        while kills < options.kills:
            moments = []
            command = train
            while True:
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                moment = random.uniform(0, whole)
                try:
                    _, talk = process.communicate(timeout=moment)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    moments.append(moment)
                    kills += 1
                    # Killed before it had begun, it begins again.
                    command = [options.apus, "train", "--resume", run, "--quiet"] if (run / "config.json").exists() else train
                    continue
                if process.returncode != 0:
                    print(talk.decode(), file=sys.stderr)
                break
            runs += 1
            differing = [name for name in FILES if not same(run / name, reference / name)]
            wrong += bool(differing)
            places = ", ".join(f"{moment:.2f}" for moment in moments) or "not"
            print(f"run {runs}: killed {places} s after its starts: {'differs in ' + ', '.join(differing) if differing else 'equal'}",
                  flush=True)
            if differing:
                run.rename(folder / f"wrong-{runs}")
            else:
                subprocess.run(["rm", "-r", run], check=True)
        print(f"{kills} kills in {runs} runs; {runs - wrong} of {runs} ended with the same bytes as the run left alone")
        if wrong and options.folder:
            input("Enter deletes the runs. ")
    return 1 if wrong else 0


def same(first, second):
    return first.exists() and second.exists() and filecmp.cmp(first, second, shallow=False)


if __name__ == "__main__":
    sys.exit(main())
