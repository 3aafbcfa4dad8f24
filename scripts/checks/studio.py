#!/usr/bin/env python3
"""Uses `apus studio` as a person would, in headless Chromium: from photos without labels to a model that is used.

    python3 -m venv venv && venv/bin/pip install playwright axe-playwright-python
    venv/bin/python scripts/checks/studio.py [--apus PATH] [--count 40] [--only PART,...] [--screenshots FOLDER]

The photos are cats and dogs of APUS_TEST_DATA, or disks and squares that the script draws. The parts are

    data      the token opens once; counts; photos dropped in, one of them damaged; classes, filters, a drop on a class;
              a dropped folder; the menu of a photo; a class merged and deleted; undo, also in the large photo
    label     all by keyboard: features, a test set, the queue, undo and redo
    train     a run with random weights: curves grow, stop, resume, `kill -9` of the studio and of the run, start again,
              resume, finish; and the quick preset, if its network is in the cache
    results   a cell of the confusion matrix, relabeling and undo, Grad-CAM, a comparison
    try       a photo with its probabilities, a damaged one, Grad-CAM, the camera
    use       export, download, serve; `apus predict` with the files gives the answers of the page
    views     each view in both themes and languages, on desktop and phone: axe-core finds nothing, no view is wider
              than the window, all words are there

Each part does what it needs from those before. At the end no message was in the console, no other host was asked, and
no policy was violated. --screenshots saves each view on desktop and phone, light and dark, in English and Chinese, with
or without `views`. Chromium is that of the system. Exits with 1 if something fails.
"""

import itertools
import json
import re
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from pathlib import Path

from checks import ROOT, parse, parser
from server import predictions
from studio_page import DESKTOP, PHONE, VIEWS, Desk, Error, StudioPage, chromium, expect, opened
from studio_server import Studio, cats_and_dogs, check, drawing, photo_set, wait

PARTS = ["data", "label", "train", "results", "try", "use", "views"]
EPOCHS = 8  # Enough to stop and to kill a run before its end.
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
SLOW, FAST = "own-network", "quick-one"  # Names of the two runs.


class Setting:
    """The project, and what the parts share."""

    def __init__(self, options, root: Path, browser):
        self.options, self.root, self.browser = options, root, browser
        self.sources = cats_and_dogs()
        self.folder = root / "photos"
        self.truth = photo_set(self.folder, options.count, self.sources)
        self.names = sorted(set(self.truth.values()))
        self.studio = Studio(options.apus, self.folder)
        self.tab: StudioPage = None  # Set by `begin`.

    def file(self, place: int) -> Path:
        """A photo that is not in the project."""
        path = self.root / f"other-{place}.png"
        if self.sources:
            chosen = sorted(self.sources[place % 2].glob("*.jpg"))[-1 - place]
            path = path.with_suffix(".jpg")
            path.write_bytes(chosen.read_bytes())
        else:
            path.write_bytes(drawing(place % 2, 10_000 + place))
        return path

    @property
    def has_weights(self) -> bool:
        """Whether the preset `quick` needs no download."""
        found = self.studio.get("train/options")
        plan = self.studio.post("train/plan", preset="quick", settings={})
        return not plan["download"] and any(one["name"] == plan["network"] and one["cached"] for one in found["networks"])

    def begin(self) -> None:
        """Opens the page with the token."""
        self.studio.wait_for_photos(len(self.truth))
        self.tab = StudioPage(self.browser, self.studio)
        name, _, value = self.studio.cookie.partition("=")
        self.tab.context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}])
        self.tab.page.goto(self.studio.url)
        expect(self.tab.one("nav-data")).to_be_visible()

    def classes(self) -> dict[str, int]:
        return {one["name"]: one["id"] for one in self.studio.get("state")["classes"]}

    def need_labels(self) -> None:
        """All photos labeled, with a test set, if the parts before did not do it."""
        missing = [name for name in self.names if name not in self.classes()]
        for name in missing:
            self.studio.edit("addClass", name=name)
        classes = self.classes()
        labels = {str(photo["id"]): classes[self.truth[Path(photo["name"]).name]]
                  for photo in self.studio.photos(labeled="false") if Path(photo["name"]).name in self.truth and photo["state"] != "unreadable"}
        if labels:
            self.studio.edit("relabel", labels=labels)
        if not self.studio.get("state")["counts"]["testLabeled"]:
            self.studio.post("label/test", count=12)

    def small_settings(self, epochs: int) -> dict:
        """Settings of a small network with random weights."""
        keys = {one["key"]: one for group in self.studio.get("train/options")["groups"] for one in group["settings"]}
        network = next(key for key in ("model", "network") if key in keys)
        return {network: "shufflenet_v2_x0_5", "epochs": epochs} | ({"fresh": True} if "fresh" in keys else {})

    def need_run(self, name: str = SLOW) -> str:
        """A finished run."""
        self.need_labels()
        if not any(run["name"] == name for run in self.studio.get("runs")):
            if name == FAST and self.has_weights:
                self.studio.post("train", preset="quick", settings={}, name=name)
            else:
                self.studio.post("train", preset="own", settings=self.small_settings(EPOCHS if name == SLOW else 2), name=name)
        self.tab.wait_for_state(lambda state: run_of(state, name)["state"] in ("finished", "failed"), f"{name} ends", 300)
        return name


def run_of(state: dict, name: str) -> dict:
    return next((run for run in state["runs"] if run["name"] == name), {"state": "none", "epoch": 0, "name": name})


# MARK: Data


def check_data(setting: Setting) -> None:
    studio, count = setting.studio, len(setting.truth)
    first = StudioPage(setting.browser, studio)
    first.page.goto(studio.address)
    expect(first.one("nav-data")).to_be_visible()
    check("token" not in first.page.url, "data: the token opens the page, and leaves its address")
    stranger = StudioPage(setting.browser, studio)
    with stranger.expecting("status of 401"):
        answer = stranger.page.goto(studio.address)
        check(answer.status == 401 and stranger.one("nav-data").count() == 0, "data: the token opens no second browser")
    stranger.check_clean("data: the closed page")
    stranger.close()
    cookie = next(one for one in first.context.cookies() if one["httpOnly"])
    studio.cookie = f"{cookie['name']}={cookie['value']}"
    setting.tab = tab = first

    counts = studio.wait_for_photos(count)
    check(counts["photos"] == count and counts["unlabeled"] == count, f"data: the folder is read: {counts}")
    tab.wait_for("count => document.querySelector('[data-testid=\"count\"]')?.textContent.match(/\\d+/g)?.includes(String(count))", count)
    tab.wait_until_quiet()
    shown = tab.one("tile").count()
    check(8 <= shown <= count, f"data: the grid shows {shown} tiles")
    check(tab.page.evaluate("() => [...document.querySelectorAll('[data-testid=\"tile\"] img')].every(one => one.naturalWidth)"),
          "data: each tile has its photo")

    hostile = setting.root / "hostile.jpg"
    hostile.write_bytes(b"\xff\xd8\xff<html>not a photo</html>")
    reason = studio.upload(hostile.name, hostile.read_bytes())[1]["error"]
    with tab.expecting("status of 400"):
        tab.one("file-input").set_input_files([setting.file(0), hostile, setting.file(1)])
        tab.wait_for_state(lambda state: state["counts"]["photos"] == count + 2, "data: two photos are added")
        tab.wait_for("reason => document.body.innerText.includes(reason)", reason[:60])
    check(True, f"data: the damaged file is named, with the reason: {reason[:100]}")
    tab.press("Escape")
    for photo in studio.photos(text="other-"):
        setting.truth[Path(photo["name"]).name] = setting.names[int(re.search(r"other-(\d)", photo["name"])[1])]

    for name in setting.names:
        tab.one("add-class").first.click()
        tab.page.keyboard.type(name)
        tab.press("Enter")
        tab.wait_for_state(lambda state: name in [one["name"] for one in state["classes"]], f"data: a class is made by keyboard: {name}")
    classes = setting.classes()
    expect(tab.one("class-item", **{"class": classes[setting.names[0]]})).to_be_visible()

    # A page out of sight has no connection, and catches up when it is back.
    show = """isShown => {
        Object.defineProperty(document, 'hidden', { value: !isShown, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    tab.page.evaluate(show, False)
    tab.page.wait_for_timeout(1000)  # what it asked for before has come
    unseen = tab.one("class-item", **{"class": studio.edit("addClass", name="unseen")["created"]})
    tab.page.wait_for_timeout(1000)
    check(unseen.count() == 0, "data: a page out of sight does not listen")
    tab.page.evaluate(show, True)
    expect(unseen).to_be_visible()
    studio.post("undo")
    expect(unseen).to_have_count(0)
    check(True, "data: a page that is back shows what others did, and listens")

    # A file from the desktop onto a class.
    drop(tab.one("class-item", **{"class": classes[setting.names[0]]}), [setting.file(2)])
    tab.wait_for_state(lambda state: state["counts"]["photos"] == count + 3 and state["counts"]["labeled"] == 1,
                               "data: a file dropped on a class gets its label")
    setting.truth[Path(studio.photos(text="other-2")[0]["name"]).name] = setting.names[0]

    tab.one("filter-text").fill("other-")
    tab.wait_for("() => document.querySelectorAll('[data-testid=\"tile\"][data-photo]:not([hidden])').length === 3")
    check(True, "data: a filter by name")
    tab.one("filter-text").fill("photo-")
    tab.wait_for("() => document.querySelectorAll('[data-testid=\"tile\"][data-photo]:not([hidden])').length > 3")

    # Select, label, undo, redo, all by keyboard.
    tab.one("tile", index=0).focus()
    tab.press("End", "Space", "ArrowLeft", "Space", "2")
    tab.wait_for_state(lambda state: state["counts"]["labeled"] == 3, "data: two selected photos are labeled with a key")
    for what, undo, redo in (("by keyboard", lambda: tab.press("Control+z"), lambda: tab.press("Control+Shift+Z")),
                             ("by buttons", tab.one("undo").click, tab.one("redo").click)):
        expect(tab.one("undo")).to_be_enabled()
        undo()
        tab.wait_for_state(lambda state: state["counts"]["labeled"] == 1, f"data: undone {what}")
        expect(tab.one("redo")).to_be_enabled()
        redo()
        tab.wait_for_state(lambda state: state["counts"]["labeled"] == 3, f"data: redone {what}")
    tab.one("filter-text").fill("")
    check_folder(setting)
    check_menus(setting)
    check_viewer(setting)
    tab.check_clean("data")


def drop(target, paths: list[Path], folder: str | None = None) -> None:
    """Drops files from the desktop, or a folder that holds them and one within it that holds them again."""
    data = target.page.evaluate_handle("""([sent, folder]) => {
        const data = new DataTransfer();
        const made = sent.map(([bytes, name]) => new File([new Uint8Array(bytes)], name));
        if (folder === null) { for (const file of made) data.items.add(file); return data; }
        // Scripts can't make the entries of folders: one file stands for it, with the entry that a browser would give.
        const entry = (name, parts) => ({name, isFile: false, isDirectory: true, createReader: () => {
            const batches = [parts, []];
            return {readEntries: done => done(batches.shift())};
        }});
        const files = made.map(file => ({name: file.name, isFile: true, isDirectory: false, file: done => done(file)}));
        data.items.add(made[0]);
        DataTransferItem.prototype.webkitGetAsEntry = () => entry(folder, [files[0], entry('inner', files.slice(1))]);
        return data;
    }""", [[[list(path.read_bytes()), path.name] for path in paths], folder])
    for kind in ("dragenter", "dragover", "drop"):
        target.dispatch_event(kind, {"dataTransfer": data})
    target.page.evaluate("() => { delete DataTransferItem.prototype.webkitGetAsEntry; }")


def check_folder(setting: Setting) -> None:
    """A folder becomes a new class; the one within it has no meaning. Both photos can be left out again."""
    studio, tab = setting.studio, setting.tab
    before = studio.get("state")["counts"]
    drop(tab.one("drop-zone"), [setting.file(3), setting.file(4)], "outer")
    choices = tab.page.locator("dialog:modal select")
    expect(choices).to_have_count(2)
    for place, name in enumerate(tab.page.locator("dialog:modal .folder-name").all_inner_texts()):
        choices.nth(place).select_option("new" if name.split("/")[-1] == "outer" else "")
    tab.page.locator("dialog:modal button.primary").click()
    tab.wait_for_state(lambda state: state["counts"]["photos"] == before["photos"] + 2, "data: a dropped folder and the one within it are sent")
    state = studio.get("state")
    check("outer" in setting.classes() and state["counts"]["labeled"] == before["labeled"] + 1, "data: the folder is a new class, with its photo alone")
    for photo in studio.photos(text="other-"):
        if re.search("other-[34]", photo["name"]):
            setting.truth[Path(photo["name"]).name] = setting.names[int(re.search(r"other-(\d)", photo["name"])[1]) % 2]


def check_menus(setting: Setting) -> None:
    """The menus of a photo and of a class, and undo of what they did."""
    studio, tab = setting.studio, setting.tab
    menu = lambda name: tab.page.locator("[role=menu]").get_by_role("menuitem", name=name, exact=True).click()
    photo = next(photo for photo in studio.photos(text="other-") if photo["class"] == setting.classes()["outer"])
    tab.one("filter-text").fill(Path(photo["name"]).stem)
    tab.wait_for("() => document.querySelectorAll('[data-testid=\"tile\"][data-photo]').length === 1")
    tab.one("tile", photo=photo["id"]).click(button="right")
    menu(setting.names[1])
    tab.wait_for_state(lambda state: state["undo"] and state["undo"]["kind"] == "label", "data: the menu of a photo labels it")
    check(studio.get(f"photos/{photo['id']}")["class"] == setting.classes()[setting.names[1]], "data: with the class that was chosen")
    tab.press("Control+z")
    check(bool(wait(lambda: studio.get(f"photos/{photo['id']}")["class"] == setting.classes()["outer"])), "data: it is undone")
    tab.one("filter-text").fill("")

    def class_menu(name: str) -> None:
        item = tab.one("class-item", **{"class": setting.classes()[name]})
        item.hover()
        item.locator("[aria-haspopup=menu]").click()

    class_menu("outer")
    menu(re.compile("merge", re.I))
    tab.page.locator("dialog:modal select").select_option(label=setting.names[0])
    tab.page.locator("dialog:modal button.primary").click()
    tab.wait_for_state(lambda state: "outer" not in [one["name"] for one in state["classes"]], "data: a class is merged")
    check(studio.get(f"photos/{photo['id']}")["class"] == setting.classes()[setting.names[0]], "data: its photo has the other class")
    tab.press("Control+z")
    tab.wait_for_state(lambda state: "outer" in [one["name"] for one in state["classes"]], "data: it is undone")
    expect(tab.one("class-item", **{"class": setting.classes()["outer"]})).to_be_visible()
    class_menu("outer")
    menu(re.compile("delete", re.I))
    tab.page.locator("dialog:modal button.danger").click()
    tab.wait_for_state(lambda state: "outer" not in [one["name"] for one in state["classes"]], "data: a class is deleted")
    check(studio.get(f"photos/{photo['id']}")["class"] is None, "data: its photo has no label")


def check_viewer(setting: Setting) -> None:
    """Labels and undo in the large photo."""
    studio, tab = setting.studio, setting.tab
    tab.one("filter-text").fill("photo-")
    tab.wait_for("() => document.querySelector('[data-testid=\"tile\"][data-index=\"0\"] .tile-image')")
    tab.wait_until_quiet()
    tile = tab.one("tile", index=0)
    photo = int(tile.get_attribute("data-photo"))
    before = studio.get(f"photos/{photo}")["class"]
    tile.focus()
    tab.press("Enter")
    place = tab.page.locator(".viewer-position")
    expect(place).to_contain_text("1")
    label = tab.one("viewer").locator(".viewer-facts dd").first
    first = label.inner_text()
    tab.press("1")
    expect(place).to_contain_text("2")
    check(bool(wait(lambda: studio.get(f"photos/{photo}")["class"] == setting.classes()[setting.names[0]])), "data: a key labels the large photo")
    tab.press("Control+z")
    expect(place).to_contain_text(re.compile(r"^1\b"))
    check(bool(wait(lambda: studio.get(f"photos/{photo}")["class"] == before)), "data: Ctrl+Z in the large photo takes it back")
    expect(label).to_have_text(first)
    tab.press("Escape")
    expect(tab.one("viewer")).to_have_count(0)
    tab.one("filter-text").fill("")


# MARK: Label


def go_to_step(tab: StudioPage, place: int) -> None:
    """Prepare, test set, learn: 0, 1, 2."""
    step = tab.page.locator(".steps button").nth(place)
    step.click()
    expect(step).to_have_attribute("aria-current", "step")


def check_label(setting: Setting) -> None:
    studio, tab = setting.studio, setting.tab
    for name in setting.names:
        if name not in setting.classes():
            studio.edit("addClass", name=name)
    before = studio.get("state")["counts"]["labeled"]
    tab.open("label")
    go_to_step(tab, 0)
    if setting.has_weights:
        expect(tab.one("label-prepare")).to_be_visible()
        tab.one("label-prepare").focus()
        tab.press("Enter")
        tab.wait_for_state(lambda state: state["features"] and state["features"]["done"] >= state["features"]["total"] > 0,
                           "label: features of all photos", 120)
    else:
        print("     label: without a network in the cache there are no features")
    go_to_step(tab, 1)
    tab.page.locator("form", has=tab.one("label-draw-test")).locator("input").fill("12")
    tab.press("Enter")
    tab.wait_for_state(lambda state: state["counts"]["test"] == 12, "label: a random test set is drawn")
    frozen = {photo["id"] for photo in studio.photos(split="test")}

    desk = Desk(tab)
    name, classes = desk.next(), setting.classes()
    photo = next(one for one in studio.photos(split="test") if Path(one["name"]).name == name)
    studio.edit("label", photos=[photo["id"]], **{"class": classes[setting.truth[name]]})
    name = desk.next(name)
    check(True, "label: a photo that another page has labeled leaves the desk")
    tab.page.wait_for_timeout(400)  # keys that were meant for it do nothing
    before = studio.get("state")["counts"]["labeled"]
    began, order, keys = time.perf_counter(), [], desk.keys()
    check(set(classes.values()) <= keys.keys(), f"label: each class has a key: {keys}")
    while name and len(order) < len(setting.truth):
        order.append(name)
        tab.press(keys[classes[setting.truth[name]]])
        if len(order) == 2:
            tab.wait_for_state(lambda state: state["counts"]["labeled"] >= before + 1, "label: keys label")
            expect(tab.one("undo")).to_be_enabled()
            tab.press("Control+z")
            tab.wait_for_state(lambda state: state["redo"], "label: undone by keyboard")
            tab.wait_for("name => document.querySelector('[data-testid=\"label-photo\"] .stage-name')?.textContent.endsWith(name)", name)
            check(True, "label: the photo is shown again")
            expect(tab.one("redo")).to_be_enabled()
            tab.press("Control+Shift+Z")
            tab.wait_for_state(lambda state: not state["redo"], "label: redone by keyboard")
        name = desk.next(name)
    tab.wait_for_state(lambda state: not state["counts"]["unlabeled"], "label: all photos are labeled")
    print(f"     label: {len(order)} photos in {time.perf_counter() - began:.1f} s")
    photos = {Path(photo["name"]).name: photo for photo in studio.photos()}
    tests = [photos[name]["id"] in frozen for name in order]
    check(not any(tests[sum(tests):]), "label: the test set comes first, and is never in the queue")
    check({photo["id"] for photo in studio.photos(split="test")} == frozen, "label: the test set is as drawn")
    wrong = [name for name in order if photos[name]["class"] != classes[setting.truth[name]]]
    check(not wrong, f"label: each label is what was pressed {wrong[:3]}")
    if setting.has_weights:
        state = tab.wait_for_state(lambda state: state["head"] and state["head"]["accuracy"], "label: the model of the labels is tested")
        accuracy = state["head"]["accuracy"]
        check(accuracy["count"] <= len(frozen) and 0 <= accuracy["low"] <= accuracy["value"] <= accuracy["high"] <= 1,
              f"label: accuracy {accuracy['value']:.2f}, {accuracy['low']:.2f} to {accuracy['high']:.2f}")
        expect(tab.one("label-accuracy")).to_contain_text("%")
        try_trays(setting, frozen)
    tab.check_clean("label")


def try_trays(setting: Setting, frozen: set[int]) -> None:
    """Two trays of two photos, of which each class has four: the second one is of another class."""
    tab, studio, classes = setting.tab, setting.studio, setting.classes()
    names = {photo["id"]: Path(photo["name"]).name for photo in studio.photos() if photo["id"] not in frozen and photo["class"]}
    taken = [photo for name in setting.names for photo in [one for one in names if setting.truth.get(names[one]) == name][:4]]
    studio.edit("label", photos=taken, **{"class": None})
    tab.wait_for_state(lambda state: state["counts"]["unlabeled"] == len(taken), "label: labels for trays are gone")
    tab.page.route("**/label/queue?*mode=review*", lambda route: route.continue_(url=re.sub(r"count=\d+", "count=2", route.request.url)))
    shown = []
    tab.one("label-trays").click()
    for _ in range(2):
        tab.wait_for("""before => {
            const chip = document.querySelector('.assign-class[aria-pressed="true"]')?.textContent;
            return chip && chip !== before && document.querySelector('[data-testid="label-tray"] .tile');
        }""", shown[-1] if shown else "")
        shown.append(tab.page.locator('.assign-class[aria-pressed="true"]').text_content())
        tab.one("label-tray").locator(".tile").first.focus()
        tab.press("Enter")
    check(shown[0] != shown[1], f"label: trays of {shown[0]}, then of {shown[1]}")
    tab.wait_for_state(lambda state: state["counts"]["unlabeled"] == len(taken) - 4, "label: trays label")
    tab.page.unroute_all()
    # The rest; and the model may have proposed a wrong class.
    studio.edit("relabel", labels={str(photo): classes[setting.truth[names[photo]]] for photo in taken})


# MARK: Train


def set_setting(tab: StudioPage, key: str, value) -> None:
    field = tab.page.locator(f"#setting-{key}")
    for details in tab.page.locator("details:not([open])", has=field).all():
        details.locator("summary").first.click()
    if isinstance(value, bool):
        field.set_checked(value)
    elif field.evaluate("one => one.tagName") == "SELECT":
        field.select_option(str(value))
    else:
        field.fill(str(value))
        field.blur()


def points(tab: StudioPage, curve: str) -> int:
    """The number of points of a curve of the validation."""
    text = tab.one(curve).locator("path.main").first.get_attribute("d") if tab.one(curve).locator("path.main").count() else ""
    return len(re.findall("[ML]", text or ""))


def start_run(setting: Setting, preset: str, name: str, settings: dict = {}) -> None:
    tab = setting.tab
    tab.one(f"preset-{preset}").click()
    for key, value in settings.items():
        set_setting(tab, key, value)
    tab.page.locator("form input[pattern]").fill(name)
    expect(tab.one("train-estimate")).not_to_have_attribute("aria-busy", "true")
    expect(tab.one("train-start")).to_be_enabled()
    expect(tab.one("train-estimate")).to_have_text(re.compile(r"\d"))
    check(True, f"train: {preset} is estimated: {tab.one('train-estimate').inner_text().splitlines()[0]}")
    tab.one("train-start").click()
    expect(tab.one("run-card", run=name)).to_be_visible()


def restart(setting: Setting) -> None:
    """Kills the studio and all that it started, and starts it on the same port. The page stays open."""
    tab, old = setting.tab, setting.studio
    with tab.expecting("net::ERR", "Failed to load", "EventSource", "Failed to fetch"):
        old.kill()
        expect(tab.one("offline")).to_be_visible()
        check(True, "train: the page shows that the studio is gone")
        setting.studio = tab.studio = Studio(setting.options.apus, setting.folder, port=old.port)
        setting.studio.cookie = old.cookie
        expect(tab.one("offline")).to_be_hidden()
        check(True, f"train: the page goes on with the studio that was started again ({setting.studio.seconds:.2f} s)")
    old.temporary.cleanup()


def check_train(setting: Setting) -> None:
    setting.need_labels()
    tab = setting.tab
    tab.open("train")
    start_run(setting, "own", SLOW, setting.small_settings(EPOCHS))
    card = tab.one("run-card", run=SLOW)

    def epoch() -> int:
        return run_of(setting.studio.get("state"), SLOW)["epoch"]

    seen = []
    for _ in range(2):
        before = seen[-1] if seen else 0
        wait_for_points(tab, before)
        seen.append(points(tab, "curve-accuracy"))
    check(seen[1] > seen[0] > 0 and points(tab, "curve-loss") > 0, f"train: the curves grow: {seen} points")
    expect(card.locator('[data-testid="run-progress"]')).to_be_visible()
    card.locator('[data-testid="run-stop"]').click()
    tab.wait_for_state(lambda state: run_of(state, SLOW)["state"] == "stopped", "train: it stops")
    stopped = epoch()
    card.locator('[data-testid="run-resume"]').click()
    tab.wait_for_state(lambda state: run_of(state, SLOW)["state"] == "training", "train: it is resumed")
    tab.wait_for_state(lambda state: stopped < run_of(state, SLOW)["epoch"] < EPOCHS, "train: it goes on after its last epoch")
    before = epoch()
    before_edits = setting.studio.get("state")["revision"]
    restart(setting)
    state = tab.wait_for_state(lambda state: run_of(state, SLOW)["state"] == "interrupted", "train: after `kill -9` the run is interrupted")
    check(state["revision"] == before_edits and state["counts"]["unlabeled"] == 0, "train: no label is lost")
    card.locator('[data-testid="run-resume"]').click()
    state = tab.wait_for_state(lambda state: run_of(state, SLOW)["state"] in ("finished", "failed"), "train: it is resumed, and finishes", 300)
    run = run_of(state, SLOW)
    curves = setting.studio.get(f"runs/{SLOW}")["curves"]["epochs"]
    check(run["state"] == "finished" and [one["epoch"] for one in curves] == list(range(1, EPOCHS + 1)) and before <= EPOCHS,
          f"train: {len(curves)} epochs, each once; stopped after {stopped}, killed after {before}: {run['message'] or ''}")
    expect(tab.one("diagnosis").locator("li").first).to_be_visible()
    if setting.has_weights:
        start_run(setting, "quick", FAST)
        state = tab.wait_for_state(lambda state: run_of(state, FAST)["state"] in ("finished", "failed"), "train: quick ends", 300)
        run = run_of(state, FAST)
        check(run["state"] == "finished" and run["hasModel"], f"train: quick: {run['accuracy']}, {run['message'] or ''}")
    tab.check_clean("train")


def wait_for_points(tab: StudioPage, more_than: int) -> None:
    tab.wait_for("""count => {
        const line = document.querySelector('[data-testid="curve-accuracy"] path.main');
        return (line?.getAttribute('d')?.match(/[ML]/g) ?? []).length > count;
    }""", more_than, seconds=120)


# MARK: Results


def check_results(setting: Setting) -> None:
    setting.need_run(SLOW)
    setting.need_run(FAST)
    tab, studio = setting.tab, setting.studio
    tab.open("results", SLOW)
    expect(tab.one("results-accuracy")).to_be_visible(timeout=120_000)
    results = studio.get(f"runs/{SLOW}/results")["results"]
    accuracy = results["accuracy"]
    check(sum(map(sum, results["confusion"])) == results["count"] and results["count"] - results["errors"]
          == sum(row[place] for place, row in enumerate(results["confusion"])), "results: the matrix adds up")
    check(accuracy["low"] <= accuracy["value"] <= accuracy["high"] and f"{accuracy['value'] * 100:.1f}".removesuffix(".0" if accuracy["value"] == 1 else "%")
          in tab.one("results-accuracy").inner_text(), f"results: {tab.one('results-accuracy').inner_text()!r}")
    cells = [(count, truth, prediction) for truth, row in enumerate(results["confusion"]) for prediction, count in enumerate(row)]
    wrong = [cell for cell in cells if cell[1] != cell[2] and cell[0]]
    count, truth, prediction = max(wrong or cells)
    tab.one("confusion-cell", truth=truth, prediction=prediction).click()
    tiles = tab.one("cell-photos").locator("[data-photo]")
    expect(tiles.first).to_be_visible()
    tab.wait_until_quiet()
    check(tiles.count() == count, f"results: the cell of {count} opens {tiles.count()} photos")
    photo = int(tiles.first.get_attribute("data-photo"))
    before = studio.get(f"photos/{photo}")["class"]
    other, name = next((one["id"], one["name"]) for one in studio.get("state")["classes"] if one["id"] != before)
    tiles.first.locator('[aria-haspopup="menu"]').click()
    tab.page.get_by_role("menuitemradio", name=name, exact=True).click()
    tab.wait_for_state(lambda state: state["undo"] and state["undo"]["kind"] in ("label", "relabel"), "results: a photo gets another label")
    check(bool(wait(lambda: studio.get(f"photos/{photo}")["class"] == other)), "results: the label is stored")
    expect(tab.one("confusion-cell", truth=truth, prediction=prediction)).to_have_text(str(count - 1) if count > 1 else "·")
    check(tiles.count() == count, "results: the numbers follow at once, and the photos keep their place")
    tab.page.locator("h1").click()
    tab.press("Control+z")
    check(bool(wait(lambda: studio.get(f"photos/{photo}")["class"] == before)), "results: it is undone by keyboard")

    state = studio.get("state")
    if state["tools"]["libtorch"] and state["tools"]["drawing"]:
        place = tab.one("worst-item").first if tab.one("worst-item").count() else tiles.first
        place.locator("button[aria-pressed]").first.click()
        image = place.locator('[data-testid="explanation"]')
        expect(image).to_be_visible(timeout=60_000)
        check(image.evaluate("one => one.decode().then(() => one.naturalWidth > 30)"), "results: Grad-CAM is shown")
    else:
        print("     results: no LibTorch or no drawing: Grad-CAM is skipped")
    others = [run["name"] for run in state["runs"] if run["hasModel"] and run["name"] != SLOW]
    tab.one("compare-picker").click()
    tab.page.get_by_role("menuitemradio", name=others[0], exact=True).click()
    expect(tab.one("compare-picker")).to_contain_text(others[0])
    expect(tab.page.locator(".versus").first).to_be_visible(timeout=120_000)
    found = studio.get("compare", a=SLOW, b=others[0])
    flips = len(found["onlyA"]) + len(found["onlyB"])
    check(tab.one("flip-item").count() == flips and 0 <= found["pValue"] <= 1,
          f"results: {flips} photos flip between the runs, p = {found['pValue']:.3f}")
    tab.check_clean("results")


# MARK: Try and use


def check_try(setting: Setting) -> None:
    name = setting.need_run(FAST)
    tab, studio = setting.tab, setting.studio
    tab.open("try", name)
    path = setting.file(5)
    tab.one("try-input").set_input_files(path)
    expect(tab.one("try-bar").first).to_be_visible()
    tab.wait_until_quiet()
    status, _, body = studio.send("POST", f"/api/runs/{name}/predict?neighbors=6", path.read_bytes())
    answer = json.loads(body)
    bars = tab.one("try-bar").all_inner_texts()
    top = answer["top"][0]
    check(status == 200 and top["class"] in bars[0] and len(bars) == len(answer["top"]), f"try: {bars[0]!r}")
    if studio.get("state")["features"]:  # Of the part `label`.
        expect(tab.one("try-neighbor").first).to_be_visible()
        check(tab.one("try-neighbor").count() == len(answer["neighbors"]) > 0, "try: the nearest photos are shown")
    # Another one, by paste, and one that is no photo.
    with tab.expecting("status of 400"):
        broken = setting.root / "broken.png"
        broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
        tab.one("try-input").set_input_files(broken)
        expect(tab.one("try-bar")).to_have_count(0)
        expect(tab.page.locator(".view-try [role=alert], .view-try .notice").first).to_be_visible()
    check(True, "try: a damaged file is answered with its reason")
    if studio.get("state")["tools"]["libtorch"] and studio.get("state")["tools"]["drawing"]:
        tab.one("try-input").set_input_files(path)
        expect(tab.one("try-bar").first).to_be_visible()
        tab.page.locator(".try-tools button[aria-pressed]").click()
        expect(tab.one("try-explanation").locator("img")).to_be_visible(timeout=60_000)
        check(True, "try: Grad-CAM is shown")
    # The browser has a camera of its own, whose picture moves.
    tab.context.grant_permissions(["camera"], origin=studio.url)
    tab.one("try-camera").click()
    expect(tab.page.locator(".try-tools .rate")).to_contain_text(re.compile(r"\d"))
    check(True, f"try: the camera, {tab.page.locator('.try-tools .rate').inner_text()}")
    tab.one("try-camera").click()
    expect(tab.page.locator(".try-tools .rate")).to_be_empty()
    tab.check_clean("try")


def check_use(setting: Setting) -> None:
    name = setting.need_run(FAST)
    tab, studio = setting.tab, setting.studio
    tab.open("use", name)
    files = {}
    for kind in ("model", "onnx"):
        row = tab.one("use-download", kind=kind)
        if not row.is_visible():
            tab.one("use-export", kind=kind).click()
        expect(row).to_be_visible(timeout=120_000)
        with tab.page.expect_download() as download:
            row.click()
        files[kind] = setting.root / download.value.suggested_filename
        download.value.save_as(files[kind])
    check(files["model"].stat().st_size > 10_000 and files["onnx"].read_bytes()[:1] == b"\x08", f"use: downloads {[path.name for path in files.values()]}")
    photos = [setting.file(place) for place in range(6, 10)]
    for kind, path in files.items():
        if kind == "onnx" and "onnx" not in subprocess.run([setting.options.apus.path, "help", "predict"], capture_output=True, text=True).stdout.lower():
            continue
        found = predictions(setting.options.apus, str(path), photos)
        worst = 0.0
        same = True
        for photo in photos:
            answer = json.loads(studio.send("POST", f"/api/runs/{name}/predict?neighbors=0", photo.read_bytes())[2])
            line = found[str(photo)]
            same &= line.get("label") == answer["top"][0]["class"]
            worst = max(worst, abs(line["probability"] - answer["top"][0]["probability"]))
        check(same and worst < 1e-4, f"use: `apus predict {path.name}` answers as the page does; probabilities differ by at most {worst:.1e}")
    command = tab.one("use-command", kind="predict").inner_text()
    check("apus predict" in command, f"use: {command.splitlines()[0]!r}")
    tab.one("use-serve").click()
    link = tab.page.locator(".serving a")
    expect(link).to_be_visible(timeout=60_000)
    address = link.get_attribute("href")
    photo = photos[0].read_bytes()

    def served():
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{address.rstrip('/')}/classify", photo), timeout=30) as answer:
                return json.load(answer)
        except OSError:
            return None

    answer = wait(served, 60)
    page = json.loads(studio.send("POST", f"/api/runs/{name}/predict?neighbors=0", photo)[2])
    check(bool(answer) and answer["label"] == page["top"][0]["class"], f"use: {address} answers {answer and answer['label']}")
    tab.one("use-serve").click()
    expect(link).to_have_count(0)
    check(bool(wait(lambda: served() is None, 30)), "use: serving ends")
    tab.check_clean("use")


# MARK: Views


def parameter(view: str, setting: Setting) -> str:
    runs = {run["name"] for run in setting.studio.get("state")["runs"] if run["hasModel"]}
    return next((name for name in (FAST, SLOW) if name in runs), "") if view in ("results", "try", "use") else ""


def prepare_view(tab: StudioPage, view: str, setting: Setting) -> None:
    tab.open(view, parameter(view, setting))
    if view == "results":
        expect(tab.one("results-accuracy")).to_be_visible(timeout=120_000)
    elif view == "try":
        tab.one("try-input").set_input_files(setting.file(11))
        expect(tab.one("try-bar").first).to_be_visible()
    tab.wait_until_quiet()


def check_views(setting: Setting, checks: bool, shots: Path | None) -> None:
    setting.need_run(FAST)
    if checks and not setting.studio.get("state")["findings"]:
        setting.studio.post("clean/check")
        setting.studio.wait_for_jobs("check")
    for (size, kind), theme in itertools.product(((DESKTOP, "desktop"), (PHONE, "phone")), ("light", "dark")):
        if not shots and (kind, theme) == ("phone", "dark"):
            continue
        with opened(setting.browser, setting.studio, size=size, theme=theme) as tab:
            # The words do not depend on the theme.
            for language in ("en", "zh") if theme == "light" or shots else ("en",):
                tab.set_language(language)
                for view in VIEWS:
                    what = f"{view}, {kind}, {theme}, {language}"
                    prepare_view(tab, view, setting)
                    if checks:
                        if kind == "phone" or theme == "light":
                            tab.check_width(what)
                        tab.check_words(what)
                        if language == "en":
                            tab.check_rules(what)
                    if shots:
                        tab.screenshot(shots / f"{view}-{kind}-{theme}-{language}.png")
            if checks and kind == "desktop" and theme == "light":
                check(tab.page.locator("html").get_attribute("lang").startswith("zh") and
                      bool(re.search("[\u4e00-\u9fff]", tab.one("nav-data").inner_text())), "views: the page is Chinese")
                tab.page.reload()
                tab.wait_until_quiet()
                check(tab.page.locator("html").get_attribute("lang").startswith("zh"), "views: the language is kept")
                ground = lambda: tab.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
                light = ground()
                for _ in range(3):
                    tab.one("theme").click()
                    if tab.page.locator("html").get_attribute("data-theme") == "dark":
                        break
                check(ground() != light, f"views: the theme is switched by hand: {light}, {ground()}")
                # The keyboard reaches the navigation, and focus is seen.
                tab.page.reload()
                tab.wait_until_quiet()
                tab.page.evaluate("() => document.activeElement.blur()")
                reached, outlined = set(), True
                for _ in range(25):
                    tab.press("Tab")
                    name, seen = tab.page.evaluate("""() => {
                        const one = document.activeElement, style = getComputedStyle(one);
                        return [one.dataset.testid ?? '', style.outlineStyle !== 'none' || style.boxShadow !== 'none'
                            || one === document.body || one.type === 'file'];
                    }""")
                    reached.add(name)
                    outlined &= seen
                check({f"nav-{view}" for view in VIEWS} <= reached and outlined, f"views: Tab reaches the navigation, and is visible")
            tab.check_clean(f"views, {kind}, {theme}")


def check_sentences() -> None:
    """Each sentence of the server that the page translates is one that the server says."""
    sources = [path.read_text() for target in ("ApusStudio", "StudioProject") for path in (ROOT / "Sources" / target).rglob("*.swift")]
    # Literals that are joined are one; what is put in is a gap, which may have literals of its own.
    shape = re.compile(r"\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
    text = re.sub(r'"\s*\+\s*"', "", shape.sub("{}", "\n".join(sources)))
    said = re.findall(r'^    \["(.*?)", "', (ROOT / "Sources/ApusStudio/Resources/words.js").read_text().split("const sentences")[1], re.MULTILINE)
    gone = [one for one in said if re.sub(r"\{\w+\}", "{}", one) not in text]
    check(len(said) > 30 and not gone, f"words: the {len(said)} translated sentences are those of the server {gone[:3]}")


def attempt(part: str, setting: Setting, work) -> None:
    """Does a part. If the page does not do what it should, the others still have their turn."""
    try:
        work()
    except (Error, AssertionError) as error:
        lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
        place = next((frame.lineno for frame in reversed(traceback.extract_tb(error.__traceback__)) if frame.filename == __file__), 0)
        check(False, f"{part}: line {place}: {' '.join(lines)[:600]}")
        if setting.options.screenshots and setting.tab:
            setting.tab.screenshot(setting.options.screenshots / f"failed-{part}.png")


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help="parts to check")
    made.add_argument("--count", type=int, default=40, help="photos in the folder")
    made.add_argument("--screenshots", type=Path, help="a folder for screenshots of each view")
    options, _ = parse(made)
    if unknown := set(options.only) - set(PARTS):
        sys.exit(f"no part is called {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    check_sentences()
    with tempfile.TemporaryDirectory() as name, chromium(*CAMERA) as browser:
        setting = Setting(options, Path(name).resolve(), browser)
        parts = {"data": check_data, "label": check_label, "train": check_train, "results": check_results,
                 "try": check_try, "use": check_use}
        try:
            for part in PARTS[:-1]:
                if part in options.only:
                    if part != "data" and setting.tab is None:
                        setting.begin()
                    began = time.perf_counter()
                    attempt(part, setting, lambda: parts[part](setting))
                    print(f"     {part}: {time.perf_counter() - began:.1f} s", flush=True)
            if "views" in options.only or options.screenshots:
                if setting.tab is None:
                    setting.begin()
                began = time.perf_counter()
                attempt("views", setting, lambda: check_views(setting, "views" in options.only, options.screenshots))
                print(f"     views: {time.perf_counter() - began:.1f} s", flush=True)
            check(setting.studio.is_running and setting.studio.end() == 0, "the studio runs to the end, and ends with status 0")
        finally:
            setting.studio.kill()
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
