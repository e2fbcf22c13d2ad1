"""Calibration: numbers worked out by hand, what must hold always; the oracles: test_oracles.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.judge import risk_by_coverage
from eval.measures import Bin, aurc, brier, confidence_and_right, ece, reliability_bins

NOTHING = np.array([], dtype=float), np.array([], dtype=bool)


def row(confidence: float | None, kind: str, **more) -> dict:
    """An answered row with that verdict: right, partly or wrong."""
    return {
        "answerable": True,
        "sources": ["a.txt"],
        "measures": {"contains": float(kind == "right")},
        "citations": [{"relevant": kind != "wrong"}],
        "abstained": False,
        "confidence": confidence,
        "error": None,
    } | more


NO_ANSWERS = [
    row(0.9, "right", abstained=True),
    row(None, "right", abstained=None),
    row(None, "right", abstained=None, error="ValueError: no"),
]


def test_rows_that_gave_no_answer_are_left_out():
    answered = [row(0.9, "right"), row(0.4, "partly"), row(0.2, "wrong")]
    unanswerable = row(0.7, "right", answerable=False)
    confidence, right = confidence_and_right([*answered, *NO_ANSWERS, unanswerable])
    assert confidence.tolist() == [0.9, 0.4, 0.2, 0.7]
    assert right.tolist() == [True, True, False, False]
    assert reliability_bins(NO_ANSWERS) == []


def test_bins_hold_their_upper_edge_and_empty_ones_are_left_out():
    edges = [row(value, "right") for value in (0.0, 0.1, 0.3, 0.6, 0.7, 1.0)]
    found = reliability_bins([*edges, row(0.95, "wrong")])
    assert [(b.low, b.high, b.n) for b in found] == [
        (0.0, 0.1, 2),
        (0.2, 0.3, 1),
        (0.5, 0.6, 1),
        (0.6, 0.7, 1),
        (0.9, 1.0, 2),
    ]
    assert found[-1] == Bin(0.9, 1.0, pytest.approx(0.975), 0.5, 2)


def test_there_is_at_least_one_bin():
    assert [b.n for b in reliability_bins([row(0.0, "right"), row(1.0, "right")], 1)] == [2]
    with pytest.raises(ValueError, match="0 bins"):
        reliability_bins([row(0.5, "right")], 0)


def test_the_expected_calibration_error_is_that_worked_out_by_hand():
    # Bin (.1, .2]: one of two right, mean .2; bin (.8, .9]: both right, mean .85.
    confidence = np.array([0.2, 0.2, 0.8001, 0.8999])
    right = np.array([True, False, True, True])
    assert ece(confidence, right) == pytest.approx(0.5 * abs(0.5 - 0.2) + 0.5 * abs(1 - 0.85))
    # In one bin the gaps of both have one sign, and they add up.
    assert ece(confidence, right, 1) == pytest.approx(0.75 - 0.525)


def test_the_brier_score_is_that_worked_out_by_hand():
    assert brier(np.array([0.8, 0.3]), np.array([True, True])) == pytest.approx((0.04 + 0.49) / 2)
    assert brier(np.full(4, 0.5), np.array([True, False, False, True])) == 0.25


def test_the_risk_coverage_area_is_that_worked_out_by_hand():
    # Sure first: right, wrong, right, wrong. Risks 0, 1/2, 1/3, 2/4.
    confidence, wrong = np.array([0.6, 0.9, 0.8, 0.7]), np.array([True, False, True, False])
    assert aurc(confidence, wrong) == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    # The middle two tied: half a wrong one each. Risks 0, .5/2, 1/3, 2/4.
    tied = np.array([0.6, 0.9, 0.7, 0.7])
    assert aurc(tied, wrong) == pytest.approx((0 + 0.5 / 2 + 1 / 3 + 2 / 4) / 4)


def test_without_answers_nothing_is_measured():
    assert all(math.isnan(measure(*NOTHING)) for measure in (ece, brier, aurc))


answers = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), st.booleans()),
    min_size=1,
    max_size=30,
)


@given(answers, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_never_matters(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    for measure in (ece, brier, aurc):
        one, other = (
            measure(np.array([c for c, _ in p]), np.array([label for _, label in p]))
            for p in (pairs, shuffled)
        )
        assert one == pytest.approx(other, abs=1e-12)
        assert 0 <= one <= 1


@given(answers)
def test_a_useless_confidence_has_the_share_of_wrong_answers_as_its_area(pairs):
    wrong = np.array([label for _, label in pairs])
    assert aurc(np.full(len(wrong), 0.5), wrong) == pytest.approx(wrong.mean())


@given(answers)
def test_a_confidence_that_is_the_outcome_is_perfect(pairs):
    right = np.array([label for _, label in pairs])
    assert ece(right.astype(float), right) == 0
    assert brier(right.astype(float), right) == 0
    n, k = len(right), int((~right).sum())
    least = sum(max(0, i - (n - k)) / i for i in range(1, n + 1)) / n
    assert aurc(right.astype(float), ~right) == pytest.approx(least)


@given(answers)
def test_the_area_is_that_below_the_curve_of_the_report_where_no_confidence_is_shared(pairs):
    rows = [
        row(1 - i / 100, "wrong" if is_wrong else "right") for i, (_, is_wrong) in enumerate(pairs)
    ]
    confidence, right = confidence_and_right(rows)
    risks = [risk for _, risk in risk_by_coverage(rows)]
    assert aurc(confidence, ~right) == pytest.approx(np.mean(risks))
