"""The JavaScript and CSS text of the widgets, read from ``static/``.

Text and not paths: given a path, anywidget watches the file for every instance and so keeps
closed widgets alive.
"""

from pathlib import Path

_STATIC = Path(__file__).parent / "static"


def _joined(names: tuple[str, ...], suffix: str) -> str:
    return "\n".join((_STATIC / f"{name}{suffix}").read_text(encoding="utf-8") for name in names)


def esm(*names: str) -> str:
    """Join scripts into one module.

    Parameters
    ----------
    *names
        File names in ``static/`` without ``.js``; the last one holds the ``export default``, which
        is what ``kernel.js`` makes of its ``render``.
    """
    return _joined(("kernel", *names), ".js")


def css(*names: str) -> str:
    """Join style sheets.

    Parameters
    ----------
    *names
        File names in ``static/`` without ``.css``.
    """
    return _joined(names, ".css")
