#!/usr/bin/env python3
"""Trains on several hosts, which are network namespaces of this machine, and disturbs them. Run it with `machines`.

    scripts/checks/machines.py --torchrun PROGRAM [--apus PROGRAM] [--only CASE]... [--epochs 60] [--logs FOLDER]

Prints a table: what was done, how long all processes took to end afterwards, their exit statuses, what they printed, and
whether the saved state resumed to the same files as a run without the disturbance. Then the bytes on the wire, the step
times at several bandwidths, and the efficiency of two processes. Ends with status 1 if something is wrong. Messages of all
processes are in the folder `--logs`. It needs root, and only Python's standard library.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import Check, parse, parser
from hosts import Hosts
from resume import NETWORK, same, write_images

FILES = ["best.safetensors", "last.safetensors", "metrics.csv", "steps.csv"]
PORT = "29500"
TIMEOUT = 10  # Of --process-timeout, in seconds.
# A step with 8 MB of gradients and little to compute.
WIDE = "input 3x24x24\nfeatures:\nconv:8:3, relu, maxpool:2\nclassifier:\n1700, relu, linear:classes\n"


class Job:
    """A training on all hosts, with its own launcher or torchrun."""

    def __init__(self, check, hosts, folder, run, words, launcher=None, pin=False):
        self.check, self.hosts, self.run, self.began = check, hosts, run, time.monotonic()
        self.logs = [folder / f"log{number}" for number in range(hosts.count)]
        self.processes = []
        for number in range(hosts.count):
            pinned = ["taskset", "-c", number % os.cpu_count()] if pin else []
            environment = {"PYTHONWARNINGS": "ignore"}
            if launcher is None:
                environment |= {"RANK": f"{number}", "WORLD_SIZE": f"{hosts.count}", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1",
                                "MASTER_ADDR": hosts.address(0), "MASTER_PORT": PORT}
            command = [*pinned, *(launcher(number) if launcher else []), *words]
            self.processes.append(hosts.start(number, command, self.logs[number], **environment))

    def wait(self, limit=300, but=()):
        """The exit statuses; a process that is still there after the limit is ended."""
        deadline, statuses = time.monotonic() + limit, []
        for number, process in enumerate(self.processes):
            try:
                status = None if number in but else process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                status = "late"
            statuses.append(status)
        return statuses

    def until_saved(self):
        """Waits until the run has saved its state and goes on."""
        state = self.run / "checkpoint.safetensors"
        while not state.exists() and all(process.poll() is None for process in self.processes) \
                and time.monotonic() < self.began + 120:
            time.sleep(0.01)
        time.sleep(0.5)

    def messages(self):
        return [log.read_text(errors="replace") for log in self.logs]

    def errors(self):
        """The different lines that name an error, without those of torchrun."""
        lines = [line.strip() for text in self.messages() for line in text.splitlines()]
        return list(dict.fromkeys(line for line in lines if line.startswith(("apus:", "Stopped", "The run", "Training"))))


def worker(process):
    """The process that torchrun started on a host."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0])


class Checks:
    def __init__(self, options, folder):
        self.options, self.folder, self.check, self.rows = options, folder, Check(), []
        write_images(folder / "data")
        (folder / "small.network").write_text(NETWORK)
        (folder / "wide.network").write_text(WIDE)
        self.number, self.references = 0, {}

    def train(self, run, *more, network="small.network", epochs=None):
        epochs = epochs or self.options.epochs
        return [self.options.apus.path, "train", self.folder / "data", "--model", self.folder / network, "--fresh", "--out", run,
                "--batch-size", "6", "--epochs", epochs, "--checkpoint-minutes", "0.0001", "--no-report", "--process-timeout",
                TIMEOUT, *more]

    def new(self, name):
        self.number += 1
        folder = self.folder / f"{self.number}-{name}"
        folder.mkdir()
        return folder

    def reference(self, count):
        """The folder of an undisturbed run with this many processes."""
        if count not in self.references:
            with Hosts(count) as hosts:
                folder = self.new("reference")
                job = Job(self.check, hosts, folder, folder / "run", self.train(folder / "run"))
                statuses = job.wait()
                if statuses != [0] * count:
                    sys.exit(f"an undisturbed run ended with {statuses}: " + "\n".join(job.messages()))
                self.report(f"plain, {count} hosts", time.monotonic() - job.began, statuses, [], None)
                self.references[count] = folder / "run"
        return self.references[count]

    def report(self, case, seconds, statuses, errors, resumed):
        words = {True: "same", False: "DIFFERS", None: "-"}
        text = " / ".join(errors) if errors else "-"
        self.rows.append((case, f"{seconds:.1f} s", " ".join(map(str, statuses)), words[resumed], text))
        print(" | ".join(self.rows[-1]), flush=True)

    def compare(self, run, count):
        return all(same(run / name, self.reference(count) / name) for name in FILES)

    def disturb(self, case, act, count=2, victim=1, names=True, limit=4 * TIMEOUT, gone=(), heal=None, prepare=None):
        """Disturbs a run, waits for all processes to end, and resumes it.

        `gone`: hosts that are not waited for. `heal` is called before the run resumes."""
        self.reference(count)
        folder = self.new(case.split(",")[0].replace(" ", "-"))
        run = folder / "run"
        with Hosts(count) as hosts:
            if prepare:
                prepare(run)
            job = Job(self.check, hosts, folder, run, self.train(run))
            job.until_saved()
            began = time.monotonic()
            act(job)
            statuses = job.wait(limit, but=gone)
            seconds, errors = time.monotonic() - began, job.errors()
            for number in gone:
                os.killpg(job.processes[number].pid, signal.SIGCONT)
                os.killpg(job.processes[number].pid, signal.SIGKILL)
                job.processes[number].wait()
            if heal:
                heal(job)
            again = Job(self.check, hosts, folder, run, [self.options.apus.path, "train", "--resume", run])
            ended = again.wait()
            resumed = ended == [0] * count and self.compare(run, count)
            self.report(case, seconds, statuses, errors, resumed)
            self.check("late" not in statuses and 0 not in [s for s in statuses if s is not None], f"{case}: all processes end")
            self.check(resumed, f"{case}: the run resumes to the same files" + ("" if resumed else f" {again.messages()}"))
            if names:
                named = any(re.search(rf"\b(process|rank) {victim}\b", line) and f"node{victim}" in line for line in errors)
                self.check(named, f"{case}: a message names process {victim} and node{victim}")
            self.keep(folder)

    def keep(self, folder):
        if self.options.logs:
            target = self.options.logs / folder.name
            target.mkdir(parents=True, exist_ok=True)
            for log in folder.glob("log*"):
                (target / log.name).write_bytes(log.read_bytes())

    # Faults.

    def latency(self):
        self.reference(2)
        folder = self.new("latency")
        with Hosts(2, latency=0.02, loss=0.01) as hosts:
            job = Job(self.check, hosts, folder, folder / "run", self.train(folder / "run", "--process-timeout", "60"))
            statuses = job.wait(600)
            equal = self.compare(folder / "run", 2)
            self.report("20 ms latency, 1 % loss", time.monotonic() - job.began, statuses, job.errors(), equal)
            self.check(statuses == [0, 0] and equal, "latency and loss: the same files")

    def cut(self):
        self.disturb("cut cable", lambda job: job.hosts.cut(1), heal=lambda job: job.hosts.mend(1))
        self.disturb("cut cable, 3 hosts", lambda job: job.hosts.cut(2), count=3, victim=2, heal=lambda job: job.hosts.mend(2))

    def kill(self):
        for rank, count in ((1, 2), (0, 2), (2, 3)):
            self.disturb(f"SIGKILL of process {rank}, {count} hosts", lambda job: job.processes[rank].kill(), count=count,
                         victim=rank)

    def hang(self):
        self.disturb("SIGSTOP of process 1", lambda job: job.processes[1].send_signal(signal.SIGSTOP), gone=[1])
        self.disturb("SIGSTOP of process 0", lambda job: job.processes[0].send_signal(signal.SIGSTOP), gone=[0], victim=0)

    def terminate(self):
        self.disturb("SIGTERM to process 1", lambda job: job.processes[1].terminate(), names=False)
        self.disturb("SIGTERM to process 0", lambda job: job.processes[0].terminate(), names=False)

    def disk(self):
        place = []

        def prepare(run):
            run.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", run], check=True)
            place.append(run)

        def fill(job):
            try:
                with (job.run / "filler").open("wb", buffering=0) as filler:
                    while True:
                        filler.write(bytes(4096))
            except OSError:
                pass

        try:
            self.disturb("full disk of process 0", fill, victim=0, names=False, prepare=prepare,
                         heal=lambda job: (job.run / "filler").unlink(missing_ok=True))
            self.check("space" in self.rows[-1][4], "full disk: the message says so")
        finally:
            for run in place:
                subprocess.run(["umount", run], check=False)

    # torchrun.

    def static(self, hosts, restarts):
        return lambda number: [self.options.torchrun, "--no-python", "--nnodes", hosts.count, "--node-rank", number,
                               "--nproc-per-node", 1, "--master-addr", hosts.address(0), "--master-port", PORT, "--max-restarts",
                               restarts, "--local-addr", hosts.address(number)]

    def elastic(self, hosts, restarts):
        return lambda number: [self.options.torchrun, "--no-python", "--nnodes", f"1:{hosts.count}", "--nproc-per-node", 1,
                               "--rdzv-backend", "c10d", "--rdzv-endpoint", f"{hosts.address(0)}:29400", "--rdzv-id", "check",
                               "--rdzv-conf", "last_call_timeout=3", "--max-restarts", restarts, "--local-addr",
                               hosts.address(number)]

    def restart(self, case, launcher, act, statuses, exact=True):
        """A run that torchrun continues by itself."""
        self.reference(2)
        folder = self.new(case.split(",")[0].replace(" ", "-"))
        with Hosts(2) as hosts:
            job = Job(self.check, hosts, folder, folder / "run", self.train(folder / "run"), launcher(hosts, 3))
            job.until_saved()
            began = time.monotonic()
            if act:
                act(job)
            found = job.wait(240)
            equal = self.compare(folder / "run", 2) if exact else (folder / "run" / "best.safetensors").exists()
            self.report(case, time.monotonic() - began, found, job.errors(), equal)
            self.check(found == statuses and equal, f"{case}: ends with {statuses}" + (" and the same files" if exact else ""))
            self.keep(folder)

    def torchrun(self):
        def kill(job):
            os.kill(worker(job.processes[1]), signal.SIGKILL)

        def lose(job):
            os.kill(worker(job.processes[1]), signal.SIGKILL)
            job.processes[1].kill()

        self.restart("torchrun, static, undisturbed", self.static, None, [0, 0])
        self.restart("torchrun, static, SIGKILL of process 1", self.static, kill, [0, 0])
        self.restart("torchrun, elastic 1:2, SIGKILL of process 1", self.elastic, kill, [0, 0])
        # Another number of processes ends with other bits.
        self.restart("torchrun, elastic 1:2, host 1 lost", self.elastic, lose, [0, -signal.SIGKILL], exact=False)

    def join(self):
        """A host that comes when the run of the other one has begun."""
        def late(number):
            command = self.elastic(hosts, 3)(number)
            # Without this variable torchrun 2.13 fails when a host joins.
            variable = "TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1"
            return ["env", variable, "sh", "-c", f"sleep {8 * number}; exec \"$@\"", "sh", *command]

        folder = self.new("join")
        with Hosts(2) as hosts:
            job = Job(self.check, hosts, folder, folder / "run", self.train(folder / "run", epochs=2 * self.options.epochs), late)
            statuses = job.wait(240)
            joined = any("2 processes share each batch" in text for text in job.messages())
            self.report("torchrun, elastic 1:2, host 1 joins", time.monotonic() - job.began, statuses, job.errors(), None)
            self.check(statuses == [0, 0] and joined, "torchrun, elastic, a host that joins: both train to the end")
            self.keep(folder)

    # Measurements.

    def steps(self, hosts, network, epochs, *more, pin=False):
        """The seconds of the steps of a run, without the first, and the bytes that host 1 sent."""
        folder = self.new("steps")
        sent = hosts.sent(hosts.count - 1)
        job = Job(self.check, hosts, folder, folder / "run",
                  [*self.train(folder / "run", "--print-every", "1", *more, network=network, epochs=epochs), "--checkpoint-minutes",
                   "60", "--process-timeout", "600"], pin=pin)
        log, times, seen = job.logs[0], [], 0
        while job.processes[0].poll() is None or seen < len(log.read_bytes()):
            lines = [line for line in log.read_bytes()[seen:].splitlines(keepends=True) if line.endswith(b"\n")]
            for line in lines:
                seen += len(line)
                if found := re.search(rb"epoch (\d+)/\d+ +batch (\d+)/", line):
                    times.append((int(found[1]), int(found[2]), time.monotonic()))
            time.sleep(0.002)
        statuses = job.wait()
        if any(statuses):
            sys.exit(f"{statuses}: " + "\n".join(job.messages()))
        durations = [after[2] - before[2] for before, after in zip(times, times[1:]) if after[0] == before[0]]
        return durations, hosts.sent(hosts.count - 1) - sent, len(times)

    def gradients(self, network):
        """The bytes of the gradients: all parameters are trained."""
        plan = json.loads(self.options.apus("train", *map(str, self.train(self.folder / "none", network=network)[2:]), "--dry-run",
                                            "--format", "json"))
        return 4 * plan["trainableParameters"]

    def wire(self):
        size = self.gradients("wide.network")
        for count in (2, 3):
            with Hosts(count) as hosts:
                _, few, first = self.steps(hosts, "wide.network", 1)
                _, many, second = self.steps(hosts, "wide.network", 4)
            step = (many - few) / (second - first)
            least = 2 * (count - 1) / count * size
            print(f"bytes sent in a step, {count} hosts: {step:,.0f}, gradients {size:,}, least {least:,.0f}, "
                  f"ratio {step / least:.3f}")
            self.check(step / least < 1.05, f"wire, {count} hosts: within 5 % of the least")

    def predicted(self, megabits, network):
        """The prediction of `apus bench` in seconds for a measured bandwidth; None if the command fails."""
        words = [self.options.apus.path, "bench", self.folder / "data", "--model", self.folder / network, "--fresh", "--batch-size",
                 "6", "--processes", "2", "--bandwidth", f"{megabits:.3f}Mbit", "--latency", "50us", "--seconds", "2", "--format",
                 "json"]
        done = subprocess.run(["taskset", "-c", "0", *map(str, words)], capture_output=True, text=True)
        if done.returncode:
            print(done.stderr.strip())
            return None
        return next(row["stepSeconds"] for row in json.loads(done.stdout)["plan"]["rows"] if row["processes"] == 2)

    def bandwidth(self):
        for megabits, epochs in ((10, 1), (100, 2), (1000, 6)):
            with Hosts(2) as hosts:
                hosts.limit(megabits)
                rate = hosts.rate(megabits, self.new("rate")) / 1e6
                durations, _, _ = self.steps(hosts, "wide.network", epochs, pin=True)
            measured, predicted = statistics.median(durations), self.predicted(rate, "wide.network")
            ratio = f"{predicted / measured:.2f}" if predicted else "-"
            print(f"step at {megabits} Mbit/s ({rate:.1f} for TCP): measured {measured:.3f} s, predicted "
                  + (f"{predicted:.3f} s, ratio {ratio}" if predicted else "-"))
            self.check(predicted is not None and abs(predicted / measured - 1) < 0.15, f"{megabits} Mbit/s: predicted within 15 %")

    def efficiency(self):
        """Two processes with a thread each against one process with two threads, in images per second."""
        more = ["--model", "resnet18", "--batch-size", "16", "--val-split", "0.1", "--strategy", "all"]
        rates = {}
        for count in (1, 2, 1, 2):
            with Hosts(count) as hosts:
                durations, _, _ = self.steps(hosts, "small.network", 6, *more, pin=count > 1)
                # The last batch of an epoch is smaller, so all steps count.
                rates.setdefault(count, []).append(len(durations) / sum(durations))
        one, two = max(rates[1]), max(rates[2])
        print(f"ResNet-18, steps per second: one process with two threads {one:.3f}, two processes with one {two:.3f}, "
              f"ratio {two / one:.2f}")
        self.check(two / one >= 0.9, "two processes reach at least 0.9 of the speed of one")


CASES = ["latency", "cut", "kill", "hang", "terminate", "disk", "torchrun", "join", "wire", "bandwidth", "efficiency"]


def main():
    made = parser(__doc__)
    made.add_argument("--torchrun", type=Path, default="torchrun")
    made.add_argument("--only", action="append", choices=CASES)
    made.add_argument("--epochs", type=int, default=60, help="of the runs that are disturbed; they should take about 10 s")
    made.add_argument("--logs", type=Path, help="a folder that keeps what the processes print")
    made.add_argument("--folder", help="the folder of the runs; by default a temporary one")
    options, _ = parse(made)
    # Namespaces and processes are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        checks = Checks(options, Path(folder))
        for case in options.only or CASES:
            getattr(checks, case)()
    widths = [max(map(len, column)) for column in list(zip(*checks.rows))[:-1]]
    for row in [("case", "time", "exit", "resumed", "messages"), *checks.rows] if checks.rows else []:
        print("  ".join([*(text.ljust(width) for text, width in zip(row, widths)), row[-1]]))
    return 1 if checks.check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
