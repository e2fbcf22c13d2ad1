"""A draft: a case that was made from the user's own documents, for them to accept or reject.

Only the value. How drafts are made is in :mod:`eval.drafting.drafting`, where they are kept in
:mod:`eval.drafting.drafts`.
"""

from __future__ import annotations

from dataclasses import dataclass

from eval.suite import Case

__all__ = ["Draft"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A case, the place that it was made from, by what, and why, in words for its reviewer.

    ``text[start:end]`` of the document is the first evidence of an answerable case, always. An
    unanswerable one has no evidence: there it is the sentence whose question was changed.
    ``made_by`` is "template", "cloze", "heading", "swap" or the name of a language model.
    """

    case: Case
    document: str
    start: int
    end: int
    made_by: str
    why: str
