"""Plots of a report as inline SVG: no script, no network, colours from the page's style."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

WIDTH: Final = 560
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 18, 46
LEAST_E: Final = 1e-3
"""E-values below this are drawn at the lower edge."""


def evidence(trace: Sequence[Sequence[float]], alpha: float) -> Markup:
    """The joined e-value (logarithmic) against the queries sent, with the line from which the verdict is fail."""
    height = 230
    limit = 1 / alpha
    values = [max(LEAST_E, value) for _, value in trace] or [1.0]
    low = math.floor(math.log10(min(*values, 1.0, limit)))
    high = math.ceil(math.log10(max(*values, limit)) + 0.1)
    most = max((queries for queries, _ in trace), default=1)

    def x(queries: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * queries / most

    def y(value: float) -> float:
        return TOP + (height - TOP - BOTTOM) * (high - math.log10(max(LEAST_E, value))) / (high - low)

    parts = [_line(LEFT, y(10.0**power), WIDTH - RIGHT, y(10.0**power), "grid") for power in range(low, high + 1)]
    parts += [_text(LEFT - 8, y(10.0**power) + 4, _power(power), "end") for power in range(low, high + 1)]
    parts += [_text(x(tick), height - 26, f"{tick:,.0f}", "middle") for tick in _ticks(0, most)]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, height - 6, "queries sent", "middle"))
    parts.append(_line(LEFT, y(limit), WIDTH - RIGHT, y(limit), "limit"))
    parts.append(_text(LEFT + 4, y(limit) - 6, f"fail from E = {limit:g}", "start"))
    points = " ".join(f"{x(queries):.1f},{y(value):.1f}" for queries, value in ([(0, 1.0), *trace]))
    parts.append(f'<polyline class="curve" points="{points}"/>')
    return _svg(height, parts, "Evidence that the provider does not serve the supplier, against queries sent")


def interval(estimate: float, low: float, high: float, margin: float | None, least: float, most: float) -> Markup:
    """One estimate with its interval on an axis from `least` to `most`, and the margin that a pass must exclude."""
    height, middle = 66, 22

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (min(most, max(least, value)) - least) / (most - least)

    ticks = _ticks(least, most)
    parts = [_line(x(tick), TOP - 8, x(tick), height - 24, "grid") for tick in ticks]
    parts += [_text(x(tick), height - 6, f"{tick:g}", "middle") for tick in ticks]
    if margin is not None:
        parts.append(_line(x(margin), TOP - 12, x(margin), height - 24, "limit"))
    parts.append(_line(x(low), middle, x(high), middle, "bar"))
    parts.append(f'<circle class="dot" cx="{x(estimate):.1f}" cy="{middle}" r="6"/>')
    said = f"estimate {estimate:.4f}, interval {low:.4f} to {high:.4f}"
    return _svg(height, parts, said)


def latency(late: Mapping[str, int], answered: int) -> Markup:
    """How many answers came later than each threshold, as bars."""
    row, height = 20, 20 * len(late) + 6
    full = WIDTH - LEFT - 80
    parts = []
    for index, (limit, count) in enumerate(late.items()):
        top = 4 + row * index
        width = full * count / max(1, answered)
        parts.append(_text(LEFT + 4, top + 15, f"{int(limit):,} ms", "end"))
        parts.append(f'<rect class="track" x="{LEFT + 12}" y="{top + 4}" width="{full}" height="11" rx="3"/>')
        parts.append(f'<rect class="fill" x="{LEFT + 12}" y="{top + 4}" width="{width:.1f}" height="11" rx="3"/>')
        parts.append(_text(LEFT + 20 + full, top + 15, f"{count:,}", "start"))
    return _svg(height, parts, "Answers later than each threshold")


def courses(name: str, curves: Sequence[Sequence[Sequence[float]]], threshold: float, budget: int) -> Markup:
    """The paper's figure 7: a class's highest probability so far against queries (logarithmic), one line a start.

    A dot marks the query at which a start reached the threshold.
    """
    width, height, left, right, top, bottom = 270, 170, 34, 10, 14, 40
    decades = max(1.0, math.log10(budget))

    def x(query: float) -> float:
        return left + (width - left - right) * math.log10(query) / decades

    def y(probability: float) -> float:
        return top + (height - top - bottom) * (1 - probability)

    powers = [10**power for power in range(math.floor(decades) + 1)]
    parts = [_line(x(tick), top, x(tick), height - bottom, "grid") for tick in powers]
    parts += [_text(x(tick), height - 24, f"{tick:,}", "middle") for tick in powers]
    parts += [_line(left, y(tick), width - right, y(tick), "grid") for tick in (0, 0.5, 1)]
    parts += [_text(left - 6, y(tick) + 4, f"{tick:g}", "end") for tick in (0, 0.5, 1)]
    parts.append(_text((left + width - right) / 2, height - 6, "queries", "middle"))
    for curve in curves:
        points, last = list[str](), None
        for query, probability in curve:
            points += [] if last is None else [f"{x(query):.1f},{y(last):.1f}"]
            points.append(f"{x(query):.1f},{y(probability):.1f}")
            last = probability
        parts.append(f'<polyline class="course" points="{" ".join(points)}"/>')
    parts.append(_line(left, y(threshold), width - right, y(threshold), "limit"))
    for curve in curves:
        query, probability = curve[-1]
        if probability >= threshold:
            parts.append(f'<circle class="dot" cx="{x(query):.1f}" cy="{y(probability):.1f}" r="2.5"/>')
    return _svg(height, parts, f"Probability of {name} against queries", width)


def axis(methods: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """A common axis for the intervals of all methods."""
    bounds = [bound for method in methods if method["interval"] for bound in method["interval"]]
    margins = [method["facts"].get("margin") or 0.0 for method in methods]
    least, most = min([0.0, *bounds]), max([*margins, *bounds, 0.05])
    step = _step(most - least)
    return step * math.floor(least / step), step * math.ceil(most / step)


def _step(span: float) -> float:
    """A round distance between at most six ticks: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(span / 6))
    return next(factor * power for factor in (1, 2, 5, 10) if span / (factor * power) <= 6)


def _ticks(least: float, most: float) -> list[float]:
    step = _step(most - least)
    return [round(step * index, 9) for index in range(math.ceil(least / step), math.floor(most / step + 1e-9) + 1)]


def _power(power: int) -> str:
    return f"{10**power:g}" if -3 <= power <= 4 else f"1e{power}"


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _svg(height: int, parts: Sequence[str], title: str, width: int = WIDTH) -> Markup:
    """Every text in `parts` is made of numbers and words of ours."""
    inside = "".join(parts)
    return Markup(  # noqa: S704
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{title}"><title>{title}</title>{inside}</svg>'
    )
