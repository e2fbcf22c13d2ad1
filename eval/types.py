"""What an evaluation is made of: judged questions, suites of them, and the row of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.types import Message

__all__ = ["Case", "Row", "Suite"]

Row = Mapping[str, Any]
"""What came of one case: an object of ``rows`` in the report (docs/evaluation.md)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A judged question. ``sources`` are document ids; ``evidence`` is verbatim text of them.

    ``without`` are ids of documents that are left out of the search when it is asked.
    """

    id: str
    question: str
    answerable: bool
    answers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    history: tuple[Message, ...] = ()
    kind: str = ""
    without: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object of its line in ``questions.jsonl``."""
        return {
            "id": self.id,
            "question": self.question,
            "answers": list(self.answers),
            "answerable": self.answerable,
            "sources": [f"documents/{name}" for name in self.sources],
            "evidence": list(self.evidence),
            "history": [{"role": m.role, "content": m.content} for m in self.history],
            "kind": self.kind,
            **({"without": list(self.without)} if self.without else {}),
        }


@dataclass(frozen=True, slots=True)
class Suite:
    """Documents and cases."""

    name: str
    documents: Path
    cases: tuple[Case, ...]

    def limited(self, limit: int | None) -> Suite:
        """The first ``limit`` answerable and the first ``limit`` unanswerable cases."""
        if limit is None:
            return self
        ids = {
            case.id
            for answerable in (True, False)
            for case in [c for c in self.cases if c.answerable == answerable][:limit]
        }
        return Suite(self.name, self.documents, tuple(c for c in self.cases if c.id in ids))
