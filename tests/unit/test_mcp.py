"""The addresses of spans, which are made of names that anybody may have given a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import DocumentMissingError
from index.types import Span
from ui.mcp.addresses import Address, address_of, read_address

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200)


@given(NAMES, st.integers(0, 10**9), st.integers(0, 10**9))
def test_an_address_leads_to_what_it_was_made_of(name, start, length) -> None:
    span = Span(start, start + length)
    assert read_address(address_of(name)) == Address(name)
    assert read_address(address_of(name, span)) == Address(name, span.start, span.end)
    assert address_of(name, span).isascii()
    assert "/" not in address_of(name).removeprefix("footnote://document/")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "footnote://document/",
        "footnote://other/a.txt",
        "file:///etc/passwd",
        "footnote://document/a.txt?start=-1",
        "footnote://document/a.txt?end=1e9",
        "footnote://document/a.txt?start=٣",
        "footnote://document/" + "a" * 100_000,
    ],
)
def test_what_is_no_address_leads_nowhere(address) -> None:
    with pytest.raises(DocumentMissingError, match="is no footnote://document/"):
        read_address(address)
