"""`ncviz dashboard`: on this machine only, with a token, in a folder where nothing was."""

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path
from socket import gethostname
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

from lab import ROOT, answer_to, wait_for
from ncviz.cli import main as cli
from ncviz.cli import notebooks as cli_dashboard
from voila_server import HOST, Voila, make_dashboard

BROWSER = (
    "import pathlib, sys, urllib.request as r; p = pathlib.Path(sys.argv[1]);"
    "p.write_text(r.urlopen(sys.argv[2]).read().decode()); p.rename(p.with_suffix('.html'))"
)
"""A browser that keeps the page which it is told to open."""
SETTINGS = """
import json, sys
from ncviz.cli import notebooks as cli_dashboard
from ncviz.cli.server import Dashboard

def told():
    own = {"ip": app.ip, "auto_token": app.auto_token, "files": app.config_file_paths}
    return json.dumps(own | {
        name: {k: str(v) if "Deferred" in type(v).__name__ else v for k, v in values.items()}
        for name, values in app.config.items() if name.endswith(("Manager", "Configuration"))
    })

for preheat in json.loads(sys.argv[1]):
    app = Dashboard()
    cli_dashboard.set_defaults(app, preheat)
    print(told())
    app.parse_command_line(["--MappingKernelManager.cull_idle_timeout=5", "--Voila.ip=::1"])
    print(told())
"""
GUARDED = ("api/kernels/1a-2b-3c-4d-5e", "explorer.ipynb", "voila/files/explorer.ipynb")
GUARDED += ("voila/files/teacher-guide.md", "voila/files/mine.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dashboard")


@pytest.fixture(scope="module")
def dashboard(folder: Path) -> Iterator[Voila]:
    words = [sys.executable, "-c", BROWSER, str(folder / "opened.tmp")]
    browser = f"--Voila.browser={shlex.join(words)} %s"
    with make_dashboard(folder, "--preheat=0", browser) as voila:
        yield voila


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Let the answer be seen that sends elsewhere."""


def ask(address: str, method: str = "GET", **headers: str) -> tuple[int, HTTPMessage]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
    request = urllib.request.Request(address, headers=headers, method=method)
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


# What it lets in


def test_it_listens_on_this_machine_only(dashboard: Voila) -> None:
    port = int(dashboard.url.rpartition(":")[2])
    heard = [c for c in psutil.net_connections("inet") if c.laddr and c.laddr.port == port]
    assert {c.laddr.ip for c in heard if c.status == psutil.CONN_LISTEN} == {HOST}


def test_without_the_token_there_is_no_page_and_no_kernel(dashboard: Voila) -> None:
    assert len(dashboard.token) >= 32
    for query in ("", "?token=", "?token=wrong", "?hidden=4"):
        assert ask(f"{dashboard.url}/{query}")[0] == 403
    assert kernels_of(dashboard) == []


@pytest.mark.parametrize("address", GUARDED)
def test_nothing_of_the_folder_or_of_kernels_is_told_without_the_token(
    dashboard: Voila, address: str
) -> None:
    (dashboard.root / "mine.png").write_bytes(b"a picture")
    assert ask(f"{dashboard.url}/{address}")[0] in (302, 403)


def test_no_kernel_can_be_reached_or_ended_without_the_token(dashboard: Voila) -> None:
    kernel = "1a-2b-3c-4d-5e"
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    socket = f"{dashboard.url}/api/kernels/{kernel}/channels"
    assert ask(socket, **upgrade, **{"Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="})[0] == 403
    assert ask(f"{dashboard.url}/voila/api/shutdown/{kernel}", "POST")[0] == 403


SCRIPT = '"><script>window.hacked = 1</script>'


@pytest.fixture(scope="module")
def page(dashboard: Voila) -> str:
    """The page at an address with the token, another template and a script."""
    query = {"token": dashboard.token, "template": "lab", "theme": f"x{SCRIPT}"}
    return answer_to(f"{dashboard.url}/?{urlencode(query)}").decode()


def test_with_the_token_there_is_the_page_in_the_template_of_ncviz(page: str) -> None:
    assert "<title>ncviz</title>" in page
    assert 'id="ncviz-lost"' in page


def test_an_address_cannot_put_a_script_into_the_page(page: str) -> None:
    assert "window.hacked" in page  # as text
    assert SCRIPT not in page and "<script>window.hacked" not in page


def server_of(dashboard: Voila) -> psutil.Process:
    port = int(dashboard.url.rpartition(":")[2])
    (pid,) = {
        c.pid
        for c in psutil.net_connections("inet")
        if c.status == psutil.CONN_LISTEN and c.laddr.port == port
    }
    return psutil.Process(pid)


def kernels_of(dashboard: Voila) -> list[psutil.Process]:
    children = server_of(dashboard).children()
    return [child for child in children if "ipykernel" in " ".join(child.cmdline())]


# What it does


def test_the_browser_is_sent_to_the_address_with_the_token(dashboard: Voila, folder: Path) -> None:
    page = folder / "opened.html"
    wait_for(page.exists)
    sent = re.search(r"url=([^\"]+)", page.read_text())
    assert sent
    assert sent[1] == f"{dashboard.url}/?token={dashboard.token}"


def test_the_token_is_not_in_what_others_can_read_of_the_processes(dashboard: Voila) -> None:
    server = server_of(dashboard)
    for process in (server, *server.children(recursive=True)):
        assert dashboard.token not in " ".join(process.cmdline())


def test_the_notebooks_are_laid_out(dashboard: Voila) -> None:
    assert (dashboard.root / "explorer.ipynb").is_file()
    assert (dashboard.root / "teacher-guide.md").is_file()


def test_where_a_port_is_taken_kernels_that_wait_ask_at_the_next_one(
    dashboard: Voila, tmp_path: Path
) -> None:
    taken = dashboard.url.rpartition(":")[2]
    with make_dashboard(tmp_path, "--preheat=1", "--no-browser", f"--port={taken}") as second:
        port = second.url.rpartition(":")[2]
        assert port != taken
        (kernel,) = wait_for(lambda: kernels_of(second))
        assert kernel.environ()["VOILA_APP_PORT"] == port
        assert ask(f"{dashboard.url}/voila/static/voila.js")[0] == 200


def test_kernels_wait_and_go_unless_the_command_line_says_otherwise() -> None:
    preheats = [0, 1, 3]
    words = [sys.executable, "-c", SETTINGS, json.dumps(preheats)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    for preheat, before, after in zip(preheats, told[::2], told[1::2], strict=True):
        check_settings(preheat, before, after)


def check_settings(preheat: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert before == {
        "ip": HOST,
        "auto_token": True,
        "files": [],
        "MappingKernelManager": {"cull_idle_timeout": 600, "cull_interval": 60},
        "VoilaConfiguration": {
            "template": "ncviz",
            "allow_template_override": "NO",
            "file_allowlist": [],
            "multi_kernel_manager_class": "ncviz.cli.server.Kernels",
            "kernel_spec_manager_class": "ncviz.cli.kernel_specs.InstalledOnly",
            "preheat_kernel": preheat > 0,
            "default_pool_size": preheat,
        },
    }
    assert (after["MappingKernelManager"]["cull_idle_timeout"], after["ip"]) == ("5", "::1")
    assert after["MappingKernelManager"]["cull_interval"] == 60


# What goes wrong


def test_without_voila_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "voila.app", None)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["dashboard"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.endswith('pip install "ncviz[voila]"\n')
    assert list(tmp_path.iterdir()) == []


def test_a_bad_number_of_kernels_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["dashboard", "--preheat", "-1"]) == 2
    assert capsys.readouterr().err == "ncviz: preheat must be 0 or more, not -1\n"


def test_an_argument_that_voila_does_not_know_ends_it(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="unrecognized arguments"),
        make_dashboard(tmp_path, "--no-browser", "another.ipynb"),
    ):
        pass


@pytest.mark.parametrize(("ip", "host"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", gethostname())])
def test_the_address_for_a_class_has_the_computers_name(
    ip: str, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    has = SimpleNamespace(token="secret")
    everywhere = ip == "0.0.0.0"
    app = SimpleNamespace(
        ip=ip, port=8866, base_url="/", identity_provider=has, everywhere=everywhere
    )
    cli_dashboard.tell(app, open_browser=False)
    said = capsys.readouterr().out
    assert f"http://{host}:8866/?token=secret\n" in said
    assert ("same network" in said) == everywhere


def test_a_computer_without_a_browser_shows_the_address_and_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def none(_name: str | None) -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    app = SimpleNamespace(
        ip="127.0.0.1",
        port=8866,
        base_url="/",
        identity_provider=SimpleNamespace(token="secret"),
        everywhere=False,
        connection_dir=str(tmp_path),
        browser="",
    )
    cli_dashboard.tell(app, open_browser=True)
    said = capsys.readouterr().out
    assert "http://127.0.0.1:8866/?token=secret\n" in said
    assert said.endswith("There is no browser to open here: the address above works in any.\n")
