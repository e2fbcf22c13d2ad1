"""The documents page as HTML: the table, what can be done, uploads, the index and generations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from markupsafe import Markup

from index.builder.build import IndexReport, IndexState
from index.folder import Uploaded
from index.loaders.image import INSTALL, is_installed
from index.status import Kind, SeedStatus, build_seconds
from index.store.home import Pointer
from index.store.manifest import Manifest
from index.text.composed import composed
from ui.chat.html import message_html, render
from ui.chat.words import STATES, about, counted, size_in_words
from ui.chat.work import BuildState, Look
from ui.cli.text import pictures_text, progress_text

__all__ = [
    "ROWS",
    "generations_html",
    "matching",
    "plan_html",
    "table_html",
    "tools_html",
    "uploads_html",
]

ROWS = 200
"""So many rows are shown, and so many more when they are asked for."""

_RANKS = {kind: rank for rank, kind in enumerate(STATES)}
_CHUNKS_PER_S = 60.0  # of the packaged model on two processors, until a build has measured it


def matching(look: Look, words: str) -> list[SeedStatus]:
    """The seeds that hold all words in name, title or state; those that need attention first."""
    wanted = composed(words).casefold().split()
    found = [one for one in look.seeds if all(word in _text(one) for word in wanted)]
    return sorted(found, key=lambda one: (_RANKS[one.kind], one.seed))


def table_html(
    look: Look, found: Sequence[SeedStatus], rows: int, selected: Collection[str], folder: Path
) -> Markup:
    """The first ``rows`` of the seeds that were found; what to do where there are none."""
    return render(
        "documents_table",
        trouble=look.error,
        folder=folder,
        count=len(look.seeds),
        found=len(found),
        unread=sum(one.kind in ("failed", "partly") for one in look.seeds),
        rows=[_row(one, is_selected=one.seed in selected) for one in found[:rows]],
        states=STATES,
    )


def tools_html(
    found: Sequence[SeedStatus],
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


def _text(one: SeedStatus) -> str:
    title = one.entry.title if one.entry else ""
    return composed(f"{one.seed}\n{title}\n{STATES[one.kind]}").casefold()


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


def _row(one: SeedStatus, *, is_selected: bool) -> _Row:
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


def uploads_html(done: Uploaded) -> Markup:
    """What was added and refused, and the question for each file whose name is taken."""
    added = ""
    if done.added:
        more = f" and {len(done.added) - 3:,} more" if len(done.added) > 3 else ""
        added = f"Added to the folder: {', '.join(done.added[:3])}{more}."
    return render(
        "uploads",
        added=added,
        refused=done.refused,
        waiting=[upload.name for upload in done.waiting],
        answers=(("replace", "Replace"), ("keep", "Keep both"), ("skip", "Skip")),
    )


def plan_html(state: IndexState | None, build: BuildState) -> Markup:
    """What a build would do, with a button; how far the one is that runs; what the last one did."""
    if build.is_active:
        return _build_html(build)
    if state is None:
        return message_html(build.error, bad=True) if build.error else Markup()
    is_fresh = state.kind == "fresh"
    text, button = _plan(state, build.progress.rate or _CHUNKS_PER_S)
    messages = []
    if build.phase == "failed" and not is_fresh:
        messages.append((build.error, True))
    if build.phase == "cancelled" and not is_fresh:
        messages.append(("The build was cancelled: the index is as it was.", False))
    if not text:
        messages.append(("Nothing is indexed yet: add documents first.", False))
    report = _report(build.report) if build.report is not None and is_fresh else ""
    return render(
        "plan",
        messages=messages,
        text=text,
        button=button,
        report=report,
        pictures=pictures_text(state.plan.failed),
        install="" if is_installed() else INSTALL,
    )


def generations_html(
    held: Sequence[Manifest], pointer: Pointer | None, *, trouble: str = ""
) -> Markup:
    """The generations that are kept, the newest first, each with a way to answer from it."""
    if trouble:
        return message_html(trouble, bad=True)
    if pointer is None:
        return Markup()
    return render("generations", held=held, current=pointer.current)


def _build_html(build: BuildState) -> Markup:
    progress = build.progress
    return render(
        "build",
        is_cancelling=build.cancelling,
        text=progress_text(progress),
        total=progress.total_bytes,
        done=progress.done_bytes,
    )


def _plan(state: IndexState, chunks_per_s: float) -> tuple[str, str]:
    """What a build would do, and its button; "" where there is nothing to build."""
    plan = state.plan
    if state.kind == "fresh":
        return "The index is up to date with the folder.", ""
    time = about(build_seconds(state, chunks_per_s=chunks_per_s))
    files = counted(len(plan.added), "file")
    if state.kind == "pinned":
        return f"You ask an earlier generation. {_changes(state)}; {time}.", "Rebuild"
    if state.manifest is None:
        if not plan.added:
            return "", ""
        return f"Nothing can be asked yet. A build reads {files}; {time}.", "Build"
    if plan.rebuild:
        why = f"The settings or the program changed ({plan.rebuild})"
        return f"{why}. A rebuild reads all {files} again; {time}.", "Rebuild"
    why = "The folder has changed since the index was built."
    return f"{why} {_changes(state)}; {time}.", "Rebuild"


def _changes(state: IndexState) -> str:
    plan = state.plan
    changes = f"A rebuild would add {len(plan.added):,}, change {len(plan.changed):,}"
    renamed = f", rename {len(plan.renamed):,}" if plan.renamed else ""
    return f"{changes}{renamed}, remove {len(plan.removed):,}"


def _report(report: IndexReport) -> str:
    if not report.published:
        return "Nothing had changed."
    counts = report.plan.counts | {"not, or only partly, read": len(report.failed)}
    done = ", ".join(f"{n:,} {name}" for name, n in counts.items() if n)
    return f"Built in {report.seconds:.0f} s: {done or 'no documents'}."
