"""The language of a text: the only room of py3langid, whose model is in its wheel."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

__all__ = ["UNDECIDED", "language_of", "likely_languages"]

UNDECIDED = "und"  # ISO 639-2 for "undetermined"

_SAMPLE = 400  # characters at the start, in the middle and at the end
_MIN_CONFIDENCE = 0.3
_LIKELY = 10  # languages that a few words may be in


def language_of(text: str) -> str:
    """The ISO 639-1 code of the language that most of a text is in, or "und".

    Undecided are texts of a word or two, of numbers, or of a language that the model does not know.
    Three samples are read, so a long text costs no more than a page (about 1 ms).

    >>> language_of("Two ministers met in Seoul and signed a memorandum of understanding.")
    'en'
    >>> language_of("Los ministros se reunieron en Seúl y firmaron un acuerdo."), language_of("42")
    ('es', 'und')
    """
    language, confidence = _identifier().classify(_sampled(text))
    return str(language) if confidence >= _MIN_CONFIDENCE else UNDECIDED


def likely_languages(text: str) -> list[str]:
    """The languages that a few words are likeliest in, where one alone would be a guess.

    >>> "de" in likely_languages("Montag Dienstag Mittwoch")
    True
    """
    return [str(language) for language, _ in _identifier().rank(_sampled(text))[:_LIKELY]]


def _sampled(text: str) -> str:
    if len(text) <= 3 * _SAMPLE:
        return text
    middle = (len(text) - _SAMPLE) // 2
    return " ".join((text[:_SAMPLE], text[middle : middle + _SAMPLE], text[-_SAMPLE:]))


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """The model (5 MB, half a second), for the languages that have a two-letter code."""
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([label for label in identifier.labels if len(label) == 2])
    # Its rows are read, a hundred of a text: each in one place, which is twice as fast.
    identifier.nb_ptc = np.ascontiguousarray(identifier.nb_ptc)
    return identifier
