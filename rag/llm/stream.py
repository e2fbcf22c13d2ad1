"""The generator that lets a language model write: its stream becomes drafts with their evidence.

Models differ in their habits: they think aloud, greet, write Markdown, cite in many ways, repeat
themselves. All that is undone here. What is left is a sentence and the evidence that it
names; whether it is true is not decided here (`rag/verify.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from itertools import pairwise

from index.loaders import plain_text
from index.text.language import language_of
from index.text.sentences import sentence_spans
from index.text.tokens import Tokenize
from rag.evidence import Evidence
from rag.llm.prompt import DECLINED, prompt, without_markers
from rag.llm.server import LanguageModel, nothing_written
from rag.types import Draft

__all__ = ["HAS_LEFT", "WrittenGenerator"]

_NUMBERS = r"\d{1,3}(?:\s*(?:,|;|and|&|-|–)\s*\[?\d{1,3})*"
# [1], [1, 2], [1-3], [Evidence 1], 【1†source】; in round brackets at the end of a sentence only.
_MARKER = re.compile(
    rf"\s*[\[［【]\^?(?:evidence\s*)?({_NUMBERS})(?:†[^\]】]*)?[\]］】]"
    rf"|\s*\(evidence\s*\[?({_NUMBERS})\]?\)"
    rf"|\s*\(({_NUMBERS})\)(?=\s*[.!?]?\s*\Z)",
    re.IGNORECASE,
)
_BEGUN_MARKER = re.compile(r"\s*[\[［【(][^\]］】)]*\Z")
_LEADING_MARKERS = re.compile(
    rf"(?:\s*[\[［【(](?:evidence\s*)?{_NUMBERS}(?:†[^\]】]*)?[\]］】)])+[.\s]*", re.IGNORECASE
)
_SPACE_BEFORE_STOP = re.compile(r"\s+(?=[.,;:!?](?:\s|\Z))")
_PREAMBLE = re.compile(
    r"(?:(?:sure|certainly|of course|absolutely|okay|ok)\b[^.!:]*[.!:]"
    r"|(?:here (?:is|are)|the following)\b[^.:]*:"
    r"|(?:the |final |short )*answer\s*:"
    r"|(?:based on|according to|from|in) (?:the |this )?(?:\w+ )?"
    r"(?:evidence|context|information|passages?)(?: (?:above|provided|given))*\s*,)\s*",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    rf"{DECLINED}"
    r"|\b(?:evidence|documents?|context|texts?|passages?|information)\b[^.]{0,40}"
    r"\b(?:does|do|did|is|are)(?: not|n[’']t)\b[^.]{0,20}"
    r"\b(?:answer|contain|give|hold|include|indicate|mention|provide|sa[iy]|specif|state)",
    re.IGNORECASE,
)
_THOUGHT_BEGINS = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_THOUGHT_ENDS = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_BEGUN_TAG = re.compile(r"</?[a-z]{0,8}\Z", re.IGNORECASE)
_HEADING = re.compile(r"\s*#{1,6}\s|\s*(?:---+|===+|```\w*)\s*\Z")


HAS_LEFT: ContextVar[Callable[[], bool]] = ContextVar("has_left", default=lambda: False)
"""Whether the reader has left meanwhile: a sentence that nothing supports is no event to end at."""


class WrittenGenerator:
    """Answers in a language model's words, sentence by sentence."""

    def __init__(self, model: LanguageModel, tokenize: Tokenize, evidence_tokens: int) -> None:
        self._model = model
        self._tokenize = tokenize
        self._evidence_tokens = evidence_tokens
        self.name = model.name

    def write(self, question: str, evidence: Sequence[Evidence]) -> Iterator[Draft]:
        """Sentences as the model completes them; see :class:`rag.write.Generator`.

        The last one only when the model ended it: after an error it is half a sentence.
        """
        asked = prompt(question, evidence, self._tokenize, self._evidence_tokens)
        written: set[str] = set()
        language = language_of(question)  # that of the answer
        pieces = _while_read(self._model.stream(asked.system, asked.user))
        for sentence in _sentences(pieces, language):
            draft = _draft(sentence, asked.offered)
            words = " ".join(draft.text.casefold().split())
            if _NO_ANSWER.search(sentence) or words in written:
                return
            # A small model may say the question again, which its words "support".
            is_question = draft.text.endswith(("?", "？"))
            if words and not is_question and not _HEADING.match(sentence):
                written.add(words)
                yield draft
        if not written:
            raise nothing_written()


def _while_read(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces, until the reader has left; closing them stops the model."""
    for piece in pieces:
        if HAS_LEFT.get()():
            return
        yield piece


def _sentences(pieces: Iterator[str], language: str) -> Iterator[str]:
    """Complete sentences with their markers, without what the model thought before.

    >>> streamed = iter(["<thi", "nk>Hm.</think>It le", "aves. [", "1] It is", " red. "])
    >>> list(_sentences(streamed, "en"))
    ['It leaves. [1] ', 'It is red. ']
    """
    rest = ""  # what is visible and not given yet
    enough = 0  # characters of it, above which it is worth to look for complete sentences
    for visible in _visible(pieces):
        rest += visible
        if len(rest) < enough:
            continue
        *complete, rest = _cut(rest, language)
        yield from complete
        # In steps that grow with it, so that a sentence without an end costs no square of it.
        enough = len(rest) + len(rest) // 16
    yield from (part for part in _cut(rest, language, is_all=True) if part.strip())


def _visible(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces without what the model thought, each character looked at a few times only.

    >>> list(_visible(iter(["A<thi", "nk>Hm.</th", "ink>It ", "is <b", ">"])))
    ['A', 'It ', 'is ', '<b>']
    """
    held = ""  # what the next piece may make a tag
    is_thought = False
    for piece in pieces:
        held += piece
        visible = ""
        while (tag := (_THOUGHT_ENDS if is_thought else _THOUGHT_BEGINS).search(held)) is not None:
            visible += "" if is_thought else held[: tag.start()]
            held, is_thought = held[tag.end() :], not is_thought
        begun = _BEGUN_TAG.search(held)
        cut = begun.start() if begun is not None else len(held)
        visible += "" if is_thought else held[:cut]
        held = held[cut:]
        if visible:
            yield visible
    if held and not is_thought:
        yield held


def _cut(text: str, language: str, *, is_all: bool = False) -> list[str]:
    """Complete sentences, each with the markers after it, and the rest that may go on.

    A sentence is complete when two words of the next have come, unless this ``is_all`` of it.
    """
    starts: list[int] = []
    for span in sentence_spans(text, language):
        marked = _LEADING_MARKERS.match(text, span.start, span.end)
        start = marked.end() if marked is not None else span.start
        if start < span.end and not _BEGUN_MARKER.match(text, start):
            starts.append(start)
    edges = [0, *starts[1:], len(text)]
    if not is_all and len(edges) > 2 and len(text[edges[-2] :].split()) < 2:
        del edges[-2]
    return [text[a:b] for a, b in pairwise(edges)]


def _draft(sentence: str, offered: Sequence[Evidence]) -> Draft:
    """Markers become evidence; numbers that were never offered are dropped."""
    text = sentence.strip()
    cited = {n: None for found in _MARKER.finditer(text) for n in _numbers(found)}
    text = _SPACE_BEFORE_STOP.sub("", _MARKER.sub("", text)).strip()
    bare = _PREAMBLE.sub("", text, count=1) if _PREAMBLE.match(text) else text
    # What was nested or escaped is a marker only now: it was not cited, and is no marker of ours.
    plain = without_markers(plain_text("text/markdown", bare))
    return Draft(
        plain[:1].upper() + plain[1:] if bare != text else plain,
        tuple(offered[n - 1] for n in cited if 1 <= n <= len(offered)),
        is_list_item=re.match(r"[-*+•]\s|\d{1,3}[.)]\s", text) is not None,
    )


def _numbers(marker: re.Match[str]) -> Iterator[int]:
    """All numbers that a marker names.

    >>> [list(_numbers(_MARKER.match(m))) for m in ("[2]", "[1, 3]", " 【1-3】", "(1) ")]
    [[2], [1, 3], [1, 2, 3], [1]]
    """
    named = next(group for group in marker.groups() if group)
    for first, _, last in re.findall(r"(\d+)(\s*[-–]\s*\[?(\d+))?", named):
        yield from range(int(first), int(last or first) + 1)
