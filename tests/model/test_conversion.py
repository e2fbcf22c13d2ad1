"""Old Office files: saved as new ones by LibreOffice in a limited process, or refused by name."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from email.message import EmailMessage
from pathlib import Path

import docx
import orjson
import pptx
import pytest
import xlsxwriter

from index.builder.conversion import Converter
from index.builder.prepare import Prepared, Recipe, Unconverted
from index.builder.sandbox import Limits
from index.builder.workers import Workers, _decoded
from index.errors import BuildCancelledError
from index.listing import HashMemory, list_seeds
from index.loaders import CONVERTED, SUPPORTED, load_seed
from index.loaders.office.sheet_records import old_workbook_marks
from index.store.home import Home, read_document
from index.types import Seed

FERRY = "The ferry to Ulleungdo leaves at seven."
TOWER = "The tower of Cheomseongdae has 362 stones."
SOFFICE = shutil.which("soffice")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

needs_libreoffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="nothing is converted there")


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> dict[str, bytes]:
    """A doc and a ppt, made by LibreOffice of a docx and a pptx."""
    folder = tmp_path_factory.mktemp("old")
    document = docx.Document()
    document.add_heading("Harbour rules", 1)
    document.add_paragraph(FERRY)
    rows = (("Berth", "Fee"), ("A1", "24 euros"))
    table = document.add_table(2, 2)
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            table.cell(row, column).text = value
    document.add_paragraph("Valid from May.")
    document.save(folder / "rules.docx")
    slides = pptx.Presentation()
    for text in (FERRY, TOWER):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = "Notes", text
    slides.save(folder / "notes.pptx")
    for name, ending in (("rules.docx", "doc"), ("notes.pptx", "ppt")):
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [SOFFICE, profile, "--headless", "--convert-to", ending, "--outdir", folder, name]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    return {name: (folder / name).read_bytes() for name in ("rules.doc", "notes.ppt")}


def mail(name: str, data: bytes) -> bytes:
    message = EmailMessage()
    message["Subject"] = "The rules"
    message.set_content("See the attached file.")
    message.add_attachment(data, maintype="application", subtype="msword", filename=name)
    return message.as_bytes()


@needs_libreoffice
def test_old_files_are_read_also_those_attached_to_a_mail(make_builder, write, seeds, home, old):
    attached = mail("rules.doc", old["rules.doc"])
    write(seeds, {**old, "m.eml": attached, "TEMPLATE.DOT": old["rules.doc"]})
    builder = make_builder(seeds, home, libreoffice=True)
    assert builder.build().failed == ()
    entries = Home(home).manifest().documents
    assert set(entries) == {"rules.doc", "notes.ppt", "m.eml", "m.eml/rules.doc", "TEMPLATE.DOT"}
    assert entries["rules.doc"].sha256 == hashlib.sha256(old["rules.doc"]).hexdigest()
    assert entries["rules.doc"].media_type == "application/msword"
    rules = read_document(Home(home), "m.eml/rules.doc")
    assert FERRY in rules.text
    assert "Berth: A1; Fee: 24 euros" in rules.text
    assert [heading.text for heading in rules.headings] == ["Harbour rules"]
    notes = read_document(Home(home), "notes.ppt")
    assert notes.place_at(notes.text.index("362")) == "slide 2"
    assert not builder.build().published, "nothing is converted twice"


@needs_libreoffice
def test_what_cannot_be_converted_is_named_and_the_others_are_read(
    make_builder, write, seeds, home, old
):
    noise = OLE + bytes(range(256)) * 80
    write(seeds, {"cut.doc": old["rules.doc"][:6000], "noise.ppt": noise, "noise.doc": noise})
    write(seeds, {"text.doc": FERRY, "ok.doc": old["rules.doc"], "ok.txt": TOWER})
    failed = make_builder(seeds, home, libreoffice=True).build().failed
    reasons = {failure.document: failure.reason for failure in failed}
    assert set(reasons) == {"cut.doc", "noise.doc", "noise.ppt", "text.doc"}
    assert reasons.pop("text.doc").startswith("its bytes are those of another format")
    assert all(reason.startswith("LibreOffice ") for reason in reasons.values()), reasons
    assert set(Home(home).manifest().documents) == {"ok.doc", "ok.txt"}


@needs_libreoffice
def test_a_file_that_was_refused_is_read_when_there_is_libreoffice(
    make_builder, write, seeds, home, old
):
    write(seeds, {**old, "ok.txt": TOWER})
    refused = make_builder(seeds, home)
    assert {failure.document for failure in refused.build().failed} == set(old)
    unread = refused.state().as_json()["unread"]
    assert {(one["ending"], one["count"]) for one in unread} == {(".doc", 1), (".ppt", 1)}
    assert all("`soffice --headless --convert-to" in one["reason"] for one in unread)
    assert not refused.build().published
    assert make_builder(seeds, home, libreoffice=True).build().failed == ()
    assert set(Home(home).manifest().documents) == {*old, "ok.txt"}


def test_each_format_is_either_read_or_converted():
    assert not set(CONVERTED) & set(SUPPORTED)


# A stand-in for the program, to see what it may do


@pytest.fixture
def program(tmp_path):
    """``program(code)``: a program of Python code, which has ``outdir`` and ``ending``."""

    def make(code: str) -> str:
        path = tmp_path / "soffice"
        head = "import sys\nword = sys.argv\noutdir = word[word.index('--outdir') + 1]\n"
        head += "ending = word[word.index('--convert-to') + 1]\nmade = f'{outdir}/in.{ending}'\n"
        path.write_text(f"#!{sys.executable}\n{head}{code}\n")
        path.chmod(0o755)
        return str(path)

    return make


def unconverted(data: bytes = OLE, ending: str = ".doc") -> Unconverted:
    sha256 = hashlib.sha256(data).hexdigest()
    return Unconverted(sha256, ending, base64.b64encode(data).decode())


def converted(program: str, limits: Limits) -> bytes | str:
    (made,) = Converter(program, limits).convert([unconverted()]).values()
    return made


SEEN = """
import json, os, resource, socket
kinds = ("AS", "CPU", "FSIZE", "CORE")
try:
    socket.create_connection(("127.0.0.1", %d), timeout=5)
    reached = True
except OSError:
    reached = False
profile = open("profile/user/registrymodifications.xcu").read()
seen = {
    "limits": [resource.getrlimit(getattr(resource, f"RLIMIT_{kind}"))[0] for kind in kinds],
    "environment": dict(os.environ), "reached": reached, "user": os.getuid(), "profile": profile,
}
open(made, "w").write(json.dumps(seen))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits differ elsewhere")
def test_the_program_is_limited_and_has_no_network_and_no_secrets(program, monkeypatch):
    import socket

    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "sesame")
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = converted(program(SEEN % server.getsockname()[1]), Limits(20, 1000))
    assert isinstance(made, bytes)
    seen = json.loads(made)
    memory, seconds, file_size, core = seen["limits"]
    assert (memory, file_size, core) == (1_500_000_000, 500_000_000, 0)
    assert 20 <= seconds <= 25
    assert "sesame" not in str(seen["environment"])
    assert not Path(seen["environment"]["HOME"]).exists(), "its folder is removed"
    assert "DisableMacrosExecution" in seen["profile"]
    allowed = subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True)
    assert seen["reached"] is (allowed.returncode != 0)
    assert seen["user"] == os.getuid()


@needs_posix
@pytest.mark.parametrize(
    ("code", "seconds", "reason"),
    [
        ("import time; time.sleep(60)", 1, "longer than load_timeout_s = 1"),
        ("import os; os.abort()", 20, "ended while it was converted (exit -6)"),
        ("x = bytearray(3_000_000_000)", 20, "load_memory_mb = 1000"),
        ("open(made, 'wb').truncate(600_000_000)", 20, "LibreOffice"),
        ("pass", 20, "cannot open it"),
    ],
)
def test_what_ends_badly_is_a_reason(program, code, seconds, reason):
    began = time.monotonic()
    made = converted(program(code), Limits(seconds, 1000))
    assert isinstance(made, str)
    assert reason in made
    assert time.monotonic() - began < 20


@needs_posix
def test_files_of_one_seed_have_the_time_of_one_together(program):
    slow = program("import time; time.sleep(1); open(made, 'wb').write(b'x')")
    files = [unconverted(OLE + bytes([n])) for n in range(20)]
    began = time.monotonic()
    made = list(Converter(slow, Limits(3, 1000)).convert(files).values())
    assert time.monotonic() - began < 10
    assert made[0] == b"x"
    assert "load_timeout_s = 3" in str(made[-1])


@needs_posix
def test_whoever_stops_it_waits_for_nothing(program):
    converter = Converter(program("import time; time.sleep(60)"), Limits(60, 1000))
    stop = threading.Timer(0.5, converter.stop)
    stop.start()
    began = time.monotonic()
    with pytest.raises(BuildCancelledError):
        converter.convert([unconverted(), unconverted(b"x")])
    assert time.monotonic() - began < 10
    with pytest.raises(BuildCancelledError):
        converter.convert([unconverted()])


@needs_posix
def test_giving_up_a_build_ends_a_conversion(program, write, seeds, tmp_path):
    slow = program("import time; time.sleep(60)")
    write(seeds, {"a.txt": "They met.", "b.doc": OLE})
    found = list_seeds(seeds, HashMemory(tmp_path / "hashes.json"), max_bytes=10**9).seeds
    with Workers(Limits(seconds=60, memory_mb=1000), count=1) as workers:
        with workers.prepare(found, Recipe(seeds, 256, soffice=slow)) as reading:
            next(reading)
            time.sleep(1)
            began = time.monotonic()
        assert time.monotonic() - began < 10


def test_a_process_that_asks_for_what_it_cannot_have_is_not_believed():
    seed = Seed("a.doc", "")
    asks = orjson.dumps(Prepared(unconverted=(unconverted(),)))
    assert _decoded(asks, seed, {}).unconverted[0].ending == ".doc"
    for conversions in (None, {"x": b""}):
        with pytest.raises(ValueError, match="not to be had"):
            _decoded(asks, seed, conversions)
    with pytest.raises(ValueError, match="not to be had"):
        _decoded(orjson.dumps(Prepared(unconverted=(unconverted(ending="/../x"),))), seed, {})


@needs_libreoffice
def test_an_old_workbook_has_its_comments_and_what_is_hidden(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "roofs.xlsx") as book:
        page = book.add_worksheet("Dächer")
        for number, row in enumerate((["House", "Roof"], ["Mill", "slate"], ["Barn", "tin"])):
            page.write_row(number, 0, row)
        page.write_comment("B2", "old — Łódź", {"author": "Ida"})
        page.write_comment("A3", "x" * 9000)  # longer than a record
        page.set_row(2, None, None, {"hidden": True})
        page.set_column("B:B", None, None, {"hidden": True})
    command = [SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "xls", "--outdir", str(tmp_path), str(tmp_path / "roofs.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    data = (tmp_path / "roofs.xls").read_bytes()
    document = load_seed("roofs.xls", data, "").documents[0]
    assert "- House: Mill; Roof (hidden column): slate\n\nComment: old — Łódź" in document.text
    assert document.text.endswith("x" * 9000)
    assert [place.name for place in document.places] == [
        "row 2", "cell B2", "row 3 (hidden)", "cell A3"
    ]  # fmt: skip
    for end in range(0, len(data), 997):  # what is damaged has no marks, or fewer
        assert set(old_workbook_marks(data[:end])) <= {"Dächer"}
