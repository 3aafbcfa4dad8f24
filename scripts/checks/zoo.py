#!/usr/bin/env python3
"""Passes the state dict of every torchvision network through Apus and back, in both formats.

    scripts/checks/zoo.py [--apus PATH] [--folder FOLDER] [NAME ...]

PyTorch writes a state dict of random numbers as .pth and as safetensors; `apus export FILE --model NAME` loads each
strictly and writes it again; torchvision's network loads that strictly, and all tensors must be equal, with names in the
same order. Prints a table and exits with 1 if something differs.
Written for torch 2.13, torchvision 0.28 and safetensors 0.8. The largest networks take 2.6 GB each in FOLDER, three times,
and 8 GB of memory.
"""

import sys
import tempfile
import time
from collections import OrderedDict
from pathlib import Path
from unittest.mock import patch

import torch
from safetensors.torch import load_file, save_file

from checks import Apus, parser
import goldens
from goldens import torchvision
from torchvision.models.regnet import BlockParams

make_widths = BlockParams.from_init_params


def widths(**options):
    """RegNet computes its widths with tensors, whose values it needs."""
    with torch.device("cpu"):
        return make_widths(**options)


def build(name: str) -> torch.nn.Module:
    """The network without memory for its tensors."""
    with torch.device("meta"), patch.object(BlockParams, "from_init_params", widths):
        return goldens.build(name, init_weights=False)


def random_tensor(like: torch.Tensor) -> torch.Tensor:
    if like.is_floating_point():
        return torch.rand(like.shape, dtype=like.dtype)
    return torch.randint(0, 1000, like.shape, dtype=like.dtype)


def run(apus: Apus, source: Path, name: str, target: Path) -> None:
    apus("export", source, "--model", name, "--format", target.suffix.removeprefix("."), "--out", target)


def compare(name: str, ours: OrderedDict, original: dict, *, ordered: bool) -> None:
    """Loads strictly, then compares the network's tensors."""
    network = build(name)
    network.load_state_dict(ours, strict=True, assign=True)
    state = network.state_dict()
    if ordered and list(ours) != list(original):
        raise ValueError("the names are in another order")
    for key, tensor in original.items():
        if tensor.dtype != state[key].dtype or not torch.equal(tensor, state[key]):
            raise ValueError(f"{key} differs")


def versions(state) -> dict[str, int]:
    return {key: value.get("version") for key, value in getattr(state, "_metadata", {}).items()}


def check(apus: Apus, name: str, folder: Path) -> tuple[int, int, str]:
    """The tensors, the bytes, and a remark."""
    remarks = []
    network = build(name)
    state = network.state_dict()
    for key in list(state):
        state[key] = random_tensor(state[key])
    network.load_state_dict(state, assign=True)
    state = network.state_dict()
    files = {kind: (folder / f"theirs.{kind}", folder / f"ours.{kind}") for kind in ("pth", "safetensors")}
    figures = len(state), sum(value.nbytes for value in state.values())
    torch.save(state, files["pth"][0])
    # The memory that Apus needs must be free meanwhile.
    del network, state

    theirs, ours = files["pth"]
    run(apus, theirs, name, ours)
    original = torch.load(theirs, weights_only=True, mmap=True)
    returned = torch.load(ours, weights_only=True, mmap=True)
    compare(name, returned, original, ordered=True)
    told, found = versions(original), versions(returned)
    if differing := [key for key in told if found.get(key) != told[key]]:
        remarks.append(f"{len(differing)} versions differ: {differing[0]}")
    ours.unlink()

    theirs, ours = files["safetensors"]
    save_file(OrderedDict(original), theirs, metadata={"format": "pt"})
    run(apus, theirs, name, ours)
    returned = OrderedDict(load_file(ours))
    if name.startswith("mnasnet"):
        # torchvision rejects a state dict without a version, and safetensors has no place for it.
        returned._metadata = OrderedDict({"": {"version": 2}})
        remarks.append("safetensors with the version added in Python")
    compare(name, returned, original, ordered=False)
    return *figures, ", ".join(remarks)


def main() -> None:
    flags = parser(__doc__)
    flags.add_argument("--folder", type=Path)
    flags.add_argument("names", nargs="*")
    options = flags.parse_args()
    # Apus has all image networks except MaxViT.
    names = options.names or torchvision.models.list_models(module=torchvision.models, exclude="maxvit*")
    # Small ones first, to show problems soon.
    names.sort(key=lambda name: list(torchvision.models.get_model_weights(name))[0].meta["num_params"])
    print(f"{'network':22} {'tensors':>7} {'MB':>7}  .pth and back, safetensors and back", flush=True)
    failed = 0
    for name in names:
        started = time.monotonic()
        torch.manual_seed(0)
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            try:
                tensors, size, remark = check(options.apus, name, Path(folder))
            except (Exception, SystemExit) as error:
                failed += 1
                print(f"{name:22} {'':>7} {'':>7}  FAIL {error}", flush=True)
                continue
        seconds = time.monotonic() - started
        print(f"{name:22} {tensors:7} {size / 1e6:7.1f}  equal {remark} ({seconds:.0f} s)", flush=True)
    print(f"{len(names) - failed} of {len(names)} networks are equal.")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
