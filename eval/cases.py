"""Cases: of a suite in a folder, of the documents that ship with Footnote, of the user.

A suite is a folder with ``documents/`` and ``questions.jsonl``; the form of a line is fixed (see
``docs/evaluation.md``), further keys are ignored. The user's own cases are in
``HOME/cases/questions.jsonl``, a line each, in the same form. That file is replaced whole, under a
lock: two windows can add at once, and readers see whole lines.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from eval.errors import SuiteError
from eval.samples import SAMPLES
from eval.types import Case, Suite
from index.errors import HomeError, IndexLockedError
from index.store.files import replace_file
from index.store.home import Home
from rag.settings import Settings
from rag.types import Message

__all__ = [
    "OWN",
    "SuiteKind",
    "add_case",
    "cases_path",
    "chosen_suite",
    "delete_case",
    "load_cases",
    "load_suite",
    "lock_cases",
    "own_case_ids",
    "own_suite",
    "put_case",
    "remove_case",
    "seeds_suite",
    "suite_at",
]

_WAIT_S = 10.0  # for another process that adds a case

OWN = "own"
"""The name of the suite of the user's own cases."""

SuiteKind = Literal["shipped", "own", "folder"]
"""Which suite is asked: the shipped cases, the user's own, or those of a folder."""

_SEEDS_CASES = Path(__file__).parent / "seeds" / "questions.jsonl"


def cases_path(home: Path) -> Path:
    """Where the user's own cases are."""
    return home / "cases" / "questions.jsonl"


def add_case(home: Path, case: Case) -> None:
    """Add a case, durably. An id that is empty or taken is replaced by a new one.

    Raises:
        HomeError: the file cannot be written.
        SuiteError: a line of it was damaged by hand.
    """
    with lock_cases(cases_path(home)):
        put_case(home, case)


def put_case(home: Path, case: Case) -> None:
    """As :func:`add_case`, within :func:`lock_cases`."""
    path = cases_path(home)
    cases = _own_cases(path)
    if not case.id or case.id in {other.id for other in cases}:
        case = replace(case, id=f"case-{secrets.token_hex(4)}")
    before = path.read_text(encoding="utf-8") if cases else ""
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
    with lock_cases(cases_path(home)):
        return remove_case(home, name)


def remove_case(home: Path, name: str) -> Case | None:
    """As :func:`delete_case`, within :func:`lock_cases`."""
    path = cases_path(home)
    found = next((case for case in _own_cases(path) if case.id == name), None)
    if found is not None:
        lines = path.read_text(encoding="utf-8").split("\n")
        left = [line for line in lines if line.strip() and str(json.loads(line)["id"]) != name]
        replace_file(path, "".join(f"{line}\n" for line in left).encode())
    return found


def own_suite(settings: Settings) -> Suite | None:
    """The user's own cases over the documents folder; None when there are none yet.

    Raises:
        SuiteError: a line was damaged by hand.
    """
    cases = _own_cases(cases_path(settings.home))
    return Suite(OWN, settings.seeds, cases) if cases else None


def own_case_ids(home: Path) -> frozenset[str]:
    """The ids of the user's own cases.

    Raises:
        SuiteError: a line was damaged by hand.
    """
    return frozenset(case.id for case in _own_cases(cases_path(home)))


@contextmanager
def lock_cases(path: Path) -> Iterator[None]:
    """Hold the lock of the cases and the drafts, so that one process at a time changes them.

    Raises:
        HomeError: ``path`` cannot be written, or somebody else changes it for long.
    """
    try:
        with Home(path.parent).lock(wait_s=_WAIT_S):
            yield
    except (HomeError, IndexLockedError) as exc:
        message = f"cannot write {path}: your cases stay as they were ({exc.__cause__ or exc})"
        raise HomeError(message) from exc


def _own_cases(path: Path) -> tuple[Case, ...]:
    if not path.is_file() or not path.stat().st_size:
        return ()
    return load_cases(path)


def suite_at(folder: Path | None) -> Suite:
    """The suite in ``folder``; without it the cases and the documents that ship with Footnote.

    Raises:
        SuiteError: it is malformed.
    """
    return load_suite(folder) if folder is not None else seeds_suite(SAMPLES)


def chosen_suite(settings: Settings, kind: SuiteKind, folder: str) -> Suite:
    """The suite that was chosen; ``folder`` is where that of a folder is.

    Raises:
        SuiteError: there is none, in words.
    """
    if kind == "shipped":
        return seeds_suite(settings.seeds)
    if kind == "own":
        suite = own_suite(settings)
        if suite is None:
            raise SuiteError(
                "you have no cases of your own yet: accept drafts, or “Not right” in the chat"
            )
        return suite
    if settings.open_choices is False:
        raise SuiteError("no folder of the server can be named here: open_choices = true allows it")
    if not folder.strip():
        raise SuiteError("name the folder of a suite, with documents/ and questions.jsonl")
    try:
        return load_suite(Path(folder.strip()).expanduser())
    except (RuntimeError, ValueError) as exc:  # no such user; a character that no name can hold
        raise SuiteError(f"{folder.strip()!r} is no folder: {exc}") from exc


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
