"""What a run looks like, as SVGs: risk by coverage, reliability, how long answers took.

Each is drawn from its points alone and says in its description what it shows, for those who do not
see it. What is measured is in :mod:`eval.judge` and :mod:`eval.measures`.

A plot is one SVG of 460 by 280 units. Its colours are the variables of the page around it, where
that has them (``--fn-ink`` and so on), so one drawing suits the window and the page of a report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from eval.render.html import render

__all__ = ["latency_svg", "reliability_svg", "risk_svg"]

Point = tuple[float, float]

_CEILINGS = (0.1, 0.25, 0.5, 1.0)  # of the risk's axis
_PARTS = (0.0, 0.25, 0.5, 0.75, 1.0)
_TOLD = (0.25, 0.5, 0.75)
_Z = 1.959964  # 95 % of a normal distribution are within so many standard deviations


@dataclass(frozen=True, slots=True)
class _Axis:
    """From 0 to ``ceiling``, with ``ticks`` and their labels; ``name`` says what it measures."""

    name: str
    ceiling: float
    ticks: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class _Dot:
    """A point of so large a radius, and how far the line through it goes from low to high."""

    x: float
    y: float
    radius: float
    interval: Point | None = None


def risk_svg(points: Sequence[Point]) -> Markup:
    """The curve through ``points`` (coverage, risk), both in [0, 1], ascending in coverage.

    Raises:
        ValueError: there are no points.
    """
    if not points:
        raise ValueError("no answer was given, so there is nothing to draw")
    across = _shares("coverage: share of the questions answered")
    ceiling = next(c for c in _CEILINGS if c >= max(risk for _, risk in points))
    up = _shares("risk: share of these wrong", ceiling)
    return _plot(
        "risk",
        "Risk by coverage",
        _risk_in_words(points),
        across,
        up,
        curve=points,
        dots=[_Dot(*points[-1], 4.5)],
    )


def reliability_svg(bins: Sequence[tuple[float, float, int]]) -> Markup:
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
    return _plot(
        "reliability",
        "How often answers of a confidence are right",
        _reliability_in_words(bins),
        across,
        up,
        dashed=[((0, 0), (1, 1))],
        dots=[
            _Dot(sure, right, 3 + 6 * math.sqrt(n / most), wilson(right, n))
            for sure, right, n in sorted(bins)
        ],
    )


def latency_svg(values_ms: Sequence[float]) -> Markup:
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
    text = (
        f"Half of the {len(seconds)} answers came within {duration(half)}, 19 of 20 within "
        f"{duration(most)}, the slowest took {duration(seconds[-1])}."
    )
    dashed = [((value, 0), (value, 1)) for value in (half, most)]
    return _plot("latency", "How long answers took", text, across, up, dashed=dashed, curve=points)


def _plot(
    name: str,
    title: str,
    text: str,
    across: _Axis,
    up: _Axis,
    *,
    dashed: Sequence[tuple[Point, Point]] = (),
    curve: Sequence[Point] = (),
    dots: Sequence[_Dot] = (),
) -> Markup:
    """The SVG with its axes; its title and description say the same in words.

    ``name`` is what its ids begin with: one page holds a plot of each name.
    """
    return render(
        "plot",
        name=name,
        title=title,
        text=text,
        across=across,
        up=up,
        dashed=dashed,
        curve=curve,
        dots=dots,
    )


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


def _shares(name: str, ceiling: float = 1.0) -> _Axis:
    return _Axis(name, ceiling, [(p * ceiling, f"{p * ceiling * 100:.3g}%") for p in _PARTS])


def _seconds(longest: float) -> _Axis:
    """An axis that holds ``longest``, with at most seven round ticks.

    >>> [label for _, label in _seconds(0.83).ticks]
    ['0', '0.2', '0.4', '0.6', '0.8', '1']
    """
    raw = max(longest, 1e-3) / 6
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= raw)
    count = max(1, math.ceil(round(longest / step, 6)))
    ticks = [(step * i, f"{step * i:.4g}") for i in range(count + 1)]
    return _Axis("seconds until the whole answer", step * count, ticks)


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
