"""Two runs side by side as HTML: what the later one gained, and the cases that changed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from eval.compare import Change, Comparison, Side
from eval.intervals import Difference
from eval.render.words import NO_SHARES
from ui.chat.evaluation_words import badge_html, group_name, measure_html, message_html, when
from ui.chat.render import lines_html

__all__ = ["comparison_html"]

_SIGNIFICANT = 0.05


def comparison_html(found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What the later run gained on the shared cases, and the cases that changed."""
    left = [
        f", {count} only in the {which}"
        for count, which in ((found.only_before, "earlier"), (found.only_after, "later"))
        if count
    ]
    title = f"From {when(before['created'])} to {when(after['created'])}"
    facts = (
        f"{found.shared} cases in both{''.join(left)} · asked in the generations "
        f"{before['generation']} and {after['generation']}"
    )
    return (
        f'<h2>{escape(title)}</h2><p class="fn-facts">{escape(facts)}</p>'
        f"{_differences(found)}{_changes(found)}"
    )


def _differences(found: Comparison) -> str:
    bodies = []
    for group, values in found.measures.items():
        shown = "".join(_difference(group, name, value) for name, value in values.items())
        bodies.append(
            f'<tbody><tr><th scope="rowgroup" colspan="6">{escape(group_name(group))}</th></tr>'
            f"{shown}</tbody>"
        )
    return (
        '<p class="fn-facts">Measures on the cases in both: the difference with its 95 % interval '
        "(paired bootstrap) and p, how often chance alone makes one as large (paired permutation "
        "test). Of twenty measures, chance brings one below .05. A true difference as large as the "
        "detectable one is found in four of five such comparisons, a smaller one less often.</p>"
        '<div class="fn-scroll" tabindex="0" role="region" aria-label="Measures of both runs">'
        '<table class="fn-differences"><thead><tr><th scope="col">Measure</th>'
        '<th scope="col" class="fn-num">Before</th><th scope="col" class="fn-num">After</th>'
        '<th scope="col" class="fn-num">Difference</th><th scope="col">95 % interval</th>'
        f'<th scope="col" class="fn-num">p</th></tr></thead>{"".join(bodies)}</table></div>'
    )


def _difference(group: str, name: str, value: Difference) -> str:
    digits = 0 if group in NO_SHARES else 3
    kind = ' class="fn-sure"' if value.p < _SIGNIFICANT else ""
    return (
        f'<tr{kind}><th scope="row">{measure_html(group, name)}</th>'
        f'<td class="fn-num">{value.before:.{digits}f}</td>'
        f'<td class="fn-num">{value.after:.{digits}f}</td>'
        f'<td class="fn-num">{_signed(value.value, digits)}</td>'
        f"<td>{_signed(value.low, digits)} to {_signed(value.high, digits)}"
        f"{_detectable(value.detectable, digits)}</td>"
        f'<td class="fn-num">{_chance(value.p)}</td></tr>'
    )


def _detectable(value: float | None, digits: int) -> str:
    """The smallest difference that such a comparison shows; nothing when it is unknown.

    >>> _detectable(0.0678, 3), _detectable(None, 3)
    ('<span class="fn-sub">detectable: 0.068</span>', '')
    """
    return "" if value is None else f'<span class="fn-sub">detectable: {value:.{digits}f}</span>'


def _signed(value: float, digits: int) -> str:
    """With its sign, and no sign at zero.

    >>> _signed(-0.0001, 3), _signed(0.25, 3), _signed(-3.2, 0)
    ('0.000', '+0.250', '−3')
    """
    rounded = round(value, digits)
    text = f"{rounded:+.{digits}f}" if rounded else f"{0:.{digits}f}"
    return text.replace("-", "−")


def _chance(p: float) -> str:
    """A p-value; one that is too small to be told is not told to be zero.

    >>> _chance(0.25), _chance(0.0005)
    ('0.250', '&lt; 0.001')
    """
    return f"{p:.3f}" if p >= 0.001 else "&lt; 0.001"


def _changes(found: Comparison) -> str:
    if not found.changes:
        return "<h3>Cases that changed</h3>" + message_html("No case was judged differently.")
    better = sum(change.direction > 0 for change in found.changes)
    worse = sum(change.direction < 0 for change in found.changes)
    other = len(found.changes) - better - worse
    told = f"{worse} worse, {better} better" + (f", {other} otherwise changed" if other else "")
    body = "".join(_change(change) for change in found.changes)
    return (
        f'<h3>Cases that changed</h3><p class="fn-facts">{told}</p><table class="fn-cases">'
        '<thead><tr><th scope="col">Verdicts</th><th scope="col">Case</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _change(change: Change) -> str:
    badges = f"{badge_html(change.before.verdict.kind)} → {badge_html(change.after.verdict.kind)}"
    sides = "".join(
        f"<dt>{name}</dt><dd>{_side(side)}</dd>"
        for name, side in (("Before", change.before), ("After", change.after))
    )
    sides += f"<dt>Because</dt><dd>{escape(change.because)}</dd>"
    return (
        f'<tr data-case="{escape(change.id)}"><td class="fn-badges">{badges}</td><th scope="row">'
        f"<details><summary>{escape(change.question)}</summary><dl>{sides}</dl></details></th></tr>"
    )


def _side(side: Side) -> str:
    told = f"{side.verdict.reason} · generation {side.generation or 'none'}"
    return f'{lines_html(side.answer or "no answer")}<span class="fn-sub">{escape(told)}</span>'
