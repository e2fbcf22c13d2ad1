"""Attacks on one real server, group by group (bench/attacks.py), and in a browser."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import attacked
import attacks

from ui.server.accounts import Accounts
from ui.server.links import document_link

PASSWORD = "correct horse staple"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, serve_window):
    place = tmp_path_factory.mktemp("attacked")
    (place / "seeds").mkdir()
    text = "The harbour of Lindal was built in 1974 by the town.\n"
    (place / "seeds" / "harbour.txt").write_text(text)
    return serve_window(place / "seeds", place / "home")


@pytest.fixture(scope="module")
def target(window) -> object:
    return attacked.Target(window.url, window.seeds, window.home, window.log, window.process.pid)


@pytest.mark.parametrize("group", attacks.ATTACKS)
def test_every_attack_of_the_group_holds(target, group) -> None:
    """F1 to F5, F7, F10 to F18, F20, and risks 2, 4, 8, 9, 24: each names what it tries."""
    tried = target.attacked(attacks.ATTACKS[group])
    assert tried
    assert [what for what, held in tried if not held] == []


def test_f20_nothing_is_left_of_an_upload_and_its_folder_is_the_owners(target) -> None:
    uploads = target.home / "uploads"
    assert uploads.stat().st_mode & 0o777 == 0o700
    visitor = attacked.Visitor(target)
    before = {path for path in uploads.rglob("*") if path.is_file()}
    came = visitor.upload("ferry.txt", b"The ferry to Lindal leaves at 7:40.")
    assert Path(came).is_relative_to(uploads)
    file = {"path": came, "orig_name": "ferry.txt", "meta": {"_type": "gradio.FileData"}}
    visitor.event("upload_documents", [[file], ["ferry.txt"], None])
    target.open_ones.close()
    assert (target.seeds / "ferry.txt").is_file()
    assert {path for path in uploads.rglob("*") if path.is_file()} == before


@pytest.fixture(scope="module")
def pages_of_others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The port of another program on this machine, whose pages are those of an attacker."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    place = tmp_path_factory.mktemp("others")
    (place / "index.html").write_text("<title>Other</title>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield str(server.server_port)
    server.shutdown()
    server.server_close()


_ATTACK = """async (target) => {
  const tried = async (name, path, options) => {
    try {
      const answer = await fetch(target + path, options);
      return name + ' ' + (answer.type === 'opaque' ? 'sent' : answer.status);
    } catch { return name + ' refused'; }
  };
  const form = new FormData();
  form.append('files', new File(['x'], 'evil.txt'));
  const frame = document.createElement('iframe');
  frame.src = target;
  document.body.append(frame);
  const cookies = {credentials: 'include'};
  return [
    await tried('config', '/config', cookies),
    await tried('index', '/api/index', cookies),
    await tried('upload', '/gradio_api/upload', {method: 'POST', mode: 'no-cors', body: form}),
    await tried('join', '/gradio_api/queue/join', {method: 'POST', body: '{}', ...cookies}),
  ];
}"""


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_f3_f4_f11_f13_a_page_of_another_port_gets_and_changes_nothing(
    browser, window, pages_of_others, name
) -> None:
    uploads = window.home / "uploads"
    before = {path for path in uploads.rglob("*") if path.is_file()}
    context = browser.new_context()
    page = context.new_page()
    page.goto(window.url)
    page.goto(f"http://{name}:{pages_of_others}/")
    answers = page.evaluate(_ATTACK, window.url)
    assert answers == ["config refused", "index refused", "upload sent", "join refused"]
    assert {path for path in uploads.rglob("*") if path.is_file()} == before
    assert len(page.frames) == 2
    assert "Footnote" not in page.frames[1].content()
    context.close()


def test_a_link_of_another_site_opens_the_window_as_the_same_visitor(
    browser, window, pages_of_others
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(window.url)
    page.wait_for_selector("#fn-question textarea")
    name = [one["value"] for one in context.cookies()]
    page.goto(f"http://localhost:{pages_of_others}/")
    page.evaluate("url => { location.href = url; }", f"{window.url}/?c=abc")
    page.wait_for_selector("#fn-question textarea")
    assert page.url.startswith(window.url)
    assert [one["value"] for one in context.cookies(window.url)] == name
    context.close()


def test_f22_the_first_link_opens_the_window_for_good_and_without_it_nothing_is(
    browser, tmp_path, serve_window
) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text("The ferry to Lindal leaves at 7:40.\n")
    token = "correct-horse-battery-staple"
    window = serve_window(
        tmp_path / "seeds", tmp_path / "home", token=token, allowed_hosts="chat.example"
    )
    context = browser.new_context()
    page = context.new_page()
    page.goto(window.url)
    expect(page.get_by_label("The token of this server")).to_be_visible()
    page.get_by_label("The token of this server").fill(token)
    page.get_by_role("button", name="Open").click()
    page.wait_for_selector("#fn-question textarea")
    assert token not in page.url
    page.get_by_role("tab", name="Settings").click()
    page.wait_for_selector("#fn-settings [name=generator]")
    expect(page.locator("#fn-settings [name=llm_base_url]")).to_be_disabled()
    page.get_by_role("tab", name="Evaluation").click()
    assert page.get_by_role("radio", name="A folder").count() == 0
    context.close()
    assert "/?token=TOKEN" in window.log.read_text()
    assert token not in window.log.read_text()


def test_f21_risk_22_it_answers_while_it_builds_and_tells_no_visitor_where_things_are(
    tmp_path, serve_window
) -> None:
    (tmp_path / "seeds").mkdir()
    for number in range(60):
        (tmp_path / "seeds" / f"{number}.txt").write_text(f"Leaf {number} fell in the garden.\n")
    token = {"Authorization": "Bearer correct-horse-battery-staple"}
    window = serve_window(
        tmp_path / "seeds",
        tmp_path / "home",
        token=token["Authorization"].split()[1],
        allowed_hosts="chat.example",
    )
    assert window.was_building
    shutil.rmtree(tmp_path / "seeds")
    time.sleep(3)  # longer than a look serves
    reply = httpx.get(f"{window.url}/api/index", headers=token, trust_env=False)
    assert reply.status_code == 409
    assert str(tmp_path) not in reply.text
    assert "the documents folder" in reply.text


MARKUP = "<img src=x onerror=window.owned=1>"


def test_what_people_and_documents_are_called_is_no_script_in_any_view(
    browser, tmp_path, serve_window, write
) -> None:
    name = f"{MARKUP}.md"
    text = f"# {MARKUP}\n\nThe keeper of the tower is Marta Olsen {MARKUP}.\n"
    write(tmp_path / "seeds", {name: text})
    accounts = Accounts(tmp_path / "home")
    accounts.add(MARKUP, PASSWORD, "admin")
    key = accounts.add_key(MARKUP, MARKUP, ("ask",))
    window = serve_window(tmp_path / "seeds", tmp_path / "home", key=key, login="true")
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()

    def shows(*places: str) -> None:
        """It is text there, and nowhere an element."""
        for place in places:
            expect(page.locator(place).first).to_contain_text("<img src=x")
        assert page.locator("img[src='x']").count() == 0
        assert page.evaluate("window.owned") is None

    page.goto(f"{window.url}/login?next={quote('/' + MARKUP)}")
    page.get_by_label("Name").fill(MARKUP)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    shows()
    page.goto(window.url)
    page.get_by_label("Name").fill(MARKUP)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("#fn-question textarea").fill(f"Who is the keeper of the tower {MARKUP}?")
    page.keyboard.press("Enter")
    expect(page.locator("#fn-chat")).to_contain_text("Marta Olsen")
    shows("#fn-visitor", "#fn-chat", "#fn-evidence", "#fn-side")
    page.locator(".fn-do-dislike").click()
    page.fill('.fn-form [name="comment"]', MARKUP)
    page.click(".fn-form .fn-main")
    page.wait_for_selector(".fn-do-dislike.fn-on")
    page.locator(".fn-do-dislike").click()
    shows()
    conversation = page.url.partition("c=")[2]
    for ending in ("md", "json"):
        reply = context.request.get(f"{window.url}/api/conversations/{conversation}.{ending}")
        assert reply.headers["content-disposition"].startswith("attachment")
    page.get_by_role("tab", name="Documents").click()
    expect(page.locator("#fn-documents")).to_be_visible()
    shows("#fn-documents")
    page.get_by_role("tab", name="Settings").click()
    shows()
    page.goto(document_link(window.url, name, 0, len(text) - 1))
    shows("#fn-evidence")
    page.goto(document_link(window.url, f"{MARKUP}{MARKUP}", 0, 1))
    shows("#fn-evidence")
    for path in (f"/?document={MARKUP}&start={MARKUP}&end=5", f"/?c={MARKUP}"):
        page.goto(window.url + path)
        page.wait_for_selector("#fn-question textarea")
        shows()
    for path in ("/api/documents/", "/v1/", "/gradio_api/", "/"):
        reply = context.request.get(f"{window.url}{path}{quote(MARKUP)}")
        is_inert = "html" not in reply.headers["content-type"] or MARKUP not in reply.text()
        assert is_inert, path
    context.close()


# Gradio's own check alone, in a process of its own, as mounting it leaves event loops open.
_WITHOUT_EVENTS = """
import sys, uuid
from pathlib import Path
from fastapi import FastAPI
from fastapi.testclient import TestClient
from rag.settings import Settings
from rag.conversations.archive import Archive
from rag.assemble import Services
from ui.server.uploads import Uploads

place = Path(sys.argv[1])
settings = Settings(seeds=place, home=place / "home")
Uploads(settings.uploads, 1).make()
from ui.chat.window import build_window, mount_window
from ui.chat.work import Work

services = Services(settings)
work = Work.of(services)
window = build_window(services, Archive(settings.home), work)
app = mount_window(FastAPI(), window, host="127.0.0.1", port=0, max_file_mb=1)
file = {"path": str(place / "secret.txt"), "meta": {"_type": "gradio.FileData"}}
with TestClient(app) as client:
    events = {e["api_name"]: e["id"] for e in client.get("/config").json()["dependencies"]}
    for name, data in (
        ("lambda_3", [file]),
        ("upload_documents", [[file], ["a.txt"], None]),
        ("upload_documents", [[file | {"is_stream": True}], ["a.txt"], None]),
        ("upload_documents", [[], [file], None]),
    ):
        session = uuid.uuid4().hex
        body = {"data": data, "fn_index": events[name], "session_hash": session}
        client.post("/gradio_api/queue/join", json=body)
        answer = client.get("/gradio_api/queue/data", params={"session_hash": session}).text
        print('"success":false' in answer.replace(" ", ""))
"""


def test_f1_gradio_itself_refuses_a_file_that_nobody_uploaded(tmp_path, repo) -> None:
    """Without ui.server.events: ``has_launched`` is Gradio's own, and may change its meaning."""
    (tmp_path / "secret.txt").write_text("the key")
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_EVENTS, str(tmp_path)],
        capture_output=True,
        check=True,
        cwd=repo,
        text=True,
        timeout=200,
    )
    assert done.stdout.split() == ["True"] * 4
    assert (tmp_path / "secret.txt").read_text() == "the key"
    assert not list((tmp_path / "home").rglob("secret.txt"))
    assert not (tmp_path / "a.txt").exists()
