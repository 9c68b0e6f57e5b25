"""What the counts of permutations say, for people."""

from __future__ import annotations

from typing import Any


def show_counts(payload: dict[str, Any]) -> None:
    """Print what `counts_json` found."""
    from .tables import table

    counts = payload["counts"]
    table(
        ("group", "true negative", "false positive", "false negative", "true positive"),
        [(str(index // 4), *map(str, counts[index : index + 4])) for index in range(0, len(counts), 4)],
    )
    table(("metric", "value", "95 % interval"), [(name, *_cells(entry)) for name, entry in payload["metrics"].items()])


def show_finding(checked: str, false: str, small: str) -> None:
    """Print what a check found: why the proofs of what was `checked` are `false`, or else why it is too `small`."""
    import click

    if false:
        click.echo(f"False: {checked}\nBecause: {false}")
    else:
        click.echo(f"The proofs hold, but {small}" if small else f"Valid: {checked}")


def _cells(entry: dict[str, float | None]) -> tuple[str, str]:
    value, low, high = entry["value"], entry["low"], entry["high"]
    if value is None or low is None:
        return "undefined", ""
    return f"{value:.4f}", f"{low:.4f} to {'infinity' if high is None else f'{high:.4f}'}"
