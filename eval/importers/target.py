"""A suite folder while it is written: documents, cases, and what was left out and why.

It is not atomic by itself: :mod:`eval.importers.importing` writes to a folder beside and renames.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from eval.importers.names import Names
from eval.importers.reading import clean
from eval.suite import Case

__all__ = ["Target"]


class Target:
    """Writes documents and cases as they come; a context, because the questions stay open."""

    def __init__(self, folder: Path) -> None:
        """Begin a suite in an empty folder."""
        self.folder = folder / "documents"
        self.folder.mkdir()
        self.documents = self.cases = self.unanswerable = 0
        self.left_out: list[tuple[str, str]] = []
        self._names = Names()
        self._ids: set[str] = set()
        self._file = (folder / "questions.jsonl").open("w", encoding="utf-8", newline="\n")

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def document(self, title: str, text: str) -> str:
        """Write a document; its name, made from the title or id."""
        name = self._names.add(title)
        (self.folder / name).write_bytes(clean(text).encode())
        self.documents += 1
        return name

    def case(self, case: Case) -> None:
        """Write a case. One without an id gets one; an id that was there before is left out."""
        if not case.id:
            case = replace(case, id=f"case-{self.cases + 1}")
        if case.id in self._ids:
            self.leave_out(f"question {case.id}", "another question has the same id")
            return
        self._ids.add(case.id)
        self._file.write(json.dumps(case.as_json(), ensure_ascii=False) + "\n")
        self.cases += 1
        self.unanswerable += not case.answerable

    def leave_out(self, what: str, why: str) -> None:
        """Tell of an entry that is not in the suite."""
        self.left_out.append((what, why))
