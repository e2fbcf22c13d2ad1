"""The errors of the index: expected ones, each one line with a remedy.

::

    FootnoteError
    ├── SettingsError         a setting is unknown, out of bounds or contradictory
    ├── HomeError             the home cannot be written: full, or no permission
    ├── SeedsError            the documents folder is missing, empty or unreadable
    ├── LoadError             one seed cannot be read (reported by name, never fatal)
    ├── IndexMissingError     nothing has been published in this home yet
    ├── IndexMismatchError    the index was built with other settings, or is damaged
    │   └── IndexSchemaError  the index was written by another version: a build makes a new one
    ├── IndexLockedError      another process is building
    ├── StoreError            the server that holds the vectors does not answer
    ├── ModelServiceError     the model service does not answer, or has other models
    ├── BackupError           a backup cannot be written, or is none
    ├── BuildError            a built generation failed its verification
    ├── BuildCancelledError   a build was cancelled before it was published
    ├── ClusterError          the Ray cluster that is to read and embed cannot be reached, or failed
    ├── DocumentMissingError  the index has no document of that name
    ├── SourceError           a source cannot be reached, or must not be mirrored as it is
    ├── PictureError          a document has no such page to show
    ├── ModelError            a model is missing or is not the pinned file
    └── QueryError            a query is not text

Those of answers are in :mod:`rag.errors`, those of evaluations in :mod:`eval.errors`. The command
line prints these as one line and exits with status 2; anything else is a bug
and keeps its traceback.
"""

__all__ = [
    "BackupError",
    "BuildCancelledError",
    "BuildError",
    "ClusterError",
    "DocumentMissingError",
    "FootnoteError",
    "HomeError",
    "IndexLockedError",
    "IndexMismatchError",
    "IndexMissingError",
    "IndexSchemaError",
    "LoadError",
    "ModelError",
    "ModelServiceError",
    "PictureError",
    "QueryError",
    "SeedsError",
    "SettingsError",
    "SourceError",
    "StoreError",
    "one_line",
]


class FootnoteError(Exception):
    """Base of every expected error: the message states the fact and the remedy."""


class SettingsError(FootnoteError):
    """A setting is unknown, out of bounds or contradicts another one."""


class HomeError(FootnoteError):
    """The home cannot be written: it is full, or permissions are missing."""


class SeedsError(FootnoteError):
    """The documents folder is missing, empty or cannot be listed."""


class LoadError(FootnoteError):
    """One seed cannot be read; the message is the reason, without the name.

    ``pictures`` counts its pages that only text recognition reads.
    """

    def __init__(self, reason: str, *, pictures: int = 0) -> None:
        super().__init__(reason)
        self.pictures = pictures


class IndexMissingError(FootnoteError):
    """Nothing has been published in this home yet."""


class IndexMismatchError(FootnoteError):
    """The index on disk was built with other settings, or is damaged."""


class IndexSchemaError(IndexMismatchError):
    """The index on disk was written by another version of this program."""


class IndexLockedError(FootnoteError):
    """Another process holds the build lock."""


class StoreError(FootnoteError):
    """The server that holds the vectors does not answer, or refuses."""


class ModelServiceError(FootnoteError):
    """The model service does not answer, refuses, or has other models than this program."""


class BackupError(FootnoteError):
    """A backup cannot be written, is damaged, or must not be restored here."""


class BuildError(FootnoteError):
    """A new generation failed its verification and was not published."""


class BuildCancelledError(FootnoteError):
    """A build was cancelled before it was published; the old generation stays."""


class ClusterError(FootnoteError):
    """The Ray cluster cannot be reached, does not fit or failed; the old generation stays."""


class DocumentMissingError(FootnoteError):
    """The index holds no document of that name."""


class SourceError(FootnoteError):
    """A source cannot be reached, or must not be mirrored as it is; nothing was changed."""


class PictureError(FootnoteError):
    """A document has no such page to show, or no pages at all."""


class ModelError(FootnoteError):
    """A model is missing or its file is not the pinned one."""


class QueryError(FootnoteError):
    """A query is not text."""


def one_line(exc: Exception) -> str:
    """What another package says of its error, on one line of at most 200 characters."""
    return " ".join(str(exc).split())[:200]
