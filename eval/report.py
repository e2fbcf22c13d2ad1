"""The report of a run: its measures with intervals, and the rows that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.intervals import Measured, mean_of, measured, ratio_of
from eval.measures import aurc, auroc, brier, confidence_and_right, ece
from eval.render.words import NO_SHARES, was_measured
from eval.types import Row

__all__ = ["Report", "make_report", "measures_of"]

Measures = dict[str, dict[str, Measured]]


@dataclass(frozen=True, slots=True)
class Report:
    """Measures by group and name, with the rows that they were computed from.

    ``made_by`` says what else the run rests on: "created" (ISO 8601, UTC), "version" and "code" of
    the program, and "documents", the sha256 of each by its id.
    """

    suite: str
    generation: str
    settings: Mapping[str, Any]
    seconds: float
    measures: Measures
    rows: tuple[Row, ...]
    made_by: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The object of ``footnote eval --json``."""
        return {
            "suite": self.suite,
            "generation": self.generation,
            "settings": self.settings,
            "n": len(self.rows),
            "seconds": round(self.seconds, 2),
            **self.made_by,
            "measures": {
                group: {name: value.as_json() for name, value in values.items()}
                for group, values in self.measures.items()
            },
            "rows": list(self.rows),
        }

    def table(self) -> str:
        """The measures as text."""
        failed = sum(row["error"] is not None for row in self.rows)
        lines = [
            f"suite {self.suite}: {len(self.rows)} questions in {self.seconds:.1f} s, "
            f"{failed} failed, generation {self.generation}"
        ]
        shown = self.as_json()["measures"]
        for group, values in self.measures.items():
            if not was_measured(group, shown[group]):
                continue
            lines.append("")
            for name, m in values.items():
                digits = 1 if group in NO_SHARES else 3
                shown_value = (
                    "-".rjust(8)
                    if m.value is None
                    else f"{m.value:8.{digits}f}  [{m.low:.{digits}f}, {m.high:.{digits}f}]"
                )
                lines.append(f"  {group + ' ' + name:<24}{shown_value:<28} n {m.n}")
        return "\n".join(lines)


def make_report(
    rows: Sequence[Row],
    *,
    suite: str,
    generation: str,
    settings: Mapping[str, Any],
    seconds: float,
    made_by: Mapping[str, Any] | None = None,
) -> Report:
    """The report of these rows."""
    measures = measures_of(rows)
    return Report(suite, generation, settings, seconds, measures, tuple(rows), made_by or {})


def measures_of(rows: Sequence[Row]) -> Measures:
    """All measures of a run, by group and name; only retrieval when nothing was answered."""
    groups: Measures = {"retrieval": _means(rows, "retrieval")}
    given = [row for row in rows if row["abstained"] is not None]
    if given or any(row["measures"] for row in rows):
        groups |= {
            "answer": _means(rows, "measures"),
            "short_answer": _short(rows),
            "citation": _citation(rows),
            "faithfulness": _faithfulness(given),
            "abstention": _abstention(given),
            "calibration": _calibration(given),
            "latency_ms": _latency(given),
            "tokens": _means(given, "tokens"),
        }
    if judged := [row["judged"] for row in rows if row.get("judged")]:
        names = ("faithfulness", "relevancy", "correctness")
        groups["judged"] = {
            name: mean_of([found[name] for found in judged if found.get(name) is not None])
            for name in names
        }
    return groups


def _means(rows: Sequence[Row], key: str) -> dict[str, Measured]:
    """The mean of each value of a part of the rows, over those that have it."""
    picked = [row[key] for row in rows if row[key]]
    names = list(picked[0]) if picked else []
    return {name: mean_of([values[name] for values in picked]) for name in names}


def _short(rows: Sequence[Row]) -> dict[str, Measured]:
    """How many answerable questions get words that answer by themselves, and how good these are."""
    asked = [row for row in rows if row["measures"]]
    given = [row["short_answer"] for row in asked if row.get("short_answer")]
    return {
        "given": mean_of([float(row.get("short_answer") is not None) for row in asked]),
        "exact": mean_of([short["exact"] for short in given]),
        "f1": mean_of([short["f1"] for short in given]),
    }


def _citation(rows: Sequence[Row]) -> dict[str, Measured]:
    judged = [row for row in rows if row["answerable"] and row["sources"]]

    def share(among: Sequence[Row], key: str) -> Measured:
        return ratio_of([(sum(c[key] for c in r["citations"]), len(r["citations"])) for r in among])

    return {
        "quote_exact": share(rows, "exact"),
        "precision": share(judged, "relevant"),
        "recall": mean_of([float(any(c["relevant"] for c in r["citations"])) for r in judged]),
    }


def _faithfulness(given: Sequence[Row]) -> dict[str, Measured]:
    """The share of the written sentences that passed the verifier, and how well those shown did."""
    return {
        "verified": ratio_of([(r["sentences"], r["sentences"] + r["left_out"]) for r in given]),
        "support": ratio_of([(sum(r["support"]), len(r["support"])) for r in given]),
    }


def _abstention(given: Sequence[Row]) -> dict[str, Measured]:
    declined = np.array([row["abstained"] for row in given], dtype=bool)
    sure = np.array([row["confidence"] for row in given], dtype=float)
    answerable = np.array([row["answerable"] for row in given], dtype=bool)

    def share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
        return float(of[among].mean()) if among.any() else float("nan")

    def harmonic(picked: NDArray[np.intp]) -> float:
        right = float((declined[picked] & ~answerable[picked]).sum())
        total = float(declined[picked].sum() + (~answerable[picked]).sum())
        return 2 * right / total if total else float("nan")

    n = len(given)
    return {
        "precision": measured(n, lambda i: share(~answerable[i], declined[i])),
        "recall": measured(n, lambda i: share(declined[i], ~answerable[i])),
        "f1": measured(n, harmonic),
        "auroc": measured(n, lambda i: auroc(sure[i], answerable[i])),
    }


def _calibration(given: Sequence[Row]) -> dict[str, Measured]:
    """Over the answers that were given: whether their confidence says how many are right."""
    sure, right = confidence_and_right(given)

    def of(statistic: Callable[[NDArray[np.float64], NDArray[np.bool_]], float]) -> Measured:
        return measured(len(sure), lambda i: statistic(sure[i], right[i]))

    return {"ece": of(ece), "brier": of(brier), "aurc": of(lambda s, r: aurc(s, ~r))}


def _latency(given: Sequence[Row]) -> dict[str, Measured]:
    """Of the questions that were asked alone."""
    ms = np.array([row["latency_ms"] for row in given if row["alone"]], dtype=float)
    return {
        "p50": measured(len(ms), lambda i: float(np.quantile(ms[i], 0.5))),
        "p95": measured(len(ms), lambda i: float(np.quantile(ms[i], 0.95))),
    }
