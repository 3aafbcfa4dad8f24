#!/usr/bin/env python3
"""Measures how soon `apus studio` has a first model of photos without labels. Prints a Markdown table.

    venv/bin/python scripts/checks/studio_label.py [--apus PATH] [--count 500] [--keys 60] [--test 12] [--single 12]
        [--pace 1.0] [--set cats-dogs,ants-bees] [-- FOLDER ...]

Photos of each set of APUS_TEST_DATA, or of a folder for each class after `--`, are copied into one folder, under names
that tell nothing. The script then presses the keys that a person would who knows the right classes, in headless
Chromium: it prepares the photos, types the names of the classes, labels a test set of --test photos and --single
photos of the queue one by one, and then accepts trays, in which it corrects what is wrong, while keys are left. Every
press counts, also those of names and steps. Then the preset `quick` trains.

The time is that of the studio's work, from opening the page to the trained model, and --pace seconds for each press,
which people need. The accuracy is that of the trained model on all photos that were not labeled, by the labels that were
held back; next to it are the accuracy that the page shows, from its test set, and the fraction of wrong labels.

A network with pretrained weights must be in the cache. Exits with 1 if there are more presses than --keys, or if it
takes more than 2 minutes.
"""

import sys
import tempfile
import time
from pathlib import Path

from checks import parse, parser
from server import predictions, shared_data
from studio_page import Desk, StudioPage, chromium, expect
from studio_server import Studio, check, photo_set, wait

SECONDS = 120


def sets() -> dict[str, list[Path]]:
    cats, insects = shared_data("datasets", "cats_dogs"), shared_data("datasets", "hymenoptera_data")
    if not cats:
        return {}
    return {"cats-dogs": [cats / "cat", cats / "dog"],
            "ants-bees": [insects / part / name for part in ("train", "val") for name in ("ants", "bees")]}


class Person:
    """Presses keys, and counts them."""

    def __init__(self, tab: StudioPage, limit: int):
        self.tab, self.limit, self.presses, self.typed = tab, limit, 0, 0

    def press(self, *keys: str) -> None:
        self.presses += len(keys)
        self.tab.press(*keys)

    def type(self, text: str) -> None:
        self.presses += len(text)
        self.typed += len(text)
        self.tab.page.keyboard.type(text)

    @property
    def left(self) -> int:
        return self.limit - self.presses


def steps(tab: StudioPage, place: int):
    return tab.page.locator(".steps button").nth(place)


def label(person: Person, studio: Studio, truth: dict[str, str], tests: int, singles: int) -> None:
    tab, names = person.tab, sorted(set(truth.values()))
    tab.one("label-prepare").focus()
    person.press("Enter")
    tab.one("label-new-class").focus()
    for name in names:
        person.type(name)
        person.press("Enter")
        wait(lambda: name in [one["name"] for one in studio.get("state")["classes"]])
    # The test set can be labeled while features are computed.
    steps(tab, 1).focus()
    person.press("Enter")
    form = tab.page.locator("form", has=tab.one("label-draw-test"))
    form.locator("input").focus()
    tab.page.keyboard.press("Control+a")
    person.type(str(tests))
    person.press("Enter")
    classes = {one["name"]: one["id"] for one in studio.get("state")["classes"]}
    desk = Desk(tab)
    name = desk.next()
    keys = desk.keys()
    for place in range(tests + singles):
        if place == tests:
            wait(lambda: (features := studio.get("state")["features"]) and features["done"] >= features["total"], 300)
        person.press(keys[classes[truth[name]]])
        name = desk.next(name)
        if place >= tests:
            # A person waits for the proposal that follows from the label.
            wait(lambda: (head := studio.get("state")["head"]) and head["labels"] >= place - tests, 10)
    tab.one("label-trays").focus()
    person.press("Enter")
    while person.left > 0:
        tab.wait_for("() => document.querySelector('[data-testid=\"label-tray\"] .tile, [data-testid=\"label-tray\"] .empty')")
        tiles = tab.one("label-tray").locator(".tile")
        photos = tiles.evaluate_all("tiles => tiles.map(tile => ({photo: tile.dataset.photo, name: tile.title}))")
        if not photos:
            break
        shown = tab.page.evaluate("() => document.querySelector('.assign-class[aria-pressed=\"true\"]').textContent")
        wrong = [place for place, photo in enumerate(photos) if truth[Path(photo["name"]).name] != shown.strip()]
        # Arrows go to each wrong photo, and a key gives its class. A tray that costs too much is left.
        cost = (wrong[-1] if wrong else 0) + len(wrong) + 1
        if cost > person.left:
            break
        tiles.first.focus()
        at = 0
        for place in wrong:
            person.press(*["ArrowRight"] * (place - at))
            at = place
            person.press(keys[classes[truth[Path(photos[place]["name"]).name]]])
        person.press("Enter")
        first = photos[0]["photo"]
        tab.wait_for("""first => {
            const tile = document.querySelector('[data-testid="label-tray"] .tile');
            return tile ? tile.dataset.photo !== first : document.querySelector('[data-testid="label-tray"] .empty');
        }""", first)
    # What is left is too little for a tray.
    if person.left > 1:
        tab.one("label-single").focus()
        person.press("Enter")
        name = desk.next()
        while name and person.left > 0:
            person.press(keys[classes[truth[name]]])
            name = desk.next(name)


def measure(options, browser, name: str, sources: list[Path], root: Path) -> tuple:
    folder = root / name / "photos"
    truth = photo_set(folder, options.count, sources)
    with Studio(options.apus, folder) as studio:
        # From here a person sits before the page.
        began = time.perf_counter()
        studio.wait_for_photos(len(truth))
        host, _, value = studio.cookie.partition("=")
        tab = StudioPage(browser, studio)
        tab.context.add_cookies([{"name": host, "value": value, "domain": "127.0.0.1", "path": "/"}])
        tab.page.goto(f"{studio.url}/#/label")
        expect(tab.one("label-prepare")).to_be_visible()
        person = Person(tab, options.keys)
        label(person, studio, truth, options.test, options.single)
        labeled_after = time.perf_counter() - began
        # The accuracy that is shown follows the last labels.
        labels = studio.get("state")["counts"]["labeled"] - options.test
        check(bool(wait(lambda: (head := studio.get("state")["head"]) and head["labels"] >= labels, 20)),
              f"{name}: the head has learned all {labels} labels")
        state = studio.get("state")
        photos = studio.photos()
        wrong = [photo for photo in photos if photo["class"] is not None and
                 truth[Path(photo["name"]).name] != next(one["name"] for one in state["classes"] if one["id"] == photo["class"])]
        check(not wrong, f"{name}: {len(wrong)} of {state['counts']['labeled']} labels are wrong")
        run = studio.post("train", preset="quick", settings={}, name="first")["run"]

        def ended():
            found = next((one for one in studio.get("runs") if one["name"] == run), None)
            return found if found and found["state"] in ("finished", "failed", "stopped") else None

        found = wait(ended, 600) or {"state": "too slow", "message": ""}
        seconds = time.perf_counter() - began
        check(found["state"] == "finished", f"{name}: the quick run ends: {found['state']} {found['message'] or ''}")
        model = root / name / "model.safetensors"
        model.write_bytes(studio.send("GET", f"/api/runs/{run}/files/model")[2])
        others = [folder / Path(photo["name"]).name for photo in photos if photo["class"] is None]
        answers = predictions(options.apus, str(model), others) if others else {}
        right = sum(answers[str(path)].get("label") == truth[path.name] for path in others)
        head = (state["head"] or {}).get("accuracy")
        total = seconds + person.presses * options.pace
        check(person.presses <= options.keys, f"{name}: {person.presses} presses, {person.typed} of them letters and digits of names")
        check(total <= SECONDS, f"{name}: {total:.0f} s")
        tab.check_clean(name)
        tab.close()
        return (name, len(truth), person.presses, state["counts"]["labeled"], f"{labeled_after:.1f}", f"{seconds:.1f}", f"{total:.0f}",
                f"{head['value'] * 100:.1f} % ({head['low'] * 100:.0f} to {head['high'] * 100:.0f})" if head else "-",
                f"{right / len(others) * 100:.1f} % of {len(others)}" if others else "-")


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--count", type=int, default=500, help="the number of photos")
    made.add_argument("--keys", type=int, default=60)
    made.add_argument("--test", type=int, default=12, help="photos of the test set, at least 10")
    made.add_argument("--single", type=int, default=12, help="photos that are labeled one by one after the test set")
    made.add_argument("--pace", type=float, default=1.0, help="seconds that a person needs for a press")
    made.add_argument("--set", type=lambda text: text.split(","), help="names of sets")
    options, folders = parse(made)
    found = {"photos": [Path(folder) for folder in folders]} if folders else sets()
    if options.set:
        found = {name: found[name] for name in options.set}
    if not found:
        sys.exit("set APUS_TEST_DATA, or give a folder for each class after --")
    rows = [("photos", "number", "presses", "labels", "labeled, s", "trained, s", f"with {options.pace:g} s a press", "shown", "held back")]
    with tempfile.TemporaryDirectory() as root, chromium() as browser:
        for name, sources in found.items():
            rows.append(measure(options, browser, name, sources, Path(root).resolve()))
    for place, row in enumerate(rows):
        print("| " + " | ".join(str(cell) for cell in row) + " |")
        if place == 0:
            print("|" + "---|" * len(row))
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
