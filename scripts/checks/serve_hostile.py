#!/usr/bin/env python3
"""Sends `apus serve` what strangers may send: no crash, no status 500, no stuck connection, no leak.

    venv/bin/pip install grpcio
    venv/bin/python scripts/checks/serve_hostile.py --model FILE [--apus PATH] [--images FOLDER] [--hostile FOLDER]
        [--count 10000] [--threads 8] [--seed 0] [--only KIND,...] [--keep FOLDER] [-- SERVER-OPTION ...]

Each of the --count messages is of one of these kinds, by turns:

    file       a file of --hostile (by default robustness in APUS_TEST_DATA) as body, in a form, in JSON, as a tensor
    mutation   a photo with changed, missing or repeated bytes
    form       damaged multipart/form-data: truncated, without boundary, with huge headers, with many parts
    length     a wrong Content-Length, damaged chunks, more than the limit
    json       nested and damaged JSON, huge numbers, broken text
    tensor     wrong shapes, types and sizes, lying lengths in binary tensors
    http       damaged requests, paths, headers; TLS and HTTP/2 on the port of HTTP
    grpc       damaged messages, frames and bytes on the port of gRPC (without grpcio only bytes)

Meanwhile slow clients send a byte from time to time; the server must close them. After each tenth a photo must be
answered as `apus predict` does, and the memory is printed. At the end it must be about what it was after the first
fifth, and no connection may be left. --keep gets the messages with a status of 500 or without an answer in time. The
same --seed sends the same messages. Requests go to 127.0.0.1 only. Exits with 1 if something fails.
"""

import base64
import collections
import concurrent.futures
import json
import os
import random
import socket
import struct
import sys
import threading
import time
from pathlib import Path

from checks import Check, parse, png
from server import HOST, NAME, Server, common, multipart, photos, predictions, server_parser, shared_data

try:
    import grpc
except ImportError:
    grpc = None

KINDS = ["file", "mutation", "form", "length", "json", "tensor", "http", "grpc"]
CLASSIFY, INFER = f"/v1/models/{NAME}/classify", f"/v2/models/{NAME}/infer"
# The server's limits are short, so that slow clients are seen to be closed. An answer must come within STUCK seconds.
LIMITS = {"limits": {"headerTimeout": 2, "timeout": 10, "idleTimeout": 5, "maxBody": 16_000_000}}
STUCK = 45
FAILURES = {"500", "INTERNAL", "UNKNOWN", "no answer"}
check = Check()


def head(method: str, path: str, *lines: str) -> bytes:
    text = "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {HOST}", *lines, "", ""])
    return text.encode("utf-8", "surrogateescape")


def post(path: str, body: bytes, kind: str | None, *lines: str, length: int | str | None = None) -> bytes:
    kinds = [] if kind is None else [f"Content-Type: {kind}"]
    return head("POST", path, *kinds, f"Content-Length: {len(body) if length is None else length}", *lines) + body


def post_form(files: list[tuple[str, bytes]], **options) -> bytes:
    body, kind = multipart(files, **options)
    return post(CLASSIFY, body, kind)


class Messages:
    """Makes a message of each kind from a random generator of its own."""

    def __init__(self, hostile: list[bytes], photo: bytes, photos: list[bytes], side: int):
        self.hostile, self.photo, self.photos, self.side = hostile, photo, photos, side

    def make(self, kind: str, seed: int) -> bytes:
        return getattr(self, kind)(random.Random(f"{kind} {seed}"), seed)

    def file(self, chance: random.Random, number: int) -> bytes:
        contents = self.hostile[number % len(self.hostile)]
        text = base64.b64encode(contents).decode()
        return chance.choice([
            lambda: post(CLASSIFY, contents, chance.choice(["image/jpeg", "image/png", "image/x-unknown", None])),
            lambda: post_form([("a.jpg", contents), ("b.jpg", self.photo)]),
            lambda: post(CLASSIFY, json.dumps({"image": text}).encode(), "application/json"),
            lambda: post(CLASSIFY + "?top=3&crops=five", contents, "application/octet-stream"),
            lambda: self.infer([{"name": "image", "datatype": "BYTES", "shape": [1], "data": [text]}]),
            lambda: self.binary("image", "BYTES", [1], struct.pack("<I", len(contents)) + contents),
        ])()

    def damaged(self, chance: random.Random, contents: bytes) -> bytes:
        data = bytearray(contents)
        for _ in range(chance.choice([1, 3, 30])):
            place = chance.randrange(max(1, len(data)))
            match chance.randrange(5):
                case 0: data[place:place + 1] = bytes([chance.randrange(256)])
                case 1: del data[place:]
                case 2: del data[place:place + chance.randrange(64)]
                case 3: data[place:place] = data[place:place + chance.randrange(4096)]
                case _: data[place:place + 4] = chance.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
        return bytes(data)

    def mutation(self, chance: random.Random, number: int) -> bytes:
        contents = self.damaged(chance, self.photos[number % len(self.photos)])
        return post(CLASSIFY, contents, "image/jpeg") if chance.random() < 0.7 else post_form([("a.jpg", contents)])

    def form(self, chance: random.Random, number: int) -> bytes:
        body, kind = multipart([("a.jpg", self.photo), ("b.jpg", self.photo)], {"top": "3"})
        match chance.randrange(12):
            case 0: return post(CLASSIFY, body[:chance.randrange(len(body))], kind)
            case 1: return post(CLASSIFY, body, "multipart/form-data")
            case 2:
                boundary = chance.choice(["", '"', "x" * 5000, "-"])
                return post(CLASSIFY, body, f"multipart/form-data; boundary={boundary}")
            case 3: return post(CLASSIFY, self.damaged(chance, body[:400]) + body[400:], kind)
            case 4: return post_form([("n" * chance.choice([5000, 200_000]), self.photo)])
            case 5: return post_form([(f"{place}.jpg", b"x") for place in range(chance.choice([65, 3000]))])
            case 6: return post_form([], fields={f"field{place}": "x" for place in range(chance.choice([17, 5000]))})
            case 7: return post_form([("../../etc/passwd", self.photo), ("a\0b\u202e.jpg", self.photo)])
            case 8: return post_form([("a.jpg", self.photo)], fields={"top": "9" * chance.choice([3, 30, 3000])})
            case 9: return post(CLASSIFY, b"--x\r\n" * chance.choice([1, 100_000]), "multipart/form-data; boundary=x")
            case 10: return post(CLASSIFY, b"--x\r\nA: " + b"y" * 1_000_000, "multipart/form-data; boundary=x")
            case _: return post(CLASSIFY, b"--x\r\n\r\n--x--\r\n" + self.photo, "multipart/form-data; boundary=x")

    def length(self, chance: random.Random, number: int) -> bytes:
        chunked = head("POST", CLASSIFY, "Content-Type: image/jpeg", "Transfer-Encoding: chunked")
        match chance.randrange(12):
            case 0:
                return post(CLASSIFY, self.photo, "image/jpeg", length=len(self.photo) + chance.randrange(1, 10_000))
            case 1: return post(CLASSIFY, self.photo, "image/jpeg", length=chance.randrange(len(self.photo)))
            case 2: return post(CLASSIFY, b"x", "image/jpeg", length=chance.choice(
                ["-1", "1e3", "0x10", "99999999999999999999999", "9223372036854775807", "", "+5", "1 1"]))
            case 3: return post(CLASSIFY, b"", "image/jpeg", length=chance.choice([16_000_001, 10 ** 12]))
            case 4: return post(CLASSIFY, self.photo, "image/jpeg", f"Content-Length: {chance.randrange(10 ** 6)}")
            case 5:
                return chunked + chance.choice(
                    [b"-1\r\n", b"zz\r\n", b"ffffffffffffffffff\r\n", b"5\r\nab", b"\r\n"])
            case 6: return chunked + (b"1\r\nx\r\n" * 3000) + b"0\r\n\r\n"
            case 7: return chunked + b"5;" + b"e" * 100_000 + b"\r\nhello\r\n0\r\n\r\n"
            case 8: return chunked + b"0\r\n" + b"T: x\r\n" * chance.choice([1, 5000]) + b"\r\n"
            case 9: return post(CLASSIFY, b"5\r\nhello\r\n0\r\n\r\n", "image/jpeg", "Transfer-Encoding: chunked")
            case 10: return post(CLASSIFY, b"", "image/jpeg")
            case _: return chunked + b"%x\r\n" % 17_000_000 + bytes(chance.choice([1000, 17_000_000]))

    def json(self, chance: random.Random, number: int) -> bytes:
        depth = chance.choice([31, 33, 1000, 100_000])
        text = base64.b64encode(self.photo).decode()
        body = chance.choice([
            lambda: b"[" * depth + b"]" * depth, lambda: b"[" * depth, lambda: b'{"a":' * depth + b"1" + b"}" * depth,
            lambda: b'{"images":' + b"[" * depth, lambda: b'{"image":' + b'{"data":' * depth,
            lambda: b"1" * chance.choice([400, 1_000_000]), lambda: b'{"top": 1e999999, "image": "AA=="}',
            lambda: b'{"image": "' + chance.choice([b"\xff\xfe", b"\\ud800", b"\\u12", b"\0", b"\\x"]) + b'"}',
            lambda: b'{"image": "%s"' % text.encode(), lambda: b'{"image": "A"}', lambda: b'{"image": "===="}',
            lambda: json.dumps({"images": [text] * chance.choice([65, 300])}).encode(),
            lambda: json.dumps({"images": [None, 1, {}, [], "x", {"data": 5}]}).encode(),
            lambda: b'{"images": [' + b"null," * 500_000 + b"null]}", lambda: b'{"image": "%s"}' % (b"A" * 4_000_000),
            lambda: b'{' + b'"image": "AAAA", ' * 20_000 + b'"top": 1}', lambda: b"", lambda: b"nul",
            lambda: b"\xef\xbb\xbf{}",
            lambda: json.dumps({"image": text, "top": chance.choice([0, -1, 2 ** 63, 1.5, "3", True])}).encode(),
            lambda: json.dumps({"image": "file:///etc/passwd"}).encode(),
            lambda: json.dumps({"image": "http://127.0.0.1:1/a.jpg"}).encode(),
        ])()
        if chance.random() < 0.2:
            body = self.damaged(chance, body)
        return post(chance.choice([CLASSIFY, INFER]), body, "application/json")

    def infer(self, inputs: list[dict], *lines: str, **others) -> bytes:
        return post(INFER, json.dumps({"inputs": inputs, **others}).encode(), "application/json", *lines)

    def binary(self, name: str, datatype: str, shape: list, data: bytes, size: int | None = None,
               length: int | None = None) -> bytes:
        text = json.dumps({"inputs": [{"name": name, "datatype": datatype, "shape": shape, "parameters": {
            "binary_data_size": len(data) if size is None else size}}]}).encode()
        return post(INFER, text + data, "application/octet-stream",
                    f"Inference-Header-Content-Length: {len(text) if length is None else length}")

    def tensor(self, chance: random.Random, number: int) -> bytes:
        side = self.side
        wrong = chance.choice([-1, 0, 1, 2 ** 31, 2 ** 62, 2 ** 63 - 1, 2 ** 64, side + 1, 1.5, "1", None, [1]])
        shape = [1, side, side, 3]
        shape[chance.randrange(4)] = wrong
        element = struct.pack("<I", len(self.photo)) + self.photo
        return chance.choice([
            lambda: self.infer([{"name": "pixels", "datatype": "UINT8", "shape": shape, "data": [1, 2, 3]}]),
            lambda: self.binary("pixels", "UINT8", shape, bytes(chance.choice([0, 3, side * side * 3]))),
            lambda: self.binary("pixels", chance.choice(["FP32", "INT64", "BYTES", "", "uint8"]), [1, side, side, 3],
                                b"x"),
            lambda: self.binary("image", "BYTES", [1],
                                struct.pack("<I", chance.choice([2 ** 32 - 1, 2 ** 31, 5])) + b"x"),
            lambda: self.binary("image", "BYTES", [chance.choice([0, 2, 65, 10 ** 9])], element),
            lambda: self.binary("image", "BYTES", [1], element, size=chance.choice([-1, 0, 5, 2 ** 63 - 1, 2 ** 64])),
            lambda: self.binary("image", "BYTES", [1], element, length=chance.choice([-1, 0, 3, 10 ** 9, 10 ** 30])),
            lambda: self.binary("image", "BYTES", [1, 1, 1], element + b"rest"),
            lambda: self.infer([{"name": "pixels", "datatype": "UINT8", "shape": [1, side, side, 3],
                                 "data": [256, -1, 1.5, "a", None]}]),
            lambda: self.infer([{"name": "pixels", "datatype": "UINT8", "shape": [1, side, side, 3],
                                 "data": [[[[chance.randrange(300)] * 3] * side] * side]}]),
            lambda: self.infer([]), lambda: self.infer([{}]), lambda: self.infer([{"name": "image"}] * 2000),
            lambda: self.infer([{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["QUJD"]}], outputs=[
                {"name": chance.choice(["logits", "label", "x" * 100_000])}] * chance.choice([1, 2, 5000])),
            lambda: self.infer([{"name": "image", "datatype": "BYTES", "shape": [2], "data": ["QUJD", "%%"]}]),
            lambda: self.infer([{"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {
                "shared_memory_region": "/dev/mem"}}], id="i" * 1_000_000),
        ])()

    def http(self, chance: random.Random, number: int) -> bytes:
        paths = ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%00", "/" + "a" * 100_000, "//", "*",
                 "/v1/models/%ff%fe", "/v1/models/../../x", "/v1/models/" + "%41" * 5000, "/?" + "a=b&" * 9000,
                 "/v2/models/a/versions/b/infer", "http://127.0.0.1:1/", f"{CLASSIFY}?top=1&top=2", f"{CLASSIFY}?%",
                 f"{CLASSIFY}?explain=%0d%0aX:y"]
        return chance.choice([
            lambda: chance.randbytes(chance.choice([1, 100, 100_000])),
            lambda: head(chance.choice(["GET", "POST", "HEAD", "PUT", "BREW", "G\0T"]), chance.choice(paths)),
            lambda: head("GET", "/", *["X-Many: y"] * 5000), lambda: head("GET", "/", "X-Long: " + "y" * 1_000_000),
            lambda: head("GET", "/", "X: \udcff\udcfe", "Bad Name: x", ": x", "NoColon"),
            lambda: b"GET / HTTP/9.9\r\n\r\n", lambda: b"GET\r\n\r\n", lambda: b"\r\n" * 1000,
            lambda: b"GET / HTTP/1.1\n\n",
            lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(500),
            lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + chance.randbytes(200),
            lambda: head("GET", "/", "Upgrade: websocket", "Connection: Upgrade"),
            lambda: head("CONNECT", "127.0.0.1:1"),
            lambda: head("GET", "/v2/health/ready") * chance.choice([2, 300]),
            lambda: post(CLASSIFY, self.photo, "image/jpeg") + chance.randbytes(300),
            lambda: post(CLASSIFY, self.photo,
                         chance.choice(["text/html", "a" * 9000, "image/\0", "application/json"])),
            lambda: post(CLASSIFY, self.photo, "image/jpeg", "Expect: 100-continue", "Content-Encoding: gzip"),
            lambda: post(CLASSIFY, self.photo, "image/jpeg", f"X-Request-Id: {'i' * 5000}",
                         "traceparent: 00-zz-\u202e"),
            lambda: head("OPTIONS", CLASSIFY, "Origin: http://127.0.0.1:1", "Access-Control-Request-Method: POST"),
        ])()

    def grpc(self, chance: random.Random, number: int) -> bytes:
        """Bytes for the port of gRPC. Every other message is damaged protobuf instead: `Client.call`."""
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        settings = b"\0\0\0\x04\0\0\0\0\0"

        def frame(kind: int, flags: int, stream: int, payload: bytes, length: int | None = None) -> bytes:
            return struct.pack(">I", len(payload) if length is None else length)[1:] + bytes([kind, flags]) \
                + struct.pack(">I", stream) + payload

        return chance.choice([
            lambda: chance.randbytes(chance.choice([1, 50, 5000])), lambda: head("GET", "/"), lambda: preface[:10],
            lambda: preface + chance.randbytes(1000),
            lambda: preface + settings + frame(chance.randrange(11), chance.randrange(256), chance.randrange(4),
                                               chance.randbytes(chance.randrange(100))),
            lambda: preface + settings + frame(0, 1, 1, b"x", length=2 ** 24 - 1),
            lambda: preface + settings + frame(1, 4, 1, b"\x83" * 4000),
            lambda: preface + settings + frame(4, 0, 0, struct.pack(">HI", 4, 2 ** 31)),
            lambda: preface + settings + frame(8, 0, 0, struct.pack(">I", 0)),
            lambda: preface + settings + b"".join(
                frame(1, 5, stream, b"\x82\x86\x84") + frame(3, 0, stream, b"\0\0\0\x08")
                for stream in range(1, 400, 2)),
            lambda: preface + settings + frame(6, 0, 0, bytes(8)) * 3000,
        ])()


def varint(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def field(number: int, contents: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(contents)) + contents


class Client:
    """Sends messages, and counts the answers."""

    def __init__(self, server: Server, messages: Messages, keep: Path | None):
        self.server, self.messages, self.keep = server, messages, keep
        self.counts: dict[str, collections.Counter] = {kind: collections.Counter() for kind in KINDS}
        self.lock = threading.Lock()
        self.channel = grpc.insecure_channel(f"{HOST}:{server.grpc_port}", options=[
            ("grpc.max_send_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]) if grpc else None
        self.methods = {name: self.channel.unary_unary(f"/inference.GRPCInferenceService/{name}")
                        for name in ("ModelInfer", "ModelMetadata", "ModelReady", "Nothing")} if grpc else {}

    def send(self, kind: str, number: int) -> None:
        if kind == "grpc" and self.channel and number % 2:
            message, answer = self.call(number)
        else:
            message = self.messages.make(kind, number)
            answer = self.exchange(message, self.server.grpc_port if kind == "grpc" else self.server.port,
                                   random.Random(f"end {kind} {number}"))
        is_failure = answer in FAILURES
        with self.lock:
            self.counts[kind][answer] += 1
        if is_failure:
            print(f"     {kind} {number}: {answer}: {message[:150]!r}", flush=True)
            if self.keep:
                (self.keep / f"{kind}-{number}").write_bytes(message)

    def exchange(self, message: bytes, port: int, chance: random.Random) -> str:
        """The status of the first answer, `closed`, or `no answer` within STUCK seconds."""
        ends = chance.random() < 0.5
        limit = time.monotonic() + STUCK
        with socket.create_connection((HOST, port), timeout=STUCK) as connection:
            sender = threading.Thread(target=self.push, args=(connection, message, ends))
            sender.start()
            received = b""
            try:
                while b"\r\n" not in received and len(received) < 4096:
                    connection.settimeout(max(0.1, limit - time.monotonic()))
                    part = connection.recv(65536)
                    if not part:
                        break
                    received += part
                    if port == self.server.grpc_port:
                        # A server of HTTP/2 begins with its settings; whether it closes is seen at the end.
                        connection.settimeout(0.2)
                        try:
                            connection.recv(65536)
                        except TimeoutError:
                            pass
                        return "frames"
            except TimeoutError:
                return "no answer"
            except OSError:
                pass
            finally:
                # Ends a sender that the server does not read from.
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                sender.join()
        return received[9:12].decode(errors="replace") if received.startswith(b"HTTP/1.") else "closed"

    @staticmethod
    def push(connection: socket.socket, message: bytes, ends: bool) -> None:
        try:
            connection.sendall(message)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def call(self, number: int) -> tuple[bytes, str]:
        """Sends a damaged message to a method of gRPC."""
        chance = random.Random(f"call {number}")
        photo, side = self.messages.photo, self.messages.side
        raw = struct.pack("<I", len(photo)) + photo
        tensor = field(1, chance.choice([b"image", b"pixels", b"x" * 100_000])) + field(
            2, chance.choice([b"BYTES", b"UINT8", b"FP32"])) + field(3, b"".join(varint(chance.choice(
                [1, 2, side, 2 ** 62, 2 ** 64 - 1])) for _ in range(chance.choice([1, 2, 4]))))
        message = field(1, NAME.encode()) + field(5, tensor) * chance.choice([0, 1, 1, 1, 500]) + chance.choice([
            lambda: field(7, raw), lambda: field(7, raw[:chance.randrange(len(raw))]), lambda: b"",
            lambda: field(7, self.messages.hostile[number % len(self.messages.hostile)]),
            lambda: field(6, field(1, b"label")) * 3000, lambda: field(7, bytes(17_000_000))])()
        if chance.random() < 0.5:
            message = self.messages.damaged(chance, message[:300]) + message[300:]
        name = chance.choice(["ModelInfer"] * 6 + ["ModelMetadata", "ModelReady", "Nothing"])
        began = time.monotonic()
        try:
            self.methods[name](message, timeout=STUCK)
            return message, "OK"
        except grpc.RpcError as error:
            # The client has a deadline, too, which is later than the server's.
            return message, "no answer" if time.monotonic() - began > STUCK - 1 else error.code().name


class SlowClients(threading.Thread):
    """Connections that send a byte from time to time, until the server closes them."""

    COUNT = 40

    def __init__(self, server: Server, photo: bytes):
        super().__init__(daemon=True)
        start = post(CLASSIFY, b"", "image/jpeg", length=len(photo))
        self.kinds = {"nothing": b"", "headers": head("GET", "/", "X: " + "y" * 3000), "body": start + photo,
                      "gRPC": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3000)}
        self.open: list[tuple[str, socket.socket, bytes, float]] = []
        self.longest: dict[str, float] = dict.fromkeys(self.kinds, 0.0)
        for place in range(self.COUNT):
            kind = list(self.kinds)[place % len(self.kinds)]
            one = socket.create_connection((HOST, server.grpc_port if kind == "gRPC" else server.port))
            one.setblocking(False)
            self.open.append((kind, one, self.kinds[kind], time.monotonic()))

    def run(self) -> None:
        place = 0
        while self.open:
            place += 1
            for entry in list(self.open):
                kind, one, bytes_, began = entry
                try:
                    if bytes_:
                        one.send(bytes_[place - 1:place])
                    closed = one.recv(65536) == b""
                except BlockingIOError:
                    closed = False
                except OSError:
                    closed = True
                if closed:
                    self.longest[kind] = max(self.longest[kind], time.monotonic() - began)
                    one.close()
                    self.open.remove(entry)
            time.sleep(0.5)


def hostile_files(folder: Path | None) -> list[bytes]:
    if folder is None:
        sys.exit("give --hostile, or set APUS_TEST_DATA")
    found = [Path(name, file) for name, _, files in os.walk(folder) for file in sorted(files)]
    contents = [path.read_bytes() for path in sorted(found) if path.is_file() and path.stat().st_size < 12_000_000]
    if not contents:
        sys.exit(f"{folder} contains no files")
    # Images that claim more than they have, and one that decompresses to its limit.
    rows = (b"\0" + bytes(3 * 8000)) * 8000
    return [*contents, png(30_000, 30_000, b"\0"), png(9000, 9000, b"\0"), png(8000, 8000, rows, 9)]


def main() -> None:
    made = server_parser(__doc__)
    made.add_argument("--hostile", type=Path, default=shared_data("robustness"), help="a folder with damaged images")
    made.add_argument("--count", type=int, default=10_000)
    made.add_argument("--threads", type=int, default=8)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--only", type=lambda text: text.split(","), default=KINDS, help="kinds of messages")
    made.add_argument("--keep", type=Path, help="a folder for messages that fail")
    made.add_argument("--growth", type=float, default=64, help="the MB that memory may grow after the first fifth")
    options, server_options = parse(made)
    if unknown := set(options.only) - set(KINDS):
        sys.exit(f"no kind is called {', '.join(sorted(unknown))}; the kinds are {', '.join(KINDS)}")
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    if grpc is None and "grpc" in options.only:
        print("without grpcio, only bytes are sent to the port of gRPC", file=sys.stderr)
    hostile, files = hostile_files(options.hostile), photos(options.images, 20)
    expected = predictions(options.apus, options.model, files[:1])[str(files[0])]
    photo = files[0].read_bytes()

    with Server(options.apus, f"{NAME}={options.model}", options=server_options, configuration=LIMITS) as server:
        side = server.get(f"/v1/models/{NAME}")["preprocessing"]["cropSize"]
        client = Client(server, Messages(hostile, photo, [file.read_bytes() for file in files], side), options.keep)

        def answers() -> bool:
            status, answer = server.classify(photo)
            return status == 200 and common(answer) == common(expected)

        check(answers(), "before: a photo has the answer of `apus predict`")
        slow = SlowClients(server, photo)
        slow.start()
        sizes, done, began = [], 0, time.monotonic()
        print("\n| messages | seconds | memory in MB | open files |\n|---|---|---|---|")
        with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
            while done < options.count and server.is_running:
                part = min(max(1, options.count // 10), options.count - done)
                places = range(done, done + part)
                kinds = [options.only[place % len(options.only)] for place in places]
                numbers = [options.seed * 1_000_000 + place // len(options.only) for place in places]
                collections.deque(pool.map(client.send, kinds, numbers), maxlen=0)
                done += part
                if not server.is_running:
                    break
                if not answers():
                    check(False, f"after {done} messages: a photo has the answer of `apus predict`")
                sizes.append(server.memory())
                print(f"| {done} | {time.monotonic() - began:.0f} | {sizes[-1]:.0f} | {server.descriptors()} |",
                      flush=True)
        print()
        check(server.is_running, f"the server runs ({server.process.poll()})")
        if not server.is_running:
            print(server.log[-4000:])
            sys.exit(1)
        check(answers(), "after: a photo has the answer of `apus predict`")
        for kind in options.only:
            counts = client.counts[kind]
            print(f"     {kind}: " + ", ".join(f"{answer} {count}" for answer, count in counts.most_common()))
            check(not any(counts[one] for one in FAILURES),
                  f"{kind}: no status 500, and an answer or an end within {STUCK} s")
        slow.join(60)
        check(not slow.open, "slow clients are closed, after at most "
              + ", ".join(f"{seconds:.0f} s ({kind})" for kind, seconds in slow.longest.items()))
        if client.channel:
            client.channel.close()
        limit = time.monotonic() + 30
        while server.connections() > 0 and time.monotonic() < limit:
            time.sleep(0.2)
        check(server.connections() == 0, f"no connection is left ({server.connections()})")
        base = sizes[max(0, len(sizes) // 5 - 1)]
        check(server.memory() <= base + options.growth,
              f"memory: {base:.0f} MB after the first fifth, {server.memory():.0f} MB at the end, "
              f"peak {server.memory('VmHWM'):.0f} MB")
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
