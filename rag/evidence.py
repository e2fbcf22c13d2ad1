"""Evidence: the sentences of the found passages that bear on a question, with exact spans.

The score of a sentence is a logit of four features (:class:`Features`) with the weights of
``weights.json`` (docs/decisions/0044): what the reader says of it, how far its passage is behind
the best one, the share of the question's idf that it covers with what stands before and above
it, the name of its file too, and whether it defines what is asked for by its form: "Bypass: ...",
"the working time account (WTA)", "Definition 2 (Group)". Nothing is written here.

Two readings of the same passages as one: of a follow-up alone, and behind the question before.

Alone, the reader does not know whom "she" means; behind the question before, it answers that one
again. A sentence counts by the mean of both (docs/decisions/0046). Nothing is read here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import pairwise

from index.loaders import plain_text
from index.loaders.mail.heads import MAILS, is_quoted, quoted_as, read_head
from index.search import Found
from index.text.language import UNDECIDED, language_of
from index.text.names import words_of_name
from index.text.prose import from_its_date, from_its_words, is_prose
from index.text.sentence_ends import is_ended
from index.text.sentences import sentence_spans
from index.text.words import content_terms, stems
from index.types import Chunk, Document, Passage, Span, chunk_id
from rag.features import Features, probability
from rag.reader import Passage as ReaderPassage
from rag.reader import Read, Reader
from rag.types import Quote, is_line

__all__ = [
    "Evidence",
    "best_first",
    "combine_readings",
    "is_question",
    "is_too_short",
    "read_evidence",
]


_FOREIGN = 0.25  # coverage, below which a question may be in another language
_USUAL_COVERAGE = 0.6
_WORTH_READING = 0.8  # of the best passage's score; docs/decisions/0009
_ROW_NEARLY = 0.8  # of the best one's probability
_KEPT = 12  # sentences, the others never answer
_LEANS = 0.2  # share of the question's idf that only the sentence before holds
_SHORT = 0.6  # of a sentence, at most, are the words that answer by themselves
_MOST_OF_IT = 0.6  # of the question's idf, in the word that a sentence defines
_LABEL = 6  # words, at most, of "Definition 2.1 (Group)."
# "Word: ...", "Word — ...", "“Word” means ...", "... (word)", "word (...)".
_DEFINED = re.compile(
    r"\A\W*([^\W\d_][^:：()—–\n]{0,50})(?:[:：]\s|\s[—–]\s)"
    r"|\A\W*[\"“”„«»「『]([^\"“”»«」』\n]{1,50})[\"“”»«」』]\s"
    r"|\(([^()]{1,50})\)|([\w-]+)(?=\s\()"
)
_FIELD = re.compile(r"(?:\A|; )[^;:\n]{1,60}: ([^;\n]+)(?=; |\Z)")
_CUT_BRACKET = re.compile(r"[(\[（][^)\]）]*[)\]）].*\w")  # "(1811 to 1889) was the midwife"
_LAST_STOP = re.compile(r"(?:[^\W\d_]{4,}|\d|[^\w\s.)])([.。]?)\Z")  # not that of "p.m." or "Inc."
_MAX_VALUE = 60  # characters of a field that answers whole
_QUESTION_MARKS = ("?", "？", "؟", "՞", "⁇", "⁈")
_MIN_WORDS = 3
_MIN_STEMS = 6  # of a script without spaces between words


@dataclass(frozen=True, slots=True)
class Evidence(Quote):
    """A sentence that may support an answer.

    ``score`` is the logit that it answers; ``terms`` are the question's stems in it; ``answer`` the
    likeliest words of the answer as characters of ``text``, ``certainty`` in [0, 1] how sure
    these are. ``leans_back`` says that what the question names stands in the sentence before, and
    neither here nor in a title or heading. ``earlier`` is where the words of the answer begin if
    they do a few words before. ``context`` is the passage in which the reader found it, and its
    number there.
    """

    score: float
    features: Features
    terms: frozenset[str]
    answer: Span
    certainty: float
    leans_back: bool = False
    earlier: int = 0
    context: tuple[ReaderPassage, int] | None = None

    def short_answer(self, certainty: float) -> str:
        """The words that answer by themselves, "" where the reader is less certain than that."""
        words = self.answer.of(self.text)
        is_short = 0 < len(words) <= _SHORT * len(self.text) and not _CUT_BRACKET.match(words)
        return words if is_short and self.certainty >= certainty else ""

    @property
    def coverage(self) -> float:
        """The share of the question's idf that it holds with what leads to it, in [0, 1]."""
        return self.features.coverage


def read_evidence(question: str, found: Found, reader: Reader) -> list[Evidence]:
    """The evidence for ``question`` in the found passages, best first."""
    names = dict.fromkeys(passage.chunk.document_id for passage in found.passages)
    documents = {name: found.source.document(name) for name in names}
    asked = {
        language: _Asked(question, language, found.source.term_weight)
        for language in {document.language for document in documents.values()}
    }
    passages = [
        (passage, document, _sentences(passage, document))
        for passage in _joined(_worth_reading(found.passages), documents)
        for document in (documents[passage.chunk.document_id],)
    ]
    contexts = [
        ReaderPassage(_under(document, passage.chunk), tuple(text for _, text in sentences))
        for passage, document, sentences in passages
    ]
    read = reader.read(question, contexts)
    best = max((passage.score for passage in found.passages), default=0.0)
    evidence = [
        item
        for (passage, document, sentences), context, judged in zip(
            passages, contexts, read, strict=True
        )
        for item in _answered_below(
            [
                *_of_passage(
                    document,
                    passage,
                    best - passage.score,
                    sentences,
                    context,
                    judged,
                    asked[document.language],
                )
            ]
        )
    ]
    evidence = _across_languages(question, evidence)
    return _best_row_first(_without_repeats(sorted(evidence, key=best_first))[:_KEPT])


def _best_row_first(evidence: list[Evidence]) -> list[Evidence]:
    """The evidence, led by a row beside the best that holds all its words of the question and more.

    Opening hours of all days answer "on Thursday?" nearly as well as those of Thursday.
    """
    best = evidence[0] if evidence else None
    if best is None or not best.is_row:
        return evidence
    enough = _ROW_NEARLY * probability(best.score)
    for item in evidence[1:]:
        if probability(item.score) < enough:
            break
        if item.document.id == best.document.id and item.is_row and item.terms > best.terms:
            first = replace(item, score=math.nextafter(best.score, math.inf))
            return [first, *(other for other in evidence if other is not item)]
    return evidence


def _across_languages(question: str, evidence: list[Evidence]) -> list[Evidence]:
    """Words that could not be shared, in another language, say nothing for or against."""
    if max((item.coverage for item in evidence), default=1.0) >= _FOREIGN:
        return evidence
    asked = language_of(question)
    return [
        _covering(item, _USUAL_COVERAGE)
        if asked not in (UNDECIDED, item.document.language)
        else item
        for item in evidence
    ]


def _covering(item: Evidence, coverage: float) -> Evidence:
    """The same evidence with another coverage."""
    features = replace(item.features, coverage=coverage)
    return replace(item, features=features, score=features.score)


def best_first(item: Evidence) -> tuple[float, int, str, Span]:
    """The key to sort evidence by; of equals the one with the shorter name, which is no copy."""
    return -item.score, len(item.document.id), item.document.id, item.span


class _Asked:
    """What is asked for in one language: terms with their weights."""

    def __init__(self, question: str, language: str, weight: Callable[[str], float]) -> None:
        self.language = language
        self.idf = {term: weight(term) for term in content_terms(question, language)}

    def share(self, held: Collection[str]) -> float:
        """The share of the question's idf that these stems hold."""
        total = sum(self.idf.values())
        return sum(idf for term, idf in self.idf.items() if term in held) / (total or 1.0)

    def is_defined_in(self, text: str) -> bool:
        """Whether a text has a word apart, as one that it defines, that is most of the question."""
        for found in _DEFINED.finditer(text):
            words = next(filter(None, found.groups()))
            terms = set(stems(words, self.language))
            if terms <= self.idf.keys() and self.share(terms) >= _MOST_OF_IT:
                return not any(map(str.isdigit, words))
        return False


def _sentences(passage: Passage, document: Document) -> list[tuple[Span, str]]:
    """The sentences of a passage as spans of the document, and as a reader sees them."""
    spans = [
        from_its_date(document.text, local.shifted(passage.chunk.span.start))
        for local in sentence_spans(passage.chunk.text, document.language)
    ]
    return [
        (span, plain_text(document.media_type, span.of(document.text)))
        for span in spans
        if is_prose(document, span)
    ]


def _of_passage(
    document: Document,
    passage: Passage,
    behind: float,
    sentences: Sequence[tuple[Span, str]],
    context: ReaderPassage,
    judged: Sequence[Read],
    asked: _Asked,
) -> Iterator[Evidence]:
    """The evidence in one passage, in its order; a question of the document is none.

    What is asked by the sentence or the heading above may be answered by a word ("No."), and by a
    line of its own ("Zone: B", "4 €" below a heading). What only names what is defined belongs to
    the sentence below.
    """
    asks = bool(passage.chunk.heading_path) and is_question(passage.chunk.heading_path[-1])
    head = " ".join((document.title, *passage.chunk.heading_path, _name(document, passage.chunk)))
    above = set(stems(head, asked.language))
    before: set[str] = set()
    score_before = -math.inf
    is_labelled = False
    after = {span: text for (span, _), (_, text) in pairwise(sentences)}
    for number, ((span, text), read) in enumerate(zip(sentences, judged, strict=True)):
        own = set(stems(text, asked.language))
        alone = asked.share(own | above)
        led = asked.share(own | before | above)
        is_unit = is_line(document.text, span) and not is_ended(text)
        if read.score < score_before and not is_labelled and is_unit:
            led = alone  # a line below one that says more itself: the next day's hours
        leans_back = is_labelled or led - alone >= _LEANS
        before, score_before = (set() if is_question(text) else own), read.score
        asks_same = (
            is_question(text) and set(content_terms(text, asked.language)) == asked.idf.keys()
        )
        defines = asks_same or asked.is_defined_in(text)
        below = asked.share(stems(after.get(span, ""), asked.language))
        is_label = defines and _is_label(text) and below >= _MOST_OF_IT
        defines = is_labelled or (defines and not is_label)
        is_labelled = is_label
        is_first = bool(passage.chunk.heading_path) and span == sentences[0][0]
        is_asked, asks = asks and document.media_type not in MAILS, is_question(text)
        if is_too_short(text) and not is_asked and not _is_value(document, span, is_first):
            continue
        features = Features(read.score, behind, coverage=led, defines=float(defines))
        shown, words, answer = _from_its_words(document, span, text, _whole(text, read.answer))
        yield Evidence(
            document=document,
            span=shown,
            text=words,
            score=features.score,
            features=features,
            terms=frozenset(term for term in asked.idf if term in own),
            answer=answer,
            certainty=read.certainty,
            leans_back=leans_back,
            earlier=max(0, answer.start - max(0, read.answer.start - read.earlier)),
            context=(context, number),
        )


def _is_label(text: str) -> bool:
    """Whether a text only says what the next sentence defines: "Definition 2 (Group).".

    >>> _is_label("Definition 2 (Group)."), _is_label("The account (WTA) may hold 40 hours.")
    (True, False)
    """
    return len(text.split()) <= _LABEL and text.rstrip(".:*_ ").endswith(")")


def is_question(text: str) -> bool:
    """Whether a sentence or a heading asks.

    >>> is_question("Is parking free?"), is_question("谁有钥匙？"), is_question("It is free.")
    (True, True, False)
    """
    return text.rstrip("*_\"'”’» ").endswith(_QUESTION_MARKS)


def _answered_below(evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """The evidence of a passage; the sentence below a question is as likely as the question.

    Several questions, one below the other, are exercises: what follows them answers none.
    """
    asking: Evidence | None = None
    is_exercise = False
    for item in evidence:
        if is_question(item.text) and not _proposes(item):
            is_exercise = asking is not None
            asking = item
            continue
        best = item if asking is None or is_exercise else max(asking, item, key=_score)
        yield replace(item, features=best.features, score=best.score)
        asking = None


def _score(item: Evidence) -> float:
    return item.score


def _proposes(item: Evidence) -> bool:
    """Whether a question of a mail says a figure itself: "Could you do 17,000 euros?"."""
    return item.document.media_type in MAILS and any(map(str.isdigit, item.text))


def _from_its_words(
    document: Document, span: Span, text: str, answer: Span
) -> tuple[Span, str, Span]:
    """A sentence without its dateline, unless the words that answer stand in that."""
    words = from_its_words(document.text, span)
    if words == span:
        return span, text, answer
    rest = plain_text(document.media_type, words.of(document.text))
    left = len(text) - len(rest)
    if left <= 0 or answer.start < left or not text.endswith(rest):
        return span, text, answer
    return words, rest, answer.shifted(-left)


def _whole(text: str, answer: Span) -> Span:
    """The words that answer, with the rest of their field where that has the rest of a number.

    >>> text = "Event: Choir; Start: 2026-06-04 20:00 UTC; Place: Hall"
    >>> _whole(text, Span(21, 31)).of(text), _whole(text, Span(7, 12)).of(text)
    ('2026-06-04 20:00 UTC', 'Choir')
    """
    for found in _FIELD.finditer(text):
        start, end = found.span(1)
        if start <= answer.start < answer.end <= end and end - start <= _MAX_VALUE:
            rest = text[start : answer.start] + text[answer.end : end]
            return Span(start, end) if any(map(str.isdigit, rest)) or "+" in rest else answer
    return _without_stop(text, answer)


def _without_stop(text: str, answer: Span) -> Span:
    """The words that answer without the stop that ends their sentence.

    >>> text = "It costs 141,90 €."
    >>> _without_stop(text, Span(9, 18)).of(text)
    '141,90 €'
    """
    last = _LAST_STOP.search(text, answer.start, answer.end)
    return Span(answer.start, last.start(1)) if last and answer.end == len(text) else answer


def _under(document: Document, chunk: Chunk) -> str:
    """Title, heading, name of the file, author of a mail: what may say what a passage is about."""
    heading = chunk.heading_path[-1] if chunk.heading_path else document.title
    title = document.title if heading == document.title else f"{document.title}: {heading}"
    name = _name(document, chunk)
    return f"{title} ({name})" if name else title


def _name(document: Document, chunk: Chunk) -> str:
    """What the names of the file and its folders say beyond the title; who wrote a mail's words."""
    name = words_of_name(document.id, document.title, document.language)
    if document.media_type not in MAILS or any(map(is_quoted, chunk.heading_path)):
        return name
    return ", ".join(filter(None, (read_head(document.text).sender, name)))


def is_too_short(text: str) -> bool:
    """Whether a text says nothing by itself: "Yes."."""
    return len(text.split()) < _MIN_WORDS and len(stems(text)) < _MIN_STEMS


def _is_value(document: Document, span: Span, is_below_heading: bool) -> bool:
    """Whether a short text is a line by itself: "Zone: B", or a word right below a heading.

    The number of a page is none, nor what opens and closes a mail.
    """
    own = span.of(document.text)
    is_word = len(own.split()) == 1
    is_value = not own.isdecimal() and (is_below_heading or not is_word)
    return is_value and document.media_type not in MAILS and is_line(document.text, span)


def _worth_reading(passages: Sequence[Passage]) -> list[Passage]:
    """The best of each document, and those that are not far behind the best of all.

    What the others say was never the best evidence.
    """
    best = max((passage.score for passage in passages), default=0.0)
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(passage.chunk.document_id, passage)
    return [
        passage
        for passage in passages
        if passage.score >= _WORTH_READING * best or passage is first[passage.chunk.document_id]
    ]


def _joined(passages: Sequence[Passage], documents: Mapping[str, Document]) -> list[Passage]:
    """Passages that follow each other under one heading as one, so that nothing is cut between.

    The whole has the rank and scores of its best part.
    """
    joined: list[Passage] = []
    for passage in sorted(passages, key=lambda p: (p.chunk.document_id, p.chunk.span)):
        chunk = passage.chunk
        before = joined[-1] if joined else None
        if before is None or not _follows(before.chunk, chunk, documents[chunk.document_id].text):
            joined.append(passage)
            continue
        span = Span(before.chunk.span.start, chunk.span.end)
        text = span.of(documents[chunk.document_id].text)
        name = chunk_id(chunk.document_id, span)
        whole = replace(before.chunk, id=name, span=span, text=text)
        joined[-1] = replace(min(before, passage, key=lambda p: p.rank), chunk=whole)
    return sorted(joined, key=lambda p: p.rank)


def _follows(one: Chunk, other: Chunk, text: str) -> bool:
    return (
        one.document_id == other.document_id
        and one.heading_path == other.heading_path
        and not text[one.span.end : other.span.start].strip()
    )


def _without_repeats(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Keep the first of evidence with the same words; an author's own rather than a quote."""
    kept: dict[str, Evidence] = {}
    for item in evidence:
        words = " ".join(item.text.lower().split())
        first = kept.setdefault(words, item)
        if _is_quoted(first) and not _is_quoted(item):
            kept[words] = replace(item, features=first.features, score=first.score)
    return list(kept.values())


def _is_quoted(item: Evidence) -> bool:
    """Whether a mail only quotes it from another one."""
    is_mail = item.document.media_type in MAILS
    return is_mail and bool(quoted_as(item.document, item.span.start))


def combine_readings(alone: Sequence[Evidence], behind: Sequence[Evidence]) -> list[Evidence]:
    """The evidence of both, each with the means of its features, best first.

    What one of them has not kept is taken to be worth as little as the least that it kept. The
    words that answer are those of the reading alone.
    """
    kept = [{(e.document.id, e.span): e for e in reading} for reading in (alone, behind)]
    least = [min((e.features.reader for e in reading), default=0.0) for reading in (alone, behind)]
    out = []
    for place in {**kept[0], **kept[1]}:
        read = [reading.get(place) for reading in kept]
        item = next(found for found in read if found is not None)
        each = [
            found.features if found else replace(item.features, reader=lowest)
            for found, lowest in zip(read, least, strict=True)
        ]
        mean = Features(*(sum(v) / len(v) for v in zip(*map(astuple, each), strict=True)))
        out.append(replace(item, features=mean, score=mean.score))
    return sorted(out, key=best_first)
