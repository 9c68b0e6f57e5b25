"""Check a session from its files alone: anyone's side, and each party's before it goes on.

Files are checked in their order, so that what a party builds upon holds, and the first fault names the party to blame.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, Protocol

from assay_oracles.audits.fairness.groups import Element, NotCanonicalError, group_of
from assay_oracles.audits.fairness.groups.base import IDENTITY
from assay_oracles.audits.fairness.labels import equations, rows
from assay_oracles.audits.fairness.labels.equations import PublicKey, Role, Share
from assay_oracles.audits.fairness.labels.files import PROOF_BYTES, Step, Terms
from assay_oracles.audits.fairness.labels.signed import Fault, Signed, linked
from assay_oracles.audits.fairness.pipeline import in_order
from assay_oracles.audits.fairness.sigma import Proof


class Follower(Protocol):
    """Who follows a long check, and remembers what need not be checked again."""

    def known(self, file: Signed) -> int:
        """Return how many of its rows, from the first, were found true before."""

    def found(self, file: Signed, done: int) -> None:
        """Take note that so many of its rows, from the first, are true."""


@dataclass(frozen=True)
class Finding:
    """What a session's files show so far.

    Attributes:
        files: The files that exist.
        fault: What is false first; None if all holds.
        joint: The joint key H, once both keys hold.
        labels: N_m, the number of rows of each label, once the owner's rows hold.
        sums: The sums of R' and M', once the supplier's rows hold.
        positives: Number of predictions of 1, once the supplier's share holds.
        half: The supplier's share, once it holds.
        counts: n_k for k = 0 ... 4g - 1, once the session is finished and everything holds.
    """

    files: tuple[Signed, ...]
    fault: Fault | None = None
    joint: Element = IDENTITY
    labels: tuple[int, ...] = ()
    sums: tuple[Element, Element] = (IDENTITY, IDENTITY)
    positives: int = 0
    half: Share | None = None
    counts: tuple[int, ...] = ()

    @property
    def terms(self) -> Terms | None:
        """The session's terms; None before it began."""
        return self.files[0].terms if self.files else None

    @property
    def next(self) -> Step | None:
        """The file that comes next; None when all exist."""
        return Step(len(self.files) + 1) if len(self.files) < len(Step) else None


def verify(files: list[Signed], executor: Executor, workers: int, follower: Follower | None = None) -> Finding:
    """Check all files that exist.

    Args:
        files: What `signed.read_all` read.
        executor: Where chunks of rows are checked.
        workers: How many chunks it checks at once.
        follower: Told after every chunk.

    Raises:
        SpecError: a file changed while it was read.
    """
    if not files or (fault := linked(files)) is not None:
        return Finding(tuple(files), fault if files else None)
    check = _Check(files, executor, workers, follower)
    fault = next(check.faults(), None)
    return replace(check.finding, fault=fault, counts=() if fault else check.finding.counts)


def glance(files: list[Signed]) -> Finding:
    """Check signatures and order of the files that exist, but no proof."""
    return Finding(tuple(files), linked(files))


class _Check:
    """One pass over the files; what later ones need is kept."""

    def __init__(self, files: list[Signed], executor: Executor, workers: int, follower: Follower | None) -> None:
        self._files = {file.step: file for file in files}
        self._executor, self._workers, self._follower = executor, workers, follower
        self._session = files[0].terms.session
        self._group = group_of(self._session.params.group)
        self._keys: dict[Role, PublicKey] = {}
        self._shares: dict[Role, Share] = {}
        self.finding = Finding(tuple(files))

    def faults(self) -> Iterator[Fault]:
        """Check one file after the other; what comes after a fault means nothing."""
        for step, file in self._files.items():
            yield from {"key": self._key, "rows": self._rows, "share": self._share}[step.action](file)

    def _key(self, file: Signed) -> Iterator[Fault]:
        element, proof, _ = self._proven(file)
        key = self._keys[file.step.role] = PublicKey(element, proof)
        if not equations.key_holds(self._session, file.step.role, key):
            yield Fault(file.step, "it does not prove that its party knows the secret of a canonical key")
        if file.step is Step.SUPPLIER_KEY:
            joint = equations.joint_key(self._session, self._keys["owner"], key)
            if not self._group.encodable(joint):
                yield Fault(file.step, "the joint key is not a canonical point")
            self.finding = replace(self.finding, joint=joint)

    def _rows(self, file: Signed) -> Iterator[Fault]:
        fixed = self._files[Step.OWNER_ROWS]
        if file.body[:32] != fixed.body[:32]:
            yield Fault(file.step, "its rows are not those of the owner: the commitments to their identities differ")
        done = self._follower.known(file) if self._follower else 0
        for fault in in_order(self._executor, self._row_tasks(fixed, file, done // file.chunk_rows), self._workers):
            if fault is not None:
                yield Fault(file.step, fault.reason, fault.row)
            done = min(done + file.chunk_rows, file.terms.n)
            if self._follower:
                self._follower.found(file, done)
        sums = list(in_order(self._executor, self._sum_tasks(file), self._workers))
        total_r, total_m = (self._group.add(*parts) for parts in zip(*sums, strict=True))
        if not self._group.encodable(total_r):
            yield Fault(file.step, "the sum of its first points is not a canonical point")
        if file is fixed:
            labels, proof = _numbers(file.body[32:-PROOF_BYTES]), Proof.decode(file.body[-PROOF_BYTES:])
            if not equations.totals_hold(self._session, self.finding.joint, (total_r, total_m), labels, proof):
                yield Fault(file.step, "the declared numbers of rows of each label are not proven")
            self.finding = replace(self.finding, labels=labels)
        else:
            self.finding = replace(self.finding, sums=(total_r, total_m))

    def _row_tasks(self, fixed: Signed, file: Signed, start: int) -> Iterator[tuple[Any, ...]]:
        for index in range(start, file.chunks):
            first, length, data = file.chunk(index)
            if file is fixed:
                yield rows.check_fixed, self._session, self.finding.joint, first, length, data
            else:
                _, _, before = fixed.chunk(index)
                yield rows.check_predicted, self._session, self.finding.joint, first, length, before, data

    def _sum_tasks(self, file: Signed) -> Iterator[tuple[Any, ...]]:
        for index in range(file.chunks):
            _, length, data = file.chunk(index)
            yield rows.totals, self._session, length, data

    def _share(self, file: Signed) -> Iterator[Fault]:
        element, proof, rest = self._proven(file)
        numbers = _numbers(rest)
        role, (total_r, total_m) = file.step.role, self.finding.sums
        share = self._shares[role] = Share(element, proof)
        if not equations.share_holds(self._session, role, self._keys[role], total_r, share):
            yield Fault(file.step, "it is not proven to decrypt the rows with its party's key")
        if file.step is Step.SUPPLIER_SHARE:
            if numbers[0] > self._session.n:
                yield Fault(file.step, "it declares more predictions of 1 than there are rows")
            self.finding = replace(self.finding, positives=numbers[0], half=share)
            return
        if not equations.counts_hold(
            self._session, equations.opened(self._session, total_m, *self._shares.values()), numbers
        ):
            yield Fault(file.step, "the declared counts are not those of the rows")
        if sum(numbers[1::2]) != self.finding.positives:
            yield Fault(Step.SUPPLIER_SHARE, "the declared number of predictions of 1 is not that of the rows")
        self.finding = replace(self.finding, counts=numbers)

    def _proven(self, file: Signed) -> tuple[Element, Proof, bytes]:
        """Cut a body into its point (the identity if it is not canonical), its proof, and the rest."""
        wire = self._group.wire_bytes
        try:
            element = self._group.from_wire(file.body[:wire])
        except NotCanonicalError:
            element = IDENTITY
        return element, Proof.decode(file.body[wire : wire + PROOF_BYTES]), file.body[wire + PROOF_BYTES :]


def _numbers(words: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(words[i : i + 32], "big") for i in range(0, len(words), 32))
