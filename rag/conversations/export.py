"""Answers and conversations as Markdown with footnotes, and as JSON.

The Markdown is plain: text of documents and questions is escaped, so that it renders as the
characters it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rag.conversations.archive import Conversation, Turn
from rag.types import Answer, Citation

__all__ = ["answer_markdown", "conversation_json", "conversation_markdown"]

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
    lines: list[str] = []
    if short := answer.short_answer:
        lines += [f"**{plain(short.text)}**[^{prefix}{short.citation}]", ""]
    for sentence in answer.sentences:
        marks = "".join(f"[^{prefix}{number}]" for number in sentence.citations)
        text = f"{plain(' '.join(sentence.text.split()))}{marks}"
        if sentence.is_list_item:
            lines.append(("\n" if lines and not lines[-1].startswith("- ") else "") + f"- {text}")
        else:
            lines.append(("\n" if lines and lines[-1].lstrip().startswith("- ") else "") + text)
    notes = [f"[^{prefix}{c.number}]: {_note(c)}" for c in answer.citations]
    return "\n".join([*lines, "", *notes]).strip()


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


def _note(citation: Citation) -> str:
    heading = [h for h in citation.heading_path[-1:] if h != citation.title]
    place = [citation.place] if citation.place else []
    where = [citation.document_id, *heading, *place]
    span = f"characters {citation.span.start}–{citation.span.end}"
    quote = plain(" ".join(citation.quote.split()))
    return f"{plain(citation.title)} ({plain(', '.join(where))}, {span}): “{quote}”"
