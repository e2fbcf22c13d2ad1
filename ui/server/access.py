"""Who may reach the server: the names it answers to, its users or its token, its proxies.

On a server that only this machine can reach nobody needs to log in. Any other one is not started
without users, a token, or a proxy that says who somebody is.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from index.errors import SettingsError
from rag.settings import Settings
from ui.server.accounts import Accounts

__all__ = [
    "MIN_TOKEN_CHARACTERS",
    "Access",
    "access_to",
    "checked_token",
    "is_loopback",
    "without_paths",
]

MIN_TOKEN_CHARACTERS = 16

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::[0-9]*)?")  # [address] or name, port
_BY_HOST = "--host, which lets other machines in (open_choices = true allows it)"


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must have to be answered.

    ``hosts`` are names without a port. Where ``any_address`` is true, so is every IP address: only
    names can be pointed to another machine by somebody else. ``token`` is "" where there is none,
    ``accounts`` None where nobody logs in. In ``user_header`` a proxy names the user; ``proxies``
    are addresses and networks.
    """

    hosts: frozenset[str] = _LOCAL_NAMES
    any_address: bool = False
    token: str = ""
    proxies: tuple[str, ...] = ()
    accounts: Accounts | None = None
    user_header: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether somebody who shows nothing is not let in."""
        return bool(self.token) or self.accounts is not None

    def knows(self, host: str) -> bool:
        """Whether the server answers to this ``Host``, a name with or without a port.

        >>> [Access().knows(h) for h in ("localhost:7860", "[::1]", "evil.example", "localhost:x")]
        [True, True, False, False]
        """
        found = _HOST.fullmatch(host.lower())
        name = (found[1] or found[2]) if found else ""
        return name in self.hosts or (self.any_address and _is_address(name))

    def trusts(self, address: str) -> bool:
        """Whether a peer of this address is a proxy that is believed.

        >>> [Access(proxies=("10.0.0.0/8",)).trusts(a) for a in ("10.1.2.3", "192.0.2.1", "")]
        [True, False, False]
        """
        if not self.proxies or not _is_address(address):
            return False
        peer = ipaddress.ip_address(address)
        return any(peer in ipaddress.ip_network(proxy) for proxy in self.proxies)

    def admits(self, token: str) -> bool:
        """Whether this is the token, compared in a time that does not tell where they differ."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    @property
    def pass_value(self) -> str:
        """What a browser that had the token shows from then on; it does not tell the token."""
        return hashlib.sha256(f"footnote {self.token}".encode()).hexdigest()

    def admits_pass(self, value: str) -> bool:
        """Whether this is the value of a browser that had the token."""
        return hmac.compare_digest(value.encode(), self.pass_value.encode())


def access_to(settings: Settings, host: str) -> tuple[Access, Settings]:
    """Who may reach a server that listens on ``host``, and the settings of its visitors.

    Raises:
        SettingsError: other machines could reach it and nobody could log in, or the token is short.
    """
    token = checked_token(settings.token)
    names = {name.lower().strip("[]") for name in settings.allowed_hosts}
    is_local = is_loopback(host) and names <= _LOCAL_NAMES
    if settings.user_header and not settings.trusted_proxies:
        raise SettingsError("user_header needs trusted_proxies: anybody else could send it")
    is_needed = settings.login or bool(settings.user_header) or not is_local
    accounts = Accounts(settings.home) if is_needed else None
    can_enter = token or settings.user_header or accounts is None or accounts.users()
    if not can_enter:
        name = f"--allowed-host {min(names, default='')}"
        named = name if is_loopback(host) else f"--host {host}"
        reached = "login = true" if is_local else f"{named} lets other machines in"
        raise SettingsError(
            f"{reached}, and nobody could log in: `footnote users add NAME --role admin` first"
            f" (or set FOOTNOTE_TOKEN to {MIN_TOKEN_CHARACTERS} characters or more that nobody can"
            " guess, for all visitors)"
        )
    if settings.open_choices is None and not is_local:
        settings = settings.fixed(_BY_HOST, open_choices=False)
        if "llm_base_url" not in settings.given:
            settings = settings.fixed(_BY_HOST, llm_base_url=settings.llm_base_url)
    address_given = frozenset() if _is_wildcard(host) else frozenset({host.lower()})
    access = Access(
        hosts=_LOCAL_NAMES | address_given | names,
        any_address=_is_wildcard(host),
        token=token,
        proxies=settings.trusted_proxies,
        accounts=accounts,
        user_header=settings.user_header,
    )
    return access, settings


def checked_token(secret: SecretStr) -> str:
    """A token that may be used, "" for none.

    Raises:
        SettingsError: it is short, or not ASCII.
    """
    token = secret.get_secret_value()
    if token and (len(token) < MIN_TOKEN_CHARACTERS or not token.isascii()):
        raise SettingsError(
            f"the token has {len(token)} characters: take {MIN_TOKEN_CHARACTERS} or more, all ASCII"
        )
    return token


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on that address.

    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "db")]
    [True, True, True, False, False]
    """
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def without_paths(text: str, settings: Settings) -> str:
    """A message for a visitor, without where on the server things are, unless it is this machine.

    >>> there = Settings(home="/srv/home", seeds="/srv/files", open_choices=False)
    >>> without_paths("no index in /srv/home: run `footnote index`", there)
    'no index in the home: run `footnote index`'
    """
    if settings.open_choices is not False:
        return text
    places = ((settings.home, "the home"), (settings.seeds, "the documents folder"))
    for path, name in places:
        for spelled in {str(path.resolve()), str(path)}:
            # Relative ones are short words, and say nothing of the server.
            text = text.replace(spelled, name) if Path(spelled).is_absolute() else text
    return text


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_wildcard(host: str) -> bool:
    return _is_address(host) and ipaddress.ip_address(host).is_unspecified
