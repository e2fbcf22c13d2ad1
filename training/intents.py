"""Fit ``rag/models/intents.npz``: what a message is, and the language of small talk.

The examples are those of ``intents.toml``, and questions and statements of the public sets as
further examples of what is searched. Prints how many questions of the development suites are taken
for something else (the threshold written is the lowest, from a half on, that takes at most 2 in
1,000), then the accuracy for each language when it is left out of the fit. About 14,000 texts are
embedded; their vectors are kept in ``--kept``.

    python training/intents.py --sets ../shared/data/train --suites ../shared/data --kept FILE
"""

from __future__ import annotations

import argparse
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
from numpy.typing import ArrayLike, NDArray
from sets import rows_of
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from index.embedding.packaged import PackagedEmbedder
from rag.intents import INTENTS, MAX_CHARACTERS, MODEL, QUESTION, SMALL_TALK

EXAMPLES = Path(__file__).with_name("intents.toml")
OUT = Path(__file__).parents[1] / "rag" / "models" / "intents.npz"
_ALTERNATIVES = re.compile(r"\(([^()]*\|[^()]*)\)")
_MARKS = "¡!?.。！？ "
_IN_A_CELL = 128  # examples of an intent in a language
_QUESTIONS = 200  # of the public sets, of each language
_SHARE = 12.0  # weight of the public questions of a language beside that of each other intent
_LOOKS_ALIKE = 16.0  # weight of those that are written because they look like something else
_MAX_FALSE = 0.002
_LEAST = 0.5  # threshold
_STRENGTH = 0.3  # inverse of the regularisation
_NEEDS_DOCUMENTS = ("one", "changes")  # count only where documents are named or are versions

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A message, what it is, and its language; ``is_public`` when it is of a public set."""

    text: str
    intent: str
    language: str
    is_public: bool = False


def main() -> None:
    """Embed, cross-validate, choose the threshold, write."""
    options = read_options(__doc__, OUT)
    examples = [*written(EXAMPLES), *public(options.sets)]
    asked = list(development(options.suites))
    found = embedded([e.text for e in examples] + asked, options.kept)
    vectors = np.stack([found[e.text] for e in examples])
    suites = np.stack([found[text] for text in asked])
    weights, bias = fit(examples, vectors)
    # Longer ones are questions whatever their vectors are.
    short = [i for i, text in enumerate(asked) if len(text) <= MAX_CHARACTERS]
    allowed = int(_MAX_FALSE * len(asked))
    threshold = _threshold(suites[short], weights, bias, allowed)
    print(f"{len(asked)} questions of suites, {len(short)} of them short")
    print_false_alarms([asked[i] for i in short], suites[short], weights, bias, threshold)
    talk = [i for i, e in enumerate(examples) if e.intent in SMALL_TALK]
    languages = sorted({examples[i].language for i in talk})
    spoken = np.array([languages.index(examples[i].language) for i in talk])
    language_weights, language_bias = _fitted(vectors[talk], spoken, np.ones(len(talk)))
    print_languages(vectors[talk], spoken)
    np.savez_compressed(
        options.out,
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        threshold=np.float32(threshold),
        languages=np.array(languages),
        language_weights=language_weights.astype(np.float32),
        language_bias=language_bias.astype(np.float32),
    )
    print(f"{options.out}: {options.out.stat().st_size:,} bytes", flush=True)
    print_left_out(examples, vectors)


def read_options(description: str, out: Path) -> argparse.Namespace:
    """What the command line says: where sets, suites and vectors are, and where weights go.

    Of the heads that are written together some may be fitted, and the others kept as they are.
    """
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument("--sets", type=Path, required=True, help="folder of NAME.jsonl.gz")
    parser.add_argument("--suites", type=Path, required=True, help="folder of suites")
    parser.add_argument("--kept", type=Path, required=True, help="file that keeps the vectors")
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--only", nargs="+", default=(), help="heads that are not kept")
    return parser.parse_args()


def written(path: Path) -> Iterator[Example]:
    """The examples of a file, of all but questions at most ``_IN_A_CELL`` in a language."""
    chooser = random.Random(0)
    for language, intents in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for intent, templates in intents.items():
            texts = list(dict.fromkeys(t for line in templates for t in expanded(line)))
            if intent != QUESTION and len(texts) > _IN_A_CELL:
                # Of every line some, however many it gives.
                lines = [list(expanded(line)) for line in templates]
                for line in lines:
                    chooser.shuffle(line)
                turns = itertools.chain.from_iterable(itertools.zip_longest(*lines))
                texts = list(dict.fromkeys(filter(None, turns)))[:_IN_A_CELL]
            if intent in SMALL_TALK:  # is often written without care
                plain = [text.lower().strip(_MARKS) for text in texts]
                texts = list(dict.fromkeys(texts + plain))
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
    """Questions, statements and titles of the public sets, ``_QUESTIONS`` of each in a language.

    A title is what someone writes who names a subject.
    """
    by_kind: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl.gz")):
        for row in itertools.islice(rows_of(path), 3000):
            for kind in ("question", "claim", "title"):
                text = str(row.get(kind) or "").replace("_", " ")
                if 0 < len(text) <= 2 * MAX_CHARACTERS:
                    by_kind[kind, row.get("language") or "en"].append(text)
    chooser = random.Random(0)
    for (_, language), texts in sorted(by_kind.items()):
        distinct = sorted(set(texts))
        most = 5 * _QUESTIONS if language == "en" else _QUESTIONS
        for text in chooser.sample(distinct, min(most, len(distinct))):
            yield Example(text, QUESTION, language, is_public=True)


def development(folder: Path) -> Iterator[str]:
    """The questions of the development suites."""
    for path in sorted(folder.glob("*/questions.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line)["question"] for line in lines)


def fit(examples: Sequence[Example], vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Weights of shape (intents, dimension) and a bias each, for the order of ``INTENTS``."""
    cells = Counter((e.intent, e.language, e.is_public) for e in examples)
    asked = {True: _SHARE, False: _LOOKS_ALIKE}
    weight = [
        (asked[e.is_public] if e.intent == QUESTION else 1.0)
        / cells[e.intent, e.language, e.is_public]
        for e in examples
    ]
    targets = [INTENTS.index(e.intent) for e in examples]
    # Whatever the number of languages, a weight is 1 on average.
    return _fitted(vectors, targets, np.array(weight) * len(weight) / sum(weight))


def _fitted(
    vectors: Vectors, targets: ArrayLike, weight: NDArray[np.float64]
) -> tuple[Vectors, Vectors]:
    """A multinomial logistic regression, fitted on centred and scaled vectors."""
    mean, scale = vectors.mean(axis=0), 1.0 / vectors.std()
    model = LogisticRegression(C=_STRENGTH, max_iter=1000)
    model.fit((vectors - mean) * scale, targets, sample_weight=weight)
    weights = model.coef_ * scale
    return weights, model.intercept_ - weights @ mean


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


def print_languages(vectors: Vectors, spoken: NDArray[np.int_]) -> None:
    """How often the language of small talk is right, from four fifths of the examples."""
    right = []
    for rest, own in StratifiedKFold(5, shuffle=True, random_state=0).split(vectors, spoken):
        weights, bias = _fitted(vectors[rest], spoken[rest], np.ones(len(rest)))
        right += list((vectors[own] @ weights.T + bias).argmax(axis=1) == spoken[own])
    print(f"language of small talk, five folds: {np.mean(right):.3f}")


def _alarms(vectors: Vectors, weights: Vectors, bias: Vectors) -> tuple[Vectors, NDArray[np.int_]]:
    """How likely each is something else than a question, and which."""
    logits = vectors @ weights.T + bias
    share = np.exp(logits - logits.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    question = INTENTS.index(QUESTION)
    return 1.0 - share[:, question], np.delete(share, question, axis=1).argmax(axis=1) + 1


def _threshold(vectors: Vectors, weights: Vectors, bias: Vectors, allowed: int) -> float:
    share, which = _alarms(vectors, weights, bias)
    counts = ~np.isin(which, [INTENTS.index(name) for name in _NEEDS_DOCUMENTS])
    return float(max(_LEAST, np.sort(np.where(counts, share, 0.0))[-allowed - 1] + 1e-3))


def print_false_alarms(
    asked: Sequence[str], vectors: Vectors, weights: Vectors, bias: Vectors, threshold: float
) -> None:
    """The development questions that are taken for something else."""
    share, which = _alarms(vectors, weights, bias)
    taken = [(float(s), INTENTS[w], q) for s, w, q in zip(share, which, asked, strict=True)]
    taken = sorted(row for row in taken if row[0] >= threshold)
    false = [row for row in taken if row[1] not in _NEEDS_DOCUMENTS]
    print(f"threshold {threshold:.3f}: {len(false)} of {len(asked)} taken for something else")
    for row in taken:
        print("  {:.3f} {}: {}".format(*row))


def embedded(texts: Sequence[str], kept: Path) -> Mapping[str, Vectors]:
    """The vector of each text; those of the file are not made again."""
    held: dict[str, Vectors] = {}
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as stored:
            held = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
    embedder = PackagedEmbedder(MODEL)
    missing = [text for text in dict.fromkeys(texts) if text not in held]
    for count, text in enumerate(missing, start=1):
        held[text] = embedder.embed_query(text)
        if count % 500 == 0 or count == len(missing):
            print(f"embedded {count} of {len(missing)}", flush=True)
            np.savez(kept, texts=np.array(list(held)), vectors=np.stack(list(held.values())))
    return held


if __name__ == "__main__":
    main()
