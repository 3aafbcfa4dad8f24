"""The setting of a session: paths, options, and the capabilities of this build of Apus and of this machine."""

import argparse
import dataclasses
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import machine
from .race import Contender

HERE = pathlib.Path(__file__).parent.parent
ROOT = HERE.parent
FAMILIES = ["alexnet", "resnet18", "resnet50", "mobilenet_v2", "densenet121"]
PIPELINES = ["resnet18", "resnet50", "mobilenet_v2"]


@dataclasses.dataclass(eq=False)
class Setting:
    """The options are those of Benchmarks/run. Temporary files go to a folder that is deleted at the end."""

    options: argparse.Namespace
    scratch: pathlib.Path = dataclasses.field(
        default_factory=lambda: pathlib.Path(tempfile.mkdtemp(prefix="apus-bench-")))

    @property
    def apus(self):
        return self.options.apus

    @property
    def bench(self):
        return self.options.bench

    @property
    def rounds(self):
        return self.options.rounds

    @property
    def photos(self):
        return self.options.work / "photos"

    @property
    def few(self):
        return self.options.work / "few"

    @property
    def classes(self):
        return self.options.work / "classes"

    @property
    def large(self):
        return self.options.work / "large"

    @functools.cached_property
    def image_count(self):
        return len(list(self.photos.iterdir()))

    def model(self, name):
        return self.options.work / f"models/{name}.safetensors"

    def onnx(self, name):
        return self.options.work / f"models/{name}.onnx"

    @functools.cached_property
    def precisions(self):
        """The precisions that are fast on this machine; measurements of others are meaningless."""
        return ["float32", "bfloat16"] if machine.has_bfloat16() else ["float32"]

    @functools.cache
    def can(self, command, flag):
        """Whether a command of `apus` (or of `apus-bench`, with the whole path) has a flag."""
        program, *rest = command.split()
        program = self.apus if program == "apus" else self.bench
        said = subprocess.run([program, *rest, "--help"], capture_output=True, text=True, check=False)
        return flag in said.stdout

    def peer(self, name, script, work, model=None, *more, **rest):
        """A contender in Python."""
        command = [self.options.python, HERE / f"peers/{script}.py", work]
        if model:
            command += ["--model", model]
            if model in FAMILIES:
                command += ["--weights", self.model(model), "--onnx", self.onnx(model)]
        return Contender(name, [*command, *more], **rest)

    def ours(self, name, command, *more, engine=None, precision="float32", **rest):
        """The contender `apus`; None if this build lacks a feature that it needs."""
        flags = []
        if engine or precision != "float32":
            if not self.can(f"apus {command}", "--precision"):
                return None
            flags = (["--engine", engine] if engine else []) + ["--precision", precision]
        elif self.can(f"apus {command}", "--precision"):
            flags = ["--precision", precision]
        return Contender(name, [self.apus, command, *more, *flags], is_ours=True, environment=self.environment, **rest)

    def quantized(self, name):
        """The network in int8, calibrated on the training images; None if this build cannot create it."""
        file = self.scratch / f"{name}-int8.onnx"
        if not file.exists() and self.can("apus export", "--int8"):
            command = [self.apus, "export", self.model(name), "--int8", "--calibrate", self.classes, "--out", file]
            subprocess.run(command, capture_output=True, check=False)
        return file if file.exists() else None

    @property
    def environment(self):
        """A separate cache of compiled models for these benchmarks."""
        return {"XDG_CACHE_HOME": str(self.scratch / "cache")}

    def forget_compiled(self):
        shutil.rmtree(self.scratch / "cache", ignore_errors=True)

    def clean(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def warm_files(self):
        """Reads everything once, so that disk access does not affect the measurements."""
        for file in self.options.work.rglob("*"):
            if file.is_file():
                with open(file, "rb") as opened:
                    while opened.read(1 << 22):
                        pass


def present(contenders):
    """The contenders that this build has."""
    return [contender for contender in contenders if contender is not None]


def load_average():
    return os.getloadavg()[0]
