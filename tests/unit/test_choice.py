"""What an extractive answer shows of the evidence."""

from __future__ import annotations

from dataclasses import replace

from index.types import Document, Place, Span
from rag.evidence import Evidence
from rag.features import Features
from rag.write import ExtractiveGenerator, _is_heading_beside, _leads, choose_evidence

FEATURES = Features(reader=0.0, behind=0.0, coverage=0.0)


def evidence(
    text: str, score: float, terms: str = "", *, title: str = "Notes", before: str = "",
    answer: str = "", certainty: float = 0.0, leans_back: bool = False,
) -> Evidence:  # fmt: skip
    document = Document(f"{title}.txt", title, before + text, "", "text/plain")
    start = max(text.find(answer), 0) if answer else 0
    return Evidence(
        document=document,
        span=Span(len(before), len(before) + len(text)),
        text=text,
        score=score,
        features=FEATURES,
        terms=frozenset(terms.split()),
        answer=Span(start, start + len(answer)),
        certainty=certainty,
        leans_back=leans_back,
    )


def test_only_what_is_nearly_as_likely_to_answer_joins_the_best():
    found = [evidence("Best.", 1.0), evidence("Near.", 0.9), evidence("Far.", -2.0)]
    assert choose_evidence("?", found, 3) == found[:2]
    assert choose_evidence("?", found, 1) == found[:1]
    assert choose_evidence("?", [], 3) == []


def test_a_document_that_the_best_names_is_added_when_it_says_more_of_the_question():
    best = evidence("Overdrive was shot in Leland.", 1.0, "shot leland", title="Leland")
    film = evidence("It was directed by King.", -2.0, "direct film", title="Overdrive (1986 film)")
    other = evidence("King was directed once.", -1.9, "direct film", title="Carrie")
    assert choose_evidence("Who directed the film shot in Leland?", [best, other, film], 3) == [
        best,
        film,
    ]
    assert choose_evidence("Who directed it?", [best, other], 3) == [best]


def test_both_documents_that_a_question_compares_are_shown():
    one = evidence("Ada Moor was born in 1950.", 1.0, "born moor", title="Ada Moor")
    two = evidence("Bo Lund was born in 1960.", -1.0, "born lund", title="Bo Lund")
    assert choose_evidence("Who was born first, Ada Moor or Bo Lund?", [one, two], 2) == [one, two]


def test_what_leans_on_the_sentence_before_is_cited_with_it():
    item = evidence("It opened in 1998.", 1.0, before="The mill stands in Tarn. ", leans_back=True)
    lead, main = ExtractiveGenerator(2).write("When did it open?", [item])
    assert (lead.text, main.text) == ("The mill stands in Tarn.", "It opened in 1998.")
    assert lead.evidence == main.evidence
    assert main.evidence[0].quote == "The mill stands in Tarn. It opened in 1998."


def test_the_short_answer_is_told_when_the_reader_is_sure_of_it():
    for certainty, told in ((0.9, "1998"), (0.1, None)):
        item = evidence("The mill opened in 1998.", 1.0, answer="1998", certainty=certainty)
        (draft,) = ExtractiveGenerator(2).write("When did it open?", [item])
        assert (draft.short_answer.of(draft.text) if draft.short_answer else None) == told


def test_no_short_answer_leads_where_another_sentence_is_nearly_as_likely():
    one = evidence("The mill opened in 1998.", 1.0, answer="1998", certainty=0.9)
    other = evidence("The mill was sold in 2005.", 0.9, answer="2005", certainty=0.9)
    drafts = list(ExtractiveGenerator(2).write("When did it open?", [one, other]))
    assert [draft.short_answer for draft in drafts] == [None, None]


LIST = "Gifts of the fair:\n\n- a bell of bronze\n- a map of the coast\n- a boat of oak\n"


def test_a_list_is_shown_whole_where_a_second_item_is_nearly_as_likely():
    item, other = (
        replace(found, document=replace(found.document, text=LIST))
        for line, score in (("- a map of the coast", 1.0), ("- a boat of oak", 0.6))
        for found in [evidence(line, score, before=LIST[: LIST.index(line)])]
    )
    write = ExtractiveGenerator(1).write
    opening, *items = write("Which gifts were given?", [item, other])
    assert (opening.text, opening.is_list_item) == ("Gifts of the fair:", False)
    assert [draft.is_list_item for draft in items] == [True] * 3
    unlikely = replace(other, score=-3.0)
    opening, alone = write("Which gift shows the coast?", [item, unlikely])
    assert (opening.text, alone.text) == ("Gifts of the fair:", "- a map of the coast")


def test_a_row_without_a_word_of_the_question_that_the_chosen_one_holds_is_not_shown():
    rows = "- Name: Ada; Note: Has a dog.", "- Name: Bo; Note: Sails."
    document = Document("a.csv", "a", "\n".join(rows), "", "text/csv")
    ada = replace(evidence(rows[0], 1.0, "dog"), document=document, span=Span(0, len(rows[0])))
    at = Span(len(rows[0]) + 1, len(document.text))
    other = replace(evidence(rows[1], 0.95), document=document, span=at)
    assert len(list(ExtractiveGenerator(1).write("Who has a dog?", [ada, other]))) == 1
    same = replace(other, terms=ada.terms)
    assert len(list(ExtractiveGenerator(1).write("Who has a dog?", [ada, same]))) == 2


def test_a_long_cell_is_led_by_its_row():
    row, cell, behind = "- Name: Press; Hall: C", "It came in 2019. The key hangs in B.", "The end."
    text = f"{row}\n\n{cell}\n\n{behind}"
    places = (Place(0, "table 1, row 4"), Place(text.index(behind), ""))
    document = Document("a.md", "a", text, "", "text/markdown", places=places)
    start = text.index("The key")
    item = replace(
        evidence("The key hangs in B.", 1.0), document=document, span=Span(start, start + 19)
    )
    lead, main = ExtractiveGenerator(1).write("Where is the key?", [item])
    assert (lead.text, main.text) == ("Name: Press; Hall: C", "The key hangs in B.")
    assert lead.evidence[0].quote == row
    last = replace(item, text=behind, span=Span(text.index(behind), len(text)))
    assert len(list(ExtractiveGenerator(1).write("How does it end?", [last]))) == 1
    mail = replace(document, places=(Place(0, "mail 1"),))
    assert len(list(ExtractiveGenerator(1).write("?", [replace(item, document=mail)]))) == 1


def test_a_line_of_a_receipt_is_shown_without_the_line_below_that_nothing_was_asked_of():
    text = "Butter 250 g 2.49\nMilk 1 l 1.29\n\nMilk is good.\nButter is better."
    items = [
        replace(evidence(text, score, terms), span=Span(start, start + len(line)), text=line)
        for line, score, terms in (
            ("Butter 250 g 2.49", 1.0, "butter"),
            ("Milk 1 l 1.29", 0.9, ""),
            ("Milk is good.", 0.9, ""),
        )
        for start in (text.index(line),)
    ]
    assert [item.is_row for item in items] == [True, True, False]
    assert choose_evidence("How much was the butter?", items, 3) == [items[0], items[2]]
    milk = replace(items[1], terms=frozenset({"milk"}))
    assert choose_evidence("Butter or milk?", [items[0], milk], 3) == [items[0], milk]


def test_a_line_that_only_names_its_subject_is_not_shown_beside_the_sentence_that_answers():
    told = evidence("Ada Lund follows him.", 1.0, answer="Ada Lund", certainty=0.7)
    heading = evidence("New harbour master", 1.2, before="§ 3. ")
    assert _is_heading_beside(heading, [heading, told])
    assert not _is_heading_beside(told, [heading, told])
    assert not _is_heading_beside(evidence("Room: 4", 1.2), [told])
    assert not _is_heading_beside(heading, [heading])


def test_words_lead_a_line_or_stand_beside_others_like_them_only_where_the_reader_is_surer():
    opens = evidence(
        "도서관은 오전 9시에 열고 오후 8시에 닫습니다.", 1.0, answer="오전 9시에", certainty=0.5
    )
    assert not _leads(opens)
    assert _leads(replace(opens, certainty=0.7))
    line = evidence("11:22:48 mira-db2: host restarted by ada", 1.0, answer="ada", certainty=0.4)
    assert not _leads(line)
    assert _leads(evidence("The host was restarted by Ada.", 1.0, answer="Ada", certainty=0.4))


def test_the_list_inside_an_item_belongs_to_it_and_its_neighbours_do_not():
    text = "- Food\n  - oats\n  - tea\n- Tools\n  - ice axe\n  - saw\n- Medicine\n"
    item = evidence(text, 1.0)
    start = text.index("- Tools")
    item = replace(item, span=Span(start, start + 7), text="- Tools")
    shown = [draft.text for draft in ExtractiveGenerator(2).write("Which tools?", [item])]
    assert shown == ["- Tools", "ice axe", "saw"]


def test_a_row_or_a_lead_in_with_fewer_words_of_the_question_is_not_shown():
    best = evidence("- Saturday; Early: Ada; Late: Bo", 1.0, "late saturday")
    other = evidence("- Sunday; Early: Cy; Late: Di", 0.9, "late")
    assert choose_evidence("Who is late on Saturday?", [best, other], 3) == [best]
    best = evidence("To clean the oven:", 1.0, "clean oven")
    other = evidence("To light the oven:", 0.9, "oven")
    assert choose_evidence("How is the oven cleaned?", [best, other], 3) == [best]
