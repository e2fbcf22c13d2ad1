"""The errors of evaluations; see :mod:`index.errors` for those of the index.

::

    FootnoteError
    ├── RunCancelledError     an evaluation was cancelled before its end
    └── SuiteError            an evaluation suite or baseline is malformed
"""

from index.errors import FootnoteError

__all__ = ["RunCancelledError", "SuiteError"]


class RunCancelledError(FootnoteError):
    """An evaluation was cancelled before its end; nothing of it is kept."""


class SuiteError(FootnoteError):
    """An evaluation suite, baseline or report is malformed or missing."""
