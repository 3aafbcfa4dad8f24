#!/usr/bin/env python3
"""Compares `apus serve` with other servers under load, on the same processors as the generator. Prints Markdown.

    python3 -m venv venv
    venv/bin/pip install torch torchvision openvino fastapi uvicorn litserve python-multipart pillow \\
        torchserve==0.12.0 torch-model-archiver captum pyyaml
    venv/bin/python scripts/checks/load/compare.py --images FOLDER [--apus PATH] [NETWORK=MODEL ...]
        [--weights NETWORK=FILE ...] [--connections 1,4,16,64] [--seconds 10] [--rounds 3] [--only SERVER,...]
        [--json FILE] [-- SERVER-OPTION ...]

NETWORK is a name of torchvision, MODEL what `apus serve` is given, by default mobilenet_v2 and resnet18 with published
weights. --weights are those of the others, by default random, which takes the same time. The servers are

    apus        apus serve
    fastapi     FastAPI with OpenVINO and Pillow, a worker of uvicorn for each processor, one thread each
                (APUS_PEER_POOL=40 measures FastAPI's own pool of threads instead)
    litserve    LitServe with OpenVINO and Pillow, a worker for each processor
    torchserve  TorchServe 0.12 with its own classifier of images, TorchScript, a worker for each processor; needs Java

All compute float32 at 224 pixels from the same JPEG files, one image per request, over loopback. In each round each
server is started, warmed up, and measured with each number of connections by `load.c`; then it is stopped. The tables
have medians of the rounds: requests a second, p50 and p99 in ms, and the memory of all its processes in MB, where pages
that processes share are counted once (PSS).

Then the images a second of `apus predict` on the same files. Exits with 1 if a server fails, or if Apus is below 1.6
times the best of the others in requests a second with mobilenet_v2, 1.2 times with other networks, has a higher p99
than the fastest of them at any number of connections, or reaches less than 0.8 of `apus predict`.
"""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent))
from checks import Apus, Check, parse, parser  # noqa: E402
from server import HOST, NAME, Load, Server, free_port, photos, shared_data  # noqa: E402

SERVERS = ["apus", "fastapi", "litserve", "torchserve"]
CORES = len(os.sched_getaffinity(0))
check = Check()


def memory(root: int) -> float:
    """The memory of a process and all its children in MB."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            pass
    tree, size = {root}, 0
    while more := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= more
    for one in tree:
        try:
            size += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)[1])
        except (OSError, TypeError):
            pass
    return size * 1024 / 1e6


class Peer:
    """Another server: a command in a group of processes of its own."""

    path, load_options = "/classify", {}

    def __init__(self, network: str, folder: Path):
        self.network, self.folder, self.port = network, folder, free_port()
        self.log = folder / f"{type(self).__name__.lower()}.log"
        environment = {**os.environ, "APUS_PEER_MODEL": str(folder / f"{network}.xml"), "APUS_PEER_THREADS": "1",
                       "OMP_NUM_THREADS": "1", "PYTHONPATH": str(FOLDER), "PYTHONWARNINGS": "ignore",
                       "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([str(word) for word in self.command()], cwd=folder, env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def command(self) -> list:
        raise NotImplementedError

    def memory(self) -> float:
        return memory(self.process.pid)

    def wait_until_ready(self, photo: Path) -> None:
        limit = time.monotonic() + 180
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                if self.load([photo], connections=1, count=1, seconds=60)["statuses"].keys() == {"200"}:
                    return
            except SystemExit:
                pass
            time.sleep(0.5)
        sys.exit(f"{type(self).__name__} does not answer:\n{self.log.read_text(errors='replace')[-3000:]}")

    def load(self, files: list[Path], **options) -> dict:
        return Load(files, port=self.port, path=self.path, **self.load_options, **options).result()

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                pass
        self.process.wait()


class FastAPI(Peer):
    def command(self) -> list:
        return [sys.executable, "-m", "uvicorn", "peer_fastapi:app", "--host", HOST, "--port", self.port, "--workers",
                CORES, "--log-level", "warning", "--no-access-log"]


class LitServe(Peer):
    load_options = {"multipart": "image"}

    def command(self) -> list:
        return [sys.executable, FOLDER / "peer_litserve.py", self.port, CORES]


class TorchServe(Peer):
    def command(self) -> list:
        self.path = f"/predictions/{self.network}"
        store = self.folder / "store"
        store.mkdir(exist_ok=True)
        # The settings of the start before would replace these.
        shutil.rmtree(self.folder / "logs", ignore_errors=True)
        if not (store / f"{self.network}.mar").exists():
            subprocess.run([Path(sys.executable).with_name("torch-model-archiver"), "--model-name", self.network,
                            "--version", "1", "--serialized-file", self.folder / f"{self.network}.pt", "--handler",
                            FOLDER / "peer_torchserve.py", "--export-path", store], check=True)
        settings = self.folder / "config.properties"
        settings.write_text(
            f"inference_address=http://{HOST}:{self.port}\nmanagement_address=http://{HOST}:{free_port()}\n"
            f"metrics_address=http://{HOST}:{free_port()}\ngrpc_inference_port={free_port()}\n"
            f"grpc_management_port={free_port()}\ndefault_workers_per_model={CORES}\njob_queue_size=1000\n"
            "disable_token_authorization=true\nenable_envvars_config=false\nasync_logging=true\n")
        return [Path(sys.executable).with_name("torchserve"), "--start", "--foreground", "--ncs", "--model-store",
                store, "--models", f"{self.network}={self.network}.mar", "--ts-config", settings,
                "--disable-token-auth"]


class Ours:
    """`apus serve`, with the same methods as the peers."""

    def __init__(self, apus: Apus, model: str, options: list[str]):
        self.server = Server(apus, f"{NAME}={model}", options=options)

    def wait_until_ready(self, photo: Path) -> None:
        pass

    def load(self, files: list[Path], **options) -> dict:
        return Load(files, port=self.server.port, **options).result()

    def memory(self) -> float:
        return memory(self.server.process.pid)

    def stop(self) -> None:
        self.server.__exit__()


def predicted(apus: Apus, model: str, files: list[Path]) -> float:
    """Images a second of `apus predict`, without its start."""
    def seconds(of: list[Path]) -> float:
        began = time.perf_counter()
        apus("predict", model, *of, "--format", "json")
        return time.perf_counter() - began

    few = files[:20]
    seconds(few)
    return (len(files) - len(few)) / (seconds(files) - min(seconds(few) for _ in range(3)))


def report(network: str, results: dict, connections: list[int], peers: list[str], reached: float | None) -> None:
    def median(server: str, count: int, *keys: str) -> float:
        values = []
        for one in results[server][count]:
            for key in keys:
                one = one.get(key, 0)
            values.append(one)
        return statistics.median(values)

    print(f"\n{network}\n\n| server | connections | requests/s | p50 ms | p99 ms | MB |\n|---|---|---|---|---|---|")
    for server in results:
        for count in connections:
            print(f"| {server} | {count} | {median(server, count, 'rate'):.1f} "
                  f"| {median(server, count, 'accepted', 'p50'):.1f} | {median(server, count, 'accepted', 'p99'):.1f} "
                  f"| {median(server, count, 'memory'):.0f} |")
            failed = sum(one["refused"]["count"] + sum(one["errors"].values()) for one in results[server][count])
            if failed:
                check(False, f"{network}, {server}, {count} connections: {failed} failed requests")
    print()
    if "apus" not in results:
        return
    ours = max(median("apus", count, "rate") for count in connections)
    if peers:
        best = {server: max(median(server, count, "rate") for count in connections) for server in peers}
        first = max(best, key=best.get)
        wanted = 1.6 if network == "mobilenet_v2" else 1.2
        check(ours >= wanted * best[first],
              f"{network}: {ours:.0f} requests a second, {ours / best[first]:.2f} times {first} (at least {wanted})")
        for count in connections:
            fastest = max(peers, key=lambda server: median(server, count, "rate"))
            mine, theirs = (median(server, count, "accepted", "p99") for server in ("apus", fastest))
            ratio = median("apus", count, "rate") / median(fastest, count, "rate")
            check(mine <= theirs, f"{network}, {count} connections: {ratio:.2f} times the rate of {fastest}, "
                                  f"p99 {mine:.0f} ms of {theirs:.0f} ms")
        sizes = {server: max(median(server, count, "memory") for count in connections) for server in results}
        print("     memory: " + ", ".join(f"{server} {size:.0f} MB ({size / sizes['apus']:.1f} times)"
                                          for server, size in sizes.items()))
    if reached:
        check(ours >= 0.8 * reached, f"{network}: {ours / reached:.2f} of the {reached:.0f} images a second of "
                                     "`apus predict` (at least 0.8)")


def main() -> None:
    made = parser(__doc__)
    made.add_argument("models", nargs="*", metavar="NETWORK=MODEL", default=["mobilenet_v2", "resnet18"])
    made.add_argument("--weights", nargs="*", default=[], metavar="NETWORK=FILE", help="weights of the peers")
    made.add_argument("--images", type=Path, default=shared_data("datasets", "cats_dogs", "cat"))
    made.add_argument("--count", type=int, default=200, help="the number of photos")
    made.add_argument("--connections", default="1,4,16,64")
    made.add_argument("--seconds", type=int, default=10)
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--only", type=lambda text: text.split(","), default=SERVERS, help="servers to measure")
    made.add_argument("--json", type=Path, help="a file for all results")
    options, server_options = parse(made)
    if unknown := set(options.only) - set(SERVERS):
        sys.exit(f"no server is called {', '.join(sorted(unknown))}; the servers are {', '.join(SERVERS)}")
    connections = [int(word) for word in options.connections.split(",")]
    weights = dict(pair.split("=", 1) for pair in options.weights)
    files, all_results = photos(options.images, options.count), {}

    for pair in options.models:
        network, _, model = pair.partition("=")
        model = model or network
        peers = [server for server in options.only if server != "apus"]
        results: dict = {server: {count: [] for count in connections} for server in options.only}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if peers:
                subprocess.run([sys.executable, "-W", "ignore", FOLDER / "peer_export.py", network, folder,
                                *filter(None, [weights.get(network)])], check=True)
            starts = {"apus": lambda: Ours(options.apus, model, server_options),
                      "fastapi": lambda: FastAPI(network, folder), "litserve": lambda: LitServe(network, folder),
                      "torchserve": lambda: TorchServe(network, folder)}
            for number in range(options.rounds):
                for server in options.only:
                    running = starts[server]()
                    try:
                        running.wait_until_ready(files[0])
                        running.load(files, connections=8, seconds=4)
                        for count in connections:
                            result = running.load(files, connections=count, seconds=options.seconds, warm_up=1)
                            results[server][count].append({**result, "memory": running.memory()})
                            print(f"{network}, round {number + 1}, {server}, {count}: {result['rate']:.1f} requests/s, "
                                  f"p99 {result['accepted'].get('p99', 0):.0f} ms", file=sys.stderr, flush=True)
                    finally:
                        running.stop()
        reached = predicted(options.apus, model, files) if "apus" in options.only else None
        report(network, results, connections, peers, reached)
        all_results[network] = {"servers": results, "predict": reached}
    if options.json:
        options.json.write_text(json.dumps(all_results, indent=1))
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
