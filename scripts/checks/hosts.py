"""Hosts for the checks of training on many machines: network namespaces with their own names and addresses.

By default they are connected by a bridge and pairs of virtual devices. A link with latency or loss is a process here that
passes packets between TUN devices, because many kernels lack `tc netem`. It needs root.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

SUBNET = "10.77.0"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


# Prints the bytes per second of a connection.
RECEIVER = """
import socket, sys, time
connection, count, began = socket.create_server((sys.argv[1], 5001)).accept()[0], 0, None
while block := connection.recv(1 << 20):
    began = began or time.monotonic()
    count += len(block)
print(count / (time.monotonic() - began))
"""
SENDER = """
import socket, sys
connection = socket.create_connection((sys.argv[1], 5001))
connection.sendall(bytes(int(sys.argv[2])))
"""


def sh(*words, check=True):
    return subprocess.run([str(word) for word in words], check=check, capture_output=True, text=True).stdout


class Hosts:
    """`count` hosts named node0, node1, … in namespaces of this process."""

    def __init__(self, count: int, latency: float = 0, loss: float = 0):
        self.count, self.latency, self.loss = count, latency, loss
        self.spaces = [f"apus{os.getpid()}n{number}" for number in range(count)]
        self.switch = f"apus{os.getpid()}s"
        self.started, self.wire = [], None

    def __enter__(self):
        names = "".join(f"{self.address(number)} node{number}\n" for number in range(self.count))
        for number, space in enumerate(self.spaces):
            sh("ip", "netns", "add", space)
            sh("ip", "-n", space, "link", "set", "lo", "up")
            sh("ip", "netns", "exec", space, "sysctl", "-qw", "net.ipv4.tcp_congestion_control=cubic", check=False)
            # `ip netns exec` shows this file as /etc/hosts.
            folder = Path("/etc/netns") / space
            folder.mkdir(parents=True)
            (folder / "hosts").write_text(f"127.0.0.1 localhost\n{names}")
        if self.latency or self.loss:
            self.connect_by_wire()
        else:
            self.connect_by_bridge()
        return self

    def __exit__(self, *_):
        for process in self.started:
            if process.poll() is None:
                for number in (signal.SIGCONT, signal.SIGKILL):
                    os.killpg(process.pid, number)
                process.wait()
        if self.wire:
            os.kill(self.wire, signal.SIGKILL)
            os.waitpid(self.wire, 0)
        for space in [*self.spaces, self.switch]:
            sh("ip", "netns", "del", space, check=False)
            folder = Path("/etc/netns") / space
            (folder / "hosts").unlink(missing_ok=True)
            if folder.exists():
                folder.rmdir()

    def address(self, number: int) -> str:
        return f"{SUBNET}.{number + 1}"

    def connect_by_bridge(self):
        sh("ip", "netns", "add", self.switch)
        sh("ip", "-n", self.switch, "link", "add", "bridge", "type", "bridge")
        sh("ip", "-n", self.switch, "link", "set", "bridge", "up")
        for number, space in enumerate(self.spaces):
            port = f"port{number}"
            sh("ip", "-n", self.switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
            sh("ip", "-n", self.switch, "link", "set", port, "master", "bridge", "up")
            self.set_up(number)

    def set_up(self, number: int):
        sh("ip", "-n", self.spaces[number], "addr", "add", f"{self.address(number)}/24", "dev", "eth0")
        sh("ip", "-n", self.spaces[number], "link", "set", "eth0", "up")

    def connect_by_wire(self):
        files = [tun(space) for space in self.spaces]
        for number in range(self.count):
            self.set_up(number)
        self.wire = os.fork()
        if self.wire == 0:
            carry({socket_address(self.address(number)): file for number, file in enumerate(files)}, self.latency, self.loss)
        for file in files:
            os.close(file)

    def cut(self, number: int):
        sh("ip", "-n", self.spaces[number], "link", "set", "eth0", "down")

    def mend(self, number: int):
        sh("ip", "-n", self.spaces[number], "link", "set", "eth0", "up")

    def limit(self, megabits: float):
        """Limits what each host sends."""
        for space in self.spaces:
            # A burst of 1 ms or of 64 KB, which the kernel needs for a large packet.
            burst = max(64_000, int(megabits * 125))
            sh("tc", "-n", space, "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", f"{megabits}mbit", "burst", burst,
               "latency", "200ms")

    def rate(self, megabits: float, folder: Path) -> float:
        """The bits per second of a TCP connection from host 1 to host 0, as iperf3 measures them."""
        count = int(megabits * 125_000 * 2)
        log = folder / "rate"
        receiver = self.start(0, [sys.executable, "-c", RECEIVER, self.address(0)], log)
        time.sleep(0.5)
        sender = self.start(1, [sys.executable, "-c", SENDER, self.address(0), count], folder / "sender")
        if receiver.wait(60) or sender.wait(60):
            raise RuntimeError(log.read_text() + (folder / "sender").read_text())
        return float(log.read_text()) * 8

    def sent(self, number: int) -> int:
        """The bytes that a host has sent."""
        return int(sh("ip", "netns", "exec", self.spaces[number], "cat", "/sys/class/net/eth0/statistics/tx_bytes"))

    def start(self, number: int, words, log: Path, **environment) -> subprocess.Popen:
        """Starts a command on a host, as the leader of a process group. Its output goes to a file."""
        command = ["ip", "netns", "exec", self.spaces[number], "unshare", "--uts", "sh", "-c",
                   f'echo node{number} > /proc/sys/kernel/hostname; exec "$@"', "sh", *map(str, words)]
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True,
                                       env={**os.environ, **environment})
        self.started.append(process)
        return process


def tun(space: str) -> int:
    """Creates the TUN device eth0 in a namespace, and returns its file."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    other = os.open(f"/var/run/netns/{space}", os.O_RDONLY)
    try:
        if libc.setns(other, 0):
            raise OSError(ctypes.get_errno(), "setns")
        file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TUN | IFF_NO_PI))
        return file
    finally:
        libc.setns(own, 0)
        os.close(own)
        os.close(other)


def socket_address(text: str) -> bytes:
    return bytes(map(int, text.split(".")))


def carry(files: dict, latency: float, loss: float):
    """Passes IPv4 packets between the devices, in order: each `latency` seconds later, or never."""
    poll, waiting = select.poll(), []
    for file in files.values():
        poll.register(file, select.POLLIN)
    number = 0
    while True:
        left = max(0, (waiting[0][0] - time.monotonic()) * 1000) if waiting else None
        for file, _ in poll.poll(left):
            packet = os.read(file, 65536)
            target = files.get(packet[16:20])
            if target is not None and packet[0] >> 4 == 4 and random.random() >= loss:
                number += 1
                heapq.heappush(waiting, (time.monotonic() + latency, number, target, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            try:
                os.write(waiting[0][2], waiting[0][3])
            except (BlockingIOError, OSError):
                pass  # The device is down or its queue is full: the packet is lost.
            heapq.heappop(waiting)
