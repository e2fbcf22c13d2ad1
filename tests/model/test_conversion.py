"""Old Office files and uncomputed workbooks: saved by LibreOffice, limited, or named."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import orjson
import pptx
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from index.builder.conversion import Converter, _write_profile
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


# Workbooks with formulas that nobody computed


def workbook(rows: list[list[object]], **attributes: str) -> bytes:
    """A workbook as openpyxl writes it: formulas have no value."""
    out, book = io.BytesIO(), openpyxl.Workbook()
    book.active.title = "Trips"
    for row in rows:
        book.active.append(row)
    for cell, number_format in attributes.items():
        book.active[cell].number_format = number_format
    book.active["A2"].comment = Comment("since May", "Ida")
    book.active.row_dimensions[3].hidden = True
    book.save(out)
    return out.getvalue()


TRIPS: list[list[object]] = [
    ["Ferry", "May", "June", "Both", "Share", "First"],
    ["Gull", 30, 12.5, "=B2+C2", "=D2/SUM(D2:D3)", "=DATE(2026,5,9)"],
    ["Tern", 7, 0.5, "=B3+C3", "=D3/SUM(D2:D3)", '=IF(C3>1,"late","")'],
    ["All", "=SUM(B2:B3)", "=SUM(C2:C3)", "=SUM(D2:D3)", "=NOSUCH(1)", None],
]


def open_document(cells: str, before: str = "", **parts: str) -> bytes:
    """An OpenDocument spreadsheet with these cells in its first row."""
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("text", "text"), ("table", "table"),
                            ("draw", "drawing"), ("script", "script"))
    )  # fmt: skip
    names += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    names += ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
    parts["content.xml"] = (
        f"<office:document-content{names}>{before}<office:body><office:spreadsheet>"
        f'<table:table table:name="Trips">{cells}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kinds = dict.fromkeys(parts, "text/xml") | {
        "/": "application/vnd.oasis.opendocument.spreadsheet"
    }
    entries = "".join(
        f'<m:file-entry m:full-path="{name}" m:media-type="{kind}"/>'
        for name, kind in kinds.items()
    )
    manifest = 'xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" m:version="1.2"'
    parts["META-INF/manifest.xml"] = f"<m:manifest {manifest}>{entries}</m:manifest>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kinds["/"])
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def formula(text: str) -> str:
    written = text.replace("&", "&amp;").replace('"', "&quot;")
    return f'<table:table-cell table:formula="of:={written}"/>'


def number(value: float) -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


@needs_libreoffice
def test_formulas_without_a_value_are_computed_and_the_rest_stays_as_it_is(
    make_builder, write, seeds, home
):
    data = workbook(TRIPS, E2="0.0%", E3="0.0%", F2="yyyy-mm-dd")
    cells = f"<table:table-row>{number(4)}{formula('[.A1]*3')}</table:table-row>"
    write(seeds, {"a.xlsx": data, "a.xltx": data, "b.ods": open_document(cells)})
    write(seeds, {"m.eml": mail("trips.xlsm", data)})
    failed = make_builder(seeds, home, libreoffice=True).build().failed
    reason = (
        "1 of 10 formulas have no computed value (Trips!E4): open and save it in a spreadsheet"
        " program (LibreOffice cannot compute them)"
    )
    assert {(failure.document, failure.reason) for failure in failed} == {
        (name, reason) for name in ("a.xlsx", "a.xltx", "m.eml/trips.xlsm")
    }
    computed = "(values computed by LibreOffice)"
    expected = [
        (f"row 2 {computed}",
         "- Ferry: Gull; May: 30; June: 12.5; Both: 42.5; Share: 85.0%; First: 2026-05-09"),
        ("cell A2", "Comment (Ida): since May"),
        (f"row 3 (hidden) {computed}", "- Ferry: Tern; May: 7; June: 0.5; Both: 7.5; Share: 15.0%"),
        (f"row 4 {computed}",
         "- Ferry: All; May: 37; June: 13; Both: 50; Share: formula without a value (=NOSUCH(1))"),
    ]  # fmt: skip
    for name in ("a.xlsx", "a.xltx", "m.eml/trips.xlsm"):
        document = read_document(Home(home), name)
        lines = [(p.name, document.text[p.start :].partition("\n")[0]) for p in document.places]
        assert lines == expected
    entry = Home(home).manifest().documents["a.xlsx"]
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert read_document(Home(home), "b.ods").text.endswith("column A: 4; column B: 12")


@needs_libreoffice
def test_a_workbook_without_values_is_read_again_when_there_is_libreoffice(
    make_builder, write, seeds, home
):
    write(seeds, {"a.xlsx": workbook(TRIPS), "ok.txt": TOWER})
    make_builder(seeds, home).build()
    assert "(=B2+C2)" in read_document(Home(home), "a.xlsx").text
    assert make_builder(seeds, home, libreoffice=True).build().published
    assert "Both: 42.5" in read_document(Home(home), "a.xlsx").text


@needs_posix
@pytest.mark.parametrize(
    ("code", "seconds", "why"),
    [
        ("import time; time.sleep(60)", 5, "converting it took longer than load_timeout_s = 5"),
        ("import os; os.abort()", 60, "LibreOffice ended while it was converted (exit -6)"),
        ("open(made, 'wb').write(b'PK')", 60, "LibreOffice cannot compute them"),
    ],
)
def test_a_workbook_that_is_not_computed_is_read_and_says_why(
    program, write, seeds, tmp_path, code, seconds, why
):
    write(seeds, {"a.xlsx": workbook(TRIPS)})
    (seed,) = list_seeds(seeds, HashMemory(tmp_path / "hashes.json"), max_bytes=10**9).seeds
    with Workers(Limits(seconds=seconds, memory_mb=1000), count=1) as workers:
        recipe = Recipe(seeds, 256, soffice=program(code))
        with workers.prepare([seed], recipe) as reading:
            ((_, prepared),) = reading
    assert "Both: formula without a value (=B2+C2)" in prepared.documents[0].document.text
    assert prepared.failures[0].reason == (
        "10 of 10 formulas have no computed value (Trips!D2, Trips!E2, Trips!F2 and 7 more): open"
        f" and save it in a spreadsheet program ({why})"
    )


def hostile(port: int, folder: Path) -> dict[str, bytes]:
    """Workbooks that reach for the network, another file, and a macro that writes."""
    web, secret = f"http://127.0.0.1:{port}", (folder / "secret.csv").as_uri()
    (folder / "secret.csv").write_text("sesame,42\n")
    rows: list[list[object]] = [["Ferry", "Trips"], ["Gull", "=1+1"]]
    for call in (
        f'_xlfn.WEBSERVICE("{web}/x")', f'_xlfn.WEBSERVICE("{secret}")',
        f"INDIRECT(\"'{secret}'#$secret.A1\")", 'DDE("soffice","secret.csv","A1")',
    ):  # fmt: skip
        rows.append(["Tern", f"={call}"])
    calls = (
        "1+1", f'COM.MICROSOFT.WEBSERVICE("{web}/o")', f"'{secret}'#$secret.A1",
        f"'{web}/o.csv'#$o.A1", 'DDE("soffice";"secret.csv";"A1")', "EVIL()",
    )  # fmt: skip
    code = f'Open "{folder / "ran"}" For Append As #1\nPrint #1, "ran"\nClose #1\n'
    event = (
        "<office:scripts><office:event-listeners><script:event-listener"
        ' script:language="ooo:script" script:event-name="office:load-finished"'
        ' xlink:href="vnd.sun.star.script:Standard.M.Opened?language=Basic&amp;location=document"'
        ' xlink:type="simple"/></office:event-listeners></office:scripts>'
    )
    library = 'xmlns:library="http://openoffice.org/2000/library"'
    basic = {
        "Basic/script-lc.xml":
            f'<library:libraries {library}><library:library library:name="Standard"'
            ' library:link="false"/></library:libraries>',
        "Basic/Standard/script-lb.xml":
            f'<library:library {library} library:name="Standard" library:readonly="false">'
            '<library:element library:name="M"/></library:library>',
        "Basic/Standard/M.xml":
            '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="M"'
            f' script:language="StarBasic">Sub Opened\n{code}End Sub\nFunction EVIL\n{code}EVIL = 3'
            "\nEnd Function\n</script:module>",
    }  # fmt: skip
    picture = (
        f'<table:shapes><draw:frame><draw:image xlink:href="{web}/o.png" xlink:type="simple"'
        ' xlink:actuate="onLoad"/></draw:frame></table:shapes>'
    )
    cells = "".join(f"<table:table-row>{formula(call)}</table:table-row>" for call in calls)
    return {"a.xlsx": workbook(rows), "b.ods": open_document(picture + cells, event, **basic)}


class Listener:
    """A server that only counts who comes."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.came = 0
        self._counting = threading.Thread(target=self._count, daemon=True)
        self._counting.start()

    def _count(self) -> None:
        with suppress(OSError):
            while True:
                self._server.accept()[0].close()
                self.came += 1

    def stop(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._counting.join(10)


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.stop()


@needs_libreoffice
def test_a_hostile_workbook_reaches_no_network_no_other_file_and_runs_no_macro(
    make_builder, write, seeds, home, tmp_path, listener
):
    write(seeds, hostile(listener.port, tmp_path))
    failed = make_builder(seeds, home, libreoffice=True).build().failed
    reasons = {failure.document: failure.reason for failure in failed}
    assert reasons["a.xlsx"].startswith("4 of 5 formulas have no computed value")
    assert reasons["b.ods"].startswith("6 of 6 formulas have no computed value"), "other workbooks"
    assert "Ferry: Gull; Trips: 2" in read_document(Home(home), "a.xlsx").text
    for name in ("a.xlsx", "b.ods"):
        assert "sesame" not in read_document(Home(home), name).text
    assert not (tmp_path / "ran").exists()
    assert not listener.came


@needs_libreoffice
def test_the_profile_alone_keeps_libreoffice_from_network_files_and_macros(tmp_path, listener):
    _write_profile(tmp_path / "profile")
    for name, data in hostile(listener.port, tmp_path).items():
        (tmp_path / name).write_bytes(data)
        command = [
            *(SOFFICE, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"),
            *("--convert-to", "csv", "--outdir", tmp_path / "made", tmp_path / name),
        ]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
        made = (tmp_path / "made" / name).with_suffix(".csv").read_text()
        assert "2" in made
        assert "sesame" not in made
        assert "42" not in made
    assert not (tmp_path / "ran").exists()
    assert not listener.came


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
