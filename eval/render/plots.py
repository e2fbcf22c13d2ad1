"""What a run looks like, as SVGs: risk by coverage, reliability, how long answers took.

Each is drawn from its points alone and says in its description what it shows, for those who do not
see it. What is measured is in :mod:`eval.judge` and :mod:`eval.measures`.

The axes of the plots: where a value is, lines and labels, the frame with its words.

A plot is one SVG of 460 by 280 units. Its colours are the variables of the page around it, where
that has them (``--fn-ink`` and so on), so one drawing suits the window and the page of a report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

__all__ = [
    "ACCENT",
    "SOFT",
    "Axis",
    "framed",
    "grid",
    "latency_svg",
    "reliability_svg",
    "risk_svg",
    "x_of",
    "y_of",
]


Point = tuple[float, float]

_CEILINGS = (0.1, 0.25, 0.5, 1.0)  # of the risk's axis
_PARTS = (0.0, 0.25, 0.5, 0.75, 1.0)
_TOLD = (0.25, 0.5, 0.75)
_Z = 1.959964  # 95 % of a normal distribution are within so many standard deviations


def risk_svg(points: Sequence[Point]) -> str:
    """The curve through ``points`` (coverage, risk), both in [0, 1], ascending in coverage.

    Raises:
        ValueError: there are no points.
    """
    if not points:
        raise ValueError("no answer was given, so there is nothing to draw")
    across = _shares("coverage: share of the questions answered")
    ceiling = next(c for c in _CEILINGS if c >= max(risk for _, risk in points))
    up = _shares("risk: share of these wrong", ceiling)
    at_x, at_y = x_of(points[-1][0], across), y_of(points[-1][1], up)
    drawn = (
        f"{grid(across, up)}{_curve(points, across, up)}"
        f'<circle class="fn-curve-end" cx="{at_x:.1f}" cy="{at_y:.1f}" r="4.5"/>'
    )
    return framed("risk", "Risk by coverage", _risk_in_words(points), drawn)


def reliability_svg(bins: Sequence[tuple[float, float, int]]) -> str:
    """Answers of like confidence: ``bins`` of (mean confidence, share right, how many).

    A point on the dashed diagonal is as often right as its confidence says. The larger it is, the
    more answers; its line is the 95 % interval of the share (Wilson 1927).

    Raises:
        ValueError: there are no bins.
    """
    if not bins:
        raise ValueError("no answer was given, so there is nothing to draw")
    across, up = _shares("confidence of the answers"), _shares("share of these right")
    most = max(n for _, _, n in bins)
    drawn = [grid(across, up), _ideal(across, up)]
    for sure, right, n in sorted(bins):
        x, (low, high) = x_of(sure, across), wilson(right, n)
        drawn.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y_of(low, up):.1f}" y2="{y_of(high, up):.1f}" '
            f'stroke="{ACCENT}" stroke-width="2" stroke-opacity=".5"/>'
            f'<circle class="fn-curve-end" cx="{x:.1f}" cy="{y_of(right, up):.1f}" '
            f'r="{3 + 6 * math.sqrt(n / most):.1f}"/>'
        )
    text = _reliability_in_words(bins)
    return framed(
        "reliability", "How often answers of a confidence are right", text, "".join(drawn)
    )


def latency_svg(values_ms: Sequence[float]) -> str:
    """The share of answers that came within a time, with lines at the half and at 19 of 20.

    The axis ends where the longest ones are out of reach of all others (beyond three times the
    95th percentile); the description says how long they took.

    Raises:
        ValueError: there are no values.
    """
    if not values_ms:
        raise ValueError("no answer was timed, so there is nothing to draw")
    seconds = sorted(value / 1000 for value in values_ms)
    half, most = map(float, np.quantile(seconds, [0.5, 0.95]))
    across = _seconds(min(seconds[-1], 3 * most))
    up = _shares("share of the answers")
    shown = [value for value in seconds if value <= across.ceiling]
    points = [(0.0, 0.0)]
    for count, value in enumerate(shown, start=1):
        points += [(value, points[-1][1]), (value, count / len(seconds))]
    points.append((across.ceiling, points[-1][1]))
    lines = "".join(_upright(value, across, up) for value in (half, most))
    drawn = f"{grid(across, up)}{lines}{_curve(points, across, up)}"
    text = (
        f"Half of the {len(seconds)} answers came within {duration(half)}, 19 of 20 within "
        f"{duration(most)}, the slowest took {duration(seconds[-1])}."
    )
    return framed("latency", "How long answers took", text, drawn)


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of ``n`` (Wilson 1927).

    >>> low, high = wilson(0.5, 10)
    >>> round(low, 3), round(high, 3)
    (0.237, 0.763)
    """
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def duration(seconds: float) -> str:
    """Seconds to two digits.

    >>> duration(0.2486), duration(12.34), duration(0.004)
    ('0.25 s', '12 s', '0.004 s')
    """
    return f"{float(f'{seconds:.2g}'):g} s" if seconds < 100 else f"{seconds:.0f} s"


def _shares(name: str, ceiling: float = 1.0) -> Axis:
    return Axis(name, ceiling, [(p * ceiling, f"{p * ceiling * 100:.3g}%") for p in _PARTS])


def _seconds(longest: float) -> Axis:
    """An axis that holds ``longest``, with at most seven round ticks.

    >>> [label for _, label in _seconds(0.83).ticks]
    ['0', '0.2', '0.4', '0.6', '0.8', '1']
    """
    raw = max(longest, 1e-3) / 6
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= raw)
    count = max(1, math.ceil(round(longest / step, 6)))
    ticks = [(step * i, f"{step * i:.4g}") for i in range(count + 1)]
    return Axis("seconds until the whole answer", step * count, ticks)


def _curve(points: Sequence[Point], across: Axis, up: Axis) -> str:
    line = " ".join(f"{x_of(x, across):.1f},{y_of(y, up):.1f}" for x, y in points)
    return f'<polyline class="fn-curve" points="{line}"/>'


def _ideal(across: Axis, up: Axis) -> str:
    return (
        f'<line x1="{x_of(0, across)}" y1="{y_of(0, up)}" x2="{x_of(1, across)}" '
        f'y2="{y_of(1, up)}" stroke="{SOFT}" stroke-width="1.5" stroke-dasharray="5 5"/>'
    )


def _upright(value: float, across: Axis, up: Axis) -> str:
    x = f"{x_of(value, across):.1f}"
    return (
        f'<line x1="{x}" x2="{x}" y1="{y_of(0, up)}" y2="{y_of(1, up)}" stroke="{SOFT}" '
        'stroke-width="1.5" stroke-dasharray="5 5"/>'
    )


def _risk_in_words(points: Sequence[Point]) -> str:
    """What the curve shows.

    >>> _risk_in_words([(0.25, 0.0), (0.4, 0.25)])
    '40 % of the questions are answered, 25 % of these wrong; of the surest 25 %, 0 %.'
    """
    coverage, risk = points[-1]
    whole = f"{coverage:.0%} of the questions are answered, {risk:.0%} of these wrong"
    text = "".join(
        f"; of the surest {share:.0%}, {_risk_at(share, points):.0%}"
        for share in _TOLD
        if points[0][0] <= share < coverage
    )
    return f"{whole}{text}.".replace("%", " %")


def _risk_at(share: float, points: Sequence[Point]) -> float:
    """The risk of the last point up to a coverage of ``share``."""
    return [risk for coverage, risk in points if coverage <= share][-1]


def _reliability_in_words(bins: Sequence[tuple[float, float, int]]) -> str:
    """What the points show.

    >>> _reliability_in_words([(0.25, 0.5, 4), (0.91, 1.0, 1)])
    'Of 4 answers with a confidence of about 0.25, 50 % are right; of 1 of about 0.91, 100 %.'
    """
    first, *others = sorted(bins)
    whole = f"Of {first[2]} answers with a confidence of about {first[0]:.2f}, "
    text = "".join(f"; of {n} of about {sure:.2f}, {right:.0%}" for sure, right, n in others)
    return f"{whole}{first[1]:.0%} are right{text}.".replace("%", " %")


ACCENT, SOFT = (f"var(--fn-{name}, currentColor)" for name in ("accent", "soft"))

_WIDTH, _HEIGHT = 460, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 442, 14, 232


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to ``ceiling``, with ``ticks`` and their labels; ``name`` says what it measures."""

    name: str
    ceiling: float
    ticks: Sequence[tuple[float, str]]


def x_of(value: float, axis: Axis) -> float:
    """Where a value is from left to right."""
    return _LEFT + value / axis.ceiling * (_RIGHT - _LEFT)


def y_of(value: float, axis: Axis) -> float:
    """Where a value is from top to bottom."""
    return _BOTTOM - value / axis.ceiling * (_BOTTOM - _TOP)


def grid(across: Axis, up: Axis) -> str:
    """Lines and labels of both axes."""
    out = [
        f'<text x="{x_of(value, across):.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{label}'
        "</text>"
        for value, label in across.ticks
    ]
    for value, label in up.ticks:
        y = y_of(value, up)
        out += [
            f'<line class="fn-grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>',
        ]
    middle = (_TOP + _BOTTOM) / 2
    out += [
        f'<text x="{(_LEFT + _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{across.name}'
        "</text>",
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        f"{up.name}</text>",
    ]
    return "".join(out)


def framed(name: str, title: str, text: str, drawn: str) -> str:
    """The SVG around what was drawn; its title and description say the same in words.

    ``name`` is what its ids begin with: one page holds a plot of each name.
    """
    return (
        f'<svg class="fn-plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-labelledby="fn-{name}-title fn-{name}-told" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="fn-{name}-title">{escape(title)}</title>'
        f'<desc id="fn-{name}-told">{escape(text)}</desc>{drawn}</svg>'
    )
