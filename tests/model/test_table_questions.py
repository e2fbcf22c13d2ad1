"""Questions over the rows of tables, with the real model: computed over all rows, cited by row."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.types import SURE, Message

MEMBERS = "Name;Ort;Status;Beitrag in EUR;Eintritt\n" + "".join(
    f"{name};{place};{state};{fee};{day}\n"
    for name, place, state, fee, day in (
        ("Ahn, Mira", "Velden", "aktiv", "1.120,50", "03.02.2019"),
        ("Bort, Kai", "Lienz", "ruhend", "80,00", "15.06.2021"),
        ("Cole, Ute", "Velden", "aktiv", "240,00", "28.02.2020"),
        ("Dorn, Leo", "Spittal", "ruhend", "95,25", "11.12.2016"),
        ("Ebner, Ina", "Velden", "gesperrt", "60,00", "09.03.2022"),
    )
)
DEPOTS = "仓库,城市,面积\n苏州仓库,苏州,8200\n无锡仓库,无锡,4100\n南京仓库,南京,3250\n"
ROUTES = "# Ferries\n\nThe ferries leave from pier four every day.\n"


@pytest.fixture(scope="module")
def assistant(assistant_over) -> Assistant:
    return assistant_over({"mitglieder.csv": MEMBERS, "ferries.md": ROUTES, "仓库.csv": DEPOTS})


@pytest.mark.parametrize(
    ("question", "words", "rows"),
    [
        ("Wie viele Mitglieder sind in Velden?", "3 (Zeilen mit Ort = Velden)", 3),
        ("Welches Mitglied hat den höchsten Beitrag?", "Beitrag in EUR: 1.120,50", 1),
        ("Wie hoch ist die Summe der Beiträge in Velden?", "1.420,50 (Summe von", 3),
        ("What is the average Beitrag?", "319.15 (mean of Beitrag in EUR)", 5),
        ("Welche Mitglieder haben Status ruhend?", "Dorn, Leo", 2),
        ("How many members are in Velden?", "3 (rows where Ort = Velden)", 3),
    ],
)
def test_all_rows_are_counted_and_those_that_count_are_cited(assistant, question, words, rows):
    answer = assistant.ask(question)
    assert words in answer.text
    assert answer.generator == "table"
    assert answer.confidence >= SURE
    assert len(answer.citations) == rows
    assert all(c.document_id == "mitglieder.csv" and c.place for c in answer.citations)
    computed = {"en": "Computed over all 5 rows of", "de": "Berechnet über alle 5 Zeilen von"}
    assert computed[answer.language] in (answer.notice or "")
    assert (answer.query or "").startswith("SELECT")


def test_a_row_that_is_alone_leads_with_the_cell_that_is_asked_for(assistant):
    answer = assistant.ask("Was ist der Status von Bort, Kai?")
    assert answer.short_answer is not None
    assert answer.short_answer.text == "ruhend"


@pytest.fixture(scope="module")
def ponds(assistant_over) -> Assistant:
    rows = ("Elsbach,1962,3.5,40,Hauser", "Mordal,2008,1.2,65,Lund", "Tief,1990,9.8,20,Hauser")
    table = "\n".join(("Pond,Dug,Depth (m),Rent,Keeper", *rows))
    return assistant_over(
        {"ponds.csv": table, "rules.md": "# Rules\n\nOld nets are burnt behind the barn.\n"}
    )


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Which pond is the oldest?", "Elsbach"),
        ("Which pond is the least expensive?", "Tief"),
        ("Qual è lo stagno più caro?", "Mordal"),
        ("Welcher Teich ist am tiefsten?", "Tief"),
        ("¿Cuál es el estanque menos profundo?", "Mordal"),
    ],
)
def test_a_word_says_which_end_of_which_column_is_meant(ponds, question, name):
    answer = ponds.ask(question)
    assert f"Pond: {name}" in answer.text
    assert len(answer.citations) == 1
    assert answer.generator == "table"


TOOLS = "道具,数量,購入年,価格\nのこぎり,4,1996,3200\nかなづち,12,2018,1500\nはしご,2,2009,9800\n"
PARISH = "year,inhabitants,houses\n1811,204,41\n1891,512,98\n1951,441,131\n"
ALLOTMENTS = (
    "Parzelle;Pächter;seit;Pacht (€)\n1;Ida Holl;2007;62\n2;Leo Burk;2021;40\n3;Uta Senn;2016;35\n"
)


@pytest.fixture(scope="module")
def several(assistant_over) -> Assistant:
    return assistant_over(
        {"道具一覧.csv": TOOLS, "parish.csv": PARISH, "parzellen.csv": ALLOTMENTS}
    )


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("一番古い道具は何ですか", "のこぎり"),
        ("最も古くからある道具はどれですか", "のこぎり"),
        ("一番高い道具は？", "はしご"),
        ("価格が最も安い道具は何ですか", "かなづち"),
        ("はしごは何台ありますか", "数量: 2"),
        ("In which year were there the most inhabitants?", "inhabitants: 512"),
        ("In which year did the parish have the fewest houses?", "houses: 41"),
        ("How many people lived in the parish in 1951?", "inhabitants: 441"),
        ("Wer hat am längsten eine Parzelle?", "Ida Holl"),
        ("Wie viel Pacht bekommen wir insgesamt?", "137"),
    ],
)
def test_a_column_is_found_by_what_the_words_measure(several, question, words):
    answer = several.ask(question)
    assert words in answer.text
    assert len(answer.sentences) == 1
    assert answer.generator == "table"


@pytest.mark.parametrize(
    "question",
    [
        "一番重い道具は何ですか",
        "はしごの重さは？",
        "How many cows were there in the parish in 1891?",
        "How many people lived in the parish in 1901?",
        "Wie groß ist die Parzelle 2?",
    ],
)
def test_what_no_column_measures_is_not_answered_surely(several, question):
    answer = several.ask(question)
    assert answer.abstained or answer.confidence < SURE


@pytest.mark.parametrize(
    "question", ["Where are old nets burnt?", "Which pond is the heaviest?", "How old is Hauser?"]
)
def test_an_order_that_is_of_nothing_in_the_table_is_not_answered_from_it(ponds, question):
    answer = ponds.ask(question)
    assert answer.generator != "table" or answer.confidence < SURE
    assert question.startswith("Where") or answer.confidence < SURE


def test_a_value_that_reads_like_an_order_is_still_a_value(assistant):
    answer = assistant.ask("List all members with status gesperrt.")
    assert answer.generator == "table"
    assert [sentence.text[:17] for sentence in answer.sentences] == ["Name: Ebner, Ina;"]


def test_a_question_that_could_go_on_is_still_one_of_the_table(assistant):
    before = [Message("user", "Wie viele Mitglieder sind in Velden?"), Message("assistant", "3")]
    answer = assistant.ask("Durchschnittlicher Beitrag je Status", before)
    assert answer.generator == "table"
    assert "aktiv: 680,25 (Mittelwert von Beitrag in EUR)" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "Wie viele Mitglieder sind in Salzburg?",
        "Welches Mitglied hat die meisten Kinder?",
        "Welche Mitglieder haben einen Beitrag über 1.2.3?",
        "When do the ferries leave?",
    ],
)
def test_what_a_table_does_not_hold_is_not_computed(assistant, question):
    answer = assistant.ask(question)
    assert answer.abstained or answer.generator != "table"


def test_what_is_asked_of_a_row_and_is_no_column_is_not_answered_surely(assistant):
    answer = assistant.ask("Wie lautet die Telefonnummer von Bort, Kai?")
    assert answer.abstained or answer.confidence < SURE


TASKS = "Task;Crew;Owner;Due;Hours\n" + "".join(
    f"{task};{crew};{owner};{due};{hours}\n"
    for task, crew, owner, due, hours in (
        ("Paint hall", "North", "Mira Ahn", "2023-11-05", 12),
        ("Fix gate", "North", "", "2024-03-18", 3),
        ("Move desks", "South", "Kai Bort", "2024-04-02", 7),
        ("Clean tanks", "West", "Kai Bort", "", 21),
        ("Test pumps", "North", "Mira Ahn", "2024-09-30", 5),
    )
)


@pytest.fixture(scope="module")
def tasks(assistant_over) -> Assistant:
    return assistant_over({"tasks.csv": TASKS})


@pytest.mark.parametrize(
    ("question", "held", "not_held"),
    [
        ("Which tasks are due between March and May 2024?", ["Fix", "Move"], ["Paint", "Test"]),
        ("Which tasks are due since September 2024?", ["Test"], ["Paint", "Move"]),
        ("Which tasks have no owner?", ["Fix"], ["Paint", "Move"]),
        ("Who is the owner of Fix gate?", ["has no Owner for Fix gate", "Crew: North"], []),
        ("Which tasks are not in the crew North?", ["Move", "Clean"], ["Paint", "Fix"]),
        ("Which tasks are in the crew South or West?", ["Move", "Clean"], ["Paint"]),
        ("Which task has the second highest hours?", ["Paint"], ["Clean"]),
        ("Which crew has the most tasks?", ["North: 3 (rows)"], ["South"]),
        ("What percentage of the tasks is in the crew North?", ["60% (3 / 5 rows"], []),
        ("How many different owners are there?", ["2 (count of Owner)"], []),
    ],
)
def test_more_can_be_asked_of_the_rows(tasks, question, held, not_held):
    answer = tasks.ask(question)
    assert answer.generator == "table"
    assert all(words in answer.text for words in held)
    assert not any(words in answer.text for words in not_held)
    assert answer.citations


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Which tasks are in the crew Harbour?", "None of the 5 rows of “tasks” has “Harbour”"),
        ("Which tasks are due in July 2021?", "has: Due = Jul 1, 2021 – Jul 31, 2021"),
    ],
)
def test_what_the_table_lacks_is_said(tasks, question, reason):
    answer = tasks.ask(question)
    assert answer.abstained
    assert reason in answer.text


def test_a_word_that_is_no_name_is_not_said_to_be_missing(tasks):
    answer = tasks.ask("What is the budget of Fix gate?")
    assert not answer.abstained
    assert answer.confidence < SURE


BOATS = """Boat,Harbour,Moored,Engine,Berths,Fee summer,Fee winter,Built
Alk,Sund,2025-05-02,yes,4,310,120,1998
Brim,Ness,2025-06-11,no,0,80,40,2015
Cata,Sund,2025-03-27,no,6,500,210,2009
"""
PAYMENTS = """Mitglied;Ort;Bezahlt;Beitrag
Adler;Enns;ja;40,00
Bach;Ried;nein;55,00
Carl;Enns;nein;35,00
"""
PLACES = """Commune,Habitants,Jumelée,Élu en
Arvel,12000,non,2019
Brionne,3400,oui,2023
Coray,900,non,2011
"""


@pytest.fixture(scope="module")
def polar(assistant_over) -> Assistant:
    return assistant_over({"boats.csv": BOATS, "beitraege.csv": PAYMENTS, "communes.csv": PLACES})


@pytest.mark.parametrize(
    ("question", "held", "not_held"),
    [
        ("Which boats have an engine?", ["Alk"], ["Brim", "Cata"]),
        ("Which boats have no engine?", ["Brim", "Cata"], ["Alk"]),
        ("Wer hat nicht bezahlt?", ["Bach", "Carl"], ["Adler"]),
        ("Wie viele Mitglieder haben bezahlt?", ["1 (Zeilen mit Bezahlt = ja)"], ["Bach"]),
        ("Quelles communes ne sont pas jumelées ?", ["Arvel", "Coray"], ["Brionne"]),
        ("List all boats that have no berths.", ["Brim"], ["Alk", "Cata"]),
        ("Quelles communes ont moins de 5000 habitants ?", ["Brionne", "Coray"], ["Arvel"]),
        ("What is the average winter fee?", ["123.33 (mean of Fee winter)"], []),
    ],
)
def test_columns_of_yes_and_no_are_read_like_words(polar, question, held, not_held):
    answer = polar.ask(question)
    assert answer.generator == "table"
    assert all(words in answer.text for words in held)
    assert not any(words in answer.text for words in not_held)


def test_a_word_that_two_columns_share_names_none_of_them(polar):
    answer = polar.ask("What is the average fee?")
    assert answer.generator != "table" or answer.confidence < SURE


def test_a_value_that_stands_within_another_one_is_found_in_the_longer_one(assistant):
    answer = assistant.ask("苏州仓库的面积是多少？")
    assert "8200" in answer.text
    assert "4100" not in answer.text


HOURS = """# Hours

## May

| Name | Hours | Crew |
|---|---|---|
| Vera Lund | 118 | North |
| Jonas Falk | 140 | South |

## June

| Name | Hours | Crew |
|---|---|---|
| Vera Lund | 131 | South |
| Jonas Falk | 127 | North |
"""
WELLS = """Well,Depth (m),Drilled
W-01,35,2001
W-02,75,2004
W-03,41,2007
"""


@pytest.fixture(scope="module")
def alike(assistant_over) -> Assistant:
    return assistant_over({"hours.md": HOURS, "wells.csv": WELLS, "仓库.csv": DEPOTS})


@pytest.mark.parametrize(
    ("question", "hours"),
    [
        ("How many hours did Vera Lund work in May?", "118"),
        ("How many hours did Vera Lund work in June?", "131"),
    ],
)
def test_what_a_table_is_called_by_says_which_is_meant(alike, question, hours):
    answer = alike.ask(question)
    assert answer.confidence >= SURE
    assert answer.short_answer is not None
    assert answer.short_answer.text == hours


def test_of_tables_that_all_answer_each_is_shown_by_its_name_and_none_is_sure(alike):
    answer = alike.ask("What is the crew of Vera Lund?")
    assert answer.confidence < SURE
    assert "Crew: North (table 1 · May · Hours)" in answer.text
    assert "Crew: South (table 2 · June · Hours)" in answer.text


def test_a_table_that_the_question_names_and_that_is_not_there_is_not_answered_by_another(alike):
    answer = alike.ask("How many hours did Vera Lund work in July?")
    assert answer.abstained or answer.confidence < SURE


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What is the depth of well W-75?", "None of the 3 rows of “wells” has “W-75” in Well."),
        ("广州仓库的面积是多少?", "“仓库”的 3 行中，仓库 一列都没有“广州”。"),
    ],
)
def test_a_name_that_no_cell_holds_is_neither_a_bound_nor_left_out(alike, question, reason):
    answer = alike.ask(question)
    assert answer.abstained
    assert answer.text == reason


@pytest.mark.parametrize(
    ("question", "cell"), [("What is the depth of W-03?", "41"), ("When was W-02 drilled?", "2004")]
)
def test_a_row_and_a_column_say_which_cell_is_asked_for(alike, question, cell):
    answer = alike.ask(question)
    assert answer.confidence >= SURE
    assert answer.short_answer is not None
    assert answer.short_answer.text == cell


def test_who_asks_for_no_year(alike):
    answer = alike.ask("Who drilled W-03?")
    assert answer.short_answer is None


@pytest.fixture(scope="module")
def quays(assistant_over) -> Assistant:
    cranes = "crane,quay,maker,erected,reach m,insured\n" + "".join(
        f"K-{number},{quay},{maker},{day},{reach},{insured}\n"
        for number, quay, maker, day, reach, insured in (
            (21, "Eastmole", "Varga", "2009-03-14", 62, "yes"),
            (22, "Eastmole", "Tolle", "2014-08-02", 48, "no"),
            (23, "Ropewalk", "Varga", "2014-11-20", 71, "yes"),
            (24, "Eastmole", "Varga", "2019-05-09", 55, "no"),
            (25, "Ropewalk", "Tolle", "2021-01-30", 90, "yes"),
        )
    )
    works = "工厂,城市,建成年份,占地平方米\n甲厂,安州,1996,5200\n"
    works += "乙厂,临川,2012,880\n丙厂,安州,2018,1740\n"
    return assistant_over({"cranes.csv": cranes, "工厂.csv": works})


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many cranes were erected in 2014?", "2 (rows where erected ="),
        ("How many cranes came to Eastmole in 2014?", "1 (rows where quay = Eastmole and"),
        ("How many cranes were erected between 2010 and 2020?", "3 (rows where"),
        ("How many cranes per quay?", "Eastmole: 3 (rows)"),
        ("2010年以后建成的工厂有几家？", "2 ("),
        ("哪家工厂占地最小？", "乙厂"),
    ],
)
def test_what_is_asked_of_rows_is_read_from_the_words_that_say_it(quays, question, words):
    answer = quays.ask(question)
    assert words in answer.text
    assert answer.confidence >= SURE


def test_an_amount_bounds_the_column_that_a_word_measures(quays):
    answer = quays.ask("Which cranes are longer than 60 metres?")
    assert answer.generator == "table"
    assert {text for text in ("K-21", "K-22", "K-23", "K-24", "K-25") if text in answer.text} == {
        "K-21",
        "K-23",
        "K-25",
    }


def test_a_verb_that_no_column_is_about_is_not_passed_over(quays):
    answer = quays.ask("How many cranes were scrapped in 2014?")
    assert answer.abstained or answer.confidence < SURE


@pytest.mark.parametrize(
    ("table", "question", "held", "not_held"),
    [
        ("Паром,Порт,Мест\nТюлень,Ольхов,40\nНерпа,Ямск,90\nМорж,Ямск,55\n",
         "Какие паромы не из Ямск?", ["Тюлень"], ["Нерпа", "Морж"]),
        ("店名,区,席\n春风店,东湖区,20\n秋水店,西山区,35\n月桥店,西山区,12\n",
         "哪些店不在西山区？", ["春风店"], ["秋水店", "月桥店"]),
        ("寺,町,段\n松音寺,北町,30\n竹雲寺,南町,12\n梅香寺,南町,44\n",
         "南町以外の寺はどれですか？", ["松音寺"], ["竹雲寺", "梅香寺"]),
    ],
)  # fmt: skip
def test_what_is_denied_in_languages_without_a_list_of_negations(
    assistant_over, table, question, held, not_held
):
    answer = assistant_over({"places.csv": table}).ask(question)
    assert all(words in answer.text for words in held)
    assert not any(words in answer.text for words in not_held)


def test_a_value_that_reads_like_a_denial_is_asked_for(assistant_over):
    rows = "Kiosk,Street,Status\nElm,High,open\nOak,Mill,closed\nAsh,Mill,open\n"
    answer = assistant_over({"kiosks.csv": rows}).ask("Which kiosks are closed?")
    assert "Oak" in answer.text


def test_a_table_lacks_nothing_of_a_question_that_shares_only_a_function_word(assistant_over):
    rows = "# Tarn, the old port\n\n## Sights of the port\n\n| Sight | Year |\n|---|---|\n"
    rows += "| Mole | 1871 |\n| Crane | 1902 |\n"
    assistant = assistant_over({"port.md": rows})
    answer = assistant.ask("Who composed the Moonlight Sonata?")
    assert answer.abstained
    assert "Moonlight" not in answer.text


def test_a_follow_up_over_a_table_is_read_behind_the_question_before(assistant_over):
    rows = "Boat,Skipper,Built,Berths\nTern,Ida Voss,1987,4\nGull,Leo Tarn,2004,6\n"
    assistant = assistant_over({"boats.csv": rows})
    before = assistant.ask("Which boat is the oldest?")
    assert "Tern" in before.text
    history = [Message("user", before.question), Message("assistant", before.text)]
    answer = assistant.ask("And how many berths does it have?", history)
    assert "Tern" in answer.text
    assert "Gull" not in answer.text


def test_a_value_that_reads_like_an_order_is_a_value(assistant_over):
    rows = "Job,Urgency,Price\nRoof,High,640\nDoor,Low,80\nWall,High,310\n"
    assistant = assistant_over({"jobs.csv": rows})
    answer = assistant.ask("Which jobs have urgency High?")
    assert "Roof" in answer.text
    assert "Wall" in answer.text
    assert "Door" not in answer.text


def test_a_word_that_asks_denies_nothing(assistant_over):
    rows = "Müşteri,Tutar\nMavi Han,600\nDerya,130\nMavi Han,80\nLale,1320\n"
    assistant = assistant_over({"siparis.csv": rows})
    answer = assistant.ask("Mavi Han toplam ne kadar ödedi?")
    assert "680" in answer.text
    assert "<>" not in (answer.query or "")


def test_a_sentence_that_says_it_goes_before_what_a_table_computes(assistant_over):
    text = "At most eight books may be borrowed with a card, for twenty-eight days.\n\n"
    rows = "| Month | Books borrowed |\n|---|---|\n| May | 1622 |\n| June | 1477 |\n"
    assistant = assistant_over({"library.md": f"# Library\n\n{text}{rows}"})
    assert "eight" in assistant.ask("How many books may be borrowed with a card at most?").text
    assert "May" in assistant.ask("In which month were the most books borrowed?").text


YES_NO_KEYS = "Locker,Holder,Key returned\n1,Ines Carter,yes\n2,Tom Bellamy,no\n3,Wanda Pike,yes\n"
YES_NO_FEES = (
    "Datum,Mitglied,Betrag (€),Bezahlt\n2025-01-04,Anna Lenz,48,ja\n2025-01-09,Rolf Haas,20,nein\n"
    "2025-02-11,Mina Kurz,48,ja\n2025-03-02,Jan Otto,35,nein\n"
)


@pytest.mark.parametrize(
    ("question", "held", "other"),
    [
        ("Who returned the key?", ["Ines Carter", "Wanda Pike"], "Tom Bellamy"),
        ("Who has not returned the key?", ["Tom Bellamy"], "Wanda Pike"),
        ("Welche Mitglieder haben im Januar bezahlt?", ["Anna Lenz"], "Rolf Haas"),
        ("Wann hat Anna Lenz bezahlt?", ["2025-01-04"], "Mina Kurz"),
    ],
)
def test_a_column_of_yes_and_no_chooses_the_rows(assistant_over, question, held, other):
    rows = YES_NO_KEYS if "key" in question else YES_NO_FEES
    answer = assistant_over({"rows.csv": rows}).ask(question)
    assert all(name in answer.text for name in held)
    assert other not in answer.text


def test_the_dearest_of_two_prices_is_no_quantity(assistant_over):
    rows = (
        "Date;Produit;Quantité;Prix unitaire (€);Montant (€)\n02/03/2024;Miel;14;9,50;133,00\n"
        "09/03/2024;Savon;30;4,50;135,00\n16/03/2024;Bougie;7;12,00;84,00\n"
    )
    answer = assistant_over({"ventes.csv": rows}).ask("Quel produit coûte le plus cher ?")
    assert answer.confidence < SURE or "Bougie" in answer.text.splitlines()[0]
