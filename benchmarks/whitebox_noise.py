"""How far honest votes differ: the same audits under other instruction sets, thread counts and batch sizes.

Run ``python benchmarks/whitebox_noise.py``. Each variant computes in its own process; the table shows, for each model,
the largest difference of a lane (in raw units) and of a logit from the first variant. docs/decisions cites it.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from assay_oracles.audits.whitebox import dataset, evaluation, job, training, weights
from assay_oracles.audits.whitebox.metrics import MAX_SAMPLES
from assay_oracles.audits.whitebox.tensors import Source
from whitebox_models import EVERY_LAYER, Example, cancer, digits, with_weights

VARIANTS: dict[str, dict[str, str]] = {
    "as it comes": {},
    "again": {},
    "two threads": {"NOISE_THREADS": "2"},
    "batches of 17": {"NOISE_BATCH": "17"},
    "batches of 1": {"NOISE_BATCH": "1"},
    "torch without AVX-512": {"ATEN_CPU_CAPABILITY": "avx2"},
    "torch without AVX": {"ATEN_CPU_CAPABILITY": "default"},
    "MKL at AVX2": {"MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "MKL at SSE4.2": {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
    "MKL compatible": {"MKL_CBWR": "COMPATIBLE"},
    "oneDNN at SSE4.1": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "all at SSE": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR FMA3 AVX2",
    },
    "all at SSE, two threads, batches of 17": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "NOISE_THREADS": "2",
        "NOISE_BATCH": "17",
    },
}


def compute(name: str, example: Example) -> dict[str, Any]:
    """One audit of this process's variant: lanes and logits."""
    lanes = job.run(example.job())
    model, recipe = example.manifest, example.manifest.recipe
    if recipe is None:
        tensors = weights.load(example.artifacts["weights"], Source("weights"), model.architecture)
    else:
        train = dataset.load(example.artifacts["train"], Source("train"), model, MAX_SAMPLES)
        tensors = training.train(model.architecture, recipe, train)
    test = dataset.load(example.artifacts["test"], Source("test"), model, MAX_SAMPLES)
    logits = evaluation.logits(model.architecture, tensors, test.batches(evaluation.batch_size(model.architecture)))
    return {"model": name, "lanes": lanes, "logits": logits.tolist()}


def child() -> None:
    """Prints one line of JSON for every model, computed under this process's settings."""
    threads, batch = int(os.environ.get("NOISE_THREADS", "1")), int(os.environ.get("NOISE_BATCH", "0"))
    torch.set_num_threads(threads)
    patches = [mock.patch.object(torch, "set_num_threads")] if threads > 1 else []
    patches += [mock.patch.object(evaluation, "batch_size", return_value=batch)] if batch else []
    for patch in patches:
        patch.start()
    with tempfile.TemporaryDirectory() as root:
        for name, make in MODELS.items():
            folder = Path(root, name.replace(" ", "-"))
            folder.mkdir()
            print(json.dumps(compute(name, make(folder))))


def given(folder: Path) -> Example:
    """Weights that do not depend on this process's arithmetic: the untrained start of the recipe."""
    with mock.patch.object(training, "train", lambda a, r, _: training.initialise(a, r)):
        return with_weights(digits(folder), folder)


MODELS = {
    "digits, weights given": given,
    "digits, retrained": digits,
    "every layer, retrained": lambda folder: digits(folder, EVERY_LAYER),
    "cancer, retrained": cancer,
}


def main() -> None:
    """Runs every variant and prints the table."""
    print("torch", torch.__version__, torch.backends.cpu.get_cpu_capability())
    baseline: dict[str, dict[str, Any]] = {}
    print(f"{'variant':40} {'model':26} {'logit':>9} {'counts':>7} {'log loss':>9} {'calibr.':>8} {'sketches':>9}")
    for variant, environment in VARIANTS.items():
        command = [sys.executable, __file__, "child"]
        run = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
        for line in run.stdout.splitlines():
            result = json.loads(line)
            base = baseline.setdefault(result["model"], result)
            drift = float(np.abs(np.subtract(result["logits"], base["logits"])).max())
            moved = {name: abs(raw - base["lanes"][name]) for name, raw in result["lanes"].items()}
            sketches = max(moved.pop("sketch_0"), moved.pop("sketch_1"))
            loss, calibration = moved.pop("log_loss"), moved.pop("calibration_error")
            counts = max(moved.values())
            print(
                f"{variant:40} {result['model']:26} {drift:9.1e} {counts:7} {loss:9} {calibration:8} {sketches:9}",
                flush=True,
            )


if __name__ == "__main__":
    child() if sys.argv[1:] == ["child"] else main()
