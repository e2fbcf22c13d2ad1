"""What a shown sentence begins with: its words, not its dateline or page number."""

from __future__ import annotations

import pytest

from index.text.prose import from_its_words
from index.types import Span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SEOUL, Nov. 1 (Yonhap) -- President Lee met.", "President Lee met."),
        ("LONDON (Reuters) - Shares fell.", "Shares fell."),
        ("PARIS, 3 mai 2021 – Le conseil a voté.", "Le conseil a voté."),
        ("(서울=연합뉴스) 홍길동 기자 = 대통령은 말했다.", "대통령은 말했다."),
        ("date 2025-11-01 GYEONGJU, North Province — Two met.", "Two met."),
        ("2025-11-01 Two met.", "Two met."),
        ("12\nThe committee met.", "The committee met."),
        ("GDP (real) — Quarterly growth was 2 %.", None),
        ("UNESCO - Paris is its seat.", None),
        ("APEC – the forum – met.", None),
        ("1871 was the year.", None),
        ("The train -- a red one -- left.", None),
    ],
)
def test_a_sentence_begins_with_its_words(text: str, shown: str | None) -> None:
    assert from_its_words(text, Span(0, len(text))).of(text) == (shown or text)
