"""Questions with their passages from the public sets that the reader may learn from.

A set is a file ``NAME.jsonl.gz``; a line holds `question`, `passage`, `answers`, `answer_start`,
`answerable`, `language` and `title` where there is one. ``recipe.toml`` names the sets and how many
questions of each are taken. Sentences that stand alone in their set are put together, those with
like words in one passage, so that each has others to stand against. Nothing is tokenised here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from index.text.sentences import sentence_spans

__all__ = ["Question", "Text", "digest", "read_sets", "rows_of", "similar"]

_TOGETHER = 4  # sentences in a passage that is put together
_MAX_PASSAGE = 6_000  # characters; longer ones are left out
_NEIGHBOURS = 24
_CJK = {"zh", "ja", "th", "ko"}


@dataclass(frozen=True, slots=True)
class Text:
    """A passage as sentences, under its title."""

    title: str
    sentences: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question over a text.

    ``labels`` has 1 for each sentence that answers, 0 for others, -1 for those that may;
    ``answer`` is (sentence, start, end) of the short answer, None where none is known.
    """

    set: str
    question: str
    text: Text
    labels: tuple[int, ...]
    answers: tuple[str, ...] = ()
    answer: tuple[int, int, int] | None = None
    article: str = ""

    @property
    def answerable(self) -> bool:
        """Whether a sentence of the text answers."""
        return 1 in self.labels


def digest(text: str) -> int:
    """A number that a text always has, to choose by."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:12], 16)


def read_sets(folder: Path, recipe: Path, rng: random.Random) -> list[Question]:
    """The questions that the recipe takes, of all sets."""
    found: list[Question] = []
    with recipe.open("rb") as file:
        sets = tomllib.load(file)["sets"]
    for name, options in sets.items():
        rows = [
            row
            for row in rows_of(folder / f"{name}.jsonl.gz")
            if row.get("passage") and len(row["passage"]) <= _MAX_PASSAGE
        ]
        rows = _taken(rows, options["take"], rng)
        if options.get("tokenised"):
            rows = [_untokenised(row) for row in rows]
        if options.get("alone"):
            questions = list(_together(name, rows))
        else:
            questions = [q for row in rows for q in [_question(name, row)] if q is not None]
        found += questions * options.get("times", 1)
    return found


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a set's file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


_APART = re.compile(r" (?=[?.,!;:)\]%]|'\w|n't\b)|(?<=[(\[]) |(?<=\w) (?=- \w)|(?<=\w -) (?=\w)")


def _untokenised(row: dict[str, Any]) -> dict[str, Any]:
    """The row in lower case throughout and without spaces at signs, so that style says nothing.

    In these sets the unanswerable questions are lower-cased and tokenised, some twins are not.
    """

    def plain(text: str) -> str:
        return _APART.sub("", text.lower())

    passage = plain(row["passage"]) if row["passage"].islower() else row["passage"]
    keys = [key for key in ("question", "pair_question") if row.get(key)]
    answers = [plain(a) if row["passage"].islower() else a for a in row["answers"]]
    changed = {"passage": passage, "answers": answers, "answer_start": None}
    return row | changed | {key: plain(row[key]) for key in keys}


def _taken(rows: list[dict[str, Any]], take: int, rng: random.Random) -> list[dict[str, Any]]:
    """About ``take`` rows, with all of a passage, so that its questions stand side by side."""
    if len(rows) <= take:
        return rows
    by_passage: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_passage.setdefault(row["passage"], []).append(row)
    order = rng.sample(list(by_passage.values()), len(by_passage))
    kept: list[dict[str, Any]] = []
    for some in order:
        if len(kept) >= take:
            break
        kept += some[:8]
    return kept


def _question(name: str, row: dict[str, Any]) -> Question | None:
    passage: str = row["passage"]
    language: str = row.get("language", "en")
    spans = sentence_spans(passage, language)
    title = str(row.get("title") or "").replace("_", " ")
    text = Text(title, tuple(span.of(passage) for span in spans), language)
    base = Question(
        set=name,
        question=row["question"].strip(),
        text=text,
        labels=(0,) * len(spans),
        article=title or passage[:200],
    )
    if not row.get("answerable", True):
        return base
    answers = tuple(str(a) for a in row.get("answers") or () if str(a).strip())
    start = row.get("answer_start")
    if not answers:
        return None
    if start is None or passage[start : start + len(answers[0])] != answers[0]:
        start = passage.find(answers[0])
    if start < 0:
        return None
    at = next((i for i, s in enumerate(spans) if s.start <= start < s.end), None)
    if at is None:
        return None
    end = min(start + len(answers[0]), spans[at].end)
    labels = [
        -1 if any(a.lower() in sentence.lower() for a in answers) else 0
        for sentence in text.sentences
    ]
    labels[at] = 1
    for i, span in enumerate(spans):  # an answer that goes on
        if span.start > start and span.end <= start + len(answers[0]):
            labels[i] = 1
    local = (at, start - spans[at].start, end - spans[at].start)
    whole = end - start >= 0.9 * (spans[at].end - spans[at].start)
    return replace(base, labels=tuple(labels), answers=answers, answer=None if whole else local)


def _together(name: str, rows: Sequence[dict[str, Any]]) -> Iterator[Question]:
    """Questions over single sentences, each sentence put among others with like words."""
    by_sentence: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_sentence.setdefault(row["passage"].strip(), []).append(row)
    sentences = list(by_sentence)
    near = similar(sentences, sentences, words=True)
    free = set(range(len(sentences)))
    for i in range(len(sentences)):
        if i not in free:
            continue
        free.discard(i)
        others = [j for j in near[i] if j in free][: _TOGETHER - 1]
        free.difference_update(others)
        members = sorted([i, *others], key=lambda j: digest(sentences[j]))
        text = Text("", tuple(sentences[j] for j in members), "en")
        for place, j in enumerate(members):
            for row in by_sentence[sentences[j]]:
                yield from _over_one(name, row, text, place)


def _over_one(name: str, row: dict[str, Any], text: Text, place: int) -> Iterator[Question]:
    none = (0,) * len(text.sentences)
    here = tuple(int(i == place) for i in range(len(none)))
    sentence = text.sentences[place]
    base = Question(name, row["question"].strip(), text, none, article=sentence)
    if not row.get("answerable", True):
        yield base
        if row.get("pair_question"):
            yield replace(base, question=row["pair_question"].strip(), labels=here)
        return
    answers = tuple(row["answers"])
    start = sentence.find(answers[0]) if answers else -1
    local = (place, start, start + len(answers[0])) if start >= 0 else None
    if local and len(answers[0]) >= 0.9 * len(sentence):
        local = None
    yield replace(base, labels=here, answers=answers, answer=local)


def similar(asked: Sequence[str], texts: Sequence[str], *, words: bool) -> list[list[int]]:
    """For each of ``asked`` the numbers of the texts that share the rarest words, best first.

    Words of scripts without spaces are pairs of characters (``words`` false). Cosine of tf-idf.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    kind = {"analyzer": "word"} if words else {"analyzer": "char_wb", "ngram_range": (2, 3)}
    vectoriser = TfidfVectorizer(sublinear_tf=True, min_df=1, dtype=np.float32, **kind)
    matrix = vectoriser.fit_transform(texts)
    queries = vectoriser.transform(asked)
    found: list[list[int]] = []
    for start in range(0, len(asked), 512):
        scores = (queries[start : start + 512] @ matrix.T).tocsr()
        for i in range(scores.shape[0]):
            row = scores[i]
            best = np.argsort(-row.data)[:_NEIGHBOURS]
            found.append(row.indices[best].tolist())
    return found


def has_spaces(language: str) -> bool:
    """Whether words of a language stand apart."""
    return language not in _CJK


_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w'-]+(?: [A-Z][\w'-]+)*|\b\d[\d,.]*\d\b|\b\d\b")


def exchanged(question: str, others: Iterable[str], rng: random.Random) -> str | None:
    """The question with a name or a number of another question in the place of its own."""
    own = list(_NAME.finditer(question))
    if not own:
        return None
    at = rng.choice(own)
    is_number = at.group()[0].isdigit()
    pool = [
        found.group()
        for other in others
        for found in _NAME.finditer(other)
        if found.group()[0].isdigit() == is_number and found.group() not in question
    ]
    if not pool:
        return None
    return question[: at.start()] + rng.choice(pool) + question[at.end() :]
