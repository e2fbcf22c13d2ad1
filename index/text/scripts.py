"""Ranges of characters of scripts, for the character classes of regular expressions."""

from __future__ import annotations

__all__ = ["CJK", "KANA_AND_HAN", "UNSPACED"]

KANA_AND_HAN = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""No space stands between words, nor between sentences."""

CJK = KANA_AND_HAN + "\uac00-\ud7af"
"""With Hangul, whose words have spaces and endings."""

UNSPACED = CJK + "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff"
"""With Thai, Lao, Burmese, Khmer and rare Han: what is taken apart for search."""
