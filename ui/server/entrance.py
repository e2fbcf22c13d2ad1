"""The entrance: who a request comes from, by its key, its session, its proxy or the token.

Nobody is let in who has none of them where other machines can reach the server. The form in which
a name and a password are given is served here, before anything else of the window.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from eval.render.html import Templates
from ui.server.access import Access
from ui.server.accounts import Accounts, LoginError
from ui.server.errors import error_reply
from ui.server.people import Visitor, unnamed

__all__ = ["LOG_IN", "LOG_OUT", "OPEN_PATHS", "answer_login", "answer_logout", "visitor"]

LOG_IN, LOG_OUT = "/login", "/logout"
OPEN_PATHS = frozenset({"/health", "/ready"})
"""Paths that say whether the server lives, for those who watch over it; nothing else."""

_LOG = logging.getLogger(__name__)
_render = Templates("ui.server").render
_KEPT_S = 30 * 86_400


def visitor(request: HTTPConnection, access: Access, named: str = "") -> Visitor | Response:
    """Who it is, or the answer to somebody who may not enter.

    ``named`` is the user that a proxy which is believed has let in.
    """
    accounts = access.accounts
    secret = _bearer(request)
    if accounts is not None:
        found = accounts.of_key(secret) if secret else None
        found = found or (accounts.of_name(named) if named else None)
        session = request.cookies.get(_cookie(request, "session"), "")
        found = found or (accounts.of_session(session) if session else None)
        if found is not None:
            return found
    if not access.is_closed or (access.token and _shows_token(request, access, secret)):
        return unnamed(request)
    if access.token and (welcome := _welcome(request, access)) is not None:
        return welcome
    return _sent_away(request, access)


async def answer_login(request: Request, accounts: Accounts) -> Response:
    """The form, and what becomes of the name and the password in it."""
    path = _own_path(request.query_params.get("next", "/"))
    if request.method != "POST":
        return _form(path)
    async with request.form(max_files=0, max_fields=4) as form:
        name, password = str(form.get("name", "")), str(form.get("password", ""))
    address = request.client.host if request.client else ""
    try:
        session = await run_in_threadpool(accounts.log_in, name, password, address)
    except LoginError as exc:
        _LOG.warning("a login failed: name %r, from %s", name[:100], address)
        reply = _form(path, str(exc), 429 if exc.wait_s else 401)
        if exc.wait_s:
            reply.headers["Retry-After"] = f"{exc.wait_s:.0f}"
        return reply
    welcome = RedirectResponse(path, status_code=303)
    _keep(welcome, request, "session", session)
    return welcome


async def answer_logout(request: Request, accounts: Accounts) -> Response:
    """End the session of the browser."""
    cookie = _cookie(request, "session")
    if session := request.cookies.get(cookie, ""):
        await run_in_threadpool(accounts.log_out, session)
    farewell = RedirectResponse(LOG_IN, status_code=303)
    farewell.delete_cookie(cookie)
    return farewell


def _sent_away(request: HTTPConnection, access: Access) -> Response:
    """What somebody without a way in gets: a form in a browser, 401 elsewhere."""
    is_page = "text/html" in request.headers.get("accept", "")
    has_users = access.accounts is not None and bool(access.accounts.users())
    if is_page and has_users:
        path = request.scope["path"]
        path += f"?{request.url.query}" if request.url.query else ""
        query = urlencode({"next": path}) if path != "/" else ""
        return RedirectResponse(f"{LOG_IN}?{query}".rstrip("?"), status_code=303)
    if is_page and access.token:
        return HTMLResponse(_render("token"), status_code=401)
    reason = (
        "log in, or send Authorization: Bearer KEY"
        if has_users
        else ("this server needs its token: Authorization: Bearer TOKEN")
    )
    status = HTTPStatus.UNAUTHORIZED
    headers = {"WWW-Authenticate": "Bearer"}
    path = request.scope["path"]
    return error_reply(path, status, f"{status.phrase}: {reason}", headers=headers)


def _shows_token(request: HTTPConnection, access: Access, secret: str) -> bool:
    shown = request.cookies.get(_cookie(request, "pass"), "")
    return access.admits(secret) or access.admits_pass(shown)


def _welcome(request: HTTPConnection, access: Access) -> Response | None:
    """The cookie for a browser that comes with the token in the address, which loses it there."""
    given = request.query_params.get("token", "")
    if request.scope["method"] != "GET" or not given or not access.admits(given):
        return None
    rest = urlencode([(k, v) for k, v in request.query_params.multi_items() if k != "token"])
    path = "/" + request.scope["path"].lstrip("/")
    welcome = RedirectResponse(f"{path}?{rest}" if rest else path, status_code=303)
    _keep(welcome, request, "pass", access.pass_value)
    return welcome


def _form(path: str, error: str = "", status: int = 200) -> HTMLResponse:
    action = f"{LOG_IN}?{urlencode({'next': path})}"
    return HTMLResponse(_render("login", action=action, error=error), status_code=status)


def _keep(response: Response, request: HTTPConnection, kind: str, value: str) -> None:
    response.set_cookie(
        _cookie(request, kind),
        value,
        max_age=_KEPT_S,
        httponly=True,
        samesite="strict",
        secure=request.scope["scheme"] == "https",
    )


def _cookie(request: HTTPConnection, kind: str) -> str:
    """Cookies are shared by all ports of a host, so that they are named by the port."""
    return f"footnote_{kind}_{(request.scope.get('server') or ('', 0))[1]}"


def _bearer(request: HTTPConnection) -> str:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _own_path(path: str) -> str:
    r"""A path of this server, whatever stands in the address.

    >>> [_own_path(p) for p in ("/docs", "//evil.example", "/\\evil.example", "https://evil", "")]
    ['/docs', '/', '/', '/', '/']
    """
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else "/"
