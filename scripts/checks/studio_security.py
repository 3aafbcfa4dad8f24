#!/usr/bin/env python3
"""Attacks `apus studio`: other sites and programs, paths, links, names, files, kills, and two at once.

    scripts/checks/studio_security.py [--apus PATH] [--only PART,...] [--kills 50] [--hostile FOLDER] [--seed 0]

The parts are

    session   no cookie, wrong cookies, wrong tokens and a used one open nothing; headers of all answers
    sites     names of other hosts (DNS rebinding), other origins and programs on this machine can't ask or change
    paths     paths with .., encoded slashes and zeros, and names of files and runs that contain them, reach no file
    links     links that lead out of the folder, also those made after the scan, pipes and loops
    names     names with HTML, line breaks and invalid UTF-8 are shown, edited and written to the table
    files     all files of --hostile (by default robustness in APUS_TEST_DATA), in the folder and dropped in; without
              it a few damaged ones
    sizes     bodies that are too large, endless, deep, or shorter than announced
    reading   with --read-only nothing changes
    lock      a second studio on the folder names the process that holds it, and begins after that one was killed
    clients   two clients edit at once
    kills     SIGKILL at --kills random moments while edits, undos, redos and files are sent: every acknowledged one is
              there, none is there by half, and SQLite's check finds no damage

Python's standard library is enough. Requests go to 127.0.0.1 only. Exits with 1 if something fails.
"""

import concurrent.futures
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from checks import parse, parser
from server import HOST, free_port, shared_data
from studio_server import Studio, check, drawing, photo_set, wait

PARTS = ["session", "sites", "paths", "links", "names", "files", "sizes", "reading", "lock", "clients", "kills"]
REFUSED = {400, 401, 403, 404, 405, 409, 413, 415, 421}
PATIENCE = 60  # Seconds for any answer.
SECRET = b"what lies outside of the folder"
POLICY = ("default-src 'none'", "script-src 'self'", "connect-src 'self'")


class Setting:
    """Folders, and a studio on new photos."""

    def __init__(self, options, root: Path):
        self.options, self.root, self.number = options, root, 0

    def folder(self, count: int = 6) -> Path:
        """A new folder with photos of two colors, in a folder with a file that is not the project's."""
        self.number += 1
        folder = self.root / str(self.number) / "photos"
        photo_set(folder, count)
        (folder.parent / "secret.txt").write_bytes(SECRET)
        return folder

    def studio(self, folder: Path, *words: str, **more) -> Studio:
        return Studio(self.options.apus, folder, *words, **more)

    def ready(self, count: int = 6, *words: str) -> Studio:
        """A studio that has read its folder, and has two classes."""
        studio = self.studio(self.folder(count), *words)
        studio.wait_for_photos(count)
        studio.classes = [studio.edit("addClass", name=name)["created"] for name in ("one", "two")]
        return studio


def files(folder: Path) -> set[str]:
    """The paths in a folder; links are not followed."""
    return {os.path.join(place, name) for place, folders, names in os.walk(os.fsencode(folder))
            for name in names + folders}


def revision(studio: Studio) -> int:
    return studio.get("state")["revision"]


def database(studio: Studio) -> sqlite3.Connection:
    """A copy of the database of a project, with the log that belongs to it."""
    copies = Path(tempfile.mkdtemp(dir=studio.folder.parent))
    for name in ("project.sqlite", "project.sqlite-wal"):
        if (studio.own / name).exists():
            shutil.copyfile(studio.own / name, copies / name)
    return sqlite3.connect(copies / "project.sqlite")


# MARK: Who may ask


def check_session(setting: Setting) -> None:
    with setting.studio(setting.folder()) as studio:
        paths = ["/api/state", "/api/events", "/api/photos", "/api/thumbnails/1", "/api/images/1", "/api/table", "/api/runs"]
        for cookie, what in (("", "no cookie"), ("a=b", "another cookie"), (f"apus-studio-{studio.port}=", "an empty cookie")):
            found = {path: studio.send("GET", path, cookie=cookie)[0] for path in paths}
            check(set(found.values()) <= {401, 403}, f"session: {what}: {found}")
            status = studio.send("POST", "/api/edits", b'{"kind":"addClass","name":"x"}', cookie=cookie)[0]
            check(status in {401, 403}, f"session: {what}: an edit is refused with {status}")
        status, headers, body = studio.send("GET", "/")
        hidden = (studio.token.encode(), os.fsencode(studio.folder))
        check(status < 500 and not any(text in body for text in hidden) and "set-cookie" not in headers,
              f"session: / without a cookie has neither the token nor the folder: {status}")
        token = studio.token
        other = ("x" if token[-1] != "x" else "y")
        wrong = ["", "x", token[:-1], token + "x", token[:-1] + other, token.swapcase(), token + "%00", "%FF" * 40, "x" * 7000]
        found = [(status, headers.get("set-cookie")) for status, headers, _ in
                 (studio.send("GET", f"/?token={text}") for text in wrong)]
        check(all(status < 500 and not cookie for status, cookie in found) and len(token) >= 22,
              f"session: {len(wrong)} wrong tokens set no cookie; a token has {len(token)} characters")
        status, headers, _ = studio.log_in()
        cookie = headers.get("set-cookie", "")
        lower = cookie.lower()
        check(status in (200, 302, 303) and "httponly" in lower and "samesite=strict" in lower and "domain=" not in lower,
              f"session: the token opens with {status} and {re.sub('=[^;]+', '=…', cookie, count=1)!r}")
        check(token not in headers.get("location", "") and token not in cookie, "session: the token is in no header")
        check(headers.get("referrer-policy") == "no-referrer", "session: the address with the token is sent to nobody")
        again = studio.send("GET", f"/?token={token}", cookie="")
        check(again[0] in {401, 403} and "set-cookie" not in again[1], f"session: the token is refused again: {again[0]}")
        check(studio.send("GET", "/api/state")[0] == 200, "session: the cookie opens the page")
        name, _, value = studio.cookie.partition("=")
        for text in (value[:-1], value + "x", value.swapcase(), value[::-1]):
            status = studio.send("GET", "/api/state", cookie=f"{name}={text}")[0]
            check(status in {401, 403}, f"session: a changed cookie: {status}")
        check((studio.own / "session").stat().st_mode & 0o77 == 0, "session: nobody else can read the secret")
        with setting.studio(setting.folder()) as second:
            status = second.send("GET", "/api/state", cookie=studio.cookie)[0]
            check(status in {401, 403}, f"session: another studio's cookie: {status}")
        for path in ("/", "/studio.css", "/app.js", "/api/state", "/api/nothing", "/nothing"):
            status, headers, _ = studio.send("GET", path)
            policy = headers.get("content-security-policy", "")
            whole = headers.get("x-content-type-options") == "nosniff" and not any(
                name.startswith("access-control") for name in headers) and "x-powered-by" not in headers
            if headers.get("content-type", "").startswith("text/html"):
                whole &= all(part in policy for part in POLICY) and "unsafe" not in policy and "http" not in policy
                whole &= "frame-ancestors 'none'" in policy or headers.get("x-frame-options", "").upper() == "DENY"
            check(status in (200, 404) and whole, f"session: headers of {path} ({status})")
        check("no-store" in studio.send("GET", "/api/state")[1].get("cache-control", ""), "session: answers are not kept")


def check_sites(setting: Setting) -> None:
    with setting.ready() as studio:
        port, before = studio.port, revision(studio)
        for host in (f"{HOST}:{port}", f"localhost:{port}"):
            check(studio.send("GET", "/api/state", headers={"Host": host})[0] == 200, f"sites: Host {host} is this machine")
        hosts = ["evil.example", f"evil.example:{port}", f"{HOST}.evil.example:{port}", f"localhost.evil.example:{port}",
                 f"evil.example#{HOST}:{port}", f"{HOST}:{port}@evil.example", f"[::ffff:1.2.3.4]:{port}", "", " ", "*"]
        edit = json.dumps({"kind": "addClass", "name": "evil"}).encode()
        for host in hosts:
            reads = [studio.send("GET", path, headers={"Host": host})[0] for path in ("/", "/api/state", "/app.js")]
            token = studio.send("GET", f"/?token={studio.token}", headers={"Host": host})[1].get("set-cookie")
            writes = studio.send("POST", "/api/edits", edit, {"Host": host, "Origin": f"http://{host}"})[0]
            check({*reads, writes} <= REFUSED and not token, f"sites: Host {host!r}: {reads}, {writes}")
        origins = ["https://evil.example", f"http://evil.example:{port}", "null", f"https://{HOST}:{port}", f"http://{HOST}",
                   f"http://{HOST}:{port + 1}", f"http://{HOST}:{port}.evil.example", f"http://localhost.evil.example:{port}",
                   f"http://x@{HOST}:{port}", "file://", f"http://{HOST}:{port}, https://evil.example", "x"]
        for origin in origins:
            found = [studio.send("POST", f"/api/{path}", edit, {"Origin": origin})[0]
                     for path in ("edits", "undo", "scan", "upload?name=a.jpg", "label/prepare", "train")]
            check(set(found) <= {400, 403}, f"sites: Origin {origin}: {found}")
        for site in ("cross-site", "same-site"):
            found = studio.send("POST", "/api/edits", edit, {"Origin": None, "Sec-Fetch-Site": site})[0]
            check(found in {400, 403}, f"sites: a POST that is {site}: {found}")
            status, headers, _ = studio.send("GET", "/api/thumbnails/1", headers={"Sec-Fetch-Site": site})
            check(status in REFUSED or headers.get("cross-origin-resource-policy") == "same-origin",
                  f"sites: an image of the project in a page that is {site}: {status}")
        kinds = ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "X" * 3000]
        found = {kind[:8]: studio.send(kind, "/api/edits", headers={"Origin": "https://evil.example"})[0] for kind in kinds}
        check(all(400 <= status < 500 or status == 501 for status in found.values()), f"sites: methods {found}")
        check(studio.send("GET", "/api/undo")[0] in {404, 405}, "sites: no change by GET")
        check(revision(studio) == before, "sites: nothing changed")


# MARK: Files


def check_paths(setting: Setting) -> None:
    with setting.ready() as studio:
        root, before = studio.folder.parent, files(studio.folder.parent)
        up = ["..", "%2e%2e", "%2E%2e", "..%2f", "%2e%2e%2f", "..%5c", "..;", "%c0%ae%c0%ae", "%u002e%u002e", "..%00"]
        paths = [f"/{'/'.join([one] * 8)}/etc/passwd" for one in up] + [f"/{one}/secret.txt" for one in up]
        paths += [f"/api/{kind}/{one}" for kind in ("thumbnails", "images", "photos", "runs", "jobs") for one in
                  (*up, "-1", "0", "99999999999999999999", "1e3", "1%2f..", "%00", "", "x" * 5000)]
        paths += [f"/api/runs/{one}/{rest}" for one in up for rest in ("results", "use", "files/model", "files/..%2f..%2fsession")]
        paths += ["/.apus/session", "/session", "/.apus/project.sqlite", "/project.sqlite", "/api/../.apus/session", "//etc/passwd",
                  "/photo-0000.png", "/index.html/../../secret.txt", "/%", "/%zz", "/api/table?path=/etc/passwd",
                  "/api/images/1?size=-1", "/api/images/1?size=0", "/api/images/1?size=999999999999", "/api/images/1?size=x",
                  "/api/photos?offset=-1", "/api/photos?limit=-1", "/api/photos?limit=99999999999999999999", "/api/photos?class=x",
                  "/api/photos?finding=x", "/api/photos?order=x;drop", "/api/photos?text=%27%22%25_%00%ff"]
        secrets = [SECRET, b"root:x:", b"SQLite format 3", (studio.own / "session").read_bytes().strip()]
        wrong, slow = [], 0.0
        for path in paths:
            began = time.perf_counter()
            try:
                status, _, body = studio.send("GET", path, timeout=PATIENCE)
            except ConnectionError:
                status, body = 400, b""
            slow = max(slow, time.perf_counter() - began)
            if status >= 500 or any(secret in body for secret in secrets):
                wrong.append((status, path[:60]))
        check(not wrong, f"paths: {len(paths)} paths reach no other file, without status 500 {wrong[:5]}; slowest {slow:.1f} s")
        names = ["../../evil.jpg", "/etc/evil.jpg", "..", ".", "", "/", "a/b/c.png", "..\\evil.jpg", ".apus/project.sqlite",
                 "project.sqlite", "session", "a\0b.jpg", "x" * 5000 + ".jpg", "\u202egnp.exe", "CON", "é" * 200, "-rf.png", "~.png",
                 "photo-0000.png", "a\nb.png", "<b>.png", "\udcff\udcfe.png"]
        found = {name[:20]: studio.upload(name, drawing(0, 99 + place)) for place, name in enumerate(names)}
        bad = {name: answer for name, answer in found.items() if answer[0] not in (200, 400)}
        check(not bad, f"paths: {len(names)} names of dropped files {bad}")
        inside = [name for name, (status, answer) in found.items() if status == 200 and not studio.get(
            f"photos/{answer['photo']['id']}")["path"]]
        check(not inside, "paths: dropped files have a path")
        for name in ("..", ".", "../x", "a/b", "", "x" * 5000, "a\0b", "-rf", ".hidden/../../x"):
            body = json.dumps({"preset": "quick", "settings": {}, "name": name}).encode()
            status = studio.send("POST", "/api/train", body, timeout=PATIENCE)[0]
            check(status in (200, 400, 404, 409), f"paths: a run named {name[:20]!r}: {status}")
        made = {path for path in files(root) - before if not path.startswith(os.fsencode(studio.own) + b"/")}
        check(not made, f"paths: nothing is written outside of .apus {sorted(made)[:5]}")
        stored = {path for path in files(studio.own / "photos")} if (studio.own / "photos").exists() else set()
        check(len(stored) == sum(status == 200 for status, _ in found.values())
              and all(os.path.dirname(path) == os.fsencode(studio.own / "photos") for path in stored),
              f"paths: {len(stored)} dropped files are in .apus/photos")
        check(studio.is_running, "paths: the studio runs")


def check_links(setting: Setting) -> None:
    folder = setting.folder()
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.png").write_bytes(drawing(1, 7, side=61))
    (folder / "link.png").symlink_to(outside / "secret.png")
    (folder / "relative.png").symlink_to("../outside/secret.png")
    (folder / "all").symlink_to(outside)
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "up").symlink_to("..")
    (folder / "gone.png").symlink_to("/nowhere.png")
    (folder / "device.png").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.png")
    (folder / "folder.png").mkdir()
    (folder / "closed.png").write_bytes(drawing(0, 5))
    (folder / "closed.png").chmod(0)
    (folder / "inside.png").symlink_to("photo-0001.png")
    with setting.studio(folder) as studio:
        studio.wait_for_photos(6)
        check(bool(wait(lambda: studio.wait_for_jobs("scan", "thumbnails") is not None, PATIENCE)), "links: the scan ends")
        photos = {photo["name"]: photo for photo in studio.photos()}

        def served(photo: dict) -> list[int]:
            return [status for path in (f"thumbnails/{photo['id']}?v={photo['version']}", f"thumbnails/{photo['id']}?v=x",
                                        f"images/{photo['id']}?size=1600") if
                    (status := studio.send("GET", f"/api/{path}", timeout=PATIENCE)[0]) == 200]

        for name, photo in photos.items():
            leads_out = "secret" in name or Path(name).name in ("link.png", "relative.png", "gone.png", "device.png", "loop.png")
            if leads_out:
                check(not served(photo), f"links: {name} is not served ({photo['state']})")
        check(all((photo["width"], photo["height"]) != (61, 61) for photo in photos.values()), "links: nothing outside was measured")
        # After the scan, a photo and a folder become links.
        victim = photos["photo-0002.png"]
        (folder / "photo-0002.png").unlink()
        (folder / "photo-0002.png").symlink_to(outside / "secret.png")
        status, _, body = studio.send("GET", f"/api/images/{victim['id']}?size=1600&v=new", timeout=PATIENCE)
        check(status != 200, f"links: a photo that became a link out of the folder: {status}")
        ids = [photo["id"] for photo in photos.values()]
        studio.edit("addClass", name="one")
        label = studio.get("state")["classes"][0]["id"]
        studio.edit("label", photos=ids, **{"class": label})
        status, _, table = studio.send("GET", "/api/table")
        check(status == 200 and b"secret" not in table, "links: the table names nothing outside")
        (studio.own / "photos").exists() and shutil.rmtree(studio.own / "photos")
        (studio.own / "photos").symlink_to(outside)
        before = files(outside)
        status, _ = studio.upload("new.png", drawing(0, 3))
        check(files(outside) == before, f"links: a dropped file does not follow a link out of the project: {status}")
        check(studio.is_running, "links: the studio runs")


NAMES = [b"<img src=x onerror=alert(1)>.png", b"\"><script>alert(1)<script>.png", b"a\nb.png", b"a\r\n,b\".png", b"caf\xe9.png",
         b"\xff\xfe\xfd.png", "\u202egnp.eteled.png".encode(), b"%2e%2e%2fetc.png", b"&amp;<b>.png", b"-leading.png", b" .png", b"=1+1.png",
         "蜂🐝.png".encode(), "e\u0301.png".encode(), "\u00e9.png".encode(), b"x" * 251 + b".png", b"a,b;c.png", b"'; drop table photos; --.png",
         b"{{7*7}}${7*7}.png", b"\x1b[31mred.png", b"\x7f\x01.png"]


def check_names(setting: Setting) -> None:
    folder = setting.folder(0)
    for place, name in enumerate(NAMES):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(drawing(place % 2, place, side=48))
    with setting.studio(folder) as studio:
        studio.wait_for_photos(len(NAMES))
        photos = studio.photos()
        check(len(photos) == len(NAMES) and len({photo["name"] for photo in photos}) == len(NAMES),
              f"names: {len(photos)} photos, each with a name of its own")
        bad = []
        for photo in photos:
            status, headers, _ = studio.send("GET", f"/api/thumbnails/{photo['id']}?v={urllib.parse.quote(photo['version'])}")
            if status != 200 or headers.get("content-type") != "image/jpeg":
                bad.append((photo["name"], status))
        check(not bad, f"names: every photo has a thumbnail {bad[:3]}")
        labels = ["<b>bold</b>", "\"quoted\", with comma", "两只蜜蜂", "=1+1", "{{7*7}}", "e\u0301"]
        made = [studio.edit("addClass", name=name)["created"] for name in labels]
        for name in ("", " ", "a\nb", "a\0b", "x" * 100_000, "<b>bold</b>"):
            body = json.dumps({"kind": "addClass", "name": name}).encode()
            status = studio.send("POST", "/api/edits", body)[0]
            check(status in ((400, 409) if name in ("", " ", "<b>bold</b>") else (200, 400)),
                  f"names: a class named {name[:20]!r}: {status}")
        for photo, label in zip(photos, made * len(photos)):
            studio.edit("label", photos=[photo["id"]], **{"class": label})
        status, headers, text = studio.send("GET", "/api/table")
        rows = list(csv.reader(io.StringIO(text.decode("utf-8", "surrogateescape"), newline="")))
        found = {os.path.basename(os.fsencode(row[0])) for row in rows[1:] if len(row) > 1}
        # A formula begins with an apostrophe, which `apus train` takes away.
        check(status == 200 and {row[1].removeprefix("'") for row in rows[1:]} == set(labels[:len(photos)]),
              "names: the table has all classes")
        kept = found & set(NAMES)
        check(len(rows) == len(NAMES) + 1 and len(kept) >= len(NAMES) - 2, f"names: {len(kept)} of {len(NAMES)} names are whole in the table")
        for kind in ("text=%3Cimg", "text=%F0%9F%90%9D", "text=%25", "text=_", "text=%27%3B"):
            total = studio.get(f"photos?{kind}")["total"]
            check(total < len(NAMES), f"names: {kind} finds {total}")


def check_files(setting: Setting) -> None:
    hostile = setting.options.hostile
    folder = setting.folder(2)
    if hostile and hostile.is_dir():
        found = sorted(path for path in hostile.rglob("*") if path.is_file() and path.suffix != ".tsv")
        shutil.copytree(hostile, folder / "hostile", symlinks=True)
    else:
        whole = drawing(0, 1)
        contents = [b"", b"\xff", whole[:60], whole[:-40], whole.replace(b"IDAT", b"IDAX"), b"<html>", bytes(65536), b"\xff\xd8\xff\xd9"]
        (folder / "hostile").mkdir()
        found = [folder / "hostile" / f"{place}.png" for place in range(len(contents))]
        for path, text in zip(found, contents):
            path.write_bytes(text)
    with setting.studio(folder) as studio:
        studio.wait_for_photos(2)
        jobs = studio.wait_for_jobs("scan", "thumbnails", seconds=600)
        counts = studio.get("state")["counts"]
        check(studio.is_running and not any(job["state"] == "failed" for job in jobs),
              f"files: {counts['photos']} photos of a folder with {len(found)} hostile files, {counts['unreadable']} unreadable")
        named = [photo for photo in studio.photos(state="unreadable") if not photo["problem"]]
        check(not named, f"files: each unreadable file has a reason {[photo['name'] for photo in named[:3]]}")
        statuses: dict[int, int] = {}
        bad, slowest = [], 0.0
        for path in found:
            began = time.perf_counter()
            try:
                status, answer = studio.upload(path.name, path.read_bytes())
            except OSError as error:
                status, answer = 0, {"error": repr(error)}
            slowest = max(slowest, time.perf_counter() - began)
            statuses[status] = statuses.get(status, 0) + 1
            if status not in (200, 400, 413) or status != 200 and len(answer.get("error", "")) < 8:
                bad.append((path.name, status, answer))
            if not studio.is_running:
                break
        check(not bad and studio.is_running, f"files: dropped in: {statuses}, slowest {slowest:.1f} s {bad[:3]}")
        ids = studio.get("photos/ids")["ids"]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            kinds = list(pool.map(lambda one: studio.send("GET", f"/api/thumbnails/{one}", timeout=PATIENCE)[0], ids))
        check(set(kinds) <= {200, 400, 404, 409, 415}, f"files: thumbnails {({kind: kinds.count(kind) for kind in set(kinds)})}")
        check(studio.memory("VmHWM") < 2500, f"files: the memory was at most {studio.memory('VmHWM'):.0f} MB")
        check(studio.upload("good.png", drawing(1, 2))[0] == 200, "files: a good photo is taken afterwards")


def raw(studio: Studio, message: bytes, parts: int = 0, seconds: float = PATIENCE) -> int:
    """The status of the answer to bytes, followed by up to `parts` chunks; 0 if the connection is closed without one."""
    with socket.create_connection((HOST, studio.port), timeout=seconds) as connection:
        try:
            connection.sendall(message)
            for _ in range(parts):
                connection.sendall(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
        except OSError:
            pass
        try:
            found = re.match(rb"HTTP/1.1 (\d+)", connection.recv(1000))
        except OSError:
            return 0
        return int(found[1]) if found else 0


def check_sizes(setting: Setting) -> None:
    with setting.ready() as studio:
        before = studio.get("state")["counts"]["photos"]

        def head(path: str, *lines: str) -> bytes:
            own = ("Host: " + f"{HOST}:{studio.port}", f"Cookie: {studio.cookie}", f"Origin: {studio.url}")
            return "\r\n".join((f"POST /api/{path} HTTP/1.1", *own, *lines, "", "")).encode()

        began = time.perf_counter()
        status = raw(studio, head("upload?name=a.png", f"Content-Length: {(64 << 20) + 1}"))
        check(status == 413 and time.perf_counter() - began < 5, f"sizes: an announced file of 64 MB and a byte: {status}, before it is sent")
        for length in ("-1", "1e9", "99999999999999999999999", "0x10"):
            check(raw(studio, head("upload?name=a.png", f"Content-Length: {length}")) in {0, 400, 413}, f"sizes: Content-Length {length}")
        peak = studio.memory()
        status = raw(studio, head("upload?name=a.png", "Transfer-Encoding: chunked"), parts=200)
        check(status in {0, 413} and studio.memory() - peak < 400, f"sizes: an endless file: {status}, memory {studio.memory():.0f} MB")
        big = b'{"kind":"label","class":null,"photos":[' + b"1," * (10 << 20) + b"1]}"
        check(studio.send("POST", "/api/edits", big)[0] in {400, 413}, "sizes: an edit of 20 MB")
        bodies = {"deep": b"[" * 100_000, "deep in an edit": b'{"kind":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
                  "nothing": b"", "no JSON": b"\xff\xfe", "a number": b"1", "an unknown kind": b'{"kind":"x"}',
                  "huge numbers": b'{"kind":"label","photos":[1e999],"class":99999999999999999999}',
                  "unknown photos": b'{"kind":"label","photos":[123456789,-1],"class":null}',
                  "an unknown class": b'{"kind":"label","photos":[1],"class":987654}',
                  "merged with itself": json.dumps({"kind": "mergeClasses", "classes": studio.classes, "into": 98765}).encode(),
                  "a wrong split": b'{"kind":"split","photos":[1],"split":"x"}',
                  "no finding": b'{"kind":"dismiss","photos":[1],"finding":"x"}'}
        for what, body in bodies.items():
            status = studio.send("POST", "/api/edits", body)[0]
            check(status in {400, 404, 409, 413}, f"sizes: an edit with {what}: {status}")
        many = json.dumps({"kind": "remove", "photos": [1] * 1_000_000}).encode()
        status = studio.send("POST", "/api/edits", many, timeout=PATIENCE)[0]
        check(status in {200, 400}, f"sizes: a photo a million times in an edit: {status}")
        status = raw(studio, head("upload?name=a.png", "Content-Length: 1000") + b"x" * 10, seconds=0.5)
        check(status in {0, 400, 408} and studio.get("state")["counts"]["photos"] <= before, "sizes: an incomplete file is not kept")
        check(studio.send("GET", "/api/state", headers={"X-Large": "x" * 100_000})[0] in {400, 431}, "sizes: large headers")
        check(studio.is_running, f"sizes: the studio runs, with at most {studio.memory('VmHWM'):.0f} MB")


# MARK: Several


def dump(studio: Studio) -> list[str]:
    connection = database(studio)
    text = list(connection.iterdump())
    connection.close()
    return text


POSTS = {"edits": {"kind": "addClass", "name": "x"}, "undo": {}, "redo": {}, "scan": {}, "label/prepare": {}, "label/test": {"count": 2},
         "clean/check": {}, "train": {"preset": "quick", "settings": {}}, "runs/x/stop": {}, "runs/x/resume": {}, "runs/x/delete": {},
         "runs/x/evaluate": {}, "runs/x/export": {"kind": "onnx"}, "runs/x/serve": {}, "upload?name=a.png": {}}


def check_reading(setting: Setting) -> None:
    with setting.ready() as studio:
        folder = studio.folder
        studio.edit("label", photos=[studio.photos()[0]["id"]], **{"class": studio.classes[0]})
        studio.wait_for_jobs()
        check(studio.end() == 0, "reading: the first studio ends with status 0")
    with setting.studio(folder, "--read-only") as studio:
        studio.log_in()
        before, photos = dump(studio), files(folder)
        state = studio.get("state")
        check(state["project"]["readOnly"] and state["counts"]["photos"] == 6 and state["counts"]["labeled"] == 1,
              f"reading: the project is shown {state['counts']}")
        first = studio.photos()[0]
        check(studio.send("GET", f"/api/thumbnails/{first['id']}?v={first['version']}")[0] == 200, "reading: thumbnails are shown")
        found = {path: studio.send("POST", f"/api/{path}", json.dumps(body).encode())[0] for path, body in POSTS.items()}
        check(set(found.values()) == {403}, f"reading: every change is refused {found}")
        check(dump(studio) == before and files(folder) - photos <= {os.fsencode(studio.own / name) for name in
              ("project.sqlite-wal", "project.sqlite-shm")}, "reading: nothing changed")
    empty = setting.folder()
    with setting.studio(empty, "--read-only", opens=False) as studio:
        wait(lambda: not studio.is_running, 2)
        check(not (empty / ".apus").exists(), "reading: no project is made in a folder without one")


def check_lock(setting: Setting) -> None:
    with setting.ready() as studio:
        other = studio.folder.with_name("other")
        other.symlink_to(studio.folder)
        for path in (studio.folder, other, f"{studio.folder}/../{studio.folder.name}/"):
            command = [setting.options.apus.path, "studio", path, "--port", "0", "--no-open"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
            check(done.returncode not in (0, -6, -11) and str(studio.process.pid) in done.stderr,
                  f"lock: a second studio ends with {done.returncode}: {done.stderr.strip()[-200:]}")
        check(studio.get("state")["counts"]["photos"] == 6, "lock: the first one still answers")
        before = revision(studio)
        studio.kill()
        with setting.studio(studio.folder) as second:
            check(revision(second) == before, f"lock: after SIGKILL another one begins within {second.seconds:.2f} s")
            blocker = setting.studio(setting.folder(), port=second.port, opens=False)
            with blocker:
                ended = wait(lambda: not blocker.is_running, 20)
                check(bool(ended) and str(second.port) in blocker.log, f"lock: a taken port is named: {blocker.log.strip()[-200:]}")


def check_clients(setting: Setting) -> None:
    with setting.ready(20) as studio:
        ids = [photo["id"] for photo in studio.photos()]
        done: list[tuple[int, int, int]] = []
        lock, failures = threading.Lock(), []
        start = revision(studio)

        def work(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(150):
                photo, label = chance.choice(ids), chance.choice(studio.classes)
                body = json.dumps({"kind": "label", "photos": [photo], "class": label}).encode()
                status, _, text = studio.send("POST", "/api/edits", body)
                with lock:
                    done.append((json.loads(text)["revision"], photo, label)) if status == 200 else failures.append((status, text[:100]))

        threads = [threading.Thread(target=work, args=(setting.options.seed + seed,)) for seed in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(not failures, f"clients: 300 edits of two clients {failures[:2]}")
        revisions = [number for number, _, _ in done]
        # An edit that changes nothing need not count.
        check(revisions and start <= min(revisions) and max(revisions) == revision(studio), "clients: revisions count the edits")
        final = {photo["id"]: photo["class"] for photo in studio.photos()}
        last: dict[int, set] = {}
        for photo in ids:
            top = max((number for number, one, _ in done if one == photo), default=None)
            last[photo] = {label for number, one, label in done if one == photo and number == top} if top else {None}
        wrong = [photo for photo in ids if final[photo] not in last[photo]]
        check(not wrong, f"clients: the last edit of each photo holds {wrong[:5]}")
        while studio.post("undo")["summary"]:
            pass
        state = studio.get("state")
        check(not state["classes"] and state["counts"]["labeled"] == 0, "clients: all of it can be undone")
        check(database(studio).execute("pragma integrity_check").fetchone() == ("ok",), "clients: the database is whole")


class Model:
    """What a project must contain: labels, with a history of them."""

    def __init__(self, labels: dict[int, int | None]):
        self.labels, self.past, self.future = labels, [], []

    def copy(self) -> "Model":
        other = Model(dict(self.labels))
        other.past, other.future = list(self.past), list(self.future)
        return other

    def apply(self, step: tuple) -> "Model":
        match step:
            case ("label", photo, label):
                self.past.append(dict(self.labels))
                self.labels[photo], self.future = label, []
            case ("undo",):
                self.future.append(self.labels)
                self.labels = self.past.pop()
            case ("redo",):
                self.past.append(self.labels)
                self.labels = self.future.pop()
        return self


def check_kills(setting: Setting) -> None:
    chance = random.Random(setting.options.seed)
    with setting.ready(24) as first:
        folder, classes, port = first.folder, first.classes, first.port
        model = Model({photo["id"]: None for photo in first.photos()})
        first.kill()
    dropped: dict[int, bytes] = {}
    steps = wrong = lost = damaged = 0
    seconds = []
    for kill in range(setting.options.kills):
        studio = setting.studio(folder, port=port)
        seconds.append(studio.seconds)
        # The moment counts from the first edit, so that most of them fall between edits; some fall into the start.
        moment = chance.choice([0.0, chance.uniform(0, 0.05), chance.uniform(0, 0.5), chance.uniform(0, 0.5)])
        timer = threading.Timer(moment, lambda: os.kill(studio.process.pid, signal.SIGKILL))
        flight: tuple | None = None
        with studio:
            timer.start()
            try:
                studio.cookie or studio.log_in()
                while True:
                    kind = chance.choice(["label"] * 6 + ["undo", "undo", "redo", "redo", "upload"])
                    if kind == "undo" and not model.past or kind == "redo" and not model.future:
                        continue
                    if kind == "label":
                        photo = chance.choice(list(model.labels))
                        label = chance.choice([one for one in (*classes, None) if one != model.labels[photo]])
                        flight = ("label", photo, label)
                        body = json.dumps({"kind": "label", "photos": [photo], "class": label}).encode()
                        status = studio.send("POST", "/api/edits", body)[0]
                    elif kind == "upload":
                        flight, contents = ("upload",), drawing(0, 1000 + steps, side=24)
                        status, answer = studio.upload("dropped.png", contents)
                        if status == 200:
                            dropped[answer["photo"]["id"]] = contents
                    else:
                        flight = (kind,)
                        status = studio.send("POST", f"/api/{kind}")[0]
                    if status != 200:
                        check(False, f"kills: {flight} is answered with {status}")
                        break
                    if kind != "upload":
                        model.apply(flight)
                    flight, steps = None, steps + 1
            except OSError:
                pass
            timer.join()
            studio.process.wait()
        connection = database(studio)
        damaged += connection.execute("pragma integrity_check").fetchone() != ("ok",)
        connection.close()
        with setting.studio(folder, port=port) as again:
            seconds.append(again.seconds)
            found = {photo["id"]: photo["class"] for photo in again.photos()}
            labels = {photo: found.get(photo, -1) for photo in model.labels}
            if labels != model.labels:
                other = model.copy().apply(flight) if flight and flight != ("upload",) else model
                wrong += labels != other.labels
                model = other
            for photo, contents in dropped.items():
                if photo not in found:
                    lost += 1
                elif (folder / again.get(f"photos/{photo}")["path"]).read_bytes() != contents:
                    lost += 1
            partial = [path.name for path in (folder / ".apus" / "photos").glob("*") if path.stat().st_size < 60] if dropped else []
            lost += len(partial)
            again.end()
    count = setting.options.kills
    check(wrong == 0, f"kills: after {count} SIGKILLs and {steps} edits, every acknowledged edit is there; {wrong} times not")
    check(lost == 0, f"kills: {len(dropped)} acknowledged files are whole; {lost} not")
    check(damaged == 0, f"kills: the database is whole; {damaged} times not")
    with setting.studio(folder, port=port) as studio:
        for _ in range(min(200, len(model.past))):
            studio.post("undo")
            model.apply(("undo",))
        found = {photo["id"]: photo["class"] for photo in studio.photos()}
        check(all(found[photo] == label for photo, label in model.labels.items()), "kills: the history before the kills can be undone")
    print(f"     start: {sorted(seconds)[len(seconds) // 2]:.2f} s (median), {max(seconds):.2f} s (longest)")


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help="parts to check")
    made.add_argument("--kills", type=int, default=50)
    made.add_argument("--hostile", type=Path, default=shared_data("robustness"))
    made.add_argument("--seed", type=int, default=0)
    options, _ = parse(made)
    if unknown := set(options.only) - set(PARTS):
        sys.exit(f"no part is called {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory() as name:
        setting = Setting(options, Path(name).resolve())
        for part in PARTS:
            if part in options.only:
                began = time.perf_counter()
                try:
                    globals()[f"check_{part}"](setting)
                except (SystemExit, OSError, sqlite3.Error, subprocess.TimeoutExpired) as error:
                    # The other parts still have their turn.
                    check(False, f"{part}: {error!r}")
                print(f"     {part}: {time.perf_counter() - began:.1f} s", flush=True)
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
