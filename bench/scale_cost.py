"""What an index of many passages takes and costs, from what smaller ones were measured to take.

`scale_cost.toml` has the rows that `sizes` printed. Each quantity is fitted to them: a constant and
a part that grows with the passages, or with their logarithm where Chroma's graph decides. Whatever
was measured above the largest fitted size is predicted too, and the error of that is printed.
"""

from __future__ import annotations

import argparse
import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

STEPS = ("vectors", "words", "rest")
MEASURED = Path(__file__).with_name("scale_cost.toml")
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured value and how it grows: with ``part`` of the passages, beside a constant."""

    key: str
    unit: str
    part: Callable[[float], float]


def _passages(n: float) -> float:
    return n


QUANTITIES = (
    Quantity("vectors_mb", "MB", _passages),
    Quantity("catalog_mb", "MB", _passages),
    Quantity("words_mb", "MB", _passages),
    Quantity("cache_mb", "MB", _passages),
    Quantity("embedded_mb", "MB", _passages),
    Quantity("asking_mb", "MB", _passages),
    Quantity("server_mb", "MB", _passages),
    Quantity("written_processor_s", "s", lambda n: n * math.log2(n)),
    Quantity("vectors_ms", "ms", math.log2),
    Quantity("words_ms", "ms", _passages),
    Quantity("rest_ms", "ms", math.log2),
)


class Model:
    """The quantities of any number of passages, fitted to rows of at most ``largest`` passages."""

    def __init__(self, rows: list[dict[str, float]], largest: float) -> None:
        fitted = [row for row in rows if row["passages"] <= largest]
        if len(fitted) < 2:
            raise SystemExit(
                f"{len(fitted)} rows of at most {largest:,.0f} passages: two are needed"
            )
        self._lines = {q.key: _line(q, fitted) for q in QUANTITIES}

    def __call__(self, passages: float) -> dict[str, float]:
        """Every quantity by its key; none is below zero."""
        return {
            q.key: max(0.0, float(self._lines[q.key] @ (1.0, q.part(passages)))) for q in QUANTITIES
        }


def _line(quantity: Quantity, rows: list[dict[str, float]]) -> Any:
    """Constant and slope; rows weigh by their relative error, so that small ones count."""
    values = np.array([row[quantity.key] for row in rows])
    weights = 1 / np.maximum(values, 1e-9)
    parts = np.array([[1.0, quantity.part(row["passages"])] for row in rows])
    return np.linalg.lstsq(parts * weights[:, None], values * weights, rcond=None)[0]


def predict_cost(options: argparse.Namespace) -> None:
    """Print what was measured beside what is predicted, then the sizes that are asked for."""
    measured = tomllib.loads(MEASURED.read_text(encoding="utf-8"))
    rows = measured["size"]
    model = Model(rows, options.fit)
    print(_checked(rows, model, options.fit))
    print()
    print(_predicted(measured, model, options))


def _checked(rows: list[dict[str, float]], model: Model, largest: float) -> str:
    lines = ["| passages | | " + " | ".join(q.key for q in QUANTITIES) + " |"]
    lines.append("|---:|---|" + "---:|" * len(QUANTITIES))
    for row in rows:
        kind = "fitted" if row["passages"] <= largest else "predicted"
        found = model(row["passages"])
        cells = [
            f"{row[q.key]:,.1f} ({found[q.key] / row[q.key] - 1:+.0%})" if row[q.key] else "0"
            for q in QUANTITIES
        ]
        lines.append(f"| {row['passages']:,.0f} | {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _predicted(measured: dict[str, Any], model: Model, options: argparse.Namespace) -> str:
    sizes = [float(size) for size in options.passages.split(",")]
    columns = [_cost(n, model, measured["embedding"], options) for n in sizes]
    lines = ["| | " + " | ".join(f"{n:,.0f}" for n in sizes) + " |"]
    lines.append("|---|" + "---:|" * len(sizes))
    for name in columns[0]:
        lines.append(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")
    return "\n".join(lines)


def _cost(
    n: float, model: Model, embedding: dict[str, float], options: argparse.Namespace
) -> dict[str, str]:
    """What ``n`` passages take, where each machine has the vectors of as many as it can hold.

    A question is asked of every machine; each of them spends the milliseconds of its share.
    """
    of = model(n)
    room_mb = options.memory_gb * 1e3 * options.filled
    machines = max(1, math.ceil(of["server_mb"] / room_mb))
    disk = sum(of[key] for key in ("vectors_mb", "catalog_mb", "words_mb", "cache_mb"))
    embedding_h = n / embedding["passages_a_processor_second"] / _HOUR
    share = model(n / machines)
    ms, share_ms = (sum(at[f"{step}_ms"] for step in STEPS) for at in (of, share))
    asked_an_hour = options.cores * _HOUR * 1000 / share_ms
    dollars = machines * options.price / asked_an_hour
    return {
        "disk, GB": f"{disk / 1e3:,.1f}",
        "memory of the server, GB": f"{of['server_mb'] / 1e3:,.1f}",
        "memory of each process that asks, GB": f"{of['asking_mb'] / 1e3:,.1f}",
        f"machines of {options.memory_gb} GB": f"{machines:,}",
        "embedding, processor hours": f"{embedding_h:,.0f}",
        "one writer, hours": f"{of['written_processor_s'] / _HOUR:,.1f}",
        "writers side by side, one a machine, hours": (
            f"{share['written_processor_s'] / _HOUR:,.1f}"
        ),
        "a search in one index, ms": f"{ms:,.0f}",
        "a search in the share of a machine, ms": f"{share_ms:,.0f}",
        "dollars for 1,000 searches": f"{1000 * dollars:,.4f}",
        "dollars a month, idle or not": f"{machines * options.price * 730:,.0f}",
    }
