"""What the events of the drop zone do: files go into the folder, or it is asked or said why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

from index.errors import FootnoteError
from index.folder import Existing, Folder, Upload, Uploaded
from ui.chat.documents_layout import Parts
from ui.chat.html import message_html, render
from ui.chat.shared import Shared

__all__ = ["Uploading", "uploads_html"]

Changes = dict[Any, Any]
Waiting = tuple[Upload, ...]
_ANSWERS: dict[str, Existing] = {"replace": "replace", "keep": "keep both"}
_SKIPPED = "skip"


@dataclass(frozen=True, slots=True)
class Uploading:
    """The handlers of one window's drop zone."""

    shared: Shared
    parts: Parts
    folder: Folder

    def came(self, paths: Sequence[str] | None, names: Any, waiting: Waiting) -> Changes:
        """Put the files that came into the folder; ``names`` is what the user calls them."""
        paths = paths or ()
        named = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if not named or len(names) != len(paths):
            told = f"{len(paths)} files came, but not a name for each: upload them again"
            return {self.parts.files: None, self.parts.uploads: message_html(told, bad=True)}
        uploads = [Upload(Path(p), n) for p, n in zip(paths, names, strict=True)]
        return {self.parts.files: None, **self._kept(uploads, "ask", waiting)}

    def answered(self, waiting: Waiting, event: gr.EventData) -> Changes:
        """What becomes of a file whose name is taken; of all of them where none is named."""
        meant = [one for n, one in enumerate(waiting) if event.number in {"", str(n)}]
        others = tuple(one for one in waiting if one not in meant)
        if event.answer != _SKIPPED:
            return self._kept(meant, _ANSWERS[event.answer], others)
        for upload in meant:
            self.folder.forget(upload)
        return {
            self.parts.waiting: others,
            self.parts.uploads: uploads_html(Uploaded(waiting=others)),
        }

    def _kept(self, uploads: Sequence[Upload], existing: Existing, waiting: Waiting) -> Changes:
        try:
            done = self.folder.upload(uploads, existing)
        except FootnoteError as exc:
            if existing == "ask":  # nothing is shown of them any more
                for upload in uploads:
                    self.folder.forget(upload)
            return {self.parts.uploads: message_html(str(exc), bad=True)}
        self.shared.work.folder.again()
        done = Uploaded(done.added, (*waiting, *done.waiting), done.refused)
        return {self.parts.waiting: done.waiting, self.parts.uploads: uploads_html(done)}


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
        answers=(("replace", "Replace"), ("keep", "Keep both"), (_SKIPPED, "Skip")),
    )
