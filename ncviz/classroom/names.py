"""What students are called: by their files."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from unicodedata import normalize

from ncviz.results.pins import owner_of

LONGEST = 60
"""Letters of a name; of a longer one the end is shown."""


def students_of(paths: Sequence[Path]) -> list[str]:
    """One name for each file.

    Of a file that the Explorer has named, it is that of the student; several of them may be one
    student's. Of others it is their own name without ending, with as many folders as tell all
    apart. Letters are compared as they look, however they are put together (NFC).

    Letters that are not printable, which could write over a screen, are replaced.
    """
    normal = [Path(normalize("NFC", str(path))) for path in paths]
    different = list(dict.fromkeys(path for path in normal if not _owner(path)))
    names = dict(zip(different, _told_apart(different), strict=True))
    return [_owner(path) or names[path] for path in normal]


def _owner(path: Path) -> str:
    return printable(owner_of(path.stem))


def _told_apart(paths: Sequence[Path]) -> list[str]:
    names = [_name(path, 1) for path in paths]
    for parts in range(2, max((len(path.parts) for path in paths), default=1) + 1):
        times = Counter(names)
        names = [
            _name(path, parts) if times[name] > 1 else name
            for path, name in zip(paths, names, strict=True)
        ]
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told


def printable(text: str, longest: int = LONGEST) -> str:
    r"""A text for a screen: what is not printable is replaced, and the beginning of much cut."""
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return shown if len(shown) <= longest else f"…{shown[1 - longest :]}"


def _name(path: Path, parts: int) -> str:
    return printable("/".join([*path.parts[-parts:-1], path.stem]))
