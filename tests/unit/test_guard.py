"""The guard in front of the server, over a small application that says what it got."""

from __future__ import annotations

import asyncio
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from eval.cases import chosen_suite
from eval.errors import SuiteError
from index.errors import SettingsError
from rag.settings import Settings, load_settings
from ui.chat.feedback import Complaint
from ui.chat.pages.evaluation_html import suite_choices
from ui.server.access import Access, access_to
from ui.server.guard import MAX_BODY_BYTES, Guard
from ui.server.people import NamedVisitors
from ui.server.scripts import PageScripts
from ui.server.turns import Turns
from ui.server.uploads import Uploads

TOKEN = "correct-horse-battery"
BASE = "http://127.0.0.1:7860"
UPLOAD = "/gradio_api/upload"


class Echo:
    """An application that says what reached it."""

    def __init__(self) -> None:
        self.reached = 0

    async def _echo(self, request: Request) -> JSONResponse:
        self.reached += 1
        body = await request.body()
        return JSONResponse(
            {
                "length": len(body),
                "headers": dict(request.headers),
                "client": request.client and request.client.host,
                "scheme": request.url.scheme,
            }
        )

    def app(self) -> Starlette:
        methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]
        return Starlette(routes=[Route("/{path:path}", self._echo, methods=methods)])


@pytest.fixture
def guarded(tmp_path: Path):
    """``guarded(access, ...)``: a client of the guard, and the application behind it."""

    def make(access: Access | None = None, *, limit: int = 10**6, base=BASE, **options):
        echo = Echo()
        uploads = Uploads(tmp_path / "uploads", limit)
        guard = Guard(NamedVisitors(echo.app()), access or Access(), uploads, **options)
        peer = options.pop("client", ("203.0.113.9", 5000))
        return TestClient(guard, base_url=base, follow_redirects=False, client=peer), echo

    return make


def test_f3_f4_a_page_of_another_origin_is_refused_its_port_counts(guarded):
    client, echo = guarded()
    for origin in (
        "http://127.0.0.1:8888",
        "http://localhost:7860",
        "http://127.0.0.1",
        "https://evil.example",
        "http://127.0.0.1:7860.evil.example",
        "null",
        "",
        "file://",
    ):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            reply = client.request(method, "/config", headers={"Origin": origin})
            assert (reply.status_code, echo.reached) == (403, 0), origin
    assert client.post("/config", headers={"Origin": BASE}).status_code == 200


def test_f11_f13_what_another_site_asks_for_is_refused_but_a_link_opens_the_window(guarded):
    client, echo = guarded()
    for site in ("cross-site", "same-site"):
        for mode, dest in (("no-cors", "image"), ("navigate", "iframe"), ("cors", "empty")):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
            assert client.get("/", headers=headers).status_code == 403
            assert client.post(UPLOAD, headers=headers).status_code == 403
        link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        opened = client.get("/?c=abc", headers=link)
        assert opened.status_code == 200
        assert 'http-equiv="refresh"' in opened.text
        assert "set-cookie" not in opened.headers
        assert client.post("/", headers=link).status_code == 403
    assert echo.reached == 0
    own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    assert client.post("/config", headers=own).status_code == 200


def test_f13_every_answer_forbids_frames_and_tells_nobody_where_it_was(guarded):
    client, _ = guarded()
    for reply in (client.get("/"), client.get("/", headers={"Host": "evil.example"})):
        assert reply.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"].split("; ")
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"


def test_every_answer_says_that_nothing_of_another_host_is_loaded_or_run(guarded):
    client, _ = guarded(Access(token=TOKEN))
    found = []
    for reply in (client.get("/"), client.get("/", headers={"Host": "evil.example"})):
        policy = dict(
            part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; ")
        )
        nonce = policy["script-src"].split()[-1]
        found.append(nonce)
        assert policy == {
            "default-src": "'self'",
            "script-src": f"'self' 'unsafe-eval' {nonce}",
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data:",
            "object-src": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
        }
        assert re.fullmatch(r"'nonce-[\w-]{20,}'", nonce)
    assert found[0] != found[1]


def test_the_scripts_of_the_page_and_no_others_are_let_run(tmp_path):
    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse("<head><script>1</script></head><script src=x></script>")

    app = Starlette(routes=[Route("/", page), Route("/other", page)])
    uploads = Uploads(tmp_path / "uploads", 10**6)
    client = TestClient(Guard(PageScripts(app, "ours"), Access(), uploads), base_url=BASE)
    reply = client.get("/")
    (nonce,) = re.findall("'nonce-(.*?)'", reply.headers["content-security-policy"])
    mark = f'<script nonce="{nonce}"'
    assert reply.text == (
        f"<head>{mark}>ours</script>{mark}>1</script></head>{mark} src=x></script>"
    )
    assert "nonce" not in client.get("/other").text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1:x",
                                  "[::1", "10.0.0.1", "0.0.0.0:7860", "a@127.0.0.1"])  # fmt: skip
def test_risk_4_a_name_that_is_not_the_servers_is_refused(guarded, host):
    client, echo = guarded()
    assert (client.get("/", headers={"Host": host}).status_code, echo.reached) == (400, 0)


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "LOCALHOST", "[::1]:7860", "localhost:80"])
def test_the_names_of_this_machine_are_the_servers(guarded, host):
    client, _ = guarded()
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_risk_4_with_another_address_only_addresses_and_named_hosts_are_the_servers():
    settings = Settings(token=TOKEN, allowed_hosts="chat.example, docs.example")
    access, _ = access_to(settings, "0.0.0.0")
    for host in ("192.168.1.5:7860", "chat.example", "DOCS.example:443", "[fe80::1]:7860"):
        assert access.knows(host), host
    assert not any(access.knows(host) for host in ("evil.example", "x.chat.example", ""))
    access, _ = access_to(settings, "192.168.1.5")
    assert access.knows("192.168.1.5")
    assert not access.knows("192.168.1.6")


def test_f7_a_body_above_the_limit_is_refused_whether_its_length_is_named_or_not(guarded):
    client, _ = guarded()
    exact = client.post("/x", content=b"a" * MAX_BODY_BYTES)
    assert exact.json()["length"] == MAX_BODY_BYTES
    reply = client.post("/x", content=b"a" * (MAX_BODY_BYTES + 1))
    assert reply.status_code == 413
    assert "longer than 1,000,000 bytes" in reply.json()["error"]
    pieces = (b"a" * 100_000 for _ in range(11))
    assert client.post("/x", content=pieces).status_code == 413
    lying = client.post("/x", content=(b"a" for _ in range(3)), headers={"Content-Length": "-1"})
    assert lying.status_code == 200


def test_f11_uploads_have_a_quota_and_say_how_long_they_are(guarded, tmp_path):
    client, echo = guarded(limit=5_000_000)
    assert client.post(UPLOAD, content=b"a" * 4_000_000).json()["length"] == 4_000_000
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "x").write_bytes(b"a" * 2_000_000)
    reached = echo.reached
    reply = client.post(UPLOAD, content=b"a" * 4_000_000)
    assert reply.status_code == 413
    assert "4 MB do not fit: uploads may take 5 MB" in reply.json()["error"]
    assert client.post(UPLOAD, content=(b"a" for _ in range(3))).status_code == 411
    assert echo.reached == reached


def test_f20_what_nobody_took_is_removed_after_a_day_and_halves_after_an_hour(tmp_path):
    now = [time.time()]
    uploads = Uploads(tmp_path, 100, clock=lambda: now[0])
    (tmp_path / "sha").mkdir()
    (tmp_path / "sha" / "a.txt").write_text("1234567890")
    (tmp_path / "tmpabc").write_text("12345")
    with uploads.room_for(85) as fits:
        assert fits
        with uploads.room_for(1) as more:
            assert not more
    with uploads.room_for(86) as fits:
        assert not fits
    now[0] += 3700
    with uploads.room_for(90) as fits:
        assert fits
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a.txt"]
    now[0] += 86_400
    with uploads.room_for(100) as fits:
        assert fits
    assert list(tmp_path.rglob("*")) == []


def test_f12_questions_wait_for_their_turn_and_above_that_are_to_come_again(tmp_path):
    async def asked_by_six() -> None:
        going, running = asyncio.Event(), []

        async def app(scope, receive, send) -> None:
            if scope["path"] == "/api/ask":
                running.append(1)
                await going.wait()
            await JSONResponse({})(scope, receive, send)

        guard = Guard(app, Access(), Uploads(tmp_path, 1), turns=Turns(running=2, waiting=3))
        transport = httpx.ASGITransport(guard)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            asked = [asyncio.create_task(client.post("/api/ask")) for _ in range(5)]
            while len(running) < 2:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)  # the other three wait
            reply = await client.post("/api/ask")
            assert reply.status_code == 429
            assert int(reply.headers["retry-after"]) > 0
            assert (await client.get("/anything")).status_code == 200
            assert len(running) == 2
            going.set()
            assert [(await task).status_code for task in asked] == [200] * 5
            assert (await client.post("/api/ask")).status_code == 200

    with ThreadPoolExecutor(1) as pool:  # the browser of another test holds a loop in this thread
        pool.submit(asyncio.run, asked_by_six()).result()


def test_f14_forwarded_headers_are_dropped_but_those_of_a_named_proxy(guarded):
    sent = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "198.51.100.7, 192.0.2.1",
        "X-Gradio-Server": "http://evil.example",
        "Forwarded": "host=evil.example",
        "X-Real-IP": "198.51.100.7",
    }
    client, _ = guarded()
    got = client.get("/x", headers=sent).json()
    assert not [name for name in got["headers"] if name.startswith(("x-", "forwarded"))]
    assert (got["client"], got["scheme"]) == ("203.0.113.9", "http")
    believed = Access(proxies=("203.0.113.9",), hosts=frozenset({"evil.example"}))
    client, _ = guarded(believed)
    got = client.get("/x", headers=sent).json()
    assert (got["client"], got["scheme"]) == ("192.0.2.1", "https")
    assert got["headers"]["host"] == "evil.example"
    client, _ = guarded(Access(proxies=("203.0.113.9",)))
    assert client.get("/x", headers=sent).status_code == 400


@pytest.mark.parametrize("cookie", ["a/b=1", "x@y=1", "a,b=1", "a(b)=1", "{x}=1", '"=;=', "\x7f=1"])
def test_f10_risk_2_a_cookie_of_another_program_does_not_close_the_window(guarded, cookie):
    client, _ = guarded()
    reply = client.get("/", headers={"Cookie": f"{cookie}; other=1"})
    assert reply.status_code == 200
    assert "footnote_user=" in reply.headers["set-cookie"]
    named = client.get("/", headers={"Cookie": f"{cookie}; footnote_user=abc"})
    assert "set-cookie" not in named.headers


def test_f22_everything_is_behind_the_token(guarded):
    client, echo = guarded(Access(token=TOKEN))
    for path in ("/", "/config", "/api/ping", "/api/ask", UPLOAD, "/gradio_api/queue/join"):
        for method in ("GET", "POST"):
            assert client.request(method, path).status_code == 401, path
    assert client.get("/?token=wrong").status_code == 401
    assert client.get("/", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/", headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401
    for value in ("", TOKEN, "ü"):
        forged = f"footnote_pass_7860={value}".encode("latin-1")
        assert client.get("/", headers={"Cookie": forged}).status_code == 401
    assert echo.reached == 0
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert 'name="token"' in page.text


def test_f22_a_first_link_opens_the_window_and_a_script_shows_the_token(guarded):
    client, _ = guarded(Access(token=TOKEN))
    first = client.get(f"/?token={TOKEN}&c=abc")
    assert (first.status_code, first.headers["location"]) == (303, "/?c=abc")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert client.get("/?c=abc").status_code == 200
    client.cookies.clear()
    script = {"Authorization": f"Bearer {TOKEN}"}
    assert client.post("/config", headers=script).status_code == 200
    away = client.get(f"{BASE}//evil.example/?token={TOKEN}")
    assert away.headers["location"].startswith("/evil.example")


def test_f22_another_address_than_this_machines_needs_a_token():
    for host, names in (("0.0.0.0", ""), ("192.168.1.5", ""), ("::", ""), ("myhost", ""),
                        ("127.0.0.1", "chat.example")):  # fmt: skip
        with pytest.raises(SettingsError, match="FOOTNOTE_TOKEN"):
            access_to(Settings(allowed_hosts=names), host)
        with pytest.raises(SettingsError, match="15 characters: take 16"):
            access_to(Settings(allowed_hosts=names, token="a" * 15), host)
        assert access_to(Settings(allowed_hosts=names, token="a" * 16), host)[0].token == "a" * 16
    for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        assert access_to(Settings(), host)[0].token == ""


def test_f9_f17_visitors_from_elsewhere_choose_no_server_and_no_folder_unless_it_is_allowed():
    _, here = access_to(Settings(), "127.0.0.1")
    assert here.open_choices is None
    _, there = access_to(Settings(token=TOKEN), "0.0.0.0")
    assert there.open_choices is False
    assert "llm_base_url" in there.given
    _, allowed = access_to(Settings(token=TOKEN, open_choices=True), "0.0.0.0")
    assert allowed.open_choices is True
    assert "llm_base_url" not in allowed.given


def test_the_token_is_read_from_the_environment_and_refused_in_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "footnote.toml").write_text(f'token = "{TOKEN}"\n')
    with pytest.raises(SettingsError, match="FOOTNOTE_TOKEN"):
        load_settings()
    (tmp_path / "footnote.toml").write_text('allowed_hosts = ["a.example"]\n')
    monkeypatch.setenv("FOOTNOTE_TOKEN", TOKEN)
    settings = load_settings()
    assert settings.token.get_secret_value() == TOKEN
    assert settings.allowed_hosts == ("a.example",)
    assert TOKEN not in f"{settings!r}"


def test_f17_a_visitor_from_elsewhere_names_no_folder_and_nobody_meets_an_exception(tmp_path):
    there = Settings(seeds=tmp_path, home=tmp_path, open_choices=False)
    assert "folder" not in [kind for _, kind in suite_choices(there)]
    with pytest.raises(SuiteError, match="open_choices = true"):
        chosen_suite(there, "folder", str(tmp_path))
    here = Settings(seeds=tmp_path, home=tmp_path)
    assert "folder" in [kind for _, kind in suite_choices(here)]
    for folder in ("~nobody-of-this-name", "a\x00b", "", str(tmp_path)):
        with pytest.raises(SuiteError):
            chosen_suite(here, "folder", folder)


def test_risk_27_the_form_of_a_complaint_is_bounded_by_the_server_too():
    complaint = Complaint.of("x" * 9999, "c" * 9999, "e" * 9999, "yes")
    assert (complaint.reason, complaint.is_case) == ("Something else", False)
    assert (len(complaint.comment), len(complaint.expected)) == (1000, 300)


def test_f20_the_folder_of_uploads_is_the_owners_and_without_one_nothing_is_taken(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # what is set here ends with the test
    place = tmp_path / "home" / "uploads"
    Uploads(place, 100).make()
    assert os.environ["GRADIO_TEMP_DIR"] == str(place)
    assert place.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").write_text("no folder can be made in it")
    uploads = Uploads(tmp_path / "file" / "uploads", 100)
    uploads.make()
    assert not os.environ["GRADIO_TEMP_DIR"].startswith(str(tmp_path))
    with uploads.room_for(1) as fits:
        assert not fits
