#!/usr/bin/env python3
"""Checks `apus serve` with the programs that people use: all answers must equal those of `apus predict`.

    python3 -m venv venv
    venv/bin/pip install 'tritonclient[http,grpc]' kserve schemathesis requests websocket-client pillow
    venv/bin/python scripts/checks/serve.py --model FILE [--apus PATH] [--images FOLDER] [--count 24]
        [--only PART,...] [--screenshots FOLDER] [--examples 100] [-- SERVER-OPTION ...]

The server gets the model under the name `checked`, and the options after `--`. The parts are

    curl          an image as body, forms with one and several files, JSON with base64, a list with a damaged image
    requests      the examples of docs/serving.md with Python's requests, and 16 connections at the same time
    triton        tritonclient over HTTP and gRPC: JSON and binary tensors, image files and pixels, batches
    kserve        KServe's client over HTTP and gRPC
    schemathesis  requests from the OpenAPI description: no 500, no answer that it does not describe
    page          the page in headless Chromium: a photo is dropped (desktop) and chosen (phone), the answer is read,
                  and no request leaves the server's origin; screenshots are in --screenshots

Pixels are prepared with Pillow from PNG copies of the photos. Needs curl, and Chromium for the page. Exits with 1 if
something differs. The process must not have mapped LibTorch.
"""

import asyncio
import base64
import concurrent.futures
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import Check, parse
from server import HOST, NAME, Server, common, photos, predictions, server_parser

PARTS = ["curl", "requests", "triton", "kserve", "schemathesis", "page"]
ALL = "1000000"  # More classes than a model has.
OUTPUTS = ["probabilities", "logits", "label", "index"]
check = Check()


def shown(expected: dict, top: int) -> dict:
    """An expected answer with so many classes and with logits."""
    return {**common(expected), "top": expected["top"][:top]}


def equals(answer: object, expected: dict, top: int = 5) -> bool:
    return isinstance(answer, dict) and common(answer) == shown(expected, top) and answer.get("model") == NAME


# MARK: curl


def curl(server: Server, *words, given: bytes | None = None, path: str = f"/v1/models/{NAME}/classify") -> object:
    done = subprocess.run(["curl", "--silent", "--show-error", *map(str, words), f"{server.url}{path}?logits=true"],
                          input=given, capture_output=True)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return f"curl: {done.stderr.decode().strip()} {done.stdout[:300]!r}"


def check_curl(server: Server, files: list[Path], expected: dict) -> None:
    first, second, *_ = files
    for what, words in {
        "image/jpeg": ["-H", "Content-Type: image/jpeg", "--data-binary", f"@{first}"],
        "curl's own content type": ["--data-binary", f"@{first}"],
        "no content type": ["-H", "Content-Type:", "--data-binary", f"@{first}"],
        "chunks": ["-H", "Content-Type: image/jpeg", "-H", "Transfer-Encoding: chunked", "--data-binary", f"@{first}"],
        "Expect: 100-continue": ["-H", "Expect: 100-continue", "-H", "Content-Type: image/jpeg", "--data-binary",
                                 f"@{first}"],
        "a form with one file": ["-F", f"image=@{first}"],
    }.items():
        answer = curl(server, *words)
        check(equals(answer, expected[first]), f"curl: {what}" + ("" if isinstance(answer, dict) else f": {answer}"))
    answer = curl(server, "--data-binary", f"@{first}", path="/classify")
    check(equals(answer, expected[first]), "curl: /classify, the only model")
    answer = curl(server, "--data-binary", f"@{first}", path=f"/v1/models/{NAME}/versions/1/classify")
    check(equals(answer, expected[first]), "curl: a version")

    words = [word for file in files for word in ("-F", f"image=@{file}")]
    answer = curl(server, *words)
    check(isinstance(answer, list) and len(answer) == len(files)
          and all(equals(one, expected[file]) and one["file"] == file.name for one, file in zip(answer, files)),
          f"curl: a form with {len(files)} files")
    answer = curl(server, "-F", f"image=@{first}", "-F", "top=2", "-F", "crops=center")
    check(equals(answer, expected[first], top=2), "curl: a form with fields")

    def post(value: dict) -> object:
        return curl(server, "-H", "Content-Type: application/json", "--data-binary", "@-",
                    given=json.dumps(value).encode())

    texts = [base64.b64encode(file.read_bytes()).decode() for file in files]
    check(equals(post({"image": texts[0]}), expected[first]), "curl: JSON with one image")
    answer = post({"images": [texts[0], {"name": "second", "data": texts[1]}], "top": 1})
    check(isinstance(answer, list) and equals(answer[0], expected[first], 1) and equals(answer[1], expected[second], 1)
          and answer[1]["file"] == "second", "curl: JSON with two images")
    answer = post({"images": [base64.b64encode(b"no image").decode(), texts[0]]})
    check(isinstance(answer, list) and set(answer[0]) >= {"error", "code"} and equals(answer[1], expected[first]),
          "curl: a damaged image among two has an error, the other an answer")
    answer = curl(server, "-H", "Content-Type: image/jpeg", "--data-binary", "@-", given=b"no image")
    check(isinstance(answer, dict) and answer.get("code") == "unreadableImage", "curl: a damaged image is refused")


# MARK: requests


def check_requests(server: Server, files: list[Path], expected: dict) -> None:
    import requests

    url = f"{server.url}/v1/models/{NAME}/classify"
    with requests.Session() as session:
        answer = session.post(url, data=files[0].read_bytes(), params={"logits": "true"},
                              headers={"Content-Type": "image/jpeg"}).json()
        check(equals(answer, expected[files[0]]), "requests: an image as body")
        with open(files[0], "rb") as image:
            answer = session.post(url, files={"image": image}, data={"top": 3, "logits": "true"}).json()
        check(equals(answer, expected[files[0]], top=3), "requests: a form")
        described = session.get(f"{server.url}/v1/models/{NAME}").json()
        check(len(described["classes"]) == len(expected[files[0]]["logits"]), "requests: the model's classes")
        answer = session.post(f"{server.url}/v2/models/{NAME}/infer", json={
            "inputs": [{"name": "image", "datatype": "BYTES", "shape": [1],
                        "data": [base64.b64encode(files[0].read_bytes()).decode()]}]}).json()
        check({output["name"]: output["data"] for output in answer["outputs"]}["label"]
              == [expected[files[0]]["label"]], "requests: the Open Inference Protocol")

    def work(place: int) -> bool:
        with requests.Session() as session:
            order = files[place % len(files):] + files[:place % len(files)]
            return all(equals(session.post(url, data=file.read_bytes(), params={"logits": "true"}).json(),
                              expected[file]) for file in order)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        check(all(pool.map(work, range(16))), f"requests: 16 connections with {16 * len(files)} images")


# MARK: Clients of the Open Inference Protocol, which can't be in the same process


def pixels(path: Path, preprocessing: dict):
    """What the network sees, uint8 [crop, crop, 3]: torchvision's Resize and CenterCrop of a Pillow image."""
    import numpy
    from PIL import Image

    with Image.open(path) as image:
        image = image.convert("RGB")
    short, crop = preprocessing["resizeShortSide"], preprocessing["cropSize"]
    width, height = image.size
    size = (short, int(short * height / width)) if width <= height else (int(short * width / height), short)
    kind = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    image = image.resize(size, kind[preprocessing["interpolation"]])
    left, top = (round((side - crop) / 2) if side >= crop else -((crop - side) // 2) for side in size)
    return numpy.asarray(image.crop((left, top, left + crop, top + crop)))


def values(expected: list[dict]) -> dict:
    """The expected outputs of several images."""
    import numpy

    def probabilities(one: dict) -> list[float]:
        by_index = {candidate["index"]: candidate["probability"] for candidate in one["top"]}
        return [by_index[index] for index in range(len(by_index))]

    return {"probabilities": numpy.array([probabilities(one) for one in expected], numpy.float32),
            "logits": numpy.array([one["logits"] for one in expected], numpy.float32),
            "label": numpy.array([[one["label"].encode()] for one in expected], object),
            "index": numpy.array([[one["index"]] for one in expected], numpy.int64)}


def differing(found: dict, expected: dict, names: list[str]) -> list[str]:
    import numpy

    def differs(name: str) -> bool:
        value, right = found[name], expected[name]
        if value is None or value.shape != right.shape:
            return True
        if right.dtype == object:
            # Names are bytes in binary tensors, and text in JSON.
            return [one if isinstance(one, bytes) else str(one).encode() for one in value.flat] != list(right.flat)
        return value.dtype != right.dtype or not numpy.array_equal(value, right)

    if set(found) != set(names):
        return [f"outputs {sorted(found)}"]
    return [name for name in names if differs(name)]


def triton(kind: str, port: int, files: list[Path], copies: list[Path], expected: dict, preprocessing: dict) -> list:
    """The results of tritonclient over HTTP or gRPC."""
    import importlib
    import inspect

    import numpy

    library = importlib.import_module(f"tritonclient.{kind}")
    client = library.InferenceServerClient(f"{HOST}:{port}")
    results: list[tuple[bool, str]] = []
    results.append((client.is_server_live() and client.is_server_ready() and client.is_model_ready(NAME)
                    and client.is_model_ready(NAME, "1"), "live and ready"))
    metadata = client.get_model_metadata(NAME)
    if kind == "grpc":
        named = {one.name: (one.datatype, list(map(int, one.shape))) for one in (*metadata.inputs, *metadata.outputs)}
    else:
        named = {one["name"]: (one["datatype"], list(map(int, one["shape"])))
                 for one in metadata["inputs"] + metadata["outputs"]}
    side, classes = preprocessing["cropSize"], len(expected[files[0]]["logits"])
    results.append((named == {"image": ("BYTES", [-1]), "pixels": ("UINT8", [-1, side, side, 3]),
                              "probabilities": ("FP32", [-1, classes]), "logits": ("FP32", [-1, classes]),
                              "label": ("BYTES", [-1, 1]), "index": ("INT64", [-1, 1])}, f"metadata: {named}"))
    server = client.get_server_metadata()
    results.append(((server.name if kind == "grpc" else server["name"]) == "apus", "the server's name"))

    def tensor(name: str, values, datatype: str, binary: bool):
        made = library.InferInput(name, list(values.shape), datatype)
        if kind == "grpc":
            made.set_data_from_numpy(values)
        else:
            made.set_data_from_numpy(values, binary_data=binary)
        return made

    def output(name: str, binary: bool):
        has_choice = "binary_data" in inspect.signature(library.InferRequestedOutput).parameters
        return library.InferRequestedOutput(name, **({"binary_data": binary} if has_choice else {}))

    def one(what: str, tensors: list, of: list[Path], names: list[str] | None, binary: bool, **options) -> None:
        chosen = None if names is None else [output(name, binary) for name in names]
        try:
            answer = client.infer(NAME, tensors, outputs=chosen, **options)
        except Exception as error:
            results.append((False, f"{what}: {error}"))
            return
        names = names or ["probabilities", "label", "index"]
        found = {name: answer.as_numpy(name) for name in names}
        wrong = differing(found, values([expected[file] for file in of]), names)
        results.append((not wrong, what + "".join(f", differs: {name}" for name in wrong)))

    for binary in (False, True) if kind == "http" else (True,):
        form = "binary" if binary or kind == "grpc" else "JSON"
        for count in (1, 3, 8):
            of = files[:count]
            contents = [file.read_bytes() if binary else base64.b64encode(file.read_bytes()) for file in of]
            array = numpy.array(contents, object)
            one(f"{form}, image files, batch {count}", [tensor("image", array, "BYTES", binary)], of, OUTPUTS, binary)
            stack = numpy.stack([pixels(copy, preprocessing) for copy in copies[:count]])
            one(f"{form}, pixels, batch {count}", [tensor("pixels", stack, "UINT8", binary)], copies[:count], OUTPUTS,
                binary)
        array = numpy.array([[contents[0]]], object)
        one(f"{form}, image file of shape [1, 1], default outputs", [tensor("image", array, "BYTES", binary)],
            files[:1], None, binary, request_id="one", model_version="1")
    try:
        wrong_shape = tensor("pixels", numpy.zeros((1, 7, 7, 3), numpy.uint8), "UINT8", True)
        client.infer(NAME, [wrong_shape])
        results.append((False, "a wrong shape is refused"))
    except Exception as error:
        results.append((str(side) in str(error), f"a wrong shape is refused: {error}"))
    if kind == "grpc":
        # Several requests at the same time on one connection.
        pending: list = []
        done = [client.async_infer(NAME, [tensor("image", numpy.array([file.read_bytes()], object), "BYTES", True)],
                                   lambda result, error, file=file: pending.append((file, result, error)),
                                   outputs=[output("logits", True)]) for file in files]
        limit = time.monotonic() + 60
        while len(pending) < len(done) and time.monotonic() < limit:
            time.sleep(0.01)
        results.append((len(pending) == len(files) and all(
            error is None and not differing({"logits": result.as_numpy("logits")}, values([expected[file]]), ["logits"])
            for file, result, error in pending), f"{len(files)} requests at the same time"))
    client.close()
    return [(ok, f"tritonclient, {kind}: {what}") for ok, what in results]


def kserve_client(port: int, grpc_port: int, files: list[Path], copies: list[Path], expected: dict,
                  preprocessing: dict) -> list:
    """The results of KServe's client."""
    import numpy
    from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig

    results: list[tuple[bool, str]] = []
    url = f"http://{HOST}:{port}"

    def request(name: str, datatype: str, array, of: list[Path], binary: bool):
        tensor = InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        return InferRequest(model_name=NAME, infer_inputs=[tensor], request_id="one"), of

    def requests(binary: bool):
        contents = [file.read_bytes() if binary else base64.b64encode(file.read_bytes()) for file in files[:4]]
        yield "image files", *request("image", "BYTES", numpy.array(contents, object), files[:4], binary)
        stack = numpy.stack([pixels(copy, preprocessing) for copy in copies[:4]])
        yield "pixels", *request("pixels", "UINT8", stack, copies[:4], binary)

    def add(what: str, answer, of: list[Path]) -> None:
        found = {output.name: output.as_numpy() for output in answer.outputs}
        wrong = differing(found, values([expected[file] for file in of]), ["probabilities", "label", "index"])
        results.append((not wrong and answer.id == "one", what + "".join(f", differs: {name}" for name in wrong)))

    async def work() -> None:
        client = InferenceRESTClient(RESTConfig(protocol="v2"))
        results.append((await client.is_server_live(url) and await client.is_server_ready(url)
                        and await client.is_model_ready(url, NAME), "REST: live and ready"))
        for binary in (False, True):
            for what, made, of in requests(binary):
                what = f"REST, {'binary' if binary else 'JSON'}, {what}"
                try:
                    add(what, await client.infer(url, made, model_name=NAME), of)
                except Exception as error:
                    results.append((False, f"{what}: {error!r}"))
        await client.close()
        async with InferenceGRPCClient(f"{HOST}:{grpc_port}") as client:
            results.append((await client.is_server_live() and await client.is_server_ready()
                            and await client.is_model_ready(NAME), "gRPC: live and ready"))
            for what, made, of in requests(True):
                try:
                    add(f"gRPC, {what}", await client.infer(made), of)
                except Exception as error:
                    results.append((False, f"gRPC, {what}: {error!r}"))

    asyncio.run(work())
    return [(ok, f"kserve, {what}") for ok, what in results]


def in_own_process(function, *arguments) -> None:
    """Reports the results of a client. The descriptions of two clients' messages can't be in the same process."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            results = pool.submit(function, *arguments).result()
        except Exception as error:
            results = [(False, f"{function.__name__}: {error!r}")]
    for ok, what in results:
        check(bool(ok), what)


# MARK: schemathesis


def check_schema(server: Server, examples: int, folder: Path) -> None:
    settings = folder / "schemathesis.toml"
    # The statuses of a server without explanations, without a ready model, or with too much work.
    settings.write_text('[checks]\nnot_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501, 503, 504]\n')
    checks = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
              "response_schema_conformance,unsupported_method,allow_header_conformance")
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", settings, "run",
               f"{server.url}/openapi.json", "--checks", checks, "--max-examples", examples, "--seed", "1",
               "--continue-on-failure", "--request-timeout", "60", "--suppress-health-check", "all", "--workers", "1"]
    log = folder / "schemathesis.log"
    with open(log, "w") as output:
        done = subprocess.run([str(word) for word in command], cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    text = log.read_text()
    check(done.returncode == 0, "schemathesis")
    # The end has the failures, or the numbers of tests.
    print("\n".join("     " + line for line in text.splitlines()[-(200 if done.returncode else 25):]))


# MARK: The page


class Browser:
    """Headless Chromium with one page, through the DevTools protocol."""

    def __init__(self, program: str, folder: Path):
        import websocket

        profile = folder / "profile"
        # No name is resolved: a page that asks for another host fails.
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                   "--no-first-run", "--disable-extensions", "--remote-debugging-port=0", "--remote-allow-origins=*",
                   "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={profile}",
                   "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = profile / "DevToolsActivePort"
        limit = time.monotonic() + 60
        while not (port.exists() and port.read_text().count("\n")):
            if time.monotonic() > limit or self.process.poll() is not None:
                sys.exit(f"{program} does not start")
            time.sleep(0.05)
        number, path = port.read_text().split("\n")[:2]
        self.socket = websocket.create_connection(f"ws://{HOST}:{number}{path}", timeout=60)
        self.session, self.number = None, 0
        self.events: list[dict] = []
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self.session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "DOM"):
            self(f"{domain}.enable")

    def __call__(self, method: str, **parameters) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(json.dumps({**message, **({"sessionId": self.session} if self.session else {})}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def value(self, expression: str):
        return self("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait(self, expression: str, seconds: float = 30) -> bool:
        limit = time.monotonic() + seconds
        while not self.value(expression):
            if time.monotonic() > limit:
                return False
            time.sleep(0.05)
        return True

    def take(self, method: str) -> list[dict]:
        """The parameters of all events of a kind."""
        self.value("0")
        return [event["params"] for event in self.events if event.get("method") == method]

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait()


def check_page(server: Server, files: list[Path], expected: dict, screenshots: Path, folder: Path) -> None:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        check(False, "page: Chromium is not installed")
        return
    description = server.get(f"/v1/models/{NAME}")
    browser = Browser(program, folder)
    screenshots.mkdir(parents=True, exist_ok=True)
    try:
        for kind, width, height, scale, file in (("desktop", 1280, 900, 1, files[0]), ("phone", 390, 844, 2, files[1])):
            browser("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                    mobile=kind == "phone")
            browser("Page.navigate", url=f"{server.url}/")
            check(browser.wait(f"document.title === '{NAME}' && !document.querySelector('#about').hidden"),
                  f"page, {kind}: it describes the model")
            if kind == "desktop":
                box = browser.value("(({x, y, width, height}) => [x + width / 2, y + height / 2])"
                                    "(document.querySelector('#zone').getBoundingClientRect())")
                data = {"items": [], "files": [str(file.resolve())], "dragOperationsMask": 1}
                for step in ("dragEnter", "dragOver", "drop"):
                    browser("Input.dispatchDragEvent", type=step, x=box[0], y=box[1], data=data)
            else:
                root = browser("DOM.getDocument")["root"]["nodeId"]
                node = browser("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
                browser("DOM.setFileInputFiles", nodeId=node, files=[str(file.resolve())])
            answered = browser.wait("!document.querySelector('#answer').hidden")
            check(answered, f"page, {kind}: it shows an answer")
            right = expected[file]
            names = description.get("displayNames") or description["classes"]
            wanted = "Unknown" if right.get("unknown") else names[right["index"]]
            verdict = browser.value("document.querySelector('#verdict').textContent")
            if "labels" not in right:
                check(verdict == wanted, f"page, {kind}: {verdict}")
            bars = browser.value("[...document.querySelectorAll('#bars li span')].map(one => one.textContent)")
            check(bars == [names[one["index"]] for one in right["top"][:5]], f"page, {kind}: bars of {bars}")
            check(browser.value("document.documentElement.scrollWidth <= innerWidth"),
                  f"page, {kind}: nothing is cut off")
            focused = set()
            for _ in range(12):
                for step in ("keyDown", "keyUp"):
                    browser("Input.dispatchKeyEvent", type=step, key="Tab", code="Tab", windowsVirtualKeyCode=9)
                focused.add(browser.value("document.activeElement.id"))
            check("choose" in focused, f"page, {kind}: the keyboard reaches the button")
            browser.value("document.activeElement.blur(); scrollTo(0, 0)")
            # Bars grow for a moment.
            browser.wait("document.getAnimations().every(one => one.playState !== 'running')", 3)
            browser.screenshot(screenshots / f"{kind}.png")
        browser("Emulation.clearDeviceMetricsOverride")
        browser("Page.navigate", url=f"{server.url}/docs")
        check(browser.wait("document.readyState === 'complete' && document.body.innerText.includes('classify')"),
              "page: /docs shows the interface")
        browser.screenshot(screenshots / "docs.png")
        asked = [event["request"]["url"] for event in browser.take("Network.requestWillBeSent")]
        outside = [url for url in asked if not re.match(rf"{re.escape(server.url)}/|data:|blob:|about:", url)]
        check(len(asked) > 6 and not outside, f"page: {len(asked)} requests, none to another origin {outside[:5]}")
        problems = [event["entry"]["text"] for event in browser.take("Log.entryAdded")
                    if event["entry"]["level"] == "error"]
        problems += [event["exceptionDetails"]["text"] for event in browser.take("Runtime.exceptionThrown")]
        check(not problems, f"page: no errors in the browser's log {problems[:5]}")
    finally:
        browser.close()
    policy = server.request("GET", "/")[1].get("content-security-policy", "")
    check("default-src" in policy and "unsafe" not in policy and "http" not in policy, f"page: {policy}")
    print(f"     screenshots: {screenshots}")


# MARK: All


def main() -> None:
    made = server_parser(__doc__)
    made.add_argument("--count", type=int, default=24, help="the number of photos, at least 8")
    made.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help="parts to check")
    made.add_argument("--screenshots", type=Path, default=Path("screenshots"))
    made.add_argument("--examples", type=int, default=100, help="examples of schemathesis for each operation")
    options, server_options = parse(made)
    if unknown := set(options.only) - set(PARTS):
        sys.exit(f"no part is called {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    from PIL import Image

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = photos(options.images, max(8, options.count))
        copies = []
        for place, file in enumerate(files[:8]):
            copies.append(folder / f"{place}.png")
            with Image.open(file) as image:
                image.convert("RGB").save(copies[-1])
        found = predictions(options.apus, options.model, [*files, *copies], "--top", ALL)
        expected = {file: found[str(file)] for file in (*files, *copies)}
        if failed := [file for file in expected if "error" in expected[file]]:
            sys.exit(f"{failed[0]}: {expected[failed[0]]['error']}")
        with Server(options.apus, f"{NAME}={options.model}", options=server_options) as server:
            preprocessing = server.get(f"/v1/models/{NAME}")["preprocessing"]
            if "curl" in options.only:
                check_curl(server, files, expected)
            if "requests" in options.only:
                check_requests(server, files, expected)
            if "triton" in options.only:
                for kind, port in (("http", server.port), ("grpc", server.grpc_port)):
                    in_own_process(triton, kind, port, files, copies, expected, preprocessing)
            if "kserve" in options.only:
                in_own_process(kserve_client, server.port, server.grpc_port, files, copies, expected, preprocessing)
            if "schemathesis" in options.only:
                check_schema(server, options.examples, folder)
            if "page" in options.only:
                check_page(server, files, expected, options.screenshots, folder)
            loaded = [name for name in server.libraries() if re.match(r"lib(torch|c10|ApusTorch)", name)]
            check(server.is_running and not loaded, f"the server runs, without LibTorch {loaded}")
            status, answer = server.classify(files[0].read_bytes())
            check(status == 200 and equals(answer, expected[files[0]]), "the server still answers")
            print(f"     resident memory: {server.memory():.0f} MB")
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
