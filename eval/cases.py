"""The user's own cases, over their documents: what became of answers that were no good.

They stand in ``HOME/cases/questions.jsonl``, a line each, in the form of a suite. The file is
written beside and renamed, under a lock: two windows can add at once, and readers see whole lines.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from eval.suite import Case, Suite, load_cases
from index.errors import HomeError, IndexLockedError
from index.store.files import replace_file
from index.store.home import Home
from rag.settings import Settings

__all__ = [
    "OWN",
    "add_case",
    "cases_path",
    "changing",
    "delete_case",
    "own_case_ids",
    "own_suite",
    "put_case",
    "take_case",
]

_WAIT_S = 10.0  # for another process that adds a case

OWN = "own"
"""The name of the suite of the user's own cases."""


def cases_path(home: Path) -> Path:
    """Where the user's own cases are."""
    return home / "cases" / "questions.jsonl"


def add_case(home: Path, case: Case) -> None:
    """Add a case, durably. An id that is empty or taken is replaced by a new one.

    Raises:
        HomeError: the file cannot be written.
        SuiteError: a line of it was damaged by hand.
    """
    with changing(cases_path(home)):
        put_case(home, case)


def put_case(home: Path, case: Case) -> None:
    """:func:`add_case` for who holds the lock (:func:`changing`) already."""
    path = cases_path(home)
    held = _held(path)
    if not case.id or case.id in {other.id for other in held}:
        case = replace(case, id=f"case-{secrets.token_hex(4)}")
    before = path.read_text(encoding="utf-8") if held else ""
    if before and not before.endswith("\n"):  # edited by hand
        before += "\n"
    line = json.dumps(case.as_json(), ensure_ascii=False)
    replace_file(path, f"{before}{line}\n".encode())


def delete_case(home: Path, name: str) -> Case | None:
    """Delete the case with this id, durably; it, or None when there is none (any more).

    Raises:
        HomeError: the file cannot be written.
        SuiteError: a line of it was damaged by hand.
    """
    with changing(cases_path(home)):
        return take_case(home, name)


def take_case(home: Path, name: str) -> Case | None:
    """:func:`delete_case` for who holds the lock (:func:`changing`) already."""
    path = cases_path(home)
    found = next((case for case in _held(path) if case.id == name), None)
    if found is not None:
        lines = path.read_text(encoding="utf-8").split("\n")
        kept = [line for line in lines if line.strip() and str(json.loads(line)["id"]) != name]
        replace_file(path, "".join(f"{line}\n" for line in kept).encode())
    return found


def own_suite(settings: Settings) -> Suite | None:
    """The user's own cases over the documents folder; None when there are none yet.

    Raises:
        SuiteError: a line was damaged by hand.
    """
    cases = _held(cases_path(settings.home))
    return Suite(OWN, settings.seeds, cases) if cases else None


def own_case_ids(home: Path) -> frozenset[str]:
    """The ids of the user's own cases.

    Raises:
        SuiteError: a line was damaged by hand.
    """
    return frozenset(case.id for case in _held(cases_path(home)))


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Hold the lock of the cases, so that files beside them are changed one after the other.

    Raises:
        HomeError: ``path`` cannot be written, or somebody else changes it for long.
    """
    try:
        with Home(path.parent).lock(wait_s=_WAIT_S):
            yield
    except (HomeError, IndexLockedError) as exc:
        told = f"cannot write {path}: your cases stay as they were ({exc.__cause__ or exc})"
        raise HomeError(told) from exc


def _held(path: Path) -> tuple[Case, ...]:
    if not path.is_file() or not path.stat().st_size:
        return ()
    return load_cases(path)
