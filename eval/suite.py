"""Suites: a folder with ``documents/`` and ``questions.jsonl``, or the cases over the seeds.

The form of a line is fixed (see ``docs/evaluation.md``); further keys are ignored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import SuiteError
from rag.types import Message

__all__ = ["Case", "Suite", "load_cases", "load_suite", "seeds_suite", "suite_at"]

_SEEDS_CASES = Path(__file__).parent / "seeds" / "questions.jsonl"


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
        kept = {
            case.id
            for answerable in (True, False)
            for case in [c for c in self.cases if c.answerable == answerable][:limit]
        }
        return Suite(self.name, self.documents, tuple(c for c in self.cases if c.id in kept))


def suite_at(folder: Path | None, seeds: Path) -> Suite:
    """The suite in ``folder``; without it the cases that ship with Footnote, over ``seeds``.

    Raises:
        SuiteError: it is malformed, or the documents are not those of the cases.
    """
    return load_suite(folder) if folder is not None else seeds_suite(seeds)


def load_suite(folder: Path) -> Suite:
    """Read a suite.

    Raises:
        SuiteError: the folder has no ``documents/`` or ``questions.jsonl``, or a line is malformed.
    """
    documents = folder / "documents"
    try:
        is_suite = documents.is_dir()
    except OSError as exc:
        raise SuiteError(f"cannot read {folder} ({exc.strerror})") from exc
    if not is_suite:
        raise SuiteError(f"{folder} is no suite: it has no folder documents/ (docs/evaluation.md)")
    return Suite(folder.resolve().name, documents, load_cases(folder / "questions.jsonl"))


def seeds_suite(seeds: Path) -> Suite:
    """The cases that ship with Footnote, over the documents that ship with it.

    Raises:
        SuiteError: the folder does not hold the documents that the cases are about.
    """
    cases = load_cases(_SEEDS_CASES)
    missing = sorted({s for c in cases for s in c.sources if not (seeds / s).is_file()})
    if missing:
        raise SuiteError(
            f"the cases that ship with Footnote are about other documents ({missing[0]} is not in "
            f"{seeds}): name a suite of your own, see docs/evaluation.md"
        )
    return Suite("seeds", seeds, cases)


def load_cases(path: Path) -> tuple[Case, ...]:
    """Read the cases of a ``questions.jsonl``.

    Raises:
        SuiteError: it cannot be read, holds none, or a line is malformed.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as exc:
        raise SuiteError(f"cannot read {path} ({exc.strerror})") from exc
    except UnicodeDecodeError as exc:
        raise SuiteError(f"cannot read {path} ({exc.reason}): it must be UTF-8") from exc
    cases = [_case(line, path, n) for n, line in enumerate(lines, start=1) if line.strip()]
    if not cases:
        raise SuiteError(f"{path} holds no questions")
    ids = [case.id for case in cases]
    twice = (
        next((name for name in ids if ids.count(name) > 1), None)
        if len(set(ids)) < len(ids)
        else None
    )
    if twice is not None:
        raise SuiteError(f"{path}: the id {twice!r} stands on two lines")
    return tuple(cases)


def _case(line: str, path: Path, number: int) -> Case:
    try:
        values: dict[str, Any] = json.loads(line)
        return Case(
            id=str(values["id"]),
            question=str(values["question"]),
            answerable=bool(values["answerable"]),
            answers=tuple(map(str, values.get("answers") or ())),
            sources=tuple(str(s).removeprefix("documents/") for s in values.get("sources") or ()),
            evidence=tuple(map(str, values.get("evidence") or ())),
            history=tuple(_message(turn) for turn in values.get("history") or ()),
            kind=str(values.get("kind", "")),
            without=tuple(map(str, values.get("without") or ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise SuiteError(
            f"{path}:{number} is not a case ({exc!r}): see docs/evaluation.md"
        ) from exc


def _message(turn: dict[str, Any]) -> Message:
    """``{"role", "content"}``; "text" for the content and "agent" for the assistant also occur."""
    content = turn["content"] if "content" in turn else turn["text"]
    return Message("user" if turn["role"] == "user" else "assistant", str(content))
