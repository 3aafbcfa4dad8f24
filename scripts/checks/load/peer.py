"""A classifier with OpenVINO and Pillow for the peers of `compare.py`: bytes of an image file in, classes out."""

import io
import os
import threading

import numpy
import openvino
from PIL import Image

MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32) * 255
SCALE = 1 / (numpy.array([0.229, 0.224, 0.225], numpy.float32) * 255)
SHORT, CROP = 256, 224


def pixels(contents: bytes) -> numpy.ndarray:
    """Returns float32 [1, 3, crop, crop]: torchvision's Resize, CenterCrop and Normalize."""
    with Image.open(io.BytesIO(contents)) as image:
        image = image.convert("RGB")
    width, height = image.size
    size = (SHORT, SHORT * height // width) if width <= height else (SHORT * width // height, SHORT)
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = (round((side - CROP) / 2) for side in size)
    values = numpy.asarray(image.crop((left, top, left + CROP, top + CROP)), numpy.float32)
    return numpy.ascontiguousarray(((values - MEAN) * SCALE).transpose(2, 0, 1)[None])


class Classifier:
    """The model of APUS_PEER_MODEL, on APUS_PEER_THREADS threads. Any thread may call it."""

    def __init__(self):
        core = openvino.Core()
        self.compiled = core.compile_model(os.environ["APUS_PEER_MODEL"], "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": int(os.environ["APUS_PEER_THREADS"])})
        self.local = threading.local()

    def __call__(self, contents: bytes) -> list[dict]:
        """Returns the five most probable classes."""
        if not hasattr(self.local, "request"):
            self.local.request = self.compiled.create_infer_request()
        logits = self.local.request.infer({0: pixels(contents)})[0][0]
        values = numpy.exp(logits - logits.max())
        values /= values.sum()
        best = numpy.argsort(-values)[:5]
        return [{"index": int(index), "probability": float(values[index])} for index in best]
