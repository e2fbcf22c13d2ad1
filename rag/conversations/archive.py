"""Conversations on disk: what was asked and answered, with its citations, for each user.

One SQLite file in the home. An answer is kept whole, so a reopened one has the citations that it
was shown with, and the sha256 of the documents that it cites, so that a later change is seen.
It does not search and does not answer; a user only ever reaches what is theirs.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from index.errors import HomeError
from index.store.files import make_folder
from index.store.manifest import Manifest
from rag.errors import ConversationMissingError
from rag.types import Answer

__all__ = [
    "Archive",
    "Conversation",
    "Feedback",
    "Turn",
    "changes_since",
    "documents_of",
    "title_of",
]

SCHEMA = 1
_MAX_TITLE = 60
_TABLES = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, updated TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS conversations_by_user ON conversations (user, updated);
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, question TEXT NOT NULL, asked TEXT NOT NULL, answer BLOB NOT NULL,
    said TEXT NOT NULL, steps TEXT NOT NULL, documents TEXT NOT NULL, feedback TEXT,
    PRIMARY KEY (conversation, number)
);
CREATE TABLE IF NOT EXISTS preferences (user TEXT PRIMARY KEY, chosen TEXT NOT NULL);
"""
_TURNS = (
    "SELECT number, question, asked, answer, steps, documents, feedback FROM turns"
    " WHERE conversation = ?"
)
_ANSWER = TypeAdapter(Answer)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a user thought of an answer; ``reason`` says what was wrong, in their words."""

    is_good: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; ``number`` counts from 1, ``asked`` is ISO 8601 in UTC.

    ``documents`` has the sha256 of every document that the answer cites or offers.
    """

    number: int
    question: str
    asked: str
    answer: Answer
    steps: tuple[str, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it is listed; ``updated`` is ISO 8601 in UTC."""

    id: str
    title: str
    updated: str


def title_of(question: str) -> str:
    r"""The title of a conversation that begins with this question.

    >>> title_of("  When was the harbour\nbuilt? ")
    'When was the harbour built?'
    >>> len(title_of("word " * 40)) <= 60
    True
    """
    text = " ".join(question.split())
    if len(text) <= _MAX_TITLE:
        return text
    return text[: _MAX_TITLE - 1].rsplit(" ", 1)[0] + "…"


def documents_of(answer: Answer, manifest: Manifest) -> dict[str, str]:
    """The sha256 of each document that the answer cites or offers, as ``manifest`` has them."""
    cited = [c.document_id for c in answer.citations]
    offered = [p.chunk.document_id for p in answer.offered]
    names = dict.fromkeys([*cited, *offered])
    return {n: manifest.documents[n].sha256 for n in names if n in manifest.documents}


def changes_since(turn: Turn, manifest: Manifest) -> dict[str, str]:
    """What became of the documents of an answer since: "changed" or "gone", by id."""
    found = {}
    for name, sha256 in turn.documents.items():
        entry = manifest.documents.get(name)
        if entry is None:
            found[name] = "gone"
        elif entry.sha256 != sha256:
            found[name] = "changed"
    return found


class Archive:
    """The conversations and preferences of all users of a home.

    Raises (every method):
        HomeError: the file cannot be read or written.
        ConversationMissingError: the user has no conversation of that id.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "conversations.db"
        self._opening = threading.Lock()

    def conversations(self, user: str, words: str = "") -> list[Conversation]:
        """The user's conversations, the latest first; those that hold all ``words``, if given.

        The words are looked for in titles, questions and answers, in any case.
        """
        clause = (
            " AND (title LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM turns WHERE conversation = id"
            " AND (question LIKE ? ESCAPE '\\' OR said LIKE ? ESCAPE '\\')))"
        )
        literal = re.sub(r"([\\%_])", r"\\\1", words)  # LIKE reads no wildcards in it
        terms = [f"%{word}%" for word in literal.split()]
        query = "SELECT id, title, updated FROM conversations WHERE user = ? AND NOT deleted"
        query += clause * len(terms) + " ORDER BY updated DESC, rowid DESC"
        values = [user, *(term for term in terms for _ in range(3))]
        with self._opened() as db:
            return [Conversation(*row) for row in db.execute(query, values)]

    def begin(self, user: str, question: str) -> Conversation:
        """A new conversation, titled by its first question."""
        new = Conversation(secrets.token_urlsafe(12), title_of(question), _now())
        with self._opened() as db:
            db.execute(
                "INSERT INTO conversations (id, user, title, updated) VALUES (?,?,?,?)",
                (new.id, user, new.title, new.updated),
            )
        return new

    def conversation(self, user: str, conversation: str) -> Conversation:
        """One of the user's conversations."""
        with self._opened() as db:
            return self._owned(db, user, conversation)

    def turns(self, user: str, conversation: str) -> list[Turn]:
        """Its turns, in order."""
        with self._opened() as db:
            self._owned(db, user, conversation)
            rows = db.execute(f"{_TURNS} ORDER BY number", (conversation,))
            return [_turn(row) for row in rows]

    def turn(self, user: str, conversation: str, number: int) -> Turn:
        """One of its turns."""
        with self._opened() as db:
            self._owned(db, user, conversation)
            row = db.execute(f"{_TURNS} AND number = ?", (conversation, number)).fetchone()
        if row is None:
            raise ConversationMissingError("this answer was replaced, or is not kept")
        return _turn(row)

    def keep(
        self,
        user: str,
        conversation: str,
        answer: Answer,
        *,
        number: int,
        steps: tuple[str, ...] = (),
        documents: Mapping[str, str] | None = None,
        seen: Collection[str] = (),
    ) -> Turn:
        """Keep an answer as turn ``number``; that and all later turns are replaced.

        ``seen`` are the times at which the turns were asked that the asker knows of. Where one is
        not among them (of another window), nothing is replaced, and the answer comes after all.
        """
        with self._opened() as db:
            db.execute("BEGIN IMMEDIATE")  # nobody writes between the look and the change
            self._owned(db, user, conversation)
            held = db.execute(
                "SELECT number, asked FROM turns WHERE conversation = ?", (conversation,)
            ).fetchall()
            if any(other >= number and asked not in seen for other, asked in held):
                number = max(other for other, _ in held) + 1
            kept = Turn(number, answer.question, _now(), answer, steps, dict(documents or {}))
            db.execute(
                "DELETE FROM turns WHERE conversation = ? AND number >= ?", (conversation, number)
            )
            db.execute(
                "INSERT INTO turns VALUES (?,?,?,?,?,?,?,?,NULL)",
                (
                    conversation,
                    number,
                    kept.question,
                    kept.asked,
                    _ANSWER.dump_json(answer),
                    f"{answer.standalone_question}\n{answer.text}",
                    json.dumps(steps),
                    json.dumps(kept.documents),
                ),
            )
            db.execute(
                "UPDATE conversations SET updated = ? WHERE id = ?", (kept.asked, conversation)
            )
        return kept

    def rename(self, user: str, conversation: str, title: str) -> None:
        """Give it another title; an empty one changes nothing."""
        title = title_of(title)
        with self._opened() as db:
            self._owned(db, user, conversation)
            if title:
                db.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation))

    def delete(self, user: str, conversation: str) -> None:
        """Hide it; :meth:`restore` brings it back until another one is deleted."""
        with self._opened() as db:
            self._owned(db, user, conversation)
            db.execute("DELETE FROM conversations WHERE user = ? AND deleted", (user,))
            db.execute("UPDATE conversations SET deleted = 1 WHERE id = ?", (conversation,))

    def restore(self, user: str) -> Conversation | None:
        """Bring back the conversation that was deleted last, if there is one."""
        with self._opened() as db:
            row = db.execute(
                "UPDATE conversations SET deleted = 0 WHERE user = ? AND deleted"
                " RETURNING id, title, updated",
                (user,),
            ).fetchone()
        return Conversation(*row) if row else None

    def judge(self, user: str, conversation: str, number: int, feedback: Feedback | None) -> None:
        """Keep what the user thought of an answer; None takes it back."""
        values = feedback and json.dumps(asdict(feedback))
        with self._opened() as db:
            self._owned(db, user, conversation)
            found = db.execute(
                "UPDATE turns SET feedback = ? WHERE conversation = ? AND number = ?",
                (values, conversation, number),
            )
        if not found.rowcount:
            raise ConversationMissingError("this answer was replaced, or is not kept")

    def preferences(self, user: str) -> dict[str, Any]:
        """What the user chose on the settings page, by the name of the setting."""
        with self._opened() as db:
            row = db.execute("SELECT chosen FROM preferences WHERE user = ?", (user,)).fetchone()
        return json.loads(row[0]) if row else {}

    def prefer(self, user: str, chosen: Mapping[str, Any]) -> None:
        """Keep these choices instead of the earlier ones."""
        with self._opened() as db:
            db.execute(
                "INSERT INTO preferences VALUES (?,?)"
                " ON CONFLICT (user) DO UPDATE SET chosen = excluded.chosen",
                (user, json.dumps(dict(chosen))),
            )

    def _owned(self, db: sqlite3.Connection, user: str, conversation: str) -> Conversation:
        row = db.execute(
            "SELECT id, title, updated FROM conversations"
            " WHERE id = ? AND user = ? AND NOT deleted",
            (conversation, user),
        ).fetchone()
        if row is None:
            raise ConversationMissingError("this conversation was deleted, or is not yours")
        return Conversation(*row)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A transaction; a connection of its own, as threads must not share one."""
        try:
            make_folder(self._path.parent)
            db = sqlite3.connect(self._path, timeout=10)
            try:
                with self._opening:
                    _create(db, self._path)
                db.execute("PRAGMA foreign_keys = ON")
                with db:
                    yield db
            finally:
                db.close()
        except (OSError, sqlite3.Error) as exc:
            raise HomeError(
                f"{self._path} cannot be used ({exc}): conversations are not kept"
            ) from exc


def _create(db: sqlite3.Connection, path: Path) -> None:
    """The tables, where there are none yet."""
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found == SCHEMA:
        return
    if found > SCHEMA:
        raise HomeError(
            f"{path} has schema {found}, this program writes {SCHEMA}: update Footnote, or move "
            "the file away"
        )
    # Writers do not keep readers out, so many windows can ask at once.
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(f"{_TABLES} PRAGMA user_version = {SCHEMA};")


def _turn(row: tuple[Any, ...]) -> Turn:
    number, question, asked, answer, steps, documents, feedback = row
    return Turn(
        number,
        question,
        asked,
        _ANSWER.validate_json(answer),
        tuple(json.loads(steps)),
        json.loads(documents),
        Feedback(**json.loads(feedback)) if feedback else None,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
