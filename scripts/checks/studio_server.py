"""`apus studio` for the scripts in this folder: starts it on a folder, asks it, kills it, and draws photos for it.

It needs only Python's standard library.
"""

import json
import math
import os
import random
import re
import shutil
import signal
import sys
import time
import urllib.parse
from pathlib import Path

from checks import Apus, Check, png
from server import HOST, PHOTOS, Service, free_port, shared_data

check = Check()


def wait(condition, seconds: float = 60):
    """The first true value of a condition; false if there is none in time."""
    limit = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > limit:
            return found
        time.sleep(0.01)
    return found


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    parents = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                text = Path(entry.path, "stat").read_text()
                parents[int(entry.name)] = int(text[text.rindex(")") + 2:].split()[1])
            except (OSError, ValueError):
                pass
    found, new = [], [pid]
    while new:
        new = [child for child, parent in parents.items() if parent in new]
        found += new
    return found


class Studio(Service):
    """A running studio, with a session of its own. With `with`, it and its children end at the end of the block."""

    def __init__(self, apus: Apus, folder: Path, *options: str, port: int | None = None, opens: bool = True,
                 environment: dict | None = None):
        super().__init__(free_port() if port is None else port)
        self.apus, self.folder, self.cookie = apus, folder, ""
        # Without --quiet: the first line has the address. --port 0 lets the system choose.
        self.start(apus.path, "studio", folder, "--port", self.port, "--no-open", *options, environment=environment, reads=True)
        if opens:
            self.wait_until_open()

    @property
    def own(self) -> Path:
        """The folder of the project."""
        return self.folder / ".apus"

    def wait_until_open(self) -> None:
        """Reads the address."""
        line = self.process.stdout.readline().decode()
        found = re.fullmatch(r"Studio: (http://[\d.]+:(\d+)/\?token=(\S+))\n", line)
        if not found:
            sys.exit(f"the first line is {line!r}; standard error: {self.log[-2000:]}")
        self.seconds = time.perf_counter() - self.began
        self.address, self.port, self.token = found[1], int(found[2]), found[3]

    def send(self, method: str, path: str, body=None, headers: dict = {}, timeout: float = 60,
             cookie: str | None = None) -> tuple[int, dict, bytes]:
        """Status, headers in lower case, and body of an answer, over a connection of its own."""
        cookie = self.cookie if cookie is None else cookie
        own = {"Cookie": cookie} if cookie else {}
        if method == "POST":
            own["Origin"] = self.url
        return self.request(method, path, body, {**own, **headers}, timeout)

    def log_in(self) -> tuple[int, dict, bytes]:
        """Uses the token, and keeps the cookie."""
        answer = self.send("GET", f"/?token={self.token}", cookie="")
        self.cookie = answer[1].get("set-cookie", "").partition(";")[0]
        return answer

    def json(self, method: str, path: str, value=None) -> dict:
        """An answer with a status of 200; another one ends the script."""
        if not self.cookie:
            self.log_in()
        body = None if value is None else json.dumps(value).encode()
        status, _, text = self.send(method, f"/api/{path}", body, {"Content-Type": "application/json"} if body else {})
        if status != 200:
            sys.exit(f"{method} /api/{path}: {status}: {text[:500]!r}")
        return json.loads(text)

    def get(self, path: str, **query) -> dict:
        return self.json("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path: str, **value) -> dict:
        return self.json("POST", path, value)

    def edit(self, kind: str, **value) -> dict:
        return self.post("edits", kind=kind, **value)

    def upload(self, name: str, contents: bytes, **query: str) -> tuple[int, dict]:
        query = urllib.parse.urlencode({"name": name, **query}, errors="surrogateescape")
        status, _, body = self.send("POST", f"/api/upload?{query}", contents, {"Content-Type": "image/jpeg"})
        try:
            return status, json.loads(body)
        except ValueError:
            return status, {"error": body.decode(errors="replace")}

    def photos(self, **query) -> list[dict]:
        """All photos of a filter."""
        found: list[dict] = []
        while True:
            answer = self.get("photos", offset=len(found), limit=200, **query)
            found += answer["photos"]
            if not answer["photos"] or len(found) >= answer["total"]:
                return found

    def wait_for_jobs(self, *kinds: str, seconds: float = 300) -> list[dict]:
        """Waits until no job of these kinds works, and returns them."""

        def ended():
            jobs = [job for job in self.get("state")["jobs"] if not kinds or job["kind"] in kinds]
            return jobs if not any(job["state"] in ("waiting", "running") for job in jobs) else None

        jobs = wait(lambda: (found := ended()) is not None and [found], seconds)
        return jobs[0] if jobs else []

    def wait_for_photos(self, count: int, seconds: float = 120) -> dict:
        """Waits until the folder is read, and returns the counts."""
        if not wait(lambda: self.get("state")["counts"]["photos"] >= count, seconds):
            check(False, f"{count} photos are found: {self.get('state')['counts']}")
        self.wait_for_jobs("scan")
        return self.get("state")["counts"]

    def end(self, seconds: float = 60) -> int | None:
        """SIGTERM, and the exit status; None if it does not end."""
        self.process.terminate()
        return self.wait(seconds)

    def kill(self) -> None:
        """SIGKILL for it and all that it started."""
        if self.is_running:
            for pid in [self.process.pid, *descendants(self.process.pid)]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.process.wait()
        self.process.stdout.close()


# MARK: Photos


def drawing(kind: int, seed: int, side: int = 96) -> bytes:
    """A PNG file: a red disk, or a blue square, of any size and place on a background of noise."""
    chance = random.Random(f"{kind} {seed}")
    radius = chance.uniform(0.18, 0.32) * side
    x, y = (chance.uniform(radius, side - radius) for _ in range(2))
    ground = [chance.randrange(90, 170) for _ in range(3)]
    color = [chance.randrange(*part) for part in ([(190, 230), (20, 90), (20, 90)], [(20, 90), (40, 110), (190, 230)])[kind]]
    rows = bytearray()
    for row in range(side):
        rows.append(0)
        noise = chance.randbytes(side)
        for column in range(side):
            dx, dy = column - x, row - y
            inside = math.hypot(dx, dy) < radius if kind == 0 else max(abs(dx), abs(dy)) < radius * 0.9
            rows += bytes(value + noise[column] % 24 for value in (color if inside else ground))
    return png(side, side, rows)


DRAWN = ("disk", "square")


def photo_set(folder: Path, count: int, sources: list[Path] | None = None) -> dict[str, str]:
    """Writes or links photos of classes into a folder, without their labels; returns the class of each name.

    - sources: a folder for each class; by default photos are drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    classes: dict[str, str] = {}
    chance = random.Random(1)
    if sources is None:
        for place in range(count):
            name = f"photo-{place:04}.png"
            (folder / name).write_bytes(drawing(place % 2, place))
            classes[name] = DRAWN[place % 2]
        return classes
    found = []
    for source in sources:
        files = sorted(path for path in source.iterdir() if path.suffix.lower() in PHOTOS)
        wanted = min(len(files), math.ceil(count / len(sources)))
        found += [(path, source.name) for path in chance.sample(files, wanted)]
    chance.shuffle(found)
    # Names without a hint, so that nothing but the pixels tells the class.
    for place, (path, label) in enumerate(found[:count]):
        name = f"photo-{place:04}{path.suffix.lower()}"
        shutil.copyfile(path, folder / name)
        classes[name] = label
    return classes


def cats_and_dogs() -> list[Path] | None:
    """The folders of two classes in APUS_TEST_DATA; none without them."""
    folder = shared_data("datasets", "cats_dogs")
    return [folder / "cat", folder / "dog"] if folder and folder.is_dir() else None


def ants_and_bees() -> list[Path] | None:
    folder = shared_data("datasets", "hymenoptera_data", "train")
    return [folder / "ants", folder / "bees"] if folder and folder.is_dir() else None
