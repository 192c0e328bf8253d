"""The wheel and the sdist, each in an environment in which nothing was before."""

import json
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
import yaml
from packaging.metadata import Metadata

import ncviz
from fresh import CPU_INDEX, Fresh
from lab import ROOT
from ncviz.cli.notebooks import SHARE

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both: that of `make dist`, where it calls these tests."""
    if "NCVIZ_DIST" in os.environ:
        return ROOT / os.environ["NCVIZ_DIST"]
    folder = tmp_path_factory.mktemp("dist")
    # As `make dist` does it: the wheel is built from the sdist, not from the checkout.
    words = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(made: Path) -> Path:
    return made / f"ncviz-{VERSION}-py3-none-any.whl"


@pytest.fixture(scope="module")
def sdist(made: Path) -> Path:
    return made / f"ncviz-{VERSION}.tar.gz"


def test_two_files_are_made(made: Path, wheel: Path, sdist: Path) -> None:
    assert {path.name for path in made.iterdir()} - {".gitignore"} == {wheel.name, sdist.name}


def test_wheel_holds_modules_pages_numbers_and_notebooks(wheel: Path) -> None:
    package, notebooks = ROOT / "ncviz", ROOT / "notebooks"
    suffixes = {".py", ".js", ".css", ".parquet", ".j2"}
    files = [path for path in package.rglob("*") if path.suffix in suffixes]
    wanted = {path.relative_to(ROOT).as_posix(): path for path in [*files, package / "py.typed"]}
    wanted |= {f"ncviz/notebooks/{path.name}": path for path in notebooks.glob("*.ipynb")}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert sorted(wanted.keys() - names) == []
        assert [name for name in wanted if archive.read(name) != wanted[name].read_bytes()] == []
    assert not [name for name in names if "checkpoint" in name or "__pycache__" in name]
    parts = {f"ncviz-{VERSION}.{part}" for part in ("data", "dist-info")}
    assert {name.split("/")[0] for name in names} == {"ncviz"} | parts


def test_wheel_puts_the_template_where_voila_looks_for_it(wheel: Path) -> None:
    place = f"ncviz-{VERSION}.data/data/share/jupyter/voila/templates/ncviz/"
    template = SHARE / "voila" / "templates" / "ncviz"
    with zipfile.ZipFile(wheel) as archive:
        found = {n.removeprefix(place): archive.read(n) for n in archive.namelist() if place in n}
    assert found == {path.name: path.read_bytes() for path in template.iterdir()}
    assert "index.html.j2" in found


def test_sdist_holds_what_the_tests_and_binder_need(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("ncviz", "notebooks", "tests", "tools", "binder", "LICENSE", "CITATION.cff")
    missing = [folder for folder in folders if not any(name.startswith(folder) for name in names)]
    assert missing == []
    assert not [name for name in names if name.startswith((".venv", "dist", "test-results"))]


def test_metadata_is_valid_and_the_same_in_both(wheel: Path, sdist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        of_wheel = archive.read(f"ncviz-{VERSION}.dist-info/METADATA")
    with tarfile.open(sdist) as archive:
        file = archive.extractfile(f"ncviz-{VERSION}/PKG-INFO")
        assert file
        assert file.read() == of_wheel
    metadata = Metadata.from_email(of_wheel, validate=True)
    assert str(metadata.version) == VERSION
    assert metadata.license_expression == "MIT"
    assert metadata.description == (ROOT / "README.md").read_text()
    assert Parser().parsestr(of_wheel.decode())["Description-Content-Type"] == "text/markdown"


@pytest.mark.long("pyproject.toml", "constraints.txt", "tools/fresh.py")
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_installs_clean_and_runs(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    fresh = Fresh(tmp_path / "fresh")
    tested = (ROOT / "constraints.txt").read_text()
    path = request.getfixturevalue(kind)
    fresh.install(f"--extra-index-url {CPU_INDEX}\n{path}\n{tested}")
    fresh.pip("check")
    if kind == "wheel":  # the same modules as in the sdist, and loading them all takes long
        every_name = f"import ncviz\nfor name in {ncviz.__all__}: getattr(ncviz, name)"
        fresh.run("python", "-c", every_name, cwd=tmp_path)
    template = fresh.folder / "share" / "jupyter" / "voila" / "templates" / "ncviz"
    assert (template / "index.html.j2").is_file()
    flags = ("--hidden", 2, "--runs", 4, "--steps", 50, "--json")
    found = json.loads(fresh.run("ncviz", "run", *flags, cwd=tmp_path))
    assert found["experiment"]["hidden"] == 2
    assert found["S"]["n"] == 4
    assert -4 <= found["S"]["value"] <= 4


def test_citation_names_this_version_and_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (citation["cff-version"], citation["type"]) == ("1.2.0", "software")
    assert (citation["title"], citation["version"]) == ("ncviz", VERSION)
    assert citation["authors"] == [{"name": "ncviz contributors"}]
    [paper] = citation["references"]
    assert [author["family-names"] for author in paper["authors"]] == ["Zhao", "Wu", "Hou"]
    assert paper["identifiers"][0]["value"] == "arXiv:2603.04451"
