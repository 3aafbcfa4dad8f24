#!/usr/bin/env python3
"""Write Tests/Goldens/checkpoints: small checkpoint files of every kind, and their content as PyTorch reads it.

`expected.json` contains, for each valid file, the names, dtypes, shapes, strides and bytes that
`torch.load` or safetensors' own library give. The other files must be refused.
Written with torch 2.13.0 and safetensors 0.8.0; a second run gives the same bytes except for the storages' names in the
older format, which PyTorch takes from addresses.
"""

import argparse
import collections
import io
import json
import os
import pathlib
import pickle
import struct
import tarfile
import zipfile
from collections import OrderedDict

import torch
from safetensors.torch import load_file, save_file

from goldens import GOLDENS, type_name, write_text

FOLDER = GOLDENS / "checkpoints"
LEGACY = {"_use_new_zipfile_serialization": False}
DTYPES = (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool,
)


def numbers(*shape: int) -> torch.Tensor:
    """Distinct numbers that every dtype except bool represents exactly."""
    return (torch.arange(torch.Size(shape).numel(), dtype=torch.float32) - 3).reshape(shape)


def every_kind() -> OrderedDict:
    """Each dtype, each kind of view, and names that are difficult for readers."""
    base = numbers(4, 6)
    state = OrderedDict()
    state["whole"] = base
    state["rows"] = base[1:3]
    state["transposed"] = base.t()
    state["every.second"] = base[:, ::2]
    state["channels.last"] = numbers(2, 3, 2, 2).to(memory_format=torch.channels_last)
    state["expanded"] = numbers(3, 1).expand(3, 4)
    state["part"] = numbers(10)[4:7]
    state["scalar"] = torch.tensor(2.5)
    state["empty"] = torch.empty(0, 3)
    state["parameter"] = torch.nn.Parameter(numbers(2, 2))
    state["frozen"] = torch.nn.Parameter(numbers(3), requires_grad=False)
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8):
        state[f"as.{str(dtype).removeprefix('torch.')}"] = numbers(5).to(dtype)
    state["as.uint8"] = torch.tensor([0, 1, 128, 255], dtype=torch.uint8)
    state["as.bool"] = torch.tensor([True, False, True])
    state["long.dimension"] = torch.zeros(600, dtype=torch.uint8)[:300]
    # Equal for Swift's String, but two names for PyTorch.
    state["caf\u00e9"] = numbers(1)
    state["cafe\u0301"] = numbers(2)
    return state


def plain() -> OrderedDict:
    """Tensors that Apus writes byte for byte as PyTorch does: tensors without gaps, some of them sharing memory."""
    base = numbers(3, 4)
    state = OrderedDict()
    state["layer.weight"] = base
    state["layer.bias"] = numbers(4)
    # As state_dict() does: another tensor of the same memory.
    state["tied.weight"] = base.detach()
    state["tied.transposed"] = base.t()
    state["steps"] = torch.tensor(70000)
    state["half"] = numbers(2).to(torch.float16)
    state["empty"] = torch.empty(0)
    state["mask"] = torch.tensor([[True], [False]])
    return state


def same_storages() -> OrderedDict:
    """For each dtype, a storage that three tensors share: whole, from an offset, with strides."""
    state = OrderedDict()
    for dtype in DTYPES:
        name = str(dtype).removeprefix("torch.")
        base = (torch.arange(24) % 2 == 0) if dtype == torch.bool else torch.arange(24).to(dtype)
        state[f"{name}.whole"] = base.reshape(4, 6)
        state[f"{name}.rows"] = base.reshape(4, 6)[1:3, 2:]
        state[f"{name}.strided"] = base.reshape(2, 3, 4).permute(2, 0, 1)[1:, :, ::2]
    return state


class Calls:
    """Pickled as a call of `function`, which an unsafe reader performs."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def old_parameters() -> OrderedDict:
    """Parameters as PyTorch 0.2 pickled them: the class is called, then its attributes are set."""

    class Old:
        def __reduce__(self):
            return torch.nn.Parameter, (numbers(2, 2),), (True, False, OrderedDict())

    return OrderedDict(weight=Old(), bias=numbers(2))


def module() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(OrderedDict(conv=torch.nn.Conv2d(1, 2, 1), bn=torch.nn.BatchNorm2d(2)))


def to_bytes(value, **options) -> bytes:
    """The bytes of torch.save, whose archive is named `archive` and not after the file."""
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def repack(archive: bytes, compression: int, change=lambda name, content: content) -> bytes:
    """The same records in a new ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(buffer, "w", compression) as target:
        for info in source.infolist():
            name = info.filename.removeprefix("archive/")
            entry = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = compression
            target.writestr(entry, change(name, source.read(info)))
    return buffer.getvalue()


def big_endian() -> bytes:
    def swap(name: str, content: bytes) -> bytes:
        if name == "byteorder":
            return b"big"
        if name.startswith("data/"):
            width = {"0": 4, "1": 8, "2": 2}[name.removeprefix("data/")]
            return b"".join(content[i : i + width][::-1] for i in range(0, len(content), width))
        return content

    state = OrderedDict(a=numbers(2, 3), b=torch.tensor([1, 2**40]), c=numbers(3).to(torch.bfloat16))
    return repack(to_bytes(state), zipfile.ZIP_STORED, swap)


class Storage:
    """Represents the storage of ten numbers, or for a part of it: (key, first, count)."""

    def __init__(self, part: tuple | None):
        self.part = part


class StoragePickler(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, Storage):
            return "storage", torch.FloatStorage, "root", "cpu", 10, value.part
        return None


def storage_views() -> bytes:
    """The older format with a storage that is a part of another, as in the first versions."""
    buffer = io.BytesIO()
    for value in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}):
        pickle.dump(value, buffer, protocol=2)
    rebuild = torch._utils._rebuild_tensor
    state = OrderedDict(
        whole=Calls(rebuild, Storage(None), 0, (10,), (1,)),
        part=Calls(rebuild, Storage(("part", 2, 6)), 1, (5,), (1,)),
    )
    StoragePickler(buffer, protocol=2).dump(state)
    pickle.dump(["root"], buffer, protocol=2)
    buffer.write(struct.pack("<q", 10) + numbers(10).numpy().tobytes())
    return buffer.getvalue()


class TarPickler(pickle._Pickler):
    """Names tensors by number, as PyTorch before 0.1.10 did."""

    def __init__(self, file, numbers: dict[int, int]):
        super().__init__(file, protocol=2)
        self.numbers = numbers

    def persistent_id(self, value):
        return str(self.numbers[id(value)]) if isinstance(value, torch.Tensor) else None

    def save_reduce(self, func, args, state=None, *rest, obj=None, **more):
        # Variables were pickled by class, and their tensors with attributes.
        if isinstance(obj, OldParameter):
            self.save(torch.nn.Parameter)
            self.save(())
            self.write(pickle.NEWOBJ)
            self.save((obj.tensor, None, OrderedDict(), True, False))
            self.write(pickle.BUILD)
        else:
            super().save_reduce(func, args, state, *rest, obj=obj, **more)


class OldParameter:
    """Represents a Parameter of PyTorch 0.1."""

    def __init__(self, tensor: torch.Tensor):
        self.tensor = tensor


def tar(state: OrderedDict, parts: list[tuple[str, torch.Tensor, int, int]] = (), *, format=tarfile.GNU_FORMAT) -> bytes:
    """The oldest format, of PyTorch before 0.1.10, as `legacy_load` in torch/serialization.py reads it.

    `parts` are tensors whose storage is a part of another's: a name, the tensor, and the part's first element and length.
    """
    values = {name: value.tensor if isinstance(value, OldParameter) else value for name, value in state.items()}
    values |= {name: tensor.data for name, tensor, _, _ in parts}
    state = OrderedDict(state) | {name: values[name] for name, _, _, _ in parts}
    # Numbers are addresses there; any numbers that need 8 bytes work.
    numbers = {id(value): 94_000_000_000_000 + 16 * index for index, value in enumerate(values.values())}
    roots = {}
    for value in values.values():
        roots.setdefault(value.untyped_storage().data_ptr() or id(value), value)
    storage_number = {key: 93_000_000_000_000 + 16 * index for index, key in enumerate(roots)}

    def dump(file, value) -> None:
        pickle.dump(value, file, protocol=2)

    def name(kind: str) -> bytes:
        return b"ctorch\n" + kind.encode() + b"\n"

    def kind(value: torch.Tensor) -> str:
        return value.type().removeprefix("torch.").removesuffix("Tensor")

    def described(*fields) -> bytes:
        """A pickle of a tuple of numbers, texts, None, and names of classes (bytes)."""
        output = b"\x80\x02"
        for field in fields:
            # Python's own pickle, without its start and end.
            output += field if isinstance(field, bytes) else pickle.dumps(field, protocol=2)[2:-1]
        return output + b"\x87."

    storages = io.BytesIO()
    dump(storages, len(roots))
    for key, value in roots.items():
        elements = value.untyped_storage()
        count = elements.nbytes() // value.element_size()
        storages.write(described(storage_number[key], "cpu", name(kind(value) + "Storage")))
        storages.write(struct.pack("<q", count) + bytes(elements.tolist()))
    views = []
    for index, (key, tensor, first, count) in enumerate(parts):
        views.append((92_000_000_000_000 + index, storage_number[tensor.untyped_storage().data_ptr()], first, count))
    dump(storages, views)

    tensors = io.BytesIO()
    dump(tensors, len(values))
    within = {key: (view[0], view[2]) for (key, _, _, _), view in zip(parts, views)}
    for key, value in values.items():
        root = storage_number[value.untyped_storage().data_ptr() or id(value)]
        storage, first = within.get(key, (root, 0))
        tensors.write(described(numbers[id(value)], storage, name(kind(value) + "Tensor")))
        tensors.write(struct.pack("<ii", value.dim(), 0))
        tensors.write(struct.pack(f"<{2 * value.dim() + 1}q", *value.shape, *value.stride(), value.storage_offset() - first))

    objects = io.BytesIO()
    TarPickler(objects, numbers).dump(state)
    machine = io.BytesIO()
    dump(machine, {"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}})

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", format=format) as archive:
        for key, content in {"sys_info": machine, "pickle": objects, "tensors": tensors, "storages": storages}.items():
            info = tarfile.TarInfo(key)
            info.size = content.tell()
            # PAX stores fractions of a second in a separate member.
            info.mtime = 1480000000.5
            content.seek(0)
            archive.addfile(info, content)
    return buffer.getvalue()


def folder_in_tar() -> bytes:
    """A packed folder, which is not a checkpoint."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:") as archive:
        archive.addfile(tarfile.TarInfo("photos/readme.txt"), io.BytesIO())
    return buffer.getvalue()


def oldest() -> dict[str, bytes]:
    """Files in the tar format."""
    state = every_kind()
    for name in ("parameter", "frozen"):
        state[name] = OldParameter(state[name].data)
    base = numbers(10)
    parts = [("part.of.storage", base[3:8], 2, 6)]
    attack = tar(OrderedDict(weight=numbers(2)))
    call = b"cposix\nsystem\nX\x1e\0\0\0touch executed-by-a-pickle      \x85R."
    place = attack.index(b"\x80\x02ccollections")
    return {
        "every-kind-tar.pth": tar(state),
        "parts-tar.pth": tar(OrderedDict(whole=base), parts, format=tarfile.PAX_FORMAT),
        "attack-tar.pth": attack[: place + 2] + call + attack[place + 2 + len(call) :],
    }


def training() -> dict[str, object]:
    """Checkpoints as torchvision's references and timm save them, and two states in one file."""
    weights = module().state_dict()
    arguments = argparse.Namespace(lr=0.1, data=pathlib.PurePosixPath("/data"), tags={"a", "b"})
    optimizer = torch.optim.SGD(module().parameters(), lr=0.1, momentum=0.9).state_dict()
    optimizer["state"] = {index: {"momentum_buffer": numbers(2)} for index in range(4)}
    wrapped = torch.nn.DataParallel(module()).state_dict()
    compiled = OrderedDict((f"_orig_mod.{key}", value) for key, value in weights.items())
    compiled._metadata = OrderedDict({"": {"version": 1}})
    compiled._metadata |= {f"_orig_mod.{key}".rstrip("."): value for key, value in weights._metadata.items()}
    return {
        "training.pth": {
            "model": weights,
            "optimizer": optimizer,
            "lr_scheduler": {"milestones": collections.Counter([30, 60]), "_last_lr": [0.1]},
            "epoch": 3,
            "args": arguments,
            "rng": {"torch": torch.get_rng_state()[:8]},
        },
        # The ImageNet example stores the best accuracy as a tensor.
        "training-wrapped.pth": {"epoch": 3, "arch": "small", "best_acc1": torch.tensor(71.5), "state_dict": wrapped},
        "training-two.pth": {"model": weights, "model_ema": module().state_dict(), "epoch": 3},
        "training-nested.pth": {"checkpoint": {"net": weights, "epoch": 3}},
        "compiled.pth": compiled,
    }


def accepted() -> dict[str, bytes]:
    """Files that must be read, in the formats of `torch.save`."""
    pairs = Calls(OrderedDict, [["b", numbers(2)], ["a", numbers(3)]])
    nested = {
        "epoch": 3,
        "best": 0.5,
        "arch": "small",
        "done": True,
        "state_dict": OrderedDict(weight=numbers(2, 2), bias=numbers(2)),
        "optimizer": {"state": {0: {"momentum_buffer": numbers(2, 2)}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
        "shape": torch.Size([1, 2]),
        "dtype": torch.float32,
        "device": torch.device("cpu"),
    }
    beside = OrderedDict(weight=numbers(2), epoch=7, loss=0.25, arch="small", frozen=False, missing=None, sizes=[1, 2])
    return {
        "every-kind.pth": to_bytes(every_kind()),
        "every-kind-legacy.pth": to_bytes(every_kind(), **LEGACY),
        "every-kind-protocol4.pth": to_bytes(every_kind(), pickle_protocol=4),
        "every-kind-legacy-protocol4.pth": to_bytes(every_kind(), pickle_protocol=4, **LEGACY),
        "plain.pth": to_bytes(plain()),
        "module.pth": to_bytes(module().state_dict()),
        "module-legacy.pth": to_bytes(module().state_dict(), **LEGACY),
        "big-endian.pth": big_endian(),
        "compressed.pth": repack(to_bytes(plain()), zipfile.ZIP_DEFLATED),
        "pairs-legacy.pth": to_bytes(pairs, **LEGACY),
        "storage-views-legacy.pth": storage_views(),
        "scalars-beside.pth": to_bytes(beside),
        "no-tensors.pth": to_bytes(OrderedDict()),
        "nested.pth": to_bytes(nested),
        "old-parameters-legacy.pth": to_bytes(old_parameters(), **LEGACY),
        "same-storages.pth": to_bytes(same_storages()),
        "same-storages-legacy.pth": to_bytes(same_storages(), **LEGACY),
    }


def refused() -> dict[str, bytes]:
    """Files that must be refused, each with a specific error."""
    attack = OrderedDict(weight=numbers(2), trap=Calls(os.system, "touch executed-by-a-pickle"))
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), script)
    return {
        "attack.pth": to_bytes(attack),
        "attack-legacy.pth": to_bytes(attack, **LEGACY),
        "attack-protocol4.pth": to_bytes(OrderedDict(trap=Calls(eval, "1 + 1")), pickle_protocol=4),
        "attack-bare.pth": pickle.dumps(Calls(os.system, "touch executed-by-a-pickle"), protocol=2),
        "whole-model.pth": to_bytes(torch.nn.Linear(1, 1)),
        "complex.pth": to_bytes(OrderedDict(a=torch.ones(2, dtype=torch.complex64))),
        "uint16.pth": to_bytes(OrderedDict(a=torch.ones(2, dtype=torch.uint16))),
        "conjugate.pth": to_bytes(OrderedDict(a=torch.ones(2, dtype=torch.complex64).conj().imag)),
        "sparse.pth": to_bytes(OrderedDict(a=torch.eye(2).to_sparse())),
        "single-tensor.pth": to_bytes(numbers(2)),
        "torchscript.pt": script.getvalue(),
        "folder.tar": folder_in_tar(),
        "bomb.pth": repack(to_bytes(OrderedDict(a=torch.zeros(24 << 20, dtype=torch.uint8))), zipfile.ZIP_DEFLATED),
    }


def describe(state: dict) -> dict:
    """Names, dtypes, shapes, strides and bytes of the tensors of a state dict."""
    tensors = [
        {
            "name": name,
            "dtype": type_name(value),
            "shape": list(value.shape),
            "strides": list(value.stride()),
            "bytes": value.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes().hex()
            if value.numel() > 0
            else "",
        }
        for name, value in state.items()
        if isinstance(value, torch.Tensor)
    ]
    versions = [[key, value["version"]] for key, value in getattr(state, "_metadata", {}).items() if "version" in value]
    return {"tensors": tensors, "moduleVersions": versions}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = {}
    # These files are trusted, so Python's own pickle may read them; only it supports protocol 4.
    for name, content in accepted().items():
        (FOLDER / name).write_bytes(content)
        state = torch.load(FOLDER / name, weights_only=False)
        expected[name] = describe(state["state_dict"] if name == "nested.pth" else state)
    for name, content in oldest().items():
        (FOLDER / name).write_bytes(content)
        if not name.startswith("attack"):
            expected[name] = describe(torch.load(FOLDER / name, weights_only=False))
    for name, value in training().items():
        (FOLDER / name).write_bytes(to_bytes(value))
    expected["training.pth"] = describe(module().state_dict())
    for name, content in refused().items():
        (FOLDER / name).write_bytes(content)

    contiguous = {name: value.detach().contiguous().clone() for name, value in every_kind().items()}
    save_file(contiguous, FOLDER / "every-kind.safetensors", metadata={"format": "pt", "quote": 'a "b" \\ c\n', "é": "ü"})
    state = load_file(FOLDER / "every-kind.safetensors")
    with open(FOLDER / "every-kind.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    expected["every-kind.safetensors"] = describe({name: state[name] for name in header if name != "__metadata__"})
    write_text(FOLDER / "expected.json", json.dumps(expected, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
