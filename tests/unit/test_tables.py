"""Tables with typed columns: numbers and dates as people write them; nothing else is reached."""

from __future__ import annotations

from datetime import date

import pytest

from index.tables import TypedTable, quoted_name, typed
from index.types import Span, Table, TableRow


def table(columns: str, *rows: str, language: str = "en") -> TypedTable:
    """A table of columns and rows whose cells are parted by bars."""
    kept = [TableRow(n, tuple(row.split("|")), Span(0, 1)) for n, row in enumerate(rows, start=2)]
    return TypedTable(Table("", tuple(columns.split("|")), tuple(kept)), language)


@pytest.mark.parametrize(
    ("cells", "language", "kind", "values"),
    [
        (["1,234", "12,500", "7"], "en", "number", [1234, 12500, 7]),
        (["1.234,50", "980,10"], "de", "number", [1234.5, 980.1]),
        (["1 250", "3\u202f400,5"], "fr", "number", [1250, 3400.5]),
        (["$1,200.50", "$80"], "en", "number", [1200.5, 80]),
        (["12 km", "7.5 km", ""], "en", "number", [12, 7.5, None]),
        (["12.5%", "-3%", "−4%"], "en", "number", [12.5, -3, -4]),
        (["2019", "2021"], "en", "number", [2019, 2021]),
        (["5", "-", "n/a", "7"], "en", "number", [5, None, None, 7]),
        (["5 kg", "7 m", "3 l"], "en", "text", ["5 kg", "7 m", "3 l"]),
        (["0316 5550188", "07242 1"], "de", "text", ["0316 5550188", "07242 1"]),
        (["A-1", "B-2"], "en", "text", ["A-1", "B-2"]),
        (["2026-02-03", "2025-12-30 14:05"], "en", "date", [date(2026, 2, 3), date(2025, 12, 30)]),
        (["03.02.2026", "15.1.2026"], "de", "date", [date(2026, 2, 3), date(2026, 1, 15)]),
        (["02/03/2026", "02/27/2026"], "en", "date", [date(2026, 2, 3), date(2026, 2, 27)]),
        (["02/03/2026", "04/05/2026"], "en", "text", ["02/03/2026", "04/05/2026"]),
        (["02/03/2026", "04/05/2026"], "es", "date", [date(2026, 3, 2), date(2026, 5, 4)]),
        (["3 March 2024", "May 7, 2023"], "en", "date", [date(2024, 3, 3), date(2023, 5, 7)]),
        (["3. März 2024", "7. Mai 2023"], "de", "date", [date(2024, 3, 3), date(2023, 5, 7)]),
        (["31.02.2026", "1.2.2026"], "de", "text", ["31.02.2026", "1.2.2026"]),
    ],
)
def test_a_column_is_what_its_cells_are(cells, language, kind, values):
    assert typed(cells, language) == (kind, values)


def test_columns_without_a_name_or_a_value_are_left_out_and_equal_names_told_apart():
    found = table("Id|Id||Note|row", "1|2|x||a", "3|4|y||b")
    assert [(c.name, c.sql_name) for c in found.columns] == [
        ("Id", "Id"),
        ("Id", "Id_"),
        ("row", "row_"),
    ]
    assert found.ask('SELECT sum("Id"), sum("Id_") FROM rows') == [(4.0, 6.0)]


def test_a_last_row_with_the_sums_of_the_others_is_none_of_them():
    assert table("Region|January|February", "A|1|5", "B|2|6", "All|3|11").totals == (2,)
    assert table("Region|January|February", "A|1|5", "B|2|6", "C|3|12").totals == ()
    assert table("Region|Place", "A|x", "B|y", "C|z").totals == ()


def test_names_and_values_of_a_document_are_no_sql():
    name = 'a"; DROP TABLE rows; --'
    found = table(f"{name}|Price", "x|1", "y|2")
    assert found.ask(f"SELECT max(\"Price\") FROM rows WHERE {quoted_name(name)} = 'y'") == [(2.0,)]
    assert found.ask("SELECT count(*) FROM rows") == [(2,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY rows TO '{place}/x.csv'",
        "ATTACH '{place}/x.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
def test_no_file_and_no_network_is_reached(sql, tmp_path):
    with pytest.raises(Exception, match=r"(?i)permission|disabled|locked|cannot"):
        table("A|B", "1|2").ask(sql.format(place=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_years_are_no_amounts():
    found = table("Site|Year|Visitors", "a|1995|1990", "b|2019|30500")
    assert [(c.name, c.is_amount) for c in found.columns] == [
        ("Site", False),
        ("Year", False),
        ("Visitors", True),
    ]
