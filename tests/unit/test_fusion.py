"""The formula that makes one ranking of two, and its parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import Candidate, fused, phrase_share

parts = st.floats(0, 1, allow_nan=False, width=32)
candidates = st.lists(
    st.builds(
        Candidate, st.integers(0, 99), st.sampled_from("abc"), st.floats(-1, 1), parts, parts
    ),
    min_size=1,
    max_size=20,
)


@given(candidates)
def test_the_best_passage_is_the_best_whatever_its_document(given_candidates):
    alone = fused(given_candidates, lexical_weight=1.0, document_weight=0.0)
    together = fused(given_candidates, lexical_weight=1.0)
    assert max(together) == pytest.approx(max(alone))
    for own, score in zip(alone, together, strict=True):
        assert score >= own - 1e-9


@given(candidates)
def test_within_a_document_the_order_stays(given_candidates):
    same = [Candidate(c.row, "a", c.similarity, c.lexical, c.phrase) for c in given_candidates]
    alone = fused(same, lexical_weight=1.0, document_weight=0.0)
    together = fused(same, lexical_weight=1.0)
    order = sorted(range(len(same)), key=lambda i: alone[i])
    assert [together[i] for i in order] == sorted(together)


def test_a_score_does_not_depend_on_candidates_of_other_documents():
    one = Candidate(1, "a", 0.4, 0.2, 0.0)
    other = Candidate(2, "b", 0.9, 0.9, 1.0)
    (alone,) = fused([one], lexical_weight=1.0)
    assert fused([one, other], lexical_weight=1.0)[0] == alone


@pytest.mark.parametrize(
    ("stems", "share"),
    [
        ("the currenc swap", 1.0),
        ("currenc swap", 0.75),
        ("swap currenc", 0.0),
        ("thecurrenc swap", 0.0),
        ("", 0.0),
    ],
)
def test_a_phrase_is_whole_stems_in_a_row(stems, share):
    assert phrase_share([("the", "currenc", 1.0), ("currenc", "swap", 3.0)], stems) == share


def test_a_query_of_one_word_has_no_phrase():
    assert phrase_share([], "swap") == 0.0
