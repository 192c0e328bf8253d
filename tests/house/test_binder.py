"""binder/ as repo2docker reads it; browser/test_binder_image.py tests what is built from it."""

import os
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import binder
from lab import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def lines_of(path: Path) -> list[str]:
    """Requirements, each with its hashes behind it."""
    whole = path.read_text().replace("\\\n", " ")
    return [line for line in whole.splitlines() if line[0] not in "#-"]


HASHED = lines_of(binder.HASHED)
LINES = [line.partition(" --hash")[0] for line in [*lines_of(binder.REQUIREMENTS), *HASHED]]


@pytest.fixture(scope="module")
def plan() -> str:
    """What repo2docker would build."""
    return binder.plan()


def test_torch_lies_in_a_layer_that_a_change_of_the_package_leaves_in_the_cache(plan: str) -> None:
    steps = (
        "COPY --chown=0:0 src/binder/requirements.txt ",
        'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        "COPY --chown=0:0 src/ ${REPO_DIR}/",
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    )
    places = [plan.find(f"\n{step}") for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    assert not re.search(r"pip install [^\n]*\.$", plan, re.M), "nothing else installs the package"


def test_base_is_a_python_that_ncviz_supports(plan: str) -> None:
    name = binder.frozen_file(plan).name
    version = re.search(r"py-([\d.]+)-linux-64", name)
    assert version
    assert f"Programming Language :: Python :: {version[1]}" in PROJECT["classifiers"]
    assert {"jupyterlab", "ipykernel", "jupyterhub"} <= {
        Requirement(r).name for r in binder.frozen(plan)
    }


def test_every_requirement_is_pinned_and_torch_is_the_build_for_the_cpu() -> None:
    pins = {
        canonicalize_name(Requirement(line).name): Requirement(line).specifier for line in LINES
    }
    assert all(re.fullmatch(r"==[\w.+]+", str(pin)) for pin in pins.values())
    tested = Requirement((ROOT / "constraints.txt").read_text().splitlines()[-1])
    assert str(pins["torch"]) == f"{tested.specifier}+cpu"
    assert len(pins) == len(LINES)


def test_all_but_pytorch_is_checked_by_its_hash_and_nothing_is_built() -> None:
    assert [Requirement(line).name for line in lines_of(binder.REQUIREMENTS)] == ["torch"]
    for line in HASHED:
        assert re.fullmatch(r"\S+==\S+( +--hash=sha256:[0-9a-f]{64})+", line), line
    for path in (binder.REQUIREMENTS, binder.HASHED):
        assert "\n--only-binary :all:\n" in path.read_text()
    steps = (ROOT / "binder" / "postBuild").read_text().splitlines()
    (step,) = [step for step in steps if "hashed.txt" in step]
    assert {"--require-hashes", "--no-deps", "--force-reinstall"} <= {*step.split()}


def test_every_dependency_of_the_package_is_there(plan: str) -> None:
    wanted = [Requirement(r) for r in PROJECT["dependencies"]]
    wanted += [Requirement(r) for r in PROJECT["optional-dependencies"]["voila"]]
    built = [Requirement(r) for r in [*binder.frozen(plan), *LINES]]  # a pin replaces the base's
    versions = {canonicalize_name(r.name): str(r.specifier)[2:] for r in built}
    lacking = [
        str(r)
        for r in wanted
        if not r.specifier.contains(versions.get(canonicalize_name(r.name), "0"), prereleases=True)
    ]
    assert lacking == [], "`make pins` writes binder/requirements.txt anew"


@pytest.mark.parametrize("script", ["postBuild", "start"])
def test_scripts_can_be_run(script: str) -> None:
    path = ROOT / "binder" / script
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/bash\n")


def test_readme_has_the_badges() -> None:
    readme = (ROOT / "README.md").read_text()
    badges = binder.badges()
    assert [badge for badge in badges if badge not in readme] == []
    assert readme.count("https://mybinder.org/v2/") == len(badges)


def test_badges_lead_to_notebooks_of_this_release() -> None:
    for badge, notebook in zip(binder.badges(), binder.OPENED.values(), strict=True):
        assert f"/{binder.REPOSITORY}/v{PROJECT['version']}?" in badge
        assert (ROOT / notebook).is_file()
