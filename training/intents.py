"""Fit ``rag/intents.npz``: what a message is, and the language of small talk, from its vector.

The examples are those of ``intents.toml``, and questions of the public sets as further examples of
questions. Prints the accuracy for each language when it is left out of the fit, and how many
questions of the development suites are taken for something else; the threshold written is the
lowest that takes at most 2 in 1,000. About 20,000 texts are embedded; they are kept in ``--kept``.

    python training/intents.py --sets ../shared/data/train --suites ../shared/data --kept FILE
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from index.embedding import OnnxEmbedder
from rag.intents import INTENTS, MODEL, QUESTION, SMALL_TALK

EXAMPLES = Path(__file__).with_name("intents.toml")
OUT = Path(__file__).parents[1] / "rag" / "intents.npz"
_ALTERNATIVES = re.compile(r"\(([^()]*\|[^()]*)\)")
_IN_A_CELL = 24  # examples of an intent in a language
_QUESTIONS = 60  # of the public sets, of each language
_SHARE = 6.0  # weight of the questions of a language beside that of each other intent
_MAX_FALSE = 0.002
_STRENGTH = 30.0  # inverse of the regularisation, chosen among 3, 10, 30, 100 by languages left out
_NEEDS_A_NAME = ("one",)  # counts only where a document is named

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A message, what it is, and its language."""

    text: str
    intent: str
    language: str


def main() -> None:
    """Embed, cross-validate, choose the threshold, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", type=Path, required=True, help="folder of NAME.jsonl.gz")
    parser.add_argument("--suites", type=Path, required=True, help="folder of suites")
    parser.add_argument("--kept", type=Path, required=True, help="file that keeps the vectors")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    examples = [*written(EXAMPLES), *public(options.sets)]
    asked = list(development(options.suites))
    embedded = _embedded([e.text for e in examples] + asked, options.kept)
    vectors = np.stack([embedded[e.text] for e in examples])
    suites = np.stack([embedded[text] for text in asked])
    weights, bias = fit(examples, vectors)
    threshold = _threshold(suites, weights, bias)
    print_false_alarms(asked, suites, weights, bias, threshold)
    talk = [i for i, e in enumerate(examples) if e.intent in SMALL_TALK]
    languages = [examples[i].language for i in talk]
    model = LogisticRegression(C=_STRENGTH, tol=1e-3, max_iter=1000, class_weight="balanced")
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    told = cross_val_predict(model, vectors[talk], languages, cv=folds)
    print(f"language of small talk, five folds: {np.mean(told == np.array(languages)):.3f}")
    model.fit(vectors[talk], languages)
    np.savez_compressed(
        options.out,
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        threshold=np.float32(threshold),
        languages=model.classes_,
        language_weights=model.coef_.astype(np.float32),
        language_bias=model.intercept_.astype(np.float32),
    )
    print(f"{options.out}: {options.out.stat().st_size:,} bytes", flush=True)
    print_left_out(examples, vectors)


def written(path: Path) -> Iterator[Example]:
    """The examples of a file, at most ``_IN_A_CELL`` of an intent in a language."""
    chooser = random.Random(0)
    for language, intents in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for intent, templates in intents.items():
            texts = list(dict.fromkeys(t for line in templates for t in expanded(line)))
            most = 5 * _IN_A_CELL if intent == QUESTION else _IN_A_CELL
            if len(texts) > most:
                # Of every line some, however many it gives.
                lines = [list(expanded(line)) for line in templates]
                for line in lines:
                    chooser.shuffle(line)
                turns = itertools.chain.from_iterable(itertools.zip_longest(*lines))
                texts = list(dict.fromkeys(filter(None, turns)))[:most]
            yield from (Example(text, intent, language) for text in texts)


def expanded(template: str) -> Iterator[str]:
    """The texts of a template.

    >>> list(expanded("(Hi|Hello)(!|)"))
    ['Hi!', 'Hi', 'Hello!', 'Hello']
    """
    parts = _ALTERNATIVES.split(template)
    sides = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return ("".join(chosen).strip() for chosen in itertools.product(*sides))


def public(folder: Path) -> Iterator[Example]:
    """Questions of the public sets, up to ``_QUESTIONS`` of each language."""
    by_language: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in itertools.islice(lines, 3000):
                row = json.loads(line)
                question = row.get("question")
                if isinstance(question, str) and 0 < len(question) <= 200:
                    by_language[row.get("language") or "en"].append(question)
    chooser = random.Random(0)
    for language, questions in sorted(by_language.items()):
        distinct = sorted(set(questions))
        most = 5 * _QUESTIONS if language == "en" else _QUESTIONS
        for text in chooser.sample(distinct, min(most, len(distinct))):
            yield Example(text, QUESTION, language)


def development(folder: Path) -> Iterator[str]:
    """The questions of the development suites."""
    for path in sorted(folder.glob("*/questions.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line)["question"] for line in lines)


def fit(examples: Sequence[Example], vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Weights of shape (intents, dimension) and a bias each, for the order of ``INTENTS``."""
    cells = Counter((e.intent, e.language) for e in examples)
    weight = [
        (_SHARE if e.intent == QUESTION else 1.0) / cells[e.intent, e.language] for e in examples
    ]
    targets = [INTENTS.index(e.intent) for e in examples]
    model = LogisticRegression(C=_STRENGTH, tol=1e-3, max_iter=1000)
    # Whatever the number of languages, a weight is 1 on average.
    model.fit(vectors, targets, sample_weight=np.array(weight) * len(weight) / sum(weight))
    return model.coef_, model.intercept_


def print_left_out(examples: Sequence[Example], vectors: Vectors) -> None:
    """The accuracy for each language, from the examples of all others."""
    languages = np.array([e.language for e in examples])
    rows: list[tuple[str, int, float, float]] = []
    for language in sorted({e.language for e in examples if e.intent != QUESTION}):
        rest = languages != language
        weights, bias = fit([e for e, r in zip(examples, rest, strict=True) if r], vectors[rest])
        own = [e for e, r in zip(examples, rest, strict=True) if not r]
        found = (vectors[~rest] @ weights.T + bias).argmax(axis=1)
        right = np.array([INTENTS[f] == e.intent for f, e in zip(found, own, strict=True)])
        asks = np.array([e.intent == QUESTION for e in own])
        rows.append((language, len(own), right[~asks].mean(), right[asks].mean()))
        told = "left out: {}, n {}, other than questions {:.3f}, questions {:.3f}"
        print(told.format(*rows[-1]), flush=True)
    print(f"mean: {np.mean([r[2] for r in rows]):.3f} {np.mean([r[3] for r in rows]):.3f}")


def _alarms(vectors: Vectors, weights: Vectors, bias: Vectors) -> tuple[Vectors, NDArray[np.int_]]:
    """How sure each is something else than a question, and which."""
    logits = vectors @ weights.T + bias
    share = np.exp(logits - logits.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    share[:, INTENTS.index(QUESTION)] = 0.0
    return share.max(axis=1), share.argmax(axis=1)


def _threshold(vectors: Vectors, weights: Vectors, bias: Vectors) -> float:
    share, which = _alarms(vectors, weights, bias)
    counts = ~np.isin(which, [INTENTS.index(name) for name in _NEEDS_A_NAME])
    allowed = int(_MAX_FALSE * len(vectors))
    return float(max(0.5, np.sort(np.where(counts, share, 0.0))[-allowed - 1] + 1e-3))


def print_false_alarms(
    asked: Sequence[str], vectors: Vectors, weights: Vectors, bias: Vectors, threshold: float
) -> None:
    """The development questions that are taken for something else."""
    share, which = _alarms(vectors, weights, bias)
    taken = [(float(s), INTENTS[w], q) for s, w, q in zip(share, which, asked, strict=True)]
    taken = sorted(row for row in taken if row[0] >= threshold)
    false = [row for row in taken if row[1] not in _NEEDS_A_NAME]
    print(f"threshold {threshold:.3f}: {len(false)} of {len(asked)} taken for something else")
    for row in taken:
        print("  {:.3f} {}: {}".format(*row))


def _embedded(texts: Sequence[str], kept: Path) -> Mapping[str, Vectors]:
    """The vector of each text; those of the file are not made again."""
    held: dict[str, Vectors] = {}
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as stored:
            held = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
    embedder = OnnxEmbedder(MODEL)
    missing = [text for text in dict.fromkeys(texts) if text not in held]
    for count, text in enumerate(missing, start=1):
        held[text] = embedder.embed_query(text)
        if count % 500 == 0 or count == len(missing):
            print(f"embedded {count} of {len(missing)}", flush=True)
            np.savez(kept, texts=np.array(list(held)), vectors=np.stack(list(held.values())))
    return held


if __name__ == "__main__":
    main()
