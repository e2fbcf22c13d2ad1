"""Suites made from common evaluation data: SQuAD, BEIR, TREC, and tables of questions (CSV).

The suite is written beside ``out`` and renamed when it is whole, so there is never half of one;
what exists is never overwritten. Entries that cannot be used are left out and listed, each with
its reason; a file that is not of its form is an error. Nothing is fetched.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.errors import SuiteError
from eval.importers.beir_trec import TREC_JUDGEMENTS, import_beir, import_trec
from eval.importers.squad import import_squad
from eval.importers.suite_writer import SuiteWriter
from eval.importers.table import import_table

__all__ = ["FORMS", "Imported", "import_suite"]

FORMS = ("squad", "beir", "trec", "csv")
"""The forms that are imported."""

_SUFFIXES = {".json": "squad", ".csv": "csv", ".tsv": "csv"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What is in the new suite, and what was left out of it: (what, why)."""

    documents: int
    cases: int
    unanswerable: int
    left_out: tuple[tuple[str, str], ...]


def import_suite(
    source: Path,
    out: Path,
    *,
    form: str | None = None,
    documents: Path | None = None,
    split: str | None = None,
) -> Imported:
    """Make the suite ``out`` from evaluation data.

    Args:
        source: a file (SQuAD, CSV), a folder with one such file, or the folder (BEIR, TREC).
        out: the folder of the new suite; it must not exist, the folder that it is in must.
        form: one of ``FORMS``; None recognises it by the names of the files.
        documents: the folder of the documents that a table (CSV) is about; it is copied.
        split: which judgements of BEIR; None takes test, else dev, else train.

    Raises:
        SuiteError: ``out`` exists or cannot be written, the form is unknown, or the data are
            malformed or hold no usable question. Nothing of the suite is left then.
    """
    try:
        if os.path.lexists(out):
            raise SuiteError(f"{out} exists: name a folder that does not, nothing is overwritten")
        if not source.exists():
            raise SuiteError(f"no file or folder {source}: name the data to import")
        form = form or _form_of(source)
        write = _importer_of(source, form, documents, split)
        with _new_folder(out) as folder:
            with closing(SuiteWriter(folder)) as writer:
                write(writer)
            if not writer.cases:
                why = "; the first: {} ({})".format(*writer.left_out[0]) if writer.left_out else ""
                raise SuiteError(f"{source} has no question that can be used{why}")
        left_out = tuple(writer.left_out)
        return Imported(writer.documents, writer.cases, writer.unanswerable, left_out)
    except OSError as exc:
        at = f" at {exc.filename}" if exc.filename else ""
        raise SuiteError(f"cannot make {out} from {source} ({exc.strerror or exc}{at})") from exc


def _importer_of(
    source: Path, form: str, documents: Path | None, split: str | None
) -> Callable[[SuiteWriter], None]:
    """The importer of this form.

    Raises:
        SuiteError: the form is unknown, or what is asked for does not go with it.
    """
    if form not in FORMS:
        raise SuiteError(f"no form {form!r}: name one of {', '.join(FORMS)}")
    if documents is not None and form != "csv":
        raise SuiteError(f"{form} brings its documents: a folder of documents is for csv only")
    if split is not None and form != "beir":
        raise SuiteError(f"{form} has no splits: a split is for beir only")
    if form in ("beir", "trec") and not source.is_dir():
        raise SuiteError(f"{source} is a file: name the folder with its corpus and judgements")
    match form:
        case "squad":
            return lambda writer: import_squad(_only_file(source, form), writer)
        case "beir":
            return lambda writer: import_beir(source, writer, split)
        case "trec":
            return lambda writer: import_trec(source, writer)
        case _:
            return lambda writer: import_table(_only_file(source, form), writer, documents)


def _form_of(source: Path) -> str:
    """The form, by the names of the files.

    Raises:
        SuiteError: there is none, or there are several.
    """
    if source.is_file():
        found = {_SUFFIXES.get(source.suffix.lower(), "")} - {""}
    elif (source / "qrels").is_dir():
        found = {"beir"}
    elif any((source / name).is_file() for name in TREC_JUDGEMENTS):
        found = {"trec"}
    else:
        found = {form for form in ("squad", "csv") if _files(source, form)}
    if len(found) != 1:
        seems = "could be " + " or ".join(sorted(found)) if found else "is of no known form"
        raise SuiteError(
            f"{source} {seems}: name the form ({', '.join(FORMS)}), see docs/evaluation.md"
        )
    return found.pop()


def _only_file(source: Path, form: str) -> Path:
    """The file itself, or the only one of the form in the folder.

    Raises:
        SuiteError: the folder holds none or several.
    """
    if not source.is_dir():
        return source
    files = _files(source, form)
    if len(files) != 1:
        found = ", ".join(path.name for path in files) or f"no file of {form}"
        raise SuiteError(f"{source} holds {found}: name the file")
    return files[0]


def _files(folder: Path, form: str) -> list[Path]:
    return [p for p in sorted(folder.iterdir()) if _SUFFIXES.get(p.suffix.lower()) == form]


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A new folder that becomes ``out`` at the end, or is removed when something is raised."""
    if not out.parent.is_dir():
        raise SuiteError(f"no folder {out.parent}: make it first")
    # The folder inside has ordinary permissions; that of tempfile is for one user only.
    with tempfile.TemporaryDirectory(prefix=".importing-", dir=out.parent) as temporary:
        folder = Path(temporary) / "suite"
        folder.mkdir()
        yield folder
        if os.path.lexists(out):  # meanwhile; a rename would replace an empty folder
            raise SuiteError(f"{out} exists: name a folder that does not, nothing is overwritten")
        folder.rename(out)
