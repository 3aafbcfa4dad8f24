"""The page of `apus studio` in headless Chromium, driven by Playwright, for the scripts in this folder.

    python3 -m venv venv && venv/bin/pip install playwright axe-playwright-python

Chromium is that of the system. axe-playwright-python is only needed for its copy of axe-core.
"""

import contextlib
import importlib.util
import re
import shutil
import sys
from pathlib import Path

from studio_server import HOST, Studio, check, wait

try:
    from playwright.sync_api import Error, Locator, expect, sync_playwright
except ImportError:
    sys.exit("Playwright is missing: pip install playwright axe-playwright-python")

VIEWS = ("data", "label", "clean", "train", "results", "try", "use")
DESKTOP, PHONE = (1280, 900), (390, 844)
PATIENCE = 60_000  # Milliseconds for what the page does by itself.
# No name is resolved: a page that asks for another host fails.
ARGUMENTS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-precise-memory-info"]
VIOLATIONS = """addEventListener('securitypolicyviolation', event =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))"""
expect.set_options(timeout=PATIENCE)


@contextlib.contextmanager
def chromium(*arguments: str):
    """The browser of the system."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        sys.exit("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


def axe_source() -> str:
    found = importlib.util.find_spec("axe_playwright_python")
    path = Path(found.submodule_search_locations[0], "axe.min.js") if found else None
    if path is None or not path.exists():
        sys.exit("axe-core is missing: pip install axe-playwright-python")
    return path.read_text()


class StudioPage:
    """A tab that has opened the studio, and notes what it must not do."""

    def __init__(self, browser, studio: Studio, size: tuple[int, int] = DESKTOP, theme: str = "light",
                 cookies: list | None = None):
        self.studio = studio
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, device_scale_factor=2 if size == PHONE else 1,
            is_mobile=size == PHONE, has_touch=size == PHONE, color_scheme=theme, reduced_motion="reduce", locale="en-US",
            accept_downloads=True)
        self.context.set_default_timeout(PATIENCE)
        if cookies:
            self.context.add_cookies(cookies)
        self.context.add_init_script(VIOLATIONS)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.expected: list[re.Pattern] = []
        self.requests = 0
        self.has_axe = False
        self.page.on("console", self.note_message)
        self.page.on("pageerror", lambda error: self.note(f"exception: {error}"))
        self.page.on("request", self.note_request)
        self.page.on("load", lambda _: setattr(self, "has_axe", False))

    # What it must not do

    def note(self, text: str) -> None:
        if not any(pattern.search(text) for pattern in self.expected):
            self.problems.append(text)

    def note_message(self, message) -> None:
        if message.type in ("error", "warning", "assert"):
            self.note(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def note_request(self, request) -> None:
        self.requests += 1
        if not re.match(rf"{re.escape(self.studio.url)}/|data:|blob:|about:", request.url):
            self.problems.append(f"request: {request.url}")

    @contextlib.contextmanager
    def expecting(self, *patterns: str):
        """Messages that belong to what the block does, such as those of a refused file."""
        self.expected = [re.compile(pattern) for pattern in patterns]
        yield
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        self.expected = []

    def check_clean(self, what: str) -> None:
        check(not self.problems, f"{what}: no message in the console, no policy violation, no foreign request "
                                 f"({self.requests} requests) {self.problems[:5]}")
        self.problems.clear()

    # What people do

    def one(self, name: str, **data) -> Locator:
        """What has a test id, and these data attributes."""
        return self.page.locator(f'[data-testid="{name}"]' + "".join(
            f'[data-{key}="{value}"]' for key, value in data.items()))

    def open(self, name: str, parameter: str = "") -> None:
        """Goes to a view through the navigation; with a parameter by its address."""
        if parameter:
            self.page.evaluate("address => { location.hash = address }", f"#/{name}/{parameter}")
        else:
            self.one(f"nav-{name}").click()
        expect(self.one(f"nav-{name}")).to_have_attribute("aria-current", "page")
        expect(self.page.locator("h1")).to_have_count(1)
        self.wait_until_quiet()

    def wait_until_quiet(self) -> None:
        """Waits until nothing moves, and visible images are there."""
        self.page.wait_for_function("""() => document.getAnimations().every(one => one.playState !== 'running'
                || one.effect.getComputedTiming().iterations === Infinity)
            && !document.querySelector('.loading, .tile.is-loading, [aria-busy="true"]')
            && [...document.images].every(one => {
                const box = one.getBoundingClientRect();
                return one.complete || !box.width || box.bottom < 0 || box.top > innerHeight;
            })""")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def state(self) -> dict:
        """The state as the page's own requests see it."""
        return self.page.evaluate("() => fetch('/api/state').then(answer => answer.json())")

    def wait_for(self, expression: str, argument=None, seconds: float = PATIENCE / 1000) -> None:
        self.page.wait_for_function(expression, arg=argument, timeout=seconds * 1000)

    def wait_for_state(self, condition, what: str, seconds: float = PATIENCE / 1000) -> dict:
        """Waits on the studio's own state, which does not depend on the page."""
        found: dict = {}

        def holds() -> bool:
            found.clear()
            found.update(self.studio.get("state"))
            self.page.evaluate("() => 0")  # Lets Playwright deliver the page's events meanwhile.
            return bool(condition(found))

        check(bool(wait(holds, seconds)), what)
        return found

    def set_language(self, name: str) -> None:
        """`en` or `zh`."""
        if self.page.locator("html").get_attribute("lang")[:2] != name:
            self.one("language").click()
            self.wait_for("name => document.documentElement.lang.startsWith(name)", name)
            self.wait_until_quiet()

    # What must hold for each view

    def check_width(self, what: str) -> None:
        wide = self.page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
                .slice(-3).map(one => `${one.tagName}.${one.className}`)""")
        check(not wide and self.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"),
              f"{what}: nothing is wider than the window {wide}")

    def check_rules(self, what: str) -> None:
        """axe-core's rules of WCAG 2.2 A and AA, and its best practices."""
        if not self.has_axe:
            self.page.evaluate(axe_source() + "; 0")
            self.has_axe = True
        found = self.page.evaluate("""() => axe.run(document, {resultTypes: ['violations']}).then(result =>
            result.violations.map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => `${node.target.join(' ')} `
                + (node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? '')).join(' | ')}`))""")
        check(not found, f"{what}: axe finds nothing {found[:6]}")

    def check_words(self, what: str) -> None:
        """No key of the table of words is shown, and no gap of a sentence."""
        found = self.page.evaluate(r"""() => [...new Set([...document.body.innerText.matchAll(
            /\b(?:data|label|clean|train|results|try|use|runs|keys|upload|viewer|job|nav|app)\.[a-z]\w*(?:\.\w+)*\b|\{\w+\}|\bundefined\b|\bNaN\b|\[object \w+\]/g)]
            .map(one => one[0]))].filter(one => !/\.(jpe?g|png|safetensors|onnx|csv|pth)$/.test(one))""")
        check(not found, f"{what}: all words are there {found[:5]}")

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=False)

    def close(self) -> None:
        self.context.close()


class Desk:
    """The photo that is to be labeled, in the view Label."""

    def __init__(self, tab: StudioPage):
        self.tab = tab

    def next(self, before: str | None = None) -> str | None:
        """Waits for another photo, and returns its file's name; none if nothing is left."""
        self.tab.wait_for("""before => {
            const seen = one => one && one.checkVisibility();
            const name = document.querySelector('[data-testid="label-photo"] .stage-name');
            return seen(name) ? name.textContent && name.textContent !== before : seen(document.querySelector('.label-body .empty'));
        }""", before)
        name = self.tab.one("label-photo").locator(".stage-name")
        return Path(name.inner_text()).name if name.is_visible() else None

    def keys(self) -> dict[int, str]:
        """The key of each class."""
        return {int(one.get_attribute("data-class")): one.get_attribute("data-key") for one in self.tab.one("label-class").all()}


@contextlib.contextmanager
def opened(browser, studio: Studio, **options):
    """A tab that opened the studio with the cookie of the script."""
    if not studio.cookie:
        studio.log_in()
    name, _, value = studio.cookie.partition("=")
    cookie = {"name": name, "value": value, "domain": HOST, "path": "/", "httpOnly": True, "sameSite": "Strict"}
    tab = StudioPage(browser, studio, cookies=[cookie], **options)
    try:
        tab.page.goto(studio.url)
        expect(tab.one("nav-data")).to_be_visible()
        yield tab
    finally:
        tab.close()
