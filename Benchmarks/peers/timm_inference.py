"""timm as in its `inference.py`: `create_model`, `create_loader`, batches of 256, two workers. The wheel lacks
that script, so its loop is here with timm's functions. The preprocessing is torchvision's, so that the
predictions can be compared if timm's network accepts torchvision's weights (the ResNets)."""

import pathlib

import torch

from shared import DEVIATION, MEAN, Stopwatch, arguments, report_labels  # before timm, which imports torchvision
import timm

NAMES = {"mobilenet_v2": "mobilenetv2_100"}


def labels(options):
    from safetensors.torch import load_file

    model = timm.create_model(NAMES.get(options.model, options.model), num_classes=1000)
    if options.model not in NAMES:
        model.load_state_dict(load_file(options.weights))
    model.eval()
    dataset = timm.data.create_dataset("", root=options.images, class_map={".": 0, "": 0})
    loader = timm.data.create_loader(
        dataset, input_size=(3, 224, 224), batch_size=256, use_prefetcher=False, interpolation="bilinear", mean=MEAN,
        std=DEVIATION, num_workers=2, crop_pct=224 / 256, device=torch.device("cpu"))
    answers, clock = [], Stopwatch()
    with torch.no_grad():
        for images, _ in loader:
            answers += model(images).softmax(-1).topk(1).indices[:, 0].tolist()
    paths = [pathlib.Path(name) for name in dataset.filenames(basename=True)]
    report_labels(options, paths, answers, clock.seconds)


if __name__ == "__main__":
    labels(arguments(__doc__, "labels"))
