"""The pages of a web site that its sitemap lists, fetched one after the other, slowly.

robots.txt is obeyed, and its delay. No request leaves the host of the source: a page that leads to
another is not fetched. The name of the host is looked up once, its address must not be that of a
private network (unless the source says so), and all connections go to this address.

The only room of protego.
"""

from __future__ import annotations

import ipaddress
import mimetypes
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx

from index.errors import SourceError, one_line
from index.sources.settings import WebSettings
from index.sources.source import Content, Item, ItemError, Mark, Waiting, needs

if TYPE_CHECKING:
    from protego import Protego

__all__ = ["WebSource"]

_AGENT = "footnote"
_REDIRECTS = 5
_DEPTH = 3  # of sitemaps that list sitemaps
_ROBOTS_BYTES = 500_000  # RFC 9309
_SITEMAP_BYTES = 52_428_800  # sitemaps.org
_LONGEST_DELAY_S = 60.0
_LOST = 3  # pages one after the other that do not come: the site is not reached
_TOO_MANY = 429
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PAGES = {"text/html", "application/xhtml+xml"}
_VAGUE = {"", "text/plain", "application/octet-stream"}
_REFUSED = {404: "it is not there", 410: "it is gone", 401: "it needs a login",
            403: "the site refuses it"}  # fmt: skip
_ERRORS = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError)


class WebSource:
    """The pages of a sitemap."""

    def __init__(self, settings: WebSettings) -> None:
        needs("protego", "web")
        self._settings = settings
        self._site = httpx.URL(settings.url)
        self._delay_s = settings.delay_s
        self._asked = float("-inf")  # when the last request was made
        self._until = time.monotonic() + settings.max_minutes * 60
        self._lost = 0
        self._address = ""
        self._robots: Protego | None = None
        self._client = httpx.Client(
            headers={"User-Agent": f"{_AGENT}/{version('footnote-rag')}"},
            timeout=settings.timeout_s,
            trust_env=False,  # no proxy: the address that was checked is the one that is reached
            verify=httpx.create_ssl_context(),  # but SSL_CERT_FILE counts
        )

    def items(self) -> Iterator[Item]:
        """The pages; their versions are the dates of the sitemap."""
        robots = self._read_robots()
        named = [self._settings.sitemap] if self._settings.sitemap else list(robots.sitemaps)
        waiting = [(url, _DEPTH) for url in named or [str(self._site.join("/sitemap.xml"))]]
        read: set[str] = set()
        listed: set[str] = set()
        while waiting:
            url, depth = waiting.pop(0)
            if url in read or not self._is_on_host(url):
                continue
            read.add(url)
            if len(read) > self._settings.max_files:
                raise SourceError(f"it has more sitemaps than max_files = {len(read) - 1}")
            for is_sitemap, location, changed in _entries(self._read(url, _SITEMAP_BYTES), url):
                if is_sitemap and depth > 1:
                    waiting.append((location, depth - 1))
                elif not is_sitemap and (key := location.partition("#")[0]) not in listed:
                    listed.add(key)
                    yield Item(key, None, changed)
        if not read:
            raise SourceError(
                f"the sitemaps of {self._site} are on another host: name that as the url"
            )

    @contextmanager
    def fetch(self, item: Item, mark: Mark) -> Iterator[Content | None]:
        """A page, or None where the site says that it did not change."""
        kind, _, value = mark.partition(" ")
        try:
            with self._get(httpx.URL(item.key), {kind: value} if kind else {}) as reply:
                self._lost = 0
                if reply.status_code == httpx.codes.NOT_MODIFIED and mark:
                    yield None
                else:
                    self._check(reply)
                    yield Content(self._chunks(reply), _path(reply), _mark(reply))
        except _ERRORS as exc:
            raise self._not_had(exc) from exc

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _read_robots(self) -> Protego:
        from protego import Protego

        url = self._site.join("/robots.txt")
        try:
            with self._get(url, {}) as reply:
                status = reply.status_code
                text = self._limited(reply, _ROBOTS_BYTES) if reply.is_success else b""
        except ItemError as exc:
            raise SourceError(f"{url}: {exc}") from exc
        except _ERRORS as exc:
            raise self._unreachable(exc) from exc
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == _TOO_MANY:
            raise SourceError(f"{url} answers {status}, so nothing may be fetched: sync later")
        self._robots = Protego.parse(text.decode("utf-8", "replace"))
        asked = self._robots.crawl_delay(_AGENT) or 0
        self._delay_s = max(self._delay_s, min(float(asked), _LONGEST_DELAY_S))
        return self._robots

    def _read(self, address: str, most: int) -> bytes:
        """A sitemap, unpacked."""
        url = httpx.URL(address)
        try:
            with self._get(url, {}) as reply:
                if not reply.is_success:
                    raise SourceError(
                        f"{url} answers {reply.status_code}: name the sitemap (`sitemap = ...`)"
                    )
                data = self._limited(reply, most)
                if data.startswith(b"\x1f\x8b"):
                    unpacking = zlib.decompressobj(wbits=31)
                    data = unpacking.decompress(data, most)
                    if unpacking.unconsumed_tail:
                        raise SourceError(f"{url} is larger than {most} bytes")
                return data
        except ItemError as exc:
            raise SourceError(f"{url}: {exc}") from exc
        except (*_ERRORS, zlib.error) as exc:
            raise self._unreachable(exc) from exc

    @contextmanager
    def _get(self, url: httpx.URL, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """The reply, behind redirects within the host."""
        for _ in range(_REDIRECTS + 1):
            if not self._is_here(url):
                raise ItemError(f"it is on another host, or leads there ({url.host})")
            if self._robots is not None and not self._robots.can_fetch(str(url), _AGENT):
                raise ItemError("robots.txt of the site does not allow it")
            self._wait()
            with self._client.stream(
                "GET",
                url.copy_with(host=self._checked_address(), fragment=None),
                headers={**headers, "Host": url.netloc.decode("ascii")},
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            ) as reply:
                if not reply.has_redirect_location:
                    reply.extensions["asked"] = url
                    yield reply
                    return
                try:
                    url = url.join(reply.headers["Location"])
                except httpx.InvalidURL as exc:
                    raise ItemError(f"it leads to what is no URL ({exc})") from exc
        raise ItemError("it leads from one page to the next, without end")

    def _wait(self) -> None:
        time.sleep(max(0.0, self._asked + self._delay_s - time.monotonic()))
        self._asked = time.monotonic()

    def _is_on_host(self, url: str) -> bool:
        try:
            return self._is_here(httpx.URL(url))
        except httpx.InvalidURL:
            return False

    def _is_here(self, url: httpx.URL) -> bool:
        """Whether a URL is on the host of the source, at its port or with TLS where it had none."""
        if url.userinfo or url.host != self._site.host:
            return False
        is_safer = (self._site.scheme, url.scheme) == ("http", "https")
        default = self._site.port is None and url.port is None
        return (url.scheme, url.port) == (self._site.scheme, self._site.port) or (
            is_safer and default
        )

    def _checked_address(self) -> str:
        """The address of the host, looked up once."""
        if not self._address:
            port = self._site.port or (443 if self._site.scheme == "https" else 80)
            found = socket.getaddrinfo(self._site.host, port, type=socket.SOCK_STREAM)
            addresses = [str(about[4][0]) for about in found]
            private = [] if self._settings.allow_private else filter(_is_private, addresses)
            for address in private:
                raise SourceError(
                    f"{self._site.host} is {address}, in a private network: if that is meant, set "
                    "allow_private = true"
                )
            self._address = self._answering(addresses, port)
        return self._address

    def _answering(self, addresses: list[str], port: int) -> str:
        """The first of the addresses that takes connections."""
        for address in addresses[:-1]:
            with suppress(OSError), socket.create_connection((address, port), timeout=5):
                return address
        return addresses[-1]

    def _check(self, reply: httpx.Response) -> None:
        """Refuse what is no content of a page that is read."""
        status = reply.status_code
        if status in _REFUSED:
            raise ItemError(f"{_REFUSED[status]} ({status})")
        if status in (_TOO_MANY, httpx.codes.SERVICE_UNAVAILABLE):
            raise Waiting(f"the site answers {status}: raise delay_s, or sync later")
        if status != httpx.codes.OK:
            raise ItemError(f"the site answers {status}")

    def _limited(self, reply: httpx.Response, most: int) -> bytes:
        """The body, if it has no more than ``most`` bytes, and comes in time."""
        data = bytearray()
        for chunk in reply.iter_bytes():
            data += chunk
            if len(data) > most:
                raise ItemError(f"it is larger than {most} bytes")
            if time.monotonic() > self._until:
                raise ItemError("it takes longer than max_minutes")
        return bytes(data)

    def _chunks(self, reply: httpx.Response) -> Iterator[bytes]:
        try:
            yield from reply.iter_bytes()
        except httpx.HTTPError as exc:
            raise self._not_had(exc) from exc

    def _not_had(self, exc: Exception) -> Exception:
        """One page did not come; after some of them, the site cannot be reached."""
        self._lost += 1
        if self._lost >= _LOST:
            return self._unreachable(exc)
        return ItemError(f"it did not come ({_said(exc)})")

    def _unreachable(self, exc: Exception) -> SourceError:
        return SourceError(
            f"{self._site} cannot be reached ({_said(exc)}): check url, or sync later"
        )


def _said(exc: Exception) -> str:
    return one_line(exc) or type(exc).__name__


def _is_private(address: str) -> bool:
    """Whether an address is not one of the public Internet.

    >>> [_is_private(a) for a in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "::ffff:10.0.0.1")]
    [True, True, True, True]
    >>> [_is_private(a) for a in ("::1", "fd00::1", "64:ff9b::a00:1", "8.8.8.8", "2606:4700::1")]
    [True, True, True, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = None
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    ip = inner or ip
    return not ip.is_global or ip.is_multicast


def _mark(reply: httpx.Response) -> Mark:
    """The header that asks whether a page changed."""
    if tag := reply.headers.get("ETag"):
        return f"If-None-Match {tag}"
    if changed := reply.headers.get("Last-Modified"):
        return f"If-Modified-Since {changed}"
    return ""


def _path(reply: httpx.Response) -> str:
    """Where a page is to be: its path, with the ending that its type has.

    Raises:
        ItemError: it is of no type that has one.
    """
    url: httpx.URL = reply.extensions["asked"]
    media = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    folder, _, name = unquote(url.path).rpartition("/")
    stem, dot, ending = (name or "index").rpartition(".")
    stem, ending = (stem, f".{ending}") if dot else (ending, "")
    guessed = mimetypes.guess_extension(media) or ending
    if media in _PAGES:
        stem = stem if ending in ("", ".html", ".htm", ".xhtml") else stem + ending
        ending = ".html"
    elif not ending or (media not in _VAGUE and mimetypes.guess_type(name)[0] != media):
        ending = guessed
    if not ending:
        raise ItemError(f"it is of the type {media or '(none)'}, which is not read")
    query = f"_{unquote(url.query.decode('ascii'))}".replace("/", "_") if url.query else ""
    return f"{folder}/{stem}{query}{ending}"


def _entries(data: bytes, url: str) -> Iterator[tuple[bool, str, str]]:
    """Whether it is a sitemap, where it is, and when it changed, of each entry of a sitemap."""
    from lxml import etree

    if not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        for line in data.decode("utf-8", "replace").split():
            yield False, line, ""
        return
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        raise SourceError(f"{url} is no sitemap ({exc.msg})") from exc
    for entry in root.iterchildren("{*}url", "{*}sitemap"):
        found: dict[str, str] = {}
        for child in entry.iterchildren("{*}loc", "{*}lastmod"):
            found[etree.QName(child).localname] = _text(child)
        if location := found.get("loc"):
            is_sitemap = etree.QName(entry).localname == "sitemap"
            yield is_sitemap, location, found.get("lastmod", "")


def _text(element: Any) -> str:
    return (element.text or "").strip()
