"""Build the documentation: python tools/documentation.py [FOLDER], docs/_build by default."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

from lesson_pages import as_page

ROOT = Path(__file__).resolve().parents[1]

PLACES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "notebooks": "lessons",
    "docs": ".",
}
"""What of the repository goes where among the pages."""

LINK = re.compile(
    r"(?<!!)\[(?P<text>[^][]*)\]\((?!\w+:|#)(?P<path>[^()\s#]+)(?P<anchor>#[^()\s]*)?\)"
)


def main(target: Path) -> int:
    """Lay the pages out in the target's folder "source" and build those in its folder "html"."""
    lay_out(target / "source")
    words = ["-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "--jobs", "auto"]
    folders = [target / "source", target / "html", "--doctree-dir", target / "doctrees"]
    done = subprocess.run([sys.executable, *words, *map(str, folders)], cwd=ROOT)
    if done.returncode == 0:
        print(target / "html" / "index.html")
    return done.returncode


def lay_out(source: Path) -> None:
    """Put everything that becomes a page into one folder."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("_build"))
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy2(ROOT / name, source / PLACES[name])
    lessons = source / PLACES["notebooks"]
    lessons.mkdir()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        (lessons / path.name).write_text(as_page(path.read_text(encoding="utf-8")), "utf-8")
    for path in (ROOT / "notebooks").glob("*.md"):
        shutil.copy2(path, lessons)
    for path in [*source.rglob("*.md"), *source.rglob("*.ipynb")]:
        here = PurePosixPath(path.relative_to(source).as_posix())
        path.write_text(relinked(path.read_text(encoding="utf-8"), here), "utf-8")
    (source / "reference" / "command-line.md").write_text(command_line(), encoding="utf-8")


def relinked(text: str, page: PurePosixPath) -> str:
    """Let links between the repository's files lead to pages; what has none is only named."""
    home = in_repository(page).parent

    def link(found: re.Match[str]) -> str:
        target = PurePosixPath(os.path.normpath(home / found["path"]))
        place = among_pages(target)
        if place is None:
            return found["text"]
        path = os.path.relpath(place, page.parent)
        return f"[{found['text']}]({path}{found['anchor'] or ''})"

    return LINK.sub(link, text)


def in_repository(page: PurePosixPath) -> PurePosixPath:
    """Return where in the repository a page comes from."""
    for origin, place in PLACES.items():
        if origin != "README.md" and page.is_relative_to(place):
            return PurePosixPath(origin, page.relative_to(place))
    raise ValueError(f"page {page} comes from nowhere")


def among_pages(path: PurePosixPath) -> PurePosixPath | None:
    """Return where a file of the repository is among the pages; None if it is none of them."""
    for origin, place in PLACES.items():
        if path.is_relative_to(origin):
            return PurePosixPath(place, path.relative_to(origin))
    return None


def command_line() -> str:
    """Return a page of what `ncviz --help` and the like say."""
    parts = ["# Command line", "`ncviz COMMAND --help` says the same in a terminal."]
    commands = re.search(r"\{([\w,]+)\}", help_of())
    assert commands, "ncviz --help names no commands"
    for command in commands[1].split(","):
        parts.append(f"## ncviz {command}\n\n```text\n{help_of(command)}\n```")
    return "\n\n".join(parts) + "\n"


def help_of(*command: str) -> str:
    """Return what a command says of itself."""
    done = subprocess.run(
        [sys.executable, "-m", "ncviz", *command, "--help"],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "80", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "docs" / "_build"))
