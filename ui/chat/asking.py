"""What the events of the conversation do: ask, stop, ask again, edit, judge, show the evidence.

Each handler gets the state of its window and gives the components to change; nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from eval.cases import add_case
from index.errors import FootnoteError
from rag.conversations.archive import Feedback
from rag.conversations.preferences import assistant_of
from rag.types import Answer
from ui.chat.askers import QUESTIONS
from ui.chat.chat_layout import NO_EVIDENCE, Parts
from ui.chat.evidence import document_html, evidence_html, no_evidence_html
from ui.chat.feedback import Complaint, case_of, complaint_html
from ui.chat.render import banner_html
from ui.chat.shared import Shared
from ui.chat.suggested import BEING_BUILT, NO_INDEX, suggested_html
from ui.chat.talk import Desk, Talk, answered, ask, history, judged, messages, stopped
from ui.server.people import user_of

__all__ = ["Asking"]

Changes = dict[Any, Any]
Chosen = Sequence[str]


@dataclass(frozen=True, slots=True)
class Asking:
    """The handlers of one window's conversation."""

    shared: Shared
    parts: Parts

    def typed(
        self, question: str, talk: Talk, chosen: Chosen, request: gr.Request
    ) -> Iterator[Changes]:
        """Ask what stands in the box."""
        yield {self.parts.box: ""}
        if question.strip():
            yield from self.pressed(question, talk, chosen, request)

    def pressed(
        self, question: str, talk: Talk, chosen: Chosen, request: gr.Request
    ) -> Iterator[Changes]:
        """Ask the question of a button."""
        desk = self._desk(request)
        try:
            assistant = assistant_of(self.shared.services, self.shared.archive, desk.user)
        except FootnoteError as exc:
            yield {self.parts.banner: banner_html(trouble=str(exc))}
            return
        ready: Changes = {self.parts.form: "", self.parts.suggested: "", **self._busy(True)}
        banner = self.banner(chosen, replace(talk, editing=0))
        visitor = desk.user or (request.client.host if request.client else "")
        with self.shared.work.askers.place(visitor) as is_free:
            if not is_free:
                told = f"{QUESTIONS} questions of yours are being answered: wait for one of them."
                yield {self.parts.banner: banner_html(trouble=told), self.parts.box: question}
                return
            for now, answer in ask(desk, assistant, talk, question, chosen):
                ended = {} if now.making else {**self._busy(False), **self._evidence(now, answer)}
                yield {**ready, self.parts.banner: banner, **self._talk(now), **ended}
                ready = {}

    def stopped(self, talk: Talk, request: gr.Request) -> Changes:
        """Keep what was verified before the reader stopped it."""
        talk, answer = stopped(self._desk(request), talk)
        shown = self._evidence(talk, answer) if answer else {}
        return {**self._busy(False), **self._talk(talk), **shown}

    def again(self, talk: Talk, event: gr.EventData) -> Changes:
        """Ask the question of a turn again, in its place."""
        turn = int(event.turn)
        return {
            self.parts.talk: replace(talk, editing=turn),
            self.parts.asked: talk.turns[turn - 1].question,
        }

    def offered(self, event: gr.EventData) -> Changes:
        """Ask a suggested question."""
        return {self.parts.asked: str(event.question)}

    def edit(self, talk: Talk, chosen: Chosen, event: gr.EventData) -> Changes:
        """Put the question of a turn into the box; the next question replaces it."""
        turn = int(event.turn)
        talk = replace(talk, editing=turn)
        return {
            self.parts.talk: talk,
            self.parts.box: talk.turns[turn - 1].question,
            self.parts.banner: self.banner(chosen, talk),
        }

    def unedit(self, talk: Talk, chosen: Chosen) -> Changes:
        """Leave the question as it was."""
        talk = replace(talk, editing=0)
        return {
            self.parts.talk: talk,
            self.parts.box: "",
            self.parts.banner: self.banner(chosen, talk),
        }

    def banner(self, chosen: Chosen, talk: Talk) -> str:
        """What the next question is asked of, and what it replaces."""
        titles: list[str] = []
        if chosen:
            held = self.shared.services.searcher.generation().manifest.documents
            titles = [held[name].title if name in held else name for name in chosen]
        return banner_html(titles, editing=talk.editing)

    def judge(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Changes:
        """A thumb: up is kept as it is, down also opens the form."""
        number, is_good = int(event.turn), bool(event.good)
        changes = self._judged(talk, number, Feedback(is_good), request)
        question = talk.turns[number - 1].question
        form = "" if is_good else complaint_html(number, question)
        return {self.parts.form: form, **changes}

    def complain(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Changes:
        """Keep the filled form, and make it an evaluation case when that is wanted."""
        number = int(event.turn)
        complaint = Complaint.of(event.reason, event.comment, event.expected, event.case)
        try:
            if complaint.is_case:
                answer, _ = answered(self._desk(request), talk, number)
                case = case_of(answer, complaint, history(talk, number))
                add_case(self.shared.services.settings.home, case)
        except FootnoteError as exc:
            question = talk.turns[number - 1].question
            return {self.parts.form: complaint_html(number, question, trouble=str(exc))}
        changes = self._judged(talk, number, Feedback(False, complaint.told), request)
        return {self.parts.form: "", **changes}

    def suggest(self, talk: Talk, request: gr.Request) -> str:
        """Questions to begin or to go on with, as the documents answer them."""
        suggestions = self.shared.services.suggestions
        if not talk.turns:
            state = self.shared.work.looking.look().state
            if state is not None and state.kind == "missing":
                return BEING_BUILT if self.shared.work.building.state.is_active else NO_INDEX
            return suggested_html(suggestions.first(), is_first=True)
        try:
            answer, _ = answered(self._desk(request), talk, len(talk.turns))
        except FootnoteError:
            return ""
        asked = [turn.question for turn in talk.turns]
        return suggested_html(suggestions.next(answer, asked), is_first=False)

    def evidence(self, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """The evidence of a turn as cards."""
        return self._of_turn(talk, event, request, evidence_html)

    def document(self, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """The document of a citation at its place."""

        def opened(turn: int, answer: Answer, generation: Any, _: Any) -> str:
            return document_html(turn, int(event.number), answer, generation)

        return self._of_turn(talk, event, request, opened)

    def _of_turn(
        self, talk: Talk, event: gr.EventData, request: gr.Request, made: Callable[..., str]
    ) -> str:
        turn = int(event.turn)
        try:
            answer, changes = answered(self._desk(request), talk, turn)
            return made(turn, answer, self.shared.services.searcher.generation(), changes)
        except FootnoteError as exc:
            return no_evidence_html(str(exc), turn)

    def _judged(self, talk: Talk, number: int, feedback: Feedback, request: gr.Request) -> Changes:
        try:
            return self._talk(judged(self._desk(request), talk, number, feedback))
        except FootnoteError as exc:
            return {self.parts.banner: banner_html(trouble=str(exc))}

    def _talk(self, talk: Talk) -> Changes:
        return {self.parts.talk: talk, self.parts.chat: messages(talk)}

    def _evidence(self, talk: Talk, answer: Answer | None) -> Changes:
        shown = no_evidence_html(NO_EVIDENCE)
        if answer is not None:
            generation = self.shared.services.searcher.generation()
            shown = evidence_html(len(talk.turns), answer, generation)
        return {self.parts.evidence: shown}

    def _busy(self, is_busy: bool) -> Changes:
        return {
            self.parts.send: gr.update(visible=not is_busy),
            self.parts.stop: gr.update(visible=is_busy),
        }

    def _desk(self, request: gr.Request) -> Desk:
        return Desk(self.shared.services, self.shared.archive, user_of(request))
