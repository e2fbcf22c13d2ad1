"""Is the confidence right? Reliability, risk and coverage, from the JSON of `footnote eval`.

An answer is wrong when the documents do not answer the question, or when it cites none of the
judged evidence. Reliability compares the confidence with the share of questions that the documents
answer; risk is the share of questions that they do not answer among the most confident part (the
coverage). "Both sources" is the share of questions with two or more sources whose answer cites two.
With --plot both curves are drawn.

    footnote eval SUITE --json FILE; python bench/abstention.py [--plot PNG] FILE [FILE ...]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.intervals import measured
from eval.measures import auroc
from rag.types import SURE

_BINS = 10
_COSTS = (0.5, 1.0, 2.0)  # of a wrong answer, in wrong refusals


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluated suite: for each question the confidence, and whether it can be answered."""

    name: str
    threshold: float
    sure: NDArray[np.float64]
    answerable: NDArray[np.bool_]
    answered: NDArray[np.bool_]
    cited_evidence: NDArray[np.bool_]
    sources: list[int]
    sources_cited: list[int]
    sentences: list[int]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether an answer, if it is given, is right; withheld ones count as they would be."""
        return self.answerable & (self.cited_evidence | ~self.answered)


def main() -> None:
    """Read the runs, print a table for each, plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="+", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    runs = [_run(json.loads(path.read_text(encoding="utf-8"))) for path in options.reports]
    for run in runs:
        told(run)
    if options.plot:
        plot(runs, options.plot)


def _run(report: dict[str, Any]) -> Run:
    rows = [row for row in report["rows"] if row["error"] is None]
    return Run(
        name=report["suite"],
        threshold=report["settings"]["abstain_below"],
        sure=np.array([row["confidence"] for row in rows]),
        answerable=np.array([row["answerable"] for row in rows]),
        answered=np.array([not row["abstained"] for row in rows]),
        cited_evidence=np.array([any(c["relevant"] for c in row["citations"]) for row in rows]),
        sources=[len(row["sources"]) for row in rows],
        sources_cited=[
            len({c["document"] for c in row["citations"]} & set(row["sources"])) for row in rows
        ],
        sentences=[row["sentences"] for row in rows],
    )


def _mean(values: NDArray[np.float64], picked: NDArray[np.int_]) -> float:
    return float(values[picked].mean())


def told(run: Run) -> None:
    """Print what one run says."""
    n = len(run.sure)
    wrong = run.answered & ~run.right
    lines = [
        ("wrong answers, of all questions", wrong, np.ones(n, bool)),
        ("wrong answers, of those given", wrong, run.answered),
        ("wrong but said to be sure, of all", wrong & (run.sure >= SURE), np.ones(n, bool)),
        ("said to be sure, of right answers", run.sure >= SURE, run.answered & run.right),
        ("unanswerable but answered", run.answered, ~run.answerable),
        ("answerable but refused", ~run.answered, run.answerable),
        ("both sources cited", np.array(run.sources_cited) >= 2, np.array(run.sources) >= 2),
        ("at most two sentences", np.array(run.sentences) <= 2, run.answered & run.answerable),
    ]
    print(f"{run.name}: {n} questions, threshold {run.threshold}")
    for name, held, among in lines:
        if among.any():
            values = held[among].astype(float)
            share = measured(len(values), partial(_mean, values))
            print(f"  {name:<34}{share.value:.3f} [{share.low:.3f}, {share.high:.3f}] n {share.n}")
    if run.answerable.all():
        return
    area = measured(n, lambda i: auroc(run.sure[i], run.answerable[i]))
    print(f"  {'AUROC':<34}{area.value:.3f} [{area.low:.3f}, {area.high:.3f}]")
    print(f"  {'calibration error (10 bins)':<34}{_calibration_error(run):.3f}")
    coverage, risk = risk_by_coverage(run)
    at = " ".join(f"{c:.0%}: {np.interp(c, coverage, risk):.2f}" for c in (0.2, 0.4, 0.6, 0.8, 1.0))
    print(f"  {'risk at coverage':<34}{at}; area {risk.mean():.3f}")
    for cost in _COSTS:
        print(f"  best threshold at cost {cost:<11g}{_best_threshold(run, cost):.2f}")


def risk_by_coverage(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The share answered and the share of these that cannot be, most confident first."""
    order = np.argsort(-run.sure, kind="stable")
    wrong = ~run.answerable[order]
    given = np.arange(1, len(order) + 1)
    return given / len(order), np.cumsum(wrong) / given


def _reliability(run: Run) -> list[tuple[float, float, int]]:
    """For each bin of the confidence: its mean, the share that can be answered, how many."""
    bins = np.minimum((run.sure * _BINS).astype(int), _BINS - 1)
    return [
        (float(run.sure[bins == b].mean()), float(run.answerable[bins == b].mean()), int(count))
        for b in range(_BINS)
        if (count := (bins == b).sum())
    ]


def _calibration_error(run: Run) -> float:
    """The expected calibration error (Guo et al. 2017)."""
    return sum(n * abs(mean - share) for mean, share, n in _reliability(run)) / len(run.sure)


def _best_threshold(run: Run, cost: float) -> float:
    """Where wrong answers times their cost plus wrong refusals are the fewest."""
    thresholds = np.linspace(0, 1, 101)
    costs = [
        cost * (~run.answerable & (run.sure >= t)).sum() + (run.answerable & (run.sure < t)).sum()
        for t in thresholds
    ]
    return float(thresholds[int(np.argmin(costs))])


def plot(runs: Sequence[Run], path: Path) -> None:
    """Reliability on the left, risk against coverage on the right."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.2))
    left.plot([0, 1], [0, 1], color="#999", linewidth=1)
    for run in (r for r in runs if not r.answerable.all()):
        means, shares, _ = zip(*_reliability(run), strict=True)
        left.plot(means, shares, marker="o", markersize=4, label=run.name)
        right.plot(*risk_by_coverage(run), label=run.name)
    left.set(xlabel="confidence", ylabel="share that the documents answer")
    right.set(xlabel="coverage (share answered)", ylabel="risk (share of these not answerable)")
    right.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
