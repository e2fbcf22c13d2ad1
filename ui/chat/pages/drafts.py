"""What the events of the draft cases do: draft some, then accept, edit or reject each, and undo.

The drafts are on disk (:mod:`eval.drafts_file`); a window holds its :class:`Review` only. Each
handler gives the components to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import gradio as gr

from eval.draft import draft_cases
from eval.drafts_file import decide, load_drafts, write_drafts
from eval.errors import SuiteError
from eval.types import Case
from index.errors import FootnoteError
from ui.chat.html import message_html
from ui.chat.page import QUIET, Shared, takes
from ui.chat.pages.drafts_html import (
    MAX_ANSWERS,
    MAX_QUESTION,
    ROWS,
    Review,
    drafting_html,
    drafts_html,
    overview_html,
    undecided,
)
from ui.chat.pages.evaluation_html import own_cases_html

if TYPE_CHECKING:
    from ui.chat.pages.evaluation import Parts

__all__ = ["Reviewing", "bind_drafts", "edited_case"]

_NUMBER = 30
_PROGRESS_EVERY_S = 0.4
_TO_FOCUS = "() => document.querySelector('#fn-drafts [data-focus]')?.focus()"

Changes = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Reviewing:
    """The handlers of one window."""

    shared: Shared
    parts: Parts

    def load_drafts_page(self) -> Changes:
        """The drafts as they are when the page is loaded."""
        return self._drawn(Review())

    def show_drafts(self, review: Review) -> Changes:
        """The drafts as they are now; a form that is open stays as it is."""
        return {self.parts.review: review} if review.editing else self._drawn(review)

    @takes("admin")
    def draft_cases(self, review: Review) -> Iterator[Changes]:
        """Draft cases from the current generation, telling how far it is; then open the list."""
        yield {self.parts.drafting: drafting_html(0, 0)}
        steps = [(0, 0)]
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(self._draft, lambda done, total: steps.append((done, total)))
            while wait([work], _PROGRESS_EVERY_S).not_done:
                yield {self.parts.drafting: drafting_html(*steps[-1])}
        try:
            summary = work.result()
        except FootnoteError as exc:
            yield {self.parts.drafting: message_html(str(exc), bad=True)}
            return
        review = replace(review, rows=max(review.rows, ROWS))
        yield self._drawn(review, summary=summary, focus="top")

    def toggle_list(self, review: Review) -> Changes:
        """Open or close the list."""
        return self._drawn(
            replace(review, rows=0 if review.rows else ROWS, editing=""), focus="top"
        )

    def show_more(self, review: Review) -> Changes:
        """More rows; the focus goes to the first of them."""
        try:
            new = undecided(load_drafts(self._home))[review.rows : review.rows + 1]
        except FootnoteError as exc:
            return self._failed(exc)
        focus = new[0].draft.case.id if new else "top"
        return self._drawn(replace(review, rows=review.rows + ROWS), focus=focus)

    @takes("admin")
    def accept_draft(self, review: Review, event: gr.EventData) -> Changes:
        """Accept a draft as it is."""
        return self._decided(review, str(event.id), "accepted")

    @takes("admin")
    def reject_draft(self, review: Review, event: gr.EventData) -> Changes:
        """Reject a draft."""
        return self._decided(review, str(event.id), "rejected")

    def edit_draft(self, review: Review, event: gr.EventData) -> Changes:
        """Open the form of a draft."""
        return self._drawn(replace(review, editing=str(event.id)))

    def close_form(self, review: Review, event: gr.EventData) -> Changes:
        """Close the form; the draft stays as it was."""
        return self._drawn(replace(review, editing=""), focus=str(event.id))

    @takes("admin")
    def save_form(self, review: Review, event: gr.EventData) -> Changes:
        """Accept a draft as it stands in the form."""
        typed = (str(event.question), str(event.answers), bool(event.answerable))
        return self._decided(review, str(event.id), "accepted", typed)

    @takes("admin")
    def undo_decision(self, review: Review) -> Changes:
        """Make the draft that was decided last a draft again, as it was."""
        if review.last is None:
            return self._drawn(review)
        case = review.last.draft.case
        try:
            decide(self._home, case.id, "draft", edited=case)
        except FootnoteError as exc:
            return self._drawn(review, trouble=str(exc))
        return self._drawn(replace(review, last=None), focus=case.id)

    def _draft(self, progress: Callable[[int, int], None]) -> str:
        """Draft and write; what there is to say of it."""
        held = len(load_drafts(self._home))
        generation = self.shared.services.searcher.generation()
        # Another seed each time, so that who asks again gets others.
        made = draft_cases(generation, number=_NUMBER, seed=held, progress=progress)
        new = write_drafts(self._home, made.drafts)
        summary = f"{new} new draft{'' if new == 1 else 's'}."
        if not new:
            summary = "No new draft could be made of your documents."
        if not held:
            for reason, count in made.reasons.items():
                summary += f" None from {count} document{'' if count == 1 else 's'}: {reason}."
        return summary

    def _decided(
        self,
        review: Review,
        name: str,
        state: Literal["accepted", "rejected"],
        typed: tuple[str, str, bool] | None = None,
    ) -> Changes:
        try:
            left = undecided(load_drafts(self._home))
            names = [line.draft.case.id for line in left]
            if name not in names:  # decided in another window, or by the click before
                return self._drawn(replace(review, editing=""))
            at = names.index(name)
            before = left[at].draft
            case = edited_case(before.case, *typed) if typed else None
            decide(self._home, name, state, edited=case)
        except FootnoteError as exc:
            return self._drawn(review, trouble=str(exc), typed=typed)
        others = names[at + 1 :] or names[:at][-1:] or ["top"]
        last = replace(left[at], state=state)
        return self._drawn(replace(review, editing="", last=last), focus=others[0])

    def _drawn(
        self,
        review: Review,
        *,
        summary: str = "",
        focus: str = "",
        trouble: str = "",
        typed: tuple[str, str, bool] | None = None,
    ) -> Changes:
        """Everything as it is on disk, the user's own cases too."""
        try:
            lines = load_drafts(self._home)
        except FootnoteError as exc:
            return self._failed(exc)
        left = {line.draft.case.id: line.draft.case for line in undecided(lines)}
        if review.editing not in left:
            review = replace(review, editing="")
        shown = None
        if typed and review.editing:
            question, answers, answerable = typed
            shown = replace(
                left[review.editing],
                question=question,
                answers=tuple(answers.split("\n")),
                answerable=answerable,
            )
        return {
            self.parts.review: review,
            self.parts.drafting: overview_html(lines, review, summary),
            self.parts.drafts: drafts_html(
                lines, review, focus=focus, trouble=trouble, typed=shown
            ),
            self.parts.own: own_cases_html(self.shared.services.settings),
            self.parts.deleted: None,
        }

    def _failed(self, exc: FootnoteError) -> Changes:
        """Nothing can be shown of a file that cannot be read."""
        return {
            self.parts.review: Review(),
            self.parts.drafting: message_html(str(exc), bad=True),
            self.parts.drafts: "",
        }

    @property
    def _home(self) -> Path:
        return self.shared.services.settings.home


def edited_case(case: Case, question: str, answers: str, answerable: bool) -> Case:
    r"""The case as it was typed; an answer is a line; what is not answered has no evidence.

    >>> edited_case(Case("a", "Who?", True), "Who is it?", "Anna\n\n  Berg ", True).answers
    ('Anna', 'Berg')

    Raises:
        SuiteError: there is no question, something is too long, or its answers and whether it has
            one do not fit.
    """
    if len(question) > MAX_QUESTION or len(answers) > MAX_ANSWERS:
        raise SuiteError(
            f"a question has up to {MAX_QUESTION:,} characters, its answers together "
            f"{MAX_ANSWERS:,}; these have {len(question):,} and {len(answers):,}"
        )
    asked = " ".join(question.split())
    lines = tuple(" ".join(line.split()) for line in answers.split("\n") if line.strip())
    if not asked:
        raise SuiteError("a case needs a question")
    if answerable and not lines and not case.evidence:
        raise SuiteError(
            "write an accepted answer, or take away the mark at “The documents answer it”"
        )
    if lines and not answerable and not case.answerable:
        raise SuiteError("mark “The documents answer it”, or take the accepted answers away")
    if answerable:
        return replace(case, question=asked, answers=lines, answerable=True, without=())
    return replace(case, question=asked, answers=(), answerable=False, sources=(), evidence=())


def bind_drafts(shared: Shared, parts: Parts) -> None:
    """Bind the events of the drafts to what they do."""
    do = Reviewing(shared, parts)
    drawn = [parts.review, parts.drafting, parts.drafts, parts.own, parts.deleted]
    given = {"inputs": parts.review, "outputs": drawn, **QUIET}
    # They wait for each other, and no click is passed over.
    one_by_one = {"trigger_mode": "multiple", "concurrency_id": "drafts", **given}
    gr.on(None, do.load_drafts_page, None, drawn, **QUIET)
    gr.on([shared.tabs.select], do.show_drafts, **given)
    for event in (
        parts.draft.click(do.draft_cases, **given),
        parts.drafting.select(do.toggle_list, **given),
        parts.drafts.expand(do.show_more, **given),
        parts.drafts.apply(do.accept_draft, **one_by_one),
        parts.drafts.delete(do.reject_draft, **one_by_one),
        parts.drafts.edit(do.edit_draft, **one_by_one),
        parts.drafts.clear(do.close_form, **one_by_one),
        parts.drafts.submit(do.save_form, **one_by_one),
        parts.drafts.undo(do.undo_decision, **one_by_one),
    ):
        event.then(None, None, None, js=_TO_FOCUS)
