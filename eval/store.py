"""Evaluations on disk: each run is its report with an id.

``HOME/runs/ID.json`` is written beside and renamed, so it is whole or not there. Ids sort by time.
A run that was cancelled is not stored: its measures would be of another sample of questions.
Each names what it was made by: the program to the byte, the time, the documents.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from eval.errors import SuiteError
from eval.report import Report
from index.errors import HomeError
from index.search import OpenGeneration
from index.store.files import make_folder, replace_file

__all__ = [
    "SCHEMA",
    "Runs",
    "StoredRun",
    "code_version",
    "documents_of",
    "find_run",
    "list_runs",
    "load_report",
    "load_run",
    "made_by",
    "store_run",
]


SCHEMA = 1
_ID = re.compile(r"\d{8}-\d{9}-[0-9a-f]{4}")
# What a list of runs shows of each: group, name.
_SHOWN = (
    ("answer", "contains"),
    ("citation", "recall"),
    ("citation", "precision"),
    ("abstention", "f1"),
)

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("index", "rag", "eval")
_KINDS = frozenset({".py", ".json", ".npz"})


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it is listed; ``created`` is ISO 8601 in UTC.

    ``measures`` holds a few values by "group name"; those that could not be measured are None.
    """

    id: str
    created: str
    version: str
    suite: str
    generation: str
    n: int
    measures: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a home, the newest first, and for each file that is none the reason."""

    stored: tuple[StoredRun, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()


def store_run(home: Path, report: Report) -> str:
    """Keep a report as a run; its id.

    Raises:
        HomeError: it cannot be written.
    """
    now = datetime.now(UTC)
    name = f"{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03d}-{secrets.token_hex(2)}"
    head = {"schema": SCHEMA, "run": name}
    path = home / "runs" / f"{name}.json"
    try:
        make_folder(path.parent)
        values = head | report.as_json()
        replace_file(path, orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY))
    except OSError as exc:
        raise HomeError(f"cannot write {path} ({exc.strerror}): the run is not kept") from exc
    return name


def list_runs(home: Path, limit: int = 50) -> Runs:
    """The newest ``limit`` runs; none is an empty list."""
    stored: list[StoredRun] = []
    unreadable: list[tuple[str, str]] = []
    for path in sorted((home / "runs").glob("*.json"), reverse=True)[:limit]:
        try:
            stored.append(_listed(load_run(home, path.stem)))
        except SuiteError as exc:
            unreadable.append((path.name, str(exc)))
    return Runs(tuple(stored), tuple(unreadable))


def load_run(home: Path, name: str) -> dict[str, Any]:
    """The report of a run, with its id as "run".

    Raises:
        SuiteError: there is no such run, or its file is damaged or of another schema.
    """
    path = home / "runs" / f"{name}.json"
    if not _ID.fullmatch(name):
        raise SuiteError(f"{name!r} is not the id of a run")
    try:
        values: dict[str, Any] = orjson.loads(path.read_bytes())
        if values["schema"] != SCHEMA:
            raise SuiteError(
                f"the run {name} has schema {values['schema']}, this program reads {SCHEMA}: "
                "run the suite again"
            )
        _listed(values)
        if not all(isinstance(row, dict) for row in values["rows"]):
            raise TypeError("rows")
    except OSError as exc:
        raise SuiteError(f"the run {name} cannot be read ({exc.strerror})") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise SuiteError(f"the run {name} is damaged ({exc!r}): remove {path}") from exc
    return values


def find_run(home: Path, name: str) -> dict[str, Any]:
    """A run by its id, by how many came after it ("0", "1"), or the file of a report.

    Raises:
        SuiteError: there is no such run, or it cannot be read.
    """
    if name.isdigit() and len(name) < 6:
        stored = list_runs(home, limit=int(name) + 1).stored
        if len(stored) <= int(name):
            remedy = "see `footnote eval history`"
            raise SuiteError(f"there are {len(stored)} runs, none numbered {name}: {remedy}")
        return load_run(home, stored[-1].id)
    return load_run(home, name) if _ID.fullmatch(name) else load_report(Path(name))


def load_report(path: Path) -> dict[str, Any]:
    """A report in a file.

    Raises:
        SuiteError: the file is missing or no report.
    """
    try:
        values: dict[str, Any] = orjson.loads(path.read_bytes())
        values.setdefault("rows", [])  # a baseline needs none
        for group in values["measures"].values():
            for measure in group.values():
                measure["value"]
        if not all(isinstance(row, dict) for row in values["rows"]):
            raise TypeError("rows")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise SuiteError(f"{path} is no report of `footnote eval --json` ({exc!r})") from exc
    return values


def _listed(values: Mapping[str, Any]) -> StoredRun:
    measures = values["measures"]
    return StoredRun(
        id=values["run"],
        created=values["created"],
        version=values["version"],
        suite=values["suite"],
        generation=values["generation"],
        n=values["n"],
        measures={
            f"{group} {name}": measures[group][name]["value"]
            for group, name in _SHOWN
            if name in measures.get(group, {})
        },
    )


@cache
def code_version() -> str:
    """Twelve digits that change with any file of the program that an answer rests on."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.suffix in _KINDS:
                digest.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def made_by() -> dict[str, Any]:
    """``{"created", "version", "code"}``, the time in UTC."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("footnote-rag"),
        "code": code_version(),
    }


def documents_of(generation: OpenGeneration) -> dict[str, str]:
    """The sha256 of each document of a generation, by its id."""
    return {name: entry.sha256 for name, entry in generation.manifest.documents.items()}
