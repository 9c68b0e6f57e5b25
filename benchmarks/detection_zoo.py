"""Every method of `assay check` against every provider of its zoo, in one process, for `detection.py`.

The code of supplier and providers runs as it is; only what a network answers to an input is computed once and read from
the recording ever after. Samples are used once a run, as the command does, so a run may end undecided. A method that
joins the command's registry, or a provider that joins the zoo, is replayed without a change here.
"""

import random
from collections.abc import Callable
from functools import cache, cached_property, partial

import numpy as np
from assay_chain.errors import Usage
from assay_client.checks import methods
from assay_client.checks.data import Pool, default
from assay_client.checks.endpoints.info import Info, parse
from assay_client.checks.setting import Setting
from assay_client.zoo.models import Models, load
from assay_client.zoo.providers import PROVIDERS, Provider, Request
from assay_client.zoo.server import describe
from assay_client.zoo.supplier import SEED_CONFIG, Instance
from assay_oracles.audits.evidence.method import ALPHA, Answer, Method, Query, Target
from assay_oracles.audits.evidence.verdict import Rule, join
from assay_oracles.audits.whitebox.weights import Weights
from detection_cases import Case, Outcome
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FORWARDS = {"honest", "slow"}  # the slow one breaks its agreement only
TOGETHER = "all, joined"


class Recorded(Models):
    """The zoo's models; every row is computed once."""

    @cached_property
    def _known(self) -> dict[tuple[int, bytes], Floats]:
        return {}

    def network(self, weights: Weights, inputs: Floats) -> Floats:
        """See `Models`."""
        return self._once(weights, inputs, lambda row: super(Recorded, self).network(weights, row))

    def explain(self, weights: Weights, inputs: Floats, baselines: Floats) -> Floats:
        """See `Models`."""
        both = np.stack([inputs, baselines], axis=1)
        return self._once(weights, both, lambda row: super(Recorded, self).explain(weights, row[:, 0], row[:, 1]))

    def _once(self, weights: Weights, rows: Floats, compute: Callable[[Floats], Floats]) -> Floats:
        keys = [(id(weights), row.tobytes()) for row in rows]
        for key, row in zip(keys, rows, strict=True):
            if key not in self._known:
                self._known[key] = compute(row[None])[0]
        return np.stack([self._known[key] for key in keys])


@cache
def world() -> tuple[Models, Instance, Info, Pool]:
    """Models, the supplier, what it says of itself, and samples; the models are trained when first needed."""
    found = load()
    models = Recorded(**vars(found))
    rated = {"explanations"}  # rating them costs the supplier queries and says nothing of a provider
    described = {name: value for name, value in describe(models).items() if name not in rated}
    info = parse(described, lambda _, what, __: ValueError(what))
    return models, Instance(models, SEED_CONFIG), info, default(info)


def build(name: str, seed: int, rule: Rule) -> Method:
    """A method of the command, one input a request."""
    _, _, info, pool = world()
    budget = 2 * len(pool.labels)
    key = seed.to_bytes(32, "big")  # no provider of the zoo guesses it
    setting = Setting(
        pool, info, info, info.decimals, Target.SUPPLIER, SEED_CONFIG, seed, rule, budget, batch=1, nonce_key=key
    )
    return methods.load(name).build(setting)


class Targets:
    """The supplier and one provider, fresh for each run."""

    def __init__(self, kind: type[Provider], seed: int) -> None:
        """Start the provider with its default options, and chance of its own."""
        models, self._supplier, _, _ = world()
        self._provider = kind(models, self._supplier, {name: value for name, (value, _, _) in kind.OPTIONS.items()})
        self._provider.random = np.random.default_rng(seed)

    def respond(self, query: Query) -> Answer:
        """An instance that the supplier starts from its published configuration answers as its service does."""
        if query.target is Target.PROVIDER:
            reply = self._provider.answer(Request(query.inputs, query.nonce))
        else:
            reply = self._supplier.answer(query.inputs, query.nonce)
        return Answer(reply.probs, reply.model, reply.meta)


def play(names: tuple[str, ...], kind: type[Provider], seed: int) -> Outcome:
    """Run methods together, their queries in random order, until the joined verdict or until nothing is left to ask."""
    order, respond = random.Random(seed), Targets(kind, seed).respond
    running = {name: build(name, seed, Rule(ALPHA, len(names))) for name in names}
    results = {name: method.result for name, method in running.items()}
    waiting = {name: query for name, method in running.items() if (query := method.ask()) is not None}
    while waiting and join(list(results.values())).verdict == "inconclusive":
        name = order.choice(sorted(waiting))
        running[name].tell(respond(waiting.pop(name)))
        results[name] = running[name].result
        if (query := running[name].ask()) is not None:
            waiting[name] = query
    asked = sum(result.queries.get(Target.PROVIDER, 0) for result in results.values())
    return join(list(results.values())).verdict, asked


def cases() -> list[Case]:
    """Each method alone, then those that the command runs unasked together, against each provider."""
    alone = [name for name in methods.names() if _runs(name)]
    together = tuple(name for name in alone if methods.load(name).unasked(Target.SUPPLIER, world()[2]))
    return [
        Case(label, kind.NAME, kind.NAME not in FORWARDS, partial(play, names, kind))
        for kind in PROVIDERS
        for label, names in [*((name, (name,)) for name in alone), (TOGETHER, together)]
    ]


def _runs(name: str) -> bool:
    """Methods that need options of their own register cases of their own."""
    try:
        build(name, 0, Rule())
    except Usage:
        return False
    return True
