"""Attacks on a server with accounts (guarded.py), group by group.

``bench/attacks.py`` tries them on a server with the settings ``GUARDED`` and the users of
``add_people``.
"""

from __future__ import annotations

from collections.abc import Callable

from attacked import Tried
from attacks_entrance import keys, other_sites, passwords, proxies, sessions
from attacks_requests import broken_heads, nested_bodies, other_servers, places
from attacks_rights import belongings, events, roles
from guarded import Guarded

__all__ = ["ACCOUNT_ATTACKS"]

ACCOUNT_ATTACKS: dict[str, Callable[[Guarded], Tried]] = {
    "keys": keys,
    "roles on routes": roles,
    "roles in events": events,
    "pages of other sites, with a session": other_sites,
    "sessions": sessions,
    "headers of proxies": proxies,
    "belongings of others": belongings,
    "names that lead out": places,
    "broken heads": broken_heads,
    "nested bodies": nested_bodies,
    "addresses of other servers": other_servers,
    "guessed passwords": passwords,
}
