"""The text of an answer as it comes, where its markers are, and what they lead to.

An annotation marks the marker, not the sentence: ``text[start_index:end_index]`` is "[1]", in
characters. Beside the annotations stands one object of our own, ``footnote``: which characters of
which document each citation quotes, and how sure the answer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.text.tokens import load_tokenizer
from rag.assistant import Event, Step
from rag.conversations.export import markdown_notes, markdown_parts, plain
from rag.types import Answer, Citation, Part, Sentence, short_answer, text_parts
from ui.server.links import document_link
from ui.server.v1.bodies import Asked

__all__ = ["Written"]


class Written:
    """The reply to what was asked: its ``text`` grows by the events of the assistant.

    What was sent is never changed, and a short answer leads. So sentences that all come at once,
    quoted ones (``comes_at_once``), are written when the last is there; else a short answer leads
    where the first sentence has it.
    """

    def __init__(self, asked: Asked, base_url: str, *, comes_at_once: bool) -> None:
        self.text = ""
        self._comes_at_once = comes_at_once
        self._asked = asked
        self._base_url = base_url
        self._sentences: list[Sentence] = []
        self._citations: list[Citation] = []
        self._parts = 0
        self._marks: list[tuple[int, int, int]] = []
        self._answer: Answer | None = None

    def add(self, event: Event) -> str:
        """The words that an event adds."""
        if isinstance(event, Step):
            return ""
        if isinstance(event, Answer):
            self._answer, self._citations = event, list(event.citations)
            return self._grown(self._whole(event))
        if self._comes_at_once:
            return ""
        self._sentences.append(event.sentence)
        self._citations += event.citations
        return self._grown(self._said(self._sentences))

    @property
    def annotations(self) -> list[dict[str, Any]]:
        """A ``url_citation`` for each marker: the link to the quote, and its place in words.

        By number, then by position: open-webui counts the links that it has not met.
        """
        cited = {one.number: one for one in self._citations}
        return [
            {
                "url": self._link(cited[number]),
                "title": _title(cited[number]),
                "start_index": start,
                "end_index": end,
            }
            for number, start, end in sorted(self._marks)
        ]

    @property
    def footnote(self) -> dict[str, Any]:
        """What OpenAI's fields have no place for."""
        assert self._answer is not None, "the answer has come"
        answer = self._answer.as_json()
        kept = ("confidence", "short_answer", "abstained", "generation", "generator", "notice")
        return {
            "citations": [
                {
                    "number": one.number,
                    "cited_text": one.quote,
                    "document": one.document_id,
                    "title": one.title,
                    "start_char_index": one.span.start,
                    "end_char_index": one.span.end,
                    "page": one.page,
                    "place": one.place,
                    "url": self._link(one),
                    "source_url": one.source_url,
                }
                for one in self._citations
            ],
            **{name: answer[name] for name in kept},
        }

    def tokens(self) -> tuple[int, int]:
        """What was sent and what is replied, in tokens of cl100k_base."""
        tokenize = load_tokenizer()
        return sum(len(tokenize(text)) for text in self._asked.texts), len(tokenize(self.text))

    def _whole(self, answer: Answer) -> list[Part]:
        withheld = answer.abstention if answer.abstention is not None else answer.remark
        if withheld is not None:
            return [(plain(withheld) if self._asked.is_markdown else withheld, 0)]
        said = self._said(answer.sentences)
        if self._asked.is_markdown and answer.citations:
            said.append((f"\n\n{markdown_notes(answer.citations, link=self._link)}", 0))
        return said

    def _said(self, sentences: Sequence[Sentence]) -> list[Part]:
        known = sentences if self._comes_at_once else sentences[:1]
        lead = short_answer(known, self._citations)
        parts = markdown_parts if self._asked.is_markdown else text_parts
        return parts(sentences, lead)

    def _grown(self, parts: Sequence[Part]) -> str:
        before = len(self.text)
        for text, number in parts[self._parts :]:
            if number:
                self._marks.append((number, len(self.text), len(self.text) + len(text)))
            self.text += text
        self._parts = len(parts)
        return self.text[before:]

    def _link(self, citation: Citation) -> str:
        span = citation.span
        return document_link(self._base_url, citation.document_id, span.start, span.end)


def _title(citation: Citation) -> str:
    return f"{citation.title}, {citation.place}" if citation.place else citation.title
