"""Measures: numbers worked out by hand, and agreement with ir_measures and with definitions."""

from __future__ import annotations

import math
import random

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from eval.intervals import mean_of, measured
from eval.measures import (
    auroc,
    contains,
    exact,
    f1,
    hit,
    ndcg,
    normalised,
    recall,
    reciprocal_rank,
)

RANKING = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (hit(RANKING, {"b"}, 1), 0.0),
        (hit(RANKING, {"b"}, 2), 1.0),
        (hit([], {"b"}, 5), 0.0),
        (recall(RANKING, {"b", "d", "x"}, 10), 2 / 3),
        (recall(RANKING, {"b", "d"}, 2), 1 / 2),
        (recall(RANKING, set(), 10), 0.0),
        (reciprocal_rank(RANKING, {"c", "d"}, 10), 1 / 3),
        (reciprocal_rank(RANKING, {"c"}, 2), 0.0),
        # The discounts of ranks 2 and 4, over those of ranks 1 and 2.
        (ndcg(RANKING, {"b", "d"}, 10), (0.6309297536 + 0.4306765581) / 1.6309297536),
        (ndcg(RANKING, {"a", "b"}, 10), 1.0),
        (ndcg(RANKING, {"x"}, 10), 0.0),
        (ndcg(RANKING, set(), 10), 0.0),
        # Only ten of the twelve relevant items fit into the first ten.
        (ndcg([str(i) for i in range(12)], {str(i) for i in range(12)}, 10), 1.0),
    ],
)
def test_retrieval_measures_give_the_numbers_worked_out_by_hand(value, expected):
    assert value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_retrieval_measures_agree_with_ir_measures(seed):
    choice = random.Random(seed)
    items = [f"d{i}" for i in range(30)]
    rankings = {f"q{i}": choice.sample(items, choice.randint(1, 20)) for i in range(40)}
    relevant = {q: set(choice.sample(items, choice.randint(1, 14))) for q in rankings}
    judged = [ir_measures.Qrel(q, d, 1) for q, found in relevant.items() for d in found]
    run = [
        ir_measures.ScoredDoc(q, d, float(-rank))
        for q, ranking in rankings.items()
        for rank, d in enumerate(ranking)
    ]
    ours = {
        nDCG @ 10: lambda q: ndcg(rankings[q], relevant[q], 10),
        RR @ 10: lambda q: reciprocal_rank(rankings[q], relevant[q], 10),
        R @ 10: lambda q: recall(rankings[q], relevant[q], 10),
        Success @ 1: lambda q: hit(rankings[q], relevant[q], 1),
        Success @ 5: lambda q: hit(rankings[q], relevant[q], 5),
    }
    theirs = list(ir_measures.iter_calc(list(ours), judged, run))
    assert len(theirs) == len(ours) * len(rankings)
    for metric in theirs:
        assert ours[metric.measure](metric.query_id) == pytest.approx(metric.value, abs=1e-9)


scores_and_labels = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.5000001, 0.9, 1.0]), st.booleans()), max_size=40
)


@given(scores_and_labels)
def test_auroc_is_the_chance_that_a_positive_outscores_a_negative(pairs):
    positives = [score for score, label in pairs if label]
    negatives = [score for score, label in pairs if not label]
    area = auroc(
        np.array([score for score, _ in pairs], dtype=float),
        np.array([label for _, label in pairs], dtype=bool),
    )
    if not positives or not negatives:
        assert math.isnan(area)
        return
    wins = sum((p > n) + 0.5 * (p == n) for p in positives for n in negatives)
    assert area == pytest.approx(wins / (len(positives) * len(negatives)), abs=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Norman conquest", "norman conquest"),
        ("  An   apple, a pear; the\tplum. ", "apple pear plum"),
        ("70 trillion won (₩)", "70 trillion won ₩"),
        ("Xi’s “strategic” partner—ship", "xis strategic partnership"),
        ("theatre anthem", "theatre anthem"),
        ("A.", ""),
        ("", ""),
    ],
)
def test_text_is_normalised_as_squad_does(text, expected):
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("answer", "accepted", "expected"),
    [
        ("in the 10th century", ["10th century"], 2 * 2 / (3 + 2)),
        ("the 10th century", ["10th century"], 1.0),
        ("Denmark, Iceland", ["Denmark, Iceland and Norway"], 2 * 2 / (2 + 4)),
        ("to be to be", ["to be"], 2 * 2 / (4 + 2)),
        ("nothing shared", ["else"], 0.0),
        ("Paris", ["Rome", "Paris"], 1.0),
        ("", ["Paris"], 0.0),
        ("Paris", [], 0.0),
    ],
)
def test_f1_is_that_of_the_words_shared_with_the_best_accepted_answer(answer, accepted, expected):
    assert f1(answer, accepted) == pytest.approx(expected)


def test_exact_means_equal_after_normalisation():
    assert exact("The 10th century.", ["9th century", "10th Century"]) == 1.0
    assert exact("in the 10th century", ["10th century"]) == 0.0
    assert exact("", []) == 0.0


def test_contains_means_that_an_accepted_answer_occurs_after_normalisation():
    assert contains("They met in Gyeongju, on 1 November.", ["the Gyeongju"]) == 1.0
    assert contains("They met in Seoul.", ["Gyeongju", "Busan"]) == 0.0
    assert contains("", ["Gyeongju"]) == 0.0
    assert contains("Anything.", ["the", ""]) == 0.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_interval_holds_the_mean_and_is_the_same_every_time(values):
    found = mean_of(values)
    assert found.n == len(values)
    assert found.value == pytest.approx(sum(values) / len(values), abs=1e-6)
    assert found.low - 1e-6 <= found.value <= found.high + 1e-6
    assert mean_of(values) == found


def test_the_interval_narrows_with_the_number_of_values():
    wide, narrow = mean_of([0.0, 1.0] * 10), mean_of([0.0, 1.0] * 1000)
    assert narrow.high - narrow.low < (wide.high - wide.low) / 5
    # 1.96 standard errors on each side: 0.5 / sqrt(2000)
    assert narrow.high - narrow.low == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(2000), rel=0.1)


def test_nothing_measured_is_none_and_not_zero():
    nothing = {"value": None, "ci95": [None, None]}
    assert mean_of([]).as_json() == {**nothing, "n": 0}
    assert measured(3, lambda _: math.nan).as_json() == {**nothing, "n": 3}


def test_a_constant_has_an_interval_without_width():
    assert mean_of([1.0, 1.0, 1.0]).as_json() == {"value": 1.0, "ci95": [1.0, 1.0], "n": 3}


def test_an_answer_in_a_script_without_spaces_is_found_in_a_sentence():
    assert contains("他在 38岁时带领野马队。", ["38"]) == 1.0
    assert contains("黑豹队有两人入选。", ["两人"]) == 1.0
    assert contains("黑豹队有两人入选。", ["三人"]) == 0.0
