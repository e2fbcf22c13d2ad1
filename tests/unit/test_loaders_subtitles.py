"""Subtitles: what is said, as sentences with their times, whatever stands around it."""

from __future__ import annotations

import time

import pytest

from index.loaders import load_seed
from index.types import Document
from tests.files import load, reason

TALK = """WEBVTT - A talk

NOTE A comment
of two lines.

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.000 align:start position:0%
<v.loud Lee>We <c.note>signed</c> <00:00:01.500>the note</v>

00:02.000 --> 00:03.000
<v Lee>in Seoul.

NOTE Another one.

01:01:01.900 --> 01:01:03.000
<v Lee>It rained.
<v Kim>Yes, AT&amp;T &lt;says&gt; so.
"""


def srt(*cues: tuple[str, str, str]) -> str:
    return "\n".join(
        f"{n}\n00:{start} --> 00:{end}\n{text}\n" for n, (start, end, text) in enumerate(cues, 1)
    )


def timed(document: Document) -> list[tuple[str, str]]:
    """The first word at each place, and the place."""
    return [(document.text[p.start :].split(maxsplit=1)[0], p.name) for p in document.places]


def test_the_cues_of_a_sentence_are_one_paragraph_and_each_is_a_place():
    document = load(
        "a.srt",
        srt(
            ("00:01,000", "00:02,000", "We met Dr."),
            ("00:02,100", "00:03,000", "Lee in\nSeoul, then"),
            ("00:03,100", "00:04,000", "we left."),
            ("01:23,900", "01:24,000", "It rained."),
        ).replace("\n", "\r\n"),
    )
    assert document.text == "We met Dr. Lee in Seoul, then we left.\n\nIt rained."
    assert timed(document) == [
        ("We", "00:00:01"),
        ("Lee", "00:00:02"),
        ("we", "00:00:03"),
        ("It", "00:01:23"),
    ]
    assert document.place_at(document.text.index("Seoul")) == "00:00:02"


@pytest.mark.parametrize(("start", "between"), [("00:05,000", " "), ("00:05,001", "\n\n")])
def test_a_pause_of_more_than_three_seconds_begins_a_paragraph(start, between):
    cues = srt(("00:01,000", "00:02,000", "so we"), (start, "00:09,000", "left the town"))
    assert load("a.srt", cues).text == f"so we{between}left the town"


def test_voices_stand_before_their_paragraphs_and_comments_and_styles_are_left_out():
    document = load("a.vtt", TALK)
    assert document.text == (
        "Lee: We signed the note in Seoul.\n\nLee: It rained.\n\nKim: Yes, AT&T <says> so."
    )
    assert document.place_at(document.text.index("It rained")) == "01:01:01"
    assert document.media_type == "text/vtt"


def test_another_voice_begins_a_paragraph_in_mid_sentence():
    cues = srt(("00:01,000", "00:02,000", "<v Lee>so we"), ("00:02,000", "00:03,000", "left"))
    assert load("a.srt", cues).text == "Lee: so we\n\nleft"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<i>We</i> <B>met</B>", "We met"),
        ('<font color="#fff">We met</font>', "We met"),
        (r"{\an8}We met", "We met"),
        ("<ruby>漢<rt>kan</rt></ruby>", "漢kan"),
        ("a < b, x <3 and <html>", "a < b, x <3 and <html>"),
        ("one\n\ntwo", "one two"),
        ("1999", "1999"),
    ],
)
def test_markup_is_no_text_and_what_only_looks_so_is(markup, text):
    assert load("a.srt", srt(("00:01,000", "00:02,000", markup))).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("content", [TALK, srt(("00:01,000", "00:02,000", "We met."))])
def test_renamed_subtitles_are_read_as_what_they_are(content, encoding):
    renamed = load("a.txt", content.encode(encoding))
    known = load("a.vtt" if content is TALK else "a.srt", content)
    assert (renamed.text, renamed.places) == (known.text, known.places)


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT\n\nis how such a file begins.\n",
        "1\n00:00 --> the first\n",
        "A cue:\n\n1\n00:00:01,000 --> 00:00:02,000\nWe met.\n",
    ],
)
def test_a_text_about_subtitles_stays_as_it_is(text):
    assert load("a.txt", text).text == text


@pytest.mark.parametrize("name", ["a.srt", "a.vtt"])
def test_what_has_no_cue_or_no_words_is_refused(name):
    assert "none of its 2 lines has times" in reason(name, "WEBVTT\nWe met.")
    without_words = srt(("00:01,000", "00:02,000", "<i> </i>"))
    assert "only times and markup in its cues (1)" in reason(name, without_words)
    assert "its bytes are those of a PDF file" in reason(name, b"%PDF-1.7")


def test_a_cue_with_damaged_times_is_reported_and_the_others_are_read():
    cues = srt(("00:01,000", "00:02,000", "We met."), ("0x,000", "00:03,000", "It rained."))
    loaded = load_seed("a.srt", cues.encode(), "0" * 64)
    assert [document.text for document in loaded.documents] == ["We met."]
    assert [f.reason for f in loaded.failures] == [
        "of its 2 cues, 1 without readable times (line 6)"
    ]


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("- Is it far?\n- No.", "Is it far?\n\nNo."),
        ("- Is it far? - No.", "Is it far?\n\nNo."),
        ("Is it far?\n– No.", "Is it far?\n\nNo."),
        ("-¿Está lejos?\n-No.", "¿Está lejos?\n\nNo."),
        ("<i>— Далеко?</i>\n<i>— Нет.</i>", "Далеко?\n\nНет."),
        ("- 遠いですか。\n- いいえ。", "遠いですか。\n\nいいえ。"),
        ("- 5 miles.\n- (laughs) No.", "5 miles.\n\n(laughs) No."),
        ("<v Kim>- Is it far?\n- No.", "Kim: Is it far?\n\nKim: No."),
        ("-5 degrees - and snow.", "-5 degrees - and snow."),
        ("Is it far? - No.", "Is it far? - No."),  # one speaker, who breaks off
        ("he went\n- and came back.", "he went - and came back."),
        ("-\n--", "- --"),
    ],
)
def test_each_dash_of_a_dialogue_is_another_speaker(cue, text):
    assert load("a.srt", srt(("00:01,000", "00:02,000", cue))).text == text


def test_a_turn_goes_on_in_the_next_cue_and_another_one_begins_in_mid_sentence():
    cues = srt(
        ("00:01,000", "00:02,000", "- We met in"),
        ("00:02,000", "00:03,000", "Seoul and"),
        ("00:03,000", "00:04,000", "- No!"),
    )
    document = load("a.srt", cues)
    assert document.text == "We met in Seoul and\n\nNo!"
    assert timed(document) == [("We", "00:00:01"), ("Seoul", "00:00:02"), ("No!", "00:00:03")]


ROLLING = """WEBVTT
Kind: captions

00:00:00.160 --> 00:00:02.230 align:start position:0%
\x20
the<00:00:00.400><c> ferry</c><00:00:00.560><c> leaves</c>

00:00:02.230 --> 00:00:02.240 align:start position:0%
the ferry leaves
\x20

00:00:02.240 --> 00:00:04.550 align:start position:0%
the ferry leaves
at<00:00:02.500><c> nine</c>

00:00:04.550 --> 00:00:04.560 align:start position:0%
at nine
\x20

00:00:04.560 --> 00:00:06.000 align:start position:0%
at nine
from the old pier
"""


@pytest.mark.parametrize("name", ["a.vtt", "a.srt", "a.txt"])
def test_lines_that_rolling_captions_show_again_are_given_once(name):
    if name == "a.srt":  # as converters write it
        numbers = iter(range(1, 9))
        cues = ROLLING.split("\n\n", 1)[1].replace("\n\n0", "\n\n#\n0").replace(".", ",")
        text = "".join(str(next(numbers)) if c == "#" else c for c in "#\n" + cues)
    else:
        text = ROLLING
    document = load(name, text)
    assert document.text == "the ferry leaves at nine from the old pier"
    assert timed(document) == [("the", "00:00:00"), ("at", "00:00:02"), ("from", "00:00:04")]


def test_markup_over_two_lines_of_rolling_captions_is_kept_and_nothing_fails():
    cues = [("00:01,000", "00:02,000", "<i\nx>a"), ("00:02,000", "00:03,000", "x>a\nb")]
    assert load("a.srt", srt(*cues)).text == "<i x>a b"


def test_what_is_spoken_twice_stays():
    apart = [("00:01,000", "00:02,000", "Never."), ("00:02,500", "00:03,000", "Never.")]
    assert load("a.srt", srt(*apart)).text == "Never.\n\nNever."
    one_song = [(f"00:{n:02},000", f"00:{n + 1:02},000", f"Line {n}.") for n in range(10)]
    at_once = [*one_song, ("00:10,000", "00:11,000", "Line 9.")]
    assert load("a.srt", srt(*at_once)).text.count("Line 9.") == 2


def test_captions_without_full_stops_are_paragraphs_of_some_lines():
    cues = [(f"00:{n:02},000", f"00:{n + 1:02},000", f"and cue {n} goes on") for n in range(60)]
    paragraphs = load("a.srt", srt(*cues)).text.split("\n\n")
    assert len(paragraphs) > 2
    assert max(map(len, paragraphs)) < 450


def test_many_equal_lines_are_read_in_time():
    cues = [(f"00:{n % 60:02},000", f"00:{n % 60:02},000", "no\n" * 2000) for n in range(50)]
    started = time.perf_counter()
    assert load("a.srt", srt(*cues)).text
    assert time.perf_counter() - started < 20
