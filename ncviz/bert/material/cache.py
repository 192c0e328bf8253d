"""The cache folder: what was fetched or computed once."""

from hashlib import sha256
from pathlib import Path

from ncviz.bert.networks.needs import need


def folder(*parts: str) -> Path:
    """A folder of the user's cache, made if it is not there."""
    root: Path = need("platformdirs").user_cache_path("ncviz", appauthor=False)
    path = root.joinpath("bert", *parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def keep_under(path: Path, most: int) -> None:
    """Delete the files of a folder that were used longest ago until it holds `most` bytes."""
    files = sorted((f for f in path.iterdir() if f.is_file()), key=lambda f: f.stat().st_mtime)
    total = sum(f.stat().st_size for f in files)
    for file in files[:-1]:  # the newest stays, however large it is
        if total <= most:
            return
        total -= file.stat().st_size
        file.unlink(missing_ok=True)
