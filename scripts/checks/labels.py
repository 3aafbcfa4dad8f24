#!/usr/bin/env python3
"""Compare 'apus data labels' with cleanlab, and both with the known wrong labels.

    scripts/checks/labels.py DATA [--model mobilenet_v2] [--share 0.05] [--seed 0] [--apus PATH]

DATA is a folder with a folder for each class. A table of its images is written with that fraction of the labels replaced
by wrong ones; the results of both are reported as precision and recall. cleanlab gets the features that 'apus
embed' writes and the probabilities of scikit-learn's cross-validated logistic regression with the same penalty.
"""

import csv
import json
import tempfile
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import StandardScaler

from checks import parser

STRENGTH = 0.01


def figures(name, found, wrong):
    hits = len(found & wrong)
    precision = hits / len(found) if found else 1.0
    print(f"{name:<12}{len(found):>7}{hits:>7}{precision:>11.1%}{hits / len(wrong):>9.1%}")


def main():
    flags = parser(__doc__)
    flags.add_argument("data", type=Path)
    flags.add_argument("--model", default="mobilenet_v2")
    flags.add_argument("--share", type=float, default=0.05)
    flags.add_argument("--seed", type=int, default=0)
    options = flags.parse_args()
    random = np.random.default_rng(options.seed)

    endings = {".jpg", ".jpeg", ".png", ".webp"}
    files = sorted(path for path in options.data.resolve().rglob("*") if path.suffix.lower() in endings)
    names = sorted({path.parent.name for path in files})
    labels = np.array([names.index(path.parent.name) for path in files])
    chosen = random.permutation(len(files))[: int(options.share * len(files))]
    given = labels.copy()
    given[chosen] = (given[chosen] + random.integers(1, len(names), len(chosen))) % len(names)
    wrong = {str(files[place]) for place in chosen}

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "labels.csv"
        with table.open("w", newline="") as file:
            csv.writer(file).writerows(
                [("path", "label"), *((path, names[label]) for path, label in zip(files, given))])
        report = json.loads(options.apus("data", "labels", table, "--model", options.model, "--format", "json"))
        features = Path(folder) / "features.csv"
        options.apus("embed", options.model, table, "--out", features)
        rows = list(csv.reader(features.open()))[1:]

    paths = [row[0] for row in rows]
    known = np.array([names.index(row[1]) for row in rows])
    values = StandardScaler().fit_transform(np.array([row[2:] for row in rows], dtype=np.float32))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    probabilities = cross_val_predict(model, values, known, cv=folds, method="predict_proba")
    issues = find_label_issues(known, probabilities, n_jobs=1)

    print(f"{len(paths)} images of {len(names)} classes, {len(wrong)} labels swapped, features of {options.model}")
    print(f"predictions that equal the labels: apus {report['agreement']:.1%}, "
          f"scikit-learn {(probabilities.argmax(1) == known).mean():.1%}")
    print(f"{'':<12}{'found':>7}{'right':>7}{'precision':>11}{'recall':>9}")
    found = {issue["image"]["path"] for issue in report["issues"]}
    other = {path for path, issue in zip(paths, issues) if issue}
    figures("apus", found, wrong)
    figures("cleanlab", other, wrong)
    print(f"found by both: {len(found & other)}")


if __name__ == "__main__":
    main()
