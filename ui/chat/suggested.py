"""Questions that are offered as buttons, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["BEING_BUILT", "NO_INDEX", "suggested_html"]

NO_INDEX = (
    '<nav class="fn-suggested fn-first" aria-label="How to begin"><p>There is nothing to ask yet. '
    "Add documents on the Documents page, or put files into the folder, then press Rebuild."
    "</p></nav>"
)
BEING_BUILT = (
    '<nav class="fn-suggested fn-first" aria-label="How to begin"><p>The documents are being read '
    "for the first time: they can be asked as soon as the bar above is gone.</p></nav>"
)


def suggested_html(questions: Sequence[str], *, is_first: bool) -> str:
    """The questions as buttons; ``is_first`` ones begin a conversation, others go on with it."""
    if not questions:
        return ""
    told = "Questions that the documents answer" if is_first else "Ask next"
    items = "".join(
        f'<li><button type="button" data-event="select" data-question="{escape(question)}">'
        f"{escape(question)}</button></li>"
        for question in questions
    )
    kind = " fn-first" if is_first else ""
    return (
        f'<nav class="fn-suggested{kind}" aria-label="{told}"><p>{told}</p><ul>{items}</ul></nav>'
    )
