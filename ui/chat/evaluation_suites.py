"""Which suite an evaluation asks: the shipped cases, the user's own, or those of a folder."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Literal

from eval.cases import load_suite, own_suite, seeds_suite
from eval.errors import SuiteError
from eval.types import Case, Suite
from index.errors import FootnoteError
from rag.settings import Settings
from ui.chat.evaluation_words import message_html

__all__ = ["FOLDER", "Kind", "chosen_suite", "own_cases_html", "suite_choices"]

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


def own_cases_html(settings: Settings, *, deleted: Case | None = None, trouble: str = "") -> str:
    """The user's own cases, each with a button that deletes it; open after one was deleted."""
    told = message_html(trouble, bad=True) if trouble else ""
    if deleted is not None:
        told += (
            f'<p class="fn-undo" role="status">“{escape(deleted.question)}” was deleted. '
            '<button type="button" data-event="undo">Bring it back</button></p>'
        )
    try:
        suite = own_suite(settings)
    except FootnoteError as exc:
        return told + message_html(str(exc), bad=True)
    if suite is None:
        more = "“Not right” under an answer in the chat makes one; an accepted draft is one, too."
        return told + message_html(f"No cases of your own yet: {more}")
    count = len(suite.cases)
    items = "".join(_own(case) for case in suite.cases)
    return (
        f'{told}<details class="fn-own"{" open" if told else ""}><summary>{count} '
        f"case{'' if count == 1 else 's'} of your own</summary><ul>{items}</ul></details>"
    )


def _own(case: Case) -> str:
    expected = "to be declined"
    if case.answerable:
        expected = " / ".join(case.answers) or "any answer that cites the evidence"
    return (
        f'<li data-case="{escape(case.id)}"><p>{escape(case.question)}'
        f'<span class="fn-sub">{escape(expected)}</span></p>'
        f'<button type="button" data-event="delete" data-id="{escape(case.id)}" '
        f'aria-label="Delete the case “{escape(case.question)}”">Delete</button></li>'
    )
