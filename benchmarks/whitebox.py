"""What an oracle's whitebox audit costs over plain torch that computes the same metrics.

Run ``python benchmarks/whitebox.py``. Both compute in one warm process, on one thread, in float64, over 10,000 samples;
plain torch starts from tensors in memory, the oracle from untrusted files and the audit's seed. Times are processor
time, which other work on the machine disturbs least. Start-up is apart.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from assay_oracles.audits.whitebox import dataset, job, weights
from assay_oracles.audits.whitebox.metrics import MAX_SAMPLES
from assay_oracles.audits.whitebox.tensors import Source
from torch import Tensor, nn
from whitebox_models import Example, digits, with_weights

SAMPLES, ROUNDS, BATCH, BINS = 10_000, 11, 128, 15
START = "import time, assay_oracles.audits.whitebox.job; print(time.process_time())"


def plain_model(example: Example) -> nn.Module:
    """The example's network as anyone would write it."""
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(128, 10)),
    ).double()
    given = weights.load(example.artifacts["weights"], Source("weights"), example.manifest.architecture)
    model.load_state_dict({name: torch.from_numpy(values) for name, values in given.items()})
    return model.eval()


@torch.inference_mode()
def plain(model: nn.Module, inputs: Tensor, labels: Tensor, train: Tensor) -> dict[str, Tensor]:
    """Counts, log loss, calibration error, robust accuracy and overlap with the training set."""
    seen = {row.tobytes() for row in train.numpy()}
    noisy = (inputs + 0.2 * torch.rand_like(inputs) - 0.1).clip(0, 1)
    logits, shaken = (torch.cat([model(batch) for batch in data.split(BATCH)]) for data in (inputs, noisy))
    predicted = logits.argmax(1)
    right = predicted == labels
    confidence = logits.softmax(1).max(1).values
    bins = (confidence * BINS).ceil().long().clip(1, BINS) - 1
    surplus = torch.zeros(BINS, dtype=torch.float64).index_add_(0, bins, right.double() - confidence)
    return {
        "support": labels.bincount(minlength=10),
        "predicted": predicted.bincount(minlength=10),
        "correct": labels[right].bincount(minlength=10),
        "log_loss": F.cross_entropy(logits, labels),
        "calibration_error": surplus.abs().sum() / len(labels),
        "robust": (shaken.argmax(1) == labels).sum(),
        "overlap": torch.tensor(sum(row.tobytes() in seen for row in inputs.numpy())),
    }


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Prints both medians, their ratio, and the start-up of a fresh process."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        example = with_weights(digits(folder, samples=SAMPLES), folder)
        test = dataset.load(example.artifacts["test"], Source("test"), example.manifest, MAX_SAMPLES)
        known = dataset.load(example.artifacts["train"], Source("train"), example.manifest, MAX_SAMPLES)
        inputs, labels, train = (torch.from_numpy(values) for values in (test.inputs, test.labels, known.inputs))
        model, audit = plain_model(example), example.job()
        measured, reference = job.run(audit), plain(model, inputs, labels, train)
        for kind in ("support", "predicted", "correct"):
            assert [measured[f"{kind}_{c}"] for c in range(10)] == reference[kind].tolist(), kind
        assert abs(measured["log_loss"] - 1e6 * float(reference["log_loss"])) < 1
        pairs = [
            (seconds(lambda: plain(model, inputs, labels, train)), seconds(lambda: job.run(audit)))
            for _ in range(ROUNDS)
        ]
    baseline, oracle = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(audited / bare for bare, audited in pairs)
    starts = [
        float(subprocess.run([sys.executable, "-c", START], capture_output=True, check=True).stdout) for _ in range(3)
    ]
    print(f"{SAMPLES} samples, float64, one thread, {ROUNDS} alternating rounds, medians")
    print(f"plain torch, tensors in memory   {baseline:8.3f} s")
    print(f"oracle, from files and seed      {oracle:8.3f} s")
    print(f"ratio                            {ratio:8.3f}   (aim: at most 1.1)")
    print(f"start-up of a process            {statistics.median(starts):8.3f} s, apart")


if __name__ == "__main__":
    main()
