"""``POST /v1/embeddings``: vectors of the model that the index is made with.

Such a model may read what is searched and what is searched for in two ways; which, the name says.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, Field

from index.embedding.embedder import Embedder, Vectors
from index.text.tokens import load_tokenizer, text_of
from rag.assemble import Services
from ui.server.errors import RefusedError
from ui.server.routes import described, takes
from ui.server.v1 import examples

__all__ = ["EMBEDDING_MODELS", "embedding_routes"]

EMBEDDING_MODELS = {
    "footnote-passage": "texts to be found, as the index reads them",
    "footnote-query": "texts to search with, as questions are read",
}
_MOST_TEXTS = 2048  # as OpenAI's

Token = Annotated[int, Field(ge=0)]


class EmbeddingBody(BaseModel):
    """The body of ``POST /v1/embeddings``; tokens are those of cl100k_base."""

    model: str = Field(max_length=200, examples=["footnote-passage"])
    input: str | list[str] | list[Token] | list[list[Token]]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None

    def texts(self) -> list[str]:
        """What is to be embedded."""
        if isinstance(self.input, str):
            texts = [self.input]
        elif self.input and isinstance(self.input[0], int):
            texts = [_decoded(self.input)]
        else:
            texts = [one if isinstance(one, str) else _decoded(one) for one in self.input]
        if not texts or not all(map(str.strip, texts)):
            raise RefusedError("there is no text in the input, or in one of its parts", "input")
        if len(texts) > _MOST_TEXTS:
            raise RefusedError(f"{len(texts)} texts, at most {_MOST_TEXTS} are taken", "input")
        return texts


def embedding_routes(services: Services) -> APIRouter:
    """The route of embeddings."""
    router = APIRouter(prefix="/v1", tags=["OpenAI"], dependencies=[takes("ask")])

    @router.post("/embeddings", responses=described(examples.EMBEDDINGS, *examples.ERRORS))
    def embeddings(body: EmbeddingBody) -> dict[str, Any]:
        """The unit vector of each text, in order."""
        texts = body.texts()
        vectors = _vectors(services.embedder(), body, texts)
        tokenize = load_tokenizer()
        count = sum(len(tokenize(text)) for text in texts)
        is_short = body.encoding_format == "base64"
        return {
            "object": "list",
            "model": body.model,
            "data": [
                {
                    "object": "embedding",
                    "index": number,
                    "embedding": _base64(vector) if is_short else vector.tolist(),
                }
                for number, vector in enumerate(vectors)
            ],
            "usage": {"prompt_tokens": count, "total_tokens": count},
        }

    return router


def _vectors(embedder: Embedder, body: EmbeddingBody, texts: list[str]) -> Vectors:
    if body.model not in EMBEDDING_MODELS:
        known = " or ".join(EMBEDDING_MODELS)
        message = f"there is no model {body.model[:100]!r} of embeddings: take {known}"
        raise RefusedError(message, "model", code="model_not_found", status=404)
    if body.dimensions not in (None, embedder.dimension):
        message = f"the vectors have {embedder.dimension} dimensions: leave dimensions out"
        raise RefusedError(message, "dimensions")
    if body.model == "footnote-query":
        return np.stack([embedder.embed_query(text) for text in texts])
    return embedder.embed(texts)


def _decoded(tokens: Any) -> str:
    try:
        return text_of(tokens)
    except (KeyError, OverflowError) as exc:
        raise RefusedError("a number of the input is no token of cl100k_base", "input") from exc


def _base64(vector: Vectors) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
