"""Fit ``rag/leaning.npz``: whether a question leans on what was said before it, from its vector.

A question that its set rewrites leans; its rewriting and the questions that need none stand alone,
and so do questions of the public sets in other languages. ``leaning.toml`` has a few of both kinds
in languages that no set has. Prints the AUROC of each set, and of each language of the examples,
when it is left out of the fit.

    python training/leaning.py --sets ../shared/data/train --kept FILE
"""

from __future__ import annotations

import argparse
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from intents import embedded, public
from sets import rows_of
from sklearn.linear_model import LogisticRegression

from eval.measures import auroc

EXAMPLES = Path(__file__).with_name("leaning.toml")
OUT = Path(__file__).parents[1] / "rag" / "leaning.npz"
_SETS = ("canard_dev", "cast_rewrites", "qrecc_4k", "ikat_rewrites")
_LONGEST = 200  # characters
_STRENGTH = 1.0  # inverse of the regularisation
_OTHERS = 40  # questions of a language


@dataclass(frozen=True, slots=True)
class Example:
    """A question, whether it leans back, and its set or language."""

    text: str
    leans: bool
    origin: str


def main() -> None:
    """Embed, leave out, print, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", type=Path, required=True, help="folder of NAME.jsonl.gz")
    parser.add_argument("--kept", type=Path, required=True, help="file that keeps the vectors")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    examples = list({e.text: e for e in read(options.sets)}.values())
    found = embedded([e.text for e in examples], options.kept)
    vectors = np.stack([found[e.text] for e in examples])
    leans = np.array([e.leans for e in examples])
    origins = np.array([e.origin for e in examples])
    for origin in sorted(set(origins)):
        own = origins == origin
        if 0 < leans[own].sum() < own.sum():
            left = _fitted(vectors[~own], leans[~own], origins[~own])
            share = left.predict_proba(vectors[own])[:, 1]
            print(f"{origin}: n {own.sum()}, AUROC {auroc(share, leans[own]):.3f}", end=", ")
            print(f"right at .5 {((share > 0.5) == leans[own]).mean():.3f}")
    model = _fitted(vectors, leans, origins)
    np.savez_compressed(
        options.out,
        weights=model.coef_[0].astype(np.float32),
        bias=np.float32(model.intercept_[0]),
    )


def read(folder: Path) -> Iterator[Example]:
    """The examples of all sets and languages."""
    for name in _SETS:
        for row in rows_of(folder / f"{name}.jsonl.gz"):
            question, rewriting = row["question"].strip(), row["rewrite"].strip()
            if not row.get("history") or max(len(question), len(rewriting)) > _LONGEST:
                continue
            yield Example(question, row["changed"], name)
            if row["changed"]:
                yield Example(rewriting, False, name)
    written = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))
    chooser = random.Random(1)
    asked = [e for e in public(folder) if e.text.rstrip().endswith(("?", "？", "؟"))]
    for kind, languages in written.items():
        for language, texts in languages.items():
            yield from (Example(text, kind == "leans", language) for text in texts)
    for language in sorted({e.language for e in asked}):  # the same sample each time
        own = [e.text for e in asked if e.language == language]
        some = chooser.sample(own, min(_OTHERS, len(own)))
        yield from (Example(text, False, language) for text in some)


def _fitted(vectors: np.ndarray, leans: np.ndarray, origins: np.ndarray) -> LogisticRegression:
    """Languages weigh as much as the sets together, in each both kinds the same."""
    weight = np.ones(len(leans))
    for is_set in (True, False):
        for kind in (True, False):
            some = (np.isin(origins, _SETS) == is_set) & (leans == kind)
            weight[some] = len(leans) / max(1, some.sum())
    return LogisticRegression(C=_STRENGTH, max_iter=2000).fit(vectors, leans, sample_weight=weight)


if __name__ == "__main__":
    main()
