"""The draft cases as HTML: how many there are, the list that is looked through, the form of one.

What is drawn again is matched by position, so parts that come and go have a place of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import shorten

from eval.drafts_file import DraftLine
from eval.types import Case
from ui.chat.evaluation_words import message_html

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


def drafting_html(done: int, total: int) -> str:
    """How far the drafting is; ``total`` is 0 while that is not known."""
    told = f": {done} of {total} documents read" if total else ""
    value = f'value="{done}"' if total else ""
    return (
        f'<p class="fn-running" role="status"><span>Drafting, which can take some seconds{told}'
        f'</span><progress aria-label="Drafting" max="{max(total, 1)}" {value}></progress></p>'
    )


def overview_html(lines: Sequence[DraftLine], review: Review, told: str = "") -> str:
    """How many there are, and the button that opens the list; ``told`` is what was drafted."""
    message = message_html(told) if told else ""
    if not lines:
        return message or message_html(
            "Questions with their answers, which you then accept, edit or reject."
        )
    is_open = review.rows > 0
    words = "Close the drafts" if is_open else "Look through the drafts"
    return (
        f'{message}<p class="fn-drafted"><span>Drafts: {counts_text(lines)}.</span> '
        f'<button type="button" data-event="select" aria-controls="fn-drafts" '
        f'aria-expanded="{str(is_open).lower()}">{words}</button></p>'
    )


def drafts_html(
    lines: Sequence[DraftLine],
    review: Review,
    *,
    focus: str = "",
    trouble: str = "",
    typed: Case | None = None,
) -> str:
    """The list, "" when it is closed.

    ``focus`` is the id of the draft that the focus goes to ("top": the title). ``trouble`` is why
    something could not be done, ``typed`` what stands in the form then.
    """
    if not review.rows:
        return ""
    left = undecided(lines)
    items = "".join(_item(line, review, focus, trouble, typed) for line in left[: review.rows])
    if not left:
        items = f"<li>{message_html('No draft is left to look at.')}</li>"
    more = ""
    if len(left) > review.rows and not review.editing:
        number = min(ROWS, len(left) - review.rows)
        more = (
            '<p><button type="button" class="fn-more" data-event="expand">'
            f"Show {number} more</button></p>"
        )
    at_top = " data-focus" if focus == "top" or not left else ""
    told = "" if review.editing else trouble
    return (
        '<section class="fn-drafts" aria-labelledby="fn-drafts-title">'
        f'<h2 id="fn-drafts-title" tabindex="-1"{at_top}>Draft cases</h2>{_state(lines, review)}'
        f"<div>{message_html(told, bad=True) if told else ''}</div><ul>{items}</ul>{more}</section>"
    )


def _state(lines: Sequence[DraftLine], review: Review) -> str:
    done = ""
    if review.last is not None:
        question = escape(shorten(review.last.draft.case.question, 60, placeholder="…"))
        done = f" {_DECIDED[review.last.state]}: “{question}”."
    undo = ""
    if review.last is not None and not review.editing:
        undo = ' <button type="button" data-event="undo">Undo</button>'
    return (
        f'<p class="fn-undo fn-drafts-state" role="status"><span>{counts_text(lines)}.{done}</span>'
        f"{undo}</p>"
    )


def _item(line: DraftLine, review: Review, focus: str, trouble: str, typed: Case | None) -> str:
    draft, case = line.draft, line.draft.case
    name, document = escape(case.id), escape(draft.document)
    quotes = "".join(
        f"<blockquote>{escape(quote)}<footer>{document}</footer></blockquote>"
        for quote in case.evidence
    )
    origin = "" if quotes else f"From {document}. "
    told = (
        f'{quotes}<p class="fn-sub">{origin}{escape(draft.why)} '
        f"Made by: {escape(draft.made_by)}.</p>"
    )
    if review.editing == case.id:
        return f'<li data-draft="{name}">{_form(typed or case, name, trouble)}{told}</li>'
    expected = "to be declined: the documents do not answer it"
    if case.answerable:
        expected = " / ".join(case.answers) or "any answer that cites the quote"
    return (
        f'<li data-draft="{name}"><h3>{escape(case.question)}</h3>'
        f'<p class="fn-expected"><b>Expected:</b> {escape(expected)}</p>{told}'
        f"{'' if review.editing else _buttons(case, is_next=focus == case.id)}</li>"
    )


def _buttons(case: Case, *, is_next: bool) -> str:
    name, question = escape(case.id), escape(case.question)
    buttons = " ".join(
        f'<button type="button" data-event="{event}" data-id="{name}" '
        f'aria-label="{words} “{question}”"{extra}>{words}</button>'
        for event, words, extra in (
            ("apply", "Accept", f' class="fn-main"{" data-focus" if is_next else ""}'),
            ("edit", "Edit", ""),
            ("delete", "Reject", ""),
        )
    )
    return f'<p class="fn-decide">{buttons}</p>'


def _form(case: Case, name: str, trouble: str) -> str:
    checked = " checked" if case.answerable else ""
    answers = escape("\n".join(case.answers))
    state = ' class="fn-error"' if trouble else " hidden"
    return (
        '<div class="fn-form" data-form role="group" aria-label="Edit this draft">'
        f'<p role="alert"{state}>{escape(trouble)}</p>'
        f'<label>Question <textarea name="question" rows="2" maxlength="{MAX_QUESTION}" data-focus>'
        f"{escape(case.question)}</textarea></label>"
        "<label>Accepted answers, one on each line; none: any that cites the quote "
        f'<textarea name="answers" rows="3" maxlength="{MAX_ANSWERS}">{answers}</textarea></label>'
        f'<label class="fn-check"><input type="checkbox" name="answerable"{checked}> '
        "The documents answer it</label>"
        f'<p><button type="button" class="fn-main" data-event="submit" data-id="{name}">'
        f'Save and accept</button> <button type="button" data-event="clear" data-id="{name}">'
        "Cancel</button></p></div>"
    )
