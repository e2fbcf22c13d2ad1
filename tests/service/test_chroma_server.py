"""Vectors on a Chroma server: the real one (`chroma run`), also behind a proxy with a token."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from index import servers
from index.errors import IndexMismatchError, SeedsError, StoreError
from index.store import collection
from index.store.backup import back_up
from index.store.home import Home
from index.store.restore import restore
from tests.service.parts import free_port

pytestmark = pytest.mark.enable_socket

CHROMA = Path(sys.executable).parent / "chroma"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {
    "summit.txt": "Lee met Xi in Gyeongju. They spoke about North Korea.",
    "swap.md": "# Swap\n\nThe currency swap was renewed.\n\n## Size\n\nIt is 70 trillion won.\n",
    "bell.txt": "The bell of King Seongdeok weighs 18.9 tons.",
}


class Chroma:
    """A Chroma server in a process of its own, which may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [str(CHROMA), "run", "--path", str(folder), "--host", "127.0.0.1"]
        self.start()

    def start(self) -> None:
        command = [*self._command, "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        wait_for(f"{self.url}/api/v2/heartbeat")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def collections(self) -> set[str]:
        base = f"{self.url}/api/v2/tenants/default_tenant/databases/default_database"
        return {one["name"] for one in httpx.get(f"{base}/collections").json()}


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    server = Chroma(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


@pytest.fixture
def build(make_builder, chroma, seeds, home) -> Callable[..., object]:
    """``build(force=..., **settings)`` with the vectors on the server."""

    def run(*, force: bool = False, **flags: object) -> object:
        return make_builder(seeds, home, **{"chroma_url": chroma.url} | flags).build(force=force)

    return run


@pytest.fixture
def find(make_searcher, chroma, home) -> Callable[..., list[tuple[str, float]]]:
    """``find(question)``: passages with their scores, found by a server that has just started."""

    def run(question: str, at: Path = home, **flags: object) -> list[tuple[str, float]]:
        searcher = make_searcher(at, **{"chroma_url": chroma.url} | flags)
        return [(p.chunk.id, round(p.score, 5)) for p in searcher.search(question).passages]

    return run


def kept(home: Path) -> set[str]:
    """The collections of the generations that are kept."""
    folders = [Home(home).directory(one.generation) for one in Home(home).history()]
    return {collection._recorded(folder / "vectors") for folder in folders}


def test_answers_are_those_of_vectors_in_the_home(
    build, find, write, seeds, make_builder, make_searcher, tmp_path, home
):
    write(seeds, TEXTS)
    assert build().published
    assert not list(home.rglob("chroma.sqlite3"))
    make_builder(seeds, tmp_path / "other").build()
    for question in ("currency swap", "bell of the king", "North Korea", "size"):
        other = make_searcher(tmp_path / "other").search(question).passages
        assert find(question) == [(p.chunk.id, round(p.score, 5)) for p in other]


def test_each_generation_is_a_collection_until_it_is_not_kept(
    build, find, write, seeds, home, chroma
):
    before = chroma.collections()
    for i in range(4):
        write(seeds, {"a.txt": f"Version {i} of the harbour."})
        assert build(keep_generations=1).published
        assert chroma.collections() - before == kept(home)
        assert len(kept(home)) == min(i + 1, 2)
    Home(home).rollback()
    assert find("harbour")[0][0].startswith("a.txt")


def test_where_the_vectors_are_may_change(build, find, write, seeds, home, chroma, make_builder):
    write(seeds, TEXTS)
    make_builder(seeds, home).build()
    before = chroma.collections()
    report = build()
    assert (report.published, report.embedded) == (True, 0)
    assert report.plan.rebuild == "store was the home, is now a Chroma server"
    assert find("currency swap")[0][0].startswith("swap.md")
    with pytest.raises(IndexMismatchError, match="name it by chroma_url"):
        find("currency swap", chroma_url="")
    assert make_builder(seeds, home, keep_generations=0).build().published
    assert find("currency swap", chroma_url="")[0][0].startswith("swap.md")
    assert len(chroma.collections() - before) == 1  # said in the log: nobody names its server


def test_what_a_build_leaves_that_fails_or_is_killed_is_removed(
    build, write, seeds, home, chroma, monkeypatch
):
    before = chroma.collections()
    write(seeds, {"empty.txt": " "})
    with pytest.raises(SeedsError):
        build()
    assert chroma.collections() == before
    write(seeds, TEXTS)
    with monkeypatch.context() as killed:  # as by SIGKILL: nothing is put away
        killed.setattr(Home, "remove", lambda *_: None)
        killed.setattr("index.builder.writer._verify", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            build()
    assert len(chroma.collections() - before) == 1
    build()
    assert chroma.collections() - before == kept(home)


def test_a_server_that_is_started_again_is_waited_for(
    write, seeds, home, make_builder, make_searcher, tmp_path, monkeypatch
):
    monkeypatch.setattr(servers, "_PATIENCE_S", 60.0)  # a busy machine starts it slowly
    server = Chroma(tmp_path / "chroma")
    write(seeds, TEXTS)
    make_builder(seeds, home, chroma_url=server.url).build()
    searcher = make_searcher(home, chroma_url=server.url)
    server.kill()
    starting = threading.Timer(0.5, server.start)
    starting.start()
    assert searcher.search("currency swap").passages[0].chunk.document_id == "swap.md"
    starting.join()
    server.kill()


def test_a_server_that_does_not_answer_is_named(
    build, find, write, seeds, home, chroma, monkeypatch
):
    monkeypatch.setattr(servers, "_PATIENCE_S", 0.5)
    write(seeds, TEXTS)
    build()
    nobody = f"http://127.0.0.1:{free_port()}"
    for use in (
        lambda: find("swap", chroma_url=nobody),
        lambda: build(force=True, chroma_url=nobody),
    ):
        with pytest.raises(StoreError, match=f"{nobody} does not do what is asked"):
            use()
    assert len(Home(home).history()) == 1
    assert find("currency swap")[0][0].startswith("swap.md")


def test_a_backup_names_no_collection(build, find, write, seeds, home, chroma, tmp_path):
    write(seeds, TEXTS)
    build()
    back_up(home, tmp_path / "backup.tar")
    restore(tmp_path / "restored", tmp_path / "backup.tar", tmp_path / "documents")
    with pytest.raises(IndexMismatchError, match="run `footnote index --force`"):
        find("swap", at=tmp_path / "restored")
    assert find("currency swap")[0][0].startswith("swap.md")


@contextmanager
def proxied(chroma: Chroma, folder: Path, token: str) -> Iterator[str]:
    """The address of nginx before a Chroma server, set up as docs/scaling.md says."""
    port = free_port()
    site = (DOCS / "scaling.md").read_text().partition("```nginx\n")[2].partition("```")[0]
    site = site.replace("listen 8443 ssl;", f"listen 127.0.0.1:{port};")
    site = site.replace("http://chroma:8000", chroma.url).replace("THE-TOKEN", token)
    site = "\n".join(line for line in site.splitlines() if "ssl_certificate" not in line)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{site}\n}}\n"
    )
    with subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf")]) as process:
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.mark.skipif(NGINX is None, reason="needs nginx: apt-get install nginx-light")
def test_a_proxy_lets_in_who_shows_the_token(build, find, write, seeds, home, chroma, tmp_path):
    write(seeds, TEXTS)
    with proxied(chroma, tmp_path, "a-token-of-the-proxy") as url:
        with pytest.raises(StoreError, match="401 Unauthorized"):
            build(chroma_url=url)
        with pytest.raises(StoreError, match="401 Unauthorized"):
            build(chroma_url=url, chroma_token="another")
        build(chroma_url=url, chroma_token="a-token-of-the-proxy")
        found = find("currency swap", chroma_url=url, chroma_token="a-token-of-the-proxy")
        assert found[0][0].startswith("swap.md")


def test_servers_of_one_home_answer_from_one_index(serve_window, write, seeds, home, tmp_path):
    server = Chroma(tmp_path / "chroma")
    write(seeds, TEXTS)
    servers = [serve_window(seeds, home, chroma_url=server.url) for _ in range(2)]
    one, other = (httpx.Client(base_url=s.url, trust_env=False, timeout=60) for s in servers)
    with one, other:
        write(seeds, {"ferry.txt": "The ferry to Lindal leaves at 9:40 from pier 3."})
        assert one.post("/api/index/build").status_code == 202
        for _ in range(300):
            answer = other.post("/api/ask", json={"question": "When does the ferry leave?"}).json()
            if answer["sentences"] and "9:40" in answer["sentences"][0]["text"]:
                break
            time.sleep(0.1)
        else:
            raise AssertionError(answer)
        server.kill()
        assert other.get("/ready").json() == {"status": "no vectors"}
        reply = other.post("/api/ask", json={"question": "Who met whom in Gyeongju?"})
        assert (reply.status_code, server.url in reply.text) == (503, True)
        server.start()
        assert other.get("/ready").status_code == 200
        reply = other.post("/api/ask", json={"question": "How much does the bell weigh?"})
        assert "18.9 tons" in reply.text
    server.kill()
