"""Accounts: users and roles, passwords, sessions, keys, and what the entrance does with them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from index.errors import SettingsError
from rag.settings import Settings
from ui.server.access import access_to
from ui.server.accounts import FREE_ATTEMPTS, AccountError, Accounts, LoginError
from ui.server.audit import AuditLog
from ui.server.guard import Guard
from ui.server.people import NamedVisitors, RightsError, need, visitor_of
from ui.server.uploads import Uploads

PASSWORD = "a long enough one"
SERVER = "https://docs.example"


class Clock:
    """A clock that stands until it is set forward."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Accounts:
    return Accounts(tmp_path, clock)


@pytest.fixture
def served(tmp_path: Path):
    """``served(settings...)``: a client of a server that other machines reach."""

    async def who(request: Request) -> JSONResponse:
        visitor = visitor_of(request)
        rights = sorted(visitor.rights)
        return JSONResponse({"id": visitor.id, "name": visitor.name, "rights": rights})

    def make(host: str = "0.0.0.0", *, base: str = SERVER, peer: str = "203.0.113.9", **values):
        settings = Settings(home=tmp_path, allowed_hosts=("docs.example",), **values)
        access, _ = access_to(settings, host)
        app = Starlette(routes=[Route("/{path:path}", who, methods=["GET", "POST"])])
        guard = Guard(NamedVisitors(app), access, Uploads(tmp_path / "uploads", 10**6))
        return TestClient(guard, base_url=base, follow_redirects=False, client=(peer, 5000))

    return make


def log_in(client: TestClient, name: str = "Ada", password: str = PASSWORD, path: str = "/login"):
    return client.post(path, data={"name": name, "password": password})


def test_a_user_logs_in_and_out_and_the_file_holds_no_secret(accounts, tmp_path):
    accounts.add("Ada", PASSWORD, "editor")
    session = accounts.log_in("ada", PASSWORD)
    visitor = accounts.of_session(session)
    assert (visitor.name, visitor.rights) == ("Ada", {"ask", "edit"})
    key = accounts.add_key("Ada", "script")
    assert accounts.of_key(key).rights == {"ask"}
    held = b"".join(path.read_bytes() for path in tmp_path.glob("accounts.db*"))
    assert not any(secret.encode() in held for secret in (PASSWORD, session, key))
    assert stat.S_IMODE((tmp_path / "accounts.db").stat().st_mode) == 0o600
    accounts.log_out(session)
    assert accounts.of_session(session) is None


def test_a_session_ends_when_it_is_not_used(accounts, clock):
    accounts.add("Ada", PASSWORD, "reader")
    session = accounts.log_in("Ada", PASSWORD)
    for _ in range(4):
        clock.now += 10 * 86_400
        assert accounts.of_session(session) is not None
    clock.now += 15 * 86_400
    assert accounts.of_session(session) is None


def test_another_password_role_or_a_removal_holds_for_what_was_given_out(accounts):
    accounts.add("Ada", PASSWORD, "admin")
    session, key = accounts.log_in("Ada", PASSWORD), accounts.add_key("Ada", "", ("ask", "edit"))
    accounts.set_role("Ada", "reader")
    assert accounts.of_session(session).rights == accounts.of_key(key).rights == {"ask"}
    accounts.set_password("Ada", "quite another one")
    assert accounts.of_session(session) is None
    assert accounts.of_key(key) is not None
    with pytest.raises(LoginError):
        accounts.log_in("Ada", PASSWORD)
    accounts.remove("ada")
    assert accounts.of_key(key) is None
    assert accounts.add("Ada", PASSWORD, "reader").id == 2  # what the first one kept is not hers


def test_keys_end_are_revoked_and_never_allow_more_than_the_role(accounts, clock):
    accounts.add("Ada", PASSWORD, "reader")
    with pytest.raises(AccountError, match="reader may not have a key for edit"):
        accounts.add_key("Ada", "", ("edit",))
    short, long = accounts.add_key("Ada", "short", days=1), accounts.add_key("Ada", "long")
    assert accounts.of_key("fn-" + "x" * 43) is None
    clock.now += 2 * 86_400
    assert accounts.of_key(short) is None
    assert accounts.of_key(long) is not None
    assert [(key.label, key.used) for key in accounts.issued_keys()] == [
        ("short", None),
        ("long", clock.now),
    ]
    accounts.revoke(2)
    assert accounts.of_key(long) is None
    with pytest.raises(AccountError, match="no key 2"):
        accounts.revoke(2)


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("", PASSWORD, "reader"),
        (" Ada", PASSWORD, "reader"),
        ("A\n", PASSWORD, "reader"),
        ("x" * 101, PASSWORD, "reader"),
        ("Ada", "short", "reader"),
        ("Ada", PASSWORD, "owner"),
    ],
)
def test_a_user_that_cannot_be_is_refused_in_words(accounts, name, password, role):
    with pytest.raises(AccountError):
        accounts.add(name, password, role)
    assert accounts.users() == []


def test_a_name_is_taken_in_any_case_and_composed(accounts):
    accounts.add("Zoë", PASSWORD, "reader")
    with pytest.raises(AccountError, match="already"):
        accounts.add("zoë", PASSWORD, "reader")
    assert accounts.of_session(accounts.log_in("Zoe\u0308", PASSWORD)).name == "Zoë"


def test_wrong_passwords_make_a_name_wait_longer_and_longer(accounts, clock):
    accounts.add("Ada", PASSWORD, "reader")
    for name in ("Ada", "nobody"):  # who is no user is treated alike
        for _ in range(5):
            with pytest.raises(LoginError, match="is wrong"):
                accounts.log_in(name, "not this one")
        with pytest.raises(LoginError, match="wait 30 s"):
            accounts.log_in(name, PASSWORD)
    clock.now += 31
    with pytest.raises(LoginError, match="is wrong"):
        accounts.log_in("Ada", "not this one")
    with pytest.raises(LoginError, match="wait 60 s"):
        accounts.log_in("Ada", PASSWORD)
    clock.now += 61
    accounts.log_in("Ada", PASSWORD)
    with pytest.raises(LoginError, match="is wrong"):
        accounts.log_in("Ada", "not this one")


def test_attempts_at_the_same_time_are_all_counted(accounts):
    accounts.add("Ada", PASSWORD, "reader")

    def attempt(_: int) -> str:
        with pytest.raises(LoginError) as refused:
            accounts.log_in("Ada", "not this one")
        return str(refused.value)[:8]

    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(attempt, range(12)))
    assert refusals.count("the name") == 5


def test_an_address_that_tries_many_names_waits(accounts, monkeypatch):
    monkeypatch.setitem(FREE_ATTEMPTS, "address", 6)
    accounts.add("Ada", PASSWORD, "reader")
    accounts.log_in("Ada", PASSWORD, "198.51.100.7")  # who may enter does not count
    for n in range(6):
        with pytest.raises(LoginError, match="is wrong"):
            accounts.log_in(f"user{n}", "password1234", "198.51.100.7")
    with pytest.raises(LoginError, match="wait"):
        accounts.log_in("Ada", PASSWORD, "198.51.100.7")
    accounts.log_in("Ada", PASSWORD, "198.51.100.8")


def test_a_server_that_others_reach_needs_a_user_a_token_or_a_proxy(tmp_path):
    settings = Settings(home=tmp_path)
    with pytest.raises(SettingsError, match="footnote users add"):
        access_to(settings, "0.0.0.0")
    assert access_to(settings, "127.0.0.1")[0].accounts is None
    with pytest.raises(SettingsError, match="login = true"):
        access_to(Settings(home=tmp_path, login=True), "127.0.0.1")
    with pytest.raises(SettingsError, match="trusted_proxies"):
        access_to(Settings(home=tmp_path, user_header="X-User"), "127.0.0.1")
    Accounts(tmp_path).add("Ada", PASSWORD, "admin")
    assert access_to(settings, "0.0.0.0")[0].is_closed
    assert access_to(Settings(home=tmp_path, login=True), "127.0.0.1")[0].is_closed


def test_a_proxy_is_an_address_or_a_network_and_no_name():
    with pytest.raises(ValidationError, match="no names: 'proxy"):
        Settings(trusted_proxies="127.0.0.1, proxy.example")
    with pytest.raises(ValidationError, match="host bits"):
        Settings(trusted_proxies="10.0.0.1/8")
    access, _ = access_to(Settings(trusted_proxies="10.0.0.0/8, ::1"), "127.0.0.1")
    assert [access.trusts(a) for a in ("10.9.8.7", "::1", "192.0.2.1")] == [True, True, False]


def test_a_browser_is_led_to_the_form_and_back_a_script_gets_401(served, tmp_path):
    Accounts(tmp_path).add("Ada", PASSWORD, "editor")
    client = served()
    page = client.get("/notes", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fnotes")
    refused = client.post("/api/ask", json={})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert 'name="password"' in client.get("/login").text
    wrong = log_in(client, password="not this one")
    assert wrong.status_code == 401
    assert "the name or the password is wrong" in wrong.text
    entered = log_in(client, path="/login?next=%2Fnotes")
    assert (entered.status_code, entered.headers["location"]) == (303, "/notes")
    for part in ("HttpOnly", "SameSite=strict", "Secure"):
        assert part in entered.headers["set-cookie"]
    assert client.get("/").json() == {
        "id": "account:1",
        "name": "Ada",
        "rights": ["ask", "edit"],
    }
    assert client.post("/logout").headers["location"] == "/login"
    assert client.get("/api/index").status_code == 401


def test_the_way_back_is_a_path_of_this_server(served, tmp_path):
    Accounts(tmp_path).add("Ada", PASSWORD, "reader")
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "/\tx"):
        entered = served().post(
            "/login", params={"next": path}, data={"name": "Ada", "password": PASSWORD}
        )
        assert entered.headers["location"] == "/"


def test_a_name_in_the_form_is_no_markup(served, tmp_path):
    Accounts(tmp_path).add("Ada", PASSWORD, "reader")
    page = served().get("/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>" not in page.text


def test_the_form_takes_no_other_origin_and_no_long_body(served, tmp_path):
    Accounts(tmp_path).add("Ada", PASSWORD, "reader")
    client = served()
    evil = {"origin": "https://evil.example"}
    data = {"name": "Ada", "password": PASSWORD}
    assert client.post("/login", data=data, headers=evil).status_code == 403
    assert client.post("/logout", headers=evil).status_code == 403
    long = client.post("/login", data={**data, "more": "x" * 5000})
    assert "set-cookie" not in long.headers


def test_a_key_lets_a_program_in_with_its_rights(served, tmp_path):
    accounts = Accounts(tmp_path)
    accounts.add("Ada", PASSWORD, "admin")
    key = accounts.add_key("Ada", "script")
    client = served()
    assert client.get("/", headers={"authorization": f"Bearer {key}"}).json()["rights"] == ["ask"]
    for wrong in ("Bearer fn-x", "Bearer ", f"Basic {key}", key):
        assert client.get("/", headers={"authorization": wrong}).status_code == 401


def test_only_a_trusted_proxy_names_the_user(served, tmp_path):
    Accounts(tmp_path).add("Ada", PASSWORD, "editor")
    proxy = {"trusted_proxies": ("10.0.0.1",), "user_header": "X-Remote-User"}
    through, around = served(peer="10.0.0.1", **proxy), served(peer="10.0.0.2", **proxy)
    named = {"x-remote-user": "ada"}
    assert through.get("/", headers=named).json()["id"] == "account:1"
    other = through.get("/", headers={"x-remote-user": "Eve"}).json()
    assert other == {"id": "proxy:Eve", "name": "Eve", "rights": ["ask"]}
    assert through.get("/").status_code == 401
    twice = [("x-remote-user", "ada"), ("x-remote-user", "eve")]
    assert through.get("/", headers=twice).status_code == 401
    assert around.get("/", headers=named).status_code == 401


def test_a_cookie_of_a_browser_owns_nothing_of_an_account(served, tmp_path):
    Accounts(tmp_path).add("Ada", PASSWORD, "reader")
    client = served()
    client.cookies.set("footnote_user", "account:2")
    log_in(client)
    assert client.get("/").json()["id"] == "account:1"


def test_who_lacks_a_right_is_refused_in_words_and_uploads_nothing(served, tmp_path):
    accounts = Accounts(tmp_path)
    accounts.add("Ada", PASSWORD, "reader")
    client = served()
    log_in(client)
    refused = client.post("/gradio_api/upload", content=b"x")
    assert refused.status_code == 403
    scope = {"type": "http", "headers": [], "footnote.visitor": accounts.of_name("Ada")}
    with pytest.raises(RightsError, match=r"the right edit \(role editor or admin"):
        need(Request(scope), "edit")


def test_health_is_open_and_nothing_else(served, tmp_path):
    Accounts(tmp_path).add("Ada", PASSWORD, "reader")
    client = served()
    assert client.get("/health").json()["rights"] == []
    for path in ("/health/", "/healthy", "/api/index", "//health"):
        assert client.get(path).status_code == 401


def test_the_audit_log_keeps_who_did_what_and_survives_a_cut_line(tmp_path):
    log = AuditLog(tmp_path)
    assert log.changes() == []
    log.record("Ada", "uploaded", ["a.md", "b\n.md"])
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.write('{"at": "2026')
    log = AuditLog(tmp_path)
    log.record("Eve", "deleted", ["a.md"])
    assert [(c.user, c.action, c.subject) for c in log.changes("*.md")] == [
        ("Eve", "deleted", "a.md"),
        ("Ada", "uploaded", "b\n.md"),
        ("Ada", "uploaded", "a.md"),
    ]
