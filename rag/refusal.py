"""Why there is no answer, in words: nothing is about it, or what is does not say it.

Nothing is decided here; the reasons name titles of documents and words of the question.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.search import Found
from index.words import content_terms, content_words
from rag.answers import ABOUT
from rag.evidence import Evidence
from rag.unmentioned import quoted

__all__ = ["refusal"]

# Evidence that holds this share of the question's idf at least mentions what it is about.
_MENTIONED = 0.5
_MAX_NAMED = 2


def refusal(
    question: str, found: Found, evidence: Sequence[Evidence], missing: Sequence[str]
) -> str:
    """Why there is no answer, with the titles of the nearest passages.

    ``missing`` are the names of the question that they do not mention (:mod:`rag.unmentioned`).
    """
    documents = found.source.manifest.documents
    if not documents:
        return "The index holds no documents: put files into the folder and rebuild."
    if not found.passages:
        return "No document passes the filter, so there is nothing to answer from."
    nearest = max(passage.dense for passage in found.passages)
    if nearest < ABOUT and not any(_is_about(question, item) for item in evidence):
        count = len(documents)
        return (
            "The documents do not answer this: nothing in "
            + ("the one document" if count == 1 else f"the {count} documents")
            + " is about it."
        )
    titles = list(dict.fromkeys(documents[p.chunk.document_id].title for p in found.passages))
    named = " and ".join(f"“{title}”" for title in titles[:_MAX_NAMED])
    lacking = missing or _missing(question, evidence)
    lacks = f" None of them mentions {quoted(lacking)}." if lacking else ""
    return f"The documents do not say. The nearest passages are in {named}.{lacks}"


def _is_about(question: str, item: Evidence) -> bool:
    """Whether a sentence holds half of what the question says, by weight or by number."""
    asked = content_terms(question, item.document.language)
    return item.coverage >= _MENTIONED or len(item.terms) >= max(2, _MENTIONED * len(set(asked)))


def _missing(question: str, evidence: Sequence[Evidence]) -> list[str]:
    """The words of the question that no sentence found holds, where these hold most of it."""
    languages = {item.document.language for item in evidence}
    if len(languages) != 1:
        return []
    held = {term for item in evidence for term in item.terms}
    words = content_words(question, *languages)
    # Abbreviations may be spelt out: those are known already (rag/unmentioned.py).
    lacking = [w for w, stem in words.items() if stem not in held and not w.isupper()]
    return lacking if 0 < len(lacking) <= min(_MAX_NAMED, len(words) // 2) else []
