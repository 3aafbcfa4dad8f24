"""The workloads, P1 to P8: their contenders and measurements."""

import csv
import json
import re
import shutil
import statistics

from . import measure
from .race import Contender
from .setting import present

TUTORIAL, TUNED = "tutorials' loop", "PyTorch tuned"
ONNX_RUNTIME, OPENVINO, TIMM = "ONNX Runtime + DataLoader", "OpenVINO + DataLoader", "timm's inference"


# --- P1 and P6: a folder of photos to labels -----------------------------------------------------------------------

def labellers(setting, model, photos):
    """All contenders that label the images of a folder, each with a file for its predictions."""
    # The larger network takes long, so only the two most important peers run it.
    is_brief = model == "resnet50"

    def figures(contender_name):
        def read(run):
            if run.lines and "seconds" in run.lines[-1]:
                inner = run.lines[-1]["seconds"]
            else:
                inner = told_seconds(run)
                (setting.scratch / f"labels-{model}-{contender_name}.csv").write_text(run.output)
            return {"": run.seconds, "without start": inner}

        return read

    def labels(name):
        return ["--labels", setting.scratch / f"labels-{model}-{name}.csv"]

    def ours(name, file=setting.model(model), **more):
        return setting.ours(name, "predict", file, photos, "--format", "csv", figures=figures(name), **more)

    def peer(name, script, *more):
        return setting.peer(
            name, script, "labels", model, "--images", photos, *labels(name), *more, figures=figures(name))

    contenders = [peer(TUTORIAL, "tutorial")]
    for precision in setting.precisions:
        suffix = "" if precision == "float32" else f", {precision}"
        contenders += [
            ours(f"apus{suffix}", precision=precision),
            peer(OPENVINO + suffix, "openvino_python", "--precision", precision),
        ]
        if not is_brief:
            contenders += [
                ours(f"apus, LibTorch{suffix}", engine="libtorch", precision=precision),
                peer(TUNED + suffix, "pytorch_tuned", "--precision", precision),
            ]
        if setting.options.compile:
            contenders.append(
                peer(f"PyTorch compiled{suffix}", "pytorch_tuned", "--compile", "--precision", precision))
    if quantized := setting.quantized(model):
        contenders.append(ours("apus, int8", file=quantized, precision="int8"))
    if not is_brief:
        contenders += [peer(ONNX_RUNTIME, "onnx_runtime"), peer(TIMM, "timm_inference")]
    return present(contenders)


def told_seconds(run):
    """The duration that `apus predict` prints at its end: `1,000 images in 7.52 s, 7.5 ms per image (…)`."""
    for _, line in reversed(run.talk):
        found = re.search(r" in ([\d.]+) s\b", line)
        if found:
            return float(found.group(1))
    raise measure.Failure("it printed no duration")


def p1(setting, notebook):
    for model in setting.options.models:
        contenders = labellers(setting, model, setting.photos)
        notebook.race("P1", model, contenders, setting.rounds)
        compare_labels(setting, notebook, model, contenders)


def compare_labels(setting, notebook, model, contenders):
    """The number of images with the same label as from the tutorials' loop, for each contender."""
    expected = read_labels(setting.scratch / f"labels-{model}-{TUTORIAL}.csv")
    for contender in contenders:
        found = read_labels(setting.scratch / f"labels-{model}-{contender.name}.csv")
        if not expected or not found or contender.name == TUTORIAL:
            continue
        if contender.name == TIMM and model == "mobilenet_v2":
            continue  # timm's own network, without these weights.
        same = sum(found.get(name) == label for name, label in expected.items())
        notebook.agreement.append((model, contender.name, same, len(expected)))
        is_exact = contender.is_ours and not contender.name.endswith((", bfloat16", ", int8"))
        if is_exact and same < len(expected):
            notebook.note(f"{model}: {contender.name} differs from PyTorch on {len(expected) - same} images")


def read_labels(path):
    """The class index by image name, from a peer's predictions or from the table that `apus` prints."""
    if not path.exists():
        return {}
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    if rows and rows[0][:3] == ["file", "label", "index"]:
        return {row[0].rsplit("/", 1)[-1]: row[2] for row in rows[1:]}
    return {name: label for name, label in rows}


def p6(setting, notebook):
    """One run each, over fewer images: memory depends neither on other load nor on the duration.
    These runs are not timed because measuring memory takes time."""
    for model in setting.options.models:
        first = setting.ours(
            "apus, the first time", "predict", setting.model(model), setting.few, "--format", "csv",
            prepare=setting.forget_compiled)
        contenders = present([first, *labellers(setting, model, setting.few)])
        notebook.race("P6", model, contenders, 1, unit="MiB", measures_memory=True)


# --- P2: the forward pass alone --------------------------------------------------------------------------------------

def p2(setting, notebook):
    sizes = ["--batch", *map(str, setting.options.batches), "--seconds", setting.options.seconds]

    def figures(run):
        # One line for each batch size and each mode.
        return {
            f"batch {line.get('size', line['batch'])}, {line.get('kind', 'one')}": line["median"] for line in run.lines
        }

    for model in setting.options.families:
        for precision in setting.precisions:
            suffix = "" if precision == "float32" else f", {precision}"
            ours = None
            if precision == "float32" or setting.can("apus-bench forward", "--precision"):
                flags = ["--precision", precision] if setting.can("apus-bench forward", "--precision") else []
                ours = Contender(
                    f"apus{suffix}", [setting.bench, "forward", setting.model(model), *sizes, *flags], figures,
                    is_ours=True, environment=setting.environment)
            peers = [
                setting.peer(
                    name + suffix, script, "forward", model, *sizes, "--precision", precision, figures=figures)
                for name, script in [("OpenVINO", "openvino_python"), ("PyTorch", "pytorch_tuned")]
            ]
            if precision == "float32":
                peers.append(
                    setting.peer("ONNX Runtime", "onnx_runtime", "forward", model, *sizes, figures=figures))
            notebook.race("P2", model, present([ours, *peers]), setting.rounds, unit="ms")


# --- P3 and P4: epochs ------------------------------------------------------------------------------------------------

def epoch_seconds(run):
    """The seconds of each epoch of `apus train`, by its own clock: training and validation, as in the peers."""
    return json.loads(run.output)["seconds"]


def trainers(setting, model, strategy, optimizer, batch, workers):
    """Apus, the tutorials' loop, and PyTorch tuned."""
    common = ["--batch-size", batch, "--optimizer", optimizer, "--val-split", 0.2, "--ignore-orientation", "--format", "json"]
    if model == "small_cnn":
        common += ["--fresh"]
    else:
        common += ["--weights", setting.model(model), "--strategy", strategy]
    run_folder = setting.scratch / "run"

    def clear():
        shutil.rmtree(run_folder, ignore_errors=True)

    def ours(name, precision="float32", *more, epochs=1, figures=lambda run: {"": epoch_seconds(run)[0]}):
        return setting.ours(
            name, "train", setting.classes, "--model", model, *common, "--epochs", epochs, "--out", run_folder, *more,
            precision=precision, prepare=clear, figures=figures)

    def peer(name, script, *more):
        return setting.peer(
            name, script, "epoch", model, "--images", setting.classes, "--strategy", strategy, "--optimizer",
            optimizer, "--batch", batch, *more, figures=lambda run: {"": run.lines[-1]["seconds"]})

    contenders = [peer(TUTORIAL, "tutorial", "--workers", workers)]
    for precision in setting.precisions:
        suffix = "" if precision == "float32" else f", {precision}"
        contenders += [
            ours(f"apus{suffix}", precision), peer(TUNED + suffix, "pytorch_tuned", "--precision", precision)
        ]
    if strategy == "frozen" and setting.can("apus train", "--cache-features"):
        epochs = 10
        contenders.append(
            ours(
                "apus, cached features", "float32", "--cache-features", epochs=epochs,
                figures=lambda run: {
                    "": epoch_seconds(run)[0], "later": statistics.median(epoch_seconds(run)[1:]),
                    f"{epochs} epochs": sum(epoch_seconds(run)),
                }))
    return present(contenders)


def p3(setting, notebook):
    """Recipes 1 and 4: a new head on a frozen backbone."""
    for model, optimizer, workers in [("alexnet", "adam", 0), ("resnet18", "sgd", 4)]:
        case = f"{model}, frozen"
        notebook.race("P3", case, trainers(setting, model, "frozen", optimizer, 64, workers), setting.rounds)


def p4(setting, notebook):
    """Fine-tuning of all layers, and recipe 2's network from scratch."""
    for model, optimizer, batch in [("resnet18", "sgd", 64), ("small_cnn", "adam", 16)]:
        case = f"{model}, all layers"
        notebook.race("P4", case, trainers(setting, model, "all", optimizer, batch, 4), setting.rounds)


# --- P5: cold start ---------------------------------------------------------------------------------------------------

def p5(setting, notebook):
    notebook.race(
        "P5", "help", [Contender("apus", [setting.apus, "--help"], is_ours=True)], max(5, setting.rounds))
    model = setting.options.models[0]
    image = sorted(setting.photos.iterdir())[0]
    one = [setting.model(model), image, "--format", "csv"]
    peers = [
        setting.peer(name, script, "labels", model, "--images", image, "--batch", 1, *more)
        for name, script, more in [(TUTORIAL, "tutorial", []), ("OpenVINO", "openvino_python", ["--workers", 0])]
    ]
    case = f"one image, {model}"
    first = setting.ours("apus, the first time", "predict", *one, prepare=setting.forget_compiled)
    notebook.race("P5", case, present([first]), setting.rounds)
    again = setting.ours("apus", "predict", *one)
    notebook.race("P5", case, present([again, *peers]), setting.rounds)


# --- P8: the loader alone, on one core -----------------------------------------------------------------------------

def p8(setting, notebook):
    def ours(run):
        line = run.lines[-1]
        return {"": line["processorSeconds"] * 1000 / line["images"]}

    def kind(wanted):
        def read(run):
            line = next(line for line in run.lines if line["kind"] == wanted)
            return {"": line["processorSeconds"] * 1000 / line["images"]}

        return read

    for case, folder in [("photos", setting.photos), ("12 megapixels", setting.large)]:
        contenders = [
            Contender("apus", [setting.bench, "loader", folder], ours, is_ours=True),
            setting.peer("Pillow + torchvision", "tutorial", "loader", None, "--images", folder,
                         figures=kind("normalized")),
        ]
        if setting.can("apus-bench loader", "--fast-decode"):
            contenders.append(
                Contender("apus, fast decode", [setting.bench, "loader", folder, "--fast-decode"], ours, is_ours=True))
        notebook.race("P8", case, contenders, setting.rounds, unit="ms")


ALL = {"P1": p1, "P2": p2, "P3": p3, "P4": p4, "P5": p5, "P6": p6, "P8": p8}
TITLES = {
    "P1": "P1: a folder of photos to labels, whole process",
    "P2": "P2: the forward pass alone, milliseconds per image",
    "P3": "P3: one epoch with a frozen backbone, training and validation",
    "P4": "P4: one epoch of all layers, training and validation",
    "P5": "P5: cold start, whole process",
    "P6": "P6: peak memory of the whole process tree, proportional set size",
    "P8": "P8: the loader alone, milliseconds of one core per image",
}
