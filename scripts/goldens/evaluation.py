#!/usr/bin/env python3
"""Writes Tests/Goldens/evaluation.json: logits, labels, and the results of scikit-learn, torchmetrics and SciPy.

Three cases: six classes, one without images and one that is never predicted; two classes with ties; and images that
may have several of four labels. Written with scikit-learn 1.9, torchmetrics 1.9 and SciPy 1.17 on PyTorch 2.13.
"""

import json

import numpy
import torch
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from scipy.stats import binomtest
from sklearn import metrics

from goldens import GOLDENS, write_text  # first: it lets torchvision load
from torchmetrics.functional.classification import multiclass_calibration_error

BINS = 15


def scores(truth, predicted, average):
    values = metrics.precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)
    return [list(map(float, value)) for value in values[:3]] if average is None else list(map(float, values[:3]))


def confidence(logits, truth):
    probabilities = softmax(logits, axis=1)
    count = probabilities.shape[1]
    labels = list(range(count))
    error = [
        float(multiclass_calibration_error(
            torch.tensor(probabilities), torch.tensor(truth), num_classes=count, n_bins=BINS, norm=norm))
        for norm in ("l1", "max")
    ]
    if count == 2:
        brier = metrics.brier_score_loss(truth, probabilities[:, 1])
    else:
        brier = metrics.brier_score_loss(truth, probabilities, labels=labels)
    return {
        "loss": float(metrics.log_loss(truth, probabilities, labels=labels)),
        "brier": float(brier),
        "expectedError": error[0],
        "largestError": error[1],
    }


def temperature(logits, truth):
    """The minimum of the cross entropy, by Brent's method over the logarithm."""
    rows = numpy.arange(len(truth))
    found = minimize_scalar(
        lambda x: -log_softmax(logits / numpy.exp(x), axis=1)[rows, truth].mean(),
        bounds=(numpy.log(0.05), numpy.log(20)), method="bounded", options={"xatol": 1e-10})
    return float(numpy.exp(found.x))


def curves(truth, score):
    false_rate, true_rate, _ = metrics.roc_curve(truth, score)
    precision, recall, _ = metrics.precision_recall_curve(truth, score)
    return {
        "area": float(metrics.roc_auc_score(truth, score)),
        "averagePrecision": float(metrics.average_precision_score(truth, score)),
        "roc": [list(map(float, point)) for point in zip(false_rate, true_rate)],
        "precisionRecall": [list(map(float, point)) for point in zip(recall[::-1], precision[::-1])],
    }


def intervals(hits, count):
    interval = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    return [hits / count, float(interval.low), float(interval.high)]


def single(logits, truth, ks):
    count = logits.shape[1]
    labels = list(range(count))
    predicted = logits.argmax(axis=1)
    best = temperature(logits, truth)
    told = sorted(set(truth) | set(predicted))
    case = {
        "logits": logits.tolist(),
        "labels": truth.tolist(),
        "confusion": metrics.confusion_matrix(truth, predicted, labels=labels).tolist(),
        "told": [int(label) for label in told],
        "classes": scores(truth, predicted, None),
        "macro": scores(truth, predicted, "macro"),
        "weighted": scores(truth, predicted, "weighted"),
        "top": {
            str(k): intervals(int(metrics.top_k_accuracy_score(truth, logits, k=k, labels=labels, normalize=False)),
                              len(truth))
            for k in ks if count > 2
        },
        "temperature": best,
        "before": confidence(logits, truth),
        "after": confidence(logits / round(best, 6), truth),
    }
    if count == 2:
        probabilities = softmax(logits / round(best, 6), axis=1)
        case["curves"] = [curves(truth == label, probabilities[:, label]) for label in labels]
    return case


def several(logits, truth):
    predicted = (logits > 0).astype(int)
    probabilities = expit(logits)
    losses = -(truth * numpy.log(probabilities) + (1 - truth) * numpy.log(1 - probabilities))
    return {
        "logits": logits.tolist(),
        "truth": truth.tolist(),
        "classes": scores(truth, predicted, None),
        "macro": scores(truth, predicted, "macro"),
        "weighted": scores(truth, predicted, "weighted"),
        "micro": scores(truth, predicted, "micro"),
        "loss": float(losses.mean()),
        "meanAveragePrecision": float(metrics.average_precision_score(truth, logits)),
        "curves": [curves(truth[:, label], logits[:, label]) for label in range(truth.shape[1])],
    }


def main():
    random = numpy.random.default_rng(6)
    truth = random.choice([0, 1, 2, 3, 4], 90, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    logits = random.normal(0, 2.5, (90, 6))
    logits[numpy.arange(90), truth] += 3.5
    # Fractions with a power of two are exact in float32. Class 5 has no images; class 4 is never predicted.
    logits[:, 4] -= 30
    binary = random.choice([0, 1], 40, p=[0.6, 0.4])
    # Steps of a half make ties.
    pairs = numpy.zeros((40, 2))
    pairs[:, 1] = (random.normal(0, 2, 40) + 3 * binary - 1.5).round() / 2 * 3
    shown = (random.random((30, 4)) < [0.5, 0.3, 0.2, 0.1]).astype(int)
    several_logits = ((random.normal(-0.5, 1.5, (30, 4)) + 2 * shown) * 64).round() / 64
    cases = {
        "many": single((logits * 4096).round() / 4096, truth, [1, 2, 3, 5]),
        "two": single(pairs, binary, []),
        "several": several(several_logits, shown),
    }
    write_text(GOLDENS / "evaluation.json", json.dumps(cases, separators=(",", ":")) + "\n")
    print(f"temperatures {cases['many']['temperature']:.4f} and {cases['two']['temperature']:.4f}")


if __name__ == "__main__":
    main()
