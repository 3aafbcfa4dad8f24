#!/usr/bin/env python3
"""Compares the maps of `apus explain` with pytorch-grad-cam and Captum, on the same weights and images.

    scripts/checks/explanations.py --data FOLDER [--apus PATH] [--images N] [--method METHOD ...] [NETWORK ...]

FOLDER is the folder of real photos and weights. Networks: mobilenet_v2 and squeezenet1_1 with real weights, resnet18 with
pretrained features and a random head, vit_b_32, swin_t and swin_v2_t with random weights; by default all. For each network
and method it prints the minimum and mean correlation of the maps over the images, and exits with 1 if one is below
0.99. Eigen-CAM's sign is arbitrary, so pytorch-grad-cam's own sign correction is applied.
Written for torch 2.13, torchvision 0.28, grad-cam 1.5.7, captum 0.9.0 and safetensors 0.8.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from checks import Apus, parser
from goldens import DEVIATION, MEAN, preprocessing, torchvision
from explanation import CAMS
from captum.attr import IntegratedGradients, NoiseTunnel, Occlusion, Saliency
from PIL import Image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

SAMPLES, NOISE, SEED, STEPS, WINDOW, STRIDE = 8, 0.15, 7, 50, 32, 16
REAL = {
    "mobilenet_v2": "mobilenet_v2-b0353104.pth",
    "squeezenet1_1": "squeezenet1_1-torchvision-fp16rounded.pth",
    "resnet18": "resnet18-backbone-fp16rounded-bnrecal.pth",
}
# The layer, in Apus and in torchvision, and how its result becomes maps.
LAYERS = {
    "mobilenet_v2": ("features", lambda m: m.features, None),
    "squeezenet1_1": ("features", lambda m: m.features, None),
    "resnet18": ("layer4", lambda m: m.layer4, None),
    "vit_b_32": (
        "encoder.layers.encoder_layer_11.ln_1",
        lambda m: m.encoder.layers[-1].ln_1,
        lambda t: t[:, 1:, :].reshape(t.size(0), 7, 7, t.size(2)).permute(0, 3, 1, 2),
    ),
    "swin_t": ("features.7.1.norm1", lambda m: m.features[7][1].norm1, lambda t: t.permute(0, 3, 1, 2)),
    "swin_v2_t": ("norm", lambda m: m.norm, lambda t: t.permute(0, 3, 1, 2)),
}
# Score-CAM passes the image once for each channel, so it uses a layer with fewer. Vision transformers have no such
# layer.
SCORED = {
    "mobilenet_v2": ("features.13", lambda m: m.features[13], None),
    "squeezenet1_1": ("features.3", lambda m: m.features[3], None),
    "resnet18": ("layer1", lambda m: m.layer1, None),
    "swin_t": ("features.1", lambda m: m.features[1], lambda t: t.permute(0, 3, 1, 2)),
    "swin_v2_t": ("features.1.0.norm1", lambda m: m.features[1][0].norm1, lambda t: t.permute(0, 3, 1, 2)),
}
PIXELS = ["gradient", "smooth-grad", "integrated-gradients", "occlusion"]


def build(name: str, data: Path) -> torch.nn.Module:
    torch.manual_seed(3)
    model = torchvision.models.get_model(name, weights=None)
    if name in REAL:
        state = torch.load(data / "weights" / REAL[name], map_location="cpu", weights_only=True)
        model.load_state_dict({key: value.float() for key, value in state.items()}, strict=False)
    else:
        # torchvision initializes a vision transformer's head with zeros, which explains nothing.
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                torch.nn.init.normal_(module.weight, std=0.05)
    return model.eval()


def expected(model: torch.nn.Module, name: str, method: str, x: torch.Tensor, target: int) -> np.ndarray:
    if method in CAMS:
        _, layer, reshape = (SCORED if method == "score-cam" else LAYERS)[name]
        with CAMS[method](model=model, target_layers=[layer(model)], reshape_transform=reshape) as cam:
            return cam(input_tensor=x.clone(), targets=[ClassifierOutputTarget(target)])[0]
    stdevs = NOISE * float(x.max() - x.min())
    x = x.clone().requires_grad_(True)
    if method == "gradient":
        values = Saliency(model).attribute(x, target=target)
    elif method == "smooth-grad":
        torch.manual_seed(SEED)
        values = NoiseTunnel(Saliency(model)).attribute(x, nt_samples=SAMPLES, stdevs=stdevs, target=target)
    elif method == "integrated-gradients":
        values = IntegratedGradients(model).attribute(x, target=target, n_steps=STEPS, internal_batch_size=10)
    else:
        with torch.no_grad():
            values = Occlusion(model).attribute(
                x, sliding_window_shapes=(3, WINDOW, WINDOW), strides=(3, STRIDE, STRIDE), target=target
            )[:, :1]
    return values.sum(1)[0].detach().numpy()


def found(apus: Apus, weights: Path, name: str, method: str, images: list[Path], classes: list[int], folder: Path):
    """Apus' maps. Images are explained for the class that PyTorch predicts, which Apus must predict, too."""
    values = folder / "values.safetensors"
    flags = {
        "gradient": [], "smooth-grad": ["--samples", SAMPLES, "--noise", NOISE, "--seed", SEED],
        "integrated-gradients": ["--steps", STEPS], "occlusion": ["--window", WINDOW, "--stride", STRIDE],
    }
    layer = ["--layer", (SCORED if method == "score-cam" else LAYERS)[name][0]] if method in CAMS else flags[method]
    printed = apus("explain", weights, *images, "--method", method, "--values", values, "--format", "json", "--out",
                   folder / "out", *layer)
    told = [json.loads(line)["target"]["index"] for line in printed.splitlines()]
    if told != classes:
        sys.exit(f"{name}: Apus predicts {told}, PyTorch {classes}")
    tensors = load_file(values)
    return [tensors[str(image)].numpy() for image in images]


def main() -> None:
    flags = parser(__doc__)
    flags.add_argument("--data", type=Path, required=True)
    flags.add_argument("--images", type=int, default=3)
    flags.add_argument("--method", action="append", choices=[*CAMS, *PIXELS])
    flags.add_argument("networks", nargs="*", metavar="NETWORK", default=[])
    arguments = flags.parse_args()
    photos = sorted((arguments.data / "datasets/imagenet_samples_256").glob("*/*"))
    images = photos[:: max(1, len(photos) // arguments.images)][: arguments.images]
    crop = torchvision.transforms.CenterCrop(224)
    failed = False
    print(f"{'network':14} {'method':22} {'least':>9} {'mean':>9}")
    for name in arguments.networks or LAYERS:
        model = build(name, arguments.data)
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            prepared, inputs, classes = [], [], []
            for number, path in enumerate(images):
                # Both use the same pixels: the short side equals the network's input, so no resize is needed.
                image = crop(Image.open(path).convert("RGB"))
                prepared.append(folder / f"{number}.png")
                image.save(prepared[-1])
                inputs.append(preprocessing(224)(image)[None])
                with torch.no_grad():
                    classes.append(int(model(inputs[-1]).argmax()))
            weights = folder / "weights.safetensors"
            description = {
                "architecture": name,
                "classes": [str(number) for number in range(1000)],
                "preprocessing": {"resizeShortSide": 224, "cropSize": 224, "mean": MEAN, "standardDeviation": DEVIATION},
            }
            state = {key: value.contiguous() for key, value in model.state_dict().items()}
            save_file(state, weights, metadata={"format": "pt", "apus": json.dumps({"version": 1, "model": description})})
            for method in arguments.method or [*CAMS, *PIXELS]:
                if method == "score-cam" and name not in SCORED:
                    continue
                ours = found(arguments.apus, weights, name, method, prepared, classes, folder)
                correlations = [
                    np.corrcoef(a.ravel(), expected(model, name, method, x, c).ravel())[0, 1]
                    for a, x, c in zip(ours, inputs, classes)
                ]
                least, mean = min(correlations), float(np.mean(correlations))
                failed |= not least >= 0.99
                print(f"{name:14} {method:22} {least:9.6f} {mean:9.6f}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
