"""Find a Chromium for the browser tests; run as a script, install one where there is none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
MISSING = "no Chromium found: run `make test`, or name one in NCVIZ_CHROMIUM"


def find() -> str | None:
    """Return the path of the first browser that starts, or None."""
    return next((path for path in _candidates() if _starts(path)), None)


def install() -> None:
    """Install Debian's package where that is possible, else Playwright's own build."""
    prefix = _as_root()
    if _is_debian() and prefix is not None and shutil.which("apt-get"):
        apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
        # The package lists of an image are often empty or old; what fails here shows below.
        subprocess.run([*apt, "update"], check=False)
        subprocess.run([*apt, "install", "--no-install-recommends", "chromium"], check=False)
    if find() is None:
        # On Linux the build needs libraries which only root can add, and only where there is apt.
        deps = [["--with-deps"]] if sys.platform == "linux" and prefix is not None else []
        for extra in [*deps, []]:
            words = [sys.executable, "-m", "playwright", "install", *extra, "chromium"]
            if subprocess.run(words, check=False).returncode == 0:
                break


def main() -> None:
    """Print the browser's path, after installing one if need be."""
    if find() is None:
        install()
    path = find()
    if path is None:
        sys.exit(MISSING)
    print(path)


def _candidates() -> Iterator[str]:
    if chosen := os.environ.get("NCVIZ_CHROMIUM"):
        yield chosen
        return
    yield from filter(None, map(shutil.which, NAMES))
    yield from MAC
    yield from filter(None, [_playwrights_own()])


def _playwrights_own() -> str | None:
    # Playwright tells the path only from a running driver: ask in a process of its own,
    # because its sync interface starts only once in a thread.
    code = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.strip() or None


def _starts(path: str) -> bool:
    # Ubuntu's chromium-browser can be a stub that only asks for another package.
    if not Path(path).exists():
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


def _as_root() -> list[str] | None:
    """Return the words that run a command as root, None where that would ask for a password."""
    if not hasattr(os, "geteuid"):
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


if __name__ == "__main__":
    main()
