#!/usr/bin/env python3
"""Checks the manifests of docs/scale against the schemas of Kubernetes and of Kubeflow.

    python3 -m venv venv
    venv/bin/pip install kubernetes-validate kubeflow-trainer-api kubeflow-training
    venv/bin/python scripts/checks/scale/manifests.py

Kubeflow's packages have its schemas as classes. A manifest must pass through them unchanged, so that an unknown name
or a wrong type is found; pods are also checked against Kubernetes' strict schema. Exits with 1 if something differs.
"""

import json
import sys
from pathlib import Path

import kubernetes_validate
import yaml
from kubeflow import training
from kubeflow_trainer_api import models

sys.path.append(str(Path(__file__).resolve().parents[1]))
from checks import ROOT, Check

check = Check()


def native(value):
    """A copy without YAML's shared parts."""
    return json.loads(json.dumps(value))


def differences(given, found, place="") -> list[str]:
    """What a manifest has and a class lost or changed."""
    if isinstance(given, dict) and isinstance(found, dict):
        return [line for key, value in given.items() for line in differences(value, found.get(key), f"{place}.{key}")]
    if isinstance(given, list) and isinstance(found, list) and len(given) == len(found):
        return [line for i, value in enumerate(given) for line in differences(value, found[i], f"{place}[{i}]")]
    return [] if given == found or (not given and not found) else [f"{place}: {given!r} became {found!r}"]


def pytorch_job(manifest: dict) -> dict:
    """The manifest as the class of Kubeflow's training operator reads it."""

    class Response:
        data = json.dumps(manifest)

    client = training.ApiClient()
    return client.sanitize_for_serialization(client.deserialize(Response(), "KubeflowOrgV1PyTorchJob"))


def trainer(name: str):
    return lambda manifest: getattr(models, f"TrainerV1alpha1{name}").from_dict(manifest).to_dict()


READERS = {"PyTorchJob": pytorch_job, "TrainJob": trainer("TrainJob"), "TrainingRuntime": trainer("TrainingRuntime")}


def check_strictly(manifest: dict, what: str) -> None:
    version = kubernetes_validate.latest_version()
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
        check(True, f"{what}: Kubernetes {version}")
    except Exception as error:
        check(False, f"{what}: {str(error).splitlines()[0]}")


def pods(value):
    """All pod templates in a manifest."""
    if isinstance(value, dict):
        if "containers" in value.get("spec", {}):
            yield value
        for child in value.values():
            yield from pods(child)
    elif isinstance(value, list):
        for child in value:
            yield from pods(child)


for path in sorted((ROOT / "docs" / "scale").glob("*.yaml")):
    for manifest in map(native, yaml.safe_load_all(path.read_text())):
        what = f"{path.name}: {manifest['kind']}"
        if manifest["kind"] not in READERS:
            check_strictly(manifest, what)
            continue
        found = differences(manifest, READERS[manifest["kind"]](manifest))
        check(not found, f"{what}: {found or 'as the class'}")
        for pod in pods(manifest):
            whole = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod["spec"]}
            check_strictly(whole, f"{what}, pod")
sys.exit(check.failed > 0)
