"""Attacks by users who lack a right: routes, events of the window, what belongs to others."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from attacked import Tried, Visitor, bearer
from guarded import (
    OPEN,
    PASSWORD,
    RIGHT_OF,
    Guarded,
    checked,
    filled,
)

from rag.conversations.archive import Archive
from rag.types import Answer
from ui.server.people import ROLES

__all__ = ["belongings", "events", "roles"]

SECRET = "What does Rea think of the harbour?"
MEASURED = frozenset(
    "start_run cancel_run delete_case restore_case draft_cases accept_draft reject_draft".split()
)
"""The events of the window that take the right of an admin."""


def roles(target: Guarded) -> Tried:
    """Every route of the description, by nobody and by each role that lacks the right."""
    before = target.held()
    known = {f"{method} {path}" for method, path in target.routes}
    yield "every right that is looked at here is a route's", set(RIGHT_OF) <= known
    for method, path, needed in checked(target):
        for headers in ({}, {"Accept": "text/html"}):
            reply = target.raw(method, filled(path), headers, body=b"{}")
            yield f"nobody, {method} {path}", reply.status == (303 if headers else 401)
        for name, role in (("Rea", "reader"), ("Ed", "editor")):
            if needed not in ROLES[role]:
                for odd in ("", "/", "?x=1"):
                    place = filled(path) + odd
                    reply = target.raw(method, place, bearer(target.keys[name]), body=b"{}")
                    is_refused = reply.status == 403 or (odd == "/" and reply.status in {307, 404})
                    yield f"{role}, {method} {path}{odd}", is_refused
    for path in OPEN:
        reply = target.raw("GET", path)
        yield f"{path} tells no more than its name", len(reply.body) < 40
        for odd in (f"{path}/../api/index", f"{path}/", f"/{path}", f"{path}%2f..%2fapi%2findex"):
            yield f"nobody, GET {odd}", target.raw("GET", odd).status in {401, 404}
    for path in (
        "/API/index",
        "//api/index",
        "/api//index",
        "/./api/index",
        "/login/../api/index",
        "/api/index;/login",
        "/login%2f..%2fapi%2findex",
        "/logout",
        "/static/../config",
    ):
        yield f"nobody, GET {path}", target.raw("GET", path).status in {401, 404}
    for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "GETX"):
        reply = target.raw(method, "/api/index")
        yield f"nobody, {method} /api/index", reply.status in {400, 401, 405}
    yield "nothing has changed", target.held() == before


def events(target: Guarded) -> Tried:
    """Every event of the window, by a reader and by an editor with plausible data."""
    join = {"data": [], "fn_index": 0, "session_hash": "x"}
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/call/x"):
        yield f"nobody, {path}", target.client().post(path, json=join).status_code == 401
    before = target.held()
    given = {"id": "harbour.txt", "name": "cancel", "on": True, "run": "x", "answer": "replace"}
    for name in ("Rea", "Ed"):
        visitor = Visitor(target, name, PASSWORD)
        for event in visitor.queued:
            if name == "Ed" and event["api_name"] not in MEASURED:
                continue
            if re.fullmatch(
                r"(built|pressed|drafted|begun_1|suggest|test)(_\d+)?", event["api_name"]
            ):
                continue  # these follow work, or answer
            message = visitor.event(event, [None] * len(event["inputs"]), given)
            refused = event["api_name"] not in MEASURED or not message.get("success")
            yield f"{name} raises {event['api_name']}", refused
        yield f"{name} has changed nothing", target.held() == before


def belongings(target: Guarded) -> Tried:
    """Conversations, exports and opinions of others, by keys and by sessions."""
    rea = target.accounts.user("Rea")
    archive, owner = Archive(target.home), f"account:{rea.id}"
    answer = Answer(SECRET, SECRET, "extractive", "g", abstention="Nobody says.", confidence=0.1)
    held = archive.begin(owner, SECRET)
    archive.keep(owner, held.id, answer, number=1)
    own = target.as_user("Rea")
    yield "it is their own", SECRET in own.get("/api/conversations").text
    spelled = [held.id, held.id.swapcase(), held.id + "%00", held.id[:-1] + "%25", "%25", "..", "*",
               f"{held.id}%2F..%2F{held.id}", f"'%20OR%20id%3D'{held.id}"]  # fmt: skip
    for name in ("Eve", "Ed", "Ada"):
        session = {"Cookie": f"{target.cookie}={target.session(name)}"}
        for how, headers in (("key", bearer(target.keys[name])), ("session", session)):
            for words in ("", "harbour", "%", "_", "' OR 1=1 --", "\\", "*", '"'):
                reply = target.raw("GET", f"/api/conversations?words={quote(words)}", headers)
                yield f"{name} lists {words!r} by {how}", SECRET.encode() not in reply.body
            for one in spelled:
                for ending in ("md", "json"):
                    reply = target.raw("GET", f"/api/conversations/{one}.{ending}", headers)
                    held_back = SECRET.encode() not in reply.body and reply.status != 500
                    yield f"{name} exports {one}.{ending} by {how}", held_back
                place = f"/api/conversations/{one}/answers/1/feedback"
                kind = {"Content-Type": "application/json"}
                opinion = b'{"is_good": false, "reason": "by somebody else"}'
                reply = target.raw("PUT", place, headers | kind, body=opinion)
                yield f"{name} judges {one} by {how}", reply.status in {400, 401, 404}
                reply = target.raw("DELETE", place, headers)
                yield f"{name} takes back {one} by {how}", reply.status in {400, 401, 404}
    visitor = Visitor(target, "Eve", PASSWORD)
    for event in ("open_conversation", "delete_conversation", "rename_conversation"):
        data = [None] * len(visitor.events[event]["inputs"])
        told = json.dumps(visitor.event(event, data, {"id": held.id, "title": "Mine"}))
        yield f"{event} of the window", SECRET not in told
    page = visitor.client.get(f"/?c={held.id}").text
    yield "its address opened by another", SECRET not in page
    (turn,) = archive.turns(owner, held.id)
    yield "nobody judged it", turn.feedback is None
    yield "nobody renamed it", archive.conversation(owner, held.id).title == held.title
