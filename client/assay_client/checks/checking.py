"""One check from start to end: prepare, show the cost, run or resume, report."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay_chain.errors import Culprit, Usage
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import ALPHA, Target
from assay_oracles.audits.evidence.verdict import PRIOR
from assay_oracles.audits.service import sla as agreements

from assay_client.specs import malformed

from . import data, engine, keys, methods, robustness
from .building import BATCH, DATA, Run, build, read_pool
from .data import Pool
from .endpoints.base import Endpoint, Party
from .endpoints.http import HttpEndpoint, Manners
from .endpoints.info import Info
from .engine import Progress
from .journal import Journal
from .plan import Plan, Side
from .report import folder as reports
from .targets import Targets

if TYPE_CHECKING:
    from assay_chain.session import Session

BUDGET = 4000
PACE = 0.005  # seconds
Headers = Mapping[Target, Mapping[str, str]]


@dataclass(frozen=True)
class Wishes:
    """What a client asks for; see the options of `assay check`.

    Attributes:
        session: gives the chain's session; called only for `model:DIGEST`.
        samples: name of built-in samples; at most one of `data` and `samples`.
        generator: the attack that the agreement cites, if it does.
        headers: sent to the provider and to the supplier, for example credentials; never written anywhere.
        info: how a service that does not describe itself is described.
    """

    provider: str
    against: str | None = None
    methods: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    budget: int = BUDGET
    alpha: float = ALPHA
    prior: float = PRIOR
    seed: int | None = None
    pace: float = PACE
    timeout: float = 10.0
    seed_config: Mapping[str, Any] | None = None
    sla: Path | None = None
    generator: Path | None = None
    data: Path | None = None
    samples: str | None = None
    info: Info | None = None
    headers: Headers = field(default_factory=dict)
    session: Callable[[], Session] | None = None


@dataclass(frozen=True)
class Check:
    """A check that is ready to spend queries."""

    plan: Plan
    pool: Pool
    run: Run
    targets: Targets
    latency: float
    """Seconds that the provider's description took: a first guess at a query's."""
    generator: Path | None = None

    @property
    def cost(self) -> Mapping[Target, int]:
        """Inputs sent to each target at most, unless a request has to be repeated."""
        return engine.cost([*self.run.engine.methods, *self.run.apart], self.plan.budget)

    @property
    def seconds(self) -> float:
        """A rough upper bound of the time that it takes."""
        inputs = min(sum(self.cost.values()), self.plan.budget)
        probes = sum(self.run.probe.cost.values()) if self.run.probe else 0
        requests = probes + (inputs - min(probes, inputs)) / BATCH
        return requests * (self.latency + self.plan.pace)

    @property
    def money(self) -> Mapping[str, float]:
        """What the services charge at most, by currency, as far as they say, unless a request has to be repeated."""
        return self._charged(1)

    @property
    def money_limit(self) -> Mapping[str, float]:
        """What they charge at most if every request is repeated as often as it may be."""
        return self._charged(Manners.attempts)

    def _charged(self, attempts: int) -> Mapping[str, float]:
        """By currency: as much of the budget as `attempts` of every request can take, the dearest first."""
        sides = {target: self._side(target) for target in self.cost}
        prices = {target: side.info.price for target, side in sides.items() if side and side.info.price}
        left, total = defaultdict[str, int](lambda: self.plan.budget), defaultdict[str, float](float)
        for target, price in sorted(prices.items(), key=lambda priced: -priced[1].per_query):
            count = min(left[price.currency], attempts * self.cost[target])
            left[price.currency] -= count
            total[price.currency] += count * price.per_query
        return dict(total)

    def _side(self, target: Target) -> Side | None:
        return self.plan.provider if target is Target.PROVIDER else self.plan.reference

    def close(self) -> None:
        """Let go of connections."""
        self.targets.close()


def prepare(wishes: Wishes) -> Check:
    """Ask both sides what they are and build the methods; no query is spent.

    Raises:
        Usage: the wishes make no sense together.
        MalformedInput, PeerUnreachable: a side does not describe itself; culprit is that side.
    """
    _check(wishes)
    provider = _service(Target.PROVIDER, wishes.provider, wishes, wishes.info)
    reference, pool, kind = _reference(wishes)
    targets = Targets(provider, reference, kind)
    try:
        return _prepare(wishes, provider, reference, pool, targets)
    except BaseException:
        targets.close()
        raise


def _prepare(
    wishes: Wishes, provider: HttpEndpoint, reference: Endpoint | None, pool: Pool | None, targets: Targets
) -> Check:
    started = time.perf_counter()
    _introduce(provider, reference)
    info = provider.info()
    latency = time.perf_counter() - started
    against = None if reference is None else Side(str(wishes.against), reference.info())
    if against is not None:
        _check_alike(provider.party, info, against.info)
    pool = _pool(wishes, pool, provider, reference)
    sla = None if wishes.sla is None else _sla(wishes.sla)
    options = keys.resolved(wishes.options, sla, wishes.session)
    published = against.info.seed_config if against else {}
    plan = Plan(
        provider=Side(wishes.provider, info),
        reference=against,
        kind=targets.kind,
        methods=methods.chosen(wishes.methods, targets.kind, keys.signed(against.info, options)) if against else (),
        options=options,
        budget=wishes.budget,
        alpha=wishes.alpha,
        prior=wishes.prior,
        seed=secrets.randbits(64) if wishes.seed is None else wishes.seed,
        pace=wishes.pace,
        seed_config=published if wishes.seed_config is None else wishes.seed_config,
        sla=sla,
        data={"name": pool.name, "digest": pool.digest, "samples": len(pool.labels)},
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Check(plan, pool, build(plan, pool, wishes.generator), targets, latency, wishes.generator)


def _pool(wishes: Wishes, registered: Pool | None, provider: HttpEndpoint, reference: Endpoint | None) -> Pool:
    """The samples: as wished, else of the registered model, else as the supplier declares, else built-in ones.

    The provider's own word counts only where nobody else stands for the supplier.
    """
    info, declaring = provider.info(), reference or provider
    if wishes.data is not None:
        return data.load(wishes.data, info)
    if wishes.samples is not None:
        return data.built_in(wishes.samples, info)
    return registered or data.declared(declaring.party, declaring.info(), info) or data.default(info)


def start(check: Check, folder: Path, key: int | None, shown: Callable[[Progress], None]) -> dict[str, Any]:
    """Run a check into a new folder and report.

    Raises:
        Refused: the folder holds a run already.
        MalformedInput, PeerUnreachable: a side failed again and again; `resume` goes on later.
    """
    journal = Journal.create(folder, check.plan)
    (folder / DATA).write_bytes(check.pool.encode())
    robustness.keep(check.generator, folder)
    return _finish(check.run, check.targets, journal, folder, key, shown)


def resume(folder: Path, wishes: Wishes, key: int | None, shown: Callable[[Progress], None]) -> dict[str, Any]:
    """Go on with a run whose folder is given; of the wishes, only headers, timeout and session count.

    Raises:
        MalformedInput: the folder holds no run, or one that was changed.
    """
    journal = Journal.reopen(folder)
    plan = journal.plan
    run = build(plan, read_pool(folder, plan), robustness.kept(folder))
    run.engine.feed(journal.exchanges)
    provider = _service(Target.PROVIDER, plan.provider.name, wishes, plan.provider.info)
    reference: Endpoint | None = None
    if plan.reference is not None and plan.kind is Target.SUPPLIER:
        reference = _service(Target.SUPPLIER, plan.reference.name, wishes, plan.reference.info)
    elif plan.reference is not None:
        reference, _ = _registered(plan.reference.name, wishes)
    return _finish(run, Targets(provider, reference, plan.kind), journal, folder, key, shown)


def _finish(
    run: Run, targets: Targets, journal: Journal, folder: Path, key: int | None, shown: Callable[[Progress], None]
) -> dict[str, Any]:
    try:
        run.engine.run(journal, targets.ask, shown)
    finally:
        targets.close()
        journal.close()
    return reports.write(folder, journal.plan, run, journal.exchanges, key)


def _check(wishes: Wishes) -> None:
    if wishes.against is None and wishes.sla is None:
        raise _usage(
            "nothing-to-check",
            "there is nothing to compare the provider with",
            "Name the supplier with --against, or an agreement with --sla.",
        )
    if wishes.data is not None and wishes.samples is not None:
        raise _usage("two-samples", "--data and --samples both name samples", "Give one of them.")
    if wishes.against is None and wishes.methods:
        raise _usage("no-reference", "methods compare with a supplier", "Name it with --against.")
    for option, value, fits, allowed in (
        ("--alpha", wishes.alpha, 0 < wishes.alpha < 1, "between 0 and 1, without either"),
        ("--prior", wishes.prior, 0 < wishes.prior < 1, "between 0 and 1, without either"),
        ("--budget", wishes.budget, wishes.budget >= 1, "at least 1"),
        ("--timeout", wishes.timeout, wishes.timeout > 0, "more than 0 seconds"),
        ("--pace", wishes.pace, wishes.pace >= 0, "at least 0 seconds"),
        ("--seed", wishes.seed, wishes.seed is None or 0 <= wishes.seed < 1 << 64, "from 0 to 2^64 - 1"),
    ):
        if not fits:
            raise _usage("out-of-range", f"{option} is {value}; it must be {allowed}", "Choose another value.")


def _service(target: Target, url: str, wishes: Wishes, known: Info | None = None) -> HttpEndpoint:
    culprit: Culprit = "provider" if target is Target.PROVIDER else "supplier"
    manners = Manners(timeout=wishes.timeout, headers=wishes.headers.get(target))
    return HttpEndpoint(Party(culprit, url), manners, known)


def _reference(wishes: Wishes) -> tuple[Endpoint | None, Pool | None, Target]:
    if wishes.against is None:
        return None, None, Target.SUPPLIER
    if wishes.against.startswith(keys.MODEL):
        model, test = _registered(wishes.against, wishes)
        return model, test, Target.REFERENCE
    return _service(Target.SUPPLIER, wishes.against, wishes), None, Target.SUPPLIER


def _registered(name: str, wishes: Wishes) -> tuple[Endpoint, Pool]:
    from .endpoints import registered

    assert wishes.session is not None, "a registered model is read from a chain"
    found = registered.instantiate(wishes.session(), keys.digest_of(name))
    pool = data.fitting(f"test set of {name}", found.test.inputs, found.test.labels, found.endpoint.info())
    return found.endpoint, pool


def _introduce(provider: HttpEndpoint, reference: Endpoint | None) -> None:
    """Services that do not describe themselves are taken to serve what the other side serves."""
    if isinstance(reference, HttpEndpoint) and not reference.describes_itself:
        if not provider.describes_itself:
            raise _usage("no-info", "neither side describes itself", "Say what they serve with --info FILE.")
        reference.tell(provider.info())
    if not provider.describes_itself:
        if reference is None:
            raise _usage("no-info", "the service does not describe itself", "Say what it serves with --info FILE.")
        provider.tell(reference.info())


def _check_alike(party: Party, provider: Info, reference: Info) -> None:
    if (provider.input_shape, provider.outputs) != (reference.input_shape, reference.outputs):
        raise party.malformed(
            "other-model",
            f"it takes {provider.input_shape} and answers {provider.outputs} numbers, the supplier takes "
            f"{reference.input_shape} and answers {reference.outputs}",
            "It cannot be serving this supplier: compare it with another one.",
        )


def _sla(path: Path) -> Mapping[str, Any]:
    try:
        return agreements.load(path.read_bytes()).document
    except SpecError as error:
        raise malformed(error, path) from error
    except OSError as error:
        raise _usage(
            "no-sla", f"cannot read {path}: {error.strerror}", "Name a file as docs/sla.md describes."
        ) from None


def _usage(code: str, message: str, hint: str) -> Usage:
    return Usage(message, code=code, culprit="local", hint=hint)


__all__ = ["Check", "Wishes", "prepare", "resume", "start"]
