"""What Binder would build, used as its visitor does: one processor, and little memory."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from playwright.sync_api import Page, expect

import binder
from browser.explorer_page import shown_s
from lab import ROOT, Kernel, Server, open_notebook, wait_for
from voila_server import Voila, open_dashboard

MEMORY = 1.5e9  # bytes; Binder ends whoever has more than 2 GB
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Binder's image is a Linux")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> binder.Image:
    return binder.build(tmp_path_factory.mktemp("binder"))


@pytest.fixture(scope="module")
def binder_lab(image: binder.Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with image.lab(tmp_path_factory.mktemp("settings")) as server:
        yield server


@pytest.fixture
def server(binder_lab: Server) -> Server:
    """The server of the image, without the kernels of the tests before."""
    binder_lab.shut_down_kernels()
    return binder_lab


def number_of_code_cells(path: Path) -> int:
    return sum(cell.cell_type == "code" for cell in nbformat.read(path, as_version=4).cells)


def progress(server: Server, kernel: Kernel) -> tuple[int, str]:
    """How many cells a kernel has run, and the error that ended it; (-1, "") while it is busy."""
    # Asked while a cell runs, a kernel would answer only after the last one.
    if any(k["execution_state"] != "idle" for k in server.get("kernels")):
        return -1, ""
    error = "str(getattr(__import__('sys'), 'last_value', ''))"
    n, text = kernel.eval(f"(get_ipython().execution_count - 1, {error})")
    return n, text


def peak(kernel: psutil.Process) -> int:
    """Bytes that the server and its kernels need, if each needs its most at the same time."""
    assert len(kernel.cpu_affinity()) == 1
    assert kernel.environ()["OMP_NUM_THREADS"] == "1"
    server = kernel.parent()
    assert server is not None
    processes = [server, *server.children(recursive=True)]
    status = [Path(f"/proc/{process.pid}/status").read_text() for process in processes]
    return sum(1024 * int(text.split("VmHWM:")[1].split()[0]) for text in status)


def test_all_fits_together_and_nothing_is_there_but_the_stack_for_the_cpu(
    image: binder.Image,
) -> None:
    image.fresh.pip("check")
    has = {line.split()[0] for line in image.fresh.pip("list").splitlines() if line.strip()}
    assert "ncviz" in has
    left_out = ("nvidia", "cuda", "triton", "transformers", "peft", "datasets", "dask", "jax")
    assert not [name for name in has if name.lower().startswith(left_out)]
    told = image.fresh.run("python", "-c", "import torch; print(torch.version.cuda)", cwd=ROOT)
    assert told.strip() == "None"


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebook_runs_on_one_processor(page: Page, server: Server, notebook: str) -> None:
    path = f"notebooks/{notebook}"
    n_cells = number_of_code_cells(server.root / path)
    open_notebook(page, server, path)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('.lm-Menu [data-command="runmenu:run-all"]').click()
    began = time.monotonic()
    with server.kernel(path) as kernel:
        # Lab keeps only those cells on the page that can be seen, so the kernel is asked.
        ended = wait_for(
            lambda: progress(server, kernel),
            lambda now: now[0] == n_cells or now[1] != "",
            seconds=300,
        )
        assert ended == (n_cells, "")
        if notebook == "explorer.ipynb":
            shown_s(page)
        memory = peak(psutil.Process(kernel.eval("__import__('os').getpid()")))
    print(f"{notebook}: {time.monotonic() - began:.0f} s, {memory / 1e6:.0f} MB")
    assert memory < MEMORY
    expect(page.get_by_text("notified about official Jupyter news")).to_have_count(0)


def test_dashboard_is_served_beside_lab_and_leaves_no_kernel(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/lab?token={server.token}")  # leaves the page a cookie
    open_dashboard(page, Voila(server.url, server.root), "notebooks/explorer.ipynb")
    shown_s(page)
    # Whoever reloads the page a few times would else have used up the memory.
    page.unroute_all()  # what is sent while a page closes would be lost on the way
    page.goto("about:blank")
    wait_for(lambda: server.get("kernels") == [])
