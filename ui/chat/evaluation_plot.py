"""Risk against coverage as an SVG: drawn from its points, coloured by the page's variables."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["risk_svg"]

Point = tuple[float, float]

_WIDTH, _HEIGHT = 460, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 442, 14, 232
_CEILINGS = (0.1, 0.25, 0.5, 1.0)  # of the risk's axis
_TOLD = (0.25, 0.5, 0.75)


def risk_svg(points: Sequence[Point]) -> str:
    """The curve through ``points`` (coverage, risk), both in [0, 1], ascending in coverage.

    Its title and description say the same in words.

    Raises:
        ValueError: there are no points.
    """
    if not points:
        raise ValueError("no answer was given, so there is nothing to draw")
    ceiling = next(c for c in _CEILINGS if c >= max(risk for _, risk in points))
    line = " ".join(f"{_x(c):.1f},{_y(r, ceiling):.1f}" for c, r in points)
    at_x, at_y = _x(points[-1][0]), _y(points[-1][1], ceiling)
    return (
        f'<svg class="fn-plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-labelledby="fn-risk-title fn-risk-told" xmlns="http://www.w3.org/2000/svg">'
        '<title id="fn-risk-title">Risk by coverage</title>'
        f'<desc id="fn-risk-told">{escape(_in_words(points))}</desc>'
        f"{_grid(ceiling)}"
        f'<polyline class="fn-curve" points="{line}"/>'
        f'<circle class="fn-curve-end" cx="{at_x:.1f}" cy="{at_y:.1f}" r="4.5"/></svg>'
    )


def _in_words(points: Sequence[Point]) -> str:
    """What the curve shows.

    >>> _in_words([(0.25, 0.0), (0.4, 0.25)])
    '40 % of the questions are answered, 25 % of these wrong; of the surest 25 %, 0 %.'
    """
    coverage, risk = points[-1]
    whole = f"{coverage:.0%} of the questions are answered, {risk:.0%} of these wrong"
    told = "".join(
        f"; of the surest {share:.0%}, {_risk_at(share, points):.0%}"
        for share in _TOLD
        if points[0][0] <= share < coverage
    )
    return f"{whole}{told}.".replace("%", " %")


def _risk_at(share: float, points: Sequence[Point]) -> float:
    """The risk of the last point up to a coverage of ``share``."""
    return [risk for coverage, risk in points if coverage <= share][-1]


def _grid(ceiling: float) -> str:
    """Lines and labels of both axes."""
    out = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _x(part), _y(part * ceiling, ceiling)
        out += [
            f'<line class="fn-grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text x="{x:.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{part:.0%}</text>',
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_percent(part * ceiling)}'
            "</text>",
        ]
    middle = (_TOP + _BOTTOM) / 2
    out += [
        f'<text x="{(_LEFT + _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">'
        "coverage: share of the questions answered</text>",
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        "risk: share of these wrong</text>",
    ]
    return "".join(out)


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"


def _x(coverage: float) -> float:
    return _LEFT + coverage * (_RIGHT - _LEFT)


def _y(risk: float, ceiling: float) -> float:
    return _BOTTOM - risk / ceiling * (_BOTTOM - _TOP)
