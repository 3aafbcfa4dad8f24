"""The machine of the benchmarks."""

import os
import pathlib
import platform
import re
import subprocess

SETS = {
    "avx2": "AVX2", "avx512f": "AVX-512", "avx512_vnni": "VNNI", "avx_vnni": "AVX-VNNI", "avx512_bf16": "bfloat16",
    "amx_bf16": "AMX bfloat16", "amx_int8": "AMX int8",
}


def flags():
    match = re.search(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return set(match.group(1).split()) if match else set()


def has_bfloat16():
    """Whether the processor has instructions for bfloat16; without them it is slower than float32, not faster."""
    return bool(flags() & {"avx512_bf16", "amx_bf16"})


def describe(python, apus):
    """Names and values, for the table."""
    cpu = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    have = flags()
    return {
        "processor": cpu.group(1) if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "instructions": ", ".join(name for flag, name in SETS.items() if flag in have) or "plain",
        "memory": f"{int(memory.group(1)) / 2**20:.0f} GiB" if memory else "unknown",
        "system": f"{platform.system()} {platform.release()}",
        "apus": said([str(apus), "--version"]),
        "Python": said([str(python), "--version"]).removeprefix("Python "),
        **versions(python),
    }


def versions(python):
    names = ["torch", "torchvision", "openvino", "onnxruntime", "timm", "pillow"]
    code = (
        "import importlib.metadata as m\n"
        f"for name in {names}:\n"
        "    try: print(name, m.version(name))\n"
        "    except m.PackageNotFoundError: print(name, 'absent')\n")
    return dict(line.split(" ", 1) for line in said([str(python), "-c", code]).splitlines())


def said(command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
