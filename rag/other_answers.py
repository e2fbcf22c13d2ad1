"""Answers to what is no question of what passages say.

Small talk; what is asked of the documents as such (:mod:`rag.overview`); what changed between
versions (:mod:`rag.changes`); what a part of a document says (:mod:`rag.named_parts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from index.search import Found, Searcher
from index.types import Span
from rag.asking import Asking
from rag.changes import answer_changes, compared_versions, versions_asked_for
from rag.intents import CHANGES, OVERVIEWS, SMALL_TALK, Intents
from rag.named_documents import DocumentNames, named_documents
from rag.named_parts import MAX_DOCUMENTS, answer_parts, find_parts, in_language, most_named
from rag.overview import answer_overview, recognise_overview
from rag.tables.asked import what_is_asked
from rag.tables.periods import surroundings
from rag.types import Message
from rag.verify import Event
from rag.versions import Versions

__all__ = ["OtherAnswers"]

_PART = 0.5  # likely, from which what a part of a document says is asked for
_PERHAPS = 0.25  # likely, from which it is where there would be no answer


class OtherAnswers:
    """Answers where no question is asked; ``today`` is what "since October" is counted from."""

    def __init__(self, intents: Intents, searcher: Searcher, today: Callable[[], date]) -> None:
        self._intents = intents
        self._searcher = searcher
        self._today = today

    def at_once(self, asking: Asking, intent: str) -> Iterator[Event] | None:
        """The answer to what needs no passages: what is certain, or asks for a part."""
        is_certain = self._intents.is_certain(asking.question)
        if intent in SMALL_TALK:
            return self._small_talk(asking, intent) if is_certain else None
        if intent == CHANGES and is_certain:  # else the years would be values of a table
            changes = self._changes(asking)
            if changes is not None:
                return changes
        return self._part(asking, _PART)

    def certainly(
        self, asking: Asking, intent: str, history: Sequence[Message]
    ) -> Iterator[Event] | None:
        """The answer to what is certainly an overview."""
        is_certain = self._intents.is_certain(asking.question)
        return self._overview(asking, intent, history) if is_certain else None

    def instead(
        self, asking: Asking, intent: str, history: Sequence[Message], *, is_enough: bool
    ) -> Iterator[Event] | None:
        """The answer where passages do not surely answer; ``is_enough``: they may be shown."""
        answer: Iterator[Event] | None
        if intent in SMALL_TALK:
            answer = self._small_talk(asking, intent)
        elif intent == CHANGES:
            answer = self._changes(asking)
        else:
            answer = self._overview(asking, intent, history)
        return answer if answer is not None or is_enough else self._part(asking, _PERHAPS)

    def _small_talk(self, asking: Asking, kind: str) -> Iterator[Event]:
        documents = asking.source.documents(asking.filter_by).values()
        spoken = [entry.language for entry in documents]
        language = self._intents.language(asking.question, spoken)
        asking = replace(asking, language=language)
        remark = asking.reply(kind, n=len(asking.source.manifest.documents))
        yield replace(asking.answer("rules"), remark=remark)

    def _overview(
        self, asking: Asking, intent: str, history: Sequence[Message]
    ) -> Iterator[Event] | None:
        if intent not in OVERVIEWS:
            return None
        documents = asking.source.documents(asking.filter_by)
        begins = not any(message.role == "user" for message in history)
        today = self._today()
        asked = recognise_overview(intent, asking.question, documents, today=today, begins=begins)
        return None if asked is None else answer_overview(asking, asked)

    def _changes(self, asking: Asking) -> Iterator[Event] | None:
        """What differs between versions of a document; None where none has several."""
        named = named_documents(asking, asking.question, self._today())
        versions = versions_asked_for(self._found(asking), named)
        if not versions:
            return None

        def begins(span: Span) -> bool:
            return what_is_asked(surroundings(asking.question, [span]), self._intents.vector).begins

        called = asking.source.derived(Versions).called(versions[0].id)
        pair = compared_versions(asking.question, versions, called, begins)
        return answer_changes(asking, pair, versions)

    def _part(self, asking: Asking, least: float) -> Iterator[Event] | None:
        """What a part of a document says, where it is so likely that a question asks for one."""
        kind, likely = self._intents.part(asking.question)
        if likely < least:
            return None
        source = asking.source
        named = named_documents(asking, asking.question, self._today())
        scope = named.filter_by if named else asking.filter_by
        asked = asking.question.replace(named.words, " ") if named else asking.question
        documents = source.documents(scope)
        nearest = most_named(asked, documents, source.derived(DocumentNames))
        is_all = len(nearest) == len(documents)
        for among in (nearest,) if is_all else (nearest, list(documents)):
            names = among
            if len(among) > MAX_DOCUMENTS:
                found = self._found(replace(asking, filter_by=scope))
                names = list(dict.fromkeys(p.chunk.document_id for p in found.passages))
            read = [source.document(name) for name in names]
            if parts := find_parts(asked, kind, read, by_number=among is nearest):
                return answer_parts(asking, in_language(parts, asking.language))
        return None

    def _found(self, asking: Asking) -> Found:
        return self._searcher.search(
            asking.question, filter_by=asking.filter_by, source=asking.source
        )
