#!/usr/bin/env python3
"""The part of scripts/checks/cuda that runs on the machine with the GPU. It needs Python and PyTorch alone.

    cuda.py                                  everything, in at most 8 minutes
    cuda.py --device cpu --networks resnet18,alexnet    tries the check itself on few photos, where there is no GPU

Prints a line for each part, and writes all figures to results.json beside itself, or to --json FILE. Exit status: 0 if
every part passed.
"""

import argparse
import concurrent.futures
import csv
import hashlib
import json
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NETWORKS = (
    "alexnet vgg11 vgg11_bn resnet18 resnext50_32x4d densenet121 googlenet inception_v3 mnasnet0_5 mobilenet_v2 "
    "mobilenet_v3_small shufflenet_v2_x0_5 squeezenet1_1 efficientnet_b0 efficientnet_v2_s regnet_x_400mf "
    "regnet_y_400mf convnext_tiny vit_b_32 swin_t swin_v2_t small_cnn").split()
RECIPE = "flip(0.3), rotation(40), resize(300), centerCrop(256)"
# Of the largest logit. CUDA multiplies float32 values in convolutions as TF32, with 10 bits after the point.
TOLERANCE = 0.02
# Seconds for everything. `slowness` multiplies this and all other limits.
LIMIT = 470.0
BEGIN = time.monotonic()
slowness = 1

PROBE = """
import json, torch
cuda = torch.cuda.is_available()
print(json.dumps({"folder": torch.__path__[0], "version": torch.__version__, "cuda": torch.version.cuda,
                  "gpu": torch.cuda.get_device_name(0) if cuda else None}))
"""


class Failure(Exception):
    pass


def seconds_left(limit: float) -> float:
    left = min(limit * slowness, LIMIT * slowness - (time.monotonic() - BEGIN))
    if left <= 1:
        raise Failure("no time left")
    return left


def apus(*words, limit: float, given: str | None = None, **environment: str) -> subprocess.CompletedProcess:
    """Runs the command in this folder; a failure has its last line of messages."""
    command = [HERE / "apus", *map(str, words)]
    try:
        done = subprocess.run(command, cwd=HERE, input=given, env={**os.environ, **environment}, capture_output=True,
                              text=True, timeout=seconds_left(limit))
    except subprocess.TimeoutExpired:
        raise Failure(f"{words[0]} took more than {limit * slowness:.0f} s")
    if done.returncode != 0:
        raise Failure(f"{words[0]}: {(done.stderr.strip().splitlines() or [done.returncode])[-1]}")
    return done


def training(out: str, data: str, *words, device: str) -> list:
    return ["train", data, "--out", f"runs/{out}", "--device", device, "--fresh", "--strategy", "all", "--no-report",
            "--quiet", "--format", "json", *words]


def logits(model: str, device: str, limit: float) -> dict[str, list[float]]:
    """Of the validation photos of few.csv, by path."""
    with open(HERE / "few.csv", newline="") as file:
        paths = "".join(row["path"] + "\n" for row in csv.DictReader(file) if row["split"] == "val")
    done = apus("predict", model, "-", "--format", "json", "--logits", "--engine", "libtorch", "--device", device,
                "--quiet", limit=limit, given=paths)
    return {row["file"]: row["logits"] for row in map(json.loads, done.stdout.splitlines())}


def difference(found: dict, expected: dict) -> float:
    """The largest difference of two logits, relative to the largest logit."""
    if found.keys() != expected.keys() or not expected:
        raise Failure("not the same images")
    largest = max(abs(value) for row in expected.values() for value in row)
    apart = max(abs(a - b) for key in expected for a, b in zip(found[key], expected[key], strict=True))
    result = apart / largest if largest else math.inf
    if not result <= TOLERANCE:
        raise Failure(f"logits differ by {result:.2%} of the largest")
    return result


def rates(run: str) -> list[float]:
    """Images a second of each epoch's training, without validation, except the first epoch, which also warms up."""
    found, begin, last = [], None, None
    for line in (HERE / "runs" / run / "log.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "step":
            last = event
        elif event["event"] == "epoch":
            if begin is not None:
                found.append(last["images"] / (last["time"] - begin))
            begin = event["time"]
    return found


def digests(run: str) -> dict[str, str]:
    return {name: hashlib.sha256((HERE / "runs" / run / name).read_bytes()).hexdigest()
            for name in ("best.safetensors", "last.safetensors")}


# --- The parts: each returns figures, of which `says` is the text of its line, or throws Failure --------------------


def carried(options) -> dict:
    """A model and its logits from another machine, computed on a CPU with another version of LibTorch."""
    found = difference(logits("model.safetensors", options.device, 60), json.loads((HERE / "logits.json").read_text()))
    return {"difference": found, "says": f"largest difference {found:.2e} of the largest logit"}


def family(options, name: str) -> dict:
    """A step of training on the device; then the same file on the device and on the CPU."""
    began = time.monotonic()
    apus(*training(name, "few.csv", "--model", name, "--epochs", 1, "--batch-size", 20, "--optimizer", "sgd",
                   device=options.device), limit=90)
    model = f"runs/{name}/last.safetensors"
    found = difference(logits(model, options.device, 60), logits(model, "cpu", 60))
    # Its files may have gigabytes.
    shutil.rmtree(HERE / "runs" / name)
    return {"difference": found, "says": f"largest difference {found:.2e} of the largest logit, "
                                         f"{time.monotonic() - began:.1f} s"}


def precision(options, name: str) -> dict:
    run = f"precision-{name}"
    done = apus(*training(run, options.data, "--model", "small_cnn", "--epochs", 3, "--limit", options.images,
                          "--precision", name, device=options.device), limit=60)
    losses = [epoch["trainingLoss"] for epoch in json.loads(done.stdout)["epochs"]]
    if not all(map(math.isfinite, losses)):
        raise Failure(f"the losses are {losses}")
    if name != "float32":
        exact = options.losses["float32"]
        if abs(losses[-1] - exact) > 0.1 * exact:
            raise Failure(f"the last loss is {losses[-1]:.4f}, in float32 {exact:.4f}")
    options.losses[name] = losses[-1]
    rate = max(rates(run))
    return {"losses": losses, "rate": rate, "says": f"loss {losses[0]:.4f} to {losses[-1]:.4f}, {rate:.0f} images/s"}


def repeatable(out: str, options) -> list:
    network = "mobilenet_v3_small" if options.device == "cpu" else "resnet18"
    return training(out, options.data, "--model", network, "--epochs", 3, "--limit", options.images, "--batch-size", 32,
                    "--deterministic", device=options.device)


def resume(options) -> dict:
    """SIGTERM in the second epoch, and --resume: the same files as without it."""
    apus(*repeatable("whole", options), limit=60)
    table = HERE / "runs/stopped/metrics.csv"
    process = subprocess.Popen([HERE / "apus", *map(str, repeatable("stopped", options))], cwd=HERE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + seconds_left(60)
    while process.poll() is None and not (table.exists() and table.read_text().count("\n") >= 2):
        if time.monotonic() > end:
            process.kill()
            raise Failure("the run did not end its first epoch")
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(seconds_left(30))
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failure("SIGTERM did not end the run")
    if status != 143:
        raise Failure(f"SIGTERM ended the run with {status}, not 143")
    apus("train", "--resume", "runs/stopped", "--quiet", limit=60)
    if digests("stopped") != digests("whole"):
        raise Failure("the resumed run has other files")
    return {"says": "stopped in epoch 2 of 3 and resumed: best and last model are equal, byte by byte"}


def one_process(options) -> dict:
    """A launcher's variables for a group of one: NCCL on CUDA. The model is that of the run without them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    done = apus(*repeatable("group", options), limit=60, RANK="0", WORLD_SIZE="1", LOCAL_RANK="0",
                LOCAL_WORLD_SIZE="1", MASTER_ADDR="127.0.0.1", MASTER_PORT=port, NCCL_DEBUG="VERSION")
    version = re.search(r"NCCL version (\S+)", done.stdout + done.stderr)
    if options.device != "cpu" and version is None:
        raise Failure("NCCL was not used")
    whole, group = (float((HERE / "runs" / run / "metrics.csv").read_text().splitlines()[-1].split(",")[2])
                    for run in ("whole", "group"))
    if not math.isclose(whole, group, rel_tol=1e-3):
        raise Failure(f"the loss is {group:.6f}, without a group {whole:.6f}")
    equal = digests("group") == digests("whole")
    return {"nccl": version and version[1], "equal": equal,
            "says": f"NCCL {version[1] if version else 'not used on a CPU'}; loss {group:.4f} as without a group, "
                    f"models {'equal' if equal else 'not equal'} byte by byte"}


def recipe(options, name: str, *words) -> dict:
    """The second recipe's network, transforms and rate; each photo once in an epoch."""
    epochs = 2 if options.device == "cpu" else 6
    done = apus(*training(name, options.data, "--model", "small_cnn", "--train-transforms", RECIPE, "--lr", 0.0001,
                          "--epochs", epochs, *words, device=options.device), limit=60)
    last, rate = json.loads(done.stdout)["epochs"][-1], max(rates(name))
    if not last["trainingLoss"] < 2.35:
        raise Failure(f"after {epochs} epochs the loss is {last['trainingLoss']:.4f}")
    return {"rate": rate, "says": f"{rate:.0f} images/s; after {epochs} epochs training loss "
                                  f"{last['trainingLoss']:.4f}, validation accuracy {last['validationAccuracy']:.1%}"}


# --- All of them ----------------------------------------------------------------------------------------------------


def prepare() -> None:
    """Here: the table of a few photos, and a model with its logits."""
    with open(HERE / "few.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "split"])
        for split, count in (("train", 4), ("val", 2)):
            for folder in sorted((HERE / "photos" / split).iterdir()):
                for photo in sorted(folder.iterdir())[:count]:
                    rows.writerow([photo.relative_to(HERE), folder.name, split])
    apus(*training("model", "few.csv", "--model", "mnasnet0_5", "--epochs", 2, "--batch-size", 20, device="cpu"),
         limit=300)
    (HERE / "runs/model/last.safetensors").rename(HERE / "model.safetensors")
    (HERE / "logits.json").write_text(json.dumps(logits("model.safetensors", "cpu", 300)))
    shutil.rmtree(HERE / "runs", ignore_errors=True)


def main() -> int:
    global slowness
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="separated by commas")
    parser.add_argument("--images", type=int, default=400, help="of each run; the recipe takes all on a GPU")
    parser.add_argument("--jobs", type=int, default=4, help="networks at the same time")
    parser.add_argument("--json", type=Path, default=HERE / "results.json")
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    slowness = 10 if options.device == "cpu" or options.prepare else 1
    options.data = "few.csv" if options.device == "cpu" else "photos"
    if options.prepare:
        prepare()
        return 0

    machine = json.loads(subprocess.check_output([sys.executable, "-c", PROBE], text=True))
    print(f"PyTorch {machine['version']}, CUDA {machine['cuda']}, {machine['gpu'] or 'no GPU'}, "
          f"{os.cpu_count()} processors")
    wanted = (HERE / "torch-version").read_text().strip()
    if machine["version"].split("+")[0] != wanted:
        sys.exit(f"libApusTorch.so in this folder is for PyTorch {wanted}: pack it for the other version")
    if options.device != "cpu" and machine["gpu"] is None:
        sys.exit("PyTorch finds no GPU; --device cpu tries the check without one")
    # Of LibTorch's own folder, the command opens LibTorch; libApusTorch.so lies here.
    os.environ["APUS_LIBTORCH"] = machine["folder"] + "/lib"
    os.environ["LD_LIBRARY_PATH"] = ":".join(filter(None, [str(HERE), os.environ.get("LD_LIBRARY_PATH")]))
    os.environ["HOME"] = str(HERE)
    shutil.rmtree(HERE / "runs", ignore_errors=True)

    options.losses, results, failed = {}, {}, 0

    def report(part: str, call, *words) -> bool:
        began = time.monotonic()
        try:
            found = {"passed": True, **call(options, *words)}
        except (Failure, OSError, ValueError, KeyError, IndexError) as error:
            found = {"passed": False, "says": str(error)}
        found["seconds"] = round(time.monotonic() - began, 2)
        results[part] = found
        mark = "ok  " if found["passed"] else "FAIL"
        print(f"{mark} {part:<34} {found['seconds']:6.1f} s  {found['says']}", flush=True)
        return found["passed"]

    failed += not report("logits from another machine", carried)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        failed += sum(not passed for passed in pool.map(
            lambda name: report(f"logits of {name}", family, name), options.networks.split(",")))
    # On a CPU float16 is refused: it needs loss scaling.
    for name in ("float32", "bfloat16") if options.device == "cpu" else ("float32", "bfloat16", "float16"):
        failed += not report(f"training in {name}", precision, name)
    failed += not report("resume to the same bits", resume)
    failed += not report("a group of one process", one_process)
    failed += not report("recipe 2, as written", recipe, "recipe", "--batch-size", 16, "--workers", 4)
    failed += not report("recipe 2, batches of 128, bfloat16", recipe, "recipe-128", "--batch-size", 128, "--precision",
                         "bfloat16")

    total = time.monotonic() - BEGIN
    options.json.write_text(json.dumps({"machine": machine, "device": options.device, "seconds": round(total, 1),
                                        "parts": results}, indent=1) + "\n")
    print(f"{len(results) - failed} of {len(results)} parts passed in {total:.0f} s; figures: {options.json}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
