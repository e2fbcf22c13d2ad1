"""A conversation as one window holds it: what is shown of each turn, and how a turn is made.

A :class:`Talk` is small and frozen: the answers themselves are in the archive, so a window that has
asked five hundred questions holds five hundred short texts. Where nothing can be kept, a turn holds
its answer. No Gradio in here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.errors import FootnoteError, HomeError
from index.types import Filter
from rag.assemble import Services
from rag.assistant import Assistant, Step, VerifiedSentence
from rag.conversations.archive import Archive, Feedback, Turn, changes_since, documents_of
from rag.errors import ConversationMissingError
from rag.types import Answer, Citation, Message, Sentence
from ui.chat.answers import answer_html, failed_html, question_html

__all__ = [
    "Asked",
    "PartialAnswer",
    "Talk",
    "Visitor",
    "answered",
    "ask",
    "history",
    "judged",
    "messages",
    "reopened",
    "stopped",
]

STOPPED = "Stopped before the end."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what is shown for it, and the words that a follow-up leans on.

    ``answer`` is only held where it is not in the archive. One that ``failed`` has none, and the
    next question takes its place.
    """

    question: str
    shown: str
    reply: str = ""
    answer: Answer | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class PartialAnswer:
    """The answer that is being made: what has been verified so far."""

    question: str
    steps: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """``id`` is the conversation in the archive, "" before the first answer.

    ``editing`` is the turn that the next question replaces, 0 for none; ``unfinished`` is None
    while nothing is asked. ``seen`` are the times at which the turns were asked that the window
    has shown: only those may be replaced, as another window may have gone on.
    """

    id: str = ""
    turns: tuple[Asked, ...] = ()
    editing: int = 0
    unfinished: PartialAnswer | None = None
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose conversation it is, what it is asked of, and where it is kept."""

    services: Services
    archive: Archive
    user: str

    def keep(self, talk: Talk, answer: Answer, steps: Sequence[str]) -> Talk:
        """The talk with the answer as its next turn, in the archive where it can be.

        Where another window went on with the conversation, the answer comes after what that asked.
        """
        number = len(talk.turns) + 1
        turn = Asked(answer.question, answer_html(number, answer.sentences, steps, answer))
        turn = replace(turn, reply=answer.text)
        if self.user and (talk.id or number == 1):
            held = documents_of(answer, self.services.searcher.generation().manifest)
            try:
                name = talk.id or self.archive.begin(self.user, answer.question).id
                kept = self.archive.keep(
                    self.user,
                    name,
                    answer,
                    number=number,
                    steps=tuple(steps),
                    documents=held,
                    seen=talk.seen,
                )
                if kept.number != number:
                    return reopened(self, name)
                return Talk(name, (*talk.turns, turn), seen=talk.seen | {kept.asked})
            except (HomeError, ConversationMissingError):
                pass
        return Talk("", (*talk.turns, replace(turn, answer=answer)))


def ask(
    visitor: Visitor,
    assistant: Assistant,
    talk: Talk,
    question: str,
    chosen: Sequence[str],
) -> Iterator[tuple[Talk, Answer | None]]:
    """The talk as the answer comes; with the last one, the answer.

    It replaces the turn that is being edited, and those after it.
    """
    if talk.editing:
        talk = replace(talk, turns=talk.turns[: talk.editing - 1], editing=0)
    elif talk.turns and talk.turns[-1].failed:
        talk = replace(talk, turns=talk.turns[:-1])
    number = len(talk.turns) + 1
    narrowed = Filter(documents=frozenset(chosen)) if chosen else None
    unfinished = PartialAnswer(question)
    yield _shown(talk, unfinished, number), None
    try:
        for event in assistant.stream(question, history(talk, number), filter_by=narrowed):
            if isinstance(event, Answer):
                yield visitor.keep(talk, event, unfinished.steps), event
                return
            unfinished = _further(unfinished, event)
            yield _shown(talk, unfinished, number), None
    except FootnoteError as exc:
        failed = Asked(question, failed_html(number, exc), failed=True)
        yield replace(talk, turns=(*talk.turns, failed), unfinished=None), None


def stopped(visitor: Visitor, talk: Talk) -> tuple[Talk, Answer | None]:
    """The talk with what was verified before the reader stopped it."""
    unfinished = talk.unfinished
    if unfinished is None:
        return talk, None
    before = replace(talk, turns=talk.turns[:-1], unfinished=None)
    answer = Answer(
        question=unfinished.question,
        standalone_question=unfinished.question,
        sentences=unfinished.sentences,
        citations=unfinished.citations,
        generator="",
        generation=visitor.services.searcher.generation().name,
        notice=STOPPED,
    )
    return visitor.keep(before, answer, unfinished.steps), answer


def reopened(visitor: Visitor, name: str) -> Talk:
    """A conversation of the archive as it is shown again, with what changed since.

    Raises:
        ConversationMissingError: it was deleted, or is not theirs.
    """
    manifest = visitor.services.searcher.generation().manifest
    turns = visitor.archive.turns(visitor.user, name)
    shown = tuple(_again(turn, changes_since(turn, manifest)) for turn in turns)
    return Talk(name, shown, seen=frozenset(turn.asked for turn in turns))


def judged(visitor: Visitor, talk: Talk, number: int, feedback: Feedback | None) -> Talk:
    """The talk with what the reader thinks of an answer kept; None takes it back.

    Raises:
        ConversationMissingError: the answer is not kept, so there is nothing to judge.
    """
    _shown_turn(visitor, talk, number)
    visitor.archive.judge(visitor.user, talk.id, number, feedback)
    turn = visitor.archive.turn(visitor.user, talk.id, number)
    manifest = visitor.services.searcher.generation().manifest
    turns = list(talk.turns)
    turns[number - 1] = _again(turn, changes_since(turn, manifest))
    return replace(talk, turns=tuple(turns))


def answered(visitor: Visitor, talk: Talk, number: int) -> tuple[Answer, dict[str, str]]:
    """The answer of a turn, and what became of its documents since.

    Raises:
        ConversationMissingError: there is no such answer any more.
    """
    if 1 <= number <= len(talk.turns) and (held := talk.turns[number - 1].answer) is not None:
        return held, {}
    turn = _shown_turn(visitor, talk, number)
    return turn.answer, changes_since(turn, visitor.services.searcher.generation().manifest)


def history(talk: Talk, number: int) -> list[Message]:
    """What was said before turn ``number``."""
    said = []
    for turn in talk.turns[: number - 1]:
        said += [Message("user", turn.question), Message("assistant", turn.reply)]
    return said


def messages(talk: Talk) -> list[dict[str, str]]:
    """The talk as the chat component takes it."""
    out = []
    for number, turn in enumerate(talk.turns, start=1):
        out.append({"role": "user", "content": question_html(number, turn.question)})
        out.append({"role": "assistant", "content": turn.shown})
    return out


def _shown_turn(visitor: Visitor, talk: Talk, number: int) -> Turn:
    """The turn of the archive that the window shows under this number.

    Raises:
        ConversationMissingError: it is not there any more.
    """
    turn = visitor.archive.turn(visitor.user, talk.id, number)
    if turn.asked not in talk.seen:
        raise ConversationMissingError("this answer was replaced in another window: load the page")
    return turn


def _further(unfinished: PartialAnswer, event: Step | VerifiedSentence) -> PartialAnswer:
    if isinstance(event, Step):
        return replace(unfinished, steps=(*unfinished.steps, event.text))
    return replace(
        unfinished,
        sentences=(*unfinished.sentences, event.sentence),
        citations=(*unfinished.citations, *event.citations),
    )


def _shown(talk: Talk, unfinished: PartialAnswer, number: int) -> Talk:
    shown = answer_html(number, unfinished.sentences, unfinished.steps or ("searching",))
    turn = Asked(unfinished.question, shown)
    return replace(talk, turns=(*talk.turns, turn), editing=0, unfinished=unfinished)


def _again(turn: Turn, changes: dict[str, str]) -> Asked:
    shown = answer_html(
        turn.number,
        turn.answer.sentences,
        turn.steps,
        turn.answer,
        changes=changes,
        feedback=turn.feedback,
    )
    return Asked(turn.question, shown, turn.answer.text)
