"""The loops of tutorials: PyTorch and torchvision without tuning."""

import time

import torch
from PIL import Image
from training import SmallCNN, replace_head, train_and_validate, training_data

from shared import Stopwatch, arguments, files, network, preprocess, report, report_labels, transforms


def labels(options):
    """Recipe 5: a trained network, image by image."""
    model = network(options)
    transform = preprocess()
    paths = files(options.images)
    answers, clock = [], Stopwatch()
    for path in paths:
        image = Image.open(path).convert("RGB")
        with torch.no_grad():
            output = model(transform(image).unsqueeze(0))
        answers.append(output.argmax(1).item())
    report_labels(options, paths, answers, clock.seconds)


def loader(options):
    """Only Pillow and torchvision's transforms, on one thread: to 8-bit pixels, and to the network's input."""
    torch.set_num_threads(1)
    paths = files(options.images)
    crop = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])
    for name, transform in {"pixels": crop, "normalized": preprocess()}.items():
        passes = []
        for _ in range(3):
            clock, began = Stopwatch(), time.process_time()
            for path in paths:
                transform(Image.open(path).convert("RGB"))
            passes.append((time.process_time() - began, clock.seconds))
        processor, seconds = min(passes[1:])
        report(kind=name, images=len(paths), seconds=seconds, processorSeconds=processor)


def epoch(options):
    """Recipes 1 and 4 (a new head on a frozen backbone), recipe 2 (a small network from scratch), and fine-tuning."""
    torch.manual_seed(0)
    training, validation = training_data(options)
    if options.model == "small_cnn":
        model = SmallCNN(len(training.dataset.dataset.classes))
    else:
        model = network(options)
        if options.strategy == "frozen":
            for parameter in model.parameters():
                parameter.requires_grad = False
        replace_head(model, len(training.dataset.dataset.classes))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if options.optimizer == "adam":
        optimizer = torch.optim.Adam(trained, lr=0.001)
    else:
        optimizer = torch.optim.SGD(trained, lr=0.001, momentum=0.9)
    report(**train_and_validate(model, optimizer, training, validation))


if __name__ == "__main__":
    options = arguments(__doc__, "labels", "loader", "epoch")
    {"labels": labels, "loader": loader, "epoch": epoch}[options.work](options)
