"""LaTeX, Org, AsciiDoc and saved web pages: what a reader of the finished page sees."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest

from index.errors import LoadError
from index.loaders.extract import Extract, Source
from index.loaders.plain import asciidoc, mhtml, org, tex
from tests.files import load


def read(module, text: str) -> Extract:
    extract = module.read(Source(text.encode(), "a"))
    for heading in extract.headings:
        assert extract.text[heading.start :].startswith(heading.text)
    for table in extract.tables:
        assert all(row.cells[0] in row.span.of(extract.text) for row in table.rows)
    return extract


TABLES = {
    tex: r"\begin{tabular}{lr} \hline Boat & \textbf{Day} \\ \hline Raft & 70 \\ Canoe & 41 \\"
    r"\end{tabular}",
    org: "| Boat | *Day* |\n|------+-----|\n| Raft | 70 |\n| Canoe | 41 |\n",
    asciidoc: '[options="header"]\n|===\n|Boat |*Day*\n|Raft\n|70\n|Canoe |41\n|===\n',
}


@pytest.mark.parametrize("module", TABLES)
def test_the_rows_of_a_table_name_their_columns_and_say_where_they_stand(module):
    extract = read(module, f"Before.\n\n{TABLES[module]}\n\nAfter.\n")
    assert extract.text == "Before.\n\n- Boat: Raft; Day: 70\n- Boat: Canoe; Day: 41\n\nAfter."
    assert [p.name for p in extract.places] == ["table 1, row 2", "table 1, row 3", ""]
    assert extract.tables[0].columns == ("Boat", "Day")


CODE = "boat --go  # 100 %\n\n    now"


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (tex, f"To go, run:\n\\begin{{verbatim}}\n{CODE}\n\\end{{verbatim}}\nThen wait."),
        (tex, f"To go, run:\n\\begin{{lstlisting}}[language=sh]\n{CODE}\n\\end{{lstlisting}}\n"
              "Then wait."),
        (org, f"To go, run:\n#+BEGIN_SRC sh\n{CODE}\n#+END_SRC\nThen wait."),
        (asciidoc, f"To go, run:\n\n[source,sh]\n----\n{CODE}\n----\nThen wait."),
    ],
)  # fmt: skip
def test_code_is_whole_and_apart_from_the_text(module, text):
    assert read(module, text).text == f"To go, run:\n\n{CODE}\n\nThen wait."


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (tex, "The mast is 7 m.\n  % or is it 9 m?\nIt is \\emph{ash} % not oak\n\\begin{comment}"
              "\noak\n\\end{comment}\nwood, 5\\% of it wet."),
        (org, "The mast is 7 m.\n# or is it 9 m?\nIt is /ash/ +oak+\n#+begin_comment\noak\n"
              "#+end_comment\nwood, 5% of it wet."),
        (asciidoc, "The mast is 7 m.\n// or is it 9 m?\nIt is _ash_\n////\noak\n////\n"
                   "wood, 5% of it wet."),
    ],
)  # fmt: skip
def test_comments_are_no_text(module, text):
    shown = " ".join(read(module, text).text.split())
    assert shown == "The mast is 7 m. It is ash wood, 5% of it wet."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"We used $\zeta = \frac{a+b}{2^n}$, $x_{i}$.", "We used ζ = (a+b)/2ⁿ, xi."),
        (r"Less than $4 \cdot 10^{-7}$\,g of H\textsubscript{2}O.", "Less than 4 · 10⁻⁷ g of H₂O."),
        (r"It weighs \SI{4.2}{kg}~\cite{moe2019,lie}, see Table~\ref{tab:w}.",
         "It weighs 4.2 kg [moe2019, lie], see Table [tab:w]."),
        (r"See \url{https://x.org/~a_b%20c}, \href{https://y.org/%20}{the list}.",
         "See https://x.org/~a_b%20c, the list."),
        (r"``Yes'' --- \"Uber \ss{} \& \verb|a_b%| \sout{no}", "“Yes” — Über ß & a_b%"),
        (r"\begin{enumerate}\item Sign. \item Send $x^2$.\end{enumerate}", "1. Sign.\n2. Send x²."),
        (r"\newcommand{\sys}{Kestrel}\sys\ runs, \sys{} stops.", "Kestrel runs, Kestrel stops."),
        ("\\begin{align}\n E &= mc^2\n\\end{align}", "E = mc²"),
    ],
)  # fmt: skip
def test_latex_is_read_as_it_is_typeset(source, text):
    assert read(tex, source).text == text


def test_a_latex_document_has_title_sections_and_its_body_only():
    extract = read(
        tex,
        "\\documentclass{article}\n\\usepackage{x}\n\\title{On \\emph{boats}}\\author{Ida Moe}\n"
        "\\begin{document}\\maketitle\n\\section{Hulls}\nOak.\n\\subsection*{Masts $x^2$}\nAsh.\n"
        "\\end{document}\nNot this.",
    )
    assert extract.text == "On boats\n\nIda Moe\n\nHulls\n\nOak.\n\nMasts x²\n\nAsh."
    assert [(h.text, h.level) for h in extract.headings] == [
        ("On boats", 1), ("Hulls", 2), ("Masts x²", 3),
    ]  # fmt: skip
    assert extract.title == "On boats"


@pytest.mark.parametrize(
    "broken",
    ["\\section{", "{" * 3000, "\\begin{tabular}", "\\frac{a", "$x^", "\\begin{itemize}x", "\\",
     "%", "$" * 999, "\\end{x}", "\\multicolumn{9999999}{c}{x} & y \\\\"],
)  # fmt: skip
def test_damaged_latex_loses_nothing_of_the_rest(broken):
    assert read(tex, f"{broken}\n\nThe mast is ash.").text.endswith("The mast is ash.")


def test_latex_that_cannot_be_parsed_is_named():
    assert "LaTeX, kept as they are written: 1" in read(tex, "{" * 3000 + "\n\nText.").unread


def test_a_task_of_org_is_a_statement_with_its_keyword_priority_and_dates():
    extract = read(
        org,
        "#+TODO: TODO WAITING(w@) | DONE\n* TODO [#A] Write the report :work:\n"
        "  DEADLINE: <2026-09-15 Tue> SCHEDULED: <2026-09-01 Tue 10:00 +1w>\n  :LOGBOOK:\n  x\n"
        "  :END:\n  It goes to the Fund.\n* DONE Order the pump\n  CLOSED: [2026-05-02 Sat]\n"
        "* USA and Canada\n* WAITING Call Bob\n* Meeting\nSCHEDULED: <2026-05-04>--<2026-05-06>\n",
    )
    assert extract.text.split("\n\n") == [
        "Write the report",
        "- Task: Write the report; Status: TODO; Priority: A; Deadline: 2026-09-15; "
        "Scheduled: 2026-09-01 10:00 +1w",
        "It goes to the Fund.",
        "Order the pump",
        "- Task: Order the pump; Status: DONE; Closed: 2026-05-02",
        "USA and Canada",
        "Call Bob",
        "- Task: Call Bob; Status: WAITING",
        "Meeting",
        "- Meeting; Scheduled: 2026-05-04 – 2026-05-06",
    ]
    assert [row.cells[:2] for row in extract.tables[0].rows] == [
        ("Write the report", "TODO"), ("Order the pump", "DONE"), ("Call Bob", "WAITING"),
    ]  # fmt: skip
    assert extract.tables[0].rows[1].span.of(extract.text).startswith("- Task: Order the pump")


def test_org_has_headings_items_and_no_drawers():
    extract = read(
        org,
        "#+TITLE: Boats\n#+DATE: <2026-03-04 Wed>\n* TODO [#A] Hulls :wood:\n"
        "SCHEDULED: <2026-05-01>\n:PROPERTIES:\n:ID: 7\n:END:\n"
        "See [[https://x.org][the list]], ~ls -l~, 10^-6, 31[fn:2].\n"
        "- Mast :: ash\n- Oars,\n  two\n** Deep\n: fixed  text\n",
    )
    assert extract.text == (
        "Boats\n\nHulls\n\n- Task: Hulls; Status: TODO; Priority: A; Scheduled: 2026-05-01\n\n"
        "See the list, ls -l, 10⁻⁶, 31².\n- Mast: ash\n- Oars, two\n\nDeep\n\n"
        "fixed  text"
    )
    assert [(h.text, h.level) for h in extract.headings] == [
        ("Boats", 1), ("Hulls", 2), ("Deep", 3),
    ]  # fmt: skip
    assert (extract.title, extract.date) == ("Boats", "2026-03-04")


def test_asciidoc_has_headings_items_and_attributes_as_their_values():
    extract = read(
        asciidoc,
        "= Boats\n:revdate: 2026-03-04\n:size: 7.2\n\nThe hull is {size} m, 10^-6^, H~2~O.\n\n"
        "== Masts\n. Sign\n. Send\n\nMast:: ash\nOars::\n  two\n\n"
        "See https://x.org[the list], `ls -l` and [.line-through]#old# <<a,new>>.\n\n"
        "include::more.adoc[]\n",
    )
    assert extract.text == (
        "Boats\n\nThe hull is 7.2 m, 10⁻⁶, H₂O.\n\nMasts\n\n1. Sign\n2. Send\n\n- Mast: ash\n\n"
        "- Oars: two\n\nSee the list, ls -l and new."
    )
    assert (extract.title, extract.date) == ("Boats", "2026-03-04")
    assert "more.adoc" in extract.unread


@pytest.mark.parametrize("module", [org, asciidoc])
@pytest.mark.parametrize(
    "broken",
    ["#+BEGIN_SRC", "|", "|===", "----", "= ", "* ", "[[", "+" * 9999, ":a:", "|" * 5000, "a::",
     "|===\n2+|x", ',===\n"a', "*" * 5000 + " x", "{a}" * 3000],
)  # fmt: skip
def test_damaged_markup_does_no_harm(module, broken):
    read(module, f"{broken}\n")
    assert "The mast" in read(module, f"The mast.\n\n{broken}\n").text


def test_raised_and_struck_text_of_xml_is_written_so_and_fields_of_that_name_stay():
    article = (
        "<a><p>It costs 31<xref><sup>2</sup></xref> or <del>44</del> 52 euros, 10<sup>-6</sup>"
    )
    shown = load("a.xml", f"{article} of H<sub>2</sub>O.</p><r><sub>12</sub><s>9</s></r></a>").text
    assert "It costs 31² or 52 euros, 10⁻⁶ of H₂O." in shown
    assert "- r.sub: 12; r.s: 9" in shown


def saved(charset: str) -> bytes:
    page = EmailMessage()
    page["Subject"] = "Boats"
    page.set_content("<nav>Menu</nav><h1>Hulls</h1><p>Größe: 7 m</p>", "html", charset=charset)
    page.add_related(b"\x89PNG", "image", "png", cid="<x>")
    return page.as_bytes()


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("name", ["a.mht", "a.mhtml"])
def test_of_a_saved_web_page_the_page_is_read(name, charset):
    document = load(name, saved(charset))
    assert document.text.strip() == "Hulls\n\nGröße: 7 m"
    assert document.title == "Hulls"


def test_a_saved_web_page_without_a_page_is_refused():
    with pytest.raises(LoadError, match="no web page"):
        mhtml.read(Source(b"MIME-Version: 1.0\n\nhello", "a.mht"))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "a.adoc",
            "The hut *has\neleven* beds.footnote:[Two are\nbroken.] See https://a.b[the\nlist].\n\n"
            "* One *is\n* two* are\n",
        ),
        ("a.org", "The hut *has\neleven* beds. [Two are\nbroken.] See [[https://a.b][the\nlist]].\n\n"
            "- One *is\n- two* are\n"),
    ],
)  # fmt: skip
def test_marks_go_over_the_end_of_a_line_and_not_of_an_item(name: str, source: str):
    text = load(name, source).text
    assert " ".join(text.split()) == (
        "The hut has eleven beds. [Two are broken.] See the list. - One *is - two* are"
    )


@pytest.mark.parametrize("name", ["a.adoc", "a.org"])
def test_open_marks_over_many_lines_take_no_time(name: str):
    lines = "footnote:[a https://a.b[ *b [[c <<d\n" * 5_000
    started = time.process_time()
    load(name, lines)
    assert time.process_time() - started < 20


def test_a_cell_of_asciidoc_that_spans_rows_stands_in_each():
    table = (
        "[cols=3]\n|===\n|Model |Flow |For\n\n.2+|P50 |50 l |new\n|48 l |old\n|P30 2+|none\n|==="
    )
    assert read(asciidoc, table).text.split("\n")[1:] == [
        "- Model: P50; Flow: 48 l; For: old",
        "- Model: P30; Flow: none; For: none",
    ]


def test_a_note_of_org_below_a_list_is_no_part_of_its_last_item():
    found = read(org, "- Key :: Ms Poot\n[fn:1] Only on\nweekdays.\n")
    assert found.text == "- Key: Ms Poot\n\n¹ Only on\nweekdays."


def test_a_task_of_org_stands_before_the_table_below_it():
    found = read(org, "* DONE Pack\n| Room | Boxes |\n|------+-------|\n| Hall | 14 |\n")
    assert found.text.index("Task: Pack") < found.text.index("Room: Hall")
