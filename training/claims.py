"""Claims and yes/no questions with the text that bears on them, for the reader's stance.

A stance is what a text says of a claim (or answers to a yes/no question): :data:`NEITHER`,
:data:`YES`, :data:`NO`, or for learning only :data:`NOT_YES`, where a set does not say which of the
others. From passages of every language more are made: a sentence of it as the claim (yes), a
sentence that stands near it (neither), one with two of its names exchanged (not yes).
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sets import Question, Text, rows_of

from index.text.sentences import sentence_spans

__all__ = ["NEITHER", "NO", "NOT_YES", "YES", "Claim", "is_open", "made_claims", "read_claims"]

NEITHER, YES, NO, NOT_YES = range(4)
_STANCES = {
    "entailment": YES,
    "yes": YES,
    "contradiction": NO,
    "no": NO,
    "neutral": NEITHER,
    "don't know": NEITHER,
    "partial": NOT_YES,
    "not_entailment": NOT_YES,
}
_MAX_EVIDENCE = 700  # characters: what fits into a window
_FROM_OTHERS = 0.15  # share of the yes/no questions that are asked of another passage
_NAME = re.compile(r"(?<!^)\b[^\W\d_a-z][\w'-]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim or a yes/no question over a text, with the text's stance."""

    set: str
    claim: str
    text: Text
    stance: int
    article: str


def read_claims(folder: Path, recipe: Path, rng: random.Random) -> list[Claim]:
    """Those that the recipe takes, of all sets of its table ``claims``."""
    with recipe.open("rb") as file:
        sets = tomllib.load(file)["claims"]
    found: list[Claim] = []
    for name, options in sets.items():
        some = [c for row in rows_of(folder / f"{name}.jsonl.gz") for c in _claims(name, row)]
        rng.shuffle(some)
        some = some[: options["take"]]
        found += some
        if options.get("asked"):
            others = rng.sample(some, int(_FROM_OTHERS * len(some)))
            found += [
                Claim(name, one.claim, other.text, NEITHER, other.article)
                for one, other in zip(others, rng.sample(some, len(others)), strict=True)
                if one.article != other.article
            ]
    return found


def _claims(name: str, row: dict[str, Any]) -> Iterator[Claim]:
    evidence: str = row.get("evidence") or row.get("passage") or ""
    stance = _STANCES.get(str(row.get("label") or (row.get("answers") or [""])[0]).lower())
    if stance is None or not 0 < len(evidence) <= _MAX_EVIDENCE:
        return
    language: str = row.get("language", "en")
    sentences = tuple(span.of(evidence) for span in sentence_spans(evidence, language))
    claim = str(row.get("claim") or row["question"]).strip()
    title = str(row.get("title") or "").replace("_", " ")
    yield Claim(name, claim, Text(title, sentences, language), stance, evidence[:200])


def made_claims(questions: Sequence[Question], take: int, rng: random.Random) -> Iterator[Claim]:
    """About ``take`` claims from the passages of ``questions``."""
    texts = {q.text: q.article for q in questions if len(q.text.sentences) > 2}
    for text in rng.sample(list(texts), min(take, len(texts))):
        at = rng.randrange(len(text.sentences) - 1)
        near = text.sentences[at : at + 2]
        shown = Text(text.title, near, text.language)
        if not all(12 < len(s) < 300 for s in near):
            continue
        kind = rng.random()
        changed = _exchanged(near[0], rng) if kind < 0.4 else None
        if changed is not None:
            yield Claim("made", changed, shown, NOT_YES, texts[text])
        elif kind < 0.7:
            yield Claim("made", rng.choice(near), shown, YES, texts[text])
        else:
            rest = [s for s in text.sentences if s not in near and 12 < len(s) < 300]
            if rest:
                yield Claim("made", rng.choice(rest), shown, NEITHER, texts[text])


def _exchanged(sentence: str, rng: random.Random) -> str | None:
    """The sentence with two of its names in each other's place."""
    names = list(_NAME.finditer(sentence))
    pairs = [(a, b) for a in names for b in names if a.end() < b.start() and a[0] != b[0]]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    return sentence[: a.start()] + b[0] + sentence[a.end() : b.start()] + a[0] + sentence[b.end() :]


def is_open(question: Question) -> bool:
    """Whether a question cannot be answered by yes or no, as far as its answers say."""
    return bool(question.answers) and not {a.lower() for a in question.answers} & {"yes", "no"}
