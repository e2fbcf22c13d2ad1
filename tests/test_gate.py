"""The gate: falls beyond a tolerance, by measure, in words."""

from __future__ import annotations

import pytest

from eval.gate import parse_tolerances, regressions
from index.errors import SuiteError


def report(suite: str = "small", **measures: float | None) -> dict:
    groups: dict[str, dict] = {}
    for name, value in measures.items():
        group, _, measure = name.partition("__")
        groups.setdefault(group, {})[measure] = {"value": value, "ci95": [0, 1], "n": 9}
    return {"suite": suite, "measures": groups}


@pytest.mark.parametrize(
    ("before", "now", "tolerances", "told"),
    [
        ({"answer__f1": 0.5}, {"answer__f1": 0.48}, {}, []),
        (
            {"answer__f1": 0.5},
            {"answer__f1": 0.47},
            {},
            ["answer f1: 0.500 before, 0.470 now (may get worse by 0.02)"],
        ),
        ({"answer__f1": 0.5}, {"answer__f1": 0.47}, {"answer.f1": 0.05}, []),
        ({"answer__f1": 0.5}, {"answer__f1": 0.47}, {"answer": 0.05}, []),
        ({"answer__f1": 0.5}, {"answer__f1": 0.47}, {"": 0.05}, []),
        (
            {"answer__f1": 0.5},
            {"answer__f1": 0.49},
            {"answer.f1": 0.0, "": 0.5},
            ["answer f1: 0.500 before, 0.490 now (may get worse by 0)"],
        ),
        # Lower is better.
        (
            {"calibration__ece": 0.1},
            {"calibration__ece": 0.2},
            {},
            ["calibration ece: 0.100 before, 0.200 now (may get worse by 0.02)"],
        ),
        ({"calibration__ece": 0.2}, {"calibration__ece": 0.1}, {}, []),
        # Times and what a model judged only when they are named.
        ({"latency_ms__p50": 100}, {"latency_ms__p50": 900}, {"": 0.1}, []),
        (
            {"latency_ms__p50": 100},
            {"latency_ms__p50": 900},
            {"latency_ms.p50": 50},
            ["latency_ms p50: 100.000 before, 900.000 now (may get worse by 50)"],
        ),
        ({"judged__relevancy": 1}, {"judged__relevancy": 0}, {}, []),
        # A measure that has no value any more has fallen; one that is not measured has not.
        (
            {"answer__f1": 0.5},
            {"answer__f1": None},
            {},
            ["answer f1: 0.500 before, nothing now (may get worse by 0.02)"],
        ),
        ({"answer__f1": 0.5}, {}, {}, []),
        ({"answer__f1": None}, {"answer__f1": 0.1}, {}, []),
    ],
)
def test_each_fall_beyond_its_tolerance_is_a_line(before, now, tolerances, told):
    assert regressions(report(**now), report(**before), tolerances) == told


def test_a_baseline_may_hold_its_tolerances_and_those_given_come_first():
    before = report(answer__f1=0.5) | {"tolerances": {"answer.f1": 0.1}}
    assert regressions(report(answer__f1=0.42), before) == []
    assert len(regressions(report(answer__f1=0.42), before, {"answer.f1": 0.01})) == 1


def test_what_does_not_belong_together_is_an_error():
    with pytest.raises(SuiteError, match="of the suite other"):
        regressions(report(), report("other"))
    with pytest.raises(SuiteError, match=r"no measure 'answer\.f2'"):
        regressions(report(), report(answer__f1=0.5), {"answer.f2": 0.1})


@pytest.mark.parametrize("text", ["answer.f1", "answer.f1=", "answer.f1=much", ""])
def test_a_tolerance_that_is_none_is_an_error(text):
    with pytest.raises(SuiteError, match="is no tolerance"):
        parse_tolerances([text])
