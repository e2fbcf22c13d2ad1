"""Ranges of characters of scripts, for the character classes of regular expressions."""

from __future__ import annotations

__all__ = ["CJK", "HAN", "HANGUL", "HIRAGANA", "KANA_AND_HAN", "KATAKANA", "UNSPACED"]

HIRAGANA = "\u3040-\u309f"
KATAKANA = "\u30a0-\u30ff\u31f0-\u31ff"
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HANGUL = "\uac00-\ud7af"

KANA_AND_HAN = HIRAGANA + KATAKANA + HAN
"""No space stands between words, nor between sentences."""

CJK = KANA_AND_HAN + HANGUL
"""With Hangul, whose words have spaces and endings."""

UNSPACED = CJK + "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff"
"""With Thai, Lao, Burmese, Khmer and rare Han: what is taken apart for search."""
