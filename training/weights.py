"""Fit the weights of ``rag/models/weights.json`` on development questions, suite by suite.

Two logistic regressions: that a found sentence answers the question ("evidence") and that the
documents answer it at all ("confidence", over the best evidence's score and the similarity of the
nearest passage). Questions that the reader learned from are left out (training/suites.py). Every
suite weighs the same, in the second both of its classes; then the second's intercept is moved so
that a tenth of the right answers, as a mean over the suites, lies below the confidence from which
an answer is called sure. Prints what each suite gets from the weights that the others gave, then
writes those of all, and prints what other thresholds of the short answer and of further sentences
would give.

    python training/weights.py --home DIR --seen squad2,qed_nq --out FILE SUITE ...
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from suites import is_held_out

from eval.cases import load_suite, seeds_suite
from eval.judge import Judge
from eval.measures import auroc, contains, exact, f1
from eval.types import Case
from rag.assemble import Services
from rag.evidence import Evidence, combine_readings, read_evidence
from rag.features import Features
from rag.settings import load_settings
from rag.types import SURE

_EVIDENCE = list(Features.__dataclass_fields__)
_UNSURE = 0.1  # share of the right answers that may be called unsure
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5)
_CERTAINTIES = (0.2, 0.3, 0.4, 0.5, 0.6)
_NEARLY = (0.7, 0.8, 0.85, 0.9, 0.95, 1.0)  # of the best one's probability
_MOST = 3  # sentences

Weights = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Row:
    """A question with the evidence that was found for it, and which of it answers."""

    suite: str
    case: Case
    evidence: list[Evidence]
    answers: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    nearest: float

    def ranked(self, weights: dict[str, float]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The numbers of the evidence by these weights, best first, and the probabilities."""
        scores = np.array([_score(asdict(item.features), weights) for item in self.evidence])
        order = np.argsort(-scores, kind="stable")
        return order, 1 / (1 + np.exp(-scores[order]))

    def best(self, weights: dict[str, float]) -> tuple[float, bool]:
        """The best evidence's score by these weights, and whether it answers."""
        scores = [_score(asdict(item.features), weights) for item in self.evidence]
        if not scores:
            return -10.0, False
        at = int(np.argmax(scores))
        return scores[at], bool(self.answers[at])


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
        report(name, [row for row in rows if row.suite == name], fit(others))
    weights = fit(rows)
    for name in names:
        own = [row for row in rows if row.suite == name]
        report(f"{name} (fitted)", own, weights)
        report_thresholds(name, own, weights)
    options.out.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


def collect(folders: Sequence[Path], home: Path, seen: Sequence[str], limit: int) -> list[Row]:
    """What is found for the questions of these suites."""
    shared = Services(load_settings(home=home))
    rows: list[Row] = []
    for folder in folders:
        suite = seeds_suite(folder) if folder.name == "seeds" else load_suite(folder)
        cases = [c for c in suite.cases if suite.name not in seen or is_held_out(c)]
        services = Services(load_settings(seeds=suite.documents, home=home / "eval" / suite.name))
        services.use_embedder(shared.embedder())
        services.builder.build()
        judge = Judge(services.searcher.generation())
        for answerable in (True, False):
            some = [c for c in cases if c.answerable == answerable][:limit]
            rows += [_row(suite.name, case, services, shared, judge) for case in some]
    return rows


def _row(name: str, case: Case, services: Services, shared: Services, judge: Judge) -> Row:
    meant = shared.assistant.understand(case.question, case.history)
    found = services.assistant.retrieve(meant)
    readings = [read_evidence(asked, found, shared.reader) for asked in meant.readings]
    evidence = combine_readings(*readings) if len(readings) > 1 else readings[0]
    spans = judge.evidence_spans(case) if case.answerable else {}
    judged = [
        any(item.span.overlaps(span) for span in spans.get(item.document.id, ()))
        for item in evidence
    ]
    is_long = len(" ".join(case.answers)) > 200 or not case.answers
    answers = [
        is_judged and (is_long or _holds(item, case))
        for is_judged, item in zip(judged, evidence, strict=True)
    ]
    nearest = max((passage.dense for passage in found.passages), default=0.0)
    return Row(name, case, evidence, np.array(answers, bool), np.array(judged, bool), nearest)


def _holds(item: Evidence, case: Case) -> bool:
    held = [answer.lower() in item.text.lower() for answer in case.answers]  # also without spaces
    return any(held) or bool(contains(item.text, case.answers)) or "multihop" in case.kind


def fit(rows: Sequence[Row]) -> Weights:
    """The weights of both models."""
    judged = [r for r in rows if r.case.answerable and r.case.evidence and r.evidence]
    evidence = _fit(
        np.array([[asdict(e.features)[n] for n in _EVIDENCE] for r in judged for e in r.evidence]),
        np.concatenate([row.answers for row in judged]),
        np.concatenate([np.full(len(r.evidence), _share(r, judged)) for r in judged]),
        _EVIDENCE,
    )
    both = [r for r in rows if any(not o.case.answerable for o in rows if o.suite == r.suite)]
    sure = _fit(
        np.array([[row.best(evidence)[0], row.nearest] for row in both]),
        np.array([row.case.answerable for row in both]),
        np.array([_share(row, both, kind=row.case.answerable) for row in both]),
        ["evidence", "nearest"],
    )
    by_suite: dict[str, list[float]] = {row.suite: [] for row in judged}
    for row in judged:
        score, is_right = row.best(evidence)
        if is_right:
            by_suite[row.suite].append(_score({"evidence": score, "nearest": row.nearest}, sure))
    edge = float(np.mean([np.quantile(logits, _UNSURE) for logits in by_suite.values() if logits]))
    sure["intercept"] = round(sure["intercept"] + math.log(SURE / (1 - SURE)) - edge, 4)
    return {"evidence": evidence, "confidence": sure}


def _fit(
    values: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    weight: NDArray[np.float64],
    names: Sequence[str],
) -> dict[str, float]:
    spread = values.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=2000).fit(values / spread, wanted, weight * 1000)
    weights = dict(zip(names, (model.coef_[0] / spread).round(4).tolist(), strict=True))
    return {"intercept": round(float(model.intercept_[0]), 4)} | weights


def _share(row: Row, rows: Sequence[Row], kind: bool | None = None) -> float:
    """One by the number of questions of the suite (and kind), so that suites weigh the same."""
    alike = sum(o.suite == row.suite and kind in (None, o.case.answerable) for o in rows)
    return 1.0 / alike


def _score(named: dict[str, float], weights: dict[str, float]) -> float:
    return weights["intercept"] + sum(weights[n] * value for n, value in named.items())


def report(name: str, rows: Sequence[Row], weights: Weights) -> None:
    """Print how well these weights do: right sentence first, AUROC, shares below thresholds."""
    best = [row.best(weights["evidence"]) for row in rows]
    signals = [
        {"evidence": score, "nearest": row.nearest}
        for (score, _), row in zip(best, rows, strict=True)
    ]
    logits = np.array([_score(values, weights["confidence"]) for values in signals])
    sure = 1 / (1 + np.exp(-logits))
    answerable = np.array([row.case.answerable for row in rows])
    judged = np.array([row.case.answerable and bool(row.case.evidence) for row in rows])
    right = np.array([is_right for _, is_right in best])
    first = right[judged].mean() if judged.any() else float("nan")
    line = f"{name}: {len(rows)} questions, right sentence first {first:.3f}"
    if right.any():
        line += f", of these unsure {(sure[right] < SURE).mean():.2f}"
    wrong = ~right & ((sure >= SURE) & (judged | ~answerable))
    line += f", wrong while sure {wrong.mean():.2f}"
    if 0 < answerable.sum() < len(rows):
        line += f", AUROC {auroc(sure, answerable):.3f}, below: " + " ".join(
            f"{t}: {(sure[answerable] < t).mean():.2f}/{(sure[~answerable] < t).mean():.2f}"
            for t in _THRESHOLDS
        )
    print(line, flush=True)


def report_thresholds(name: str, rows: Sequence[Row], weights: Weights) -> None:
    """Print the short answers by certainty, and citations by how near further sentences are."""
    asked = [row for row in rows if row.case.answerable and row.case.evidence and row.evidence]
    short = [
        (row.evidence[order[0]], row.case.answers)
        for row in asked
        if row.case.answers
        for order in [row.ranked(weights["evidence"])[0]]
    ]
    for edge in _CERTAINTIES if short else ():
        given = [
            (exact(words, answers), f1(words, answers))
            for item, answers in short
            for words in [item.short_answer(edge)]
            if words
        ]
        means = [float(np.mean([pair[i] for pair in given])) if given else 0.0 for i in (0, 1)]
        share = len(given) / len(short)
        print(f"  {name}: certainty {edge}: {share:.2f}, exact {means[0]:.2f}, f1 {means[1]:.2f}")
    for nearly in _NEARLY if asked else ():
        cited = []
        for row in asked:
            order, sure = row.ranked(weights["evidence"])
            count = int((np.cumprod(sure >= nearly * sure[0]))[:_MOST].sum())
            cited.append(row.judged[order[:count]])
        precision, recall = np.concatenate(cited).mean(), np.mean([c.any() for c in cited])
        length = np.mean([len(c) for c in cited])
        print(f"  {name}: nearly {nearly}: {length:.2f} sentences, {precision:.2f}, {recall:.2f}")


if __name__ == "__main__":
    main()
