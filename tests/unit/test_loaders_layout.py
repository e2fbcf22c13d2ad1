"""What stands in a file by its layout: tables in a sheet or a text, fields, chats, settings."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from index.loaders.extract import Extract, Source
from index.loaders.plain import asciidoc, code, html, markdown, org, table, tex, text
from tests.files import load


def rows(document: str) -> str:
    return table.read(Source(document.encode(), "a.csv")).text


def plain(document: str, name: str = "a.txt") -> Extract:
    extract = text.read(Source(document.encode(), name))
    for found in extract.tables:
        assert all(row.cells[-1] in row.span.of(extract.text) for row in found.rows)
    return extract


# Sheets


def test_labels_with_values_of_several_kinds_are_no_table():
    assert rows("Hull,oak\nBuilt,2019-04-01\nCrew,12\nSails,40%\nHarbour,Lindal\n") == (
        "Hull: oak\nBuilt: 2019-04-01\nCrew: 12\nSails: 40%\nHarbour: Lindal"
    )


@pytest.mark.parametrize("cells", ["31\nCy,40\nDi,29\nEd,unknown", "31\nCy,n/a\nDi,29\nEd,3"])
def test_a_table_of_two_columns_stays_one(cells):
    assert rows(f"Name,Age\nBo,{cells}\n").startswith("- Name: Bo; Age: 31\n- Name: Cy; Age: ")


def test_what_stands_beside_the_names_of_a_table_is_not_lost():
    assert rows("Wine,Bottles,,Keeper,Ida Holm\nRed,46,,,\nWhite,18,,,\n") == (
        "- Wine: Red; Bottles: 46\n- Wine: White; Bottles: 18\n\nKeeper: Ida Holm"
    )


def test_a_table_below_an_empty_row_has_its_own_names():
    found = table.read(
        Source(b"Boat;Crew\nRaft;2\nYawl;5\n\nOar;Length;Wood\nLong;3.2;ash\n", "a.csv")
    )
    assert found.text == (
        "- Boat: Raft; Crew: 2\n- Boat: Yawl; Crew: 5\n\n- Oar: Long; Length: 3.2; Wood: ash"
    )
    assert [t.columns for t in found.tables] == [("Boat", "Crew"), ("Oar", "Length", "Wood")]


def test_rows_that_go_on_below_an_empty_row_and_totals_stay_in_the_table():
    found = table.read(Source(b"Boat;Crew\nRaft;2\n\nYawl;5\n\nAll;7\n", "a.csv"))
    assert [len(t.rows) for t in found.tables] == [3]


def test_tables_beside_each_other_are_two():
    found = table.read(Source(b"Day;Sum;;Day;Sum\nMon;4;;Tue;9\nWed;5;;Thu;1\n", "a.csv"))
    assert [len(t.rows) for t in found.tables] == [2, 2]
    assert "- Day: Tue; Sum: 9" in found.text


def test_names_that_stand_again_are_no_row():
    assert rows("Boat,Crew\nRaft,2\nBoat,Crew\nYawl,5\n") == (
        "- Boat: Raft; Crew: 2\n- Boat: Yawl; Crew: 5"
    )


# Plain text


@pytest.mark.parametrize(
    "drawn",
    [
        "+----+----+\n|Boat|Crew|\n+----+----+\n|Raft|2   |\n|Yawl|5   |\n+----+----+",
        "┌────┬────┐\n│Boat│Crew│\n├────┼────┤\n│Raft│2   │\n│Yawl│5   │\n└────┴────┘",
        "====== ====\nBoat   Crew\n====== ====\nRaft   2\nYawl   5\n====== ====",
        "Boat    Crew\nRaft       2\nYawl       5",
        "Boat    Crew\n------------\nRaft    2\nYawl    5",
        "Boat\tCrew\nRaft\t2\nYawl\t5",
        "| Boat | Crew |\n|------|-----:|\n| Raft | 2 |\n| Yawl | 5 |",
    ],
)  # fmt: skip
def test_tables_drawn_with_characters_are_statements(drawn):
    found = plain(f"Boats\n\nIn port:\n\n{drawn}\n\nThat is all.\n")
    assert found.text.strip() == (
        "Boats\n\nIn port:\n\n- Boat: Raft; Crew: 2\n- Boat: Yawl; Crew: 5\n\nThat is all."
    )
    assert found.headings[0].text == "Boats"


@pytest.mark.parametrize(
    "document",
    [
        "We left at six.  Nobody saw us.\nThe sea was calm.  It stayed so.\nWe ate.  We sat.",
        "Milk        2 x 1.39    2.78\nBread                   3.90\nSum                     6.68",
        "Ida Holm      Bo Aa\n14 Quay St    2 Elm Rd\n",
        "Form A    - Punjabi\nForm B    - Spanish\nForm C    - Khmer",
    ],
)
def test_other_texts_with_wide_spaces_are_kept(document):
    assert plain(document).text == document


@pytest.mark.parametrize(
    ("begin", "times", "end"),
    [
        (
            "",
            ("03/05/26, 9:14 PM - Ida:", "03/05/26, 9:15 PM - Bo:", "03/05/26, 9:17 PM - Ida:"),
            "",
        ),
        ("", ("[5.3.26, 21:14:01] Ida:", "[5.3.26, 21:15:40] Bo:", "[5.3.26, 21:17:22] Ida:"), ""),
        (
            "",
            (
                "2026. 3. 5. 오후 9:14, 지민 :",
                "2026. 3. 5. 오후 9:15, 민수 :",
                "2026. 3. 5. 오후 9:17, 지민 :",
            ),
            "",
        ),
        (
            "",
            ("2026-03-05 02:14:07 INFO", "2026-03-05T02:14:09Z ERROR", "2026-03-05 02:15:00 INFO"),
            "",
        ),
        ("\n", ("Ida — 05/03/2026 21:14", "Bo, [05.03.2026 21:15]", "Ida 3/5/26, 9:17 PM"), ":"),
    ],
)
def test_a_message_of_a_chat_or_a_log_is_one_paragraph(begin, times, end):
    one, two, three = times
    space = begin or " "
    found = plain(f"{one}{space}Who?\n{two}{space}I\n  and Cy\n\n{three}{space}OK\n")
    assert found.text.split("\n\n") == [
        f"{one}{end} Who?", f"{two}{end} I / and Cy", f"{three}{end} OK",
    ]  # fmt: skip
    assert [place.name for place in found.places][:2] == ["line 1", f"line {2 + len(begin)}"]


def test_a_text_in_pieces_is_one_value():
    chat = '[{"from": "Ida", "text": ["see ", {"type": "link", "text": "a.no"}, " now"]}]'
    assert load("a.json", chat).text == "- from: Ida; text: see a.no now"


def test_a_transcript_has_its_times_as_places():
    document = load(
        "talk.txt",
        "0:00\nwelcome back\n0:03\ntoday we row\n0:07\nhold the oar low\n0:12\nthen pull\n",
    )
    assert document.text == "welcome back\n\ntoday we row\n\nhold the oar low\n\nthen pull"
    assert [place.name for place in document.places][:2] == ["00:00:00", "00:00:03"]
    agenda = "9:00\nArrival\n10:00\nTea\n11:00\nEnd\n"
    assert load("plan.txt", agenda).text == agenda


def test_marks_of_sounds_stand_apart_from_what_is_said_and_speakers_do_not():
    said = ("[Music] We left at six.", "[Ida] Was it cold?", "No.", "[Ida] I see.", "[Wind]", "Oh.")
    cues = "\n\n".join(
        f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{x}" for n, x in enumerate(said, 1)
    )
    assert load("a.srt", cues).text.split("\n\n") == ["[Music]", "We left at six.", *said[1:]]


# Settings


def test_the_keys_of_settings_have_their_path():
    source = (
        "db:\n  port: 5433 # main\nnodes:\n  - {ip: 10.0.0.1, role: web}\n  - name: b\n"
        "    ports: [1, 2]\n"
    )
    found = code.read(Source(source.encode(), "a.yaml"))
    assert found.text.split("\n") == [
        "db: port: 5433",
        "# main",
        "nodes 1: ip: 10.0.0.1; role: web",
        "nodes 2 (b): name: b",
        "nodes 2 (b): ports: 1, 2",
    ]
    assert [place.name for place in found.places][-1] == "line 6"
    found = code.read(Source(b"[db]\nport = 5433\n[web]\nport = 80\n", "a.ini"))
    assert found.text == "[db]\ndb: port = 5433\n[web]\nweb: port = 80\n"
    assert [heading.text for heading in found.headings] == ["db", "web"]


@pytest.mark.parametrize(
    "source", ["{{ template }}: {% if a %}\n", "a: &a [*a]\n", "a: b: c\n", "\t- a\n"]
)
def test_what_is_no_yaml_or_has_no_end_is_the_file_itself(source):
    assert code.read(Source(source.encode(), "a.yaml")).text == source


def test_references_that_multiply_are_not_followed():
    laughs = "a0: &a0 [[x], [y]]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
    )
    assert code.read(Source(laughs.encode(), "a.yaml")).text == laughs


# Mail


def test_of_a_mail_whose_plain_text_is_a_stub_the_html_is_read():
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.no", "Order 7"
    mail.set_content("Please view this mail in a browser.")
    mail.add_alternative("<p>Two oars at 40 euros each come on 4 May to Lindal quay.</p>", "html")
    assert "Two oars at 40 euros" in load("a.eml", mail.as_bytes()).text
    mail.clear_content()
    mail.set_content("Two oars at 40 euros come on 4 May to Lindal quay.")
    mail.add_alternative("<b>Two</b> oars at 40 euros come on 4 May to Lindal quay.", "html")
    assert "\n\nTwo oars" in load("a.eml", mail.as_bytes()).text


# Markup


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (html, "<dl><dt>Is it far?</dt><dd>No, a mile.</dd><dt>Toll</dt><dd>none</dd></dl>"),
        (asciidoc, "Is it far?:: No, a mile.\nToll:: none\n"),
        (org, "- Is it far? :: No, a mile.\n- Toll :: none\n"),
        (markdown, "Is it far?\n: No, a mile.\n\nToll\n: none\n"),
    ],
)
def test_a_question_is_followed_by_its_answer_and_a_term_by_a_colon(module, source):
    shown = module.read(Source(source.encode(), "a")).text
    assert "Is it far? No, a mile." in shown
    assert "Toll: none" in shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"It is \SI{60}{\celsius} and \qty{5}{\kilo\meter\per\hour}.", "It is 60 °C and 5 km/h."),
        (r"A \iffalse B \fi C", "A C"),
        (r"A \ifdraft B\else C\fi D", "A C D"),
        (r"\newif\ifold\oldtrue A \ifold B\else C\fi", "A B"),
        (r"Slate\footnote{Wet.}. Then oak.", "Slate [Wet]. Then oak."),
        (r"\begin{itemize}\item<1-> Rent: 800 \euro\end{itemize}", "- Rent: 800 €"),
        ("Oak.\\begin{definition}[Keel]A beam.\\end{definition}", "Oak.\n\nKeel: A beam."),
        (r"\todo{Ask Bo} The sea.", "Ask Bo\n\nThe sea."),
    ],
)
def test_latex_is_as_it_is_typeset(source, shown):
    found = tex.read(Source(source.encode(), "a.tex")).text
    assert "\n".join(" ".join(line.split()) for line in found.split("\n")) == shown


def test_steps_count_on_behind_what_is_attached_to_one():
    found = asciidoc.read(
        Source(b". Stop.\n. Run:\n+\n----\nkeel\n----\n. Start.\n\nThen:\n\n. One.\n", "a")
    )
    assert found.text == "1. Stop.\n2. Run:\n\nkeel\n\n3. Start.\n\nThen:\n\n1. One."


def test_comments_of_markdown_and_hidden_text_of_rtf_are_no_text():
    assert (
        load("a.md", "[//]: # (The fee is 10.)\n\nThe fee is 30.\n").text.strip()
        == "The fee is 30."
    )
    assert load("a.rtf", r"{\rtf1 The fee is 30.{\v Or 10.}\par}").text == "The fee is 30."


def test_what_is_filled_into_a_form_stands_behind_its_label():
    form = (
        "<form><label for=n>Guest</label><input id=n value='Ida Holm'><label>Room<select>"
        "<option>Single<option selected>Double</select></label><label><input type=checkbox checked>"
        " Tea</label><input type=hidden value=secret><textarea>Late.</textarea></form>"
    )
    shown = html.read(Source(form.encode(), "a.html")).text.split("\n\n")
    assert shown == ["Guest: Ida Holm", "Room: Double", "[x] Tea", "Late."]


def test_what_stands_above_the_title_of_a_page_is_no_content():
    menu = "<ul><li><a href=1>Boats</a></li><li><a href=2>Oars</a></li></ul>"
    main = (
        "<div id=c><h1>Rafts</h1><p>A raft is of logs.</p><a href=3>Fees</a><a href=4>Map</a></div>"
    )
    page = f"<body><a href='#c'>Skip</a>{menu}{main}"
    shown = html.read(Source(page.encode(), "a.html")).text
    assert [line.strip() for line in shown.split("\n") if line.strip()] == [
        "Rafts", "A raft is of logs.", "Fees", "Map",
    ]  # fmt: skip


def test_a_log_without_further_lines_stays_as_it_is():
    log = "".join(f"2026-03-0{n} 10:00:00 INFO pump {n} started\n" for n in range(1, 6))
    extract = plain(log)
    assert extract.text == log
    assert extract.places[2].name == "line 3"
    assert log.startswith("2026-03-03", extract.places[2].start)


LEFT_COLUMN = """The bridge at Wick was closed on
Friday after the flood. Engineers
found two cracks in the northern
pier and expect the work to take
five weeks."""
RIGHT_COLUMN = """The baker Lotte Quist opens a
second shop in Mill Lane. She will
sell rye bread and cardamom buns
there from six in the morning, and
hires three helpers on all days."""


def test_columns_of_text_in_a_plain_text_are_read_one_after_the_other():
    pairs = zip(LEFT_COLUMN.split("\n"), RIGHT_COLUMN.split("\n"), strict=True)
    lines = "\n".join(f"{left:38}{right}" for left, right in pairs)
    found = plain(f"HERALD\n\n{lines}\n\nThat is all.\n")
    assert found.text == f"HERALD\n\n{LEFT_COLUMN}\n\n{RIGHT_COLUMN}\n\nThat is all.\n"


def test_a_table_of_words_or_short_lines_is_no_text_in_columns():
    text = "cox        Ada Wells\nbow        Dora Munk\nstroke     Cy Pond\nfirst      Bo Lang\n"
    assert plain(text).text == text


def test_aligned_rows_may_have_empty_cells_and_long_ones_that_push_the_next():
    found = plain(
        "Crew\n\nName          Role      Boat\nAda Wells     cox       Heron\n"
        "Brit Lang               Teal\nCyril Pond    stroke    Heron\n"
        "Dora van Munken  bow    Teal\n"
    )
    assert "- Name: Brit Lang; Boat: Teal" in found.text
    assert "- Name: Dora van Munken; Role: bow; Boat: Teal" in found.text


LISTS = (
    ("Board", "Anna Berg", "Carl Dahl", "Eva Falk", "Finn Graf"),
    ("Choir", "Hugo Iversen", "Ida Jansen", "Jon Kiel", "Kira Lund"),
    ("Kitchen", "Mia Nord", "Nils Olsen", "Olga Prinz", "Per Quist"),
)


def test_lists_of_words_beside_each_other_are_no_table():
    drawn = "\n".join(f"{a:20}{b:20}{c}" for a, b, c in zip(*LISTS, strict=True))
    assert plain(f"{drawn}\n").text == f"{drawn}\n"
    rooms = ("Room", "Attic", "Barn", "Tool shed", "Hall")
    times = ("Open", "in May", "by day", "at dusk", "when asked")
    keys = "\n".join(f"{a:15}{b:20}{c}" for a, b, c in zip(rooms, LISTS[0], times, strict=True))
    assert "- Room: Attic; Board: Anna Berg; Open: in May\n" in plain(f"{keys}\n").text
