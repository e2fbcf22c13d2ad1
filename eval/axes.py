"""The axes of the plots: where a value stands, lines and labels, the frame with its words.

A plot is one SVG of 460 by 280 units. Its colours are the variables of the page around it, where
that has them (``--fn-ink`` and so on), so one drawing suits the window and the page of a report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["ACCENT", "SOFT", "Axis", "framed", "grid", "x_of", "y_of"]

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
    """Where a value stands from left to right."""
    return _LEFT + value / axis.ceiling * (_RIGHT - _LEFT)


def y_of(value: float, axis: Axis) -> float:
    """Where a value stands from top to bottom."""
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


def framed(name: str, title: str, told: str, drawn: str) -> str:
    """The SVG around what was drawn; its title and description say the same in words.

    ``name`` is what its ids begin with: one page holds a plot of each name.
    """
    return (
        f'<svg class="fn-plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-labelledby="fn-{name}-title fn-{name}-told" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="fn-{name}-title">{escape(title)}</title>'
        f'<desc id="fn-{name}-told">{escape(told)}</desc>{drawn}</svg>'
    )
