"""A fairness table's counts, recomputed from the model: what the table should say if it was made of the test set.

Only of binary classifiers whose test set tells protected groups: actual is the label, predicted the model's class, and
class 1 is the favourable one in both.
"""

import numpy as np

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.lanes import lane_names
from assay_oracles.audits.whitebox import evaluation, scores
from assay_oracles.audits.whitebox.job import Job, load


def run(job: Job, groups: int) -> dict[str, int]:
    """Counts of the permutations k = 4 * group + 2 * actual + predicted, by the names of the ``model_`` lanes.

    Args:
        job: the model and its declared test set.
        groups: number of protected groups.

    Raises:
        SpecError: the published bytes can never be audited, or do not tell what is asked.
        UnstableError: they cannot be audited reliably, see `stability`.
        MemoryError, OSError: they could be audited, but not here and now.
    """
    if len(job.manifest.classes) != 2:
        raise SpecError(
            "not-binary",
            "classes",
            f"the model has {len(job.manifest.classes)} classes, fairness tables know two",
            "choose a policy without recomputed counts",
        )
    loaded = load(job)
    members = loaded.test.groups
    if members is None or members.max() >= groups:
        found = "tells no protected groups" if members is None else f"has more than {groups} protected groups"
        raise SpecError("other-groups", "test", found, "choose a policy without recomputed counts")
    (plain,) = evaluation.measure(loaded.model, loaded.test, job.seed, loaded.source)
    permutations = 4 * members + 2 * loaded.test.labels + scores.predictions(plain)
    counts = np.bincount(permutations, minlength=4 * groups).tolist()
    return dict(zip(lane_names(groups, model=True)[-4 * groups :], counts, strict=True))
