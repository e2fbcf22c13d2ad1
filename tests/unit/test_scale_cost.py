"""What larger indexes are predicted to take (bench/scale_cost.py)."""

from __future__ import annotations

import math
import tomllib

import pytest

from bench.scale_cost import MEASURED, QUANTITIES, Model


def row(passages: float) -> dict[str, float]:
    return {"passages": passages} | {q.key: 5.0 + 0.25 * q.part(passages) for q in QUANTITIES}


def test_what_grows_as_the_model_says_is_predicted_exactly():
    found = Model([row(1_000), row(8_000), row(9_000_000)], largest=8_000)(1e9)
    assert found["vectors_mb"] == pytest.approx(5.0 + 0.25e9)
    assert found["vectors_ms"] == pytest.approx(5.0 + 0.25 * math.log2(1e9))


def test_one_measured_size_is_not_enough():
    with pytest.raises(SystemExit, match="two are needed"):
        Model([row(1_000), row(8_000)], largest=1_000)


def test_every_measured_size_has_every_quantity():
    rows = tomllib.loads(MEASURED.read_text(encoding="utf-8"))["size"]
    assert all({q.key for q in QUANTITIES} < set(found) for found in rows)
    assert len(rows) > 1
