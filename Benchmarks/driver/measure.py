"""Runs a process to its end: its duration, its output with times, the memory of it and its children, and the
other load of the machine."""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))


class Failure(Exception):
    """A contender that failed."""


@dataclasses.dataclass
class Run:
    """A finished process."""

    seconds: float
    processor_seconds: float
    # The fraction of the machine that other processes used meanwhile.
    foreign: float
    output: str
    # The lines on standard error with the seconds since the start.
    talk: list[tuple[float, str]]
    # The largest sum of proportional set sizes of the process and its descendants, in MiB; None if it was not measured.
    peak: float | None

    @property
    def lines(self):
        """The lines of JSON on standard output."""
        return [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]


def run(command, environment=None, limit=1800, measures_memory=False):
    """Runs a command, and raises `Failure` if it fails or takes more than `limit` seconds."""
    talk = []
    with tempfile.TemporaryFile() as output:
        busy, own = busy_seconds(), own_seconds()
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})}, start_new_session=True)

        def listen():
            for line in process.stderr:
                talk.append((time.perf_counter() - began, line.decode(errors="replace").rstrip("\n")))

        def stop():
            os.killpg(process.pid, signal.SIGKILL)

        listener = threading.Thread(target=listen)
        listener.start()
        memory = MemoryWatch(process.pid) if measures_memory else None
        timer = threading.Timer(limit, stop)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            stop()
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = memory.finish() if memory else None
        listener.join()
        processor = usage.ru_utime + usage.ru_stime
        foreign = busy_seconds() - busy - processor - (own_seconds() - own)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        last = " / ".join(line for _, line in talk[-3:]) or "no output"
        raise Failure(f"status {process.returncode}: {last}")
    return Run(seconds, processor, max(0.0, foreign / seconds / CORES), text, talk, peak)


def busy_seconds():
    """The total processor time of all cores since the start of the machine, including time that a hypervisor gave to
    others."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _, _, interrupts, soft_interrupts, stolen = fields[:8]
    return (user + nice + system + interrupts + soft_interrupts + stolen) / TICK


def own_seconds():
    """The processor time of this program without its children."""
    return time.process_time()


class MemoryWatch:
    """Repeatedly sums the proportional set sizes of a process and its descendants in a thread. Shared pages count
    once in total."""

    PERIOD = 0.02

    def __init__(self, pid):
        self.pid, self.peak, self.done = pid, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.done.wait(self.PERIOD):
            self.peak = max(self.peak, sum(map(proportional_set_size, family(self.pid))))

    def finish(self):
        self.done.set()
        self.thread.join()
        return self.peak / 1024


def family(pid):
    """A process and its descendants."""
    found, pids = [], [pid]
    while pids:
        pid = pids.pop()
        found.append(pid)
        for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                pids += map(int, children.read_text().split())
            except OSError:
                pass  # It has ended meanwhile.
    return found


def proportional_set_size(pid):
    """In KiB; 0 for a process that has ended."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
