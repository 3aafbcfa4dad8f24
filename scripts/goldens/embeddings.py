#!/usr/bin/env python3
"""Writes Tests/Goldens/embeddings/: results of scikit-learn and cleanlab for small data sets.

`maps.json`: principal components, t-SNE's joint probabilities, divergence and gradient, and a logistic regression.
`labels.json`: labels, some of them wrong, probabilities, and the results of cleanlab. Written with scikit-learn 1.9
and cleanlab 2.9.
"""

import json
import warnings

import numpy as np
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE, _t_sne, trustworthiness

from goldens import GOLDENS, write_text


def rounded(values, digits=9):
    return [float(f"%.{digits}g" % value) for value in np.asarray(values).ravel()]


def points(random, count, dimension, groups):
    centers = random.normal(size=(groups, dimension)) * 2
    labels = np.arange(count) % groups
    return (centers[labels] + random.normal(size=(count, dimension))).astype(np.float32).round(3), labels


def components(values):
    pca = PCA(2, svd_solver="full").fit(values.astype(np.float64))
    return {"shape": list(values.shape), "values": rounded(values), "components": rounded(pca.components_),
            "projected": rounded(pca.transform(values.astype(np.float64))),
            "ratio": rounded(pca.explained_variance_ratio_)}


def tsne(random):
    values, _ = points(random, 40, 6, 4)
    distances = ((values[:, None].astype(np.float64) - values[None]) ** 2).sum(-1)
    joint = _t_sne._joint_probabilities(distances, 8.0, 0)
    start = random.normal(size=(40, 2)).round(3)
    divergence, gradient = _t_sne._kl_divergence(start.ravel().copy(), joint, 1, 40, 2)
    embedding = TSNE(method="exact", init="pca", perplexity=8, random_state=0).fit(values)
    return {"shape": list(values.shape), "values": rounded(values), "perplexity": 8,
            "joint": rounded(joint, 7),
            "start": rounded(start), "divergence": float(divergence), "gradient": rounded(gradient),
            "finalDivergence": float(embedding.kl_divergence_),
            "trustworthiness": float(trustworthiness(values, embedding.embedding_, n_neighbors=5))}


def regression(random):
    values, labels = points(random, 60, 5, 3)
    model = LogisticRegression(C=0.5, tol=1e-9, max_iter=10_000).fit(values.astype(np.float64), labels)
    return {"shape": list(values.shape), "values": rounded(values), "labels": labels.tolist(), "strength": 0.5,
            "weight": rounded(model.coef_), "bias": rounded(model.intercept_)}


def issues(random, counts, spread, noise):
    """Labels of classes with these sizes, a fraction of them wrong, and probabilities that are more or less correct."""
    classes = len(counts)
    truth = np.repeat(np.arange(classes), counts)
    labels = truth.copy()
    wrong = random.permutation(len(truth))[:int(noise * len(truth))]
    labels[wrong] = (labels[wrong] + random.integers(1, classes, len(wrong))) % classes
    scores = random.normal(size=(len(truth), classes)) * spread
    scores[np.arange(len(truth)), truth] += 2.5
    probabilities = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    probabilities = probabilities.round(5)
    return {"classes": classes, "labels": labels.tolist(), "probabilities": rounded(probabilities, 6),
            "thresholds": rounded(get_confident_thresholds(labels, probabilities)),
            "joint": compute_confident_joint(labels, probabilities).tolist(),
            "selfConfidenceOrder": find_label_issues(
                labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1).tolist(),
            "marginOrder": find_label_issues(
                labels, probabilities, return_indices_ranked_by="normalized_margin", n_jobs=1).tolist(),
            "selfConfidence": rounded(get_label_quality_scores(labels, probabilities)),
            "normalizedMargin": rounded(get_label_quality_scores(labels, probabilities, method="normalized_margin"))}


def write(name, value):
    write_text(GOLDENS / "embeddings" / name, json.dumps(value, separators=(",", ":")) + "\n")


def main():
    warnings.filterwarnings("ignore")
    random = np.random.default_rng(0)
    wide, _ = points(random, 8, 12, 3)
    long, _ = points(random, 30, 5, 3)
    write("maps.json", {"components": [components(wide), components(long)], "tsne": tsne(random),
                        "regression": regression(random)})
    write("labels.json", [issues(random, [40, 30, 50], 1.0, 0.1), issues(random, [60, 3, 20, 7, 30], 1.6, 0.2),
                          issues(random, [50, 50], 2.5, 0.3), issues(random, [12, 8, 10, 9, 11, 10, 7], 2.0, 0.25)])


if __name__ == "__main__":
    main()
