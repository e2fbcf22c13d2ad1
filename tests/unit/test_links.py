"""Documents that the best evidence names are read too."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.links import Titles, plain_title


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Bread is sold in Leland.", ["leland"]),  # the first capital is the sentence's
        ("They sell Bread.", ["bread"]),
        ("They sell bread.", []),
        ("Lelands and Leland's", ["leland"]),
        ("The Act of 1990 applies.", []),
    ],
)
def test_a_title_counts_as_a_whole_name_only(text, named) -> None:
    titles = {"leland": "Leland (town)", "bread": "Bread", "act": "Act"}
    assert Titles(titles).named(text) == named


_PARTS = st.lists(st.sampled_from(["The", "Act", "of", "1990", "Río", "東京", "“", "-", "(", " "]))
_TEXTS = _PARTS.map(" ".join) | _PARTS.map("".join)


@given(_TEXTS, st.lists(_TEXTS, max_size=6))
def test_the_titles_found_are_those_of_a_look_at_every_one(text, every) -> None:
    titles = {str(number): title for number, title in enumerate(every)}
    plain = {name: plain_title(title) for name, title in titles.items()}
    expected = [
        name
        for name in sorted(plain, key=lambda name: (-len(plain[name]), name))
        if len(plain[name]) >= 4
        and (plain[name][0].isupper() or plain[name][0].isdigit() or not plain[name][0].isascii())
        and re.search(rf"(?<!\w){re.escape(plain[name])}(?!\w)", text[" " not in plain[name] :])
    ]
    assert Titles(titles).named(text) == expected
