"""The chat window: questions at the left, their evidence at the right, the index state above.

Holds no state of its own: a conversation lives in the browser session's ``gr.State``, answers
come from the one Assistant, the index from the one Builder.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from index.progress import Progress
from rag.answers import Answer, Message, Sentence
from rag.assemble import House
from rag.assistant import MAX_QUESTION_CHARACTERS, Shown, Step
from ui.chat.render import (
    answer_html,
    error_html,
    evidence_html,
    no_evidence_html,
    progress_html,
    question_html,
    state_html,
)

__all__ = ["build_window", "mount_window"]

_STATE_EVERY_S = 5.0
_ASKERS = 8
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Consolas", "monospace"]
_EMPTY = "The passages that an answer rests on appear here, with the cited words marked."


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and what is shown for it."""

    question: str
    shown: str = ""
    evidence: str = ""
    answer: Answer | None = None


Turns = tuple[Turn, ...]
# What a chat event updates: messages, evidence, turns, the question box.
Update = tuple[list[dict[str, str]], str, Turns, Any]


def build_window(house: House, suggestions: list[str]) -> gr.Blocks:
    """The window over one house; ``suggestions`` are offered while nothing was asked."""

    def ask(question: str, turns: Turns) -> Iterator[Update]:
        yield from _ask(house, question, turns)

    def rebuild() -> Iterator[str]:
        yield from _rebuild(house)

    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as window:
        turns = gr.State(())
        with gr.Row(elem_id="fn-top"):
            gr.HTML(
                '<header class="fn-brand"><h1>Footnote<sup>1</sup></h1>'
                "<p>Answers from your documents. Every sentence cites its source.</p></header>",
                scale=3,
            )
            state = gr.HTML(lambda: _state(house), scale=2, elem_id="fn-index")
            rebuild_button = gr.Button("Rebuild", size="sm", elem_id="fn-rebuild")
        with gr.Row(elem_id="fn-main"):
            with gr.Column(scale=3):
                chat = gr.Chatbot(
                    elem_id="fn-chat",
                    height="calc(100vh - 190px)",
                    min_height=320,
                    show_label=False,
                    label="Conversation",
                    latex_delimiters=[],
                    allow_tags=False,
                    feedback_options=None,
                    buttons=["copy_all"],
                    examples=[{"text": text} for text in suggestions],
                    placeholder="### Ask the documents\nPick one, or ask your own question.",
                )
                with gr.Row():
                    box = gr.Textbox(
                        placeholder="Ask a question about the documents",
                        label="Question",
                        show_label=False,
                        container=False,
                        max_length=MAX_QUESTION_CHARACTERS,
                        autofocus=True,
                        lines=1,
                        scale=5,
                        elem_id="fn-question",
                    )
                    send = gr.Button(
                        "Ask", variant="primary", scale=1, min_width=80, elem_id="fn-ask"
                    )
                    clear = gr.Button("New", scale=1, min_width=70, elem_id="fn-new")
            with gr.Column(scale=2, elem_id="fn-side"):
                evidence = gr.HTML(no_evidence_html(_EMPTY), elem_id="fn-evidence")
        updated = [chat, evidence, turns, box]
        options: dict[str, Any] = {"concurrency_limit": _ASKERS, "show_progress": "hidden"}
        gr.on(
            [box.submit, send.click],
            ask,
            [box, turns],
            updated,
            api_visibility="private",
            **options,
        )
        chat.example_select(
            _picked, None, box, api_visibility="private", show_progress="hidden"
        ).then(ask, [box, turns], updated, api_visibility="private", **options)
        gr.on([clear.click, chat.clear], _cleared, None, updated, api_visibility="private")
        rebuild_button.click(
            rebuild,
            None,
            state,
            concurrency_limit=1,
            api_visibility="private",
            show_progress="hidden",
        )
        gr.Timer(_STATE_EVERY_S).tick(
            lambda: _state(house), None, state, api_visibility="private", show_progress="hidden"
        )
    return window


def mount_window(app: Any, window: gr.Blocks, *, host: str, port: int) -> Any:
    """Mount the window on a FastAPI application at ``/``; nothing is loaded from elsewhere."""
    here = files("ui.chat")
    theme = gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=_FONTS, font_mono=_MONO)
    return gr.mount_gradio_app(
        app,
        window,
        path="/",
        server_name=host,
        server_port=port,
        theme=theme,
        css=here.joinpath("style.css").read_text(encoding="utf-8"),
        head=f"<script>{here.joinpath('chips.js').read_text(encoding='utf-8')}</script>",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        max_file_size="1mb",
        ssr_mode=False,
        show_error=True,
        mcp_server=False,
        enable_monitoring=False,
    )


def _ask(house: House, question: str, turns: Turns) -> Iterator[Update]:
    """Stream one answer into the conversation."""
    if not question.strip():
        yield (*_shown(turns), gr.skip())
        return
    number = len(turns) + 1
    history = [message for turn in turns for message in _messages_of(turn)]
    turn = Turn(question, answer_html(number, [], ["searching"]))
    yield (*_shown((*turns, turn)), "")
    steps: list[str] = []
    sentences: list[Sentence] = []
    try:
        for event in house.assistant.stream(question, history):
            if isinstance(event, Step):
                steps.append(event.text)
            elif isinstance(event, Shown):
                sentences.append(event.sentence)
            else:
                generation = house.searcher.generation()
                turn = replace(
                    turn, answer=event, evidence=evidence_html(number, event, generation)
                )
            turn = replace(turn, shown=answer_html(number, sentences, steps, turn.answer))
            yield (*_shown((*turns, turn)), "")
    except FootnoteError as exc:
        turn = replace(turn, shown=error_html(exc))
        yield (*_shown((*turns, turn)), "")


def _rebuild(house: House) -> Iterator[str]:
    """Build in a thread, so that progress can be shown while it runs."""
    reports: queue.Queue[Progress | FootnoteError | None] = queue.Queue()

    def work(told: Callable[[Progress], None]) -> None:
        try:
            house.builder.unpin()
            house.builder.build(progress=told)
        except FootnoteError as exc:
            reports.put(exc)
        finally:
            reports.put(None)

    threading.Thread(target=work, args=(reports.put,), daemon=True).start()
    yield progress_html(Progress())
    while (report := reports.get()) is not None:
        if isinstance(report, FootnoteError):
            yield error_html(report)
            return
        yield progress_html(report)
    yield _state(house)


def _state(house: House) -> str:
    try:
        return state_html(house.builder.state())
    except FootnoteError as exc:
        return error_html(exc)


def _picked(chosen: gr.SelectData) -> str:
    return str(chosen.value["text"])


def _cleared() -> Update:
    return (*_shown(()), "")


def _shown(turns: Turns) -> tuple[list[dict[str, str]], str, Turns]:
    """Messages and evidence of a conversation; the evidence of earlier answers is hidden."""
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": question_html(turn.question)})
        messages.append({"role": "assistant", "content": turn.shown})
    cards = [turn.evidence for turn in turns if turn.evidence]
    hidden = [c.replace('class="fn-evidence', 'class="fn-evidence fn-hidden', 1) for c in cards]
    return messages, "".join([*hidden[:-1], *cards[-1:]]) or no_evidence_html(_EMPTY), turns


def _messages_of(turn: Turn) -> list[Message]:
    answer = turn.answer.text if turn.answer is not None else ""
    return [Message("user", turn.question), Message("assistant", answer)]
