"""What a run has asked so far, so that one that was interrupted goes on where it ended.

``HOME/eval/SUITE/asked.jsonl``: a line with what the answers rest on, then a row each as it came.
Rows are used again only when all of that is the same, and the case too; a line that was being
written when the program ended is asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from eval.types import Row, Suite
from index.errors import HomeError

__all__ = ["Journal"]

_CASE = ("question", "answerable", "answers", "sources", "evidence", "history", "kind", "without")


class Journal:
    """The rows of a run that is not over; ``rests_on`` is all that the answers depend on."""

    def __init__(self, home: Path, rests_on: Mapping[str, Any]) -> None:
        self._path = home / "asked.jsonl"
        self._head = orjson.dumps(rests_on, option=orjson.OPT_SORT_KEYS)

    def rows(self, suite: Suite) -> dict[str, Row]:
        """The rows of an earlier run that need not be asked again, by id; failures are."""
        try:
            head, *lines = self._path.read_bytes().split(b"\n")
        except OSError:
            return {}
        if head != self._head:
            return {}
        cases = {case.id: case.as_json() for case in suite.cases}
        found: dict[str, Row] = {}
        for line in lines:
            try:
                row: dict[str, Any] = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            case = cases.get(row["id"])
            if case is not None and row["error"] is None and _is_of(row, case):
                found[row["id"]] = row
        return found

    @contextmanager
    def writing(self, rows: Mapping[str, Row]) -> Iterator[_Writer]:
        """Write rows as they come, after those that are there already.

        Raises:
            HomeError: it cannot be written.
        """
        try:
            with self._path.open("wb") as file:
                file.write(b"\n".join((self._head, *map(_line, rows.values()), b"")))
                file.flush()
                yield _Writer(file)
        except OSError as exc:
            raise HomeError(f"cannot write {self._path} ({exc.strerror})") from exc

    def end(self) -> None:
        """The run is whole: nothing of it will be asked again."""
        self._path.unlink(missing_ok=True)


class _Writer:
    def __init__(self, file: Any) -> None:
        self._file = file

    def keep(self, row: Row) -> None:
        """Add a row, whole, whatever comes next."""
        self._file.write(_line(row) + b"\n")
        self._file.flush()


def _line(row: Row) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY)


def _is_of(row: Row, case: Mapping[str, Any]) -> bool:
    sources = [name.removeprefix("documents/") for name in case["sources"]]
    plain = {**case, "sources": sources}
    return all(row.get(key) == plain.get(key) for key in _CASE)
