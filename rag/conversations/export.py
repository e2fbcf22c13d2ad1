"""Answers and conversations as Markdown with footnotes, and as JSON.

The Markdown is plain: text of documents and questions is escaped, so that it renders as the
characters it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rag.conversations.archive import Conversation, Turn
from rag.types import Answer, Citation, Part, Sentence, ShortAnswer

__all__ = [
    "answer_markdown",
    "conversation_json",
    "conversation_markdown",
    "markdown_notes",
    "markdown_parts",
    "plain",
]

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$!])")
_LEADING = re.compile(r"(?m)^(\s*)([-+=]|\d+[.)])(?=\s|$)")


def plain(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> plain("*a* [b](c)")
    '\\*a\\* \\[b\\](c)'
    >>> plain("- no item")
    '\\- no item'
    """
    return _LEADING.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", text))


def answer_markdown(answer: Answer, prefix: str = "") -> str:
    """The short answer and the sentences with footnote marks, then the footnotes.

    ``prefix`` leads the names of the footnotes.
    """
    if answer.abstention is not None or answer.remark is not None:
        return plain(answer.abstention or answer.remark or "")
    parts = markdown_parts(answer.sentences, answer.short_answer, prefix)
    text = "".join(text for text, _ in parts)
    return f"{text}\n\n{markdown_notes(answer.citations, prefix)}".strip()


def markdown_parts(
    sentences: Sequence[Sentence], lead: ShortAnswer | None = None, prefix: str = ""
) -> list[Part]:
    """The text of sentences behind a short answer: words, and footnote marks.

    More sentences add parts and change none.
    """
    parts: list[Part] = []
    last = ""
    if lead is not None:
        mark = f"[^{prefix}{lead.citation}]"
        parts += [(f"**{plain(lead.shown)}**", 0), (mark, lead.citation)]
        last = "lead"
    for sentence in sentences:
        kind, dash = ("item", "- ") if sentence.is_list_item else ("sentence", "")
        between = "" if not last else "\n" if last == kind else "\n\n"
        parts.append((between + dash + plain(" ".join(sentence.text.split())), 0))
        parts += [(f"[^{prefix}{number}]", number) for number in sentence.citations]
        last = kind
    return parts


def markdown_notes(
    citations: Sequence[Citation],
    prefix: str = "",
    link: Callable[[Citation], str] | None = None,
) -> str:
    """The footnotes, a line each; their titles lead to ``link``, where that is given."""
    return "\n".join(f"[^{prefix}{c.number}]: {_note(c, link)}" for c in citations)


def conversation_markdown(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """The whole conversation, each answer with its footnotes and quotes."""
    parts = [f"# {plain(conversation.title)}", f"Footnote, {conversation.updated[:10]}"]
    for turn in turns:
        question = plain(" ".join(turn.question.split()))
        parts += [f"## {question}", answer_markdown(turn.answer, prefix=f"{turn.number}-")]
    return "\n\n".join(parts) + "\n"


def conversation_json(conversation: Conversation, turns: Sequence[Turn]) -> dict[str, Any]:
    """The whole conversation; answers as ``footnote ask --json`` prints them."""
    return {
        **asdict(conversation),
        "turns": [
            {
                "asked": turn.asked,
                **turn.answer.as_json(),
                "documents": dict(turn.documents),
                "feedback": asdict(turn.feedback) if turn.feedback else None,
            }
            for turn in turns
        ],
    }


def _note(citation: Citation, link: Callable[[Citation], str] | None) -> str:
    heading = [h for h in citation.heading_path[-1:] if h != citation.title]
    place = [citation.place] if citation.place else []
    where = [citation.document_id, *heading, *place]
    span = f"characters {citation.span.start}–{citation.span.end}"
    quote = plain(" ".join(citation.quote.split()))
    title = plain(citation.title)
    title = title if link is None else f"[{title}]({link(citation)})"
    original = f", <{citation.source_url}>" if citation.source_url else ""
    return f"{title} ({plain(', '.join(where))}, {span}{original}): “{quote}”"
