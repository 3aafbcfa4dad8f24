#!/usr/bin/env python3
"""Compare how Apus reads tar shards with WebDataset.

    scripts/checks/shards.py [--apus .build/debug/apus]

Needs the packages webdataset and Pillow. Writes shards with WebDataset's own writer, and with Python's tarfile in the
formats of POSIX, GNU and pax with long names, and compares the keys, the labels and the number of samples.
"""

import argparse
import csv
import io
import json
import random
import subprocess
import tarfile
import tempfile
from pathlib import Path

import webdataset
from PIL import Image

CLASSES = ["ants", "bees", "cats"]


def image(value: int, kind: str) -> bytes:
    file = io.BytesIO()
    # Noise, so that no image resembles another.
    Image.frombytes("RGB", (32, 24), random.Random(value).randbytes(32 * 24 * 3)).save(file, kind)
    return file.getvalue()


def write(folder: Path, form: str, count: int) -> None:
    numbers = random.Random(form)
    for shard in range(3):
        path = folder / f"{'val' if shard == 2 else 'train'}-{shard:06d}.tar"
        samples = []
        for place in range(count):
            number = shard * count + place
            label = numbers.randrange(3)
            key = f"{'x' * (120 if form in ('gnu', 'pax') else 3)}/é sample{number:05d}"
            ending, kind = [("jpg", "JPEG"), ("png", "PNG"), ("JPEG", "JPEG"), ("webp", "WEBP")][number % 4]
            members = {ending: image(number, kind), "cls": str(label).encode()}
            members["json"] = json.dumps({"class_name": CLASSES[label], "id": number}).encode()
            samples.append((key, members))
        if form == "webdataset":
            with webdataset.TarWriter(str(path)) as writer:
                for key, members in samples:
                    writer.write({"__key__": key, **members})
        else:
            kinds = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
            with tarfile.open(path, "w", format=kinds[form]) as archive:
                for key, members in samples:
                    for ending, content in members.items():
                        info = tarfile.TarInfo(f"{key}.{ending}")
                        info.size = len(content)
                        archive.addfile(info, io.BytesIO(content))


def theirs(folder: Path) -> list[tuple]:
    found = []
    for path in sorted(folder.glob("*.tar")):
        for sample in webdataset.WebDataset(str(path), shardshuffle=False):
            ending = next(name for name in sample if name in ("jpg", "jpeg", "png", "webp"))
            name = json.loads(sample["json"])["class_name"]
            found.append((path.name.split("-")[0], path.name, f"{sample['__key__']}.{ending}", sample["cls"].decode(), name))
    return sorted(found)


def ours(apus: str, folder: Path) -> list[tuple]:
    labels = []
    for column in ("cls", "class_name"):
        table = folder / f"{column}.csv"
        command = [apus, "data", "check", str(folder), "--label-column", column, "--fix", str(table), "--format", "json"]
        result = subprocess.run(command, capture_output=True, text=True)
        if not table.exists():
            raise SystemExit(result.stdout + result.stderr)
        labels.append(list(csv.DictReader(table.open())))
        table.unlink()
    found = []
    for number, name in zip(*labels, strict=True):
        assert number["path"] == name["path"]
        shard, _, member = number["path"].partition("/")
        # WebDataset gives extensions in lower case.
        stem, _, ending = member.rpartition(".")
        found.append((number["split"], shard, f"{stem}.{ending.lower()}", number["label"], name["label"]))
    return sorted(found)


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--apus", default=".build/debug/apus")
    flags.add_argument("--samples", type=int, default=40, help="samples in each shard")
    options = flags.parse_args()
    for form in ("webdataset", "ustar", "gnu", "pax"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "shards"
            folder.mkdir()
            write(folder, form, options.samples)
            expected, found = theirs(folder), ours(options.apus, folder)
            differences = set(expected) ^ set(found)
            assert len(expected) == 3 * options.samples and not differences, sorted(differences)[:6]
            print(f"{form}: {len(found)} samples with the same keys, labels and splits")


if __name__ == "__main__":
    main()
