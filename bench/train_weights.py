"""Fit the weights of ``rag/weights.json`` on development questions, suite by suite.

Two logistic regressions: that a found sentence answers the question ("evidence") and that the
documents answer it at all ("confidence"). Questions that the reader learned from are left out
(bench/reader_data.py). Every suite weighs the same, in the second both of its classes. Prints what
each suite gets from the weights that the others gave, then writes those of all.

    python bench/train_weights.py --home DIR --seen squad2,qed_nq --out rag/weights.json SUITE ...
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reader_data import is_held_out
from sklearn.linear_model import LogisticRegression

from eval.measures import auroc, contains
from eval.relevance import Judge
from eval.suite import Case, load_suite, seeds_suite
from index.settings import load_settings
from rag.assemble import House
from rag.confidence import Signals, signals
from rag.evidence import Evidence, read_evidence
from rag.features import Features
from rag.unmentioned import unmentioned

# How complete a sentence is, is a matter of reading: its weight is set by hand.
_FRAGMENT = -1.5
_EVIDENCE = [name for name in Features.__dataclass_fields__ if name != "fragment"]
_CONFIDENCE = list(Signals.__dataclass_fields__)
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Row:
    """A question with what was found for it: evidence, and which of it answers."""

    suite: str
    case: Case
    evidence: list[Evidence]
    answers: NDArray[np.bool_]
    signals: Signals
    passages: int


def main() -> None:
    """Parse, collect, fit, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="+", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--seen", default="", help="suites that the reader learned from")
    parser.add_argument("--limit", type=int, default=400, help="questions of a kind and suite")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rows = collect(options.suites, options.home, options.seen.split(","), options.limit)
    names = list(dict.fromkeys(row.suite for row in rows))
    for name in names:
        others = [row for row in rows if row.suite != name]
        told(name, [row for row in rows if row.suite == name], fit(others))
    weights = fit(rows)
    for name in names:
        told(f"{name} (fitted)", [row for row in rows if row.suite == name], weights)
    options.out.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


def collect(folders: Sequence[Path], home: Path, seen: Sequence[str], limit: int) -> list[Row]:
    """What is found for the questions of these suites."""
    shared = House(load_settings(home=home))
    rows: list[Row] = []
    for folder in folders:
        suite = seeds_suite(folder) if folder.name == "seeds" else load_suite(folder)
        cases = [c for c in suite.cases if suite.name not in seen or is_held_out(c)]
        house = House(load_settings(seeds=suite.documents, home=home / "eval" / suite.name))
        house.use_embedder(shared.embedder())
        house.builder.build()
        judge = Judge(house.searcher.generation())
        for answerable in (True, False):
            some = [c for c in cases if c.answerable == answerable][:limit]
            rows += [_row(suite.name, case, house, shared, judge) for case in some]
    return rows


def _row(name: str, case: Case, house: House, shared: House, judge: Judge) -> Row:
    meant = shared.assistant.understood(case.question, case.history)
    asked = meant.query
    found = house.searcher.search(asked, background=meant.background)
    evidence = read_evidence(asked, found, shared.reader, house.searcher)
    spans = judge.evidence_spans(case) if case.answerable else {}
    answers = [
        any(item.span.overlaps(span) for span in spans.get(item.document.id, ()))
        and (len(" ".join(case.answers)) > 200 or not case.answers or _holds(item, case))
        for item in evidence
    ]
    return Row(
        name, case, evidence, np.array(answers, bool),
        signals(found, evidence, unmentioned(asked, found)), len(found.passages),
    )  # fmt: skip


def _holds(item: Evidence, case: Case) -> bool:
    held = [answer.lower() in item.text.lower() for answer in case.answers]  # also without spaces
    return any(held) or bool(contains(item.text, case.answers)) or "multihop" in case.kind


def fit(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """The weights of both models."""
    judged = [row for row in rows if row.case.answerable and row.case.evidence]
    evidence = _fit(
        np.array([_values(asdict(e.features), _EVIDENCE) for r in judged for e in r.evidence]),
        np.concatenate([row.answers for row in judged]),
        np.concatenate([np.full(len(r.evidence), _share(r, judged)) for r in judged]),
        _EVIDENCE,
    )
    both = [r for r in rows if any(not o.case.answerable for o in rows if o.suite == r.suite)]
    sure = _fit(
        np.array([_signals(row, evidence) for row in both]),
        np.array([row.case.answerable for row in both]),
        np.array([_share(row, both, kind=row.case.answerable) for row in both]),
        _CONFIDENCE,
    )
    return {"evidence": evidence | {"fragment": _FRAGMENT}, "confidence": sure}


def _fit(
    values: NDArray[np.float64], wanted: NDArray[np.bool_], weight: NDArray[np.float64],
    names: Sequence[str],
) -> dict[str, float]:  # fmt: skip
    spread = values.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=2000).fit(values / spread, wanted, weight * 1000)
    weights = dict(zip(names, (model.coef_[0] / spread).round(4).tolist(), strict=True))
    return {"intercept": round(float(model.intercept_[0]), 4)} | weights


def _share(row: Row, rows: Sequence[Row], kind: bool | None = None) -> float:
    """One by the number of questions of the suite (and kind), so that suites weigh the same."""
    alike = sum(o.suite == row.suite and kind in (None, o.case.answerable) for o in rows)
    return 1.0 / alike


def _values(named: dict[str, float], names: Sequence[str]) -> list[float]:
    return [named[name] for name in names]


def _score(named: dict[str, float], weights: dict[str, float]) -> float:
    return weights["intercept"] + sum(weights.get(n, 0.0) * value for n, value in named.items())


def _signals(row: Row, weights: dict[str, float]) -> list[float]:
    """The signals by other weights than the shipped ones."""
    scores = [_score(asdict(item.features), weights) for item in row.evidence]
    best = max(scores) if scores else row.signals.evidence
    return _values(asdict(replace(row.signals, evidence=best)), _CONFIDENCE)


def told(name: str, rows: Sequence[Row], weights: dict[str, dict[str, float]]) -> None:
    """Print how well these weights do: right sentence first, AUROC, shares below thresholds."""
    first = []
    for row in rows:
        if row.case.answerable and row.case.evidence:
            scores = [_score(asdict(e.features), weights["evidence"]) for e in row.evidence]
            first.append(bool(scores) and bool(row.answers[int(np.argmax(scores))]))
    line = f"{name}: {len(rows)} questions, right sentence first {np.mean(first or [0]):.3f}"
    answerable = np.array([row.case.answerable for row in rows])
    if 0 < answerable.sum() < len(rows):
        named = [
            dict(zip(_CONFIDENCE, _signals(r, weights["evidence"]), strict=True)) for r in rows
        ]
        logits = np.array([_score(values, weights["confidence"]) for values in named])
        sure = 1 / (1 + np.exp(-logits))
        line += f", AUROC {auroc(sure, answerable):.3f}, below: " + " ".join(
            f"{t}: {(sure[answerable] < t).mean():.2f}/{(sure[~answerable] < t).mean():.2f}"
            for t in _THRESHOLDS
        )
    print(line, flush=True)


if __name__ == "__main__":
    main()
