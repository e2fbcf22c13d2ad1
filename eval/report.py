"""The report of a run: its measures with intervals, and the rows that they are made of.

How a measure is made of rows stands here once, for reports and for comparisons of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.intervals import Measured, Statistic, measured, ratio
from eval.judge import verdict
from eval.measures import aurc, auroc, brier, ece
from eval.render.words import BY_MODEL, GROUPS, NO_SHARES, was_measured
from eval.types import Row

__all__ = ["Measure", "Report", "make_report", "row_measures"]

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
    is_answered = any(row["abstained"] is not None or row["measures"] for row in rows)
    shown = GROUPS.keys() if is_answered else {"retrieval", BY_MODEL}
    groups: Measures = {group: {} for group in GROUPS if group in shown and group != BY_MODEL}
    for (group, name), measure in row_measures(rows).items():
        if group in shown:
            groups.setdefault(group, {})[name] = _measured(measure, rows)
    return groups


def _measured(measure: Measure, rows: Sequence[Row]) -> Measured:
    found = [values for row in rows if (values := measure.values(row)) is not None]
    counted = np.array([v for v in found if v[-1] or not measure.is_weighted], dtype=float)
    return measured(len(counted), lambda picked: float(measure.statistic(counted[picked][None])[0]))


Values = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is made: the values of each row, and what a sample of such rows comes to.

    A row without values (None) is passed over. Where the measure ``is_weighted``, the last value of
    a row is its weight, and a row that weighs nothing is not counted in ``n`` of a report.
    """

    values: Callable[[Row], Values | None]
    statistic: Statistic = ratio
    is_weighted: bool = True


def row_measures(rows: Sequence[Row]) -> dict[tuple[str, str], Measure]:
    """How each measure of these rows is made, by group and name, in the order of a report."""
    declining = {
        "precision": _declining(lambda no, empty: (no and empty, no)),
        "recall": _declining(lambda no, empty: (no and empty, empty)),
        "f1": _declining(lambda no, empty: (2 * (no and empty), no + empty)),
    }
    return {
        **_means(rows, "retrieval", "retrieval"),
        **_means(rows, "answer", "measures"),
        ("short_answer", "given"): Measure(_short_given),
        ("short_answer", "exact"): Measure(_short("exact")),
        ("short_answer", "f1"): Measure(_short("f1")),
        ("citation", "quote_exact"): Measure(_quotes_exact),
        ("citation", "precision"): Measure(_citations_relevant),
        ("citation", "recall"): Measure(_evidence_cited),
        ("faithfulness", "verified"): Measure(_sentences_verified),
        ("faithfulness", "support"): Measure(_sentences_supported),
        **{
            ("abstention", name): Measure(values, is_weighted=False)
            for name, values in declining.items()
        },
        ("abstention", "auroc"): Measure(_confidence, _areas, is_weighted=False),
        ("calibration", "ece"): Measure(_confidence_and_right, _of_answered(ece)),
        ("calibration", "brier"): Measure(_confidence_and_right, _of_answered(brier)),
        ("calibration", "aurc"): Measure(
            _confidence_and_right, _of_answered(lambda sure, right: aurc(sure, ~right))
        ),
        ("latency_ms", "p50"): Measure(_latency, _quantile(0.5), is_weighted=False),
        ("latency_ms", "p95"): Measure(_latency, _quantile(0.95), is_weighted=False),
        **_means(rows, "tokens", "tokens"),
        **_means(rows, BY_MODEL, "judged"),
    }


def _means(rows: Sequence[Row], group: str, key: str) -> dict[tuple[str, str], Measure]:
    """The means of all values in a part of the rows, over those that have them."""
    names = dict.fromkeys(name for row in rows for name in row.get(key) or ())
    return {
        (group, name): Measure(_mean_of(key, name))
        for name in names
        if not name.endswith("_reason")  # why there is no value
    }


def _mean_of(key: str, name: str) -> Callable[[Row], Values | None]:
    def of(row: Row) -> Values | None:
        value = (row.get(key) or {}).get(name)
        return None if value is None else (value, 1.0)

    return of


def _short_given(row: Row) -> Values | None:
    """Of an answerable question; an older report says nothing of short answers."""
    if not row["measures"] or "short_answer" not in row:
        return None
    return float(bool(row["short_answer"])), 1.0


def _short(name: str) -> Callable[[Row], Values | None]:
    """Of a question where both runs give a short answer."""

    def of(row: Row) -> Values | None:
        found = row.get("short_answer") if row["measures"] else None
        return (found[name], 1.0) if found else None

    return of


def _quotes_exact(row: Row) -> Values:
    return sum(c["exact"] for c in row["citations"]), len(row["citations"])


def _citations_relevant(row: Row) -> Values | None:
    if not (row["answerable"] and row["sources"]):
        return None
    return sum(c["relevant"] for c in row["citations"]), len(row["citations"])


def _evidence_cited(row: Row) -> Values | None:
    if not (row["answerable"] and row["sources"]):
        return None
    return float(any(c["relevant"] for c in row["citations"])), 1.0


def _declining(pick: Callable[[bool, bool], Values]) -> Callable[[Row], Values | None]:
    """Values from whether the answer was withheld and whether it should have been."""
    return lambda row: (
        None if row["abstained"] is None else pick(row["abstained"], not row["answerable"])
    )


def _confidence(row: Row) -> Values | None:
    return None if row["confidence"] is None else (row["confidence"], row["answerable"])


def _sentences_verified(row: Row) -> Values | None:
    return (row["sentences"], row["sentences"] + row["left_out"]) if "left_out" in row else None


def _sentences_supported(row: Row) -> Values | None:
    return (sum(row["support"]), len(row["support"])) if "support" in row else None


def _confidence_and_right(row: Row) -> Values | None:
    """And whether it was answered at all."""
    if row["abstained"] is None:
        return None
    if row["abstained"]:
        return 0.0, 0.0, 0.0
    return row["confidence"], verdict(row).is_right, 1.0


def _latency(row: Row) -> Values | None:
    """Of a question that was asked alone; earlier runs asked all of them so."""
    return (
        (row["latency_ms"],) if row["latency_ms"] is not None and row.get("alone", True) else None
    )


def _of_answered(measure: Callable[[Any, Any], float]) -> Statistic:
    def of(samples: NDArray[np.float64]) -> NDArray[np.float64]:
        answered = [sample[sample[:, 2] > 0] for sample in samples]
        return np.array([measure(found[:, 0], found[:, 1] > 0) for found in answered])

    return of


def _areas(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([auroc(sample[:, 0], sample[:, 1] > 0) for sample in samples])


def _quantile(share: float) -> Statistic:
    return lambda samples: np.quantile(samples[..., 0], share, axis=1)
