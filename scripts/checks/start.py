#!/usr/bin/env python3
"""Measures how quickly the command starts, its memory, its size, and which libraries it loads. Prints Markdown tables.

    scripts/checks/start.py [--apus PATH] [--python PATH] [--model FILE] [--images FOLDER] [--rounds N]

- Wall time of the whole process and its peak memory, as medians of 10 rounds: `--version`, `--help`, one image without
  a compiled network in the cache (cold) and with one (warm), and 500 images; next to `python -c "import torch,
  torchvision"` and `python -c "import openvino"` with the interpreter of --python. The commands of a round run one
  after the other. The peak is that of the largest process, if a command starts another one. The row `true` is what
  starting any program takes.
- Sizes of the program, and of OpenVINO and LibTorch as installed next to it or under .deps/.
- `ldd`, and the libraries that each command loads, from the log of glibc's loader. A command without LibTorch fails the
  check if it loads LibTorch or, without a drawing, Pango.

--apus is the program of a build or of an unpacked release. --model is a model file of mobilenet_v2; by default one is
trained for an epoch with random weights, which needs LibTorch. --images is a folder with at least 500 images; by
default images of 400 x 300 are made. Exits with 1 if a library is loaded too early, or a limit is exceeded: 0.05 s and
30 MB for --version and --help, 0.25 s and 130 MB for a warm image, 0.8 s for a cold one. Only a quiet machine gives
valid times.
"""

import ctypes
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import ROOT, Apus, Check, parse, parser, png

COUNT = 500
# Seconds and MB; None is without a limit.
LIMITS = {"--version": (0.05, 30), "--help": (0.05, 30), "one image, warm": (0.25, 130), "one image, cold": (0.8, None)}
LIBTORCH = re.compile(r"lib(torch|c10|ApusTorch)")
DRAWING = re.compile(r"lib(pango|cairo)")
# Parts of glibc and of the compiler.
COMMON = re.compile(r"(ld-linux|lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+)\.so|linux-vdso)")
# torchvision's compiled part does not load with a torch of another build; its Python part needs only these names.
CODE = {
    "torch, torchvision": """import torch
for operator in ("nms", "qnms"):
    try:
        torch.library.define(f"torchvision::{operator}", "(Tensor a, Tensor b, float c) -> Tensor")
    except RuntimeError:
        pass
import torchvision
"""
}
check = Check()


def write_images(folder: Path) -> None:
    """Two classes of images: a grid of noise in a color."""
    numbers = random.Random(0)
    for place in range(COUNT):
        target = folder / ("dark", "light")[place % 2]
        target.mkdir(parents=True, exist_ok=True)
        rows = b""
        for _ in range(6):
            cells = [bytes(place % 2 * 128 + numbers.randrange(128) for _ in range(3)) for _ in range(8)]
            rows += (b"\0" + b"".join(cell * 50 for cell in cells)) * 50
        (target / f"{place}.png").write_bytes(png(400, 300, rows, 1))


def run(words: list, environment: dict, highest: int = 0) -> tuple[float, float]:
    """The seconds of a process, and its peak memory in MB. With a status above `highest`, the script ends.

    A shell starts it and ends, because Linux counts the memory of the process that starts another one as its own. A
    process that lost its parent belongs to this one.
    """
    began = time.perf_counter()
    shell = subprocess.Popen(["sh", "-c", '"$@" &', "sh", *map(str, words)], env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    text = shell.stderr.read().decode(errors="replace")
    shell.wait()
    _, ended, usage = os.wait4(-1, 0)
    seconds, status = time.perf_counter() - began, os.waitstatus_to_exitcode(ended)
    if not 0 <= status <= highest:
        sys.exit(f"{' '.join(map(str, words))}: status {status}: {text.strip()}")
    return seconds, usage.ru_maxrss * 1024 / 1e6


def megabytes(path: Path) -> float:
    """The size of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return sum(file.stat().st_size for file in files) / 1e6


def measure(tasks: dict, rounds: int) -> None:
    found: dict[str, list] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            found[name].append(task())
    print("\n| command | seconds | peak memory in MB |\n|---|---|---|")
    for name, values in found.items():
        seconds, peak = (statistics.median(column) for column in zip(*values))
        print(f"| {name} | {seconds:.3f} | {peak:.0f} |")
    print()
    for name, (longest, largest) in LIMITS.items():
        seconds, peak = (statistics.median(column) for column in zip(*found[name]))
        check(seconds <= longest, f"{name}: {seconds:.3f} s, at most {longest}")
        if largest is not None:
            check(peak <= largest, f"{name}: {peak:.0f} MB, at most {largest}")


def sizes(apus: Path) -> None:
    print("\n| part | MB |\n|---|---|\n| `apus` | %.1f |" % megabytes(apus))
    unpacked = apus.parent.parent / "lib" / "apus"
    for name in ("openvino", "libtorch"):
        places = [unpacked / name, ROOT / ".deps" / name / "lib"]
        place = next(filter(Path.exists, places if unpacked.exists() else places[1:]), None)
        if place is not None:
            print(f"| {'OpenVINO' if name == 'openvino' else 'LibTorch'} | {megabytes(place):.1f} |")
    if unpacked.exists():
        others = sum(megabytes(file) for file in unpacked.iterdir() if file.is_file() and not file.is_symlink())
        print(f"| other libraries in lib/apus | {others:.1f} |")
    for file in sorted((ROOT / "dist").glob("apus*")):
        print(f"| dist/{file.name} | {megabytes(file):.1f} |")


def loaded(words: list, environment: dict, folder: Path) -> list[str]:
    """The names of the libraries that a command and the processes it starts have loaded."""
    logs = folder / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir()
    # `data check` ends with 1 if it finds something.
    run(words, {**environment, "LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(logs / "log")}, highest=words[1] == "data")
    names = set()
    for log in logs.iterdir():
        names |= {Path(path).name for path in re.findall(r"calling init: (.+)", log.read_text(errors="replace"))}
    return sorted(name for name in names if not COMMON.match(name))


def libraries(apus: Path, model: Path, image: Path, images: Path, folder: Path, environment: dict) -> None:
    ldd = subprocess.run(["ldd", apus], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"\n    $ ldd {apus.name}\n" + re.sub(r"^\s*", "    ", ldd.stdout, flags=re.M))
    commands = [
        (["--version"], False), (["--help"], False), (["predict", model, image], False),
        (["evaluate", model, images, "--limit", "20"], False), (["compare", model.parent], False),
        (["models", "--format", "json"], False), (["weights", "list"], False),
        (["data", "check", images], False), (["data", "show", images, "--out", folder / "sheet.png"], True),
        (["export", model, "--with-preprocessing", "pixels", "--out", folder / "pixels.onnx"], False),
    ]
    if not (model.parent / "config.json").exists():
        commands = [command for command in commands if command[0][0] != "compare"]
    print("| command | libraries that it loads, without those of glibc |\n|---|---|")
    for words, draws in commands:
        names = loaded([apus, *words], environment, folder)
        shown = " ".join(str(word) if isinstance(word, str) else word.name for word in words)
        print(f"| `apus {shown}` | {', '.join(names) or 'none'} |", flush=True)
        for name in names:
            if LIBTORCH.match(name) or DRAWING.match(name) and not draws:
                check(False, f"apus {shown} loads {name}")


def adopt_orphans() -> None:
    """Has Linux make processes that lose their parents children of this one."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--python", help="an interpreter with torch, torchvision and openvino")
    made.add_argument("--model", type=Path, help="a model file of mobilenet_v2")
    made.add_argument("--images", type=Path, help=f"a folder with at least {COUNT} images")
    made.add_argument("--rounds", type=int, default=10)
    options, _ = parse(made)
    apus: Path = options.apus.path
    adopt_orphans()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = options.images or folder / "images"
        if options.images is None:
            write_images(images)
        kinds = {".jpg", ".jpeg", ".png", ".webp"}
        image = min((path for path in images.rglob("*") if path.suffix.lower() in kinds), default=None)
        if image is None:
            sys.exit(f"{images} contains no images")
        model = options.model
        if model is None:
            print("training mobilenet_v2 for an epoch", file=sys.stderr)
            Apus(apus)("train", images, "--model", "mobilenet_v2", "--fresh", "--epochs", "1", "--limit", "64", "--out",
                       folder / "run")
            model = folder / "run" / "best.safetensors"

        environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        predict = [apus, "predict", model]

        def cold() -> tuple[float, float]:
            shutil.rmtree(folder / "cold", ignore_errors=True)
            return run([*predict, image], {**environment, "XDG_CACHE_HOME": str(folder / "cold")})

        tasks = {
            "true": lambda: run(["true"], environment),
            "--version": lambda: run([apus, "--version"], environment),
            "--help": lambda: run([apus, "--help"], environment),
            "one image, cold": cold,
            "one image, warm": lambda: run([*predict, image], environment),
            f"{COUNT} images": lambda: run([*predict, images, "--limit", COUNT, "--quiet"], environment),
        }
        if options.python:
            for modules in ("torch, torchvision", "openvino"):
                words = [options.python, "-c", CODE.get(modules, f"import {modules}")]
                tasks[f'python -c "import {modules}"'] = lambda words=words: run(words, environment)
        # Fills the cache, and the system's cache of files.
        for task in tasks.values():
            task()
        measure(tasks, options.rounds)
        sizes(apus)
        libraries(apus, model, image, images, folder, environment)
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
