#!/usr/bin/env python3
"""Writes the results of torchvision's make_grid, pytorch-grad-cam and Captum.

    Tests/Goldens/explanation/grids.safetensors  grids of images from the formula in goldens.py
    Tests/Goldens/explanation/heat.safetensors   heat maps NETWORK/METHOD of small networks with weights from that formula

Eigen-CAM's sign is arbitrary; pytorch-grad-cam's own sign correction is applied.
Written with torch 2.13.0, torchvision 0.28.0, grad-cam 1.5.7 and captum 0.9.0.
"""

import torch
from torch import nn

# First, because it makes torchvision loadable for the following imports.
from goldens import GOLDENS, fill, formula, torchvision, write_tensors
from captum.attr import IntegratedGradients, NoiseTunnel, Occlusion, Saliency
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, ScoreCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection_with_sign_correction
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer
from torchvision.utils import make_grid

SIDE, TARGET = 32, 3


class SignedEigenCAM(EigenCAM):
    def get_cam_image(self, input_tensor, target_layer, target_category, activations, grads, eigen_smooth):
        return get_2d_projection_with_sign_correction(activations)


CAMS = {"grad-cam": GradCAM, "grad-cam++": GradCAMPlusPlus, "eigen-cam": SignedEigenCAM, "score-cam": ScoreCAM}


def grids() -> None:
    images = formula(5, 3, 4, 6)
    gray = formula(3, 1, 4, 5, k=-2)
    write_tensors(GOLDENS / "explanation/grids.safetensors", {
        "plain": make_grid(images),
        "rows of 2": make_grid(images, nrow=2, padding=1, pad_value=0.5),
        "normalized": make_grid(images, nrow=3, normalize=True),
        "scaled each": make_grid(images, nrow=3, normalize=True, scale_each=True),
        "range": make_grid(images, normalize=True, value_range=(-0.5, 0.25)),
        "range each": make_grid(images, normalize=True, value_range=(-0.5, 0.25), scale_each=True),
        "grey": make_grid(gray, padding=0),
        "one": make_grid(images[0], normalize=True),
        "one grey": make_grid(gray[0, 0]),
        "one of several": make_grid(images[:1]),
        "flat": make_grid(torch.full((2, 3, 2, 2), 0.25), normalize=True),
        "list": make_grid([images[0], images[1]], padding=3),
        # Rounded as in save_image, one value per byte.
        "bytes": make_grid(images).mul(255).add_(0.5).clamp_(0, 255).permute(1, 2, 0).to("cpu", torch.uint8),
    })


def network(name: str) -> tuple[nn.Module, nn.Module, callable]:
    """The network, the layer, and how its result becomes maps."""
    match name:
        case "squeezenet1_1":
            model = torchvision.models.squeezenet1_1(num_classes=5)
            return model, model.features[4], None
        case "vit":
            model = VisionTransformer(SIDE, 8, 2, 2, 8, 16, num_classes=5)
            return model, model.encoder.layers[-1].ln_1, lambda t: t[:, 1:].reshape(-1, 4, 4, 8).permute(0, 3, 1, 2)
        case "swin":
            model = SwinTransformer([4, 4], 16, [2, 2, 2, 2], [1, 2, 4, 8], [4, 4], num_classes=5)
            return model, model.features[1][1].norm1, lambda t: t.permute(0, 3, 1, 2)


def heat() -> None:
    x = formula(1, 3, SIDE, SIDE)
    results = {}
    for name in ("squeezenet1_1", "vit", "swin"):
        model, layer, reshape = network(name)
        fill(model).eval()
        for method, kind in CAMS.items():
            with kind(model=model, target_layers=[layer], reshape_transform=reshape) as cam:
                values = cam(input_tensor=x.clone(), targets=[ClassifierOutputTarget(TARGET)])[0]
            results[f"{name}/{method}"] = torch.from_numpy(values)
    model = fill(network("squeezenet1_1")[0]).eval()
    results["squeezenet1_1/gradient"] = Saliency(model).attribute(x.clone().requires_grad_(), target=TARGET).sum(1)[0]
    torch.manual_seed(11)
    results["squeezenet1_1/smooth-grad"] = NoiseTunnel(Saliency(model)).attribute(
        x.clone().requires_grad_(), nt_samples=6, stdevs=0.2 * float(x.max() - x.min()), target=TARGET).sum(1)[0]
    results["squeezenet1_1/integrated-gradients"] = IntegratedGradients(model).attribute(
        x.clone().requires_grad_(), target=TARGET, n_steps=20).sum(1)[0].float()
    results["squeezenet1_1/occlusion"] = Occlusion(model).attribute(
        x, sliding_window_shapes=(3, 8, 8), strides=(3, 5, 5), target=TARGET)[0, 0]
    write_tensors(GOLDENS / "explanation/heat.safetensors", {k: v.float() for k, v in results.items()})


if __name__ == "__main__":
    grids()
    heat()
