"""Shared code of the scripts in this folder: the command, tests that write files, C functions, and results.

It needs only Python's standard library. Code that needs torchvision, the formulas or the golden files is in `goldens`.
"""

import argparse
import ctypes
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts" / "goldens"))
BUILT = [ROOT / ".build" / kind / "apus" for kind in ("release", "debug")]


class Apus:
    """The command, by default the release build, otherwise the debug build."""

    def __init__(self, path=next(filter(Path.exists, BUILT), BUILT[0])):
        self.path = Path(path).resolve()

    def command(self, *words) -> list[str]:
        return [str(word) for word in (self.path, *words, "--quiet")]

    def __call__(self, *words, given: str | None = None) -> str:
        """Its output; if it fails, the script ends."""
        done = subprocess.run(self.command(*words), input=given, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"apus {words[0]}: {done.stderr.strip() or done.returncode}")
        return done.stdout


def parser(doc: str, has_apus: bool = True) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    if has_apus:
        made.add_argument("--apus", type=Apus, default=Apus(), help="by default the build in .build/release or .build/debug")
    return made


def parse(made: argparse.ArgumentParser) -> tuple[argparse.Namespace, list[str]]:
    """The script's options, and the arguments after `--`."""
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    return made.parse_args(words[:split]), words[split + 1:]


class Check:
    """Prints whether a condition is true, and counts failures."""

    failed = 0

    def __call__(self, condition: bool, what: str) -> None:
        print("ok  " if condition else "FAIL", what, flush=True)
        self.failed += not condition


def swift_test(name: str, options: list[str], **environment: str) -> None:
    """Runs tests that write files to a folder in an environment variable."""
    command = ["swift", "test", "--disable-xctest", *options, "--filter", name]
    done = subprocess.run(command, cwd=os.environ.get("APUS_PACKAGE", ROOT), env={**os.environ, **environment},
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)


def compiled(compiler: str, *names: str) -> ctypes.CDLL:
    """Builds these files of CImage as a library."""
    sources, path = ROOT / "Sources" / "CImage", Path(tempfile.mkdtemp()) / "library.so"
    subprocess.run([*compiler.split(), "-std=c11", "-O2", "-ffp-contract=off", "-fPIC", "-shared", "-Wall",
                    f"-I{sources}/include", "-o", path, *(sources / name for name in names), "-lm"], check=True)
    return ctypes.CDLL(str(path))


def address(array) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def milliseconds(call) -> float:
    """The processor time of the fastest of 30 calls."""
    found = []
    for _ in range(30):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return min(found) * 1000


def png(width: int, height: int, rows: bytes, level: int = -1) -> bytes:
    """A PNG file of 8-bit RGB; each row starts with its filter byte."""

    def chunk(kind: bytes, contents: bytes) -> bytes:
        return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), level))
            + chunk(b"IEND", b""))
