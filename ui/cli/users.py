"""The commands ``footnote users``, ``keys`` and ``audit``: who may use a server, who did what."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ui.cli.commands import Run, as_json_option, print_result

if TYPE_CHECKING:
    from ui.server.accounts import Accounts
    from ui.server.audit import AuditLog

__all__ = ["audit", "keys", "users"]

_ROLES = click.Choice(["reader", "editor", "admin"])
_RIGHTS = click.Choice(["ask", "edit", "admin"])
_stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


def _accounts(run: Run) -> Accounts:
    from ui.server.accounts import Accounts

    return Accounts(run.settings().home)


def _audit(run: Run) -> AuditLog:
    from ui.server.audit import AuditLog

    return AuditLog(run.settings().home)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


@click.group(invoke_without_command=True)
@as_json_option
@click.pass_context
def users(ctx: click.Context, *, as_json: bool) -> None:
    """Who may log in to a server that other machines reach; without a command, list them."""
    if ctx.invoked_subcommand is None:
        found = _accounts(ctx.obj).users()
        values = {"users": [{"name": one.name, "role": one.role} for one in found]}
        text = "\n".join(f"{one.name}  {one.role}" for one in found)
        print_result(values, text or "no users: `footnote users add NAME`", as_json=as_json)


@users.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, default="reader", show_default=True)
@_stdin_option
@click.pass_obj
def add_user(run: Run, name: str, role: str, *, password_stdin: bool) -> None:
    """Add a user, whose password is asked for."""
    user = _accounts(run).add(name, _password(password_stdin), role)
    _audit(run).record("", f"added as {role}", [user.name])
    click.echo(f"{user.name} may log in as {role}")


@users.command("password")
@click.argument("name")
@_stdin_option
@click.pass_obj
def change_password(run: Run, name: str, *, password_stdin: bool) -> None:
    """Give a user another password; all sessions of the old one end."""
    _accounts(run).set_password(name, _password(password_stdin))
    _audit(run).record("", "changed the password of", [name])
    click.echo(f"{name} has another password")


@users.command("role")
@click.argument("name")
@click.argument("role", type=_ROLES)
@click.pass_obj
def change_role(run: Run, name: str, role: str) -> None:
    """Give a user another role."""
    _accounts(run).set_role(name, role)
    _audit(run).record("", f"changed to {role}", [name])
    click.echo(f"{name} is {role}")


@users.command("remove")
@click.argument("name")
@click.pass_obj
def remove_user(run: Run, name: str) -> None:
    """Remove a user with all sessions and keys."""
    _accounts(run).remove(name)
    _audit(run).record("", "removed", [name])
    click.echo(f"{name} may not log in any more")


@click.group(invoke_without_command=True)
@as_json_option
@click.pass_context
def keys(ctx: click.Context, *, as_json: bool) -> None:
    """Keys of users for programs (Authorization: Bearer KEY); without a command, list them."""
    if ctx.invoked_subcommand is None:
        found = _accounts(ctx.obj).issued_keys()
        rows = [
            asdict(one) | {n: _day(getattr(one, n)) for n in ("added", "used", "ends")}
            for one in found
        ]
        text = "\n".join(_key_text(row) for row in rows)
        print_result({"keys": rows}, text or "no keys: `footnote keys add USER`", as_json=as_json)


@keys.command("add")
@click.argument("user")
@click.option("--label", default="", help="What it is for.")
@click.option(
    "--right", "rights", multiple=True, type=_RIGHTS, help="All that it allows [ask]; repeat."
)
@click.option("--days", type=click.IntRange(1, 3650), help="It ends after so many days.")
@click.pass_obj
def add_key(run: Run, user: str, label: str, rights: tuple[Any, ...], days: int | None) -> None:
    """Make a key of a user; it is shown this once."""
    key = _accounts(run).add_key(user, label, rights or ("ask",), days)
    _audit(run).record("", "made a key for", [user])
    click.echo(key)


@keys.command("revoke")
@click.argument("number", type=int)
@click.pass_obj
def revoke_key(run: Run, number: int) -> None:
    """End a key."""
    _accounts(run).revoke(number)
    _audit(run).record("", "revoked a key", [str(number)])
    click.echo(f"key {number} has ended")


@click.command()
@click.option("--subject", default="*", help="Only documents, users of this glob.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1))
@as_json_option
@click.pass_obj
def audit(run: Run, subject: str, limit: int, *, as_json: bool) -> None:
    """Show who changed which document, the index or the users, the latest first."""
    found = _audit(run).changes(subject, limit)
    text = "\n".join(f"{c.at}  {c.user or '-'}  {c.action}  {c.subject}" for c in found)
    values = {"changes": [asdict(change) for change in found]}
    print_result(values, text or "nothing was changed yet", as_json=as_json)


def _day(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds is not None else None


def _key_text(row: dict[str, Any]) -> str:
    rights = " ".join(row["rights"])
    times = f"added {row['added']}, used {row['used'] or 'never'}, ends {row['ends'] or 'never'}"
    return (
        f"{row['id']}  {row['user']}  {row['begins']}…  {rights}  {times}  {row['label']}".rstrip()
    )
