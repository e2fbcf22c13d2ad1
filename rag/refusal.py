"""Why there is no answer, in words: nothing is about it, or what is does not say it.

Nothing is decided here; the reason names the documents that were nearest, and claims nothing about
what they lack.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.search import Found
from index.text.words import content_terms
from rag.evidence import Evidence
from rag.types import ABOUT, count_of_documents

__all__ = ["refusal"]

# Evidence that holds this share of the question's idf at least mentions what it is about.
_MENTIONED = 0.5
_MAX_NAMED = 2


def refusal(
    question: str, found: Found, evidence: Sequence[Evidence], *, begins: bool = True
) -> str:
    """Why there is no answer, with the titles of the nearest passages.

    ``begins``: nothing was asked before, so that the question says by itself what it is about.
    """
    documents = found.source.manifest.documents
    if not documents:
        return "The index holds no documents: put files into the folder and rebuild."
    if not found.passages:
        return "No document passes the filter, so there is nothing to answer from."
    nearest = max(passage.dense for passage in found.passages)
    if begins and nearest < ABOUT and not any(_is_about(question, item) for item in evidence):
        count = count_of_documents(len(documents))
        return f"The documents do not answer this: nothing in the {count} is about it."
    titles = list(dict.fromkeys(documents[p.chunk.document_id].title for p in found.passages))
    named = " and ".join(f"“{title}”" for title in titles[:_MAX_NAMED])
    return f"The documents do not say. The nearest passages are in {named}."


def _is_about(question: str, item: Evidence) -> bool:
    """Whether a sentence holds half of what the question says, by weight or by number."""
    asked = content_terms(question, item.document.language)
    return item.coverage >= _MENTIONED or len(item.terms) >= max(2, _MENTIONED * len(set(asked)))
