"""Expertly tuned PyTorch: worker processes, batches, channels last, bfloat16, optionally torch.compile."""

import contextlib

import torch
from training import SmallCNN, replace_head, train_and_validate, training_data

from shared import Stopwatch, arguments, files, loader, network, report, report_forward, report_labels


def autocast(options):
    if options.precision == "bfloat16":
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def tuned(options, model):
    model = model.to(memory_format=torch.channels_last)
    return torch.compile(model) if options.compile else model


def channels_last(images):
    return images.contiguous(memory_format=torch.channels_last)


def labels(options):
    model = tuned(options, network(options))
    paths = files(options.images)
    answers, clock = [], Stopwatch()
    with torch.inference_mode(), autocast(options):
        for batch in loader(options, paths):
            answers += model(channels_last(batch)).argmax(1).tolist()
    report_labels(options, paths, answers, clock.seconds)


def forward(options):
    plain = network(options)

    def make(model, form):
        def prepared(batch):
            images = form(torch.rand(batch, 3, 224, 224))

            def once():
                with torch.inference_mode(), autocast(options):
                    model(images)

            return once

        return prepared

    if options.precision == "float32":
        report_forward(options, make(plain, lambda images: images), kind="eager")
    report_forward(options, make(tuned(options, plain), channels_last), kind="channels last")


def epoch(options):
    torch.manual_seed(0)
    training, validation = training_data(options)
    classes = len(training.dataset.dataset.classes)
    model = SmallCNN(classes) if options.model == "small_cnn" else network(options)
    mode = None
    if options.strategy == "frozen":
        model.requires_grad_(False)
    if options.model != "small_cnn":
        replace_head(model, classes)
    if options.strategy == "frozen":
        # A frozen part in evaluation mode is correct, and faster.
        mode = model.eval
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if options.optimizer == "adam":
        optimizer = torch.optim.Adam(trained, lr=0.001, fused=True)
    else:
        optimizer = torch.optim.SGD(trained, lr=0.001, momentum=0.9, fused=True)
    report(**train_and_validate(
        tuned(options, model), optimizer, training, validation, lambda: autocast(options), channels_last, mode))


if __name__ == "__main__":
    options = arguments(__doc__, "labels", "forward", "epoch")
    {"labels": labels, "forward": forward, "epoch": epoch}[options.work](options)
