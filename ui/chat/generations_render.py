"""The index as the documents page tells of it: what a build would do, does and did; generations."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from index.builder.build import IndexReport, IndexState
from index.status import build_seconds
from index.store.home import Pointer
from index.store.manifest import Manifest
from ui.chat.building import BuildState
from ui.chat.documents_words import about, counted
from ui.chat.evaluation_words import message_html, when
from ui.cli.text import progress_text

__all__ = ["generations_html", "plan_html"]

_CHUNKS_PER_S = 60.0  # of the packaged model on two processors, until a build has measured it


def plan_html(state: IndexState | None, build: BuildState) -> str:
    """What a build would do, with a button; how far the one is that runs; what the last one did."""
    if build.is_active:
        return _running(build)
    if state is None:
        return message_html(build.error, bad=True) if build.error else ""
    told = _plan(state, build.progress.rate or _CHUNKS_PER_S)
    if build.phase == "failed" and state.kind != "fresh":
        told = message_html(build.error, bad=True) + told
    if build.phase == "cancelled" and state.kind != "fresh":
        told = message_html("The build was cancelled: the index is as it was.") + told
    if build.report is not None and state.kind == "fresh":
        told += message_html(_report(build.report))
    return told


def generations_html(
    held: Sequence[Manifest], pointer: Pointer | None, *, trouble: str = ""
) -> str:
    """The generations that are kept, the newest first, each with a way to answer from it."""
    if trouble:
        return message_html(trouble, bad=True)
    if pointer is None:
        return ""
    items = "".join(
        _generation(one, is_current=one.generation == pointer.current, is_newest=place == 0)
        for place, one in enumerate(held)
    )
    hint = "" if len(held) > 1 else message_html("After the next build you can go back to this.")
    return f'<h2>Generations of the index</h2><ul class="fn-generations">{items}</ul>{hint}'


def _running(build: BuildState) -> str:
    progress = build.progress
    begun = "Cancelling" if build.cancelling else "Building"
    told = progress_text(progress) if progress.total else "reading the first documents"
    cancel = "" if build.cancelling else _button("stop", "Cancel the build")
    return (
        '<div class="fn-plan" role="status">'
        f"<p>{begun}: {escape(told)}</p>"
        f'<progress aria-label="Progress of the build" max="{max(progress.total_bytes, 1)}" '
        f'value="{progress.done_bytes}"></progress>{cancel}'
        '<p class="fn-none">You can go on asking: answers come from the index as it was.</p></div>'
    )


def _plan(state: IndexState, chunks_per_s: float) -> str:
    plan = state.plan
    if state.kind == "fresh":
        return '<p role="status">The index is up to date with the folder.</p>'
    time = about(build_seconds(state, chunks_per_s=chunks_per_s))
    if state.kind == "pinned":
        return _offer(f"You ask an earlier generation. {_changes(state)}; {time}.", "Rebuild")
    if state.manifest is None:
        files = counted(len(plan.added), "file")
        if not plan.added:
            return message_html("Nothing is indexed yet: add documents first.")
        return _offer(f"Nothing can be asked yet. A build reads {files}; {time}.", "Build")
    if plan.rebuild:
        files = counted(len(plan.added), "file")
        told = f"The settings or the program changed ({plan.rebuild})"
        return _offer(f"{told}. A rebuild reads all {files} again; {time}.", "Rebuild")
    told = "The folder has changed since the index was built."
    return _offer(f"{told} {_changes(state)}; {time}.", "Rebuild")


def _changes(state: IndexState) -> str:
    plan = state.plan
    told = f"A rebuild would add {len(plan.added):,}, change {len(plan.changed):,}"
    renamed = f", rename {len(plan.renamed):,}" if plan.renamed else ""
    return f"{told}{renamed}, remove {len(plan.removed):,}"


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
    told = ", ".join(f"{n:,} {name}" for name, n in counts.items() if n)
    return f"Built in {report.seconds:.0f} s: {told or 'no documents'}."


def _generation(one: Manifest, *, is_current: bool, is_newest: bool) -> str:
    told = f"{counted(len(one.documents), 'document')}, {counted(one.chunks, 'passage')}"
    name = "Return to this" if is_newest else "Go back to this"
    use = '<span class="fn-kind">In use</span>'
    if not is_current:
        use = _button("select", name, id=one.generation, label=f"{name}: {when(one.created)}")
    mark = ' aria-current="true"' if is_current else ""
    return (
        f'<li{mark}><p>{escape(when(one.created))}<span class="fn-sub">{told}</span></p>{use}</li>'
    )


def _offer(text: str, button: str) -> str:
    return (
        f'<div class="fn-plan" role="status"><p>{escape(text)}</p>{_button("submit", button)}</div>'
    )


def _button(event: str, name: str, *, id: str = "", label: str = "") -> str:  # noqa: A002
    data = f' data-id="{escape(id)}"' if id else ""
    told = f' aria-label="{escape(label)}"' if label else ""
    return f'<button type="button" data-event="{event}"{data}{told}>{escape(name)}</button>'
