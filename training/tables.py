"""Fit ``rag/models/tables.npz``: what a question asks of the rows of a table.

The examples are those of ``tables.toml``; questions of the public sets are examples of what asks
nothing of the kind. Prints how many questions of the development suites are taken for one of a
table, then for each language the accuracy when it is left out of the fit.

    python training/tables.py --sets ../shared/data/train --suites ../shared/data --kept FILE
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from intents import Vectors, development, embedded, expanded, public, read_options
from sklearn.linear_model import LogisticRegression

from eval.measures import auroc
from rag.table_questions import OPERATIONS, OTHER

EXAMPLES = Path(__file__).with_name("tables.toml")
OUT = Path(__file__).parents[1] / "rag" / "models" / "tables.npz"
_WAYS = ("grouped", "above", "below")
_STRENGTH = 1.0  # inverse of the regularisation
_PUBLIC = 0.2  # weight of the public questions of a language beside that of its examples


@dataclass(frozen=True, slots=True)
class Example:
    """A question, what it asks, in which further ways, and its language."""

    text: str
    operation: str
    ways: tuple[str, ...]
    language: str
    is_public: bool = False


def main() -> None:
    """Embed, leave out, print, fit, write."""
    options = read_options(__doc__, OUT)
    examples = list({e.text: e for e in [*_public(options.sets), *_written()]}.values())
    asked = list(development(options.suites))
    found = embedded([e.text for e in examples] + asked, options.kept)
    vectors = np.stack([found[e.text] for e in examples])
    _print_left_out(examples, vectors)
    out = _fitted(examples, vectors)
    np.savez_compressed(options.out, **out)
    suites = np.stack([found[text] for text in asked])
    shares = _shares(suites, out)
    for bound in (0.5, 0.7, 0.9):
        taken = 1.0 - shares[:, OPERATIONS.index(OTHER)] >= bound
        print(f"of {len(asked)} questions of suites {taken.sum()} are of a table from {bound}")
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def _written() -> Iterator[Example]:
    for language, kinds in tomllib.loads(EXAMPLES.read_text(encoding="utf-8")).items():
        for kind, templates in kinds.items():
            for template in templates:
                operation, colon, rest = template.partition(": ")
                is_way = kind in _WAYS and bool(colon)
                for text in expanded(rest if is_way else template):
                    ways = (kind,) if is_way else ()
                    yield Example(text, operation if is_way else kind, ways, language)


def _public(folder: Path) -> Iterator[Example]:
    for example in public(folder):
        yield Example(example.text, OTHER, (), example.language, is_public=True)


def _fitted(examples: Sequence[Example], vectors: Vectors) -> dict[str, Vectors]:
    """The weights of all heads; each language and kind weighs the same."""
    cells = Counter((e.operation, e.language, e.is_public) for e in examples)
    weight = np.array(
        [
            (_PUBLIC if e.is_public else 1.0) / cells[e.operation, e.language, e.is_public]
            for e in examples
        ]
    )
    weight *= len(weight) / weight.sum()
    mean, scale = vectors.mean(axis=0), 1.0 / vectors.std()
    rows = (vectors - mean) * scale

    def head(targets: Sequence[int]) -> tuple[Vectors, Vectors]:
        model = LogisticRegression(C=_STRENGTH, max_iter=2000)
        model.fit(rows, targets, sample_weight=weight)
        own = model.coef_ * scale
        bias = model.intercept_ - own @ mean
        return own.astype(np.float32), bias.astype(np.float32)

    out: dict[str, Vectors] = {}
    out["weights"], out["bias"] = head([OPERATIONS.index(e.operation) for e in examples])
    for way in _WAYS:
        out[f"{way}_weights"], out[f"{way}_bias"] = head([way in e.ways for e in examples])
    return out


def _shares(vectors: Vectors, head: dict[str, Vectors]) -> Vectors:
    logits = vectors @ head["weights"].T + head["bias"]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _print_left_out(examples: Sequence[Example], vectors: Vectors) -> None:
    """The accuracy for each language of the examples, from those of all others."""
    languages = np.array([e.language for e in examples])
    for language in sorted({e.language for e in examples if not e.is_public}):
        own = languages == language
        head = _fitted([e for e, o in zip(examples, own, strict=True) if not o], vectors[~own])
        written = own & np.array([not e.is_public for e in examples])
        picked = [e for e, w in zip(examples, written, strict=True) if w]
        found = _shares(vectors[written], head).argmax(axis=1)
        right = np.mean([OPERATIONS[f] == e.operation for f, e in zip(found, picked, strict=True)])
        areas = []
        for way in _WAYS:
            is_so = np.array([way in e.ways for e in picked])
            if is_so.any():
                logits = vectors[written] @ head[f"{way}_weights"][0] + head[f"{way}_bias"][0]
                areas.append(f"{way} AUROC {auroc(logits, is_so):.3f}")
        print(f"left out: {language}, n {len(picked)}, right {right:.3f}", *areas, flush=True)


if __name__ == "__main__":
    main()
