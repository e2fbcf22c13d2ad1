"""The errors of answers and conversations; see :mod:`index.errors` for those of the index.

::

    FootnoteError
    ├── QueryError
    │   └── QuestionError         a question is empty, too long or not text
    ├── GeneratorError            the language model failed or is misconfigured
    └── ConversationMissingError  a conversation was deleted, or is another user's
"""

from index.errors import FootnoteError, QueryError

__all__ = ["ConversationMissingError", "GeneratorError", "QuestionError"]


class QuestionError(QueryError):
    """A question is empty, too long or not text."""


class GeneratorError(FootnoteError):
    """The language model failed, timed out or is misconfigured."""


class ConversationMissingError(FootnoteError):
    """A conversation was deleted, or is another user's."""
