"""Tables made by hand, honest or not: every row's parts can be chosen, and a forged table is signed all the same."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any

from assay_oracles.audits.fairness import prove, transcript
from assay_oracles.audits.fairness.evaluate import Report, verify_table
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.params import BATCH, Form, Params
from assay_oracles.audits.fairness.signature import address_of, seal
from assay_oracles.audits.fairness.table import Header

KEY = 0xA55A
SUPPLIER = address_of(KEY)


class Serial(Executor):
    """Runs everything at once, in this thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def check(data: bytes) -> Report:
    """Verify a table in memory."""
    return verify_table(io.BytesIO(data), Serial(), 1, lambda checkpoint: None)


def header(n: int, params: Params | None = None, form: Form = BATCH, **fields: Any) -> Header:
    """A header of the test supplier."""
    given = {
        "chain_id": 0,
        "board": bytes(20),
        "supplier": SUPPLIER,
        "nonce": secrets.token_bytes(32),
        "data_commit": secrets.token_bytes(32),
        **fields,
    }
    return Header(form, params or Params(), n, **given)


def honest(
    choices: Sequence[int], params: Params | None = None, form: Form = BATCH, head: Header | None = None
) -> bytes:
    """A true table, by the product's own prover."""
    head = head or header(len(choices), params, form)
    secret = prove.Secret.fresh(head.params)
    start, *_ = prove.starts(secret, head.params, choices, len(choices))
    rows, leaves = prove.prove_rows(head.table_id, secret, head.params, head.form, start, choices)
    tree = transcript.Tree(transcript.depth_of(head.n))
    for leaf in leaves:
        tree.append(leaf)
    return head.encode() + rows + seal(head, tree.root(), counts_of(choices, head.params), KEY).encode()


def counts_of(choices: Sequence[int], params: Params) -> tuple[int, ...]:
    """The true counts; pads count for nothing."""
    return tuple(choices.count(k) for k in range(params.permutations))


@dataclass(frozen=True)
class Part:
    """One row, every part of it open to changes."""

    x: bytes
    y: bytes
    c: bytes
    branches: tuple[bytes, ...]

    def branch(self, j: int, **parts: bytes) -> Part:
        """The row with parts (a, b, c, r) of one branch replaced."""
        size = (len(self.branches[j]) - 64) // 2
        cuts = {"a": (0, size), "b": (size, 2 * size), "c": (2 * size, 2 * size + 32), "r": (2 * size + 32, None)}
        given = {name: self.branches[j][slice(*cut)] for name, cut in cuts.items()} | parts
        branches = list(self.branches)
        branches[j] = b"".join(given[name] for name in "abcr")
        return replace(self, branches=tuple(branches))


def masks(params: Params, xs: Sequence[int]) -> list[int]:
    """The exponents y_i of Y_i."""
    order = group_of(params.group).order
    return [(sum(xs[:i]) - sum(xs[i + 1 :])) % order for i in range(len(xs))]


def secrets_of(params: Params, n: int) -> list[int]:
    """Fresh x_i."""
    return [secrets.randbelow(group_of(params.group).order - 1) + 1 for _ in range(n)]


def keys(params: Params, xs: Sequence[int], row: int) -> prove.Keys:
    """The keys of a row (from 1) of a table with these secrets."""
    group, y = group_of(params.group), masks(params, xs)[row - 1]
    return prove.Keys(row, xs[row - 1], y, group.base(xs[row - 1]), group.base(y))


def part(head: Header, xs: Sequence[int], row: int, choice: int) -> Part:
    """An honest row for chosen secrets."""
    own = keys(head.params, xs, row)
    secret = prove.Secret.fresh(head.params)
    (cryptogram,) = prove.encrypt(head.table_id, secret, head.params, [own], [choice])
    return Part(own.public, own.mask, cryptogram.element, tuple(cryptogram.branches))


def assemble(head: Header, parts: Sequence[Part], counts: Sequence[int], key: int = KEY) -> bytes:
    """A signed table of any rows; B and root are what they should be where the rows are points at all."""
    group, rows, tally = group_of(head.params.group), [], b""
    tree = transcript.Tree(transcript.depth_of(head.n))
    for row in parts:
        if group.is_element(row.c):
            tally = group.add(tally, row.c)
        running = tally or bytes(len(row.c))
        if head.form == BATCH:
            rows.append(row.x + row.y + row.c + running + b"".join(row.branches))
        else:
            rows.append(group.to_wire(row.x) + group.to_wire(row.c) + b"".join(b[-64:] for b in row.branches))
        tree.append(transcript.leaf(row.x, row.y, row.c, running, row.branches))
    return head.encode() + b"".join(rows) + seal(head, tree.root(), tuple(counts), key).encode()


def table(
    choices: Sequence[int],
    change: Callable[[Header, list[int], list[Part]], Sequence[Part]] | None = None,
    params: Params | None = None,
    form: Form = BATCH,
    xs: Sequence[int] | None = None,
    head: Header | None = None,
) -> bytes:
    """A signed table whose rows are true but for what `change` does to them."""
    head = head or header(len(choices), params, form)
    used = list(xs) if xs else secrets_of(head.params, head.n)
    parts = [part(head, used, i + 1, choice) for i, choice in enumerate(choices)]
    return assemble(head, change(head, used, parts) if change else parts, counts_of(choices, head.params))


def word(number: int) -> bytes:
    """A number as the format writes it."""
    return number.to_bytes(32, "big")


def on_curve_between_order_and_modulus() -> bytes:
    """A point of secp256k1 with an x-coordinate from N to p."""
    order, modulus = group_of(Params().group).order, 2**256 - 2**32 - 977
    for x in range(order, order + 100):
        if pow(square := (x**3 + 7) % modulus, (modulus - 1) // 2, modulus) == 1:
            return word(x) + word(pow(square, (modulus + 1) // 4, modulus))
    raise AssertionError("one in two is on the curve")
