"""What students are called: by their files."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

LONGEST = 60
"""Letters of a name; of a longer one the end is shown."""


def students_of(paths: Sequence[Path]) -> list[str]:
    """One name for each file: its own without ending, with as many folders as tell all apart.

    Letters that are not printable, which could write over a screen, are replaced.

    Parameters
    ----------
    paths : sequence of Path
        Different files.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ncviz.classroom.names import students_of
    >>> students_of([Path("x/ann.csv"), Path("y/pins.csv"), Path("z/pins.csv")])
    ['ann', 'y/pins', 'z/pins']
    """
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
    r"""A text for a screen: what is not printable is replaced, and the beginning of much cut.

    Examples
    --------
    >>> from ncviz.classroom.names import printable
    >>> printable("a\x1b[2Jb")
    'a�[2Jb'
    """
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return shown if len(shown) <= longest else f"…{shown[1 - longest :]}"


def _name(path: Path, parts: int) -> str:
    return printable("/".join([*path.parts[-parts:-1], path.stem]))
