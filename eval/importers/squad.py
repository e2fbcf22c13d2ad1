"""SQuAD's JSON, version 1.1 (Rajpurkar et al. 2016) and 2.0 (Rajpurkar et al. 2018).

A document for each article: its paragraphs with blank lines between. The evidence of a question
is the sentence that holds the annotated answer; the paragraph, where that sentence occurs more
than once in the article. ``plausible_answers`` are ignored: they are not answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.errors import SuiteError
from eval.importers.data_files import id_of, json_of, text_of
from eval.importers.suite_writer import SuiteWriter
from eval.types import Case
from index.text.language import language_of
from index.text.sentences import sentence_spans
from index.types import Span

__all__ = ["import_squad"]

_Questions = list[tuple[str, dict[str, object]]]


def import_squad(source: Path, writer: SuiteWriter) -> None:
    """Write the articles and questions of one file.

    Raises:
        SuiteError: the file is not SQuAD's JSON.
    """
    whole = json_of(source)
    if not isinstance(whole, dict) or not isinstance(whole.get("data"), list):
        raise SuiteError(
            f"{source} has no list 'data': it is not SQuAD's JSON (version 1.1 or 2.0)"
        )
    for where, article in _objects(whole, "data", str(source)):
        number = where.rpartition("[")[2].rstrip("]")
        _import_article(article, where, f"article {number}", writer)


def _import_article(
    article: dict[str, object], where: str, default: str, writer: SuiteWriter
) -> None:
    title = text_of(article, "title", where, default="").strip() or default
    paragraphs: list[tuple[str, _Questions]] = []
    for place, paragraph in _objects(article, "paragraphs", where):
        context = text_of(paragraph, "context", place)
        questions = list(_objects(paragraph, "qas", place))
        if context.strip():
            paragraphs.append((context, questions))
        else:
            why = f"its context is empty: it and its {len(questions)} questions are not used"
            writer.leave_out(place.removeprefix(where).lstrip(".") + f" of {title}", why)
    if not paragraphs:
        writer.leave_out(title, "it has no text")
        return
    text = "\n\n".join(context for context, _ in paragraphs)
    document = writer.document(title, text)
    language = language_of(text)
    for context, questions in paragraphs:
        spans = sentence_spans(context, language)
        units = [span for span in spans if text.count(span.of(context)) == 1]
        for place, question in questions:
            _import_question(question, place, _Paragraph(context, units, document), writer)


class _Paragraph:
    """A paragraph: its text, its sentences that occur once in the document, its document."""

    def __init__(self, text: str, units: list[Span], document: str) -> None:
        self.text, self.document, self._units = text, document, units

    def evidence(self, answer: Span) -> str:
        """The sentence that holds the answer, or the whole paragraph."""
        holding = (unit for unit in self._units if _holds(unit, answer))
        return next((unit.of(self.text) for unit in holding), self.text.strip())


def _import_question(
    question: dict[str, object], where: str, paragraph: _Paragraph, writer: SuiteWriter
) -> None:
    name = id_of(question, "id", where, default="")
    what = f"question {name}" if name else where
    asked = text_of(question, "question", where).strip()
    impossible = question.get("is_impossible") or False
    if not asked:
        writer.leave_out(what, "the question is empty")
        return
    if impossible not in (True, False):
        writer.leave_out(what, f"is_impossible is neither true nor false, but {impossible!r}")
        return
    answers, evidence = dict[str, None](), dict[str, None]()
    for place, answer in [] if impossible else _objects(question, "answers", where):
        text = text_of(answer, "text", place).strip()
        span = _answer_span(answer, place, paragraph.text)
        if span is None:
            writer.leave_out(f"answer {text!r} of {what}", "it is not at answer_start")
        else:
            answers[text] = evidence[paragraph.evidence(span)] = None
    if not impossible and not answers:
        writer.leave_out(what, "no answer of it can be used, and is_impossible is not true")
        return
    writer.case(
        Case(name, asked, not impossible, tuple(answers), (paragraph.document,), tuple(evidence))
    )


def _answer_span(answer: dict[str, object], where: str, context: str) -> Span | None:
    """Where the answer is: at ``answer_start``, or else where it occurs if it does so once."""
    text, start = text_of(answer, "text", where), answer.get("answer_start")
    if not isinstance(start, int) or isinstance(start, bool):
        raise SuiteError(f"{where} has no number 'answer_start': it is not SQuAD's JSON")
    if not text.strip():
        return None
    if start < 0 or context[start : start + len(text)] != text:
        if context.count(text) != 1:
            return None
        start = context.index(text)  # files that count bytes or UTF-16 units
    lead = len(text) - len(text.lstrip())
    return Span(start + lead, start + len(text.rstrip()))


def _objects(
    value: dict[str, object], key: str, where: str
) -> Iterator[tuple[str, dict[str, object]]]:
    """The objects of a list, each with the place where it is."""
    found = value.get(key)
    if not isinstance(found, list):
        raise SuiteError(f"{where} has no list {key!r}: it is not SQuAD's JSON")
    for number, entry in enumerate(found, start=1):
        place = f"{where}.{key}[{number}]"
        if not isinstance(entry, dict):
            raise SuiteError(f"{place} is not an object: it is not SQuAD's JSON")
        yield place, entry


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
