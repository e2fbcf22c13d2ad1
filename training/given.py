"""What the reader makes of questions when it is given the paragraph: no search, no confidence.

    python training/given.py [--reader NPZ] [--limit N] SUITE [SUITE ...]

Questions that it did not learn from (:func:`suites.is_held_out`). Prints how often the best
sentence holds an accepted answer, the words are right (exact, F1), and for suites with unanswerable
questions the AUROC of the best logit and the share refused where a tenth of the answerable ones is,
each with a 95 % bootstrap interval.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from suites import is_held_out

from eval.cases import load_suite
from eval.measures import auroc, exact, f1, normalised
from index.embedding.packaged import packaged_weights
from index.text.language import language_of
from index.text.sentences import sentence_spans
from rag.reader import READER_MODEL, LocalReader, Passage, Reader

_SHIPPED = Path(__file__).parents[1] / "rag" / "models" / "reader.npz"
_SAMPLES = 1000
_REFUSED = 0.1

Row = tuple[bool, float, float, float, float]
"""Answerable, best logit, right sentence, exact, F1."""


def main() -> None:
    """Read, print a line for each suite."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("suites", nargs="+", type=Path)
    parser.add_argument("--reader", type=Path, default=_SHIPPED)
    parser.add_argument("--limit", type=int, default=300, help="questions of a kind")
    options = parser.parse_args()
    reader = LocalReader(packaged_weights(READER_MODEL), options.reader)
    for folder in options.suites:
        rows = np.array(_rows(folder, reader, options.limit), float)
        rng = np.random.default_rng(0)
        found = _measures(rows)
        samples = [_measures(rng.choice(rows, len(rows))) for _ in range(_SAMPLES)]
        parts = [
            f"{name} {value:.3f} [{low:.3f}, {high:.3f}]"
            for name, value in found.items()
            for low, high in (np.nanpercentile([s[name] for s in samples], (2.5, 97.5)),)
        ]
        print(f"{folder.name} n {len(rows)}: {', '.join(parts)}", flush=True)


def _rows(folder: Path, reader: Reader, limit: int) -> list[Row]:
    held = {case.id for case in load_suite(folder).cases if is_held_out(case)}
    lines = map(json.loads, (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    cases = [line for line in lines if line["id"] in held]
    kinds = [
        [case for case in cases if case["answerable"] == kind][:limit] for kind in (True, False)
    ]
    return [_row(case, reader) for some in kinds for case in some]


def _row(case: dict[str, Any], reader: Reader) -> Row:
    paragraph = case.get("paragraph") or case.get("about") or case["evidence"][0]
    spans = sentence_spans(paragraph, language_of(paragraph))
    sentences = tuple(span.of(paragraph) for span in spans)
    title = Path(case["sources"][0]).stem.replace("_", " ")
    (read,) = reader.read(case["question"], [Passage(title, sentences)])
    best = max(range(len(read)), key=lambda i: read[i].score)
    words = read[best].answer.of(sentences[best])
    return (
        case["answerable"],
        read[best].score,
        _holds(sentences[best], case["answers"]),
        exact(words, case["answers"]),
        f1(words, case["answers"]),
    )


def _holds(sentence: str, answers: Sequence[str]) -> float:
    plain = normalised(sentence).replace(" ", "")
    return float(any(normalised(a).replace(" ", "") in plain for a in answers))


def _measures(rows: NDArray[np.float64]) -> dict[str, float]:
    is_answerable = rows[:, 0] == 1
    logits, right = rows[:, 1], rows[is_answerable]
    out = dict(zip(("sentence", "exact", "F1"), right[:, 2:].mean(axis=0), strict=True))
    if 0 < is_answerable.sum() < len(rows):
        least = np.quantile(logits[is_answerable], _REFUSED)
        out["AUROC"] = auroc(logits, is_answerable)
        out["refused"] = float((logits[~is_answerable] < least).mean())
    return out


if __name__ == "__main__":
    main()
