"""A process of Apus that classifies images as long as it is needed: a path in, a line of JSON out, in order."""

import json
import os
import subprocess
import threading


class Apus:
    """Runs `apus predict MODEL -`. Each path must be an image file: a folder would have several answers.

    with Apus("model.safetensors") as apus:
        for answer in apus.predict(["cat.jpg", "dog.jpg"]):
            print(answer["file"], answer.get("label"), answer.get("error"))
    """

    def __init__(self, model: str, *options: str, command: str = "apus"):
        # With --null, a name may have line breaks. Messages go to the worker's own standard error, thus into its log.
        arguments = [command, "predict", model, "-", "--null", "--format", "json", "--top", "1", "--quiet", *options]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def predict(self, paths) -> list[dict]:
        """The answers for the paths, in order. An image that can't be read has `error` in place of `label`."""
        paths = list(paths)
        data = [os.fsencode(path) + b"\0" for path in paths]
        # Such a path would have no answer, or two.
        if any(len(path) == 1 or b"\0" in path[:-1] for path in data):
            raise ValueError("a path is empty or has a NUL")
        # Apus answers while it reads: paths and answers move at the same time, because pipes hold little.
        writer = threading.Thread(target=self._write, args=[data], daemon=True)
        writer.start()
        answers = [self._answer(path) for path in paths]
        writer.join()
        return answers

    def _write(self, data: list[bytes]):
        try:
            for path in data:
                self.process.stdin.write(path)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # The process has ended; _answer reports it.

    def _answer(self, path: str) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"apus ended with status {self.process.wait()} before {path}; its log has the reason")
        answer = json.loads(line)
        if answer["file"] != path:
            raise RuntimeError(f"apus answered {answer['file']!r} instead of {path!r}: pass files, not folders")
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        self.process.wait()
