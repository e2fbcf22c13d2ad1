"""Subtitles: what is said, as sentences with their times, whatever stands around it."""

from __future__ import annotations

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
