"""What a question asks of the rows of a table, by the heads of ``tables.npz``.

Each is linear over the question's vector, those of operations and bounds also over the vectors of
its words: for each of them the word counts that says it most. They are fitted by
``training/tables.py`` on examples in 20 languages. Nothing is known of a table here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.text.scripts import UNSPACED
from rag.features import probability

__all__ = ["BOUNDS", "OPERATIONS", "OTHER", "WAYS", "Asked", "Vector", "what_is_asked", "words_of"]

Vector = NDArray[np.float32]

OTHER = "other"
OPERATIONS = ("find", "count", "sum", "mean", "max", "min", OTHER)
"""What can be asked of rows, in the order of the rows of the weights."""

WAYS = tuple(
    "grouped negated empty both ranked sorted share distinct by_count by_mean by_sum compared who"
    " when often".split()
)
"""In which further ways, each by weights of its own."""

BOUNDS = ("within", "above", "below", "between")
"""How a time or a number bounds; "within" a time, or equal to a number."""

_OF_ROWS = OPERATIONS[:-1]
_ENDS = [OPERATIONS.index("max"), OPERATIONS.index("min")]
_OF_ENDS = ("both", "ranked", "sorted", "by_count", "by_mean", "by_sum")  # of an order
_AMOUNTS = ("count", "sum")  # which "how many" and "total" ask for
_ALONE = 0.9  # likely, from which a word alone asks for something
_OF_ANYTHING = ("who", "when")  # as what is no table is asked too
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CJK = re.compile(f"[{UNSPACED}]")
_DENIALS = ("negated", "empty")
_TRAINED = Path(__file__).parents[1] / "models" / "tables.npz"
_HARDLY = 0.02  # likely, from which a question is one of a table where it names a value of it
_CLEAR = 0.5  # by how much likelier what is asked is than the next
_CLEARLY = 0.7  # of all bounds, from which one is meant
_MAY_BE_SUM = 0.2  # likely
_SURELY = 0.9  # likely, from which an end of an order is asked for
_MAYBE = 0.2  # likely, from which an order may be
_LIKELY = 0.7  # from which a word alone asks for an end of an order
_SO = 0.5  # likely, from which it is asked in a further way
_EQUAL = 0.6  # the same, that a number is just that which is meant
_PART = 0.7  # of how likely it was, that is left without a word that belongs to what is asked,
_PERHAPS = 0.05  # likely, from which it may be asked
_MUCH_LESS = 2.5  # or by how much the logarithm of its odds is less,
_LESS = 1.0  # or the logit of a way


def what_is_asked(text: str, vector: Callable[[str], Vector]) -> Asked:
    """What a text asks of rows; ``vector`` gives the query vector of any."""
    return Asked(vector(text), tuple(map(vector, words_of(text))))


def words_of(text: str) -> list[str]:
    """The words of a text in lower case; in a script without spaces every two signs.

    >>> words_of("Who earns 50?"), words_of("最多是谁")
    (['who', 'earns'], ['最多', '多是', '是谁'])
    """
    return [
        part
        for word in _WORD.findall(text.lower())
        for part in (
            [word[at : at + 2] for at in range(max(1, len(word) - 1))]
            if _CJK.search(word)
            else [word]
        )
    ]


@dataclass(frozen=True)
class Asked:
    """What a question asks of rows, and how likely that is, by its vector and those of its words.

    ``words`` are those of ``words_of``; without them the vector alone says it. ``said`` is the
    operation that something else says: an end of an order, a sum of what is measured, "find" where
    an amount bounds, "count" where it is asked how often, or "rows" where surely some are listed.
    """

    vector: Vector
    words: Sequence[Vector] = ()
    said: str = ""

    @cached_property
    def _logits(self) -> Vector:
        logits = self.logits_by(_head())
        if self.said:
            same = [*_ENDS, _OF_ROWS.index("find")]
            if self.said != "find":
                is_all = self.said in _AMOUNTS  # other things say it, however it is asked
                same = list(range(len(OPERATIONS if is_all else _OF_ROWS)))
            together = np.logaddexp.reduce(logits[same])
            logits[same] = -np.inf
            logits[OPERATIONS.index("find" if self.said == "rows" else self.said)] = together
        return logits

    def logits_by(self, head: Mapping[str, Vector], name: str = "") -> Vector:
        """One for each of ``OPERATIONS``, or of ``BOUNDS`` ("bound_"), by the weights of a head."""
        logits = head[f"{name}weights"] @ self.vector + head[f"{name}bias"]
        if self.words:
            words = np.stack(self.words)
            said = words @ head[f"{name}words_weights"].T + head[f"{name}words_bias"]
            logits = logits + np.maximum(said.max(axis=0), 0.0)
        return np.asarray(logits, dtype=np.float32)

    @cached_property
    def _shares(self) -> Vector:
        logits = self._logits
        share = np.exp(logits - logits.max())
        return np.asarray(share / share.sum(), dtype=np.float32)

    @property
    def prior(self) -> float:
        """How likely it is that anything is asked of rows."""
        return float(self._shares[:-1].sum())

    @cached_property
    def _best(self) -> tuple[str, bool]:
        if self.orders or self.compares:
            return self.end, True
        shares = self._shares[:-1] / self.prior
        second, best = shares.argsort()[-2:]
        ahead = shares[best] - shares[second]
        # Whether rows are listed or counted, the same rows answer.
        is_same = {OPERATIONS[second], OPERATIONS[best]} == {"find", "count"}
        is_clear = self.prior >= _HARDLY and (is_same or bool(ahead >= _CLEAR))
        if is_same and ahead < _CLEAR:
            return "count", is_clear
        # "How many goals" are rows or a sum: whether there is such a column says which.
        if {OPERATIONS[second], OPERATIONS[best]} == {"count", "sum"} and ahead < _CLEAR:
            return "count", self.prior >= _HARDLY
        return OPERATIONS[best] if is_clear else "find", is_clear

    @cached_property
    def orders(self) -> frozenset[str]:
        """In which ways an order is asked for."""
        is_none = self.said in ("find", "rows", *_AMOUNTS)
        return frozenset(() if is_none else filter(self.is_so, _OF_ENDS))

    @property
    def operation(self) -> str:
        """One of ``OPERATIONS``; "find" where it is not clear which."""
        return self._best[0]

    @property
    def is_clear(self) -> bool:
        """Whether it is clear what is asked; else it can only be a cell of a row that is named."""
        return self._best[1]

    @property
    def likely(self) -> float:
        """How likely the operation is, where anything is asked of rows."""
        if self.orders or self.compares:  # it is clear as far as its end is
            ends = [self.share_of(end) for end in ("max", "min")]
            is_so = max(map(self.way, self.orders), default=1.0)
            return is_so * abs(ends[0] - ends[1]) / sum(ends)
        # Rows that are listed or counted, and what is counted or added up, are not told apart.
        same = ("find", "count", "sum") if self.operation == "count" else (self.operation,)
        return sum(map(self.share_of, same)) / self.prior

    def share_of(self, operation: str) -> float:
        """How likely an operation is."""
        return float(self._shares[OPERATIONS.index(operation)])

    @property
    def may_be_sum(self) -> bool:
        """Whether what is counted may be a sum."""
        return self.share_of("sum") >= _MAY_BE_SUM

    @property
    def likeliest(self) -> str:
        """The operation that is likeliest, be it clear or not."""
        return OPERATIONS[int(self._shares[:-1].argmax())]

    @property
    def end(self) -> str:
        """Which end of an order is likelier: "max" or "min"."""
        return max(("max", "min"), key=self.share_of)

    @property
    def is_ranked(self) -> bool:
        """Whether a number is a place in an order: the second, the first three."""
        return self.is_so("ranked") or self.operation in ("max", "min")

    def logit(self, way: str) -> float:
        """How likely a way is, as a logit."""
        return float((_head()[f"{way}_weights"] @ self.vector + _head()[f"{way}_bias"])[0])

    def way(self, way: str) -> float:
        """How likely it is that it is asked in this way."""
        return probability(self.logit(way))

    def is_so(self, way: str) -> bool:
        """Whether it is asked in this way."""
        return self.way(way) >= _SO

    def bound(self, count: int, least: float = _CLEARLY) -> str:
        """How so many times or numbers bound: one of ``BOUNDS``, "" where it is not clear.

        The vectors are those of the words around them; ``least`` is how much of all it must be.
        """
        share = self._bound_shares(*(["between"] if count == 1 else BOUNDS[1:3]))
        best = int(share.argmax())
        return BOUNDS[best] if share[best] >= least else ""

    @property
    def bounds(self) -> tuple[float, float, float]:
        """How likely one number is within, above or below; the vectors are as in `bound`."""
        within, above, below, _ = self._bound_shares("between").tolist()
        return within, above, below

    @property
    def is_equal(self) -> bool:
        """Whether a number in the text is that which is meant: "as much as 100"."""
        return self.way("equal") >= _EQUAL

    @property
    def is_listed(self) -> bool:
        """Whether a number in the text only stands beside something: "the seats and 100"."""
        return self.is_so("listed")

    @property
    def bounding(self) -> float:
        """How likely a number in the text is bounded from one side: "at most 200"."""
        share = self._bound_shares()
        return float(share[BOUNDS.index("above")] + share[BOUNDS.index("below")])

    def _bound_shares(self, *others: str) -> Vector:
        """How likely each of ``BOUNDS`` is, where it is none of ``others``."""
        logits = self.logits_by(_head(), "bound_")
        share = np.exp(logits - logits.max())
        share[[BOUNDS.index(name) for name in others]] = 0.0
        return np.asarray(share / share.sum(), dtype=np.float32)

    @property
    def compares(self) -> bool:
        """Whether the highest or the lowest of several is surely asked for."""
        return self.share_of("max") + self.share_of("min") >= _SURELY

    @property
    def is_order(self) -> bool:
        """Whether an order may be asked for at all: of rows, or in a way of its own."""
        return bool(self.orders) or self.is_so("compared") or self.prior >= _MAYBE

    @property
    def may_order(self) -> bool:
        """Whether an end of an order is likelier than all else, whichever it is."""
        return self.share_of("max") + self.share_of("min") >= _SO

    @property
    def begins(self) -> bool:
        """Whether a time or a number is where something begins ("since"), not where it is ("in").

        The vectors are those of the words around it.
        """
        logits = self.logits_by(_head(), "bound_")
        return bool(logits[BOUNDS.index("above")] > logits[BOUNDS.index("within")])

    def is_asked_by(self, word: Asked) -> bool:
        """Whether a word alone asks for the mean, sum, number or end that the question asks for."""
        kinds = (_AMOUNTS, ("mean",), ("max", "min") if self.is_order else ())
        same = next((kind for kind in kinds if self.operation in kind), ())
        return bool(same) and sum(map(word.share_of, same)) >= _ALONE

    @property
    def is_end(self) -> bool:
        """Whether this, a word alone, asks for an end of an order: "most", not "old"."""
        return self.share_of("max") + self.share_of("min") >= _LIKELY

    @property
    def is_of_end(self) -> bool:
        """Whether this may be a word alone that says which end of an order is meant."""
        return self.share_of("max") + self.share_of("min") >= _PERHAPS

    def bounds_by(self, word: Asked) -> bool:
        """Whether a word alone is of an end: "less" than an amount."""
        return max(word.share_of("max"), word.share_of("min")) >= _ALONE

    def is_less_without(self, shorter: Asked, *, ways_only: bool, denies: bool = True) -> bool:
        """Whether what is asked is less likely of the question without one of its words.

        ``ways_only``: in which further ways it is, not which of ``OPERATIONS``; ``denies``: whether
        anything is known to be denied.
        """
        is_less = any(
            shorter.share_of(operation) <= _PART * self.share_of(operation)
            for operation in (_AMOUNTS if self.operation in _AMOUNTS else (self.operation,))
            if operation == self.operation or self.share_of(operation) >= _PERHAPS
        )
        is_less |= shorter._odds(self.operation) <= self._odds(self.operation) - _MUCH_LESS
        if self.is_so("both"):  # of the highest and the lowest one goes with a word
            ends = [asked._odds("max") - asked._odds("min") for asked in (self, shorter)]
            is_less |= abs(ends[0] - ends[1]) >= _MUCH_LESS
        no_part = _OF_ANYTHING if denies else (*_OF_ANYTHING, *_DENIALS)
        ways = [way for way in WAYS if way not in no_part and self.is_so(way)]
        return (is_less and not ways_only) or any(
            shorter.logit(way) <= self.logit(way) - _LESS for way in ways
        )

    def is_other_without(self, shorter: Asked, *, is_late: bool) -> bool:
        """Whether anything that may be asked is much less likely without one of the words."""
        operations = OPERATIONS[2:-1] if is_late else OPERATIONS[:-1]
        return self.is_less_without(shorter, ways_only=is_late) or any(
            shorter._odds(operation) <= self._odds(operation) - _MUCH_LESS
            for operation in operations
            if self.share_of(operation) >= _PERHAPS
        )

    def _odds(self, operation: str) -> float:
        """The logarithm of how likely an operation is against all others."""
        logits = self._logits
        at = OPERATIONS.index(operation)
        others = np.delete(logits, at)
        return float(logits[at] - others.max() - np.log(np.exp(others - others.max()).sum()))


@cache
def _head() -> dict[str, Vector]:
    with np.load(_TRAINED, allow_pickle=False) as stored:
        return dict(stored)
