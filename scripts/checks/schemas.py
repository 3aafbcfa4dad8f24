#!/usr/bin/env python3
"""Validates the JSON of the commands and the files of a run with the package jsonschema.

    scripts/checks/schemas.py [--apus PATH]

Creates small images, trains on them, and runs each command. Prints a line for each output, and ends with status 1 if one does
not fit its schema in docs/schemas, or if a schema is not valid itself. The tests do the same with a validator of their own.
Needs the packages jsonschema and referencing (pip install jsonschema).
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from checks import Check, parse, parser, png

SCHEMAS = pathlib.Path(__file__).parents[2] / "docs/schemas"
MODEL = "run/best.safetensors"
SMALL = ["--model", "small_cnn", "--fresh", "--batch-size", "4"]
LINES = {"predict", "explain", "explain-maps", "log"}
COMMANDS = [
    ("train-plan", ["train", "photos", "--dry-run", *SMALL]), ("train-rates", ["train", "photos", "--find-lr", *SMALL]),
    ("compare", ["compare", "run", "labels"]), ("evaluate", ["evaluate", MODEL, "photos", "--split", "all"]),
    ("evaluate", ["evaluate", "labels/best.safetensors", "labels.csv", "--split", "all"]),
    ("calibrate", ["calibrate", MODEL, "photos", "--out", "calibrated.safetensors"]), ("predict", ["predict", MODEL, "photos"]),
    ("predict", ["predict", "labels/best.safetensors", "photos", "--logits"]), ("explain", ["explain", MODEL, "photos/red"]),
    ("explain-maps", ["explain", MODEL, "photos/red", "--maps", "--channels", "2"]),
    ("explain-kernels", ["explain", MODEL, "--kernels", "--out", "kernels.png"]),
    ("explain-layers", ["explain", MODEL, "--layers"]), ("explain-statistics", ["explain", MODEL, "photos", "--statistics"]),
    ("embed-map", ["embed", MODEL, "photos", "--map", "pca"]), ("embed-map", ["embed", MODEL, "photos", "--map", "tsne"]),
    ("embed-neighbors", ["embed", MODEL, "photos", "--neighbors", "photos/red/1.png"]),
    ("export-int8", ["export", MODEL, "--int8", "--calibrate", "photos", "--out", "int8.onnx"]), ("models", ["models"]),
    ("summary", ["summary", "resnet18"]), ("weights-list", ["weights", "list"]), ("weights-verify", ["weights", "verify"]),
    ("data-check", ["data", "check", "photos"]), ("data-labels", ["data", "labels", "photos", "--model", MODEL, "--folds", "2"]),
    ("files", ["data", "show", "photos"]), ("files", ["data", "transforms", "photos"]),
]


def validators():
    """Returns a validator for each schema."""
    schemas = {path.name: json.loads(path.read_text()) for path in sorted(SCHEMAS.glob("*.schema.json"))}
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    registry = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in schemas.items())
    return {name.removesuffix(".schema.json"): Draft202012Validator(schema, registry=registry) for name, schema in schemas.items()}


def write_images(folder):
    """Writes images of two classes, one unreadable file, and a table with several labels per image."""
    for name, color in [("blue", (20, 40, 220)), ("red", (220, 30, 20))]:
        (folder / "photos" / name).mkdir(parents=True)
        for number in range(6):
            row = b"\0" + bytes(color) * (30 + number)
            (folder / "photos" / name / f"{number}.png").write_bytes(png(30 + number, 32, row * 32))
    (folder / "photos/red/bad.jpg").write_bytes(b"no image")
    rows = [f"photos/{name}/{number}.png,{name if number % 2 else 'blue;red'}" for name in ("blue", "red") for number in range(6)]
    (folder / "labels.csv").write_text("\n".join(["path,label", *rows, ""]))


def main():
    options, _ = parse(parser(__doc__))
    schemas, result = validators(), Check()

    def check(name, text, label):
        documents = text.splitlines() if name in LINES else [text]
        errors = [error for document in documents for error in schemas[name].iter_errors(json.loads(document))]
        result(not errors, " ".join([name, label, *(f"\n     {error.json_path}: {error.message[:300]}" for error in errors)]))

    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        write_images(folder)

        def run(command):
            format_flag = "--report" if "--int8" in command else "--format"
            words = [str(options.apus.path), *command, format_flag, "json"]
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
            if done.returncode not in (0, 1) or not done.stdout:
                sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
            return done.stdout

        for data, out in [("photos", "run"), ("labels.csv", "labels")]:
            check("train", run(["train", data, "--out", out, "--epochs", "2", "--validate-first", *SMALL]), out)
            check("config", (folder / out / "config.json").read_text(), out)
            check("inputs", (folder / out / "inputs.json").read_text(), out)
            check("log", (folder / out / "log.jsonl").read_text(), out)
            file = (folder / out / "best.safetensors").read_bytes()
            header = json.loads(file[8:8 + struct.unpack("<Q", file[:8])[0]])
            check("model", header["__metadata__"]["apus"], out)
        for name, command in COMMANDS:
            check(name, run(command), " ".join(command))
    sys.exit(result.failed > 0)


if __name__ == "__main__":
    main()
