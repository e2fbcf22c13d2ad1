"""What a sentence may say that cites a quote, and what not; and the sentences of its bench."""

import importlib.util
import string
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.statements import months, statement
from rag.verify import MEASURED, SUPPORTED, check, support

QUOTE = (
    "On 1 November 2025 Lee Jae Myung met Xi Jinping in Gyeongju, and three agreements worth"
    " 3.5 million dollars were signed by 12 ministers from China, but the park was not closed."
)
WORDS = st.text(string.ascii_lowercase, min_size=3, max_size=9)


def alike(one: str, other: str) -> float:
    return 0.8


def never(one: str, other: str) -> float:
    raise AssertionError("texts were embedded for a sentence that is settled without")


@pytest.mark.parametrize(
    "sentence",
    [
        QUOTE,
        "Lee Jae Myung met Xi Jinping in Gyeongju on November 1, 2025.",
        "On 2025-11-01 Lee met Xi in Gyeongju.",
        "3 agreements worth $3,500,000 were signed.",
        "Twelve ministers from China signed three agreements.",
        "The park wasn’t closed.",
        "Chinese ministers signed three agreements.",
        "L. J. Myung met Mr. Xi in Gyeongju.",
        "One of the agreements was signed in Gyeongju.",
        "In November 2025, Lee's agreements were signed in Gyeongju.",
    ],
)
def test_what_the_quote_says_in_other_words_is_supported(sentence) -> None:
    assert support(sentence, [QUOTE], alike) >= SUPPORTED


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("On 1 November 2025 four agreements were signed.", "number"),
        ("Agreements worth 3.5 billion dollars were signed.", "number"),
        ("Agreements worth 3.5 million euros were signed.", "number"),
        ("On 1 October 2025 Lee Jae Myung met Xi Jinping.", "date"),
        ("On 12 November 2025 Lee Jae Myung met Xi Jinping.", "date"),
        ("The weather was pleasant and the food was praised by everybody.", "words"),
        ("Lee Jae Myung met Xi Jinping, and the weather stayed pleasant everywhere.", "words"),
        ("...", "empty"),
    ],
)
def test_what_the_quote_does_not_say_is_refused_with_its_reason(sentence, reason) -> None:
    verdict = check(sentence, [QUOTE], never)
    assert (verdict.support, verdict.reason) == (0.0, reason)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Lee Jae Myung met Donald Trump in Gyeongju.", QUOTE),
        ("Trump met Xi Jinping in Gyeongju.", QUOTE),
        ("Twelve agreements worth 3.5 million dollars were signed.", QUOTE),
        ("Lee Jae Myung never met Xi Jinping in Gyeongju.", QUOTE),
        ("Lee Jae Myung didn't meet Xi Jinping in Gyeongju.", QUOTE),
        ("Lee Jae Myung failed to meet Xi Jinping.", QUOTE),
        ("The park was closed.", QUOTE),
        ("Three agreements were unsigned by ministers.", QUOTE),
        ("Sales increased in spring.", "Sales decreased in spring."),
        ("It is illegal to park here.", "It is legal to park here."),
        ("Sheep were the last animals kept.", "Sheep were the first animals kept."),
        ("Births fell to 15 and deaths rose to 12.", "Births fell to 12 and deaths rose to 15."),
        ("Hartmann beat Okafor in the final.", "Okafor beat Hartmann in the final."),
        ("In 1990 Jo Hartmann sold the mill to Al Okafor.",
         "In 1990 Al Okafor sold the mill to Jo Hartmann."),
        ("Hartmann was beaten by Okafor.", "Okafor was beaten by Hartmann."),
    ],
)  # fmt: skip
def test_what_says_something_else_in_the_words_of_the_quote_says_more(sentence, quote) -> None:
    verdict = check(sentence, [quote], alike)
    assert verdict.support < SUPPORTED or not verdict.says_no_more


@pytest.mark.parametrize(
    "sentence",
    [
        "Lee Jae Myung met Xi Jinping in Gyeongju, but the park was not closed.",
        "In Gyeongju 3 agreements worth 3,500,000 dollars were signed, but the park wasn't closed.",
    ],
)
def test_what_leaves_out_words_says_no_more(sentence) -> None:
    assert check(sentence, [QUOTE], alike).says_no_more


def test_codes_are_numbers() -> None:
    assert check("The A390 flew to Paris.", ["The A380 flew to Paris."], never).reason == "number"


@pytest.mark.parametrize(
    ("language", "sentence", "quote", "reason"),
    [
        ("es", "Murieron cuatro soldados.", "Murieron tres soldados.", "number"),
        ("es", "Nació el 5 de mayo de 2016.", "Nació el 5 de marzo de 2016.", "date"),
        ("zh", "他赢了四次冠军。", "他赢了三次冠军。", "number"),
        ("zh", "2016年5月5日开幕。", "2016年6月5日开幕。", "date"),
        ("ru", "Открыт 5 мая 2016 года.", "Открыт 5 июня 2016 года.", "date"),
    ],
)
def test_other_languages_have_numbers_and_dates(language, sentence, quote, reason):
    assert check(sentence, [quote], alike, language=language).reason == reason
    assert check(quote, [quote], never, language=language).reason == "same"


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Okafor and Hartmann signed the lease.", "Hartmann and Okafor signed the lease."),
        ("Hartmann was beaten by Okafor.", "Okafor beat Hartmann."),
        ("In Oslo, Hartmann met Okafor.", "Hartmann met Okafor in Oslo."),
        ("Jo Hartmann, of Bergen, sold the mill.", "The mill was sold by Jo Hartmann of Bergen."),
    ],
)
def test_names_in_another_order_are_supported_but_may_say_something_else(sentence, quote) -> None:
    verdict = check(sentence, [quote], lambda a, b: 0.9)
    assert verdict.support >= SUPPORTED
    assert not verdict.says_no_more


def test_a_negation_elsewhere_in_a_long_quote_does_not_matter_for_support() -> None:
    quotes = [QUOTE, "Visitors do not pay for the tram.", "No dogs are allowed without a leash."]
    assert support("Lee Jae Myung met Xi Jinping in Gyeongju.", quotes, alike) >= SUPPORTED


def test_clauses_may_rest_on_different_quotes() -> None:
    quotes = ["The fair was held in Gyeongju.", "It drew 4,000 visitors from Japan."]
    sentence = "The fair, held in Gyeongju, drew 4000 visitors from Japan."
    assert support(sentence, quotes, alike) >= SUPPORTED
    assert support(sentence, quotes[:1], alike) == 0.0


def test_without_a_quote_nothing_is_supported() -> None:
    assert support("Lee met Xi.", [], never) == 0.0
    assert support("Lee met Xi.", ["", " "], never) == 0.0


@given(st.text(min_size=1).filter(str.strip), st.lists(st.text(), max_size=2))
def test_a_sentence_that_is_its_quote_is_supported(sentence, others) -> None:
    assert support(sentence, [*others, sentence], never) == 1.0


@given(st.lists(WORDS, min_size=4, max_size=12), st.data())
def test_another_number_in_place_of_one_is_never_supported(words, data) -> None:
    place = data.draw(st.integers(0, len(words)))
    number, other = data.draw(st.lists(st.integers(0, 10**7), min_size=2, max_size=2, unique=True))
    quote = " ".join([*words[:place], str(number), *words[place:]])
    changed = " ".join([*words[:place], str(other), *words[place:]])
    assert support(changed, [quote], alike) == 0.0
    assert support(changed, [quote, "An unrelated sentence."], alike) == 0.0


@given(st.lists(st.sampled_from([" ", "  ", "\n", "\u00a0", "\t"]), min_size=40, max_size=40))
def test_white_space_and_typography_do_not_matter(spaces) -> None:
    text = "It's the \"first\" of Lee's 3 agreements - he said - worth 1,000 dollars, and it isn't"
    words = text.translate(str.maketrans("'-", "’–")).replace('"first"', "“first”").split()
    other = "".join(w + s for w, s in zip(words, spaces, strict=False)).strip()
    assert check(other, [text], never).reason == "same"
    assert check(text, [other], never).reason == "same"


@given(st.text(), st.sampled_from(["en", "es", "zh", "de", "und", "xx"]))
def test_any_text_can_be_read(text, language) -> None:
    assert all(word.text for word in statement(text, language).words)


def of_the_bench(name: str):
    path = Path(__file__).parents[2] / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # which a dataclass looks for
    spec.loader.exec_module(module)
    return module


def sentences_of_the_bench():
    return of_the_bench("verifier_sentences")


PAIRS = of_the_bench("verifier_pairs")
LANGUAGES = sorted(path.stem for path in PAIRS.FOLDER.glob("*.txt"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_false_sentence_of_the_bench_is_shown_in_its_own_words(language) -> None:
    held = PAIRS.pairs(PAIRS.FOLDER / f"{language}.txt")
    assert len(held) == 20
    kinds = {kind for pair in held for kind in pair.false_by_kind}
    assert kinds == set(PAIRS.KINDS)
    for pair in held:
        for kind, sentence in pair.false_by_kind.items():
            verdict = check(sentence, [pair.quote], lambda a, b: 1.0, language=language)
            shown = verdict.support >= SUPPORTED and verdict.says_no_more
            assert not shown or (language not in MEASURED and kind == "negation"), sentence


def test_languages_are_measured_before_what_is_written_in_them_is_shown() -> None:
    assert set(LANGUAGES) > MEASURED
    assert len(LANGUAGES) >= 10


@pytest.mark.parametrize("language", ["en", "de", "ru", "ja", "zz", "und", "no locale"])
def test_months_have_their_names_in_english_and_where_cldr_has_them_in_the_language(language):
    assert set(months(language).values()) == set(range(1, 13))
    assert months(language)["may"] == 5


@pytest.mark.parametrize(
    "kind",
    ["number: digit", "number: word", "number: scale", "date: month", "date: year",
     "numbers swapped", "negation added", "before/after", "verb", "roles"],
)  # fmt: skip
def test_the_bench_changes_a_sentence_the_same_way_every_time(kind) -> None:
    text = "Before the 12 ministers met, three banks were paid 5 million by Lee Jae Myung."
    if kind.startswith("date"):
        text = "On 1 November 2025 the fair was held."
    if kind in {"verb", "roles"}:
        text = "In spring the company attacked the bank of the town."
    change = sentences_of_the_bench().CHANGED[kind]
    changed = change(text.replace("Before", "The day before"), Random(7))
    assert changed is not None
    assert changed == change(text.replace("Before", "The day before"), Random(7))
    verdict = check(changed, [text.replace("Before", "The day before")], alike)
    assert verdict.support < SUPPORTED or not verdict.says_no_more


def test_the_bench_makes_a_statement_of_a_question() -> None:
    bench = sentences_of_the_bench()
    assert bench.statement("who led the march?", "Ann Lee") == "Ann Lee led the march."
    assert bench.statement("who did she marry?", "Ann Lee") is None


def test_a_whole_sentence_of_a_quote_is_supported_and_a_part_of_one_is_not_for_that() -> None:
    quote = "It is a rumour that the mill closed. The mayor denied it in 1998."
    assert support("The mayor denied it in 1998.", [quote], lambda a, b: 0.0) == 1.0
    assert support("the mill closed", [quote], lambda a, b: 0.0) < SUPPORTED
