"""The table of the documents as HTML, and what can be done with those that are selected.

Names, titles and reasons come from files: all of them are escaped here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from pathlib import Path, PurePosixPath

from index.status import SeedStatus
from ui.chat.documents_words import KINDS, counted, size_in_words
from ui.chat.evaluation_words import message_html
from ui.chat.looking import Look

__all__ = ["ROWS", "matching", "table_html", "tools_html"]

ROWS = 200
"""So many rows are shown, and so many more when they are asked for."""

_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}
_HEAD = (
    '<thead><tr><th scope="col"><span class="fn-unseen">Select</span></th>'
    '<th scope="col">Document</th><th scope="col">State</th>'
    '<th scope="col" class="fn-wide">Format</th><th scope="col" class="fn-wide">Date</th>'
    '<th scope="col" class="fn-wide">Language</th>'
    '<th scope="col" class="fn-wide fn-num">Passages</th>'
    '<th scope="col" class="fn-wide fn-num">Size</th></tr></thead>'
)


def matching(look: Look, words: str) -> list[SeedStatus]:
    """The seeds that hold all words in name, title or state; those that need attention first."""
    wanted = words.casefold().split()
    found = [one for one in look.standings if all(word in _text(one) for word in wanted)]
    return sorted(found, key=lambda one: (_RANKS[one.kind], one.seed))


def table_html(
    look: Look, found: Sequence[SeedStatus], rows: int, selected: Collection[str], folder: Path
) -> str:
    """The first ``rows`` of the seeds that were found; what to do where there are none."""
    if look.error:
        return message_html(look.error, bad=True)
    if not look.standings:
        told = f"No documents in {folder} yet: drop some on this page, or put them there."
        return message_html(told)
    if not found:
        return message_html("No document holds these words.")
    shown = found[:rows]
    told = f"{len(found):,} of {counted(len(look.standings), 'document')}"
    if len(found) == len(look.standings):
        told = counted(len(found), "document")
    more = ""
    if len(shown) < len(found):
        told += f", the first {len(shown):,} are shown"
        more = '<button type="button" class="fn-more" data-event="expand">Show more</button>'
    body = "".join(_row(one, is_selected=one.seed in selected) for one in shown)
    return (
        f'<table class="fn-seeds"><caption role="status">{told}</caption>{_HEAD}'
        f"<tbody>{body}</tbody></table>{more}"
    )


def tools_html(
    found: Sequence[SeedStatus],
    selected: Collection[str],
    chosen: Sequence[str],
    *,
    confirming: bool = False,
    deleted: int = 0,
    trouble: str = "",
) -> str:
    """What can be done with the selected seeds, what the chat is narrowed to, what was done."""
    notes = ""
    if trouble:
        notes += message_html(trouble, bad=True)
    if deleted:
        notes += _note(f"{counted(deleted, 'file')} deleted.", ("undo", "Undo"))
    if chosen:
        told = f"The chat asks only {counted(len(chosen), 'document')}."
        notes += _note(told, ("clear", "Ask all"))
    count = counted(len(selected), "document")
    if confirming:
        named = ", ".join(f"“{name}”" for name in list(selected)[:5])
        more = f" and {len(selected) - 5:,} more" if len(selected) > 5 else ""
        told = f"Delete {named}{more}? What is deleted is moved to the trash of the home."
        return notes + _note(told, ("apply", "Delete"), ("stop", "Keep"))
    buttons = [] if len(selected) >= len(found) else [("select", f"Select all {len(found):,}")]
    if not selected:
        told = "Select documents to ask only these, or to delete them." if found else ""
        return notes + (_note(told, *buttons) if told else "")
    buttons = [("submit", "Ask only these"), ("delete", "Delete"), *buttons]
    return notes + _note(f"{count} selected.", *buttons, ("collapse", "Select none"))


def _text(one: SeedStatus) -> str:
    title = one.entry.title if one.entry else ""
    return f"{one.seed}\n{title}\n{KINDS[one.kind]}".casefold()


def _row(one: SeedStatus, *, is_selected: bool) -> str:
    entry = one.entry
    name = PurePosixPath(one.seed).name
    title = entry.title if entry and entry.title else name
    path = "" if title == one.seed else f'<span class="fn-sub">{escape(one.seed)}</span>'
    why = f'<span class="fn-sub fn-reason">{escape(one.reason)}</span>' if one.reason else ""
    ending = PurePosixPath(one.seed).suffix[1:].upper() or "text"
    facts = [
        ending,
        (entry.date or "") if entry else "",
        entry.language if entry and entry.language != "und" else "",  # too short to tell
        f"{one.chunks:,}" if entry else "",
        size_in_words(one.size) if one.size is not None else "",
    ]
    kinds = ["", "", "", " fn-num", " fn-num"]
    cells = "".join(
        f'<td class="fn-wide{kind}">{escape(fact)}</td>'
        for fact, kind in zip(facts, kinds, strict=True)
    )
    if entry:
        facts[3] = counted(one.chunks, "passage")
    small = escape(" · ".join(fact for fact in facts if fact))
    return (
        f'<tr><td data-form><input type="checkbox" name="on" data-event="select" '
        f'data-id="{escape(one.seed)}" aria-label="Select {escape(title)}"'
        f"{' checked' if is_selected else ''}></td>"
        f'<th scope="row"><span class="fn-title">{escape(title)}</span>{path}{why}'
        f'<span class="fn-sub fn-small">{small}</span></th>'
        f'<td><span class="fn-kind fn-kind-{one.kind}">{KINDS[one.kind]}</span></td>{cells}</tr>'
    )


def _note(text: str, *buttons: tuple[str, str]) -> str:
    made = "".join(
        f'<button type="button" data-event="{event}">{escape(name)}</button>'
        for event, name in buttons
    )
    return f'<p class="fn-note" role="status"><span>{escape(text)}</span> {made}</p>'
