"""TorchServe's own classifier of images, as a handler for `compare.py`."""

import torch

# torchvision's compiled part does not load with a torch of another build; its Python part needs only these names.
for operator in ("nms", "qnms"):
    try:
        torch.library.define(f"torchvision::{operator}", "(Tensor a, Tensor b, float c) -> Tensor")
    except RuntimeError:
        pass

from ts.torch_handler.image_classifier import ImageClassifier  # noqa: E402


class Handler(ImageClassifier):
    pass
