#!/usr/bin/env python3
"""Compare 'apus embed' with torchvision's features and scikit-learn's maps.

    scripts/checks/embeddings.py DATA WEIGHTS [--apus PATH]

WEIGHTS is torchvision's mobilenet_v2 file. Features are compared with those that torchvision's network computes from
Pillow's images; PCA with scikit-learn's; t-SNE with scikit-learn's by divergence, trustworthiness and time.
"""

import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

from checks import parser
from goldens import preprocessing, torchvision


def embed(apus, data, *options):
    started = time.time()
    return apus("embed", "mobilenet_v2", data, *options), time.time() - started


def positions(text):
    return np.array([(point["x"], point["y"]) for point in json.loads(text)["points"]])


def main():
    flags = parser(__doc__)
    flags.add_argument("data", type=Path)
    flags.add_argument("weights")
    options = flags.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "features.safetensors"
        _, seconds = embed(options.apus, options.data, "--out", file)
        with safe_open(file, "np") as opened:
            features = opened.get_tensor("features")
            paths = json.loads(opened.metadata()["paths"])
    print(f"{len(paths)} images, {features.shape[1]} features each, in {seconds:.1f} s")

    network = torchvision.models.mobilenet_v2()
    network.load_state_dict(torch.load(options.weights))
    network.eval()
    prepare = preprocessing()
    chosen = np.linspace(0, len(paths) - 1, 64).astype(int)
    with torch.inference_mode():
        images = torch.stack([prepare(Image.open(paths[place]).convert("RGB")) for place in chosen])
        wanted = network.features(images).mean((2, 3)).numpy()
    difference = np.abs(features[chosen] - wanted).max()
    print(f"features: largest difference from torchvision's {difference:.1e} (they reach {wanted.max():.1f})")

    found = positions(embed(options.apus, options.data, "--map", "pca", "--format", "json")[0])
    wanted = PCA(2, svd_solver="full").fit_transform(features.astype(np.float64))
    print(f"PCA: largest difference from scikit-learn's {np.abs(found - wanted).max():.1e}")

    text, seconds = embed(options.apus, options.data, "--map", "tsne", "--format", "json")
    started = time.time()
    theirs = TSNE(method="exact", init="pca", random_state=0)
    placed = theirs.fit_transform(features)
    theirs_seconds = time.time() - started
    print(f"{'t-SNE':<14}{'divergence':>11}{'trustworthiness':>17}{'seconds':>9}")
    for name, divergence, places, time_taken in [
            ("apus", json.loads(text)["divergence"], positions(text), seconds),
            ("scikit-learn", theirs.kl_divergence_, placed, theirs_seconds)]:
        print(f"{name:<14}{divergence:>11.4f}{trustworthiness(features, places, n_neighbors=5):>17.4f}"
              f"{time_taken:>9.1f}")


if __name__ == "__main__":
    main()
