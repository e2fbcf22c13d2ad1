"""The report of a run: measures with intervals, as JSON, as a table and as a page; the gate."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.intervals import Measured, mean_of, measured
from eval.measures import auroc
from eval.runner import Row
from index.errors import SuiteError

__all__ = ["Report", "load_baseline", "make_report", "regressions", "shipped_baseline"]

# A measure that falls by more than this below the baseline is a regression.
TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Report:
    """Measures by group and name, with the rows that they were computed from."""

    suite: str
    generation: str
    settings: dict[str, Any]
    seconds: float
    measures: dict[str, dict[str, Measured]]
    rows: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        """The object of ``footnote eval --json``."""
        return {
            "suite": self.suite,
            "generation": self.generation,
            "settings": self.settings,
            "n": len(self.rows),
            "seconds": round(self.seconds, 2),
            "measures": {
                group: {name: value.as_json() for name, value in values.items()}
                for group, values in self.measures.items()
            },
            "rows": [row.as_json() for row in self.rows],
        }

    def table(self) -> str:
        """The measures as text."""
        failed = sum(row.error is not None for row in self.rows)
        lines = [
            f"suite {self.suite}: {len(self.rows)} questions in {self.seconds:.1f} s, "
            f"{failed} failed, generation {self.generation}"
        ]
        for group, values in self.measures.items():
            lines.append("")
            for name, m in values.items():
                digits = 1 if group == "latency_ms" else 3
                shown = (
                    "-".rjust(8)
                    if m.value is None
                    else f"{m.value:8.{digits}f}  [{m.low:.{digits}f}, {m.high:.{digits}f}]"
                )
                lines.append(f"  {group + ' ' + name:<24}{shown:<28} n {m.n}")
        return "\n".join(lines)

    def page(self) -> str:
        """The report as one self-contained HTML page; all text is escaped."""
        rows = "".join(_page_row(row.as_json()) for row in self.rows)
        title = html.escape(f"Footnote evaluation: {self.suite}")
        return (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
            "<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}"
            "table{border-collapse:collapse}td,th{border-bottom:1px solid #ccc;padding:.4rem;"
            "text-align:left;vertical-align:top}pre{overflow:auto}</style>"
            f"<h1>{title}</h1><pre>{html.escape(self.table())}</pre>"
            "<table><tr><th>case<th>question<th>answer<th>verdict</tr>"
            f"{rows}</table></html>\n"
        )


def make_report(
    rows: Sequence[Row],
    *,
    suite: str,
    generation: str,
    settings: dict[str, Any],
    seconds: float,
    retrieval_only: bool = False,
) -> Report:
    """Compute all measures of a run."""
    groups = {"retrieval": _means(rows, lambda row: row.retrieval)}
    if not retrieval_only:
        groups |= {
            "answer": _means(rows, lambda row: row.answer),
            "citation": _citation(rows),
            "abstention": _abstention(rows),
            "latency_ms": _latency(rows),
        }
    return Report(suite, generation, settings, seconds, groups, tuple(rows))


def regressions(report: Report, baseline: dict[str, Any]) -> list[str]:
    """Each measure that fell below the baseline by more than the tolerance, in words."""
    found = []
    for group, values in baseline["measures"].items():
        if group == "latency_ms":
            continue
        for name, before in values.items():
            now = report.measures.get(group, {}).get(name)
            if before["value"] is None or now is None:
                continue
            if now.value is None or now.value < before["value"] - TOLERANCE:
                found.append(f"{group} {name}: {before['value']:.3f} before, {now.value} now")
    return found


def shipped_baseline(suite: Path | None) -> Path:
    """The baseline that ships with Footnote, which is for the seeds only.

    Raises:
        SuiteError: ``suite`` names another suite.
    """
    if suite is not None:
        raise SuiteError(f"--gate on {suite} needs --baseline FILE: an earlier --json report of it")
    return Path(__file__).parent / "seeds" / "baseline.json"


def load_baseline(path: Path) -> dict[str, Any]:
    """Read an earlier report.

    Raises:
        SuiteError: the file is missing or no report.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values["measures"], dict):
            raise TypeError("measures")
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SuiteError(f"{path} is no report of `footnote eval --json` ({exc})") from exc
    return values


def _means(rows: Sequence[Row], pick: Callable[[Row], dict[str, float]]) -> dict[str, Measured]:
    picked = [pick(row) for row in rows if pick(row)]
    names = list(picked[0]) if picked else []
    return {name: mean_of([values[name] for values in picked]) for name in names}


def _citation(rows: Sequence[Row]) -> dict[str, Measured]:
    exact = [float(c.exact) for row in rows for c in row.cited]
    judged = [row for row in rows if row.case.answerable and row.case.sources]
    relevant = [float(c.relevant) for row in judged for c in row.cited]
    reached = [float(any(c.relevant for c in row.cited)) for row in judged]
    return {
        "quote_exact": mean_of(exact),
        "precision": mean_of(relevant),
        "recall": mean_of(reached),
    }


def _abstention(rows: Sequence[Row]) -> dict[str, Measured]:
    given = [row for row in rows if row.given is not None]
    held = np.array([row.given.abstained for row in given if row.given is not None], dtype=bool)
    sure = np.array([row.given.confidence for row in given if row.given is not None], dtype=float)
    answerable = np.array([row.case.answerable for row in given], dtype=bool)

    def share(of: np.ndarray[Any, Any], among: np.ndarray[Any, Any]) -> float:
        return float(of[among].mean()) if among.any() else float("nan")

    def harmonic(picked: np.ndarray[Any, Any]) -> float:
        right = float((held[picked] & ~answerable[picked]).sum())
        total = float(held[picked].sum() + (~answerable[picked]).sum())
        return 2 * right / total if total else float("nan")

    n = len(given)
    return {
        "precision": measured(n, lambda i: share(~answerable[i], held[i])),
        "recall": measured(n, lambda i: share(held[i], ~answerable[i])),
        "f1": measured(n, harmonic),
        "auroc": measured(n, lambda i: auroc(sure[i], answerable[i])),
    }


def _latency(rows: Sequence[Row]) -> dict[str, Measured]:
    ms = np.array([row.latency_ms for row in rows if row.latency_ms is not None], dtype=float)
    return {
        "p50": measured(len(ms), lambda i: float(np.quantile(ms[i], 0.5))),
        "p95": measured(len(ms), lambda i: float(np.quantile(ms[i], 0.95))),
    }


def _page_row(row: dict[str, Any]) -> str:
    verdict = row["error"] or (
        "abstained"
        if row["abstained"]
        else ", ".join(f"{k} {v:g}" for k, v in row["measures"].items())
    )
    cells = (row["id"], row["question"], row["answer"] or "", verdict)
    return "<tr>" + "".join(f"<td>{html.escape(str(cell))}" for cell in cells) + "</tr>"
