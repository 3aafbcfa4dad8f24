#!/usr/bin/env python3
"""Checks that PyTorch and the safetensors library read files written by Apus.

    scripts/checks/interchange.py [swift-test-option ...]

Runs the test `InterchangeTests`, which writes files to a temporary folder, and compares them with the golden files.
Needs torch and safetensors; exits with 1 if something differs.
"""

import sys
import tempfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from checks import Check, swift_test
from goldens import GOLDENS

FILES = GOLDENS / "checkpoints"
check = Check()


def same(left: dict, right: dict, ordered: bool = True) -> bool:
    names = list(left) == list(right) if ordered else sorted(left) == sorted(right)
    return names and all(
        left[name].dtype == right[name].dtype
        and left[name].shape == right[name].shape
        and torch.equal(left[name], right[name])
        for name in left
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        swift_test("InterchangeTests", sys.argv[1:], APUS_INTERCHANGE=name)
        for file in ("every-kind.pth", "plain.pth", "module.pth"):
            golden = torch.load(FILES / file, weights_only=True)
            ours = torch.load(folder / file, weights_only=True)
            check(same(golden, ours), f"{file}: torch.load(weights_only=True)")
            check(same(golden, torch.load(folder / file, weights_only=True, mmap=True)), f"{file}: with mmap")
            check(getattr(golden, "_metadata", None) == getattr(ours, "_metadata", None), f"{file}: _metadata")
            check(same(golden, load_file(folder / f"{file}.safetensors"), False), f"{file}: safetensors")

        many = OrderedDict((f"layer{i}.weight", torch.tensor([float(i)])) for i in range(2500))
        check(same(many, torch.load(folder / "many.pth", weights_only=True)), "many.pth: torch.load")
        with open(folder / "torch.pth", "wb") as file:
            torch.save(many, file)
        check((folder / "many.pth").read_bytes() == (folder / "torch.pth").read_bytes(), "many.pth: torch.save's bytes")
        check(same(many, load_file(folder / "many.safetensors"), False), "many.safetensors")
        with safe_open(folder / "many.safetensors", "pt") as file:
            texts = {"text": '"é"\n\U0001f600\x07', "classes": '["a"]'}
            check(file.metadata() == texts, "many.safetensors: metadata")
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
