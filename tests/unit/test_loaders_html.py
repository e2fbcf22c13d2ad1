"""Web pages: what is content, what a reader sees of it, and where it stands."""

from __future__ import annotations

import pytest

from index.loaders.extract import Extract, Source
from index.loaders.plain import html
from tests.files import load


def page(markup: str) -> Extract:
    extract = html.read(Source(markup.encode(), "a.html"))
    for table in extract.tables:
        for row in table.rows:
            statement = row.span.of(extract.text)
            assert all(cell in statement for cell in row.cells)
    for heading in extract.headings:
        assert extract.text[heading.start :].startswith(heading.text)
    return extract


def text(markup: str) -> str:
    return "\n".join(filter(None, map(str.strip, page(markup).text.split("\n"))))


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("The fee is 31<sup>2</sup> euros.", "The fee is 31² euros."),
        ("Less than 4&times;10<sup>-7</sup> g of CO<sub>2</sub>.", "Less than 4×10⁻⁷ g of CO₂."),
        ("31<sup><a href='#n2'>[2]</a></sup> euros", "31² euros"),
        ("31<a href='#n2' role='doc-noteref'>2</a> euros", "31² euros"),
        ("31<sup><a href='#nb'>b</a></sup> euros", "31[b] euros"),
        ("31<sup>2, 3</sup> euros", "31², ³ euros"),
        ("31<span style='vertical-align: super'>2</span> euros", "31² euros"),
        ("<style>.n, b.m {vertical-align:super}</style>31<span class='n'>2</span> euros",
         "31² euros"),
        ("on the 15<sup>th</sup> of May", "on the 15th of May"),
        ("<math><msup><mi>r</mi><mn>2</mn></msup><mo>=</mo><mfrac><mi>A</mi><mi>π</mi></mfrac>"
         "<annotation>r^2</annotation></math>", "r²=A/π"),
    ],
)  # fmt: skip
def test_what_is_raised_or_lowered_joins_no_number(markup, shown):
    assert text(f"<p>{markup}</p>") == shown


@pytest.mark.parametrize(
    "struck",
    [
        "<del>44 euros</del>",
        "<s>44 euros</s>",
        "<strike>44 euros</strike>",
        "<span style='text-decoration: line-through'>44 euros</span>",
        "<style>.old{color:red;text-decoration:line-through}</style><i class='x old'>44 euros</i>",
    ],
)
def test_struck_text_is_left_out_and_inserted_text_stays(struck):
    shown = text(f"<p>A locker costs {struck} <ins>52 euros</ins>.</p>")
    assert shown == "A locker costs 52 euros."


def test_the_rows_of_a_table_name_their_columns_and_say_where_they_stand():
    extract = page(
        "<h2>Boats</h2><table><caption>Hire</caption><tr><td></td><th>Hour</th><th>Day</th></tr>"
        "<tr><th>Canoe</th><td>9.50</td><td>41</td></tr></table><p>Life vests are free.</p>"
    )
    assert "Hire\n\n- Canoe; Hour: 9.50; Day: 41\n\nLife vests" in extract.text
    (table,) = extract.tables
    assert (table.name, table.columns, table.rows[0].number) == ("table 1", ("", "Hour", "Day"), 2)
    assert table.rows[0].cells == ("Canoe", "9.50", "41")
    document = load("a.html", "<p>Before.</p><table><tr><th>A<th>B<tr><td>xx<td>yy</table>After.")
    assert [document.place_at(document.text.index(w)) for w in ("Before", "xx", "After")] == [
        None,
        "table 1, row 2",
        None,
    ]


def test_a_cell_counts_for_every_row_and_column_that_it_spans():
    shown = text(
        "<table><thead><tr><th rowspan=2>Boat<th colspan=2>Summer</tr><tr><th>Hour<th>Day</tr>"
        "</thead><tr><td rowspan=2>Canoe<td>9<td>41</tr><tr><td>8<td>40</tr>"
        "<tr><td colspan=3>Members</tr><tr><td>Raft<td colspan=2>70</tr></table>"
    )
    assert shown.split("\n") == [
        "- Boat: Canoe; Summer Hour: 9; Summer Day: 41",
        "- Boat: Canoe; Summer Hour: 8; Summer Day: 40",
        "- Members",
        "- Boat: Raft; Summer Hour: 70; Summer Day: 70",
    ]


def test_a_table_of_names_and_values_gives_each_value_its_name():
    rows = "<tr><td>Length</td><td>7.2 metres</td></tr><tr><td>Seats:</td><td>four</td></tr>"
    assert text(f"<table>{rows}</table>") == "- Length: 7.2 metres\n- Seats: four"
    assert text("<table><tr><td>Boat<td>Price<tr><td>Raft<td>70<tr><td>Canoe<td>9</table>") == (
        "- Boat: Raft; Price: 70\n- Boat: Canoe; Price: 9"
    )


@pytest.mark.parametrize(
    "table",
    [
        "<table role='presentation'><tr><th>Left<th>Right<tr><td>Up<td>Down</table>",
        "<table><tr><td>Left<td>Right</table>",
        "<table><tr><td><h3>Left</h3><td>Right<tr><td>Up<td>Down</table>",
        "<table><tr><td>Left<td><table><tr><td>Up<td>1<tr><td>Down<td>2</table></table>",
    ],
)
def test_a_table_for_layout_stays_text(table):
    assert "Left" in text(table)
    assert "Left:" not in text(table)


@pytest.mark.parametrize("span", ["99999999999", "-3", "two", "0", "１"])
def test_spans_of_any_size_do_not_harm(span):
    shown = text(f"<table><tr><th>A<th>B<tr><td colspan={span} rowspan={span}>xx<td>yy</table>")
    assert "xx" in shown


def test_cells_that_span_much_make_a_table_not_much_longer():
    rows = f"<tr><td colspan=100 rowspan=100>{'x' * 150}<td>y" * 300
    shown = page(f"<table><tr><th>a<th>b{rows}</table>").text
    assert shown.count("x" * 150) >= 300
    assert len(shown) < 1_000_000


def test_a_list_of_definitions_is_one_of_statements():
    shown = text(
        "<dl><dt>Hull:</dt><dd><p>oak</p></dd><dt>Mast</dt><dt>Boom</dt><dd>ash, <b>oiled</b></dd>"
        "<dd>pine</dd><dt>Keel</dt></dl><p>After.</p>"
    )
    assert shown.split("\n") == [
        "* Hull: oak",
        "* Mast, Boom: ash, oiled; pine",
        "* Keel",
        "After.",
    ]


def test_code_stays_as_it_is_with_its_lines_and_apart_from_the_text():
    extract = page(
        "<p>To empty the tank, run:</p><div><pre><code><span>tank</span> <span>--drain</span>\n"
        "  if <b>full</b>:\n\n\n      stop</code></pre></div><p>Then wait.</p>"
    )
    code = "tank --drain\n  if full:\n\n\n      stop"
    assert f"run:\n\n{code}\n\n" in extract.text


def test_a_summary_stands_above_what_it_opens():
    shown = page("<details><summary>Is it heated?</summary>Yes, to 24 degrees.</details><p>x</p>")
    assert shown.text == "Is it heated?\nYes, to 24 degrees.\n\nx"


def test_attributes_that_a_reader_sees_are_text():
    shown = text(
        "<p>The <abbr title='Lake Rescue Service'>LRS</abbr> came on <time datetime='2026-07-04'>4"
        " July</time>. The <abbr title='Lake Rescue Service'>LRS</abbr> left. <img alt='✓'></p>"
        "<p>Turn <img src='a.png' alt='the yellow valve'> to the left.</p>"
        "<img src='x/map-2.png' alt='map-2'><img src=y alt='IMG_2231.JPG'><img src=z alt=''>"
    )
    assert shown.split("\n") == [
        "The LRS (Lake Rescue Service) came on 4 July (2026-07-04). The LRS left. ✓",
        "Turn to the left.",
        "Picture: the yellow valve",
    ]


CONTENT = (
    "<h1>Opening hours</h1><p>The boat house opens at eight on every day of the week, and it"
    " closes an hour before the sun goes down. In the winter it stays closed all day long.</p>"
    "<p>Those who come later ring at the house of the keeper, who has a key.</p>"
)
LINKS = "<li><a href='/1'>Ida Moe</a></li><li><a href='/2'>Per Lund</a></li>"
LINKS += "<li><a href='/3'>Siv Aas</a></li>"


@pytest.mark.parametrize(
    "noise",
    [
        "<div class='top'><ul>NOISE<li><a href='/'>Home</a></li><li><a href='/b'>Boats</a></li>"
        "<li><a href='/c'>Contact</a></li></ul></div>",
        "<ol><li><a href='/'>NOISE</a></li><li><a href='/b'>Boats</a></li>"
        "<li aria-current='page'>Hours</li></ol>",
        "<div role='dialog'>NOISE <button>Accept</button></div>",
        "<div><p>NOISE this page sets things.</p><button>Yes</button> <button>No</button></div>",
        "<style>.bar{bottom:0;position: fixed}</style><div class='bar'>NOISE</div>",
        "<div id='x'><header>NOISE</header></div>",
        "<div role='contentinfo'>NOISE</div>",
        "<button>NOISE</button>",
    ],
)
@pytest.mark.parametrize("where", ["{noise}{content}", "{content}{noise}"])
def test_menus_banners_and_bars_of_links_are_no_content(noise, where):
    noise = noise.replace("NOISE<li>", "<li><a href='/n'>NOISE</a></li><li>")
    shown = text(f"<body>{where.format(noise=noise, content=CONTENT)}</body>")
    assert "NOISE" not in shown
    assert "Home" not in shown
    assert "who has a key." in shown


@pytest.mark.parametrize(
    "kept",
    [
        f"{CONTENT}<h2>Keepers</h2><ul>{LINKS}</ul>",
        f"{CONTENT}<p>The keepers are:</p><ul>{LINKS}</ul>",
        f"<h1>Keepers</h1><ul>{LINKS}</ul>",
        f"{CONTENT}<h3><button aria-expanded='false'>Ida Moe</button></h3><div>Text.</div>",
        f"<form><input type='submit'>{CONTENT}<p>Ida Moe</p></form>",
    ],
)
def test_lists_of_links_that_a_page_is_for_stay(kept):
    assert "Ida Moe" in text(f"<body>{kept}</body>")


@pytest.mark.parametrize("mark", ["\ufdd00\ufdd1\ufdd2", "\ufdd0\ufdd1", "&#xfdd0;7&#xfdd1;"])
def test_the_characters_of_marks_in_a_page_do_not_harm(mark):
    shown = text(f"<p>{mark}Before.</p><pre>a  b</pre><p>{mark}After.</p>")
    assert ("Before." in shown, "a  b" in shown, "After." in shown) == (True, True, True)


def test_a_link_within_the_page_is_left_out_before_all_text_only():
    found = page(
        "<title>Boats</title><?php x ?> <a href='#m'>Jump</a>\n<p>The boat leaves at nine.</p>"
        "<a href='#n'>Fares</a>"
    )
    assert "Jump" not in found.text
    assert "Fares" in found.text
    assert "Jump" in page("<?php x ?>Boats <a href='#m'>Jump</a> <p>The boat leaves.</p>").text


def test_a_list_that_goes_on_counts_from_its_start():
    assert "4. Row" in text('<ol start="4"><li>Row</li><li>Swim</li></ol>')
    assert "5. Swim" in text('<ol start="4"><li>Row</li><li>Swim</li></ol>')
