#!/usr/bin/env python3
"""Checks the life of `apus serve`: reloads, drains, restarts, overload, and hours of work.

    scripts/checks/serve_life.py --model FILE [--second FILE] [--apus PATH] [--images FOLDER] [--only PART,...]
        [--reloads 100] [--drains 10] [--overload 60] [--soak 3600] [-- SERVER-OPTION ...]

--model must be a model file. The parts are

    reload    the file is replaced --reloads times under load, by --second if given and back; no request fails, and each
              answer is that of the first or of the second file
    broken    a damaged file, and no file, keep the former model, and the log and the metrics report it
    drain     SIGTERM under load, --drains times: each request that was sent before has an answer, readiness ends, and
              the exit status is 0
    kill      SIGKILL and a new start, 5 times: ready in less than 1 s, with the compiled network in the cache
    overload  twice the requests that the server bears, for --overload seconds: the p99 of accepted requests is at most
              1.5 times that with a full queue, others are refused with 429 and Retry-After at once
    soak      --soak seconds of mixed requests at half of what the server bears; by default not done: the memory at the
              end is at most 10 % and 16 MB above that after the first minute

`pip install grpcio` lets the soak include gRPC; apart from that Python's standard library and a C compiler are enough.
Requests go to 127.0.0.1 only. Exits with 1 if something fails.
"""

import base64
import collections
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

from checks import Check, parse
from server import HOST, NAME, Load, Server, common, multipart, photos, predictions, server_parser

PARTS = ["reload", "broken", "drain", "kill", "overload", "soak"]
CLASSIFY = f"/v1/models/{NAME}/classify"
READY_SECONDS = 1.0
QUEUE = 32  # Images that may wait in the check of overload.
BURST = 100  # Requests that are sent at once before SIGTERM.
check = Check()


class Clients:
    """Threads that send photos over kept connections, and compare the answers."""

    def __init__(self, server: Server, files: list[Path], expected: list[dict], count: int = 4):
        self.server, self.expected = server, expected
        self.bodies = [file.read_bytes() for file in files]
        self.names = [str(file) for file in files]
        self.counts: collections.Counter = collections.Counter()
        self.stops, self.lock = threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self.work, args=(place,)) for place in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stops.set()
        for thread in self.threads:
            thread.join()

    def work(self, place: int) -> None:
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=60)
        while not self.stops.is_set():
            place = (place + 1) % len(self.bodies)
            try:
                connection.request("POST", f"{CLASSIFY}?logits=true", self.bodies[place],
                                   {"Content-Type": "image/jpeg"})
                answer = connection.getresponse()
                body = answer.read()
                found = str(answer.status)
                if answer.status == 200:
                    of = [index for index, model in enumerate(self.expected)
                          if common(json.loads(body)) == common(model[self.names[place]])]
                    found = f"file {of[0] + 1}" if of else "another answer"
            except (OSError, http.client.HTTPException) as error:
                found = type(error).__name__
                connection.close()
            with self.lock:
                self.counts[found] += 1
        connection.close()

    @property
    def failed(self) -> dict:
        return {found: count for found, count in self.counts.items() if not found.startswith("file ")}


def replace(path: Path, contents: bytes) -> None:
    """Replaces a file at once, as careful programs do."""
    other = path.with_name("new")
    other.write_bytes(contents)
    os.replace(other, path)


def reloads(server: Server, result: str) -> float:
    return server.metric("apus_model_reloads_total", result=result)


def wait(condition, seconds: float = 120) -> bool:
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.01)
    return True


class Setting:
    """What the parts share."""

    def __init__(self, options, server_options: list[str], folder: Path):
        self.options, self.apus, self.folder = options, options.apus, folder
        self.server_options = server_options
        self.model = folder / "model.safetensors"
        shutil.copyfile(options.model, self.model)
        self.files = photos(options.images, 40)
        self.expected = [predictions(self.apus, str(file), self.files)
                         for file in filter(None, (options.model, options.second))]
        # A cache of its own, which the parts share.
        self.environment = {"XDG_CACHE_HOME": str(folder / "cache")}

    def server(self, *options: str, **others) -> Server:
        return Server(self.apus, f"{NAME}={self.model}", options=[*options, *self.server_options],
                      environment=self.environment, **others)


def check_reload(setting: Setting) -> None:
    contents = [Path(file).read_bytes() for file in filter(None, (setting.options.second, setting.options.model))]
    count = setting.options.reloads
    with setting.server() as server, Clients(server, setting.files, setting.expected) as clients:
        before, seconds = server.memory(), []
        for number in range(count):
            began = time.monotonic()
            replace(setting.model, contents[number % len(contents)])
            server.signal(signal.SIGHUP)
            if not wait(lambda: reloads(server, "succeeded") > number):
                check(False, f"reload {number + 1} is not done\n{server.log[-2000:]}")
                break
            seconds.append(time.monotonic() - began)
            if number == min(9, count // 2):
                before = server.memory()
        memory = server.memory()
    check(not clients.failed, f"reload: {count} times, {clients.counts.total()} requests, failed: {clients.failed}")
    check(len(clients.counts) == len(setting.expected), f"reload: answers of {dict(clients.counts)}")
    if seconds:
        print(f"     {statistics.median(seconds):.2f} s each; memory {before:.0f} MB after the first ones, "
              f"{memory:.0f} MB at the end")
        check(memory < before * 1.25 + 64, "reload: former models are released")
    shutil.copyfile(setting.options.model, setting.model)


def check_broken(setting: Setting) -> None:
    good = Path(setting.options.model).read_bytes()
    with setting.server("--reload") as server, Clients(server, setting.files, setting.expected[:1]) as clients:
        for number, (what, contents) in enumerate([("half of the file", good[:len(good) // 2]), ("an empty file", b""),
                                                   ("another file", b"no model" * 1000)]):
            replace(setting.model, contents)
            done = wait(lambda: reloads(server, "failed") > number)
            check(done, f"broken: {what} is reported, the former model stays")
            check(NAME in server.log, "broken: the log names the model")
        state = server.get(f"/v1/models/{NAME}")
        check(state["state"] == "ready" and state.get("message") and str(setting.model.parent) not in state["message"],
              f"broken: the description says so, without a path: {state.get('message')}")
        setting.model.unlink()
        time.sleep(3)
        replace(setting.model, good)
        check(wait(lambda: reloads(server, "succeeded") > 0), "broken: a good file replaces the model again")
        check("message" not in server.get(f"/v1/models/{NAME}"), "broken: the description has no message any more")
    check(not clients.failed, f"broken: {clients.counts.total()} requests, failed: {clients.failed}")


def read_answer(connection: socket.socket) -> str:
    """The status of an answer that is complete, or what happened instead."""
    connection.settimeout(60)
    try:
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read()
        return str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__


def check_drain(setting: Setting) -> None:
    """Two kinds of clients: requests that are sent just before the signal, and such that go on all the time."""
    totals: collections.Counter = collections.Counter()
    later: collections.Counter = collections.Counter()
    statuses, seconds = [], []
    for number in range(setting.options.drains):
        server = setting.server("--drain", "30s")
        photo = setting.files[number % len(setting.files)].read_bytes()
        first = f"GET /v2/health/live HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        request = (f"POST {CLASSIFY} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: image/jpeg\r\n"
                   f"Content-Length: {len(photo)}\r\n\r\n").encode() + photo
        with server, Clients(server, setting.files, setting.expected[:1]) as clients:
            time.sleep(0.3 + 0.05 * number)
            connections = [socket.create_connection((HOST, server.port)) for _ in range(BURST)]
            idle = socket.create_connection((HOST, server.port))
            # Until its first answer, a connection may wait in the system.
            for connection in connections:
                connection.sendall(first)
            accepted = all([read_answer(connection) == "200" for connection in connections])
            check(accepted, f"drain: {BURST} connections are accepted")
            for connection in connections:
                connection.sendall(request)
            time.sleep(0.1)
            server.signal(signal.SIGTERM)
            began = time.monotonic()
            totals.update(read_answer(connection) for connection in connections)
            clients.stops.set()
            statuses.append(server.wait(40))
            seconds.append(time.monotonic() - began)
            for connection in (*connections, idle):
                connection.close()
        later.update(clients.counts)
    drains = setting.options.drains
    check(totals == {"200": BURST * drains}, f"drain: {BURST * drains} requests sent before SIGTERM: {dict(totals)}")
    check(statuses == [0] * drains, f"drain: exit status 0, within {max(seconds):.1f} s {set(statuses)}")
    wrong = later["another answer"] + later["500"] + later["IncompleteRead"]
    check(not wrong, f"drain: requests that went on, until the end: {dict(later)}")


def check_kill(setting: Setting) -> None:
    seconds = []
    for number in range(6):
        with setting.server() as server:
            seconds.append(time.perf_counter() - server.began)
            status, answer = server.classify(setting.files[0].read_bytes())
            right = common(answer) == common(setting.expected[0][str(setting.files[0])])
            check(status == 200 and right, f"kill: start {number + 1}, ready after {seconds[-1]:.2f} s")
            with Clients(server, setting.files, setting.expected[:1]):
                time.sleep(0.5)
                server.signal(signal.SIGKILL)
                server.wait(10)
    # The first start compiles the network.
    check(max(seconds[1:]) < READY_SECONDS,
          f"kill: ready after {statistics.median(seconds[1:]):.2f} s, at most {max(seconds[1:]):.2f} s")


def check_overload(setting: Setting) -> None:
    seconds = setting.options.overload
    with setting.server("--max-queue", str(QUEUE)) as server:
        workers = os.cpu_count() or 1

        def load(**options) -> dict:
            return Load(setting.files, port=server.port, path=CLASSIFY, warm_up=2, **options).result()

        def line(what: str, result: dict) -> None:
            accepted, refused = result["accepted"], result["refused"]
            print(f"| {what} | {result['rate']:.0f} | {accepted.get('p50', 0):.0f} | {accepted.get('p99', 0):.0f} | "
                  f"{refused['count']} | {refused.get('p50', 0):.1f} | {refused.get('p99', 0):.1f} | "
                  f"{server.memory():.0f} |", flush=True)

        print("\n| load | accepted a second | p50 ms | p99 ms | refused | p50 ms | p99 ms | MB |\n" + "|---" * 8 + "|")
        bears = load(connections=4 * workers, seconds=min(20, seconds))
        line(f"{4 * workers} connections", bears)
        # As many requests as the server holds: the queue is always full, and nothing is refused.
        full = load(connections=QUEUE + workers - 1, seconds=min(30, seconds))
        line("full queue", full)
        twice = 2 * max(bears["rate"], full["rate"])
        over = load(connections=QUEUE + workers + 200, seconds=seconds, rate=f"{twice:.1f}")
        line(f"{twice:.0f} a second", over)
        after = load(connections=4 * workers, seconds=min(20, seconds))
        line("afterwards", after)
        print()
        # Between two images a worker has none, so that the queue has one more for a moment.
        refused = full["statuses"].get("429", 0)
        check(set(full["statuses"]) <= {"200", "429"} and refused <= 0.01 * full["statuses"]["200"],
              f"overload: a full queue refuses almost nothing {full['statuses']}")
        check(set(over["statuses"]) == {"200", "429"}, f"overload: answered or refused {over['statuses']}")
        check(not any(over["errors"].values()), f"overload: no failed connection {over['errors']}")
        ratio = over["accepted"]["p99"] / full["accepted"]["p99"]
        check(ratio <= 1.5, f"overload: the p99 of accepted requests is {ratio:.2f} times that with a full queue")
        check(over["rate"] > 0.8 * full["rate"],
              f"overload: {over['rate']:.0f} requests a second of {full['rate']:.0f}")
        check(over["refused"]["p50"] < over["accepted"]["p50"] / 4, "overload: refusals are quick")
        check(after["rate"] > 0.9 * bears["rate"], "overload: afterwards all is as before")

        # A refusal says when to come back.
        flood = Load(setting.files, port=server.port, path=CLASSIFY, connections=QUEUE + workers + 50, seconds=3)
        times = []
        limit = time.monotonic() + 3
        while time.monotonic() < limit:
            status, headers, _ = server.request("POST", CLASSIFY, setting.files[0].read_bytes())
            if status == 429:
                times.append(headers.get("retry-after"))
        flood.result()
        check(bool(times) and all(one and one.isdigit() and int(one) >= 1 for one in times),
              f"overload: Retry-After {sorted(set(map(str, times)))}")


class Mixture(threading.Thread):
    """Requests of other kinds than a photo as body: forms, JSON, tensors, gRPC, damaged ones, pages."""

    def __init__(self, server: Server, files: list[Path]):
        super().__init__(daemon=True)
        self.server, self.bodies = server, [file.read_bytes() for file in files[:8]]
        self.counts: collections.Counter = collections.Counter()
        self.stops = threading.Event()
        self.infer = self.channel = None
        try:
            import grpc
            self.channel = grpc.insecure_channel(f"{HOST}:{server.grpc_port}")
            self.infer = self.channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        except ImportError:
            pass

    def message(self, photo: bytes) -> bytes:
        """A request of ModelInfer with one image."""
        def field(number: int, contents: bytes) -> bytes:
            length, made = len(contents), bytearray([number << 3 | 2])
            while length > 127:
                made.append(length & 127 | 128)
                length >>= 7
            return bytes([*made, length]) + contents

        tensor = field(1, b"image") + field(2, b"BYTES") + field(3, b"\x01")
        return field(1, NAME.encode()) + field(5, tensor) + field(7, struct.pack("<I", len(photo)) + photo)

    def requests(self, number: int):
        photo, other = self.bodies[number % len(self.bodies)], self.bodies[(number + 1) % len(self.bodies)]
        texts = [base64.b64encode(one).decode() for one in (photo, other)]
        body, kind = multipart([("a.jpg", photo), ("b.jpg", other)], {"top": "3"})
        as_json = "application/json"
        yield "form", 200, "POST", CLASSIFY, body, kind
        yield "JSON", 200, "POST", CLASSIFY, json.dumps({"images": texts}).encode(), as_json
        yield "tensor", 200, "POST", f"/v2/models/{NAME}/infer", json.dumps({"inputs": [
            {"name": "image", "datatype": "BYTES", "shape": [2], "data": texts}]}).encode(), as_json
        yield "damaged", 400, "POST", CLASSIFY, photo[:200], "image/jpeg"
        yield "wrong", 400, "POST", CLASSIFY, b"{", as_json
        yield "missing", 404, "GET", "/v1/models/missing", None, as_json
        yield "page", 200, "GET", "/", None, as_json
        yield "metrics", 200, "GET", "/metrics", None, as_json

    def run(self) -> None:
        number = 0
        while not self.stops.is_set():
            number += 1
            for what, wanted, method, path, body, kind in self.requests(number):
                try:
                    status = self.server.request(method, path, body, {"Content-Type": kind})[0]
                    self.counts[what if status == wanted else f"{what}: {status}"] += 1
                except OSError as error:
                    self.counts[f"{what}: {type(error).__name__}"] += 1
                if self.stops.wait(0.05):
                    return
            if self.infer:
                try:
                    self.infer(self.message(self.bodies[number % len(self.bodies)]), timeout=60)
                    self.counts["gRPC"] += 1
                except Exception as error:
                    self.counts[f"gRPC: {error.code().name}"] += 1


def check_soak(setting: Setting) -> None:
    seconds = setting.options.soak
    with setting.server() as server:
        bears = Load(setting.files, port=server.port, connections=8, seconds=15, warm_up=3).result()["rate"]
        # The other requests take a part.
        rate = max(1, bears / 2 - 10)
        mixture = Mixture(server, setting.files)
        mixture.start()
        began, sizes = time.monotonic(), []
        load = Load(setting.files, port=server.port, connections=32, seconds=seconds, rate=f"{rate:.1f}")
        print(f"\n{bears:.0f} requests a second at most, {rate:.0f} and others for {seconds} s\n")
        print("| seconds | memory in MB | open files | threads |\n|---|---|---|---|")
        # At least three sizes.
        pause = min(60, seconds / 4)
        while load.process.poll() is None and server.is_running:
            if time.monotonic() >= began + pause * (len(sizes) + 1):
                sizes.append(server.memory())
                threads = len(os.listdir(f"/proc/{server.process.pid}/task"))
                if len(sizes) % 5 == 1:
                    print(f"| {pause * len(sizes):.0f} | {sizes[-1]:.1f} | {server.descriptors()} | {threads} |",
                          flush=True)
            time.sleep(0.5)
        result = load.result()
        mixture.stops.set()
        mixture.join()
        check(server.is_running, "soak: the server runs")
        if not server.is_running:
            print(server.log[-4000:])
            return
        # Sizes go up and down with the requests of the moment.
        first, last = statistics.median(sizes[:3]), statistics.median([*sizes[-3:], server.memory()])
        print(f"\n     accepted: p50 {result['accepted']['p50']:.1f} ms, p99 {result['accepted']['p99']:.1f} ms, "
              f"{result['accepted']['count']} requests; others: {dict(mixture.counts)}")
        check(set(result["statuses"]) == {"200"} and not any(result["errors"].values()),
              f"soak: {result['statuses']}, errors {result['errors']}")
        check(not [what for what in mixture.counts if ": " in what], "soak: all others are answered as they should")
        check(last <= first * 1.1 + 16, f"soak: {first:.0f} MB at the start, {last:.0f} MB at the end, peak "
                                        f"{server.memory('VmHWM'):.0f} MB")


def main() -> None:
    made = server_parser(__doc__)
    made.add_argument("--second", help="a model file that replaces the first one in the check of reloads")
    made.add_argument("--only", type=lambda text: text.split(","), help="parts to check; by default all but the soak")
    made.add_argument("--reloads", type=int, default=100)
    made.add_argument("--drains", type=int, default=10)
    made.add_argument("--overload", type=int, default=60, help="seconds of overload")
    made.add_argument("--soak", type=int, default=0, help="seconds of the soak, at most 7200")
    options, server_options = parse(made)
    only = options.only or PARTS[:-1] + ["soak"] * (options.soak > 0)
    if unknown := set(only) - set(PARTS):
        sys.exit(f"no part is called {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    if not Path(options.model).is_file():
        sys.exit(f"{options.model} is not a model file; write one with: apus export NETWORK --format safetensors")
    if "soak" in only and options.soak < 10:
        sys.exit("give --soak SECONDS, at least 10")
    with tempfile.TemporaryDirectory() as name:
        setting = Setting(options, server_options, Path(name))
        for part in only:
            globals()[f"check_{part}"](setting)
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
