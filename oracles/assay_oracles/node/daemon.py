"""The oracle daemon: a process that follows the chain and votes. Made to be killed at any point."""

import time
from contextlib import ExitStack, closing
from typing import Final

import structlog
from assay_chain import addressbook, keystore
from assay_chain.addressbook import AddressBook
from assay_chain.errors import AssayError, PeerUnreachable, Usage
from assay_chain.session import BlockRef, Session
from eth_account.signers.local import LocalAccount

from assay_oracles.node import locks, logs, stopping
from assay_oracles.node.bench import Bench
from assay_oracles.node.computation import Artifacts, Examiner
from assay_oracles.node.config import NodeConfig
from assay_oracles.node.cycle import Cycle
from assay_oracles.node.duties.standing import Standing
from assay_oracles.node.journal import Journal
from assay_oracles.node.node import Node
from assay_oracles.node.sandbox import Sandbox
from assay_oracles.node.service.egress import Egress
from assay_oracles.node.service.surveys import Surveys
from assay_oracles.node.telemetry import Reason, Telemetry
from assay_oracles.protocol.ballot import Voter

BACKOFF_SECONDS: Final = (0.5, 30.0)
"""First and longest pause after the chain could not be reached; doubled in between."""
RECEIPT_SECONDS: Final = 30.0
"""How long to wait for a transaction (or 10 block times) before looking at the other audits again."""
PUBLISH_SECONDS: Final = 5.0
"""How often to say how things are while no block comes."""
LAG_SECONDS: Final = 5.0
"""Blocks behind count from this on, because development chains have blocks faster than a transaction takes."""
STALE_SECONDS: Final = 60.0
"""A newest block older than this (or than 30 block times) means that the node of the chain has lost the others."""
_log = structlog.get_logger()


def run(config: NodeConfig) -> None:
    """Run an oracle node until SIGTERM or SIGINT; call it from the main thread.

    Raises:
        Usage: A file is missing, or the metrics port cannot be had.
        Refused: Wrong password; another node runs with this key or data directory; a journal that is not ours.
        MalformedInput: A malformed address book or keystore, or a node of another chain.
    """
    logs.configure()
    book = addressbook.load(config.network)
    with stopping.stoppable("node.stopped"), ExitStack() as stack:
        account = keystore.load_account(config.keystore, keystore.read_password(config.password_file))
        stack.enter_context(locks.exclusive(config.data_dir, config.keystore))
        telemetry = stack.enter_context(closing(Telemetry()))
        _listen(telemetry, config)
        bench = stack.enter_context(closing(_bench(config, book, telemetry)))
        session = _connect(config, book, account, telemetry)
        voter = Voter(book.chain_id, session.contract("AuditBoard").address, account.address, bytes(account.key))
        identity = {"chain_id": str(voter.chain_id), "board": voter.board, "voter": voter.address}
        journal = stack.enter_context(closing(Journal(config.data_dir / "journal.sqlite", identity)))
        _log.info("node.started", **identity, confirmations=config.confirmations)
        _loop(Node(config, session, voter, journal, telemetry, bench))


def _loop(node: Node) -> None:
    """One cycle a settled block, for ever; an outage of the chain's node is waited out."""
    cycle = Cycle(node)
    handled: BlockRef | None = None
    drawable = True
    pause, published = BACKOFF_SECONDS[0], 0.0
    while True:
        node.telemetry.readiness.beat()
        try:
            head = node.session.head()
            fresh = handled is None or head.hash != handled.hash
            if fresh:
                standing, handled = cycle.run(head), head
                _tell(standing, drawable)
                drawable = standing.drawable
            if fresh or time.monotonic() - published > PUBLISH_SECONDS:
                _publish(node, standing, head)
                published = time.monotonic()
            pause = BACKOFF_SECONDS[0]
            time.sleep(node.config.poll_seconds)
        except AssayError as error:
            pause = _back_off(node.telemetry, error, pause)


def _tell(standing: Standing, before: bool) -> None:
    """Say once that draws begin to leave this oracle out, and what to do, and once that they no longer do."""
    if before and not standing.drawable:
        reasons = list(standing.obstacles())
        codes, told = [reason.code for reason in reasons], "; ".join(reason.message for reason in reasons)
        _log.warning("oracle.not_drawable", block=standing.block, reasons=codes, reason=told)
    elif standing.drawable and not before:
        _log.info("oracle.drawable", block=standing.block)


def _publish(node: Node, standing: Standing, handled: BlockRef) -> None:
    """Tell Prometheus and the readiness probe how things are after a cycle."""
    newest = node.session.latest()
    lag = max(0, newest.number - node.config.confirmations - handled.number)
    age = time.time() - newest.timestamp
    reasons = list(standing.obstacles())
    block_time = node.session.book.block_time
    if lag > node.config.lag_blocks and lag * block_time > LAG_SECONDS:
        reasons.append(Reason("lagging", f"{lag} blocks behind"))
    if age > max(STALE_SECONDS, 30 * block_time):
        reasons.append(Reason("chain-stale", f"the newest block is {age:.0f} s old"))
    if node.bench.trouble is not None:
        reasons.append(Reason(node.bench.trouble.code, node.bench.trouble.message))
    if node.refusal is not None:
        reasons.append(Reason(node.refusal.code, node.refusal.message))
    telemetry = node.telemetry
    telemetry.block_height.set(handled.number)
    telemetry.block_lag.set(lag)
    telemetry.ready.set(not reasons)
    telemetry.readiness.set(
        tuple(reasons),
        {
            "block": handled.number,
            "lag": lag,
            "oracle": node.voter.address,
            "seat": None if standing.seat is None else standing.seat.index,
            "sandbox": node.bench.enforced,
        },
    )
    _log.debug("cycle.done", block=handled.number, reasons=[reason.code for reason in reasons])


def _connect(config: NodeConfig, book: AddressBook, account: LocalAccount, telemetry: Telemetry) -> Session:
    """Connect to the chain's node, waiting for it as long as it takes."""
    pause = BACKOFF_SECONDS[0]
    while True:
        telemetry.readiness.beat()
        try:
            return Session.connect(
                book,
                account,
                rpc=config.rpc,
                confirmations=config.confirmations,
                receipt_seconds=max(RECEIPT_SECONDS, 10 * book.block_time),
            )
        except PeerUnreachable as error:
            pause = _back_off(telemetry, error, pause)


def _back_off(telemetry: Telemetry, error: AssayError, pause: float) -> float:
    """Say that the node cannot work, wait, and return the next pause."""
    _log.warning("chain.trouble", code=error.code, culprit=error.culprit, reason=error.message, retry_seconds=pause)
    telemetry.errors.labels(error.culprit, error.code).inc()
    telemetry.ready.set(0)
    telemetry.readiness.set((Reason(error.code, error.message),), {})
    time.sleep(pause)
    return min(2 * pause, BACKOFF_SECONDS[1])


def _bench(config: NodeConfig, book: AddressBook, telemetry: Telemetry) -> Bench:
    sandbox = Sandbox(config.limits, inputs=config.artifacts, scratch=config.data_dir / "scratch")
    surveys = Surveys(config.data_dir / "surveys", Egress.of(config.egress, development=book.development))
    examiner = Examiner(Artifacts.of(config, book.development), surveys, telemetry.observe)
    return Bench(examiner, sandbox, telemetry)


def _listen(telemetry: Telemetry, config: NodeConfig) -> None:
    try:
        port = telemetry.listen(config.metrics_host, config.metrics_port)
    except OSError as error:
        raise Usage(
            f"cannot listen on {config.metrics_host}:{config.metrics_port}: {error.strerror}",
            code="port-taken",
            culprit="local",
            hint="Choose another metrics port; 0 takes any free one.",
        ) from error
    _log.info("telemetry.listening", host=config.metrics_host, port=port)
