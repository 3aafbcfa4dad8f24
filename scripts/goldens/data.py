#!/usr/bin/env python3
"""Writes the golden files of datasets, computed from images and tables by Pillow, NumPy and Python's csv module.

    Tests/Goldens/data/modes.tsv          format, mode and frames of each file in Tests/Goldens/images/files
    Tests/Goldens/data/fingerprints.tsv   perceptual hashes of generated images: Pillow's bilinear resize to 32 x 32, gray
                                          with the weights of ITU-R 601, the cosine transform as a product of matrices,
                                          each bit shows whether a coefficient is above the median of all 64
    Tests/Goldens/data/tables/*           CSV files of every kind, written by Python's csv module or by hand
    Tests/Goldens/data/tables.json        their records, read back by Python's csv module

Written with Pillow 13.0.0 and NumPy 2.4.
"""

import csv
import io
import json

import numpy as np
from PIL import Image

from goldens import GOLDENS, noise, write_groups, write_table, write_text

DATA = GOLDENS / "data"


def fingerprint(image: Image.Image) -> str:
    small = np.asarray(image.convert("RGB").resize((32, 32), Image.Resampling.BILINEAR), dtype=np.float64)
    gray = small @ np.array([0.299, 0.587, 0.114])
    wave, pixel = np.arange(8)[:, None], np.arange(32)[None, :]
    cosines = np.cos((2 * pixel + 1) * wave * np.pi / 64)
    waves = cosines @ gray @ cosines.T
    bits = (waves > np.median(waves)).ravel()
    bits[0] = False
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def modes() -> None:
    rows = [("file", "format", "mode", "frames", "alpha")]
    for path in sorted((GOLDENS / "images" / "files").iterdir()):
        try:
            with Image.open(path) as image:
                alpha = image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info
                frames = getattr(image, "n_frames", 1)
                rows.append((path.name, image.format, image.mode, frames, int(alpha)))
        except (OSError, ValueError, SyntaxError):
            continue
    write_table(DATA / "modes.tsv", *rows)


def fingerprints() -> None:
    rows = [("width", "height", "fingerprint")]
    for width, height in [(32, 32), (33, 47), (64, 48), (100, 40), (200, 150), (31, 90)]:
        rows.append((width, height, fingerprint(noise(width, height)) if min(width, height) >= 32 else "-"))
    write_table(DATA / "fingerprints.tsv", *rows)


def tables() -> None:
    rows = [
        ["path", "label", "split"],
        ["a.jpg", "cat", "train"],
        [" leading blank.jpg", "cat", ""],
        ['say "cheese".jpg', "dog", "val"],
        ["comma, and more.jpg", "dog", "test"],
        ["two\nlines.jpg", "dog", "train"],
        ["empty.jpg", "", ""],
        ["caf\u00e9.jpg", "\u732b", "train"],
        ["separator\u2028.jpg", "cat", "train"],
    ]
    texts = {}
    for name, options in {
        "plain.csv": {"lineterminator": "\n"},
        "crlf.csv": {"lineterminator": "\r\n"},
        "quoted.csv": {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"},
        "tabs.tsv": {"delimiter": "\t", "lineterminator": "\n"},
        "semicolons.csv": {"delimiter": ";", "lineterminator": "\r\n"},
    }.items():
        buffer = io.StringIO(newline="")
        csv.writer(buffer, **options).writerows(rows)
        texts[name] = buffer.getvalue()
    texts["mark.csv"] = "\ufeff" + texts["plain.csv"]
    texts["open-end.csv"] = texts["plain.csv"].rstrip("\n")
    texts["inner-quote.csv"] = 'path,label\n5" nail.jpg,tool\nb.jpg,5"\n'
    texts["blank-lines.csv"] = "path,label\n\na.jpg,cat\n\n\nb.jpg,dog\n\n"
    texts["empty-last.csv"] = "path,label,split\na.jpg,cat,\nb.jpg,dog,"
    texts["old-mac.csv"] = "path,label\ra.jpg,cat\rb.jpg,dog\r"
    records = {}
    for name, text in texts.items():
        write_text(DATA / "tables" / name, text)
        delimiter = "\t" if name.endswith("tsv") else ";" if name == "semicolons.csv" else ","
        text = text.removeprefix("\ufeff")
        records[name] = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    write_text(DATA / "tables.json", json.dumps(records, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    write_groups(__doc__, {"modes": modes, "fingerprints": fingerprints, "tables": tables})
