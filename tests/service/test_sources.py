"""Sources, each against a real server on this machine, by the command line.

moto speaks S3, wsgidav WebDAV, Debian's dovecot IMAP, git's own http-backend git. What is not
installed here is named, and its tests are skipped.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.service.parts import GIT, committed, free_port

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@pytest.fixture
def sync(cli, tmp_path: Path) -> Callable[..., dict]:
    """``sync(settings, *arguments, env=...)``: what ``footnote sync --json`` says of one source."""
    (tmp_path / "seeds").mkdir()

    def run(settings: str, *arguments: str, env: dict[str, str] | None = None) -> dict:
        config = tmp_path / "footnote.toml"
        config.write_text(f"seeds = '{tmp_path}/seeds'\nhome = '{tmp_path}/home'\n{settings}")
        done = cli("--config", config, "sync", "--json", *arguments, env=env)
        assert done.returncode in (0, 2), done.stderr
        (result,) = json.loads(done.stdout)["sources"]
        assert (result["error"] is None) == (done.returncode == 0), result
        return result

    return run


def files(tmp_path: Path) -> dict[str, str]:
    """What is in the documents folder, but for the records of sources."""
    seeds = tmp_path / "seeds"
    return {
        path.relative_to(seeds).as_posix(): path.read_text()
        for path in sorted(seeds.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


# S3


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[str, object]]:
    """The address of a storage with a bucket, and a client that puts objects into it."""
    pytest.importorskip("moto", reason="needs moto: pip install moto[s3] flask flask-cors")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    address = f"http://127.0.0.1:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="someone",
        aws_secret_access_key="hunter2",
    )
    client.create_bucket(Bucket="papers")
    yield address, client
    client.close()
    server.stop()


S3_ENV = {"FOOTNOTE_SOURCE_STORE_KEY": "someone", "FOOTNOTE_SOURCE_STORE_SECRET": "hunter2"}


def test_a_bucket_is_mirrored_and_a_second_sync_fetches_what_changed(s3, sync, tmp_path):
    address, client = s3
    settings = f"""[sources.store]
kind = "s3"
bucket = "papers"
prefix = "hr/"
endpoint = "{address}"
region = "us-east-1"
"""
    put = {
        "hr/leave.md": "# Leave\n\nThirty days.",
        "hr/2024/pay.txt": "Paid monthly.",
        "hr/Pay.txt": "one",
        "hr/pay.txt": "two",
        "hr/a//../../../evil.txt": "out",
        "hr/empty.txt": "",
        "hr/tool.exe": "MZ",
        "hr2/other.txt": "not below the folder",
    }
    for key, text in put.items():
        client.put_object(Bucket="papers", Key=key, Body=text.encode())
    result = sync(settings, env=S3_ENV)
    assert result.get("failed") == [], result
    assert [one["document"] for one in result["left_out"]] == ["tool.exe"]
    mirrored = files(tmp_path)
    assert mirrored["store/leave.md"] == "# Leave\n\nThirty days."
    assert mirrored["store/2024/pay.txt"] == "Paid monthly."
    assert {"one", "two", "out", ""} <= set(mirrored.values())
    assert len({name.casefold() for name in mirrored}) == 6
    assert not [name for name in mirrored if ".." in name]
    assert list(tmp_path.rglob("evil.txt")) == []

    again = sync(settings, env=S3_ENV)
    assert (again["unchanged"], again["fetched_bytes"], again["added"]) == (6, 0, [])

    client.put_object(Bucket="papers", Key="hr/leave.md", Body=b"# Leave\n\nForty days.")
    client.delete_object(Bucket="papers", Key="hr/2024/pay.txt")
    looked = sync(settings, "--dry-run", env=S3_ENV)
    changed = sync(settings, env=S3_ENV)
    assert looked["changed"] == changed["changed"] == ["store/leave.md"]
    assert looked["removed"] == changed["removed"] == ["store/2024/pay.txt"]
    assert changed["unchanged"] == 4
    assert not (tmp_path / "seeds/store/2024").exists()


def test_a_bucket_that_is_not_there_or_has_no_key_is_an_error_that_says_what_to_do(s3, sync):
    settings = f'[sources.store]\nkind = "s3"\nbucket = "nobody"\nendpoint = "{s3[0]}"\n'
    assert "FOOTNOTE_SOURCE_STORE_KEY" in sync(settings)["error"]
    assert "check bucket, endpoint" in sync(settings, env=S3_ENV)["error"]
    gone = settings.replace(s3[0], f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in sync(gone + "timeout_s = 1\n", env=S3_ENV)["error"]


# WebDAV


@pytest.fixture(scope="module")
def webdav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a server with a password, and the folder that it serves."""
    pytest.importorskip("wsgidav", reason="needs wsgidav and cheroot: pip install wsgidav cheroot")
    from cheroot.wsgi import Server
    from wsgidav.wsgidav_app import WsgiDAVApp

    folder = tmp_path_factory.mktemp("webdav")
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": {"*": {"ines": {"password": "hunter2"}}}},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    server = Server(("127.0.0.1", 0), app)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield f"http://127.0.0.1:{server.bind_addr[1]}", folder
    server.stop()
    thread.join()


def test_a_folder_on_a_webdav_server_is_mirrored(webdav, sync, tmp_path, write):
    address, folder = webdav
    settings = f'[sources.cloud]\nkind = "webdav"\nurl = "{address}/share"\nuser = "ines"\n'
    env = {"FOOTNOTE_SOURCE_CLOUD_PASSWORD": "hunter2"}
    write(
        folder,
        {
            "share/Büro & Co/Küche #1.md": "Kaffee",
            "share/plan.txt": "one",
            "share/%41.txt": "per cent",
            "share/.trash/x.txt": "hidden",
            "private.txt": "not in the folder",
        },
    )
    result = sync(settings, env=env)
    assert result.get("failed") == [], result
    assert files(tmp_path) == {
        "cloud/%41.txt": "per cent",
        "cloud/Büro & Co/Küche #1.md": "Kaffee",
        "cloud/plan.txt": "one",
    }
    assert sync(settings, env=env)["fetched_bytes"] == 0
    (folder / "share/plan.txt").write_text("two, longer")
    (folder / "share/%41.txt").rename(folder / "share/b.txt")
    result = sync(settings, env=env)
    assert (result["changed"], result["added"]) == (["cloud/plan.txt"], ["cloud/b.txt"])
    assert result["removed"] == ["cloud/%41.txt"]
    assert files(tmp_path)["cloud/plan.txt"] == "two, longer"

    before = files(tmp_path)
    wrong = sync(settings, env={"FOOTNOTE_SOURCE_CLOUD_PASSWORD": "wrong"})
    assert "check url, user and the password" in wrong["error"]
    assert "wrong" not in wrong["error"]
    assert files(tmp_path) == before


# IMAP


@pytest.fixture(scope="module")
def dovecot() -> Iterator[int]:
    """The port of a mail server with the user ines, without TLS."""
    if DOVECOT is None:
        pytest.skip("needs dovecot: apt-get install dovecot-imapd")
    pytest.importorskip("imapclient", reason="needs the extra sources")
    folder = Path(tempfile.mkdtemp(prefix="footnote-dovecot-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    user = 65534 if os.getuid() == 0 else os.getuid()  # dovecot opens no mailbox of the superuser
    os.chown(folder / "mail", user, -1 if os.getuid() else 65534)
    port = free_port()
    own = "" if os.getuid() == 0 else "default_internal_user = $USER\ndefault_login_user = $USER\n"
    (folder / "users").write_text("ines:{PLAIN}hunter2\n")
    (folder / "dovecot.conf").write_text(
        f"""{own.replace("$USER", os.environ.get("USER", ""))}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:{folder}/mail/Maildir
mail_fsync = never
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Bin {{
    auto = create
    special_use = \\Trash
  }}
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={folder}/mail
}}
"""
    )
    with subprocess.Popen([DOVECOT, "-F", "-c", str(folder / "dovecot.conf")]) as process:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                log = folder / "log"
                assert time.monotonic() < deadline, log.read_text() if log.exists() else ""
                time.sleep(0.05)
        yield port
        process.terminate()
    shutil.rmtree(folder, ignore_errors=True)


def mail(subject: str) -> bytes:
    return (
        f"From: Ines <ines@example.org>\r\nTo: Jan <jan@example.org>\r\nSubject: {subject}\r\n"
        "Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nContent-Type: text/plain\r\n\r\n"
        f"{subject}, yes.\r\n"
    ).encode()


def test_a_mailbox_is_mirrored_and_stays_unread(dovecot, sync, tmp_path):
    from imapclient import IMAPClient

    settings = f"""[sources.mail]
kind = "imap"
host = "127.0.0.1"
port = {dovecot}
tls = "none"
user = "ines"
"""
    env = {"FOOTNOTE_SOURCE_MAIL_PASSWORD": "hunter2"}
    with IMAPClient("127.0.0.1", dovecot, ssl=False) as client:
        client.login("ines", "hunter2")
        client.create_folder("Kunden/Müller")
        for folder, subject in (("INBOX", "Offer"), ("INBOX", "Invoice"), ("INBOX", "Old"),
                                ("Kunden/Müller", "Price"), ("Bin", "Spam")):  # fmt: skip
            client.append(folder, mail(subject))
        result = sync(settings, env=env)
        assert result.get("failed") == [], result
        assert list(files(tmp_path)) == [
            "mail/INBOX/1.eml", "mail/INBOX/2.eml", "mail/INBOX/3.eml", "mail/Kunden/Müller/1.eml",
        ]  # fmt: skip
        assert (tmp_path / "seeds/mail/INBOX/2.eml").read_bytes() == mail("Invoice")
        assert sync(settings, env=env)["fetched_bytes"] == 0

        client.select_folder("INBOX")
        assert len(client.search("UNSEEN")) == 3
        client.delete_messages([3])
        client.append("INBOX", mail("New"))
        result = sync(settings, env=env)
        assert (result["added"], result["removed"]) == (["mail/INBOX/4.eml"], ["mail/INBOX/3.eml"])
        client.logout()
    late = sync(settings + "since = 2100-01-01\n", "--dry-run", env=env)
    assert (late["unchanged"], len(late["removed"])) == (0, 4)
    only = settings + 'folders = ["Bin"]\n'
    assert sync(only, "--dry-run", env=env)["added"] == ["mail/Bin/1.eml"]
    assert "no folder Nowhere" in sync(settings + 'folders = ["Nowhere"]\n', env=env)["error"]
    wrong = sync(settings, env={"FOOTNOTE_SOURCE_MAIL_PASSWORD": "wrong"})
    assert "check host, port, tls, user and the password" in wrong["error"]
    assert "cannot be read" in sync(settings.replace("none", "tls"), env=env)["error"]


# git


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., None]:
    """``repository({name: text})``: a commit with these files more in ``tmp_path/repo``."""
    if GIT is None:
        pytest.skip("needs git: apt-get install git")
    return partial(committed, tmp_path / "repo")


class _Backend(BaseHTTPRequestHandler):
    """Hands requests to ``git http-backend``; the password is hunter2."""

    root = ""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if self.headers.get("Authorization") != "Basic dG9rZW46aHVudGVyMg==":
            self.send_error(401)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run(
            [GIT, "http-backend"],
            input=body,
            capture_output=True,
            check=True,
            env=os.environ
            | {
                "GIT_PROJECT_ROOT": self.root,
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        self.wfile.write(b"HTTP/1.0 200 OK\r\n" + head + b"\r\n\r\n" + content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of an HTTP server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_repository_is_mirrored_commit_by_commit(repository, sync, tmp_path):
    repository({"docs/a.md": "# One", "docs/b.md": "# Two", "docs/c.md": "# 3", "src/x.py": "1"})
    (tmp_path / "repo/docs/outside.md").symlink_to("/etc/hostname")
    settings = f'[sources.code]\nkind = "git"\nurl = "file://{tmp_path}/repo"\npath = "docs"\n'
    result = sync(settings)
    assert result["added"] == ["code/a.md", "code/b.md", "code/c.md"]
    repository({"docs/a.md": "# One and a half"}, remove="docs/b.md")
    result = sync(settings)
    assert (result["changed"], result["removed"]) == (["code/a.md"], ["code/b.md"])
    assert files(tmp_path) == {"code/a.md": "# One and a half", "code/c.md": "# 3"}
    assert sync(settings)["fetched_bytes"] == 0


def test_a_repository_over_http_takes_its_password_from_the_environment(repository, sync, tmp_path):
    repository({"a.md": "# One"})
    handler = type("Backend", (_Backend,), {"root": str(tmp_path)})
    with served(handler) as address:
        settings = f'[sources.code]\nkind = "git"\nurl = "{address}/repo/.git"\nref = "main"\n'
        error = sync(settings)["error"]
        assert "check url, ref, path and the password" in error
        env = {"FOOTNOTE_SOURCE_CODE_PASSWORD": "hunter2"}
        assert sync(settings, env=env)["added"] == ["code/a.md"]
    kept = "".join(path.read_text() for path in tmp_path.glob("home/sources/code.git/config"))
    assert "hunter2" not in kept


class _Away(BaseHTTPRequestHandler):
    """Leads every request to another server."""

    away = ""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"{self.away}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PROPFIND = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("kind", ["webdav", "git"])
def test_no_redirect_takes_a_password_to_another_server(sync, kind):
    pytest.importorskip("webdav4", reason="needs the extra sources")
    there = Site()
    with (
        served(there.handler) as away,
        served(type("Away", (_Away,), {"away": away})) as address,
    ):
        settings = f'[sources.a]\nkind = "{kind}"\nurl = "{address}/x"\nuser = "ines"\n'
        result = sync(settings, env={"FOOTNOTE_SOURCE_A_PASSWORD": "hunter2"})
        assert "check url" in result["error"]
        assert "hunter2" not in result["error"]
        assert there.asked == []


def test_no_other_program_is_a_repository(sync, tmp_path):
    for url in ("ext::sh -c touch% /tmp/x", "--upload-pack=touch", "/etc"):
        config = tmp_path / "footnote.toml"
        config.write_text(f'[sources.code]\nkind = "git"\nurl = "{url}"\n')
        from index.errors import SettingsError
        from rag.settings import load_settings

        with pytest.raises(SettingsError, match="begins with https"):
            load_settings(config)


# web sites


class Site:
    """A site whose pages tests change; it remembers what it was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.sent: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, headers, body = site.pages.get(self.path, (404, {}, b"gone"))
                tag = headers.get("ETag")
                if tag and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
                else:
                    site.sent.append(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.handler = Handler

    def page(self, path: str, text: str, kind: str = "text/html", **headers: str) -> None:
        """A page with that text."""
        self.pages[path] = (200, {"Content-Type": kind} | headers, text.encode())

    def sitemap(self, path: str, address: str, pages: dict[str, str]) -> None:
        """A sitemap of pages with their dates."""
        entries = "".join(
            f"<url><loc>{address if name[0] == '/' else ''}{name}</loc>"
            + (f"<lastmod>{date}</lastmod>" if date else "")
            + "</url>"
            for name, date in pages.items()
        )
        xmlns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        self.page(path, f"<urlset {xmlns}>{entries}</urlset>", "application/xml")


@pytest.fixture
def site() -> Iterator[tuple[Site, str]]:
    """A site, and its address."""
    pytest.importorskip("protego", reason="needs the extra sources")
    one = Site()
    with served(one.handler) as address:
        yield one, address


def web(address: str, *lines: str) -> str:
    private = "allow_private = true\ndelay_s = 0\n"
    return f'[sources.site]\nkind = "web"\nurl = "{address}"\n{private}' + "\n".join(lines)


def test_a_site_is_mirrored_by_its_sitemap(site, sync, tmp_path):
    one, address = site
    one.page(
        "/robots.txt",
        f"User-agent: *\nDisallow: /private/\nSitemap: {address}/maps.xml\n",
        "text/plain",
    )
    one.page(
        "/maps.xml",
        f"<sitemapindex><sitemap><loc>{address}/map.xml.gz</loc></sitemap></sitemapindex>",
        "text/xml",
    )
    pages = {
        "/": "2026-01-01", "/docs/leave": "",
        "/docs/leave?lang=de&amp;all": "", "/guide.pdf": "2026-01-01",
        "/private/pay": "", "/lost": "", "/away": "", "/moved": "", "/pic": "",
        "https://elsewhere.example/x": "", "/down%2f..%2f..%2fevil": "", "/notes.txt": "",
    }  # fmt: skip
    one.sitemap("/map.xml.gz", address, pages)
    status, headers, body = one.pages["/map.xml.gz"]
    one.pages["/map.xml.gz"] = (status, headers, gzip.compress(body))
    one.page("/", "<h1>Home</h1>")
    one.page("/docs/leave", "<h1>Leave</h1>", ETag='"1"')
    one.page("/docs/leave?lang=de&all", "<h1>Urlaub</h1>")
    one.page("/guide.pdf", "%PDF-", "application/pdf")
    one.page("/private/pay", "<h1>Pay</h1>")
    one.page("/notes.txt", "notes", "text/plain; charset=utf-8")
    one.page("/pic", "x", "application/x-unheard-of")
    one.page("/down%2f..%2f..%2fevil", "evil")
    one.pages["/away"] = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")
    one.pages["/moved"] = (301, {"Location": "/docs/moved"}, b"")
    one.page("/docs/moved", "<h1>Moved</h1>")
    result = sync(web(address))
    assert result["error"] is None
    reasons = {f["document"].removeprefix(address): f["reason"] for f in result["failed"]}
    assert set(reasons) == {"/private/pay", "/lost", "/away", "/pic", "https://elsewhere.example/x"}
    assert "robots.txt" in reasons["/private/pay"]
    assert "404" in reasons["/lost"]
    assert "169.254.169.254" in reasons["/away"]
    assert "elsewhere.example" in reasons["https://elsewhere.example/x"]
    assert "/private/pay" not in one.asked
    mirrored = files(tmp_path)
    evil = next(name for name, text in mirrored.items() if text == "evil")
    german = next(name for name, text in mirrored.items() if text == "<h1>Urlaub</h1>")
    assert ".." not in evil
    assert german.startswith("site/docs/leave_lang=de")
    del mirrored[evil], mirrored[german]
    assert mirrored == {
        "site/docs/leave.html": "<h1>Leave</h1>",
        "site/docs/moved.html": "<h1>Moved</h1>",
        "site/guide.pdf": "%PDF-",
        "site/index.html": "<h1>Home</h1>",
        "site/notes.txt": "notes",
    }

    one.asked.clear()
    one.sent.clear()
    again = sync(web(address))
    assert (again["added"], again["changed"], again["unchanged"]) == ([], [], 7)
    assert not {"/", "/guide.pdf"} & set(one.asked)  # the sitemap says that they are the same
    assert "/docs/leave" in set(one.asked) - set(one.sent)  # the server says so


def test_a_site_in_a_private_network_is_fetched_only_where_the_source_says_so(site, sync):
    one, address = site
    error = sync(web(address).replace("allow_private = true", ""))["error"]
    assert "private network" in error
    assert "allow_private = true" in error
    assert one.asked == []


def test_a_site_is_reached_at_the_first_of_its_addresses_that_answers(site, sync):
    one, address = site
    address = address.replace("127.0.0.1", "localhost")  # where it is ::1 too, nobody answers
    one.sitemap("/sitemap.xml", address, {"/a": ""})
    one.page("/a", "a")
    assert sync(web(address))["added"] == ["site/a.html"]


def test_a_site_without_a_sitemap_or_with_broken_robots_changes_nothing(site, sync, tmp_path):
    one, address = site
    assert "name the sitemap" in sync(web(address))["error"]
    one.pages["/robots.txt"] = (503, {}, b"")
    assert "answers 503" in sync(web(address))["error"]
    assert files(tmp_path) == {}


def test_a_site_that_asks_to_wait_keeps_what_came(site, sync, tmp_path):
    one, address = site
    one.sitemap("/sitemap.xml", address, {"/a": "1", "/b": "1", "/c": "1"})
    one.page("/a", "a")
    one.pages["/b"] = (429, {}, b"")
    one.page("/c", "c")
    result = sync(web(address))
    assert (result["added"], result["waiting"]) == (["site/a.html"], 2)
    assert "429" in result["reason"]
    one.page("/b", "b")
    assert sync(web(address))["added"] == ["site/b.html", "site/c.html"]


def test_a_site_waits_between_two_requests_as_it_asks(site, sync):
    one, address = site
    one.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.3\n", "text/plain")
    one.sitemap("/sitemap.xml", address, {"/a": "", "/b": ""})
    one.page("/a", "a")
    one.page("/b", "b")
    begun = time.monotonic()
    assert len(sync(web(address))["added"]) == 2
    assert time.monotonic() - begun > 0.9


def test_a_site_lists_no_more_than_its_bound_and_a_page_is_no_larger(site, sync, tmp_path):
    one, address = site
    one.sitemap("/sitemap.xml", address, {"/a": "", "/b": "", "/c": ""})
    assert "max_files = 2" in sync(web(address, "max_files = 2"))["error"]
    one.page("/a", "x" * 1_100_000)
    one.page("/b", "x" * 600_000)
    one.page("/c", "x" * 600_000)
    config = "max_file_mb = 1\n" + web(address, "max_mb = 2")
    result = sync(config)
    assert [one["reason"] for one in result["failed"]] == ["1 MB, more than max_file_mb = 1"]
    assert (result["added"], result["waiting"]) == (["site/b.html"], 1)
