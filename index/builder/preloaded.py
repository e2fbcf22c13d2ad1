"""What takes seconds to load and is the same in each process that reads files.

The process that they are forked from imports this module, once for all of them.
"""

from __future__ import annotations

from contextlib import suppress

import index.builder.workers  # noqa: F401
from index.embedding.embedder import load_model_tokenizer
from index.embedding.models import DEFAULT_EMBEDDING
from index.errors import ModelError
from index.text.language import language_of

language_of("")
with suppress(ModelError):  # the process that needs it says so
    load_model_tokenizer(DEFAULT_EMBEDDING)
