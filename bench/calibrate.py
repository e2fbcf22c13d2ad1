"""Fit the logistic function of ``rag/confidence.py`` on development questions, set by set.

Each suite is asked twice: over its whole folder, and over small folders that hold only the
sources of one question (its own, and those of another question, which do not answer it),
because similarities are lower and terms rarer in a folder of one document. What is predicted
is that the documents answer the question. Every (suite, size) has the same weight. Prints AUROC
for each suite when it is left out of the fit, then the constants.

    python bench/calibrate.py --home DIR --limit 120 SUITE [SUITE ...]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from eval.evaluate import evaluate_suite
from eval.measures import auroc
from eval.runner import Row, run_suite
from eval.suite import Case, Suite, load_suite
from index.settings import Settings, load_settings
from rag.assemble import House

Points = tuple[NDArray[np.float64], NDArray[np.bool_]]
_SEED = 20251101
_THRESHOLDS = (0.2, 0.3, 0.35, 0.4, 0.5)


def main() -> None:
    """Parse, collect the signals, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="+", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=120)
    options = parser.parse_args()
    # Nothing is withheld, so that every question shows what would have been answered.
    settings = load_settings(home=options.home, abstain_below=0.0)
    points: dict[tuple[str, str], Points] = {}
    for folder in options.suites:
        suite = load_suite(folder).limited(options.limit)
        points[suite.name, "whole"] = _whole(settings, folder, options.limit)
        points[suite.name, "small"] = _small(settings, suite)
        print(suite.name, {k[1]: len(v[1]) for k, v in points.items() if k[0] == suite.name})
    for left_out in dict.fromkeys(name for name, _ in points):
        model = _fit({k: v for k, v in points.items() if k[0] != left_out})
        for key, (signals, answerable) in points.items():
            if key[0] == left_out:
                sure = model.predict_proba(signals)[:, 1]
                print(
                    "left out", *key, f"AUROC {auroc(sure, answerable):.3f}", _at(sure, answerable)
                )
    model = _fit(points)
    print("constants", model.coef_[0].round(2).tolist(), model.intercept_.round(2).tolist())
    for key, (signals, answerable) in points.items():
        sure = model.predict_proba(signals)[:, 1]
        print("fitted", *key, f"AUROC {auroc(sure, answerable):.3f}", _at(sure, answerable))


def _whole(settings: Settings, folder: Path, limit: int) -> Points:
    return _points(evaluate_suite(settings, folder, limit=limit).rows)


def _small(settings: Settings, suite: Suite) -> Points:
    rows: list[Row] = []
    home = settings.home / "small" / suite.name
    shared = House(settings)
    for case, sources in _pairs(suite):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            for name in sources:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(suite.documents / name, folder / name)
            house = House(settings.model_copy(update={"seeds": folder, "home": home}))
            house.use_embedder(shared.embedder())
            house.builder.build()
            rows += run_suite(Suite(suite.name, folder, (case,)), house.assistant)
    return _points(rows)


def _points(rows: Sequence[Row]) -> Points:
    """Signals, and whether the documents answer the question."""
    given = [row for row in rows if row.given is not None]
    return (
        np.array([list(row.given.signals.values()) for row in given if row.given]),
        np.array([row.case.answerable for row in given]),
    )


def _pairs(suite: Suite) -> Iterator[tuple[Case, tuple[str, ...]]]:
    """Each case over its own sources, and each answerable one over another's."""
    cases = [case for case in suite.cases if case.sources]
    order = np.random.default_rng(_SEED).permutation(len(cases))
    for i, case in enumerate(cases):
        yield case, case.sources
        other = cases[int(order[i])]
        if case.answerable and not set(other.sources) & set(case.sources):
            yield replace(case, answerable=False), other.sources


def _fit(points: dict[tuple[str, str], Points]) -> LogisticRegression:
    signals = np.vstack([s for s, _ in points.values()])
    answerable = np.concatenate([a for _, a in points.values()])
    weights = np.concatenate([_balanced(a) for _, a in points.values()])
    return LogisticRegression(C=10.0).fit(signals, answerable, sample_weight=weights)


def _balanced(answerable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Both classes of a set weigh the same."""
    share = np.where(answerable, answerable.sum(), (~answerable).sum())
    return 100.0 / np.maximum(share, 1)


def _at(sure: NDArray[np.float64], answerable: NDArray[np.bool_]) -> str:
    """For each threshold, which share of answerable and of other questions is below it."""
    return " ".join(
        f"<{t}: {(sure[answerable] < t).mean():.2f}/{(sure[~answerable] < t).mean():.2f}"
        for t in _THRESHOLDS
    )


if __name__ == "__main__":
    main()
