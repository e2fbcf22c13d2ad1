"""The table of the documents as HTML, and what can be done with those that are selected."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from markupsafe import Markup

from index.status import Kind, Standing
from ui.chat.html import render
from ui.chat.words import STATES, counted, size_in_words
from ui.chat.work import Look

__all__ = ["ROWS", "matching", "table_html", "tools_html"]

ROWS = 200
"""So many rows are shown, and so many more when they are asked for."""

_RANKS = {kind: rank for rank, kind in enumerate(STATES)}


def matching(look: Look, words: str) -> list[Standing]:
    """The seeds that hold all words in name, title or state; those that need attention first."""
    wanted = words.casefold().split()
    found = [one for one in look.standings if all(word in _text(one) for word in wanted)]
    return sorted(found, key=lambda one: (_RANKS[one.kind], one.seed))


def table_html(
    look: Look, found: Sequence[Standing], rows: int, selected: Collection[str], folder: Path
) -> Markup:
    """The first ``rows`` of the seeds that were found; what to do where there are none."""
    return render(
        "documents_table",
        trouble=look.error,
        folder=folder,
        count=len(look.standings),
        found=len(found),
        rows=[_row(one, is_selected=one.seed in selected) for one in found[:rows]],
        states=STATES,
    )


def tools_html(
    found: Sequence[Standing],
    selected: Collection[str],
    chosen: Sequence[str],
    *,
    confirming: bool = False,
    deleted: int = 0,
    trouble: str = "",
) -> Markup:
    """What can be done with the selected seeds, what the chat is narrowed to, what was done."""
    notes: list[tuple[str, list[tuple[str, str]]]] = []
    if deleted:
        notes.append((f"{counted(deleted, 'file')} deleted.", [("undo", "Undo")]))
    if chosen:
        text = f"The chat asks only {counted(len(chosen), 'document')}."
        notes.append((text, [("clear", "Ask all")]))
    select = [] if len(selected) >= len(found) else [("select", f"Select all {len(found):,}")]
    if confirming:
        named = ", ".join(f"“{name}”" for name in list(selected)[:5])
        more = f" and {len(selected) - 5:,} more" if len(selected) > 5 else ""
        text = f"Delete {named}{more}? What is deleted is moved to the trash of the home."
        notes.append((text, [("apply", "Delete"), ("stop", "Keep")]))
    elif selected:
        text = f"{counted(len(selected), 'document')} selected."
        buttons = [("submit", "Ask only these"), ("delete", "Delete"), *select]
        notes.append((text, [*buttons, ("collapse", "Select none")]))
    elif found:
        notes.append(("Select documents to ask only these, or to delete them.", select))
    return render("documents_tools", trouble=trouble, notes=notes)


def _text(one: Standing) -> str:
    title = one.entry.title if one.entry else ""
    return f"{one.seed}\n{title}\n{STATES[one.kind]}".casefold()


@dataclass(frozen=True, slots=True)
class _Row:
    """A seed; what is not known of it is ""."""

    seed: str
    kind: Kind
    title: str
    reason: str
    format: str
    date: str
    language: str
    passages: str
    size: str
    facts: list[str]
    is_selected: bool


def _row(one: Standing, *, is_selected: bool) -> _Row:
    entry, path = one.entry, PurePosixPath(one.seed)
    ending = path.suffix[1:].upper() or "text"
    date = (entry.date or "") if entry else ""
    language = entry.language if entry and entry.language != "und" else ""  # too short to tell
    size = size_in_words(one.size) if one.size is not None else ""
    facts = [ending, date, language, counted(one.chunks, "passage") if entry else "", size]
    return _Row(
        one.seed,
        one.kind,
        entry.title if entry and entry.title else path.name,
        one.reason,
        ending,
        date,
        language,
        f"{one.chunks:,}" if entry else "",
        size,
        [fact for fact in facts if fact],
        is_selected,
    )
