"""Agreement of the most probable class, for endpoints that always answer alike."""

import numpy as np
from assay_oracles.audits.benchmark.agreement import agreement
from assay_oracles.audits.evidence.method import Answer, Query, Target, run

from tests.oracles.audits.evidence.served import indexed, serve

P, S = Target.PROVIDER, Target.SUPPLIER


def test_agreement__5_percent_differ__found_within_59_queries_at_95_percent() -> None:
    found, replays = 0, 300
    for seed in range(replays):
        differs = np.random.default_rng(seed).random(200) < 0.05
        method = agreement(indexed(200), seed, batch=1, limit=59)
        result = run(method, serve({P: lambda i, differs=differs: int(differs[i]), S: lambda i: 0}))  # type: ignore[misc]
        found += result.verdict == "fail"
    power = 1 - 0.95**59
    assert abs(found / replays - power) <= 4 * (power * (1 - power) / replays) ** 0.5


def test_agreement__p_differs_where_s_is_wrong__two_sided() -> None:
    assert run(agreement(indexed(300), 0), serve({P: lambda i: 0, S: lambda i: int(i % 5 == 0)})).e_value == 1000


def test_agreement__coarser_rounding__passes() -> None:
    def respond(query: Query) -> Answer:
        first = 0.6 + 0.3 * np.abs(np.sin(query.inputs))
        probs = np.hstack([first, 1 - first])
        return Answer(np.round(probs, 2) if query.target is P else probs)

    result = run(agreement(indexed(300), 0), respond)
    assert (result.verdict, result.estimate) == ("pass", 0.0)
