"""The words of the evaluation page: suites, measures and verdicts as a reader knows them."""

from __future__ import annotations

from html import escape

from eval.cases import OWN
from eval.judge import KINDS
from eval.render.words import GROUPS, KIND_NAMES, NO_SHARES, duration, meaning_of, when

__all__ = [
    "VERDICTS",
    "badge_html",
    "duration",
    "group_name",
    "measure_html",
    "message_html",
    "suite_name",
    "when",
]

VERDICTS = {kind: KIND_NAMES[kind] for kind in KINDS}
"""The kinds of ``eval.judge`` in words, the worst first."""

_SUITES = {"seeds": "shipped cases", OWN: "your cases"}


def suite_name(suite: str) -> str:
    """The suite as a reader knows it.

    >>> suite_name("seeds"), suite_name("squad2")
    ('shipped cases', 'squad2')
    """
    return _SUITES.get(suite, suite)


def group_name(group: str) -> str:
    """A group of measures as a reader knows it."""
    return GROUPS.get(group, group)


def measure_html(group: str, name: str) -> str:
    """What a measure means, with its name in the literature below."""
    meaning = meaning_of(group, name)
    is_low = meaning.lower_is_better and group not in NO_SHARES
    told = meaning.says + (" (lower is better)" if is_low else "")
    if told == name:
        return escape(name)
    return f'{escape(told)}<span class="fn-sub">{escape(name)}</span>'


def badge_html(kind: str) -> str:
    """The kind of a verdict."""
    return f'<span class="fn-verdict fn-v-{kind}">{VERDICTS[kind]}</span>'


def message_html(text: str, *, bad: bool = False) -> str:
    """One sentence in the place of something else; an error when ``bad``."""
    kind, role = ("fn-error", "alert") if bad else ("fn-none", "status")
    return f'<p class="{kind}" role="{role}">{escape(text)}</p>'
