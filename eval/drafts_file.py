"""The drafts on disk, and what their reviewer decides: in the window or in the file itself.

They are in ``HOME/cases/draft.jsonl``: a case a line, with "state", "document", "span",
"made_by" and "why". An accepted draft is one of the user's own cases (:mod:`eval.cases`), under
the same id. The file is written whole, under the lock of the cases; keys that it does not know
stay. What was accepted or rejected is never proposed again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from eval.cases import changing, own_case_ids, put_case, take_case
from eval.draft import Draft
from eval.errors import SuiteError
from eval.types import Case
from index.store.files import replace_file
from rag.types import Message

__all__ = [
    "DraftLine",
    "State",
    "accept_marked",
    "decide",
    "drafts_path",
    "load_drafts",
    "write_drafts",
]

State = Literal["draft", "accepted", "rejected"]
"""What the reviewer decided; "draft" while nothing is."""

_ADDED = "added"  # to the user's own cases; one that they delete there does not come back


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft and what its reviewer decided."""

    draft: Draft
    state: State


def drafts_path(home: Path) -> Path:
    """Where the drafts are."""
    return home / "cases" / "draft.jsonl"


def load_drafts(home: Path) -> tuple[DraftLine, ...]:
    """All drafts, those that were decided too, in the order of the file; none without a file.

    Raises:
        SuiteError: a line was damaged by hand, with its number.
    """
    return tuple(line for line, _ in _read(drafts_path(home)))


def write_drafts(home: Path, drafts: Sequence[Draft]) -> int:
    """Add the drafts that are new to those that are there; how many they were.

    A draft is not new when its question, or the question that an edited one was made with, is
    there in any state.

    Raises:
        HomeError: the file cannot be written.
        SuiteError: a line of it was damaged by hand.
    """
    path = drafts_path(home)
    with changing(path):
        entries = _read(path)
        known = {line.draft.case.id for line, _ in entries}
        known |= {_plain(line.draft.case.question) for line, _ in entries}
        new: list[dict[str, Any]] = []
        for draft in drafts:
            keys = {draft.case.id, _plain(draft.case.question)}
            if not keys & known:
                known |= keys
                new.append(_values(draft))
        if new:
            _write(path, [values for _, values in entries] + new)
    return len(new)


def decide(home: Path, name: str, state: State, *, edited: Case | None = None) -> DraftLine:
    """Accept, reject or undecide the draft with this id; the line as it is then.

    An accepted draft becomes one of the user's own cases, as ``edited`` when that is given; the
    case is deleted there when the draft is no longer accepted.

    Raises:
        HomeError: a file cannot be written.
        SuiteError: there is no such draft, or a line was damaged by hand.
    """
    path = drafts_path(home)
    with changing(path):
        entries = _read(path)
        found = next((pair for pair in entries if pair[0].draft.case.id == name), None)
        if found is None:
            raise SuiteError(f"{path} holds no draft {name!r}: run `footnote eval init`")
        line, values = found
        case = replace(edited or line.draft.case, id=name)
        is_accepted = state == "accepted"
        # The case first: after a crash between the two, deciding again ends in the same place.
        if is_accepted or values.get(_ADDED):
            take_case(home, name)
        if is_accepted:
            put_case(home, case)
        values |= case.as_json() | {"state": state, _ADDED: is_accepted}
        _write(path, [each for _, each in entries])
        return DraftLine(replace(line.draft, case=case), state)


def accept_marked(home: Path) -> tuple[Case, ...]:
    """Add what was marked as accepted in the file by hand; the cases that were added.

    Raises:
        HomeError: a file cannot be written.
        SuiteError: a line was damaged by hand, with its number; nothing is changed then.
    """
    path = drafts_path(home)
    with changing(path):
        entries = _read(path)
        marked = [
            (line, v) for line, v in entries if line.state == "accepted" and not v.get(_ADDED)
        ]
        own = own_case_ids(home)
        added = [line.draft.case for line, _ in marked if line.draft.case.id not in own]
        for case in added:
            put_case(home, case)
        for _, values in marked:
            values[_ADDED] = True
        if marked:
            _write(path, [values for _, values in entries])
    return tuple(added)


def _read(path: Path) -> list[tuple[DraftLine, dict[str, Any]]]:
    """Every line with the object that it is."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise SuiteError(f"cannot read {path} ({exc.strerror})") from exc
    except UnicodeDecodeError as exc:
        raise SuiteError(f"cannot read {path} ({exc.reason}): it must be UTF-8") from exc
    entries: list[tuple[DraftLine, dict[str, Any]]] = []
    numbers: dict[str, int] = {}
    for number, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            values = json.loads(written)
            line = _line(values)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise SuiteError(
                f"{path}:{number} is not a draft ({exc!r}): mend the line, or remove it"
            ) from exc
        name = line.draft.case.id
        if name in numbers:
            raise SuiteError(f"{path}:{number} has the id {name!r} of line {numbers[name]}")
        numbers[name] = number
        entries.append((line, values))
    return entries


def _line(values: dict[str, Any]) -> DraftLine:
    """A line, exactly: what was written by hand may be anything."""
    state = values["state"]
    if state not in get_args(State):
        raise ValueError(f"state must be one of {', '.join(get_args(State))}, not {state!r}")
    if not isinstance(values["answerable"], bool):
        raise TypeError("answerable must be true or false")
    start, end = values["span"]
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start <= end):
        raise ValueError(f"not a span: {values['span']!r}")
    case = Case(
        id=_text(values["id"]),
        question=_text(values["question"]),
        answerable=values["answerable"],
        answers=_texts(values.get("answers")),
        sources=tuple(s.removeprefix("documents/") for s in _texts(values.get("sources"))),
        evidence=_texts(values.get("evidence")),
        history=tuple(
            Message(_text(turn["role"]), _text(turn["content"]))
            for turn in values.get("history") or ()
        ),
        kind=str(values.get("kind", "")),
        without=_texts(values.get("without")),
    )
    made_by, why = _text(values["made_by"]), _text(values["why"])
    return DraftLine(Draft(case, _text(values["document"]), start, end, made_by, why), state)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"not a text: {value!r}")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | None):
        raise TypeError(f"not a list of texts: {values!r}")
    return tuple(map(_text, values or ()))


def _values(draft: Draft) -> dict[str, Any]:
    return {
        **draft.case.as_json(),
        "state": "draft",
        "document": draft.document,
        "span": [draft.start, draft.end],
        "made_by": draft.made_by,
        "why": draft.why,
    }


def _write(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    content = "".join(json.dumps(v, ensure_ascii=False) + "\n" for v in lines)
    replace_file(path, content.encode())


def _plain(question: str) -> str:
    return " ".join(question.lower().split()).rstrip("?")
