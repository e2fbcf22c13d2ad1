"""Our measures against the official definitions, and against slow ones that cannot be wrong.

Each oracle is restated here from its source, so that no script or model has to be fetched. Where
ours differs on purpose, a test says so and pins by how much.
"""

from __future__ import annotations

import itertools
import math
import re
import string
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from eval.compare import compare
from eval.intervals import difference, mean_of, measured, ratio
from eval.measures import (
    aurc,
    auroc,
    ece,
    exact,
    f1,
    hit,
    ndcg,
    normalised,
    recall,
    reciprocal_rank,
)

# --- SQuAD: evaluate-v1.1.py and evaluate-v2.0.py (Rajpurkar et al. 2016, 2018) -----------------


def squad_normalised(text: str) -> str:
    """``normalize_answer``: lower case, then punctuation, then articles, then white space."""
    kept = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


def squad1_f1(prediction: str, truth: str) -> float:
    """``f1_score`` of v1.1: 0 where nothing is shared, also of two empty answers."""
    given_words, true_words = squad_normalised(prediction).split(), squad_normalised(truth).split()
    same = sum((Counter(given_words) & Counter(true_words)).values())
    if same == 0:
        return 0.0
    precision, recall_of_words = same / len(given_words), same / len(true_words)
    return 2 * precision * recall_of_words / (precision + recall_of_words)


def squad2_f1(prediction: str, truth: str) -> float:
    """``compute_f1`` of v2.0: where one is empty, 1 if both are."""
    given_words, true_words = squad_normalised(prediction).split(), squad_normalised(truth).split()
    if not given_words or not true_words:
        return float(given_words == true_words)
    return squad1_f1(prediction, truth)


def squad1_exact(prediction: str, truth: str) -> float:
    """``exact_match_score``; ``compute_exact`` of v2.0 is the same."""
    return float(squad_normalised(prediction) == squad_normalised(truth))


def squad1(measure: Callable[[str, str], float], prediction: str, truths: Sequence[str]) -> float:
    """``metric_max_over_ground_truths``."""
    return max(measure(prediction, truth) for truth in truths)


def squad2(measure: Callable[[str, str], float], prediction: str, truths: Sequence[str]) -> float:
    """``get_raw_scores`` of v2.0: truths without words are dropped; with none left, "" is true."""
    return squad1(measure, prediction, [t for t in truths if squad_normalised(t)] or [""])


# What ours treats differently: typographic and Chinese marks, and scripts without spaces.
DIFFERENT = re.compile("[“”‘’—–。、，；：？！（）《》〈〉「」『』【】·\u3040-\u30ff\u3400-\u9fff]")
WORDS = [
    *("the", "The", "a", "An", "THE", "theatre", "Normans", "Beyoncé's", "10th", "century", "U.S."),
    *("1,066", "$5", "co-operate", "naïve", "Straße", "İstanbul", "über", "a.", "-", "…", "«là»"),
    *(
        "",
        " ",
        "\t",
        "\n",
        "\u00a0",
        "\u2009",
        "e\u0301",
        "a's",
        "an-the",
        "₩70",
        "½",
        "Ω",
        "الكتاب",
    ),
    *("привет", "한국어", "🙂", "and", "or", "France.", "(France)", "the,the", "_", "a_b", "3.14%"),
]
phrases = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
texts = st.one_of(
    phrases, st.text(max_size=25), st.text("athen .,'’-\u00e9A\t", max_size=20)
).filter(lambda text: not DIFFERENT.search(text))
ANSWERS = [
    ("in the 10th and 11th centuries", ["10th and 11th centuries", "the 10th century"]),
    ("Denmark, Iceland and Norway", ["Denmark, Iceland and Norway", "Denmark", "Iceland, Norway"]),
    ("The U.S. Army's 1st Division", ["US Army 1st division", "the Army"]),
    ("a", ["an", "the"]),
    ("", ["", "the"]),
    ("A.", ["B."]),
    ("twenty-one", ["twenty one", "twentyone"]),
    ("$1,234.50", ["1234.50", "$1 234.50"]),
    ("O’Brien’s pub".replace("’", "'"), ["O'Brien's pub", "obriens"]),
    ("to be or not to be", ["to be", "be be be"]),
    ("the   theatre\tof\nthe Absurd", ["Theatre of Absurd"]),
]


@settings(max_examples=600)
@given(texts, st.lists(texts, min_size=1, max_size=4))
def test_exact_and_f1_are_those_of_squad_1_1(prediction, truths):
    assert normalised(prediction) == squad_normalised(prediction)
    assert exact(prediction, truths) == squad1(squad1_exact, prediction, truths)
    assert f1(prediction, truths) == pytest.approx(squad1(squad1_f1, prediction, truths), abs=1e-12)


@settings(max_examples=300)
@given(texts, st.lists(texts, min_size=1, max_size=4))
def test_exact_and_f1_are_those_of_squad_2_0_where_the_answers_have_words(prediction, truths):
    truths = [truth for truth in truths if normalised(truth)]
    if truths:
        assert exact(prediction, truths) == squad2(squad1_exact, prediction, truths)
        assert f1(prediction, truths) == pytest.approx(squad2(squad2_f1, prediction, truths))


@pytest.mark.parametrize(("prediction", "truths"), ANSWERS)
def test_answers_like_those_of_squad_have_its_scores(prediction, truths):
    assert exact(prediction, truths) == squad1(squad1_exact, prediction, truths)
    assert f1(prediction, truths) == pytest.approx(squad1(squad1_f1, prediction, truths))


def test_answers_without_words_score_as_in_1_1_and_not_as_in_2_0():
    # In 2.0 "" is the answer to an unanswerable question; here a question is declined, not scored.
    assert squad2(squad2_f1, "", [""]) == 1.0
    assert f1("", [""]) == squad1(squad1_f1, "", [""]) == 0.0
    # 2.0 drops truths that are an article; 1.1 and ours keep them.
    assert squad2(squad1_exact, "an", ["the", "word"]) == 0.0
    assert exact("an", ["the", "word"]) == squad1(squad1_exact, "an", ["the", "word"]) == 1.0


@pytest.mark.parametrize(
    ("typographic", "plain", "official"),
    [
        ("“strategic”", "strategic", 0.0),
        ("Xi’s plan", "Xi's plan", 0.5),  # official: "xi’s", "plan" and "xis", "plan"
        ("1914–1918", "1914-1918", 0.0),
        ("the ‘Big Ben’", "'Big Ben'", 0.0),
        ("now — then", "now - then", 0.8),  # official: the dash is a word
    ],
)
def test_typographic_marks_are_punctuation_here_and_words_in_squad(typographic, plain, official):
    assert squad1_exact(typographic, plain) == 0.0
    assert squad1_f1(typographic, plain) == pytest.approx(official)
    assert exact(typographic, [plain]) == 1.0
    assert f1(typographic, [plain]) == 1.0


@given(st.lists(st.sampled_from([*WORDS, *"“”‘’—–"]), max_size=8).map(" ".join), phrases)
def test_without_typographic_marks_the_official_score_is_ours(prediction, truth):
    plain = re.sub("[“”‘’—–]", "", prediction)
    assert exact(prediction, [truth]) == squad1_exact(plain, truth)
    assert f1(prediction, [truth]) == pytest.approx(squad1_f1(plain, truth))


# --- MLQA: mlqa_evaluation_v1.py for Chinese (Lewis et al. 2020) ---------------------------------

MARKS = {c for c in map(chr, range(sys.maxunicode)) if unicodedata.category(c)[0] == "P"} | set(
    string.punctuation
)


def mlqa_words(text: str) -> list[str]:
    """``normalize_answer(text, "zh").split()``: all Unicode punctuation removed, no articles."""
    kept = "".join(c for c in text.lower() if c not in MARKS)
    return re.sub("[\u4e00-\u9fa5]", r" \g<0> ", kept).split()


def mlqa_f1(prediction: str, truth: str) -> float:
    given_words, true_words = mlqa_words(prediction), mlqa_words(truth)
    same = sum((Counter(given_words) & Counter(true_words)).values())
    return 2 * same / (len(given_words) + len(true_words)) if same else 0.0


chinese = st.text("黑豹队有两人入选他在岁时带领野马38 xDVD", max_size=16)


@given(chinese, chinese)
def test_chinese_is_compared_by_characters_as_in_mlqa(prediction, truth):
    assert normalised(prediction).split() == mlqa_words(prediction)
    assert exact(prediction, [truth]) == float(mlqa_words(prediction) == mlqa_words(truth))
    assert f1(prediction, [truth]) == pytest.approx(mlqa_f1(prediction, truth))


def test_chinese_marks_are_removed_as_in_mlqa_and_rarer_ones_stay():
    assert f1("两人。", ["两人"]) == mlqa_f1("两人。", "两人") == 1.0
    assert exact("《两人》", ["两人"]) == 1.0
    assert mlqa_f1("两人…", "两人") == 1.0
    assert f1("两人…", ["两人"]) == pytest.approx(2 * 2 / (3 + 2))


def test_japanese_and_rare_characters_are_split_here_and_not_in_mlqa():
    assert mlqa_words("ひらがな 㐀㐁") == ["ひらがな", "㐀㐁"]
    assert normalised("ひらがな 㐀㐁").split() == [*"ひらがな", "㐀", "㐁"]


def test_english_articles_within_chinese_go_here_and_stay_in_mlqa():
    assert mlqa_words("the 38岁") == ["the", "38", "岁"]
    assert normalised("the 38岁") == "38 岁"


# --- ALCE: compute_autoais of eval.py (Gao et al. 2023) ------------------------------------------

Cited = list[list[bool]]
"""Of each sentence, of each of its citations: whether the span overlaps the judged evidence."""
Entails = Callable[[Sequence[bool]], bool]
"""Whether these citations, read together, support the sentence; ALCE asks an NLI model."""


def overlaps_evidence(citations: Sequence[bool]) -> bool:
    """The entailment of our judgement: a text supports when a part of it is in the evidence."""
    return any(citations)


def alce(sentences: Cited, entails: Entails) -> tuple[float, float]:
    """Citation recall and precision of one answer.

    Recall: the share of sentences that their citations support together. Precision: the share of
    citations that are not irrelevant; those of an unsupported sentence are, and one that does not
    support alone while the others do without it.
    """
    supported, needed, total = 0, 0, 0
    for citations in sentences:
        total += len(citations)
        whole = bool(citations) and entails(citations)
        supported += whole
        if not whole:
            continue
        for at, citation in enumerate(citations):
            others = [*citations[:at], *citations[at + 1 :]]
            needed += len(citations) == 1 or entails([citation]) or not entails(others)
    return supported / len(sentences), needed / total if total else 0.0


def ours(answers: Sequence[Cited]) -> tuple[float, float | None]:
    """Citation recall and precision of our report, over answers of one sentence list each."""
    rows = [_row(str(n), sentences) for n, sentences in enumerate(answers)]
    run = {"suite": "alce", "rows": rows}
    found = compare(run, run).measures["citation"]
    return found["recall"].before, found["precision"].before if "precision" in found else None


def _row(name: str, sentences: Cited) -> dict:
    return {
        "id": name,
        "question": "?",
        "answerable": True,
        "answers": [],
        "sources": ["a.txt"],
        "evidence": ["x"],
        "answer": "x",
        "abstained": not any(sentences),
        "confidence": 0.5,
        "generation": "g",
        "retrieval": {},
        "measures": {},
        "citations": [{"exact": True, "relevant": c} for cited in sentences for c in cited],
        "latency_ms": 1.0,
        "error": None,
    }


def alce_mean(
    answers: Sequence[Cited], entails: Entails = overlaps_evidence
) -> tuple[float, float]:
    """As reported: the mean over answers."""
    recalls, precisions = zip(*(alce(answer, entails) for answer in answers), strict=True)
    return float(np.mean(recalls)), float(np.mean(precisions))


few = settings(max_examples=15)  # a comparison makes a bootstrap for each measure
cited_once = st.lists(st.booleans(), min_size=1, max_size=8)
sentence = st.lists(st.booleans(), min_size=1, max_size=3)
answers_of_sentences = st.lists(st.lists(sentence, min_size=1, max_size=4), min_size=1, max_size=5)


@few
@given(cited_once)
def test_answers_of_one_sentence_with_one_citation_have_the_scores_of_alce(relevant):
    answers = [[[r]] for r in relevant]
    assert ours(answers) == pytest.approx(alce_mean(answers))


@few
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=5))
def test_precision_is_that_of_alce_when_all_answers_have_as_many_citations(relevant):
    answers = [[[r] for r in three] for three in relevant]
    recall_found, precision = ours(answers)
    assert precision == pytest.approx(alce_mean(answers)[1])
    # One citation for each sentence: the recall of ALCE is its precision; ours is asked of the
    # whole answer, and is met by one sentence.
    assert alce_mean(answers)[0] == pytest.approx(alce_mean(answers)[1])
    assert recall_found == np.mean([any(three) for three in relevant])


@few
@given(answers_of_sentences)
def test_precision_pools_the_citations_that_alce_averages_by_answer(answers):
    weights = [sum(map(len, answer)) for answer in answers]
    by_answer = [alce(answer, overlaps_evidence)[1] for answer in answers]
    recall_found, precision = ours(answers)
    # With this entailment a citation is needed exactly when it overlaps the evidence, however
    # many a sentence has: what is left is the weight of an answer.
    assert precision == pytest.approx(np.average(by_answer, weights=weights))
    assert recall_found >= alce_mean(answers)[0] - 1e-12


def test_long_answers_weigh_more_here_than_in_alce():
    answers = [[[True], [True], [True]], [[False]]]
    assert alce_mean(answers) == (0.5, 0.5)
    assert ours(answers) == (0.5, 0.75)


def test_an_answer_without_citations_has_no_precision_here_and_zero_in_alce():
    assert alce_mean([[[]], [[True]]]) == (0.5, 0.5)
    assert ours([[[]], [[True]]]) == (0.5, 1.0)
    assert ours([[[]]]) == (0.0, None)


def test_every_sentence_must_be_supported_in_alce_and_one_of_an_answer_here():
    answers = [[[True], [False], [False], [False]]]
    assert alce_mean(answers) == (0.25, 0.25)
    assert ours(answers) == (1.0, 0.25)


def test_two_citations_that_support_only_together_count_in_alce_whatever_they_overlap():
    # The one thing that a span cannot say: a sentence that needs both of its quotes.
    both = [[[True, False]]]
    assert alce_mean(both, lambda citations: len(citations) == 2) == (1.0, 1.0)
    assert ours(both) == (1.0, 0.5)


# --- Retrieval: ir_measures (MacAvaney et al. 2022; trec_eval) -----------------------------------

ITEMS = [f"d{i:02}" for i in range(14)]
RETRIEVAL = {
    nDCG @ 10: lambda ranking, relevant: ndcg(ranking, relevant, 10),
    RR @ 10: lambda ranking, relevant: reciprocal_rank(ranking, relevant, 10),
    R @ 10: lambda ranking, relevant: recall(ranking, relevant, 10),
    Success @ 5: lambda ranking, relevant: hit(ranking, relevant, 5),
}
queries = st.lists(
    st.tuples(
        st.permutations(ITEMS).flatmap(
            lambda order: st.integers(0, len(order)).map(lambda n: list(order)[:n])
        ),
        st.sets(st.sampled_from(ITEMS)),
    ),
    min_size=1,
    max_size=4,
)


@given(queries)
def test_retrieval_is_that_of_ir_measures_also_where_nothing_is_found_or_relevant(asked):
    judged = [
        ir_measures.Qrel(str(q), item, int(item in relevant))
        for q, (_, relevant) in enumerate(asked)
        for item in ITEMS
    ]
    scored = [
        ir_measures.ScoredDoc(str(q), item, float(-rank))
        for q, (ranking, _) in enumerate(asked)
        for rank, item in enumerate(ranking)
    ]
    theirs = ir_measures.calc_aggregate(list(RETRIEVAL), judged, scored)
    for measure, of in RETRIEVAL.items():
        # A query without a result is in the mean, as a zero.
        mean = np.mean([of(ranking, relevant) for ranking, relevant in asked])
        assert mean == pytest.approx(theirs[measure], abs=1e-9)


@given(st.permutations(ITEMS), st.sets(st.sampled_from(ITEMS), min_size=1), st.integers(1, 14))
def test_a_relevant_item_further_up_never_lowers_a_measure(ranking, relevant, k):
    ranking = list(ranking)
    for at in range(1, len(ranking)):
        if ranking[at] in relevant and ranking[at - 1] not in relevant:
            better = [*ranking[: at - 1], ranking[at], ranking[at - 1], *ranking[at + 1 :]]
            for measure in (hit, recall, reciprocal_rank, ndcg):
                assert measure(better, relevant, k) >= measure(ranking, relevant, k) - 1e-12
    for measure in (hit, recall, reciprocal_rank, ndcg):
        assert 0 <= measure(ranking, relevant, k) <= 1


@pytest.mark.parametrize("tied", [["a", "b", "c"], ["b", "c", "d", "a"]])
def test_equal_scores_have_an_order_here_before_they_are_measured(tied):
    # ir_measures orders them by id, its providers in opposite ways; ours measures a ranking.
    judged = [ir_measures.Qrel("q", "a", 1)]
    scored = [ir_measures.ScoredDoc("q", item, 1.0) for item in tied]
    theirs = ir_measures.calc_aggregate([nDCG @ 10, RR @ 10], judged, scored)
    for measure, value in theirs.items():
        possible = {round(RETRIEVAL[measure](o, {"a"}), 9) for o in itertools.permutations(tied)}
        assert round(value, 9) in possible
        assert len(possible) == len(tied)


# --- Confidence: areas and calibration by brute force --------------------------------------------

confidences = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.55, 0.7, 0.9, 1.0]), st.booleans()),
    min_size=1,
    max_size=7,
)


def columns(pairs: Sequence[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([c for c, _ in pairs], dtype=float), np.array([b for _, b in pairs], dtype=bool)


@given(confidences)
def test_auroc_is_the_share_of_all_pairs_in_order(pairs):
    area = auroc(*columns(pairs))
    wins = [
        (one > other) + (one == other) / 2
        for one, is_positive in pairs
        for other, is_other in pairs
        if is_positive and not is_other
    ]
    assert math.isnan(area) if not wins else area == pytest.approx(np.mean(wins))


@given(confidences)
def test_aurc_is_the_mean_over_all_orders_that_the_confidence_allows(pairs):
    areas = [
        np.mean([sum(w for _, w in order[:k]) / k for k in range(1, len(order) + 1)])
        for order in itertools.permutations(pairs)
        if all(one[0] >= other[0] for one, other in itertools.pairwise(order))
    ]
    assert aurc(*columns(pairs)) == pytest.approx(np.mean(areas))


@given(confidences, st.sampled_from([1, 2, 5, 10, 15]))
def test_ece_is_the_sum_over_bins_of_guo_et_al(pairs, n_bins):
    total = 0.0
    for m in range(1, n_bins + 1):
        low, high = (m - 1) / n_bins, m / n_bins
        held = [(c, r) for c, r in pairs if low < c <= high or (m == 1 and c == 0)]
        if held:
            accuracy = sum(r for _, r in held) / len(held)
            confidence = sum(c for c, _ in held) / len(held)
            total += len(held) / len(pairs) * abs(accuracy - confidence)
    assert ece(*columns(pairs), n_bins) == pytest.approx(total, abs=1e-12)


# --- Resampling: coverage of the interval, p-values of all exchanges -----------------------------


@pytest.mark.parametrize(
    ("draw", "true_mean"),
    [
        (lambda random: random.random(60) < 0.8, 0.8),
        (lambda random: random.normal(2, 1, 60), 2.0),
        (lambda random: random.beta(2, 2, 60), 0.5),
    ],
)
def test_about_95_of_100_intervals_hold_the_true_mean(draw, true_mean):
    random = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        values = np.asarray(draw(random), dtype=float)
        found = measured(60, lambda at, v=values: float(v[at].mean()), resamples=250)
        held += found.low <= true_mean <= found.high
    # The percentile method is a little too narrow for few values; a share of 300 is known to 1.3 %.
    assert 0.91 <= held / 300 <= 0.98


def test_the_interval_of_a_mean_is_that_of_a_bootstrap_written_out():
    values = np.random.default_rng(3).random(40)
    random = np.random.default_rng(20251101)
    means = sorted(values[random.integers(0, 40, 40)].mean() for _ in range(1000))
    found = mean_of(list(values))
    assert (found.low, found.high) == pytest.approx((means[25], means[974]), abs=2e-3)


def all_exchanges(before: np.ndarray, after: np.ndarray, statistic) -> float:
    """The p-value from its definition: every way to exchange the results of every case."""
    value = statistic(after[None])[0] - statistic(before[None])[0]
    extreme = []
    for swap in itertools.product([False, True], repeat=len(before)):
        mask = np.array(swap)[:, None]
        one, other = np.where(mask, after, before), np.where(mask, before, after)
        found = statistic(other[None])[0] - statistic(one[None])[0]
        extreme.append(np.isnan(found) or abs(found) >= abs(value) - 1e-12)
    return float(np.mean(extreme))


def areas(samples: np.ndarray) -> np.ndarray:
    return np.array([auroc(s[:, 0], s[:, 1] > 0) for s in samples])


halves = st.sampled_from([0.0, 0.5, 1.0])


counted = st.sampled_from([(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 2.0), (2.0, 2.0)])


@few
@given(st.lists(st.tuples(counted, counted), min_size=1, max_size=7))
def test_p_values_of_few_cases_are_those_of_all_exchanges(cases):
    before, after = (np.array([case[side] for case in cases]) for side in (0, 1))
    found = difference(before, after)
    if not before[:, 1].any() or not after[:, 1].any():
        assert found is None
    else:
        assert found.p == pytest.approx(all_exchanges(before, after, ratio))


@few
@given(st.lists(st.tuples(halves, halves, st.booleans()), min_size=2, max_size=6))
def test_p_values_of_areas_are_those_of_all_exchanges(cases):
    before = np.array([(one, label) for one, _, label in cases], dtype=float)
    after = np.array([(other, label) for _, other, label in cases], dtype=float)
    found = difference(before, after, areas)
    if len({label for *_, label in cases}) < 2:
        assert found is None
    else:
        assert found.p == pytest.approx(all_exchanges(before, after, areas))


def test_random_exchanges_come_near_all_of_them():
    random = np.random.default_rng(11)
    before, after = random.random((2, 13))  # one more than are counted out
    one, other = (np.column_stack([side, np.ones(13)]) for side in (before, after + 0.2))
    expected = all_exchanges(one, other, ratio)
    assert 0.01 < expected < 0.5
    assert difference(one, other).p == pytest.approx(expected, abs=0.03)


def test_without_a_difference_about_one_in_twenty_p_values_is_below_05():
    random = np.random.default_rng(2)
    found = [
        difference(*(np.column_stack([random.random(12), np.ones(12)]) for _ in range(2))).p
        for _ in range(120)
    ]
    assert np.mean(np.array(found) < 0.05) <= 0.11
    assert 0.35 <= np.mean(found) <= 0.65
