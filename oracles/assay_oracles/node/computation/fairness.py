"""Fairness audits: a published table, checked to the last row, and a model's own counts beside it where asked.

Whatever is not the table's fault makes a vote UNAVAILABLE, never INVALID_SPEC: that outcome rejects the table for good,
and a client must not be able to bring it about by a request that does not fit.
"""

from assay_chain.errors import Refused

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.fairness.lanes import check_lanes, lane_names
from assay_oracles.audits.service.block import Block
from assay_oracles.node.computation.assignment import Work, fitting, misfit
from assay_oracles.node.computation.whitebox import model_job, read_manifest
from assay_oracles.node.published import record_of


def examine(work: Work) -> dict[str, int] | Fault:
    """Raw lanes of the policy, or the table's first fault.

    Raises:
        SpecError: the file is not that of the published table.
        AssayError: this node, now, cannot tell.
    """
    table = work.assignment.table
    assert table is not None, "a fairness audit is about a table"
    record = record_of(table)
    groups, names = record.header.params.groups, [lane.name for lane in work.assignment.policy.lanes]
    with fitting():
        check_lanes(names, groups)
    size, limit = record.header.file_bytes, work.artifacts.limits.artifact_bytes
    if size > limit:
        raise Refused(
            f"the table's {table.n} rows are {size} bytes, this node takes artifacts of {limit}",
            code="artifact-too-large",
            culprit="oracle",
            hint="Raise limits.artifact_bytes if the commit phase is long enough to fetch and check that much.",
        )
    with work.timed("fetch"):
        path = work.artifacts.fetch(table.uri, table.file)
    found = work.compute(
        {
            "audit": "fairness",
            "table": str(path.resolve()),
            "header": record.header.encode().hex(),
            "footer": record.footer.encode().hex(),
        }
    )
    assert not isinstance(found, Block), "the answer to such a job"
    if isinstance(found, Fault) or len(names) == len(lane_names(groups)):
        return found
    return found | _recount(work, groups)


def _recount(work: Work, groups: int) -> dict[str, int]:
    """The counts that the registered model gives on its declared test set."""
    try:
        declared, path = read_manifest(work)
        files = {ref.role: work.artifacts.fetch(ref.uri, ref.digest) for ref in declared.artifacts()}
        found = work.compute({"audit": "permutations", "groups": groups, **model_job(path, files)})
    except SpecError as error:
        raise misfit(error) from error
    assert isinstance(found, dict), "the answer to such a job"
    return found
