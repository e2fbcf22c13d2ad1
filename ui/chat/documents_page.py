"""The documents page: the folder as a table, files added and deleted, the index built and undone.

Here the events of its parts are bound to what they do.
"""

from __future__ import annotations

import gradio as gr

from index.folder import Folder
from ui.chat.documents_layout import lay_out
from ui.chat.documents_view import Drawing
from ui.chat.managing import Managing
from ui.chat.renewing import Renewing
from ui.chat.shared import QUIET, Shared
from ui.chat.uploading import Uploading

__all__ = ["documents_page"]

_NAMES = "(files, _, waiting) => [files, (files ?? []).map((one) => one.orig_name), waiting]"
_TO_TOOLS = "() => document.querySelector('#fn-tools button')?.focus()"


def documents_page(shared: Shared) -> None:
    """Build the page in the current tab."""
    settings = shared.services.settings
    parts = lay_out(settings)
    drawing, folder = Drawing(shared, parts), Folder(settings)
    managing, renewing = Managing(shared, drawing, folder), Renewing(shared, drawing)
    uploading = Uploading(shared, parts, folder)

    view = [parts.words, parts.rows, parts.selected, shared.chosen]
    seen = [parts.seen, *view]
    drawn = [parts.seen, parts.plan, parts.generations, parts.table, parts.tools]
    gr.on(None, renewing.opened, None, drawn, **QUIET)
    shared.pulse.tick(renewing.looked, seen, drawn, **QUIET)

    parts.plan.submit(renewing.built, seen, drawn, **QUIET)
    parts.plan.stop(renewing.cancelled, seen, drawn, **QUIET)
    parts.generations.select(renewing.went_back, view, drawn, **QUIET)

    kept = [parts.files, parts.waiting, parts.uploads]
    came = parts.files.upload(
        uploading.came,
        [parts.files, parts.names, parts.waiting],
        kept,
        js=_NAMES,
        **QUIET,
    )
    answered = parts.uploads.submit(uploading.answered, parts.waiting, kept, **QUIET)
    for event in (came, answered):
        event.then(renewing.looked, seen, drawn, **QUIET)

    # All that change what is selected wait for each other, and no click is passed over.
    one_by_one = {"trigger_mode": "multiple", "concurrency_id": "select", **QUIET}
    listed = [parts.rows, parts.selected, parts.table, parts.tools]
    parts.words.change(managing.filtered, view, listed, **QUIET)
    parts.table.expand(managing.more, view, listed, **QUIET)
    parts.table.select(managing.checked, view, listed, **one_by_one)
    parts.tools.select(managing.all_checked, view, listed, **one_by_one)
    parts.tools.collapse(managing.none_checked, view, listed, **one_by_one)

    asked = [shared.chosen, shared.tabs, parts.tools]
    parts.tools.submit(managing.asked, view, asked, **QUIET)
    parts.tools.clear(lambda: (), None, shared.chosen, **QUIET)
    shared.chosen.change(managing.drawn, view, parts.tools, **QUIET)

    everything = [parts.selected, parts.deleted, *drawn]
    to_tools = {"fn": None, "js": _TO_TOOLS}
    parts.tools.delete(managing.doubted, view, parts.tools, **QUIET).then(**to_tools)
    parts.tools.stop(managing.drawn, view, parts.tools, **QUIET).then(**to_tools)
    parts.tools.apply(managing.deleted, view, everything, **QUIET).then(**to_tools)
    parts.tools.undo(managing.undone, [parts.deleted, *view], everything, **QUIET)
