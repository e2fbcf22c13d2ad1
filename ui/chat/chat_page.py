"""The chat page: conversations at the left, questions and answers, their evidence at the right.

Holds no state of its own: a conversation lives in the browser session's ``gr.State`` and answers
come from the one Assistant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from rag.answers import Answer, Message, Sentence
from rag.assemble import House
from rag.assistant import MAX_QUESTION_CHARACTERS, Shown, Step
from ui.chat.render import (
    answer_html,
    error_html,
    evidence_html,
    no_evidence_html,
    question_html,
)
from ui.chat.shared import QUIET, Shared, pane

__all__ = ["chat_page"]

_ASKERS = 8
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


def chat_page(shared: Shared, suggestions: list[str]) -> None:
    """Build the page in the current tab; ``suggestions`` are offered while nothing was asked."""
    house = shared.house

    def ask(question: str, turns: Turns) -> Iterator[Update]:
        yield from _ask(house, question, turns)

    turns = gr.State(())
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
                send = gr.Button("Ask", variant="primary", scale=1, min_width=80, elem_id="fn-ask")
                clear = gr.Button("New", scale=1, min_width=70, elem_id="fn-new")
        with gr.Column(scale=2, elem_id="fn-side"):
            evidence = pane(no_evidence_html(_EMPTY), elem_id="fn-evidence")
    updated = [chat, evidence, turns, box]
    options = {"concurrency_limit": _ASKERS, **QUIET}
    gr.on([box.submit, send.click], ask, [box, turns], updated, **options)
    chat.example_select(_picked, None, box, **QUIET).then(ask, [box, turns], updated, **options)
    gr.on([clear.click, chat.clear], _cleared, None, updated, api_visibility="private")


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
