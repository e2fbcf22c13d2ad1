"""Generators: from a question and its evidence to drafted sentences, which are then verified.

The extractive generator quotes: whole sentences, with the one before where that names what the
question is about, lists as lists. Beside the best one it takes what is nearly as likely to answer,
and a sentence of another document when the two belong together (one names the other's title, or the
question names both) and it holds words of the question that the first lacks. The other generator
lets a language model write (`rag/llm/stream.py`). Both draft one sentence at a time with the
evidence that it rests on; whether it is shown is not theirs to decide (:mod:`rag.verify`).
:func:`write_answer` lets one write, and the other where that fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Steps
from dataclasses import dataclass, replace
from typing import Protocol

from index.loaders import plain_text
from index.text.sentence_ends import is_ended
from index.text.words import content_terms, stems
from index.types import Span
from rag.asking import Asking
from rag.errors import GeneratorError
from rag.evidence import Evidence, is_question, is_too_short
from rag.features import probability
from rag.links import plain_title
from rag.read import Reading
from rag.threads import said_by
from rag.types import (
    SURE,
    Draft,
    alike_around,
    is_line,
    list_after,
    list_around,
    list_below,
    list_head,
    prose_after,
    prose_before,
    row_above,
)
from rag.verify import VerifiedAnswer, VerifiedSentence

__all__ = ["ExtractiveGenerator", "Generator", "choose_evidence", "write_answer"]

_SURE = 0.25  # of the reader, from which the words that answer lead (docs/decisions/0044)
_MAX_LIST_ITEMS = 12
_SURELY = 0.5  # certainty from which one item answers; coverage from which its heading is named
_SURER = 0.6  # of the reader, where the words that answer are of a line or have others like them
_VALUE = re.compile(r"[\d:：]")
_NUMBER = re.compile(r"(\d+(?:[.,:]\d+)*) ?([^\W\d_]{1,3})")
_LIST_FROM = 0.8  # of the best one's probability: so likely are two items of a list that is shown
_MAX_LEAD = 320
_GREETS = (",", "，", "،")  # a line of its own: "Dear parents,"
_STEP = re.compile(r"\s*\d{1,3}[.)]\s")
_MAX_STEPS = 1500  # characters of a numbered list that is shown whole
# Of the best one's probability; both were measured (docs/decisions/0010).
_NEARLY = 0.8
_AT_LEAST = 0.2
_MIN_TITLE = 4  # characters
_POLAR = 0.65  # likely, from which a question is taken to be answered by yes or no


class Generator(Protocol):
    """Writes an answer, sentence by sentence."""

    @property
    def name(self) -> str:
        """What ``Answer.generator`` says."""

    def write(self, question: str, evidence: Sequence[Evidence]) -> Iterator[Draft]:
        """Drafts in the order in which they are to be read; nothing when it declines.

        Raises:
            GeneratorError: the language model failed; drafts given before stay valid.
        """


class ExtractiveGenerator:
    """Answers with sentences of the documents; the same answer every time."""

    name = "extractive"

    def __init__(self, max_sentences: int) -> None:
        self._max_sentences = max_sentences

    def write(self, question: str, evidence: Sequence[Evidence]) -> Iterator[Draft]:
        """The chosen evidence in reading order: by document, then as the document has it."""
        found = choose_evidence(question, evidence, self._max_sentences)
        items = _with_whole_lists(question, found, evidence)
        order = {name: i for i, name in reversed(list(enumerate(e.document.id for e in items)))}
        items.sort(key=lambda e: (order[e.document.id], e.span))
        parts = [part for item in items for part in _with_surroundings(item)]
        parts = list({(part.source.document.id, part.own): part for part in parts}.values())
        best = found[0] if len(found) == 1 else None  # beside others it is too often another's
        writers = [said_by(part.source) for part in parts]
        for i, part in enumerate(parts):
            beside = (*parts[max(0, i - 1) : i], *parts[i + 1 : i + 2])
            # An item by itself reads as a sentence; beside another one it is a list.
            in_list = part.is_list_item and any(other.is_list_item for other in beside)
            answers = best is not None and part.own == best.span and not in_list
            yield Draft(
                part.text,
                (part.source,),
                is_list_item=in_list,
                details="" if writers[i : i + 1] == writers[i + 1 : i + 2] else writers[i],
                short_answer=best.answer if answers and best and _leads(best) else None,
                certainty=best.certainty if answers and best else 0.0,
            )


def write_answer(
    asking: Asking,
    reading: Reading,
    generator: Generator,
    stand_in: Generator,
    verified: VerifiedAnswer,
    polar: Callable[[str], float],
) -> Steps[VerifiedSentence, None, tuple[Generator, list[str]]]:
    """What ``generator`` writes, as it is verified; ``stand_in`` where nothing of it is left.

    Gives the one that wrote, and what the reader sees about it. Where the reading
    is sure, its best evidence is in the answer whatever was written. ``polar`` says how likely a
    question is answered by yes or no.
    """
    is_sure = reading.confidence >= SURE
    enough = _NEARLY * probability(max((e.score for e in reading.evidence), default=0.0))
    best = [item for item in reading.evidence if probability(item.score) >= enough]
    evidence = [item for item in reading.evidence if not _is_heading_beside(item, best)]
    # No words by themselves lead what may not be an answer, or is one of yes or no.
    if not is_sure or polar(reading.question) >= _POLAR:
        evidence = [replace(item, certainty=0.0) for item in evidence]
    writer = generator
    trouble = yield from _write_by_generator(asking, reading, evidence, generator, verified)
    if trouble is not None and not verified.sentences:
        writer = stand_in
        drafts = stand_in.write(reading.question, evidence)
        yield from verified.add(drafts, evidence, asking.clock)
    elif is_sure and not verified.rests_on(evidence[0]):
        trouble = trouble or asking.reply("added")
        left = Draft(evidence[0].text, (evidence[0],))
        yield from verified.add([left], evidence, asking.clock)
    notices = [trouble] if trouble else []
    if verified.replaced and writer.name != stand_in.name:
        notices.append(asking.reply("replaced"))
    return writer, notices


def _write_by_generator(
    asking: Asking,
    reading: Reading,
    evidence: Sequence[Evidence],
    generator: Generator,
    verified: VerifiedAnswer,
) -> Steps[VerifiedSentence, None, str | None]:
    """What the generator writes, as it is verified; in words what went wrong, if it did."""
    try:
        drafts = generator.write(reading.question, evidence)
        yield from verified.add(drafts, evidence, asking.clock)
    except GeneratorError as exc:
        kind = "incomplete" if verified.sentences else "quoted_because"
        return asking.reply(kind, reason=str(exc))
    if verified.left_out and not verified.sentences:
        return asking.reply("quoted_unsupported")
    if not verified.sentences and reading.confidence >= SURE:
        return asking.reply("quoted_without")
    return None


def choose_evidence(question: str, evidence: Sequence[Evidence], limit: int) -> list[Evidence]:
    """At most ``limit`` of ``evidence`` (which comes best first), in that order."""
    if not evidence:
        return []
    best = evidence[0]
    taken = [best]
    other = next(_linked(question, best, evidence[1:]), None)
    if other is not None and limit > 1:
        taken.append(other)
    enough = max(_AT_LEAST, _NEARLY * probability(best.score))
    for item in evidence[1:]:
        if len(taken) >= limit or probability(item.score) < enough:
            break
        if item not in taken and not _is_lesser_row(item, best):
            taken.append(item)
    return taken


def _is_heading_beside(item: Evidence, best: Sequence[Evidence]) -> bool:
    """Whether it is a line that only names its subject, and a sentence of the best answers."""
    text = item.document.text
    number = text[text.rfind("\n", 0, item.span.start) + 1 : item.span.start]  # "§ 3. "
    is_alone = text[item.span.end : item.span.end + 1] in ("", "\n") and not any(
        map(str.isalpha, number)
    )
    is_name = is_alone and not (is_ended(item.text) or item.is_list_item)
    return (
        is_name
        and not _VALUE.search(item.text)
        and any(
            is_ended(other.text)
            and not is_question(other.text)
            and other.certainty > item.certainty
            for other in best
        )
    )


def _leads(best: Evidence) -> bool:
    """Whether the words that answer are sure enough to stand in front.

    Of a line that is no sentence, or beside other values of their kind, they have to be surer.
    """
    is_unit = is_line(best.document.text, best.span) and not best.is_list_item
    is_surer = _has_alike(best) if is_ended(best.text) else is_unit
    return bool(best.short_answer(_SURER if is_surer else _SURE))


def _has_alike(best: Evidence) -> bool:
    """Whether another number stands beside those that answer, with the same behind it: 9시, 8시."""
    own: set[tuple[str, str]] = set()
    others: set[tuple[str, str]] = set()
    for found in _NUMBER.finditer(best.text):
        is_own = best.answer.start <= found.start() < best.answer.end
        (own if is_own else others).add((found[1], found[2]))
    return any(u == unit and n != number for number, unit in own for n, u in others)


def _is_lesser_row(item: Evidence, best: Evidence) -> bool:
    """Whether both are rows, or open lists, and the best has more words of the question.

    Of rows also, whether only the best has words that answer.
    """
    opens = item.opens_list and not item.is_list_item
    is_same = item.document.id == best.document.id and item.terms < best.terms
    if is_same and ((item.is_list_item and best.is_list_item) or (opens and best.opens_list)):
        return True
    is_beside = item.document.id == best.document.id and item.is_row and best.is_row
    held = best.terms if item.is_list_item else item.terms  # of a line, none
    is_without = bool(best.terms) and item.terms.isdisjoint(held)
    return is_beside and (
        is_without or (best.certainty >= _SURE and item.certainty < best.certainty / 2)
    )


def _linked(question: str, best: Evidence, others: Sequence[Evidence]) -> Iterator[Evidence]:
    """Evidence of other documents that belongs to ``best`` and says more of the question."""
    title = plain_title(best.document.title)
    known = best.terms
    beside = [item for item in others if item.document.id != best.document.id]
    beside.sort(key=lambda item: -len(item.terms - known))
    for item in beside:
        other = plain_title(item.document.title)
        if not item.terms - known or min(len(title), len(other)) < _MIN_TITLE:
            continue
        if other in best.text or title in item.text or (title in question and other in question):
            yield item


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence at ``own``, shown as ``text``, that cites ``source`` (itself or more)."""

    own: Span
    text: str
    source: Evidence

    @property
    def is_list_item(self) -> bool:
        return replace(self.source, span=self.own).is_list_item


def _with_whole_lists(
    question: str, items: list[Evidence], evidence: Sequence[Evidence]
) -> list[Evidence]:
    """Where an item of a list was chosen and another one is nearly as likely, the whole list.

    One without a word of the question that the best one holds does not count. Sentences in a row
    that say the same of one after the other are such a list.
    """
    out = {(item.document.id, item.span): item for item in items}
    enough = _LIST_FROM * probability(items[0].score) if items else 1.0
    likely = [e for e in evidence if probability(e.score) >= enough]
    for item in items:
        siblings = list_around(item) if item.is_list_item else alike_around(item)
        if any(is_question(span.of(item.document.text)) for span in siblings):
            continue  # exercises
        is_step = _STEP.match(item.quote) is not None and item.certainty < _SURE
        if is_step and sum(s.end - s.start for s in siblings) <= _MAX_STEPS:
            for span in siblings:
                out.setdefault((item.document.id, span), _part(item, span))
            continue
        equal = {
            e.span for e in likely if e.document.id == item.document.id and e.terms >= item.terms
        }
        are_asked = len(equal.intersection(siblings)) > 1 or (
            item is items[0] and item.is_list_item and _is_asked_as_a_whole(question, item)
        )
        if are_asked and len(siblings) <= _MAX_LIST_ITEMS:
            for span in siblings:
                out.setdefault((item.document.id, span), _part(item, span))
    return list(out.values())


def _is_asked_as_a_whole(question: str, item: Evidence) -> bool:
    """Whether a question names the heading of a list and nothing of its items."""
    language, above = item.document.language, item.document.heading_path_at(item.span.start)
    held = set(stems(" ".join(above), language))
    nearest = set(content_terms(above[-1], language)) if above else set()
    is_whole = bool(nearest) and nearest <= set(stems(question, language))
    is_named = (is_whole or item.coverage >= _SURELY) and not item.leans_back
    return is_named and item.terms <= held and item.certainty < _SURELY


def _with_surroundings(item: Evidence) -> Iterator[_Part]:
    """The evidence, led by the sentence it leans on and followed by the list it opens.

    What stands in a long cell of a table is led by the row, which says whose it is. What leans on
    the sentence before is cited with it: the two together say it. Behind a word that answers by
    itself ("Yes.") stands what is said of it. An item of a list that is no sentence says nothing
    without what stands above the list ("What we do not pay").
    """
    source = item
    row = row_above(item)
    if row is not None:
        names = _part(item, row)
        yield _Part(row, names.text, names)
    elif item.leans_back and not item.is_row:
        before = prose_before(item)
        lead = "" if before is None else _part(item, before).text
        is_lead = len(lead) <= _MAX_LEAD and not lead.endswith(_GREETS)
        if before is not None and is_lead and not is_question(lead):
            source = _part(item, Span(before.start, item.span.end))
            yield _Part(before, lead, source)
    elif item.is_list_item and item.is_fragment:
        above = list_head(item)
        if above is not None:
            head = _part(item, above)
            yield _Part(above, head.text, head)
    yield _Part(item.span, item.text, source)
    if is_too_short(item.text) and not item.is_row and (behind := prose_after(item)) is not None:
        part = _part(item, behind)
        if not is_question(part.text):
            yield _Part(behind, part.text, part)
    below = list_after(item) if item.opens_list else list_below(item)
    for span in below[:_MAX_LIST_ITEMS]:
        part = _part(item, span)
        yield _Part(span, part.text, part)


def _part(item: Evidence, span: Span) -> Evidence:
    text = plain_text(item.document.media_type, span.of(item.document.text))
    return replace(item, span=span, text=text)
