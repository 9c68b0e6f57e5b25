"""Every method of `assay check` against every provider of its zoo, in one process, for `detection.py`.

The code of supplier and providers runs as it is; only what networks answer is read from a recording. Samples are used
once a run, as the command does, so a run may end undecided. A method that joins the command's registry, or a provider
that joins the zoo, is replayed without a change here.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np
from assay_chain.errors import Usage
from assay_client.checks import methods
from assay_client.checks.data import Pool, default
from assay_client.checks.endpoints.info import Info, parse
from assay_client.checks.setting import Setting
from assay_client.zoo import models, reading
from assay_client.zoo.providers import PROVIDERS, Honest, Provider, Request
from assay_client.zoo.server import describe
from assay_client.zoo.supplier import SEED_CONFIG
from assay_oracles.audits.evidence.method import ALPHA, Answer, Method, Query, Target
from assay_oracles.audits.evidence.verdict import Rule, join
from assay_oracles.audits.steganography import kit as kits
from assay_oracles.audits.steganography.check import Steganography
from assay_oracles.audits.steganography.kit import Kit
from detection_cases import Case, Outcome
from detection_recorded import RecordedKit, RecordedModels, RecordedSupplier

FORWARDS = {"honest", "slow"}  # the slow one breaks its agreement only
ALIKE = {"slow", "sticky"}  # answer as the honest and the weak one do, as far as a recording can tell
EXPLAINED = "metaresult by explanations"
STEGANOGRAPHY = "steganography"
VIEWS = 4


@dataclass(frozen=True)
class World:
    """A zoo: models, the supplier, what it says of itself, samples, and the client's hide kit if it reads messages."""

    models: RecordedModels
    supplier: RecordedSupplier
    info: Info
    pool: Pool
    kit: Kit | None = None
    seed_config: Mapping[str, Any] = field(default_factory=lambda: SEED_CONFIG)


@cache
def plain() -> World:
    """What `assay zoo serve` serves; the models are trained when first needed."""
    found = RecordedModels(**vars(models.load()))
    return _world(found, None, SEED_CONFIG)


@cache
def messages() -> World:
    """What `assay zoo serve --stego` serves: the supplier reads messages."""
    found, path = reading.load()
    return _world(RecordedModels(**vars(found)), RecordedKit(**vars(kits.load(path))), SEED_CONFIG)


@cache
def drawing() -> World:
    """The same with fresh noise in every answer, as its seed configuration allows."""
    world = messages()
    return _world(world.models, world.kit, SEED_CONFIG | {"seed": None})


def _world(found: RecordedModels, kit: Kit | None, seed_config: Mapping[str, Any]) -> World:
    info = parse(describe(found), lambda _, what, __: ValueError(what))
    views = 1 if seed_config == SEED_CONFIG else VIEWS
    return World(found, RecordedSupplier(found, seed_config, views), info, default(info), kit, seed_config)


def build(world: World, name: str, seed: int, rule: Rule) -> Method:
    """A method of the command, one input a request.

    Records alone are judged without a baseline: rating S's explanations costs S queries and says nothing of P.
    """
    if name == STEGANOGRAPHY:
        assert world.kit is not None, "there is nothing to hide with"
        return Steganography(world.pool.inputs, world.kit, seed, rule)
    explained = name == EXPLAINED
    supplier = world.info if explained else Info(**vars(world.info) | {"baseline": None})
    setting = Setting(
        pool=world.pool,
        info=world.info,
        supplier=supplier,
        decimals=world.info.decimals,
        reference=Target.SUPPLIER,
        seed_config=world.seed_config,
        seed=seed,
        rule=rule,
        share=2 * len(world.pool.labels),
        batch=1,
        nonce_key=seed.to_bytes(32, "big"),  # no provider of the zoo guesses it
        options={"proof": "explanations"} if explained else {},
    )
    return methods.load("metaresult" if explained else name).build(setting)


class Targets:
    """The supplier and one provider, fresh for each run."""

    def __init__(self, world: World, kind: type[Provider], seed: int, options: Mapping[str, float]) -> None:
        """Start the provider with its default options where none are given, and chance of its own."""
        self._supplier = world.supplier
        self._supplier.random = np.random.default_rng([seed, 1])
        defaults = {name: value for name, (value, _, _) in kind.OPTIONS.items()}
        self._provider = kind(world.models, self._supplier, defaults | options)
        self._provider.random = np.random.default_rng(seed)

    def respond(self, query: Query) -> Answer:
        """An instance that the supplier starts from its published configuration answers as its service does."""
        if query.target is Target.PROVIDER:
            reply = self._provider.answer(Request(query.inputs, query.nonce))
        else:
            reply = self._supplier.answer(query.inputs, query.nonce)
        return Answer(reply.probs, reply.model, reply.meta)


def play(
    zoo: Any, names: tuple[str, ...], kind: type[Provider], seed: int, alpha: float = ALPHA, **options: float
) -> Outcome:
    """Run methods together, their queries in random order, until the joined verdict or until nothing is left to ask."""
    world: World = zoo()
    order, respond = random.Random(seed), Targets(world, kind, seed, options).respond
    running = {name: build(world, name, seed, Rule(alpha, len(names))) for name in names}
    results = {name: method.result for name, method in running.items()}
    waiting = {name: query for name, method in running.items() if (query := method.ask()) is not None}
    verdict = join(list(results.values()), alpha).verdict
    while waiting and verdict == "inconclusive":
        name = order.choice(sorted(waiting))
        running[name].tell(respond(waiting.pop(name)))
        results[name] = running[name].result
        verdict = join(list(results.values()), alpha).verdict
        if (query := running[name].ask()) is not None:
            waiting[name] = query
    asked = sum(result.queries.get(Target.PROVIDER, 0) for result in results.values())
    return verdict, asked


def alone() -> list[str]:
    """The command's methods that need no options."""
    return [name for name in methods.names() if _runs(name)]


def together() -> tuple[str, ...]:
    """Those that it runs unasked."""
    return tuple(name for name in alone() if methods.load(name).unasked(Target.SUPPLIER, plain().info))


def cases() -> list[Case]:
    """Each method alone, then those that the command runs unasked together, against each provider; then all at once."""
    everything = (*alone(), STEGANOGRAPHY)
    found = []
    for kind in (kind for kind in PROVIDERS if kind.NAME not in ALIKE):
        rows = [(name, plain, (name,)) for name in alone()]
        rows += [(EXPLAINED, plain, (EXPLAINED,)), (STEGANOGRAPHY, messages, (STEGANOGRAPHY,))]
        rows.append((", ".join(together()), plain, together()))
        cheats = kind.NAME not in FORWARDS
        found += [Case(label, kind.NAME, cheats, partial(play, zoo, names, kind)) for label, zoo, names in rows]
    honest = partial(play, messages, everything, Honest)
    found.append(Case("all joined", "honest", False, honest))
    for alpha in (0.05, 0.01):
        honest = partial(play, drawing, everything, Honest, alpha=alpha)
        found.append(Case("all joined", f"honest, S draws at random, alpha {alpha:.0%}", False, honest))
    return found


def _runs(name: str) -> bool:
    """Methods that need options of their own are built in their own way."""
    try:
        build(plain(), name, 0, Rule())
    except (Usage, AssertionError):
        return False
    return True
