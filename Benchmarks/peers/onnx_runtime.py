"""ONNX Runtime from Python, fed by a DataLoader."""

import numpy
import onnxruntime

from shared import CORES, Stopwatch, arguments, files, loader, report_forward, report_labels


def session(options, spins=True):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = CORES
    # Threads that spin while they wait would take the cores from the DataLoader's workers.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "1" if spins else "0")
    return onnxruntime.InferenceSession(options.onnx, settings, providers=["CPUExecutionProvider"])


def labels(options):
    model = session(options, spins=False)
    name = model.get_inputs()[0].name
    paths = files(options.images)
    answers, clock = [], Stopwatch()
    for batch in loader(options, paths):
        answers += model.run(None, {name: batch.numpy()})[0].argmax(1).tolist()
    report_labels(options, paths, answers, clock.seconds)


def forward(options):
    model = session(options)
    name = model.get_inputs()[0].name

    def make(batch):
        images = numpy.random.rand(batch, 3, 224, 224).astype(numpy.float32)
        return lambda: model.run(None, {name: images})

    report_forward(options, make)


if __name__ == "__main__":
    options = arguments(__doc__, "labels", "forward")
    {"labels": labels, "forward": forward}[options.work](options)
