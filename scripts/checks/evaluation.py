#!/usr/bin/env python3
"""Evaluates a classifier with `apus`, and compares its metrics with scikit-learn's and torchmetrics' on the same logits.

    scripts/checks/evaluation.py MODEL DATA [--apus PATH] [-- FLAGS OF apus evaluate]

The logits are those of `apus predict --logits` on the images that `apus evaluate --format csv` lists. Prints a line for
each metric; ends with status 1 if one differs. Needs scikit-learn, SciPy, torchmetrics and PyTorch.
"""

import csv
import io
import json
import sys

import numpy
import torch
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest
from sklearn import metrics

from checks import parse, parser
import goldens  # first: it lets torchvision load  # noqa: F401
from torchmetrics.functional import classification as torchmetrics

# Probabilities come from float32 logits, which the engine may compute in another order the second time.
TOLERANCE = 2e-5


class Comparison:
    def __init__(self):
        self.differences = 0
        print(f"{'figure':<54}{'apus':>16}{'oracle':>16}  {'difference':>10}")

    def add(self, name, ours, theirs):
        ours, theirs = numpy.asarray(ours, dtype=float), numpy.asarray(theirs, dtype=float)
        same = ours.shape == theirs.shape
        difference = float(numpy.abs(ours - theirs).max(initial=0)) if same else float("inf")
        holds = difference <= TOLERANCE
        self.differences += not holds
        shown = [f"{float(value):.6f}" if value.ndim == 0 else f"{value.size} values" for value in (ours, theirs)]
        print(f"{name:<54}{shown[0]:>16}{shown[1]:>16}  {difference:>10.1e}{'' if holds else '  DIFFERS'}")


def confidence(comparison, figures, logits, truth, name):
    probabilities = softmax(logits, axis=1)
    count = probabilities.shape[1]
    labels = list(range(count))
    rows = numpy.arange(len(truth))
    comparison.add(f"{name}: log loss (scikit-learn)", figures["negativeLogLikelihood"],
                   -log_softmax(logits, axis=1)[rows, truth].mean())
    brier = (metrics.brier_score_loss(truth, probabilities[:, 1]) if count == 2
             else metrics.brier_score_loss(truth, probabilities, labels=labels))
    comparison.add(f"{name}: Brier score (scikit-learn)", figures["brierScore"], brier)
    for key, norm in (("expectedCalibrationError", "l1"), ("maximumCalibrationError", "max")):
        error = torchmetrics.multiclass_calibration_error(
            torch.tensor(probabilities), torch.tensor(truth), num_classes=count, n_bins=15, norm=norm)
        comparison.add(f"{name}: calibration error {norm} (torchmetrics)", figures[key], float(error))


def main():
    made = parser(__doc__)
    made.add_argument("model")
    made.add_argument("data")
    options, flags = parse(made)
    apus = options.apus
    evaluation = json.loads(apus("evaluate", options.model, options.data, "--top-k", "3", "--format", "json", *flags))
    images = list(csv.DictReader(io.StringIO(apus(
        "evaluate", options.model, options.data, "--format", "csv", *flags))))
    answers = [json.loads(line) for line in apus(
        "predict", options.model, "-", "--format", "json", "--logits", given="\n".join(p["file"] for p in images)
    ).splitlines()]
    labels = evaluation["labels"]
    place = {label: index for index, label in enumerate(labels)}
    logits = numpy.array([answer["logits"] for answer in answers], dtype=float)
    truth = numpy.array([place[image["truth"]] for image in images])
    predicted = logits.argmax(axis=1)
    temperature = evaluation.get("temperature", 1)
    told = logits / temperature
    everything = list(range(len(labels)))
    comparison = Comparison()

    comparison.add("images", evaluation["count"], len(truth))
    for top in evaluation["topK"]:
        k = top["k"]
        if k >= len(labels):
            continue
        hits = (int(metrics.accuracy_score(truth, predicted, normalize=False)) if len(labels) == 2
                else int(metrics.top_k_accuracy_score(truth, logits, k=k, labels=everything, normalize=False)))
        interval = binomtest(hits, len(truth)).proportion_ci(0.95, method="wilson")
        comparison.add(f"top-{k} (scikit-learn)", top["accuracy"]["value"], hits / len(truth))
        comparison.add(f"top-{k} Wilson interval (SciPy)", [top["accuracy"]["lower"], top["accuracy"]["upper"]],
                       [interval.low, interval.high])
    keys = ("precision", "recall", "f1")
    each = metrics.precision_recall_fscore_support(truth, predicted, zero_division=0)
    for index, key in enumerate(keys):
        comparison.add(f"{key} of each class (scikit-learn)",
                       [result["scores"][key] for result in evaluation["classes"]], each[index])
    comparison.add("support of each class", [result["support"] for result in evaluation["classes"]], each[3])
    for average in ("macro", "weighted"):
        scores = metrics.precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)
        comparison.add(f"{average} precision, recall, F1", [evaluation[average][key] for key in keys], scores[:3])
    confusion = numpy.zeros((len(labels), len(labels)))
    for cell in evaluation["confusion"]["cells"]:
        confusion[cell["truth"], cell["prediction"]] = cell["count"]
    comparison.add("confusion matrix (scikit-learn)", confusion,
                   metrics.confusion_matrix(truth, predicted, labels=everything))
    comparison.add("confusion matrix (torchmetrics)", confusion, torchmetrics.multiclass_confusion_matrix(
        torch.tensor(logits), torch.tensor(truth), num_classes=len(labels)))
    confidence(comparison, evaluation["uncalibrated"], logits, truth, "T = 1")
    if "calibrated" in evaluation:
        confidence(comparison, evaluation["calibrated"], told, truth, f"T = {temperature}")
    probabilities = softmax(told, axis=1)
    comparison.add("probability of each image's prediction", [float(p["probability"]) for p in images],
                   probabilities.max(axis=1))
    comparison.add("the same by apus predict", [answer["probability"] for answer in answers],
                   probabilities.max(axis=1))
    comparison.add("loss of each image", [float(p["loss"]) for p in images],
                   -log_softmax(told, axis=1)[numpy.arange(len(truth)), truth])
    for curves in evaluation["curves"]:
        label = place[curves["label"]]
        shown, score = truth == label, probabilities[:, label]
        name = curves["label"]
        comparison.add(f"{name}: ROC area (scikit-learn)", curves["areaUnderROC"], metrics.roc_auc_score(shown, score))
        comparison.add(f"{name}: average precision (scikit-learn)", curves["averagePrecision"],
                       metrics.average_precision_score(shown, score))
    sys.exit(1 if comparison.differences else 0)


if __name__ == "__main__":
    main()
