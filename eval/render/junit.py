"""A run as JUnit XML, which continuous integration systems show case by case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from eval.judge import Verdict
from eval.render.words import KIND_NAMES, judged

__all__ = ["junit_xml"]

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = {"failed": "error", "wrong": "failure", "missed": "failure", "searched": "skipped"}
_COUNTED = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))


def junit_xml(report: Mapping[str, Any], regressions: Sequence[str] = ()) -> str:
    """The cases of a report (``Report.as_json()``) as one suite, the gate as another.

    A case that ended in an error is an ``<error>``, a wrong one and one that was wrongly declined a
    ``<failure>``; one that was searched only is ``<skipped>``. Each of ``regressions`` is a failure
    of the gate. Characters that XML forbids are replaced.
    """
    rows = report["rows"]
    cases = ET.Element("testsuite", name=_clean(report["suite"]))
    if report.get("created"):
        cases.set("timestamp", _clean(report["created"][:19]))
    properties = ET.SubElement(cases, "properties")
    for name in ("generation", "version", "code"):
        if report.get(name):
            ET.SubElement(properties, "property", name=name, value=_clean(str(report[name])))
    for row in rows:
        _case(cases, report["suite"], row)
    gate = ET.Element("testsuite", name="gate")
    for line in regressions:
        _failure(_testcase(gate, "gate", line, 0.0), "failure", "regression", line)
    if not regressions:
        _testcase(gate, "gate", "no regression", 0.0)
    whole = ET.Element("testsuites", name="footnote eval")
    for suite in (cases, gate):
        _count(suite)
        whole.append(suite)
    _count(whole)
    ET.indent(whole)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(whole, encoding="unicode")}\n'


def _case(suite: ET.Element, name: str, row: Mapping[str, Any]) -> None:
    seconds = (row["latency_ms"] or 0.0) / 1000
    case = _testcase(suite, name, f"{row['id']}: {row['question']}", seconds)
    found = judged(row)
    if found.kind in _TAGS:
        failure = _failure(case, _TAGS[found.kind], found.kind, found.reason)
        failure.text = _clean(_failure_text(found, row))


def _testcase(suite: ET.Element, of: str, name: str, seconds: float) -> ET.Element:
    line = " ".join(_clean(name).split())
    return ET.SubElement(suite, "testcase", classname=_clean(of), name=line, time=f"{seconds:.3f}")


def _failure(case: ET.Element, tag: str, kind: str, message: str) -> ET.Element:
    return ET.SubElement(case, tag, type=kind, message=_clean(message))


def _failure_text(found: Verdict, row: Mapping[str, Any]) -> str:
    """What a reader of a log needs to see the failure."""
    expected = " / ".join(row["answers"]) if row["answerable"] else "to be declined"
    cited = [f"{c['document']} {c['start']}:{c['end']} “{c['quote']}”" for c in row["citations"]]
    lines = [
        f"{KIND_NAMES[found.kind]}: {found.reason}",
        f"Question: {row['question']}",
        f"Expected: {expected or 'an answer'}",
        f"Answer: {row['answer'] or 'none'}",
        *(f"Cited: {one}" for one in cited),
    ]
    return "\n".join(lines)


def _count(into: ET.Element) -> None:
    """Set the counts and the time of a suite, or of all."""
    cases = list(into.iter("testcase"))
    into.set("tests", str(len(cases)))
    for name, tag in _COUNTED:
        into.set(name, str(sum(case.find(tag) is not None for case in cases)))
    into.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.3f}")


def _clean(text: str) -> str:
    """The text without characters that XML forbids.

    >>> _clean("a" + chr(0) + "b") == "a" + chr(0xFFFD) + "b"
    True
    """
    return _FORBIDDEN.sub("\ufffd", text)
