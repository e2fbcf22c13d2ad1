"""Examples to train the reader on: a question, the sentences of a passage, which of them answer.

Real ones come from judged suites: the passage that holds the evidence, a passage that was found but
does not hold it, the paragraph that an unanswerable question is about, and for parallel suites the
question in one language over the passage in the other. A quarter of the documents is left out
(:func:`is_held_out`), so that figures can be measured on what was not learned from.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from eval.cases import load_suite
from eval.judge import Judge
from eval.measures import normalised
from eval.types import Case
from index.search import OpenGeneration
from index.text.sentences import sentence_spans
from index.text.words import stems
from index.types import Chunk, Document, Span
from rag.assemble import Services
from rag.settings import load_settings
from rag.understand import with_question_before

__all__ = ["Example", "examples", "is_held_out"]

_NEGATIVES = 3  # found passages without the evidence, for each question
_MIN_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """``labels`` are 1 for sentences that answer, 0 for others, -1 for those that may.

    ``answer`` is (sentence, start, end) of the short answer, None where none is known.
    """

    suite: str
    question: str
    title: str
    sentences: tuple[str, ...]
    labels: tuple[int, ...]
    answer: tuple[int, int, int] | None = None
    held_out: bool = False


def is_held_out(case: Case) -> bool:
    """Whether a question is kept for measuring: a quarter of the documents, by their names.

    Documents of one name in several suites (translations) go together.
    """
    name = PurePosixPath(case.sources[0]).stem if case.sources else case.id
    key = re.sub(r"[^a-z0-9]", "", name.lower())
    return int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % 4 == 0


def examples(folders: Sequence[Path], home: Path, *, seed: int) -> list[Example]:
    """Those of all suites, indexed in a home under ``home`` each."""
    rng = random.Random(seed)
    shared = Services(load_settings(home=home))
    found: list[Example] = []
    parallel: dict[str, dict[str, _Judged]] = {}
    for folder in folders:
        suite = load_suite(folder)
        services = Services(load_settings(seeds=suite.documents, home=home / "eval" / suite.name))
        services.use_embedder(shared.embedder())
        services.builder.build()
        judged = _Judged(suite.name, services, json_lines(folder / "questions.jsonl"))
        for case in suite.cases:
            found += judged.examples(case)
            if case.answerable and suite.name.startswith("xquad"):
                parallel.setdefault(case.id, {})[suite.name] = judged
    for name, judges in parallel.items():
        for asked, answered in ((a, b) for a in judges for b in judges if a != b):
            if rng.random() < 0.5:
                case = judges[asked].case(name)
                there = judges[answered].case(name)
                found += judges[answered].positives(replace(there, question=case.question))
    return found


def json_lines(path: Path) -> dict[str, dict[str, object]]:
    """The lines of a suite by the ids of their questions, with the keys that no Case has."""
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {line["id"]: line for line in lines}


class _Judged:
    """A suite with its index, and the examples that its questions give."""

    def __init__(self, name: str, services: Services, lines: dict[str, dict[str, object]]) -> None:
        self.name = name
        self._services = services
        self._lines = lines
        self._generation: OpenGeneration = services.searcher.generation()
        self._judge = Judge(self._generation)
        self._cases: dict[str, Case] = {}

    def case(self, name: str) -> Case:
        """A question that was asked for examples before."""
        return self._cases[name]

    def examples(self, case: Case) -> list[Example]:
        """Those of one question."""
        before = [message.content for message in case.history if message.role == "user"]
        if before:
            case = replace(case, question=with_question_before(case.question, before[-1]))
        self._cases[case.id] = case
        found = self.positives(case) if case.answerable else list(self._about(case))
        return found + self._negatives(case)

    def positives(self, case: Case) -> list[Example]:
        """The passages that hold the evidence."""
        relevant = self._judge.relevant_chunks(case)
        spans = self._judge.evidence_spans(case)
        made = [
            self._positive(case, self._generation.document(name), chunk, spans[name])
            for name in spans
            for chunk in self._generation.chunks_of(name)
            if chunk.id in relevant
        ]
        return [example for example in made if example is not None]

    def _positive(
        self, case: Case, document: Document, chunk: Chunk, evidence: Sequence[Span]
    ) -> Example | None:
        bare = self._bare(case, document, chunk)
        spans = sentence_spans(chunk.text, document.language)
        local = [span.shifted(chunk.span.start) for span in spans]
        inside = [any(_mostly(span, other) for other in evidence) for span in local]
        places = _places(case, document, bare.sentences) if case.answers else []
        places = [place for place in places if inside[place[1]]]
        is_exact = self.name == "qed_nq"  # its evidence is the one sentence that answers
        if not case.answers or self.name == "clapnq" or (is_exact and not places):
            labels = [int(is_inside) for is_inside in inside]
            return replace(bare, labels=tuple(labels)) if any(labels) else None
        if not places:
            return None
        _, best, start, end = max(places)
        labels = [int(is_exact and is_inside) for is_inside in inside]
        for _, i, _, _ in places:
            labels[i] = -1 if not labels[i] else 1
        labels[best] = 1
        return replace(bare, labels=tuple(labels), answer=(best, start, end))

    def _about(self, case: Case) -> Iterator[Example]:
        """The paragraph that an unanswerable question is about."""
        about = str(self._lines[case.id].get("about") or "")
        if not case.sources or not about:
            return
        document = self._generation.document(case.sources[0])
        at = document.text.find(about)
        for chunk in self._generation.chunks_of(document.id):
            if at >= 0 and _mostly(chunk.span, Span(at, at + len(about))):
                yield self._bare(case, document, chunk)

    def _negatives(self, case: Case) -> list[Example]:
        """Passages that are found but neither are relevant nor hold an accepted answer."""
        relevant = self._judge.relevant_chunks(case) if case.answerable else set()
        answers = [f" {normalised(a)} " for a in case.answers if normalised(a)]
        chunks = [
            passage.chunk
            for passage in self._services.searcher.search(case.question, k=_NEGATIVES + 3).passages
            if passage.chunk.id not in relevant
            and not any(a in f" {normalised(passage.chunk.text)} " for a in answers)
        ]
        return [
            self._bare(case, self._generation.document(chunk.document_id), chunk)
            for chunk in chunks[:_NEGATIVES]
        ]

    def _bare(self, case: Case, document: Document, chunk: Chunk) -> Example:
        spans = sentence_spans(chunk.text, document.language)
        sentences = tuple(span.of(chunk.text) for span in spans)
        return Example(
            suite=self.name,
            question=case.question,
            title=document.title,
            sentences=sentences,
            labels=(0,) * len(sentences),
            held_out=is_held_out(case),
        )


def _mostly(one: Span, other: Span) -> bool:
    """Whether they share half of the shorter one."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared >= _MIN_OVERLAP * min(one.end - one.start, other.end - other.start) > 0


def _places(
    case: Case, document: Document, sentences: Sequence[str]
) -> list[tuple[int, int, int, int]]:
    """Where accepted answers stand: shared stems with the question, sentence, start, end."""
    asked = set(stems(case.question, document.language))
    return [
        (len(asked & set(stems(sentence, document.language))), i, at, at + len(answer))
        for i, sentence in enumerate(sentences)
        for answer in case.answers
        if (at := sentence.lower().find(answer.lower())) >= 0
    ]
