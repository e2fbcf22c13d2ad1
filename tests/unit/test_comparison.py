"""Two runs side by side, against numbers worked out by hand; verdicts; risk by coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.compare import compare
from eval.errors import SuiteError
from eval.intervals import difference
from eval.judge import risk_by_coverage, verdict


def row(name: str, *, contains=None, cited=(), answerable=True, **more) -> dict:
    """A row as a report has it; ``cited`` says of each citation whether it is relevant."""
    return {
        "id": name,
        "question": f"What is {name}?",
        "answerable": answerable,
        "answers": ["x"] if contains is not None else [],
        "sources": ["a.txt"] if answerable else [],
        "evidence": [],
        "answer": "It is x. [1]",
        "abstained": False,
        "confidence": 0.5,
        "generation": "g1",
        "retrieval": {},
        "measures": {} if contains is None else {"contains": float(contains)},
        "short_answer": None,
        "citations": [{"document": "a.txt", "exact": True, "relevant": r} for r in cited],
        "latency_ms": 10.0,
        "error": None,
    } | more


def run(*rows: dict, suite: str = "small") -> dict:
    return {"suite": suite, "rows": list(rows)}


def means(values) -> np.ndarray:
    return np.array([(value, 1.0) for value in values])


@pytest.mark.parametrize(
    ("before", "after", "value", "p"),
    [
        # All of three get better: of 8 sign patterns, +++ and --- are as extreme.
        ([0, 0, 0], [1, 1, 1], 1.0, 2 / 8),
        # Two better, one worse of five: sums over three signs are +-1 (6 ways) and +-3 (2 ways).
        ([0, 0, 1, 1, 0], [1, 1, 0, 1, 0], 1 / 5, 8 / 8),
        # Six better, one worse: |sum| >= 5 in (7 + 1) * 2 of 128.
        ([0] * 6 + [1], [1] * 6 + [0], 5 / 7, 16 / 128),
        ([0.5, 0.5], [0.5, 0.5], 0.0, 1.0),
    ],
)
def test_few_cases_have_the_p_value_of_all_exchanges(before, after, value, p):
    found = difference(means(before), means(after))
    assert found.value == pytest.approx(value)
    assert found.p == pytest.approx(p)
    assert found.n == len(before)


def test_many_cases_have_about_the_p_value_of_the_binomial():
    # 20 cases differ, 15 for the better: 2 * P(X >= 15) = 0.0414 for X of Binomial(20, 1/2).
    found = difference(means([0] * 15 + [1] * 5 + [1] * 10), means([1] * 15 + [0] * 5 + [1] * 10))
    assert found.p == pytest.approx(0.0414, abs=0.01)
    assert found.value == pytest.approx(10 / 30)
    # The interval is near 1.96 standard errors of the mean of 15 ones, 5 minus ones, 10 zeros.
    deviation = np.std([1] * 15 + [-1] * 5 + [0] * 10) / np.sqrt(30)
    assert found.low == pytest.approx(10 / 30 - 1.96 * deviation, abs=0.05)
    assert found.high == pytest.approx(10 / 30 + 1.96 * deviation, abs=0.05)


def test_a_ratio_is_compared_as_a_ratio_and_not_as_a_mean_of_cases():
    # Precision 1/1 and 0/3 before: 1/4; after 1/1 and 3/3: 1.
    before, after = np.array([[1.0, 1.0], [0.0, 3.0]]), np.array([[1.0, 1.0], [3.0, 3.0]])
    found = difference(before, after)
    assert (found.before, found.after, found.value) == (0.25, 1.0, 0.75)
    assert found.p == 1.0  # one case differs: both exchanges are as extreme


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_the_interval_holds_the_difference_and_the_other_way_round_is_its_mirror(pairs):
    one, other = means([a for a, _ in pairs]), means([b for _, b in pairs])
    found, mirrored = difference(one, other), difference(other, one)
    assert 0 < found.p <= 1
    assert found.p == mirrored.p
    assert found.value == pytest.approx(-mirrored.value)
    assert found.low == pytest.approx(-mirrored.high)
    assert difference(one, other) == found


def test_the_detectable_difference_is_2_8_standard_errors():
    # 20 of 100 cases differ, half of them each way: the standard error is sqrt(.2 / 100).
    before = means([0] * 50 + [1] * 50)
    after = np.roll(before, 10, axis=0)
    found = difference(before, after)
    expected = (1.959964 + 0.841621) * np.sqrt(0.2 / 100)
    assert found.detectable == pytest.approx(expected, rel=0.07)  # of 1000 resamples: +- 2.2 %
    fourfold = difference(np.tile(before, (4, 1)), np.tile(after, (4, 1)))
    assert fourfold.detectable == pytest.approx(expected / 2, rel=0.07)


@pytest.mark.slow
def test_a_true_difference_of_the_detectable_size_is_significant_in_four_of_five():
    random = np.random.default_rng(7)
    n, runs = 60, 100
    size = 2.801585 / np.sqrt(n)  # the differences have a deviation of 1
    found = [
        difference(means(before), means(before + random.normal(size, 1, n)))
        for before in random.normal(0, 1, (runs, n))
    ]
    assert np.mean([d.detectable for d in found]) == pytest.approx(size, rel=0.05)
    # Two and a half standard deviations of a share of 100.
    assert np.mean([d.p < 0.05 for d in found]) == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize(
    ("before", "after"),
    [([], []), ([0], [1]), ([0.5, 1.0], [0.5, 1.0]), ([0.25, 0.5, 0.75], [0.5, 0.75, 1.0])],
)
def test_cases_without_spread_do_not_say_what_they_could_show(before, after):
    found = difference(np.array(before)[:, None], np.array(after)[:, None], _means)
    assert found is None or found.detectable is None


def _means(samples: np.ndarray) -> np.ndarray:
    return samples[..., 0].mean(axis=1)


def test_identical_runs_differ_in_nothing():
    rows = [
        row("a", contains=1, cited=[True], confidence=0.9),
        row("b", contains=0, cited=[False], latency_ms=20.0),
        row("c", answerable=False, abstained=True, confidence=0.1),
    ]
    found = compare(run(*rows), run(*rows))
    assert found.changes == ()
    assert found.shared == 3
    values = [(d.value, d.low, d.high, d.p) for m in found.measures.values() for d in m.values()]
    assert len(values) == 14
    assert set(values) == {(0.0, 0.0, 0.0, 1.0)}


def test_the_measures_are_those_of_the_report_over_the_shared_cases():
    before = run(
        row("a", contains=0, cited=[False, True]),
        row("b", contains=1, cited=[True]),
        row("c", answerable=False, abstained=True),
        row("gone", contains=1, cited=[True]),
    )
    after = run(
        row("a", contains=1, cited=[True]),
        row("b", contains=1, cited=[True, True]),
        row("c", answerable=False),
        row("new", contains=0),
    )
    found = compare(before, after)
    assert (found.shared, found.only_before, found.only_after) == (3, 1, 1)
    gained = {
        f"{group} {name}": (d.before, d.after)
        for group, values in found.measures.items()
        for name, d in values.items()
    }
    assert gained["answer contains"] == (0.5, 1.0)
    assert gained["citation precision"] == (pytest.approx(2 / 3), 1.0)
    assert gained["citation recall"] == (1.0, 1.0)
    assert gained["abstention recall"] == (1.0, 0.0)
    assert gained["latency_ms p50"] == (10.0, 10.0)
    assert "abstention precision" not in gained  # nothing is withheld in the later run


def test_changed_cases_have_both_answers_and_generations_the_worse_first():
    before = run(
        row("better", contains=0, cited=[False], answer="Wrong."),
        row("worse", contains=1, cited=[True], answer="Right."),
        row("same", contains=1, cited=[True]),
        row("words", contains=1, cited=[True]),
    )
    later = {"generation": "g2"}
    after = run(
        row("better", contains=1, cited=[True], answer="Right.", **later),
        row("worse", contains=0, abstained=True, answer="They do not say.", **later),
        row("same", contains=1, cited=[True], answer="In other words.", **later),
        row("words", contains=0, cited=[True], **later),
    )
    found = compare(before, after)
    assert [change.id for change in found.reworded] == ["same"]
    changes = found.changes
    assert [(c.id, c.direction) for c in changes] == [("worse", -1), ("words", -1), ("better", 1)]
    worse = changes[0]
    assert (worse.before.answer, worse.after.answer) == ("Right.", "They do not say.")
    assert (worse.before.generation, worse.after.generation) == ("g1", "g2")
    assert (worse.before.verdict.kind, worse.after.verdict.kind) == ("right", "missed")
    assert (changes[1].before.contains, changes[1].after.contains) == (True, False)


@pytest.mark.parametrize(
    ("documents", "settings", "code", "because"),
    [
        ({"a.txt": "2", "b.txt": "1"}, {"k": 5}, "c1", "a.txt has changed"),
        ({"b.txt": "1"}, {"k": 5}, "c1", "a.txt is gone"),
        (
            {"a.txt": "1", "b.txt": "2", "c.txt": "1"},
            {"k": 5},
            "c1",
            "none of its documents has changed, but 2 others, which the search also finds",
        ),
        ({"a.txt": "1", "b.txt": "1"}, {"k": 8}, "c1", "the setting k was 5 and is 8"),
        (
            {"a.txt": "2", "b.txt": "1"},
            {"k": 5},
            "c2",
            "a.txt has changed; the program has changed (unknown, c1 to unknown, c2)",
        ),
        ({"a.txt": "1", "b.txt": "1"}, {"k": 5}, "c1", "nothing that was recorded has changed"),
        (None, {"k": 5}, "c1", "nothing that was recorded has changed"),  # a run of before
    ],
)
def test_a_changed_case_says_because_of_what(documents, settings, code, because):
    rests_on = {"documents": {"a.txt": "1", "b.txt": "1"}, "settings": {"k": 5}, "code": "c1"}
    before = run(row("a", contains=1, cited=[True])) | rests_on
    after = run(row("a", contains=0, cited=[True])) | {
        "documents": documents,
        "settings": settings,
        "code": code,
    }
    assert [change.because for change in compare(before, after).changes] == [because]


def test_a_case_that_was_judged_anew_is_not_compared():
    before, after = row("a", contains=1, cited=[True]), row("a", contains=1, cited=[True])
    with pytest.raises(SuiteError, match="no case in common"):
        compare(run(before), run(after | {"answers": ["y"]}))


def test_runs_of_two_suites_are_not_compared():
    with pytest.raises(SuiteError, match=r"different suites \(small and other\)"):
        compare(run(row("a")), run(row("a"), suite="other"))


@pytest.mark.parametrize(
    ("judged", "kind", "reason"),
    [
        (row("a", error="ValueError: no"), "failed", "ValueError: no"),
        (row("a", abstained=None), "failed", "searched only"),
        (row("a", answerable=False), "wrong", "the documents do not answer it"),
        (row("a", answerable=False, abstained=True), "declined", "rightly declined"),
        (row("a", abstained=True), "missed", "though the documents answer it"),
        (row("a", cited=[False]), "wrong", "none of the judged evidence"),
        (row("a", contains=1, cited=[False]), "wrong", "though it holds the expected words"),
        (row("a", cited=[False, True]), "right", "cites the judged evidence"),
        (row("a", contains=0, cited=[True]), "partly", "lacks the expected words"),
        (row("a", contains=1, cited=[True]), "right", "holds the expected words"),
        (row("a", contains=1, sources=[]), "right", "holds the expected words"),
        (row("a", contains=0, sources=[]), "wrong", "lacks the expected words"),
        (row("a", sources=[]), "partly", "nothing to judge it by"),
    ],
)
def test_a_verdict_says_what_it_rests_on(judged, kind, reason):
    found = verdict(judged)
    assert found.kind == kind
    assert reason in found.reason


def test_risk_is_that_of_the_most_confident_answers():
    rows = [
        row("a", contains=1, cited=[True], confidence=0.9),
        row("b", contains=0, cited=[False], confidence=0.7),
        row("c", contains=1, cited=[True], confidence=0.7),
        row("d", contains=1, cited=[True], confidence=0.5),
        row("e", abstained=True, confidence=0.1),
    ]
    # One answer of five, none wrong; then the two of .7 together, one of three wrong; then all.
    assert risk_by_coverage(rows) == [(0.2, 0.0), (0.6, pytest.approx(1 / 3)), (0.8, 0.25)]
    assert risk_by_coverage([row("e", abstained=True)]) == []
    assert risk_by_coverage([]) == []
