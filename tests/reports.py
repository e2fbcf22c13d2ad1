"""Rows of an evaluation, and a report with hostile text for the tests of its page."""

from __future__ import annotations

BAD = "</blockquote><script>document.title='owned'</script><img src=http://evil.example/x.png>\"'"
TEXT = "Lindal has a harbour. It was built in 1931 by Anna Berg, who was the harbour master."
EVIDENCE = "It was built in 1931 by Anna Berg"
AT = TEXT.index(EVIDENCE)


def cited(start: int, end: int, **more) -> dict:
    found = {"document": "harbour.txt", "start": start, "end": end, "quote": TEXT[start:end]}
    return found | {"exact": True, "relevant": True} | more


def row(**more) -> dict:
    return {
        "id": "c1",
        "question": "When was the harbour built?",
        "kind": "fact",
        "answerable": True,
        "answers": ["1931"],
        "sources": ["harbour.txt"],
        "evidence": [EVIDENCE],
        "evidence_spans": [{"document": "harbour.txt", "start": AT, "end": AT + len(EVIDENCE)}],
        "history": [],
        "left_out": 0,
        "standalone_question": "When was the harbour built?",
        "answer": "It was built in 1931. [1]",
        "abstained": False,
        "confidence": 0.8,
        "generation": "g1",
        "retrieval": {"mrr@10": 1.0, "ndcg@10": 1.0},
        "measures": {"contains": 1.0},
        "citations": [cited(AT, AT + 20)],
        "latency_ms": 250.0,
        "tokens": {"prompt": 0, "written": 0},
        "error": None,
    } | more


WRONG = {"citations": [cited(0, 21, relevant=False)], "measures": {"contains": 0.0}}
FAILED = {"error": "RuntimeError: gone", "answer": None, "abstained": None, "confidence": None}
DECLINED = {"answerable": False, "abstained": True, "answer": "Not there.", "citations": []}


def report(*rows: dict, **more) -> dict:
    half = {"value": 0.5, "ci95": [0.25, 0.75], "n": 4}
    return {
        "suite": "lindal",
        "generation": "g1",
        "settings": {"generator": "extractive", "reranker": None},
        "n": len(rows),
        "seconds": 150.0,
        "version": "0.1.0",
        "created": "2026-11-25T07:46:11+00:00",
        "documents": {"harbour.txt": "ab" * 32},
        "measures": {
            "retrieval": {"ndcg@10": half},
            "calibration": {"ece": {"value": None, "ci95": [None, None], "n": 0}},
            "latency_ms": {"p50": {"value": 250.0, "ci95": [200.0, 1300.0], "n": 4}},
            "judged": {"relevancy": half},
        },
        "rows": list(rows),
    } | more


def judged_row(**more) -> dict:
    """A row that a language model judges."""
    return {
        "question": "When does the ferry to Lindal leave?",
        "answerable": True,
        "answers": ["7:40", "twenty to eight"],
        "answer": "The ferry to Lindal leaves at 7:40. [1]",
        "abstained": False,
        "citations": [
            {"quote": "The ferry to Lindal leaves at 7:40."},
            {"quote": "From pier four."},
        ],
        "error": None,
    } | more
