"""What a reader finds wrong with an answer: the form, and the evaluation case it can become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from eval.errors import SuiteError
from eval.types import Case
from rag.types import Answer, Message
from ui.chat.html import render

__all__ = ["Complaint", "case_of", "complaint_html"]

_REASONS = (
    "The answer is wrong",
    "The quote does not support it",
    "Something is missing",
    "The documents do not answer this",
    "It declined, but the documents answer this",
    "Something else",
)
UNANSWERABLE = _REASONS[3]
_MAX_COMMENT, _MAX_EXPECTED = 1000, 300


@dataclass(frozen=True, slots=True)
class Complaint:
    """The filled form; ``expected`` is the right answer in the reader's words, if they gave it."""

    reason: str
    comment: str
    expected: str
    is_case: bool

    @classmethod
    def of(cls, reason: object, comment: object, expected: object, is_case: object) -> Complaint:
        """The form as it came; a browser keeps to its limits, a program need not."""
        given = str(reason) if reason in _REASONS else _REASONS[-1]
        short = str(comment)[:_MAX_COMMENT], str(expected)[:_MAX_EXPECTED]
        return cls(given, *short, is_case is True)

    @property
    def message(self) -> str:
        """Reason and comment as they are kept."""
        return ": ".join(part for part in (self.reason, self.comment.strip()) if part)


def complaint_html(number: int, question: str, *, trouble: str = "") -> Markup:
    """The form for the answer of turn ``number``."""
    return render(
        "complaint",
        turn=number,
        question=question,
        trouble=trouble,
        reasons=_REASONS,
        max_comment=_MAX_COMMENT,
        max_expected=_MAX_EXPECTED,
    )


def case_of(answer: Answer, complaint: Complaint, history: Sequence[Message]) -> Case:
    """The evaluation case that the complaint makes.

    Raises:
        SuiteError: the right answer is not given, and the documents are not said to have none.
    """
    is_answerable = complaint.reason != UNANSWERABLE
    expected = " ".join(complaint.expected.split())
    if is_answerable and not expected:
        raise SuiteError(
            "a case needs the right answer, or the reason that the documents do not answer this"
        )
    return Case(
        id="",
        question=answer.question,
        answerable=is_answerable,
        answers=(expected,) if is_answerable else (),
        history=tuple(history),
        kind="reported",
    )
