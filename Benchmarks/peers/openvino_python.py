"""OpenVINO from Python, fed by a DataLoader: the throughput hint and a queue of requests, as its guide recommends."""

import numpy
import openvino

from shared import Stopwatch, arguments, files, loader, report_forward, report_labels

PRECISION = {"float32": "f32", "bfloat16": "bf16"}


def compiled(options, batch, hint):
    core = openvino.Core()
    model = core.read_model(options.onnx)
    model.reshape([batch, 3, 224, 224])
    return core.compile_model(
        model, "CPU", {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": PRECISION[options.precision]})


def labels(options):
    size = options.batch[0]
    model = compiled(options, size, "THROUGHPUT")
    paths = files(options.images)
    answers = [None] * len(paths)

    def take(request, first):
        found = request.get_output_tensor().data.argmax(1).tolist()
        answers[first:first + size] = found[:len(paths) - first]

    queue = openvino.AsyncInferQueue(model)
    queue.set_callback(take)
    clock = Stopwatch()
    for number, batch in enumerate(loader(options, paths)):
        images = batch.numpy()
        if len(images) < size:
            images = numpy.concatenate([images, numpy.zeros((size - len(images), 3, 224, 224), numpy.float32)])
        queue.start_async({0: images}, number * size)
    queue.wait_all()
    report_labels(options, paths, answers, clock.seconds)


def forward(options):
    """One batch at a time with all cores; and several in flight."""

    def one(batch):
        request = compiled(options, batch, "LATENCY").create_infer_request()
        request.set_input_tensor(openvino.Tensor(numpy.random.rand(batch, 3, 224, 224).astype(numpy.float32)))
        return request.infer

    report_forward(options, one, kind="one")

    for batch in options.batch:
        queue = openvino.AsyncInferQueue(compiled(options, batch, "THROUGHPUT"))
        images = numpy.random.rand(batch, 3, 224, 224).astype(numpy.float32)
        count = 4 * len(queue)

        def many():
            for _ in range(count):
                queue.start_async({0: images})
            queue.wait_all()

        # `many` passes `count` batches, so it is measured as one batch with all their images.
        whole = type(options)(**{**vars(options), "batch": [batch * count]})
        report_forward(whole, lambda _: many, kind="many", size=batch)


if __name__ == "__main__":
    options = arguments(__doc__, "labels", "forward")
    {"labels": labels, "forward": forward}[options.work](options)
