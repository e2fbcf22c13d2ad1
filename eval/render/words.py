"""What verdicts and measures mean in words, and where they come from; for every report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eval.judge import Verdict, verdict

__all__ = [
    "BY_MODEL",
    "GROUPS",
    "KIND_NAMES",
    "NO_SHARES",
    "Meaning",
    "duration",
    "judged",
    "meaning_of",
    "was_measured",
    "when",
    "why_unanswerable",
]

KIND_NAMES = {
    "failed": "Failed",
    "wrong": "Wrong",
    "missed": "Wrongly declined",
    "partly": "Partly right",
    "searched": "Searched only",
    "declined": "Rightly declined",
    "right": "Right",
}
"""The kinds of a case in words, the worst first."""

NO_SHARES = frozenset({"latency_ms", "tokens"})
"""The groups whose measures are not from 0 to 1."""

BY_MODEL = "judged"
"""The group of measures that are a language model's opinion."""

GROUPS = {
    "retrieval": "Search",
    "answer": "Answers",
    "short_answer": "Short answers",
    "citation": "Citations",
    "faithfulness": "Support",
    "abstention": "Declining",
    "calibration": "Confidence",
    "latency_ms": "Time in milliseconds",
    "tokens": "Tokens of a language model, for each question",
    BY_MODEL: "Opinion of a language model",
}
"""The groups of measures in words."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a measure says, how it is counted, and the source of it; either may be empty."""

    says: str
    counted: str = ""
    source: str = ""
    lower_is_better: bool = False


_MEANINGS = {
    "retrieval hit@1": Meaning(
        "The first passage is relevant",
        "Relevant is a passage that overlaps the judged evidence.",
        "Success@1 of TREC",
    ),
    "retrieval hit@5": Meaning(
        "One of the first five passages is relevant",
        "",
        "Success@5 of TREC",
    ),
    "retrieval recall@10": Meaning(
        "Relevant passages found among the first ten",
        "Of all that there are for the question.",
        "Manning, Raghavan & Schütze 2008",
    ),
    "retrieval mrr@10": Meaning(
        "How early the first relevant passage comes",
        "One divided by its rank, 0 when it is not among ten: the mean reciprocal rank.",
        "Voorhees 1999",
    ),
    "retrieval ndcg@10": Meaning(
        "How early the relevant passages come",
        "Each counts less the later it comes, against the best possible order.",
        "Järvelin & Kekäläinen 2002",
    ),
    "answer contains": Meaning(
        "The answer holds an accepted one",
        "Without case, articles and punctuation; a declined question counts 0.",
        "as in Mallen et al. 2023; normalisation of SQuAD, Rajpurkar et al. 2016",
    ),
    "answer f1": Meaning(
        "Words shared with an accepted answer",
        "Whole sentences are shown, so it is low where a few words are expected.",
        "SQuAD, Rajpurkar et al. 2016",
    ),
    "answer exact": Meaning(
        "The answer is an accepted one, word for word",
        "Near 0 for answers in whole sentences.",
        "SQuAD, Rajpurkar et al. 2016",
    ),
    "short_answer given": Meaning(
        "Answerable questions with a short answer",
        "The words that answer by themselves, shown before the sentence where they are sure.",
    ),
    "short_answer exact": Meaning(
        "Short answers that are an accepted one, word for word",
        "Of those that are given.",
        "SQuAD, Rajpurkar et al. 2016",
    ),
    "short_answer f1": Meaning(
        "Words that short answers share with an accepted answer",
        "Of those that are given.",
        "SQuAD, Rajpurkar et al. 2016",
    ),
    "citation quote_exact": Meaning(
        "Quotes that stand so in the document",
        "Character by character at the place that is cited.",
    ),
    "citation precision": Meaning(
        "Citations that are judged evidence",
        "They overlap it.",
        "akin to ALCE, Gao et al. 2023, where a model judges",
    ),
    "citation recall": Meaning(
        "Answerable questions whose evidence is cited",
        "At least one citation overlaps it.",
        "akin to ALCE, Gao et al. 2023, where a model judges",
    ),
    "faithfulness verified": Meaning(
        "Written sentences that passed the check against what they cite",
        "The others were left out before anybody saw them.",
        "akin to attribution, Rashkin et al. 2023",
    ),
    "faithfulness support": Meaning(
        "How well what is cited supports the sentences shown",
        "The mean of the check's own measure; no language model takes part.",
        "akin to attribution, Rashkin et al. 2023",
    ),
    "abstention precision": Meaning(
        "Declined questions that have no answer",
        "",
        "questions without an answer: Rajpurkar, Jia & Liang 2018",
    ),
    "abstention recall": Meaning(
        "Questions without an answer that are declined",
        "",
        "questions without an answer: Rajpurkar, Jia & Liang 2018",
    ),
    "abstention f1": Meaning("Harmonic mean of these two", "", "van Rijsbergen 1979"),
    "abstention auroc": Meaning(
        "Confidence tells questions with an answer from those without",
        "How often one with an answer has the higher confidence: .5 is chance.",
        "area under the ROC curve, Hanley & McNeil 1982",
    ),
    "calibration ece": Meaning(
        "How far confidence is from the share that is right",
        "The mean distance over ten ranges of confidence: expected calibration error. "
        "A few answers make it large by chance.",
        "Naeini et al. 2015; Guo et al. 2017",
        lower_is_better=True,
    ),
    "calibration brier": Meaning(
        "How far confidence is from the outcome",
        "The mean squared distance from 1 (right) or 0 (wrong); .25 for a constant .5.",
        "Brier 1950",
        lower_is_better=True,
    ),
    "calibration aurc": Meaning(
        "Wrong answers among the most confident ones",
        "The mean of that share over all coverages: area under the risk-coverage curve.",
        "El-Yaniv & Wiener 2010; Geifman et al. 2018",
        lower_is_better=True,
    ),
    "latency_ms p50": Meaning("Half of the answers came within", lower_is_better=True),
    "latency_ms p95": Meaning("19 of 20 answers came within", lower_is_better=True),
    "tokens prompt": Meaning("Read by the language model"),
    "tokens written": Meaning("Written by the language model"),
    "judged faithfulness": Meaning(
        "The quotes support the answer", "", "akin to RAGAS, Es et al. 2024"
    ),
    "judged relevancy": Meaning(
        "Question, answer and quotes belong together", "", "akin to RAGAS, Es et al. 2024"
    ),
    "judged correctness": Meaning(
        "The answer agrees with an accepted one",
        "",
        "a language model as a judge: Zheng et al. 2023",
    ),
}
_MEANINGS["abstention aurc"] = _MEANINGS["calibration aurc"]


def meaning_of(group: str, name: str) -> Meaning:
    """What a measure means; its own name where it is not known."""
    return _MEANINGS.get(f"{group} {name}", Meaning(name))


def was_measured(group: str, values: Mapping[str, Any]) -> bool:
    """Whether a group of a report says anything: not the tokens of a model that nobody asked."""
    return any(found["value"] for found in values.values()) if group == "tokens" else bool(values)


def judged(row: Mapping[str, Any]) -> Verdict:
    """The verdict of a case; that it was only searched is not a failure here.

    >>> row = {"error": None, "abstained": None, "retrieval": {"mrr@10": 0.5}, "answerable": True}
    >>> judged(row).reason
    'the first relevant passage came as number 2'
    """
    if row["error"] is not None or row["abstained"] is not None:
        return verdict(row)
    early = row["retrieval"].get("mrr@10")
    if early is None:
        return Verdict("searched", "no passage is judged to be relevant")
    if not early:
        return Verdict("searched", "no relevant passage among the first ten")
    return Verdict("searched", f"the first relevant passage came as number {round(1 / early)}")


def why_unanswerable(row: Mapping[str, Any]) -> str:
    """Why a case is to be declined.

    >>> why_unanswerable({}), why_unanswerable({"without": ["a.txt"]})
    ('the documents do not answer it', 'it is asked with a.txt left out of the search')
    """
    if row.get("without"):
        return f"it is asked with {', '.join(row['without'])} left out of the search"
    return "the documents do not answer it"


def when(created: str | None) -> str:
    """A time in UTC as it is read; nothing when it is not known.

    >>> when("2026-11-25T07:46:11+00:00"), when(None)
    ('2026-11-25 07:46 UTC', '')
    """
    return created[:16].replace("T", " ") + " UTC" if created else ""


def duration(seconds: float) -> str:
    """Seconds, or minutes from two on.

    >>> duration(41.6), duration(150)
    ('42 s', '2 min 30 s')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
