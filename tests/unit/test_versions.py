"""Which documents are versions of one, and which of them is newer."""

from __future__ import annotations

import pytest

from rag.versions import Versions, counterpart

TEXT = (
    "The mill stands at the river. It is open on Sundays from ten to four. A ticket costs {} euros"
    " and is sold at the gate. Groups write to the office two weeks ahead. Bread is baked at noon."
)


@pytest.fixture
def versions_of(make_builder, make_searcher, write, seeds, home):
    """``versions_of(files, name)``: the versions of a document, as (id, label, rank)."""

    def find(files, name):
        write(seeds, files)
        make_builder(seeds, home).build()
        source = make_searcher(home).generation()
        found = source.derived(Versions).of(name, source)
        return [(version.id, version.label, version.rank) for version in found]

    return find


def test_versions_are_ordered_by_the_dates_in_their_names(versions_of):
    files = {f"mill {year}.txt": TEXT.format(year - 2015) for year in (2021, 2025, 2023)}
    expected = [(f"mill {year}.txt", str(year), n) for n, year in enumerate((2025, 2023, 2021))]
    assert versions_of(files | {"ferry.txt": "The ferry leaves."}, "mill 2021.txt") == expected


def test_versions_are_ordered_by_numbers_and_by_dates_in_their_texts(versions_of):
    files = {"mill_v2.txt": TEXT.format(6), "mill_v10.txt": TEXT.format(7)}
    assert [of[0] for of in versions_of(files, "mill_v2.txt")] == ["mill_v10.txt", "mill_v2.txt"]
    files = {
        "old mill.txt": f"Stand: 3. März 2024\n\n{TEXT.format(6)}",
        "mill.txt": f"Stand: 12.1.2025\n\n{TEXT.format(7)}",
    }
    assert versions_of(files, "mill.txt")[0][:2] == ("mill.txt", "2025-01-12")


def test_what_has_no_date_comes_last_and_is_not_ordered(versions_of):
    files = {"mill 2021.txt": TEXT.format(6), "mill.txt": TEXT.format(7)}
    assert versions_of(files, "mill.txt") == [("mill 2021.txt", "2021", 0), ("mill.txt", "", None)]


def test_of_equal_texts_the_one_with_the_shorter_name_counts(versions_of):
    files = {"mill (copy).txt": TEXT.format(6), "mill.txt": TEXT.format(6), "Kopie mill.md": ""}
    files["Kopie mill.md"] = TEXT.format(6)
    assert [of[0] for of in versions_of(files, "mill (copy).txt")] == ["mill.txt"]


def test_other_documents_are_no_versions(versions_of):
    files = {
        "mill.txt": TEXT.format(6),
        "mill club.txt": "The club of the mill meets in May and elects its board.",
        "ferry.txt": TEXT.format(7),  # another name
    }
    assert [of[0] for of in versions_of(files, "mill.txt")] == ["mill.txt"]


def test_the_sentence_of_another_version_is_found(make_builder, make_searcher, write, seeds, home):
    write(seeds, {"mill.txt": TEXT.format(6)})
    make_builder(seeds, home).build()
    source = make_searcher(home).generation()
    found = counterpart("A ticket costs 9 euros and is sold at the gate.", "mill.txt", source)
    assert found is not None
    assert found.quote == "A ticket costs 6 euros and is sold at the gate."
    assert counterpart("The lake froze in 1987.", "mill.txt", source) is None
