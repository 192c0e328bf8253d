"""Get one file that a package index has, by its exact name, size and SHA-256; run nothing of it.

pip would run the `setup.py` of a source archive to learn what it is, and with it whatever
setuptools an index has that day. So the archive is got here: from where pip is configured to look
(indexes, find-links, certificates, proxies), and its bytes are checked before anything reads them.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from ncviz.bert.outside import need

PYPI = "https://pypi.org/simple"
"""Where pip looks if it is not told otherwise."""

PATIENCE = 600
"""Seconds after which a download is given up."""

LARGEST_PAGE = 32 * 2**20
"""Bytes of an index's page about one package."""

PAGES = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
CHUNK = 1 << 16


def download(name: str, file: str, size: int, digest: str, target: Path) -> None:
    """Write a package's file of so many bytes and this SHA-256 to `target`, or nothing at all.

    OSError where no place that pip knows has it, saying what each has instead.
    """
    said = []
    with _session(settings := pip_settings()) as session:
        for place in _places(settings):
            try:
                for url in _links(session, place, name, file):
                    _save(session, url, size, digest, target)
                    return
                said.append(f"{place[0]} has no {file}")
            except (OSError, ValueError, need("urllib3").exceptions.HTTPError) as error:
                said.append(f"{place[0]}: {error}")
    told = "; ".join(said) or "pip may look nowhere"
    raise OSError(f"cannot get {name}: {_without_passwords(told)}")


def pip_settings() -> Mapping[str, str]:
    """How pip is configured, by file or environment; without pip by the environment alone."""
    found: dict[tuple[int, str], str] = {}
    try:
        # -P: no file of the current folder is taken for pip.
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "config", "list"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        lines = done.stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        lines = []
    for line in lines:
        if told := re.fullmatch(r"(global|download)\.([\w-]+)=(['\"])(.*)\3", line):
            rank = ("global", "download").index(told[1])
            found[rank, told[2]] = told[4].replace("\\n", " ")
    for variable, value in os.environ.items():
        if variable.startswith("PIP_") and value:
            found[2, variable[4:].lower().replace("_", "-")] = value
    return {name: found[rank, name] for rank, name in sorted(found)}


def _places(settings: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Addresses or folders, and whether each is an index with a page for each package."""
    for each in settings.get("find-links", "").split():
        yield each, False
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        return
    yield settings.get("index-url", PYPI), True
    for each in settings.get("extra-index-url", "").split():
        yield each, True


def _links(session: Any, place: tuple[str, bool], name: str, file: str) -> Iterator[str]:
    """Where a place says that the file is."""
    address, is_index = place
    if is_index:
        address = f"{address.rstrip('/')}/{re.sub('[-_.]+', '-', name).lower()}/"
    folder = _local(address)
    if folder is not None and not is_index and folder.is_dir():
        if (folder / file).is_file():
            yield (folder / file).absolute().as_uri()
        return
    if folder is not None:
        folder = folder / "index.html" if folder.is_dir() else folder
        address = folder.absolute().as_uri()
    with _opened(session, address, PAGES) as (body, kind, address):
        page = b"".join(_chunks(body, LARGEST_PAGE))
    if "json" in kind:
        links = _links_of_json(page)
    else:
        links = [(_file_of(link), link) for link in _Links(page.decode(errors="replace")).found]
    for filename, link in links:
        if filename == file:
            yield urljoin(address, link.partition("#")[0])


def _links_of_json(page: bytes) -> list[tuple[str, str]]:
    try:
        return [(str(file["filename"]), str(file["url"])) for file in json.loads(page)["files"]]
    except (KeyError, TypeError, RecursionError):
        raise ValueError("its page is not that of an index") from None


def _save(session: Any, url: str, size: int, digest: str, target: Path) -> None:
    found, part = sha256(), target.with_name(f"{target.name}.unchecked")
    try:
        with _opened(session, url, "*/*") as (body, _, _), part.open("xb") as file:
            for chunk in _chunks(body, size):
                found.update(chunk)
                file.write(chunk)
        if found.hexdigest() != digest:
            raise OSError(f"{_file_of(url)} is a changed file: its SHA-256 is {found.hexdigest()}")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _chunks(body: Any, most: int) -> Iterator[bytes]:
    """What is in a body, if it is no more than that and comes in time."""
    end, left = monotonic() + PATIENCE, most
    while chunk := body.read1(CHUNK):  # what is there, however slowly it comes
        left -= len(chunk)
        if left < 0:
            raise OSError(f"more than {most} bytes come")
        if monotonic() > end:
            raise OSError(f"it did not come within {PATIENCE} seconds")
        yield chunk


def _session(settings: Mapping[str, str]) -> Any:
    """A session of requests, which knows proxies and .netrc, as pip is configured."""
    session = need("requests").Session()
    if "cert" in settings:
        session.verify = settings["cert"]
    if "client-cert" in settings:
        session.cert = settings["client-cert"]
    if "proxy" in settings:
        session.proxies = dict.fromkeys(("http", "https"), settings["proxy"])
    return session


@contextmanager
def _opened(session: Any, url: str, accepted: str) -> Iterator[tuple[Any, str, str]]:
    """A body to read from, its media type, and the address after all redirections."""
    path = _local(url)
    if path is not None:
        with path.open("rb") as file:
            yield file, "text/html", url
        return
    headers = {"Accept": accepted, "Accept-Encoding": "identity"}  # the bytes that are hashed
    with session.get(url, headers=headers, stream=True, timeout=15) as answer:
        answer.raise_for_status()
        yield answer.raw, answer.headers.get("Content-Type", ""), answer.url


def _local(address: str) -> Path | None:
    """The path that an address means, or None if it is on the net."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return Path(address).expanduser() if parts.scheme not in ("http", "https") else None


def _file_of(link: str) -> str:
    return unquote(urlsplit(link).path).rpartition("/")[2]


def _without_passwords(text: str) -> str:
    """A message without who logs in where."""
    return re.sub(r"//[^/@\s]*@", "//", text)


class _Links(HTMLParser):
    """The links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
