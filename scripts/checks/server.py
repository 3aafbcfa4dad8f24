"""`apus serve` for the scripts in this folder: starts it on free ports of 127.0.0.1, asks it, and watches its memory.

`Service` is what it has in common with `apus studio`.

It needs only Python's standard library.
"""

import argparse
import http.client
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import ROOT, Apus, parser

HOST = "127.0.0.1"
NAME = "checked"
PHOTOS = {".jpg", ".jpeg"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]


def shared_data(*parts: str) -> Path | None:
    """A folder in that of APUS_TEST_DATA."""
    folder = os.environ.get("APUS_TEST_DATA")
    return Path(folder, *parts) if folder else None


def server_parser(doc: str) -> argparse.ArgumentParser:
    """The options of every script that starts the server. What follows `--` goes to the server."""
    made = parser(doc)
    made.add_argument("--model", required=True, help="a model file, or the name of a pretrained network")
    made.add_argument("--images", type=Path, default=shared_data("datasets", "cats_dogs", "cat"),
                      help="a folder with JPEG photos; by default datasets/cats_dogs/cat in APUS_TEST_DATA")
    return made


def photos(folder: Path | None, count: int) -> list[Path]:
    """The first JPEG files of a folder and its subfolders."""
    if folder is None:
        sys.exit("give --images, or set APUS_TEST_DATA")
    found = list(itertools.islice((path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PHOTOS), count))
    if not found:
        sys.exit(f"{folder} contains no JPEG files")
    return found


def predictions(apus: Apus, model: str, files: list[Path], *options: str) -> dict[str, dict]:
    """What `apus predict` prints for images, by path. Images that fail have `error`."""
    words = ["predict", model, *files, "--format", "json", "--logits", *options]
    done = subprocess.run(apus.command(*words), capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout:
        sys.exit(f"apus predict: {done.stderr.strip() or done.returncode}")
    return {line["file"]: line for line in map(json.loads, done.stdout.splitlines())}


def common(answer: dict) -> dict:
    """What an answer of the server and a line of `apus predict` have in common."""
    return {key: value for key, value in answer.items() if key not in ("file", "milliseconds", "model", "version")}


class Service:
    """A command that answers requests on a port of 127.0.0.1. With `with`, it ends at the end of the block."""

    def __init__(self, port: int):
        self.port = port
        self.temporary = tempfile.TemporaryDirectory()
        self.log_path = Path(self.temporary.name, "log")

    def start(self, *command, environment: dict | None = None, reads: bool = False) -> None:
        """Starts it. What it prints goes to the log; with `reads` only standard error."""
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE if reads else log, stderr=log,
                                            env={**os.environ, **(environment or {})})
        self.began = time.perf_counter()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.temporary.cleanup()

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def request(self, method: str, path: str, body=None, headers: dict = {},
                timeout: float = 60) -> tuple[int, dict, bytes]:
        """Status, headers in lower case, and body of an answer, over a connection of its own."""
        sent = {name: value for name, value in headers.items() if value is not None}
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            connection.putrequest(method, path, skip_host="Host" in sent)
            if method == "POST" or body is not None:
                if "Transfer-Encoding" not in sent:
                    sent.setdefault("Content-Length", str(len(body or b"")))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(repr(error)) from error
        finally:
            connection.close()

    def memory(self, field: str = "VmRSS") -> float:
        """The resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024 / 1e6

    def wait(self, seconds: float) -> int | None:
        """The exit status; None if it still runs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        if self.is_running:
            self.process.kill()
            self.process.wait()


class Server(Service):
    """A running server."""

    def __init__(self, apus: Apus, *models: str, options: list[str] = [], configuration: dict | None = None,
                 environment: dict | None = None, waits: bool = True):
        super().__init__(free_port())
        self.grpc_port = free_port()
        words = [*models, "--host", HOST, "--port", self.port, "--grpc-port", self.grpc_port]
        if "--access-log" not in options:
            words += ["--access-log", "off"]
        if configuration is not None:
            path = self.log_path.with_name("serve.json")
            path.write_text(json.dumps(configuration))
            words += ["--config", path]
        # Without --quiet: the log has the events of models.
        self.start(apus.path, "serve", *words, *options, environment=environment)
        if waits:
            self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 300) -> float:
        """Seconds from the start until the server is ready."""
        limit = time.monotonic() + seconds
        while True:
            try:
                if self.request("GET", "/v2/health/ready", timeout=5)[0] == 200:
                    return time.perf_counter() - self.began
            except OSError:
                pass
            if not self.is_running or time.monotonic() > limit:
                sys.exit(f"the server is not ready ({self.process.poll()}):\n{self.log[-4000:]}")
            time.sleep(0.005)

    def get(self, path: str) -> dict:
        status, _, body = self.request("GET", path)
        if status != 200:
            sys.exit(f"GET {path}: {status}: {body[:500]!r}")
        return json.loads(body)

    def classify(self, photo: bytes, query: str = "logits=true", kind: str = "image/jpeg") -> tuple[int, dict]:
        status, _, body = self.request("POST", f"/v1/models/{NAME}/classify?{query}", photo, {"Content-Type": kind})
        return status, json.loads(body)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's values with these labels."""
        text = self.request("GET", "/metrics")[2].decode()
        total = 0.0
        for found in re.finditer(rf"^{name}(?:\{{(.*)\}})? (\S+)", text, re.MULTILINE):
            own = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[1] or ""))
            if labels.items() <= own.items():
                total += float(found[2])
        return total

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def connections(self) -> int:
        """The number of TCP connections that the server holds."""
        inodes = set()
        for entry in os.scandir(f"/proc/{self.process.pid}/fd"):
            try:
                if found := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(entry.path)):
                    inodes.add(found[1])
            except OSError:
                pass
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        LISTEN = "0A"
        return sum(fields[9] in inodes and fields[3] != LISTEN for fields in map(str.split, lines))

    def libraries(self) -> set[str]:
        """The names of the files that the process has mapped."""
        lines = Path(f"/proc/{self.process.pid}/maps").read_text().splitlines()
        return {Path(line.split(maxsplit=5)[5]).name for line in lines if line.count("/")}

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


class Load:
    """The generator in `load/load.c`, which is compiled on first use."""

    program: Path | None = None

    def __init__(self, files: list[Path], *, port: int, path: str = f"/v1/models/{NAME}/classify", **options):
        if Load.program is None:
            Load.folder = tempfile.TemporaryDirectory()
            Load.program = Path(Load.folder.name) / "load"
            subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-O2", "-Wall", "-Wextra", "-o", Load.program,
                            ROOT / "scripts" / "checks" / "load" / "load.c"], check=True)
        words: list = ["--port", port, "--path", path]
        for name, value in options.items():
            words += ["--" + name.replace("_", "-"), value]
        self.process = subprocess.Popen([str(word) for word in (Load.program, *words, *files)],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def result(self) -> dict:
        out, error = self.process.communicate()
        if self.process.returncode:
            sys.exit(f"load: {error.strip() or self.process.returncode}")
        return json.loads(out)


def multipart(files: list[tuple[str, bytes]], fields: dict[str, str] = {}, name: str = "image",
              boundary: str = "apus-check-3f81") -> tuple[bytes, str]:
    """A body of multipart/form-data, and its content type."""
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
             for field, value in fields.items()]
    for filename, contents in files:
        head = (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n")
        parts.append(head.encode() + contents + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
