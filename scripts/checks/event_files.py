#!/usr/bin/env python3
"""Reads an event file of Apus with TensorBoard's own readers, and prints the content.

    scripts/checks/event_files.py FILE              print its content
    scripts/checks/event_files.py FILE --expected   compare it with the file of the test TensorBoardTests

Needs the package tensorboard (pip install tensorboard). The test writes its file to the path in APUS_EVENT_FILE.
"""

import struct

from tensorboard.backend.event_processing import event_file_loader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from checks import parser

# The content that the test writes.
SCALARS = {
    "loss/training": [(step, 2.0 / (step + 1)) for step in range(20)],
    "learning_rate": [(step, 0.001 * 0.5**step) for step in range(20)],
}
HISTOGRAM = {"tag": "weights", "step": 19, "num": 1000, "min": -5.0, "max": 4.99, "sum": -5.0}
IMAGE = {"tag": "image", "step": 19, "width": 2, "height": 3}
TEXT = {"tag": "note", "text": "**bold** and ü"}


def single(value):
    """A double rounded to single precision."""
    return struct.unpack("f", struct.pack("f", value))[0]


def read(path):
    """The content that the accumulator, which sorts by kind, and both loaders read."""
    accumulator = EventAccumulator(
        path, size_guidance={"scalars": 0, "images": 0, "histograms": 0, "tensors": 0, "compressedHistograms": 1}
    )
    accumulator.Reload()
    events = list(event_file_loader.EventFileLoader(path).Load())
    legacy = list(event_file_loader.LegacyEventFileLoader(path).Load())
    assert len(events) == len(legacy), "the two loaders disagree"
    return accumulator, events


def tell(path):
    accumulator, events = read(path)
    print(f"{path}: {len(events)} events, version {events[0].file_version if events else None}")
    tags = accumulator.Tags()
    for tag in tags["scalars"]:
        curve = accumulator.Scalars(tag)
        print(f"  scalar {tag}: {len(curve)} points, {curve[0].value:g} to {curve[-1].value:g}")
    for tag in tags["images"]:
        for image in accumulator.Images(tag):
            print(f"  image {tag}: step {image.step}, {image.width} x {image.height}")
    for tag in tags["histograms"]:
        for event in accumulator.Histograms(tag):
            value = event.histogram_value
            print(f"  histogram {tag}: step {event.step}, {value.num:g} values from {value.min:g} to {value.max:g}")
    for tag in tags["tensors"]:
        print(f"  tensor {tag}: {len(accumulator.Tensors(tag))}")


def compare(path):
    accumulator, events = read(path)
    assert events[0].file_version == "brain.Event:2"
    assert len(events) == 22, len(events)
    tags = accumulator.Tags()
    assert sorted(tags["scalars"]) == sorted(SCALARS), tags["scalars"]
    for tag, points in SCALARS.items():
        found = [(event.step, event.value, event.wall_time) for event in accumulator.Scalars(tag)]
        assert found == [(step, single(value), 1000.0 + step) for step, value in points], tag
    (image,) = accumulator.Images(IMAGE["tag"])
    assert (image.step, image.width, image.height) == (IMAGE["step"], IMAGE["width"], IMAGE["height"])
    assert image.encoded_image_string.startswith(b"\x89PNG")
    (event,) = accumulator.Histograms(HISTOGRAM["tag"])
    value = event.histogram_value
    assert event.step == HISTOGRAM["step"]
    assert (value.num, value.min, value.max) == (HISTOGRAM["num"], HISTOGRAM["min"], HISTOGRAM["max"])
    assert abs(value.sum - HISTOGRAM["sum"]) < 1e-9
    assert sum(value.bucket) == HISTOGRAM["num"] and len(value.bucket) == len(value.bucket_limit)
    (text,) = accumulator.Tensors(TEXT["tag"])
    assert text.tensor_proto.string_val[0].decode() == TEXT["text"]
    assert accumulator.SummaryMetadata(TEXT["tag"]).plugin_data.plugin_name == "text"

    # The basis of TensorBoard's pages: the newer loader converts every value to a tensor of a plugin.
    plugins = {}
    for loaded in events:
        for summary in loaded.summary.value:
            if summary.metadata.plugin_data.plugin_name:
                plugins[summary.tag] = summary.metadata.plugin_data.plugin_name
    assert plugins == {
        "loss/training": "scalars", "learning_rate": "scalars", "image": "images", "weights": "histograms",
        "note": "text",
    }, plugins
    print(f"{path}: as expected")


def main():
    flags = parser(__doc__, has_apus=False)
    flags.add_argument("file")
    flags.add_argument("--expected", action="store_true")
    options = flags.parse_args()
    (compare if options.expected else tell)(options.file)


if __name__ == "__main__":
    main()
