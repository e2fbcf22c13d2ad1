"""Units that names of columns end with, and numbers that are written with them."""

from __future__ import annotations

import pytest

from index.text.units import unit_in, with_unit


@pytest.mark.parametrize(
    ("name", "language", "unit"),
    [
        ("Length (m)", "en", "m"),
        ("Flow [l/min]", "en", "l/min"),
        ("Preis in Euro", "de", "Euro"),
        ("Dauer in Minuten", "de", "Minuten"),
        ("Prix en euros", "fr", "euros"),
        ("Durata min", "it", "min"),
        ("面积（平方米）", "zh", "平方米"),
        ("Price per night", "en", ""),
        ("Heures par mois", "fr", ""),
        ("Preis (netto)", "de", ""),
        ("Population (2020)", "en", ""),
        ("Team A", "en", ""),
        ("Town", "en", ""),
    ],
)
def test_a_unit_is_what_a_name_ends_with(name, language, unit):
    assert unit_in(name, language) == unit


@pytest.mark.parametrize(
    ("text", "unit", "language", "shown"),
    [
        ("3.10", "£", "en", "£3.10"),
        ("3,10", "€", "de", "3,10 €"),
        ("38", "元", "zh", "38元"),
        ("62", "m²", "fr", "62 m²"),
    ],
)
def test_a_number_is_written_with_its_unit(text, unit, language, shown):
    assert with_unit(text, unit, language) == shown
