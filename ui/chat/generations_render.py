"""The index as the documents page tells of it: what a build would do, does and did; generations."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from index.builder.build import IndexReport, IndexState
from index.status import build_seconds
from index.store.home import Pointer
from index.store.manifest import Manifest
from ui.chat.html import message_html, render
from ui.chat.words import about, counted
from ui.chat.work import BuildState
from ui.cli.text import progress_text

__all__ = ["generations_html", "plan_html"]

_CHUNKS_PER_S = 60.0  # of the packaged model on two processors, until a build has measured it


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
    return render("plan", messages=messages, text=text, button=button, report=report)


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
        text=progress_text(progress) if progress.total else "reading the first documents",
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
    plan = report.plan
    counts = {
        "added": len(plan.added),
        "changed": len(plan.changed),
        "renamed": len(plan.renamed),
        "removed": len(plan.removed),
        "not, or only partly, read": len(report.failed),
    }
    done = ", ".join(f"{n:,} {name}" for name, n in counts.items() if n)
    return f"Built in {report.seconds:.0f} s: {done or 'no documents'}."
