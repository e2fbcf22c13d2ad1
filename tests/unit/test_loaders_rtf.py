"""RTF: what is raised, struck, merged, or beside the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.loaders import rtf
from index.loaders.extract import Extract, Source


def read(body: str) -> Extract:
    return rtf.read(Source(rf"{{\rtf1\ansi {body}}}".encode(), "a.rtf"))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"It costs 42{\super 1} euros.", "It costs 42¹ euros."),
        (r"10\super -\super 6\nosupersub  g of CO{\sub 2}.", "10⁻⁶ g of CO₂."),
        (r"4{\up6 2} and 4{\up0 2} and x{\dn4 1}", "4² and 42 and x₁"),
        (r"8\super 2\plain 5", "8²5"),
        (r"It costs {\strike 70} 80 euros.", "It costs 80 euros."),
        (r"It costs \striked1 70 \striked0 80 euros.", "It costs 80 euros."),
        (r"Keys {\deleted are lost\par }are given out.\par Next.", "Keys are given out.\n\nNext."),
        (r"{\strike Old.\par}New.", "New."),
    ],
)
def test_raised_lowered_struck_and_deleted_text(body, text):
    assert read(body).text == text


def test_a_mark_of_a_note_is_raised_and_comments_say_whose_they_are():
    body = (
        r"It seats 24{\super\chftn{\footnote\pard{\super\chftn} Plus one.}}, "
        r"{\*\atnid AH}{\*\atnauthor Ada Holt}\chatn{\*\annotation{\*\atnref 0}Is that so?}no more."
        r"\par Next.{\deleted{\footnote Gone.}}"
    )
    assert read(body).text == (
        "It seats 24¹, no more.\n\nNote 1: Plus one.\n\nComment (Ada Holt): Is that so?\n\nNext."
    )


def test_page_headers_and_footers_come_once_without_numbers_of_pages():
    header = r"{\header\pard File K-2\par}{\headerf\pard File K-2\par}"
    footer = (
        r"{\footer\pard Valid until 2031\tab page {\field{\*\fldinst PAGE}{\fldrslt 3}}\par"
        r" - \chpgn  -\par}"
    )
    assert read(header + footer + r"Page \chpgn Text.").text == (
        "Page Text.\n\nPage header: File K-2\n\nPage footer: Valid until 2031"
    )


def test_what_an_author_wrote_about_a_picture_is_kept():
    shape = r"{\sp{\sn wzName}{\sv Picture 1}}{\sp{\sn wzDescription}{\sv A moor}}"
    assert read(rf"Text.{{\pict{{\*\picprop {shape}}}89504e47}}\par End.").text == (
        "Text.\n\nPicture: A moor\n\nEnd."
    )


def test_a_note_that_is_cut_off_is_kept():
    assert read(r"It seats 24{\footnote Plus").text == "It seats 24¹\n\nNote 1: Plus"


def row(definition: str, *cells: str) -> str:
    inner = "".join(rf"\pard\intbl {cell}\cell " for cell in cells)
    return rf"\trowd {definition}{inner}\row "


def test_rows_of_a_table_name_their_columns_with_merged_cells():
    three = r"\cellx1000\cellx2000\cellx3000"
    table = (
        row(r"\clvmgf\cellx1000\cellx3010", "Ticket", r"Price{\footnote In euros.}")
        + row(rf"\clvmrg{three}", "", "Adults", "Children")
        + row(rf"\clvmgf{three}", "Day", "8", "4")
        + row(r"\clvmrg\cellx1000\clmgf\cellx2000\clmrg\cellx3000", "", "free", "")
    )
    extract = read(rf"{table}\pard After.\par {row('', 'Room', 'Beds')}{row('', 'Attic', '3')}")
    assert extract.text == (
        "- Ticket: Day; Price¹ Adults: 8; Price¹ Children: 4\n"
        "- Ticket: Day; Price¹ Adults: free; Price¹ Children: free\n\nAfter.\n\n"
        "Note 1: In euros.\n\n- Room: Attic; Beds: 3"
    )
    assert [place.name for place in extract.places] == [
        "table 1, row 3", "table 1, row 4", "", "table 2, row 2", "",
    ]  # fmt: skip
    assert len(extract.tables) == 2


@given(st.lists(st.sampled_from([
    r"\trowd ", r"\cellx99 ", r"\clmrg ", r"\clvmrg ", r"\intbl ", r"\cell ", r"\row ", r"\par ",
    r"\super ", r"\strike ", r"\deleted ", r"{\footnote ", r"{\header ", r"{\*\annotation ", "{",
    "}", r"{\sn ", r"{\sv ", r"{\*\fldinst PAGE", r"{\fldrslt ", r"\plain ", r"\pard ", "a", "1",
])))  # fmt: skip
def test_words_in_any_order_are_read_to_the_end(words):
    read("".join(words))
