"""What every duty needs: the chain's wrappers, the journal, the bench, telemetry, and how to act once and no more."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from assay_chain.errors import AssayError, Refused, Reverted, Unconfirmed
from assay_chain.session import Session
from assay_chain.wrappers.board import Audit, Board
from assay_chain.wrappers.fairness import Tables
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Policies, Policy
from assay_chain.wrappers.vault import Vault

from assay_oracles.node.bench import Bench
from assay_oracles.node.config import NodeConfig
from assay_oracles.node.journal import Journal
from assay_oracles.node.telemetry import Telemetry
from assay_oracles.node.view import View
from assay_oracles.protocol.ballot import Voter
from assay_oracles.protocol.round import Stage

STAGGER_BLOCKS: Final = 2
"""Head start of each oracle over the next one in a race that only one of them can win."""
_log = structlog.get_logger()


@dataclass
class Node:
    """One oracle and its connections. Duties are functions of it; they run on the main thread."""

    config: NodeConfig
    session: Session
    voter: Voter
    journal: Journal
    telemetry: Telemetry
    bench: Bench
    refusal: AssayError | None = None
    """Why the latest transaction was refused for a reason of our own (no funds, for example); None after a success."""
    waits: int = 0
    """How many transactions were waited for; whoever sees it grow knows that blocks have passed."""
    _first_seen: dict[tuple[int, Stage, int], int] = field(default_factory=dict)
    _alarmed: set[tuple[str, int]] = field(default_factory=set)
    _policies: dict[int, Policy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Wrap the contracts."""
        self.board = Board(self.session)
        self.vault = Vault(self.session)
        self.policies = Policies(self.session)
        self.models = Models(self.session)
        self.tables = Tables(self.session)
        self.membership = Membership(self.session)

    def view(self, audit_id: int, settled_block: int, latest_block: int, seat: int | None) -> View:
        """Read one audit."""
        settled: Audit = self.board.audit(audit_id, settled_block)
        latest = settled if latest_block == settled_block else self.board.audit(audit_id, latest_block)
        return View.of(settled, settled_block, latest, latest_block, seat)

    def send(self, duty: str, act: Callable[[], Any], *, lost: frozenset[str] = frozenset(), **context: Any) -> bool:
        """Send one transaction and wait until it is included.

        Args:
            duty: For the log and the metrics.
            act: Sends.
            lost: Custom errors that mean only that it was done already, by us or by somebody else.
            context: For the log.

        Returns:
            Whether it was included. When not, the next cycle looks at the chain and decides anew.

        Raises:
            PeerUnreachable: The node of the chain is gone.
        """
        log = _log.bind(duty=duty, **context)
        log.info("transaction.sending")
        self.telemetry.readiness.beat()
        started = time.monotonic()
        try:
            receipt = act()
        except Reverted as error:
            outcome = "lost" if error.name in lost else "reverted"
            if outcome == "lost":
                log.info("transaction.lost", error=error.name)
            else:
                log.error("transaction.reverted", error=error.name, reason=error.message, hint=error.hint)
                self.failed(error)
            self.telemetry.transactions.labels(duty, outcome).inc()
            return False
        except Unconfirmed as error:
            log.warning("transaction.unconfirmed", tx="0x" + error.tx_hash.hex())
            self.telemetry.transactions.labels(duty, "unconfirmed").inc()
            self.waits += 1
            return False
        except Refused as error:
            log.error("transaction.refused", code=error.code, culprit=error.culprit, reason=error.message)
            self.telemetry.transactions.labels(duty, "refused").inc()
            self.refusal = error
            self.failed(error)
            return False
        self.refusal = None
        self.waits += 1
        self.telemetry.observe(duty, time.monotonic() - started)
        self.telemetry.transactions.labels(duty, "included").inc()
        log.info("transaction.included", block=receipt["blockNumber"], tx=receipt["transactionHash"].to_0x_hex())
        return True

    def policy(self, policy_id: int, block: int) -> Policy:
        """A policy; it never changes, so it is read once."""
        if policy_id not in self._policies:
            self._policies[policy_id] = self.policies.get(policy_id, block)
        return self._policies[policy_id]

    def turn(self, view: View) -> bool:
        """Whether it is this node's turn to do what any oracle of the audit could do.

        The order of their positions, rotated by the audit, gives each oracle a head start over the next; so that one
        pays for the transaction, and the others step in only if it does not.
        """
        if view.position is None:
            return False
        place = (view.position + view.audit.id) % view.latest.size
        first = self._first_seen.setdefault((view.audit.id, view.stage, view.latest.added), view.latest_block)
        return view.latest_block >= first + STAGGER_BLOCKS * place

    def forget(self, view: View) -> None:
        """Drop everything about an audit but the record of its vote."""
        self.journal.unwatch(view.audit.id)
        self.bench.drop(view.key)
        self._first_seen = {seen: block for seen, block in self._first_seen.items() if seen[0] != view.audit.id}

    def failed(self, error: AssayError) -> None:
        """Count an error by whose fault it is."""
        self.telemetry.errors.labels(error.culprit, error.code).inc()

    def alarm(self, code: str, audit_id: int, message: str) -> None:
        """Say as loudly as a daemon can, once for an audit, that an operator must look."""
        if (code, audit_id) not in self._alarmed:
            self._alarmed.add((code, audit_id))
            _log.critical("alarm", code=code, audit_id=audit_id, reason=message)
            self.telemetry.alarms.labels(code).inc()
