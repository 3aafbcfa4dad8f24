#!/usr/bin/env python3
"""Measures `apus studio` with very many photos in headless Chromium. Prints Markdown tables.

    venv/bin/python scripts/checks/studio_scale.py [--apus PATH] [--count 100000] [--images FOLDER] [--folder FOLDER]
        [--seconds 15] [--gpu]

- The photos are links to those of --images (by default cats_dogs in APUS_TEST_DATA; without it drawings), in 100
  folders. --folder keeps them and the project, so that a second run begins with all thumbnails.
- Times until the address is printed, until all photos are found, and until all thumbnails are made; meanwhile the page
  is used, so that it also answers during that work.
- First paint of the page, and the time until the thumbnails that are visible are there.
- Scrolling for --seconds with the wheel, by flings, by jumps and by keys: the time between frames (requestAnimationFrame),
  and the processor time of the page's longest task (from Chromium's tracing).
- Memory of the page (its heap and its process) and of the studio, and the number of elements.

Chromium draws with the processor unless --gpu is given, so only a quiet machine gives valid times. The first rows are those
of a page with nothing but a long box, which is scrolled in the same way. If even its frames take longer than 50 ms, the
machine is busy, and frames are not judged. Processor time hardly depends on what else runs. Exits with 1 if a limit is
exceeded: first paint 1 s, frames and tasks 50 ms, 5,000 elements.
"""

import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from checks import parse, parser
from server import PHOTOS, shared_data
from studio_page import chromium, expect, opened
from studio_server import Studio, check, drawing, wait

# The limits of the issue: seconds, milliseconds; and elements in the page.
PAINT, FRAME, ELEMENTS = 1.0, 50.0, 5000
LINKS = 20_000  # A file system allows some ten thousand links to a file.

# The times between frames while something happens.
RECORD = """() => {
    const found = {frames: [], running: true};
    let last = performance.now();
    const frame = now => {
        found.frames.push(now - last);
        last = now;
        if (found.running) requestAnimationFrame(frame);
    };
    requestAnimationFrame(now => { last = now; requestAnimationFrame(frame); });
    window.stopRecording = () => { found.running = false; return found.frames; };
}"""
VISIBLE = """() => {
    const grid = document.querySelector('[data-testid="grid"]');
    if (!grid) return false;
    const box = grid.parentElement.getBoundingClientRect();
    const tiles = [...grid.querySelectorAll('[data-testid="tile"]')].filter(one => {
        const own = one.getBoundingClientRect();
        return !one.hidden && own.bottom > box.top && own.top < Math.min(box.bottom, innerHeight);
    });
    return tiles.length > 5 && grid.getAttribute('aria-busy') !== 'true' && !grid.querySelector('.is-loading')
        && tiles.every(one => one.querySelector('img')?.complete && one.querySelector('img').naturalWidth);
}"""


# A page with nothing to do.
BOX = """<style>body { margin: 0 } #box { height: 100vh; overflow: auto }
    #box div { height: 9000000px; background: repeating-linear-gradient(#ddd 0 150px, #fff 150px 190px) }</style>
    <div id=box><div></div></div>"""


def write_photos(folder: Path, images: Path | None, count: int) -> int:
    """The number of files that it linked to."""
    sources = [path for path in sorted(images.rglob("*")) if path.suffix.lower() in PHOTOS] if images else []
    store = folder.with_name(folder.name + ".sources")
    store.mkdir(parents=True, exist_ok=True)
    # Links need the same file system: the sources are copied, as often as one file may have links.
    contents = [path.read_bytes() for path in sources[:2000]] or [drawing(place % 2, place) for place in range(200)]
    suffix = ".jpg" if sources else ".png"
    files = [store / f"{place}{suffix}" for place in range(max(len(contents), -(-count // LINKS)))]
    for place, path in enumerate(files):
        path.write_bytes(contents[place % len(contents)])
    for place in range(count):
        if place % 1000 == 0:
            part = folder / f"{place // 1000:03}"
            part.mkdir(parents=True, exist_ok=True)
        os.link(files[place % len(files)], part / f"photo-{place:06}{suffix}")
    return len(files)


def percentile(values: list[float], fraction: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * fraction))] if values else 0.0


def print_table(*rows: tuple) -> None:
    for place, row in enumerate(rows):
        print("| " + " | ".join(str(cell) for cell in row) + " |")
        if place == 0:
            print("|" + "---|" * len(row))
    print(flush=True)


def thumbnail_jobs(studio: Studio) -> list[dict]:
    return [job for job in studio.get("state")["jobs"] if job["kind"] == "thumbnails"]


class Trace:
    """The processor times of a page's tasks in milliseconds, while the block runs."""

    def __init__(self, browser, page):
        self.tools, self.page = browser.new_browser_cdp_session(), page
        self.events: list[dict] = []
        self.is_complete = False
        self.tools.on("Tracing.dataCollected", lambda part: self.events.extend(part["value"]))
        self.tools.on("Tracing.tracingComplete", lambda _: setattr(self, "is_complete", True))

    def __enter__(self):
        self.tools.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": {"includedCategories": ["toplevel"]}})
        return self

    def __exit__(self, *_):
        self.tools.send("Tracing.end")
        while not self.is_complete:
            self.page.wait_for_timeout(20)

    @property
    def tasks(self) -> list[float]:
        threads = {(one["pid"], one["tid"]) for one in self.events
                   if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"}
        return [one["tdur"] / 1000 for one in self.events if one["name"].endswith("RunTask") and "tdur" in one
                and (one["pid"], one["tid"]) in threads]


class Scrolling:
    """Ways to scroll, each for some seconds, with the frames meanwhile."""

    def __init__(self, browser, page, grid, seconds: float):
        self.browser, self.page, self.grid, self.seconds = browser, page, grid, seconds
        box = grid.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def row(self, what: str, way: str) -> tuple[tuple, float, float]:
        """A row of the table, the longest frame and the longest task."""
        with Trace(self.browser, self.page) as trace:
            self.page.evaluate(RECORD)
            end = time.monotonic() + self.seconds
            for number in itertools.count():
                if time.monotonic() > end:
                    break
                getattr(self, way)(number)
            frames = self.page.evaluate("() => window.stopRecording()")[1:]
        task = max(trace.tasks, default=0)
        late = sum(one > FRAME + 0.5 for one in frames)
        return (what, len(frames), f"{statistics.median(frames):.1f}", f"{percentile(frames, 0.99):.1f}", f"{max(frames):.1f}",
                late, f"{task:.0f}"), max(frames), task

    def nothing(self, _: int) -> None:
        self.page.wait_for_timeout(100)

    def wheel(self, number: int) -> None:
        self.page.mouse.wheel(0, 240 if number % 400 < 300 else -240)
        self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def fling(self, _: int) -> None:
        """As a finger does: 60 frames in the page, fast and then slower."""
        self.grid.evaluate("""grid => new Promise(done => {
            let speed = 400 + Math.random() * 2000;
            const direction = grid.scrollTop > grid.scrollHeight * 0.7 ? -1 : 1;
            const frame = () => {
                grid.scrollTop += direction * speed;
                speed *= 0.94;
                if (speed > 5) requestAnimationFrame(frame); else done();
            };
            requestAnimationFrame(frame);
        })""")

    def jump(self, _: int) -> None:
        self.grid.evaluate("grid => { grid.scrollTop = Math.random() * grid.scrollHeight; }")
        self.page.wait_for_timeout(150)

    def keys(self, number: int) -> None:
        self.page.keyboard.press("PageDown" if number % 40 < 30 else "PageUp")
        self.page.evaluate("() => new Promise(requestAnimationFrame)")


def check_page(browser, studio: Studio, count: int, seconds: float, what: str) -> None:
    with opened(browser, studio) as tab:
        tab.wait_for(VISIBLE, seconds=120)
        began = time.perf_counter()
        tab.page.reload(wait_until="commit")
        tab.wait_for(VISIBLE, seconds=120)
        shown = time.perf_counter() - began
        paint = tab.page.evaluate("""() => Object.fromEntries(performance.getEntriesByType('paint')
            .map(one => [one.name, one.startTime / 1000]))""")
        first = paint.get("first-contentful-paint", paint.get("first-paint", 99))
        expect(tab.one("count")).to_contain_text(f"{count:,}")
        rows = [("scrolling", "frames", "median ms", "99 % ms", "longest ms", "over 50 ms", "longest task, CPU ms")]
        base = worst = longest = 0.0
        box = tab.context.new_page()
        box.set_content(BOX)
        scrolling = Scrolling(browser, box, box.locator("#box"), max(2, seconds / 3))
        for way in ("nothing", "wheel", "fling", "jump"):
            row, frame, _ = scrolling.row(f"box: {way}", way)
            rows.append(row)
            base = max(base, frame)
        box.close()
        scrolling = Scrolling(browser, tab.page, tab.one("grid").locator("xpath=.."), seconds)
        tab.one("tile").first.focus()
        for way in ("wheel", "fling", "jump", "keys"):
            if way == "keys":
                tab.page.keyboard.press("Home")
            row, frame, task = scrolling.row(way, way)
            rows.append(row)
            worst, longest = max(worst, frame), max(longest, task)
        jumped = time.perf_counter()
        scrolling.jump(0)
        tab.wait_for(VISIBLE, seconds=60)
        jumped = time.perf_counter() - jumped
        elements = tab.page.evaluate("() => document.querySelectorAll('*').length")
        tools = tab.context.new_cdp_session(tab.page)
        tools.send("HeapProfiler.enable")
        tools.send("HeapProfiler.collectGarbage")
        heap = tools.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        whole = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        renderers = [int(line.split()[1]) * 1024 / 1e6 for one in whole if one["type"] == "renderer"
                     for line in Path(f"/proc/{one['id']}/status").read_text().splitlines() if line.startswith("VmRSS")]
        print(f"\n{what}\n")
        print_table(*rows)
        print_table(("measure", "value", "limit"), ("first paint", f"{first:.2f} s", f"{PAINT:.0f} s"),
                    ("all visible thumbnails", f"{shown:.2f} s", ""), ("thumbnails after a jump", f"{jumped:.2f} s", ""),
                    ("longest frame while scrolling", f"{worst:.0f} ms", f"{FRAME:.0f} ms"),
                    ("longest task, processor time", f"{longest:.0f} ms", f"{FRAME:.0f} ms"), ("elements", elements, f"{ELEMENTS:,}"),
                    ("heap of the page", f"{heap:.0f} MB", ""), ("process of the page", f"{max(renderers, default=0):.0f} MB", ""),
                    ("studio", f"{studio.memory():.0f} MB, at most {studio.memory('VmHWM'):.0f} MB", ""))
        check(first < PAINT, f"{what}: first paint {first:.2f} s")
        if base > FRAME + 0.5:
            print(f"     {what}: the machine is busy: a frame of a long box takes {base:.1f} ms, one of the page {worst:.1f} ms")
        else:
            check(worst <= FRAME + 0.5, f"{what}: longest frame {worst:.1f} ms; that of a long box {base:.1f} ms")
        check(longest <= FRAME, f"{what}: longest task {longest:.1f} ms of processor time")
        check(elements < ELEMENTS, f"{what}: {elements} elements")
        tab.check_clean(what)


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--count", type=int, default=100_000)
    made.add_argument("--images", type=Path, default=shared_data("datasets", "cats_dogs"))
    made.add_argument("--folder", type=Path, help="keeps the photos and the project")
    made.add_argument("--seconds", type=float, default=15)
    made.add_argument("--gpu", action="store_true", help="let Chromium use the graphics processor")
    options, _ = parse(made)
    with tempfile.TemporaryDirectory() as name:
        folder = (options.folder or Path(name) / "photos").resolve()
        if not folder.exists():
            began = time.perf_counter()
            sources = write_photos(folder, options.images, options.count)
            print(f"{options.count:,} links to {sources:,} files in {time.perf_counter() - began:.1f} s", flush=True)
        graphics = [] if options.gpu else ["--disable-gpu"]
        with chromium(*graphics) as browser, Studio(options.apus, folder) as studio:
            rows = [("work", "seconds", "photos/s"), ("address is printed", f"{studio.seconds:.2f}", "")]
            began = time.perf_counter()
            studio.wait_for_photos(options.count, 900)
            seconds = time.perf_counter() - began
            rows.append(("all photos are found", f"{seconds:.1f}", f"{options.count / seconds:,.0f}"))
            # A kept project has its thumbnails already.
            jobs = wait(lambda: thumbnail_jobs(studio), 10)
            if jobs and jobs[-1]["state"] == "running":
                check_page(browser, studio, options.count, min(5, options.seconds), "While thumbnails are made")
            studio.wait_for_jobs("thumbnails", seconds=3600)
            seconds, done = time.perf_counter() - began, max((job["done"] for job in thumbnail_jobs(studio)), default=0)
            rows.append(("all thumbnails are made", f"{seconds:.0f}", f"{done / seconds:,.0f}"))
            size = sum(path.stat().st_size for path in studio.own.glob("thumbnails.sqlite*")) / 1e6
            rows.append(("size of the thumbnails", f"{size:,.0f} MB", ""))
            check_page(browser, studio, options.count, options.seconds, "With all thumbnails")
            print_table(*rows)
            check(studio.end() == 0, "the studio ends with status 0")
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
