"""The chat page: conversations at the left, questions and answers, their evidence at the right.

Each handler gets the state of its window and gives the components to change; nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from markupsafe import Markup

from eval.cases import add_case
from eval.samples import copy_samples, is_empty
from index.errors import FootnoteError
from rag.conversations.archive import Feedback
from rag.conversations.preferences import assistant_of
from rag.types import Answer
from ui.chat.answers import document_html, evidence_html, no_evidence_html
from ui.chat.feedback import Complaint, case_of, complaint_html
from ui.chat.html import render
from ui.chat.page import QUIET, Shared, takes
from ui.chat.pages.chat_layout import NO_EVIDENCE, Parts, lay_out
from ui.chat.pages.conversations import ConversationList
from ui.chat.talk import Talk, Visitor, answered, ask, history, judged, messages, stopped
from ui.chat.work import QUESTIONS
from ui.server.log import within
from ui.server.people import user_of

__all__ = ["chat_page"]

Changes = dict[Any, Any]
Chosen = Sequence[str]

_ASKERS = 20
_FOCUS_BOX = "() => document.querySelector('#fn-question textarea')?.focus()"
_TO_MARK = "() => window.footnoteShow?.()"


def chat_page(shared: Shared) -> None:
    """Build the page in the current tab."""
    parts = lay_out()
    chat, conversations = ChatHandlers(shared, parts), ConversationList(shared, parts)
    of_talk = [parts.talk, parts.chat, parts.evidence, parts.box, parts.send, parts.stop]
    of_talk += [parts.form, parts.suggested, parts.banner, parts.asked]
    everything = [*of_talk, parts.listed]
    ask = {"outputs": of_talk, "concurrency_limit": _ASKERS, "concurrency_id": "ask", **QUIET}
    pressed = {"fn": chat.ask_question, "inputs": [parts.asked, parts.talk, shared.chosen], **ask}
    again = parts.actions.retry(chat.ask_again, parts.talk, [parts.talk, parts.asked], **QUIET)
    offered = parts.suggested.select(chat.choose_suggestion, None, parts.asked, **QUIET)
    copied = parts.suggested.copy(chat.take_samples, None, parts.banner, **QUIET)
    asked = [
        gr.on(
            [parts.box.submit, parts.send.click],
            chat.ask_typed_question,
            [parts.box, parts.talk, shared.chosen],
            **ask,
        ),
        again.then(**pressed),
        offered.then(**pressed),
    ]
    stopped = parts.stop.click(chat.stop_answer, parts.talk, of_talk, cancels=asked, **QUIET)
    talk_of_list = [parts.search, parts.talk]
    for event in [*asked, stopped]:
        event.then(conversations.list_conversations, talk_of_list, parts.listed, **QUIET)

    editing = [parts.talk, parts.box, parts.banner]
    parts.actions.edit(chat.edit_question, [parts.talk, shared.chosen], editing, **QUIET).then(
        None, None, None, js=_FOCUS_BOX
    )
    parts.banner.undo(chat.leave_question, [parts.talk, shared.chosen], editing, **QUIET)
    parts.banner.clear(lambda: (), None, shared.chosen, **QUIET)
    shared.chosen.change(chat.show_banner, [shared.chosen, parts.talk], parts.banner, **QUIET)

    judged = [parts.talk, parts.chat, parts.form, parts.banner]
    parts.actions.like(chat.judge_answer, parts.talk, judged, **QUIET)
    parts.form.submit(chat.send_complaint, parts.talk, judged, **QUIET)
    parts.form.clear(lambda: "", None, parts.form, **QUIET)

    to_mark = {"fn": None, "js": _TO_MARK}
    shown = {"inputs": parts.talk, "outputs": parts.evidence, **QUIET}
    parts.actions.select(chat.show_evidence, **shown).then(**to_mark)
    parts.evidence.collapse(chat.show_evidence, **shown).then(**to_mark)
    parts.evidence.expand(chat.open_document, **shown).then(**to_mark)

    loaded = gr.on(None, conversations.load_page, None, everything, **QUIET)
    loaded.then(None, None, None, js="() => window.footnoteLoaded?.()")
    begun = parts.new.click(
        conversations.begin_conversation, parts.search, everything, cancels=asked, **QUIET
    )
    begun.then(None, None, None, js=_FOCUS_BOX)
    picked = parts.listed.select(
        conversations.open_conversation, parts.search, everything, cancels=asked, **QUIET
    )
    deleted = parts.listed.delete(
        conversations.delete_conversation, talk_of_list, everything, **QUIET
    )
    undone = parts.listed.undo(
        conversations.restore_conversation, parts.search, everything, **QUIET
    )
    parts.search.change(conversations.list_conversations, talk_of_list, parts.listed, **QUIET)
    parts.listed.edit(conversations.edit_title, talk_of_list, parts.listed, **QUIET)
    parts.listed.submit(conversations.rename_conversation, talk_of_list, parts.listed, **QUIET)

    suggest = {"fn": chat.suggest_questions, "inputs": parts.talk, "outputs": parts.suggested}
    suggest |= {"concurrency_limit": 1, "concurrency_id": "suggest", **QUIET}
    for event in [*asked, stopped, loaded, begun, picked, deleted, undone, copied]:
        event.then(**suggest)
    for event in [begun, picked, deleted, undone]:  # the documents that are chosen stay so
        event.then(chat.show_banner, [shared.chosen, parts.talk], parts.banner, **QUIET)


@dataclass(frozen=True, slots=True)
class ChatHandlers:
    """The handlers of one window's conversation."""

    shared: Shared
    parts: Parts

    def ask_typed_question(
        self, question: str, talk: Talk, chosen: Chosen, request: gr.Request
    ) -> Iterator[Changes]:
        """Ask what stands in the box."""
        yield {self.parts.box: ""}
        if question.strip():
            yield from self.ask_question(question, talk, chosen, request)

    def ask_question(
        self, question: str, talk: Talk, chosen: Chosen, request: gr.Request
    ) -> Iterator[Changes]:
        """Ask the question of a button."""
        visitor = self._visitor(request)
        try:
            assistant = assistant_of(self.shared.services, self.shared.archive, visitor.user)
        except FootnoteError as exc:
            yield {self.parts.banner: banner_html(trouble=str(exc))}
            return
        ready: Changes = {self.parts.form: "", self.parts.suggested: "", **self._busy(True)}
        banner = self.show_banner(chosen, replace(talk, editing=0))
        name = visitor.user or (request.client.host if request.client else "")
        with self.shared.work.askers.place(name) as is_free:
            if not is_free:
                message = (
                    f"{QUESTIONS} questions of yours are being answered: wait for one of them."
                )
                yield {self.parts.banner: banner_html(trouble=message), self.parts.box: question}
                return
            for now, answer in within(request, ask(visitor, assistant, talk, question, chosen)):
                ended = (
                    {} if now.unfinished else {**self._busy(False), **self._evidence(now, answer)}
                )
                yield {**ready, self.parts.banner: banner, **self._talk(now), **ended}
                ready = {}

    def stop_answer(self, talk: Talk, request: gr.Request) -> Changes:
        """Keep what was verified before the reader stopped it."""
        talk, answer = stopped(self._visitor(request), talk)
        shown = self._evidence(talk, answer) if answer else {}
        return {**self._busy(False), **self._talk(talk), **shown}

    def ask_again(self, talk: Talk, event: gr.EventData) -> Changes:
        """Ask the question of a turn again, in its place."""
        turn = int(event.turn)
        return {
            self.parts.talk: replace(talk, editing=turn),
            self.parts.asked: talk.turns[turn - 1].question,
        }

    def choose_suggestion(self, event: gr.EventData) -> Changes:
        """Ask a suggested question."""
        return {self.parts.asked: str(event.question)}

    def edit_question(self, talk: Talk, chosen: Chosen, event: gr.EventData) -> Changes:
        """Put the question of a turn into the box; the next question replaces it."""
        turn = int(event.turn)
        talk = replace(talk, editing=turn)
        return {
            self.parts.talk: talk,
            self.parts.box: talk.turns[turn - 1].question,
            self.parts.banner: self.show_banner(chosen, talk),
        }

    def leave_question(self, talk: Talk, chosen: Chosen) -> Changes:
        """Leave the question as it was."""
        talk = replace(talk, editing=0)
        return {
            self.parts.talk: talk,
            self.parts.box: "",
            self.parts.banner: self.show_banner(chosen, talk),
        }

    def show_banner(self, chosen: Chosen, talk: Talk) -> str:
        """What the next question is asked of, and what it replaces."""
        titles: list[str] = []
        if chosen:
            held = self.shared.services.searcher.generation().manifest.documents
            titles = [held[name].title if name in held else name for name in chosen]
        return banner_html(titles, editing=talk.editing)

    def judge_answer(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Changes:
        """A thumb: up is kept as it is, down also opens the form."""
        number, is_good = int(event.turn), bool(event.good)
        changes = self._judged(talk, number, Feedback(is_good), request)
        question = talk.turns[number - 1].question
        form = "" if is_good else complaint_html(number, question)
        return {self.parts.form: form, **changes}

    def send_complaint(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Changes:
        """Keep the filled form, and make it an evaluation case when that is wanted."""
        number = int(event.turn)
        complaint = Complaint.of(event.reason, event.comment, event.expected, event.case)
        try:
            if complaint.is_case:
                answer, _ = answered(self._visitor(request), talk, number)
                case = case_of(answer, complaint, history(talk, number))
                add_case(self.shared.services.settings.home, case)
        except FootnoteError as exc:
            question = talk.turns[number - 1].question
            return {self.parts.form: complaint_html(number, question, trouble=str(exc))}
        changes = self._judged(talk, number, Feedback(False, complaint.message), request)
        return {self.parts.form: "", **changes}

    def suggest_questions(self, talk: Talk, request: gr.Request) -> str:
        """Questions to begin or to go on with, as the documents answer them."""
        suggestions = self.shared.services.suggestions
        if not talk.turns:
            state = self.shared.work.folder.look().state
            is_bare = is_empty(self.shared.services.settings.seeds)
            if is_bare if state is None else state.kind == "missing":
                is_building = self.shared.work.build.state.is_active
                return no_index_html(is_building=is_building, has_samples=is_bare)
            return suggested_html(suggestions.first(), is_first=True)
        try:
            answer, _ = answered(self._visitor(request), talk, len(talk.turns))
        except FootnoteError:
            return ""
        asked = [turn.question for turn in talk.turns]
        return suggested_html(suggestions.next(answer, asked), is_first=False)

    @takes("edit")
    def take_samples(self, request: gr.Request) -> str:
        """Copy the sample documents into the folder, and build the index."""
        try:
            names = copy_samples(self.shared.services.settings.seeds)
        except FootnoteError as exc:
            return banner_html(trouble=str(exc))
        self.shared.record(request, "added", names)
        self.shared.work.folder.again()
        self.shared.work.build.start(self.shared.services)
        return banner_html()

    def show_evidence(self, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """The evidence of a turn as cards."""
        return self._of_turn(talk, event, request, evidence_html)

    def open_document(self, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """The document of a citation at its place."""

        def opened(turn: int, answer: Answer, generation: Any, _: Any) -> str:
            return document_html(turn, int(event.number), answer, generation)

        return self._of_turn(talk, event, request, opened)

    def _of_turn(
        self, talk: Talk, event: gr.EventData, request: gr.Request, made: Callable[..., str]
    ) -> str:
        turn = int(event.turn)
        try:
            answer, changes = answered(self._visitor(request), talk, turn)
            return made(turn, answer, self.shared.services.searcher.generation(), changes)
        except FootnoteError as exc:
            return no_evidence_html(str(exc), turn)

    def _judged(self, talk: Talk, number: int, feedback: Feedback, request: gr.Request) -> Changes:
        try:
            return self._talk(judged(self._visitor(request), talk, number, feedback))
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

    def _visitor(self, request: gr.Request) -> Visitor:
        return Visitor(self.shared.services, self.shared.archive, user_of(request))


def banner_html(titles: Sequence[str] = (), *, editing: int = 0, trouble: str = "") -> Markup:
    """What holds for the next question: the documents it is asked of, the turn it replaces."""
    return render("banner", titles=titles, editing=editing, trouble=trouble)


def no_index_html(*, is_building: bool, has_samples: bool = False) -> Markup:
    """What to do before there is anything to ask; ``has_samples`` offers those that ship."""
    return render("no_index", is_building=is_building, has_samples=has_samples)


def suggested_html(questions: Sequence[str], *, is_first: bool) -> Markup:
    """The questions as buttons; ``is_first`` ones begin a conversation, others go on with it."""
    return render("suggestions", questions=questions, is_first=is_first)
