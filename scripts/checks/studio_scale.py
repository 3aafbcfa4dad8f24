#!/usr/bin/env python3
"""Measures `apus studio` with very many photos in headless Chromium. Prints Markdown tables.

    venv/bin/python scripts/checks/studio_scale.py [--apus PATH] [--count 100000] [--images FOLDER] [--folder FOLDER]
        [--seconds 15] [--gpu]

- The photos are links to those of --images (by default cats_dogs in APUS_TEST_DATA; without it drawings), in 100
  folders. --folder keeps them and the project, so that a second run begins with all thumbnails.
- Times until the address is printed, until all photos are found, and until all thumbnails are made; meanwhile the page
  is used, so that it also answers during that work.
- First paint of the page, and the time until the thumbnails that are visible are there.
- Scrolling for --seconds with the wheel, by jumps and by keys: the time between frames (requestAnimationFrame), and
  tasks that the browser reports as long.
- Memory of the page (its heap and its process) and of the studio, and the number of elements.

Chromium draws with the processor unless --gpu is given, so only a quiet machine gives valid numbers; the first table has
those of an empty page for comparison. Exits with 1 if a limit is exceeded: first paint 1 s, frames 50 ms, 5,000 elements.
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

# Frames while something happens: the times between them, and the browser's own list of long tasks.
RECORD = """() => {
    const found = {frames: [], tasks: [], running: true};
    let last = performance.now();
    const frame = now => {
        found.frames.push(now - last);
        last = now;
        if (found.running) requestAnimationFrame(frame);
    };
    requestAnimationFrame(now => { last = now; requestAnimationFrame(frame); });
    const observer = new PerformanceObserver(list => found.tasks.push(...list.getEntries().map(one => one.duration)));
    observer.observe({type: 'longtask'});
    window.stopRecording = () => { found.running = false; observer.disconnect(); return found; };
}"""
VISIBLE = """() => {
    const grid = document.querySelector('[data-testid="grid"]');
    if (!grid) return false;
    const box = grid.parentElement.getBoundingClientRect();
    const tiles = [...grid.querySelectorAll('[data-testid="tile"]')].filter(one => {
        const own = one.getBoundingClientRect();
        return !one.hidden && own.bottom > box.top && own.top < Math.min(box.bottom, innerHeight);
    });
    return tiles.length > 5 && !grid.querySelector('.is-loading')
        && tiles.every(one => one.querySelector('img')?.complete && one.querySelector('img').naturalWidth);
}"""


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


class Scrolling:
    """Ways to scroll, each for some seconds, with the frames meanwhile."""

    def __init__(self, tab, seconds: float):
        self.tab, self.page, self.seconds = tab, tab.page, seconds
        self.grid = self.page.locator("[data-testid=grid]").locator("xpath=..")

    def record(self, what: str, step) -> tuple[str, list[float], list[float]]:
        self.page.evaluate(RECORD)
        end = time.monotonic() + self.seconds
        for number in itertools.count():
            if time.monotonic() > end:
                break
            step(number)
        found = self.page.evaluate("() => window.stopRecording()")
        return what, found["frames"][1:], found["tasks"]

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
        scrolling = Scrolling(tab, seconds)
        tab.one("tile").first.focus()
        box = scrolling.grid.bounding_box()
        tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        rows = [("scrolling", "frames", "median ms", "99 % ms", "longest ms", "over 50 ms", "long tasks", "longest ms")]
        worst = 0.0
        for name in ("nothing", "wheel", "fling", "jump", "keys"):
            if name == "keys":
                tab.page.keyboard.press("Home")
            _, frames, tasks = scrolling.record(name, getattr(scrolling, name))
            late = [one for one in frames if one > FRAME + 0.5]
            rows.append((name, len(frames), f"{statistics.median(frames):.1f}", f"{percentile(frames, 0.99):.1f}",
                         f"{max(frames):.1f}", len(late), len(tasks), f"{max(tasks, default=0):.0f}"))
            if name != "nothing":
                worst = max(worst, max(frames))
            else:
                rows[-1] = ("(not at all)", *rows[-1][1:])
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
                    ("longest frame while scrolling", f"{worst:.0f} ms", f"{FRAME:.0f} ms"), ("elements", elements, f"{ELEMENTS:,}"),
                    ("heap of the page", f"{heap:.0f} MB", ""), ("process of the page", f"{max(renderers, default=0):.0f} MB", ""),
                    ("studio", f"{studio.memory():.0f} MB, at most {studio.memory('VmHWM'):.0f} MB", ""))
        check(first < PAINT, f"{what}: first paint {first:.2f} s")
        check(worst <= FRAME + 0.5, f"{what}: longest frame {worst:.1f} ms")
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
