"""Which suite an evaluation asks: the shipped cases, the user's own, or those of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from eval.cases import load_suite, own_suite, seeds_suite
from eval.errors import SuiteError
from eval.types import Suite
from rag.settings import Settings

__all__ = ["FOLDER", "Kind", "chosen_suite", "suite_choices"]

Kind = Literal["shipped", "own", "folder"]
FOLDER: Kind = "folder"


def suite_choices(settings: Settings) -> list[tuple[str, Kind]]:
    """Labels and kinds; the shipped cases only where the documents are the shipped ones."""
    choices: list[tuple[str, Kind]] = [("Your cases", "own")]
    if settings.open_choices is not False:
        choices.append(("A folder", FOLDER))
    try:
        count = len(seeds_suite(settings.seeds).cases)
    except SuiteError:
        return choices
    return [(f"Shipped cases ({count})", "shipped"), *choices]


def chosen_suite(settings: Settings, kind: Kind, folder: str) -> Suite:
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
