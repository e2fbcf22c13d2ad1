"""The draft cases as HTML: how many there are, the list that is looked through, the form of one.

What is drawn again is matched by position, so parts that come and go have a place of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from markupsafe import Markup

from eval.drafts_file import DraftLine
from eval.types import Case
from ui.chat.html import render

__all__ = [
    "MAX_ANSWERS",
    "MAX_QUESTION",
    "ROWS",
    "Review",
    "counts_text",
    "drafting_html",
    "drafts_html",
    "overview_html",
    "undecided",
]

ROWS = 20  # and as many more at a time
MAX_QUESTION, MAX_ANSWERS = 2000, 4000  # characters

_DECIDED = {"accepted": "Accepted", "rejected": "Rejected"}


@dataclass(frozen=True, slots=True)
class Review:
    """How far the drafts are looked through in one window.

    ``rows`` are shown (0: the list is closed); ``editing`` is the id of the draft whose form is
    open. ``last`` is the draft that was decided last, as it was before, and how it was decided.
    """

    rows: int = 0
    editing: str = ""
    last: DraftLine | None = None


def undecided(lines: Sequence[DraftLine]) -> list[DraftLine]:
    """Those that nothing was said of yet."""
    return [line for line in lines if line.state == "draft"]


def counts_text(lines: Sequence[DraftLine]) -> str:
    """How many there are in each state, in words."""
    count = Counter(line.state for line in lines)
    return (
        f"{count['draft']} to look at, {count['accepted']} accepted, {count['rejected']} rejected"
    )


def drafting_html(done: int, total: int) -> Markup:
    """How far the drafting is; ``total`` is 0 while that is not known."""
    read = f": {done} of {total} documents read" if total else ""
    text = f"Drafting, which can take some seconds{read}"
    return render("progress", label="Drafting", text=text, done=done, total=total)


def overview_html(lines: Sequence[DraftLine], review: Review, text: str = "") -> Markup:
    """How many there are, and the button that opens the list; ``text`` is what was drafted."""
    return render(
        "drafts_overview",
        counts=counts_text(lines) if lines else "",
        is_open=review.rows > 0,
        text=text,
    )


def drafts_html(
    lines: Sequence[DraftLine],
    review: Review,
    *,
    focus: str = "",
    trouble: str = "",
    typed: Case | None = None,
) -> Markup:
    """The list, "" when it is closed.

    ``focus`` is the id of the draft that the focus goes to ("top": the title). ``trouble`` is why
    something could not be done, ``typed`` what stands in the form then.
    """
    if not review.rows:
        return Markup()
    left = undecided(lines)
    state = f"{counts_text(lines)}."
    if review.last is not None:
        question = shorten(review.last.draft.case.question, 60, placeholder="…")
        state += f" {_DECIDED[review.last.state]}: “{question}”."
    return render(
        "drafts",
        shown=[line.draft for line in left[: review.rows]],
        state=state,
        can_undo=review.last is not None and not review.editing,
        editing=review.editing,
        typed=typed,
        focus=focus,
        trouble=trouble,
        more=0 if review.editing else max(0, min(ROWS, len(left) - review.rows)),
        max_question=MAX_QUESTION,
        max_answers=MAX_ANSWERS,
    )
