"""The chat page: conversations at the left, questions and answers, their evidence at the right.

Here the events of its parts are bound to what they do; no state is held here.
"""

from __future__ import annotations

import gradio as gr

from ui.chat.asking import Asking
from ui.chat.chat_layout import lay_out
from ui.chat.keeping import Keeping
from ui.chat.shared import QUIET, Shared

__all__ = ["chat_page"]

_ASKERS = 20
_FOCUS_BOX = "() => document.querySelector('#fn-question textarea')?.focus()"
_TO_MARK = "() => window.footnoteShow?.()"


def chat_page(shared: Shared) -> None:
    """Build the page in the current tab."""
    parts = lay_out()
    asking, keeping = Asking(shared, parts), Keeping(shared, parts)
    of_talk = [parts.talk, parts.chat, parts.evidence, parts.box, parts.send, parts.stop]
    of_talk += [parts.form, parts.suggested, parts.banner, parts.asked]
    everything = [*of_talk, parts.listed]
    ask = {"outputs": of_talk, "concurrency_limit": _ASKERS, "concurrency_id": "ask", **QUIET}
    pressed = {"fn": asking.pressed, "inputs": [parts.asked, parts.talk, shared.chosen], **ask}
    again = parts.actions.retry(asking.again, parts.talk, [parts.talk, parts.asked], **QUIET)
    offered = parts.suggested.select(asking.offered, None, parts.asked, **QUIET)
    asked = [
        gr.on(
            [parts.box.submit, parts.send.click],
            asking.typed,
            [parts.box, parts.talk, shared.chosen],
            **ask,
        ),
        again.then(**pressed),
        offered.then(**pressed),
    ]
    stopped = parts.stop.click(asking.stopped, parts.talk, of_talk, cancels=asked, **QUIET)
    talk_of_list = [parts.search, parts.talk]
    for event in [*asked, stopped]:
        event.then(keeping.listed, talk_of_list, parts.listed, **QUIET)

    editing = [parts.talk, parts.box, parts.banner]
    parts.actions.edit(asking.edit, [parts.talk, shared.chosen], editing, **QUIET).then(
        None, None, None, js=_FOCUS_BOX
    )
    parts.banner.undo(asking.unedit, [parts.talk, shared.chosen], editing, **QUIET)
    parts.banner.clear(lambda: (), None, shared.chosen, **QUIET)
    shared.chosen.change(asking.banner, [shared.chosen, parts.talk], parts.banner, **QUIET)

    judged = [parts.talk, parts.chat, parts.form, parts.banner]
    parts.actions.like(asking.judge, parts.talk, judged, **QUIET)
    parts.form.submit(asking.complain, parts.talk, judged, **QUIET)
    parts.form.clear(lambda: "", None, parts.form, **QUIET)

    to_mark = {"fn": None, "js": _TO_MARK}
    shown = {"inputs": parts.talk, "outputs": parts.evidence, **QUIET}
    parts.actions.select(asking.evidence, **shown).then(**to_mark)
    parts.evidence.collapse(asking.evidence, **shown).then(**to_mark)
    parts.evidence.expand(asking.document, **shown).then(**to_mark)

    loaded = gr.on(None, keeping.loaded, None, everything, **QUIET)
    loaded.then(None, None, None, js="() => window.footnoteLoaded?.()")
    begun = parts.new.click(keeping.begun, parts.search, everything, cancels=asked, **QUIET)
    begun.then(None, None, None, js=_FOCUS_BOX)
    picked = parts.listed.select(keeping.picked, parts.search, everything, cancels=asked, **QUIET)
    deleted = parts.listed.delete(keeping.deleted, talk_of_list, everything, **QUIET)
    undone = parts.listed.undo(keeping.undone, parts.search, everything, **QUIET)
    parts.search.change(keeping.listed, talk_of_list, parts.listed, **QUIET)
    parts.listed.edit(keeping.renaming, talk_of_list, parts.listed, **QUIET)
    parts.listed.submit(keeping.renamed, talk_of_list, parts.listed, **QUIET)

    suggest = {"fn": asking.suggest, "inputs": parts.talk, "outputs": parts.suggested}
    suggest |= {"concurrency_limit": 1, "concurrency_id": "suggest", **QUIET}
    for event in [*asked, stopped, loaded, begun, picked, deleted, undone]:
        event.then(**suggest)
    for event in [begun, picked, deleted, undone]:  # the documents that are chosen stay so
        event.then(asking.banner, [shared.chosen, parts.talk], parts.banner, **QUIET)
