"""Prepares the files of all contenders: images, and networks in the formats of Apus and its peers.

    python Benchmarks/prepare.py --data FOLDER --out FOLDER [--weights FOLDER] [--models NAME...] ...

If FOLDER of weights contains a state dict for a network (a file whose name starts with the network's name), it is used
as far as possible. Missing tensors are random from a fixed seed, and adjusted to the images so that predictions differ.
Speed does not depend on this, but the comparison of predictions does. Existing files stay unchanged.
"""

import argparse
import json
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "peers"))

import torch
from PIL import Image

from shared import DEVIATION, ENDINGS, MEAN, Images, torchvision

ROOT = pathlib.Path(__file__).parent.parent


def copy_images(data, out, count, training_count):
    """`photos/`, the images in one folder; `few/`, at most 300 of them, for measurements of memory;
    `classes/`, the training images, in a folder for each class."""
    photos, few, classes = out / "photos", out / "few", out / "classes"
    stamp = out / "images.json"
    wanted = dict(data=str(data), count=count, training_count=training_count)
    if stamp.exists() and json.loads(stamp.read_text()) == wanted:
        return
    for folder in (photos, few, classes):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    found = sorted(file for file in data.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
    names = []
    for source in spread(found, count):
        try:
            Image.open(source).convert("RGB")
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            continue
        names.append((f"{len(names):05d}{source.suffix.lower()}", source))
        shutil.copyfile(source, photos / names[-1][0])
    if not names:
        sys.exit(f"{data} contains no images ({', '.join(ENDINGS)})")
    for name, source in spread(names, 300):
        os.link(photos / name, few / name)
    for name, source in spread(names, training_count):
        folder = classes / source.parent.name
        folder.mkdir(exist_ok=True)
        os.link(photos / name, folder / name)
    stamp.write_text(json.dumps(wanted))
    print(f"{len(names)} images of {len(list(classes.iterdir()))} classes from {data}")


def spread(items, count):
    """`count` evenly spaced items, so that every class is represented."""
    count = min(count, len(items))
    return [items[index * len(items) // count] for index in range(count)]


def make_large_images(out, count=16):
    """`large/`: images of 12 megapixels, like those of cameras."""
    folder = out / "large"
    if folder.exists():
        return
    partial = out / ".large"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    photos = sorted((out / "photos").iterdir(), key=lambda file: -file.stat().st_size)[:count]
    for number, photo in enumerate(photos):
        image = Image.open(photo).convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC)
        # Enlarged images are smooth. A camera's noise makes its files large and slow to decode.
        noise = Image.effect_noise((4000, 3000), 24)
        noisy = Image.blend(image, Image.merge("RGB", [noise] * 3), 0.15)
        noisy.save(partial / f"{number:02d}.jpg", quality=90)
    partial.rename(folder)
    sizes = [file.stat().st_size for file in folder.iterdir()]
    print(f"{len(sizes)} images of 12 megapixels, {sum(sizes) / len(sizes) / 1e6:.1f} MB each")


@torch.no_grad()
def fit(model, photos, is_random):
    """Makes a network's predictions differ: batch norm statistics (of a random one), and a centered head."""
    images = torch.stack([photos[index * len(photos) // 64] for index in range(64)])
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    if is_random and norms:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
            norm.train()
        model(images)
    model.eval()
    head = next(layer for layer in reversed(list(model.modules())) if isinstance(layer, torch.nn.Linear))
    head.bias.zero_()
    logits = model(images)
    scale = 3 / logits.std(0).mean()
    head.weight.mul_(scale)
    head.bias.copy_(-logits.mean(0) * scale)


def make_model(name, out, weights, photos):
    """`models/NAME.safetensors`, which Apus opens and whose tensors PyTorch loads; `models/NAME.onnx` for the peers."""
    from safetensors.torch import save_file

    file, onnx_file = out / f"models/{name}.safetensors", out / f"models/{name}.onnx"
    if file.exists() and onnx_file.exists():
        return
    file.parent.mkdir(exist_ok=True)
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)().eval()
    found = sorted(weights.glob(f"{name}[-.]*pth")) if weights else []
    missing, source = ["all"], "random, seed 0"
    if found:
        source = found[0].name
        missing = model.load_state_dict(torch.load(found[0], weights_only=True), strict=False).missing_keys
    if missing:
        fit(model, photos, is_random=not found)
    state = {key: tensor.contiguous() for key, tensor in model.state_dict().items()}
    save_file(state, file.with_suffix(".partial"), metadata={"format": "pt", "apus": description(name)})
    torch.onnx.export(
        model, (torch.rand(2, 3, 224, 224),), str(onnx_file), input_names=["images"], output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},), external_data=False, verbose=False)
    file.with_suffix(".partial").rename(file)
    print(f"{name}: {source}" + (f", {len(missing)} tensors fitted" if found and missing else ""))


def description(name):
    """The metadata that Apus stores with the tensors: see Sources/Apus/Model/ModelFile.swift."""
    table = (ROOT / "Sources/TorchVision/Resources/imagenet_classes.tsv").read_text().splitlines()
    preprocessing = dict(
        resizeShortSide=256, cropSize=224, mean=MEAN, standardDeviation=DEVIATION, appliesOrientation=False)
    model = dict(architecture=name, classes=[line.split("\t")[-1] for line in table], preprocessing=preprocessing)
    return json.dumps(dict(version=1, model=model), sort_keys=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--training-images", type=int, default=500)
    parser.add_argument("--weights", type=pathlib.Path)
    parser.add_argument("--models", nargs="+", default=["alexnet", "resnet18", "resnet50", "mobilenet_v2", "densenet121"])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    copy_images(options.data, options.out, options.images, options.training_images)
    make_large_images(options.out)
    photos = Images(sorted((options.out / "photos").iterdir()))
    for name in options.models:
        make_model(name, options.out, options.weights, photos)


if __name__ == "__main__":
    main()
