"""The documents page: the folder as a table, files added and deleted, the index built and undone.

The folder is the only memory; each handler gives the components to change. A build belongs to the
process (:mod:`ui.chat.work`); windows look how far it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from index.errors import FootnoteError
from index.folder import MAX_FILES, Deleted, Existing, Folder, Upload, Uploaded
from index.store.home import Home
from ui.chat.html import message_html
from ui.chat.page import QUIET, Shared, pane, takes
from ui.chat.pages.documents_html import (
    ROWS,
    generations_html,
    matching,
    plan_html,
    table_html,
    tools_html,
    uploads_html,
)
from ui.chat.pages.sources import failed_sources
from ui.chat.work import Look

__all__ = ["documents_page"]

Changes = dict[Any, Any]
Seen = tuple[int, str]
Waiting = tuple[Upload, ...]

_ANSWERS: dict[str, Existing] = {"replace": "replace", "keep": "keep both"}
_NAMES = "(files, _, waiting) => [files, (files ?? []).map((one) => one.orig_name), waiting]"
_TO_PLAN = "() => document.querySelector('#fn-plan button')?.focus()"
_TO_TOOLS = "() => document.querySelector('#fn-tools button')?.focus()"


def documents_page(shared: Shared) -> None:
    """Build the page in the current tab."""
    parts = lay_out(shared)
    drawing = Drawing(shared, parts)
    table, index = TableHandlers(shared, drawing), IndexHandlers(shared, drawing)
    uploads = UploadHandlers(shared, parts)

    view = [parts.words, parts.rows, parts.selected, shared.chosen]
    seen = [parts.seen, *view]
    drawn = [parts.seen, parts.plan, parts.generations, parts.table, parts.tools]
    gr.on(None, index.load_page, None, drawn, **QUIET)
    shared.pulse.tick(index.follow_index, seen, drawn, **QUIET)

    # What is pressed is drawn anew: the button that takes its place has the focus.
    to_plan = {"fn": None, "js": _TO_PLAN}
    parts.plan.submit(index.start_build, seen, drawn, **QUIET).then(**to_plan)
    parts.plan.stop(index.cancel_build, seen, drawn, **QUIET).then(**to_plan)
    parts.plan.apply(index.read_pictures, seen, drawn, **QUIET).then(**to_plan)
    parts.generations.select(index.use_generation, view, drawn, **QUIET)

    kept = [parts.files, parts.waiting, parts.uploads]
    came = parts.files.upload(
        uploads.upload_documents,
        [parts.files, parts.names, parts.waiting],
        kept,
        js=_NAMES,
        **QUIET,
    )
    answered = parts.uploads.submit(uploads.answer_for_existing, parts.waiting, kept, **QUIET)
    for event in (came, answered):
        event.then(index.follow_index, seen, drawn, **QUIET)

    # All that change what is selected wait for each other, and no click is passed over.
    one_by_one = {"trigger_mode": "multiple", "concurrency_id": "select", **QUIET}
    listed = [parts.rows, parts.selected, parts.table, parts.tools]
    parts.words.change(table.filter_rows, view, listed, **QUIET)
    parts.table.expand(table.show_more_rows, view, listed, **QUIET)
    parts.table.select(table.select_document, view, listed, **one_by_one)
    parts.tools.select(table.select_all, view, listed, **one_by_one)
    parts.tools.collapse(table.select_none, view, listed, **one_by_one)

    asked = [shared.chosen, shared.tabs, parts.tools]
    parts.tools.submit(table.ask_selected, view, asked, **QUIET)
    parts.tools.clear(lambda: (), None, shared.chosen, **QUIET)
    shared.chosen.change(table.show_tools, view, parts.tools, **QUIET)

    everything = [parts.selected, parts.deleted, *drawn]
    to_tools = {"fn": None, "js": _TO_TOOLS}
    parts.tools.delete(table.confirm_deletion, view, parts.tools, **QUIET).then(**to_tools)
    parts.tools.stop(table.show_tools, view, parts.tools, **QUIET).then(**to_tools)
    parts.tools.apply(table.delete_documents, view, everything, **QUIET).then(**to_tools)
    parts.tools.undo(table.restore_documents, [parts.deleted, *view], everything, **QUIET)


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of one window's documents page.

    ``rows`` holds how many rows are shown, ``selected`` the ids of the selected seeds, ``seen`` the
    number of the :class:`Look` and the plan that are shown, ``deleted`` what can be brought back,
    ``waiting`` the uploads whose names are taken; ``names`` what the user calls the uploads.
    """

    rows: gr.State
    selected: gr.State
    seen: gr.State
    deleted: gr.State
    waiting: gr.State
    names: gr.JSON
    plan: gr.HTML
    files: gr.File
    uploads: gr.HTML
    generations: gr.HTML
    words: gr.Textbox
    tools: gr.HTML
    table: gr.HTML


def folder_of(shared: Shared) -> Folder:
    """The folder by the settings as they are now."""
    return Folder(shared.services.settings)


def _paths(payload: Any) -> list[str]:
    """The paths of the files that came."""
    return [file.path for file in payload or ()]


def lay_out(shared: Shared) -> Parts:
    """Build the columns in the current tab."""
    settings = shared.services.settings
    hint = f"Up to {MAX_FILES} files at once, each of up to {settings.max_file_mb} MB."
    with gr.Row(elem_id="fn-documents"):
        with gr.Column(scale=2, min_width=320, elem_id="fn-documents-side"):
            plan = pane("", elem_id="fn-plan")
            failed_sources(shared)
            files = gr.File(
                label="Add documents",
                file_count="multiple",
                height=150,
                elem_id="fn-upload",
            )
            # Gradio's own (6.31) leaves an empty file in the folder of uploads for each that comes.
            files.preprocess = _paths
            uploads = pane(message_html(hint), elem_id="fn-uploads")
            generations = pane("", elem_id="fn-generations")
        with gr.Column(scale=5, min_width=320, elem_id="fn-documents-list"):
            words = gr.Textbox(
                "",
                label="Filter",
                placeholder="Words of a name, a title or a state",
                elem_id="fn-filter",
            )
            tools = pane("", elem_id="fn-tools")
            table = pane("", elem_id="fn-seeds")
    return Parts(
        gr.State(ROWS), gr.State(()), gr.State((0, "")), gr.State(None), gr.State(()),
        gr.JSON(visible=False), plan, files, uploads, generations, words, tools, table,
    )  # fmt: skip


class View(NamedTuple):
    """The words of the filter, how many rows, the selected seeds, what the chat is narrowed to."""

    words: str
    rows: int
    selected: tuple[str, ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws the parts of one window; each method gives the components to change."""

    shared: Shared
    parts: Parts

    def everything(self, look: Look, view: View) -> Changes:
        """All that depends on the folder and the index."""
        plan = plan_html(look.state, self.shared.work.build.state)
        return {
            self.parts.seen: (look.number, plan),
            self.parts.plan: plan,
            self.parts.generations: self._generations(),
            **self.table(view),
            **self.tools(view),
        }

    def table(self, view: View) -> Changes:
        """The rows that the filter leaves."""
        look = self.shared.work.folder.look()
        found = matching(look, view.words)
        folder = self.shared.services.settings.seeds
        return {self.parts.table: table_html(look, found, view.rows, set(view.selected), folder)}

    def tools(self, view: View, **message: Any) -> Changes:
        """What can be done with the selected seeds, and what was done (see ``tools_html``)."""
        found = matching(self.shared.work.folder.look(), view.words)
        return {self.parts.tools: tools_html(found, view.selected, view.chosen, **message)}

    def _generations(self) -> str:
        home = Home(self.shared.services.settings.home)
        try:
            return generations_html(home.history(), home.pointer())
        except FootnoteError as exc:
            return generations_html((), None, trouble=str(exc))


@dataclass(frozen=True, slots=True)
class TableHandlers:
    """The handlers of one window's table; the values of a :class:`View` come one by one."""

    shared: Shared
    drawing: Drawing

    def filter_rows(self, *values: Any) -> Changes:
        """The rows that hold the words, from the first one on."""
        view = View(*values)._replace(rows=ROWS)
        drawn = {**self.drawing.table(view), **self.drawing.tools(view)}
        return {self.drawing.parts.rows: ROWS, **drawn}

    def show_more_rows(self, *values: Any) -> Changes:
        """More rows."""
        view = View(*values)
        view = view._replace(rows=view.rows + ROWS)
        return {self.drawing.parts.rows: view.rows, **self.drawing.table(view)}

    def select_document(
        self,
        words: str,
        rows: int,
        selected: tuple[str, ...],
        chosen: tuple[str, ...],
        event: gr.EventData,
    ) -> Changes:
        """Select a seed, or not any more."""
        others = tuple(name for name in selected if name != event.id)
        view = View(words, rows, selected, chosen)
        return self._select(view, (*others, str(event.id)) if event.on else others)

    def select_all(self, *values: Any) -> Changes:
        """Select all that hold the words."""
        view = View(*values)
        found = matching(self.shared.work.folder.look(), view.words)
        return self._select(view, tuple(one.seed for one in found))

    def select_none(self, *values: Any) -> Changes:
        """Select none."""
        return self._select(View(*values), ())

    def ask_selected(self, *values: Any) -> Changes:
        """Narrow the chat to the selected documents, and turn to it."""
        view = View(*values)
        selected = set(view.selected)
        found = [one for one in self.shared.work.folder.look().seeds if one.seed in selected]
        chosen = tuple(name for one in found for name in one.documents)
        if not chosen:
            return self.drawing.tools(view, trouble="None of these is indexed yet: build first.")
        return {self.shared.chosen: chosen, self.shared.tabs: gr.Tabs(selected="chat")}

    def show_tools(self, *values: Any) -> Changes:
        """The tools as they are."""
        return self.drawing.tools(View(*values))

    @takes("edit")
    def confirm_deletion(self, *values: Any) -> Changes:
        """Ask whether the selected files shall really be deleted."""
        return self.drawing.tools(View(*values), confirming=True)

    @takes("edit")
    def delete_documents(self, request: gr.Request, *values: Any) -> Changes:
        """Delete the selected files; they can be brought back."""
        view = View(*values)
        try:
            deleted = folder_of(self.shared).delete(view.selected)
        except FootnoteError as exc:
            return self.drawing.tools(view, trouble=str(exc))
        self.shared.record(request, "deleted", deleted.ids)
        changes = self._again(view._replace(selected=()), deleted=len(deleted.ids))
        parts = self.drawing.parts
        return {parts.selected: (), parts.deleted: deleted, **changes}

    @takes("edit")
    def restore_documents(self, deleted: Deleted, request: gr.Request, *values: Any) -> Changes:
        """Bring back what was deleted last."""
        trouble = ""
        try:
            folder_of(self.shared).restore(deleted)
            self.shared.record(request, "restored", deleted.ids)
        except FootnoteError as exc:
            trouble = str(exc)
        return self._again(View(*values), trouble=trouble)

    def _select(self, view: View, selected: tuple[str, ...]) -> Changes:
        view = view._replace(selected=selected)
        drawn = {**self.drawing.table(view), **self.drawing.tools(view)}
        return {self.drawing.parts.selected: selected, **drawn}

    def _again(self, view: View, **message: Any) -> Changes:
        """Everything after the folder was changed, with what was done to it."""
        look = self.shared.work.folder.again()
        return {**self.drawing.everything(look, view), **self.drawing.tools(view, **message)}


@dataclass(frozen=True, slots=True)
class IndexHandlers:
    """The handlers of one window; the values of a :class:`View` come one by one."""

    shared: Shared
    drawing: Drawing

    def load_page(self) -> Changes:
        """The page as it is first seen."""
        look = self.shared.work.folder.look()
        return self.drawing.everything(look, View("", ROWS, (), ()))

    def follow_index(self, seen: Seen, *values: Any) -> Changes:
        """What changed since ``seen``, which is mostly nothing."""
        build = self.shared.work.build.state
        look = None if build.is_active else self.shared.work.folder.look()
        if look is not None and look.number != seen[0]:
            return self.drawing.everything(look, View(*values))
        plan = plan_html(look.state if look else None, build)
        changed = {} if plan == seen[1] else {self.drawing.parts.plan: plan}
        return {self.drawing.parts.seen: (seen[0], plan), **changed}

    @takes("edit")
    def start_build(self, seen: Seen, request: gr.Request, *values: Any) -> Changes:
        """Begin to build, if no build is running."""
        if self.shared.work.build.start(self.shared.services):
            self.shared.record(request, "built", ["index"])
        return self.follow_index(seen, *values)

    @takes("edit")
    def read_pictures(self, seen: Seen, request: gr.Request, *values: Any) -> Changes:
        """Begin to build with text recognition, which is kept as a choice."""
        try:
            self.shared.services.read_pictures()
        except FootnoteError as exc:
            changes = self.follow_index(seen, *values)
            return {**changes, self.drawing.parts.plan: message_html(str(exc), bad=True)}
        return self.start_build(seen, request, *values)

    @takes("edit")
    def cancel_build(self, seen: Seen, *values: Any) -> Changes:
        """End the build, whoever began it."""
        self.shared.work.build.cancel()
        return self.follow_index(seen, *values)

    @takes("edit")
    def use_generation(
        self,
        words: str,
        rows: int,
        selected: tuple[str, ...],
        chosen: tuple[str, ...],
        event: gr.EventData,
        request: gr.Request,
    ) -> Changes:
        """Answer from another generation; with the newest one the index follows the folder."""
        home = Home(self.shared.services.settings.home)
        try:
            if not self.shared.work.build.state.is_active:
                home.use(str(event.id))
                self.shared.record(request, "chose", [str(event.id)])
        except FootnoteError as exc:
            trouble = generations_html((), None, trouble=str(exc))
            return {self.drawing.parts.generations: trouble}
        look = self.shared.work.folder.look()
        return self.drawing.everything(look, View(words, rows, selected, chosen))


@dataclass(frozen=True, slots=True)
class UploadHandlers:
    """The handlers of one window's drop zone."""

    shared: Shared
    parts: Parts

    @takes("edit")
    def upload_documents(
        self, paths: Sequence[str] | None, names: Any, waiting: Waiting, request: gr.Request
    ) -> Changes:
        """Put the files that came into the folder; ``names`` is what the user calls them."""
        paths = paths or ()
        named = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if not named or len(names) != len(paths):
            message = f"{len(paths)} files came, but not a name for each: upload them again"
            return {self.parts.files: None, self.parts.uploads: message_html(message, bad=True)}
        uploads = [Upload(Path(p), n) for p, n in zip(paths, names, strict=True)]
        return {self.parts.files: None, **self._store(uploads, "ask", waiting, request)}

    @takes("edit")
    def answer_for_existing(
        self, waiting: Waiting, event: gr.EventData, request: gr.Request
    ) -> Changes:
        """What becomes of a file whose name is taken; of all of them where none is named."""
        meant = [one for n, one in enumerate(waiting) if event.number in {"", str(n)}]
        others = tuple(one for one in waiting if one not in meant)
        if event.answer != "skip":
            return self._store(meant, _ANSWERS[event.answer], others, request)
        for upload in meant:
            folder_of(self.shared).forget(upload)
        return {
            self.parts.waiting: others,
            self.parts.uploads: uploads_html(Uploaded(waiting=others)),
        }

    def _store(
        self,
        uploads: Sequence[Upload],
        existing: Existing,
        waiting: Waiting,
        request: gr.Request,
    ) -> Changes:
        try:
            done = folder_of(self.shared).upload(uploads, existing)
        except FootnoteError as exc:
            if existing == "ask":  # nothing is shown of them any more
                for upload in uploads:
                    folder_of(self.shared).forget(upload)
            return {self.parts.uploads: message_html(str(exc), bad=True)}
        self.shared.record(request, "uploaded", done.added)
        self.shared.work.folder.again()
        done = Uploaded(done.added, (*waiting, *done.waiting), done.refused)
        return {self.parts.waiting: done.waiting, self.parts.uploads: uploads_html(done)}
