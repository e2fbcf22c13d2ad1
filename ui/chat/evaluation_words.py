"""The words of the evaluation page: suites, measures and verdicts as a reader knows them."""

from __future__ import annotations

from html import escape

from eval.cases import OWN

__all__ = [
    "VERDICTS",
    "badge_html",
    "duration",
    "group_name",
    "measure_html",
    "message_html",
    "suite_name",
    "when",
]

VERDICTS = {
    "failed": "Failed",
    "wrong": "Wrong",
    "missed": "Wrongly declined",
    "partly": "Partly right",
    "declined": "Rightly declined",
    "right": "Right",
}
"""The kinds of ``eval.verdicts`` in words, the worst first."""

_SUITES = {"seeds": "shipped cases", OWN: "your cases"}
_GROUPS = {
    "retrieval": "Search",
    "answer": "Answers",
    "citation": "Citations",
    "abstention": "Declining",
    "latency_ms": "Time in ms",
}
_MEASURES = {
    "retrieval hit@1": "The first passage is relevant",
    "retrieval hit@5": "One of the first five passages is relevant",
    "retrieval recall@10": "Relevant passages found among the first ten",
    "retrieval mrr@10": "One by the rank of the first relevant passage",
    "retrieval ndcg@10": "Relevant passages found, early ones count more",
    "answer contains": "The answer holds an accepted one",
    "answer f1": "Words shared with an accepted answer",
    "answer exact": "The answer is an accepted one, word for word",
    "citation quote_exact": "Quotes that stand so in the document",
    "citation precision": "Citations that are judged evidence",
    "citation recall": "Answerable questions whose evidence is cited",
    "abstention precision": "Declined questions that have no answer",
    "abstention recall": "Questions without an answer that are declined",
    "abstention f1": "Harmonic mean of these two",
    "abstention auroc": "Confidence tells questions with an answer from those without",
    "latency_ms p50": "Half of the answers came within",
    "latency_ms p95": "19 of 20 answers came within",
}


def suite_name(suite: str) -> str:
    """The suite as a reader knows it.

    >>> suite_name("seeds"), suite_name("squad2")
    ('shipped cases', 'squad2')
    """
    return _SUITES.get(suite, suite)


def group_name(group: str) -> str:
    """A group of measures as a reader knows it."""
    return _GROUPS.get(group, group)


def measure_html(group: str, name: str) -> str:
    """What a measure means, with its name in the literature below."""
    meaning = _MEASURES.get(f"{group} {name}")
    if meaning is None:
        return escape(name)
    return f'{escape(meaning)}<span class="fn-sub">{escape(name)}</span>'


def badge_html(kind: str) -> str:
    """The kind of a verdict."""
    return f'<span class="fn-verdict fn-v-{kind}">{VERDICTS[kind]}</span>'


def message_html(text: str, *, bad: bool = False) -> str:
    """One sentence in the place of something else; an error when ``bad``."""
    kind, role = ("fn-error", "alert") if bad else ("fn-none", "status")
    return f'<p class="{kind}" role="{role}">{escape(text)}</p>'


def when(created: str) -> str:
    """A time in UTC as it is read.

    >>> when("2026-11-25T07:46:11+00:00")
    '2026-11-25 07:46 UTC'
    """
    return created[:16].replace("T", " ") + " UTC"


def duration(seconds: float) -> str:
    """Seconds, or minutes from two on.

    >>> duration(41.6), duration(150)
    ('42 s', '2 min 30 s')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
