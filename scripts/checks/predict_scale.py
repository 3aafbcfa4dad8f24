#!/usr/bin/env python3
"""Checks `apus predict --shard K/N --out DIR`: many images, several processes, killed at random moments until done.

    scripts/checks/predict_scale.py --photos FOLDER [--images 1000000] [--shards 4] [--kills 20] [--model FILE]

Trains a tiny network on generated images, draws a list of real photos (the same ones again and again, in random order),
and starts a process for each shard. Each is killed (SIGKILL, some with SIGTERM) and started again. At the end each
image must be there exactly once, in the order of the list, and the memory must not grow with the number of images.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import checks

PART = re.compile(r"part-(\d+)-of-(\d+)-(\d+)-(\d+)-\d{10}-[0-9a-f]{16}\.jsonl")
NETWORK = "input 3x24x24\nfeatures:\nconv:8:3, relu, maxpool:2\nclassifier:\nlinear:classes\n"


def main() -> None:
    made = checks.parser(__doc__)
    made.add_argument("--photos", type=Path, required=True, help="a folder with JPEG files")
    made.add_argument("--model", type=Path, help="by default a tiny network, which is trained first")
    made.add_argument("--images", type=int, default=1_000_000)
    made.add_argument("--shards", type=int, default=4)
    made.add_argument("--kills", type=int, default=20, help="kills in total")
    made.add_argument("--part-size", type=int, default=5000)
    made.add_argument("--seed", type=int, default=0)
    options = made.parse_args()
    dice, check = random.Random(options.seed), checks.Check()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = options.model.resolve() if options.model else train(options.apus, folder)
        photos = sorted(str(path.resolve()) for path in options.photos.rglob("*")
                        if path.suffix.lower() in (".jpg", ".jpeg"))
        listed = [dice.choice(photos) for _ in range(options.images)]
        (folder / "list.txt").write_text("".join(f"{path}\n" for path in listed))
        print(f"{len(photos)} photos, {len(listed)} lines, {options.shards} shards", flush=True)
        began = time.time()
        kills, peaks = work(options, folder, model, dice)
        seconds = time.time() - began
        verify(check, folder / "results", listed, options.shards)
        # Some did few images before they were killed, some very many. Before the first one they read the list.
        longest = [max(peak) for peak in peaks if len(peak) >= 100]
        growth = max(longest, default=0) - min(longest, default=0)
        check(growth < 10 << 10, f"the peak memories of {len(longest)} processes differ by at most {growth / 1024:.1f} MiB")
        rows = [("images", len(listed)), ("kills", kills), ("processes", len(peaks)),
                ("files", len(list((folder / "results").glob("part-*")))), ("wall time", f"{seconds:.0f} s"),
                ("images a second", f"{len(listed) / seconds:.0f}"),
                ("peak memory", f"{max(max(peak, default=0) for peak in peaks) / 1024:.0f} MiB a process")]
        for key, value in rows:
            print(f"{key:16} {value}")
    sys.exit(check.failed > 0)


def train(apus: checks.Apus, folder: Path) -> Path:
    """A network of two classes that computes next to nothing."""
    for color, pixel in (("blue", b"\x14\x28\xdc"), ("red", b"\xdc\x1e\x14")):
        (folder / "data" / color).mkdir(parents=True)
        for number in range(6):
            (folder / "data" / color / f"{number}.ppm").write_bytes(
                f"P6 {30 + number} 32 255\n".encode() + pixel * (30 + number) * 32)
    (folder / "tiny.network").write_text(NETWORK)
    apus("train", folder / "data", "--model", folder / "tiny.network", "--epochs", 1, "--batch-size", 4,
         "--out", folder / "run", "--no-report")
    return folder / "run" / "best.safetensors"


def work(options, folder: Path, model: Path, dice: random.Random) -> tuple[int, list[list[int]]]:
    """Runs all shards until each has ended by itself; returns the kills and the peaks of memory of each process."""
    running, peaks, kills = {}, [], 0

    def start(shard: int) -> None:
        command = options.apus.command(
            "predict", model, "-", "--fast-decode", "--workers", 1, "--shard", f"{shard}/{options.shards}",
            "--out", folder / "results", "--part-size", options.part_size)
        with open(folder / "list.txt", "rb") as given:
            peaks.append([])
            running[shard] = (subprocess.Popen(command, stdin=given), peaks[-1])

    for shard in range(1, options.shards + 1):
        start(shard)
    # The kills are spread over about half of the work, whatever its speed: by the images in finished files.
    due = sorted(dice.uniform(0, 0.7) * options.images for _ in range(options.kills))
    while running:
        time.sleep(dice.uniform(0.05, 0.3))
        for shard, (process, peak) in list(running.items()):
            if process.poll() is None:
                peak.append(memory(process.pid))
                continue
            del running[shard]
            if process.returncode not in (0, -signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGTERM):
                sys.exit(f"shard {shard} ended with status {process.returncode}")
            if process.returncode:
                start(shard)
        results = folder / "results"
        done = sum(int(found[4]) for entry in (os.listdir(results) if results.exists() else [])
                   if (found := PART.fullmatch(entry)))
        if due and done >= due[0] and running:
            due.pop(0)
            process, _ = running[dice.choice(list(running))]
            process.send_signal(signal.SIGTERM if dice.random() < 0.25 else signal.SIGKILL)
            kills += 1
    return kills, peaks


def memory(pid: int) -> int:
    """The peak memory in KiB."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def verify(check: checks.Check, results: Path, listed: list[str], shards: int) -> None:
    """Compares the files with the list."""
    parts = {shard: [] for shard in range(1, shards + 1)}
    for path in results.glob("part-*"):
        found = PART.fullmatch(path.name)
        parts[int(found[1])].append((int(found[3]), int(found[4]), path))
    total, wrong = 0, 0
    for shard, files in parts.items():
        expected, place = listed[shard - 1::shards], 0
        for start, count, path in sorted(files):
            with open(path, encoding="utf-8") as lines:
                names = [json.loads(line)["file"] for line in lines]
            wrong += start != place or len(names) != count or names != expected[start:start + count]
            place, total = start + count, total + len(names)
        wrong += place != len(expected)
    check(total == len(listed), f"{total} of {len(listed)} images have a result")
    check(wrong == 0, f"each once and in the order of the list ({wrong} files or shards differ)")
    marks = sorted(path.name for path in results.glob("_done-*.json"))
    check(len(marks) == shards, f"{len(marks)} of {shards} shards are marked as complete")
    check(not list(results.glob(".part-*.partial")), "no temporary file is left")


if __name__ == "__main__":
    main()
