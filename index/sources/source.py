"""What a kind of source has to give: what is there, and the bytes of one of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from index.errors import SourceError

__all__ = ["EXTRA", "Content", "Item", "ItemError", "Mark", "Source", "Waiting", "at_most",
           "needs"]  # fmt: skip

EXTRA = 'pip install -c constraints.txt -e ".[sources]"'


@dataclass(frozen=True, slots=True)
class Item:
    """What a source holds, by its own name there.

    ``path`` is where it is to be, with slashes; None where only its content tells. A ``version``
    stands for the content as long as it is the same; "" where the source gives none. ``size`` is
    in bytes, None where it is not known.
    """

    key: str
    path: str | None
    version: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an item, as they come, where it is to be, and how to ask for news of it."""

    chunks: Iterable[bytes]
    path: str
    mark: str = ""


Mark = str
"""What a source gave with a content, and gets back: it need not send the same again."""


class ItemError(Exception):
    """One item cannot be had; the message is the reason. The others can."""


class Waiting(Exception):  # noqa: N818 - no error: the rest comes with the next sync
    """The source gives no more for now; the message is the reason."""


class Source(Protocol):
    """A place whose files are mirrored.

    Raises (every method):
        SourceError: it cannot be reached; nothing that it gave counts.
    """

    def items(self) -> Iterable[Item]:
        """All that is there."""
        ...

    def fetch(self, item: Item, mark: Mark) -> AbstractContextManager[Content | None]:
        """The content, None when it is what it was when ``mark`` was given.

        Raises:
            ItemError: this one cannot be had.
            Waiting: it and the ones behind it cannot be had now.
        """
        ...

    def close(self) -> None:
        """End what was opened; raises nothing."""
        ...


def needs(module: str, kind: str) -> None:
    """Refuse a kind whose library is not installed.

    Raises:
        SourceError: it is not.
    """
    if find_spec(module) is None:
        raise SourceError(f"a source of kind {kind} needs the extra `sources`: {EXTRA}")


def at_most(
    items: Iterable[Item], limit: int, until: float, now: Callable[[], float] = time.monotonic
) -> Iterator[Item]:
    """The items, as long as there are no more than ``limit``, and before the time ``until``.

    Raises:
        SourceError: there are more, or it takes longer.
    """
    for count, item in enumerate(items, 1):
        if count > limit:
            raise SourceError(
                f"it lists more than max_files = {limit} files: name a folder of it, or raise "
                "the setting"
            )
        if now() > until:
            raise SourceError("to list it takes longer than max_minutes: raise the setting")
        yield item
