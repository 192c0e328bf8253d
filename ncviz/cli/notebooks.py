"""``ncviz lab`` and ``ncviz dashboard``: the notebooks of the package, and the Explorer's page."""

import argparse
import logging
import os
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Sequence
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from ncviz.basics.writing import written_whole

NOTEBOOK = "explorer.ipynb"  # that is opened
SHARE = Path(__file__).parents[1] / "share"  # in Jupyter's sense a data folder, with the template
IDLE = 600  # seconds; then the kernel of a page that was closed goes
MOST = (120.0, 1.0)  # seconds and gigabytes of what a visitor may start
# Flag, kind, default, unit and words.
OPTIONS = (
    ("--preheat", int, 1, "N", "kernels that wait for the next visitors, about 0.4 GB each"),
    ("--pages", int, 40, "N", "visitors at once, about 0.4 GB each; more are told to wait"),
    ("--request-size", float, 1, "MB", "what a visitor may send at once; more is refused"),
)


def add_commands(commands: Any) -> None:
    """Add both to the command line."""
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the Explorer",
        description=(
            "Open JupyterLab on the Explorer. It, the lessons and the teacher's guide are put into "
            "this folder unless they are there. Further arguments go to the server."
        ),
    )
    lab.set_defaults(command=_lab, passes_on=True)
    dashboard = commands.add_parser(
        "dashboard",
        help="show the Explorer as a page, without a notebook around it",
        description=(
            "Show the Explorer as a page, by Voila, to whoever has the address that is printed: it "
            "ends with a token, and only this machine is listened to. Each visitor has a kernel, "
            f"which goes {IDLE // 60} minutes after its page. The notebooks are put into this "
            "folder unless they are there. Further arguments go to Voila; files with settings "
            "of Voila are not read."
        ),
    )
    for flag, kind, default, unit, words in OPTIONS:
        words += f" (default: {default})"
        dashboard.add_argument(flag, type=kind, default=default, metavar=unit, help=words)
    words = "what an experiment or a sweep of a visitor may take, in time and in memory "
    words += "(default: {:g} {:g})".format(*MOST)
    units = ("SECONDS", "GB")
    dashboard.add_argument("--most", nargs=2, type=float, default=MOST, metavar=units, help=words)
    dashboard.set_defaults(command=_dashboard, passes_on=True)


def _lab(_chosen: argparse.Namespace, rest: Sequence[str]) -> int:
    lay_out_notebooks()
    # Nothing that merely lies in this folder is run: not as a module (-P), and not as settings.
    words = [sys.executable, "-P", "-m", "jupyterlab", NOTEBOOK]
    words.append("--ServerApp.kernel_spec_manager_class=ncviz.cli.kernel_specs.InstalledFirst")
    if Path("voila.py").exists() or Path("voila.json").exists():
        # Voila, which comes into JupyterLab by itself where it is installed, would read them.
        words.append("--ServerApp.jpserver_extensions=voila.server_extension=False")
    return subprocess.call([*words, *rest])


def lay_out_notebooks() -> None:
    """Put Explorer, lessons and the teacher's guide into this folder unless they are there."""
    shipped: Any = files("ncviz") / "notebooks"
    if not shipped.is_dir():  # in a checkout they are beside the package; only a wheel has them
        shipped = Path(__file__).parents[2] / "notebooks"
    with as_file(shipped) as folder:
        for source in folder.iterdir():
            if source.suffix not in (".ipynb", ".md"):
                continue
            data, target = source.read_bytes(), Path(source.name)
            there = target.read_bytes() if target.is_file() else None
            # What is there already may be somebody's work, unless it is the beginning of ours.
            begun = there is not None and there != data and data.startswith(there)
            if begun or not target.exists():
                with written_whole(target) as part:
                    part.write_bytes(data)


def _dashboard(chosen: argparse.Namespace, rest: Sequence[str]) -> int:
    if chosen.preheat < 0:
        raise ValueError(f"preheat must be 0 or more, not {chosen.preheat}")
    if chosen.pages < 1:
        raise ValueError(f"pages must be 1 or more, not {chosen.pages}")
    if not 0.1 <= chosen.request_size <= 100:
        raise ValueError(f"request-size must be from 0.1 to 100 MB, not {chosen.request_size:g}")
    if not all(number > 0 for number in chosen.most):
        raise ValueError("most must be two numbers above 0, seconds and gigabytes")
    try:
        import voila.app  # noqa: F401
    except ImportError as error:
        raise ValueError(
            'the dashboard needs Voila, which is not installed: pip install "ncviz[voila]"'
        ) from error
    # The template of this very version, also where another one is installed.
    paths = [str(SHARE), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(paths)
    # Every visitor's kernel reads it (`ncviz.sweeps.price`).
    os.environ["NCVIZ_MOST"] = "{:g} {:g}".format(*chosen.most)
    lay_out_notebooks()
    from tornado.ioloop import IOLoop

    from ncviz.cli.server import Dashboard

    app = Dashboard()
    app.pages, app.largest = chosen.pages, int(chosen.request_size * 2**20)
    set_defaults(app, chosen.preheat)
    app.initialize([NOTEBOOK, *rest])
    # Kernels that wait are told where to ask before Voila would look for another port.
    app.port = _free_port(app)
    if not app.everywhere:
        os.environ["VOILA_APP_IP"] = f"[{app.ip}]" if ":" in app.ip else app.ip
    open_browser, app.open_browser = app.open_browser, False
    IOLoop.current().add_callback(tell, app, open_browser)
    app.start()  # until it is stopped
    return 0


def set_defaults(app: Any, preheat: int) -> None:
    """What holds unless the command line says otherwise."""
    # Else Voila runs a voila.py of this folder, and a voila.json opens the page to everybody.
    app.config_file_paths = []
    app.ip, app.auto_token, app.log_level = "127.0.0.1", True, logging.WARNING
    voila, kernels = app.config.VoilaConfiguration, app.config.MappingKernelManager
    voila.multi_kernel_manager_class = "ncviz.cli.server.Kernels"
    voila.kernel_spec_manager_class = "ncviz.cli.kernel_specs.InstalledOnly"
    voila.template = "ncviz"
    # Voila's own templates put the theme of an address into the page as it is: a link could run
    # scripts there, with the token of whoever opens it.
    voila.allow_template_override = "NO"
    # Else Voila gives pictures of the folder to whoever asks, without the token.
    voila.file_allowlist = []
    voila.preheat_kernel = preheat > 0
    voila.default_pool_size = preheat
    # A page that is open has a connection, and so keeps its kernel however long it is looked at.
    kernels.cull_idle_timeout = IDLE
    kernels.cull_interval = IDLE // 10


def _free_port(app: Any) -> int:
    """The first port, from the wanted one on, that nobody listens on."""
    for port in app.random_ports(app.port, app.port_retries + 1):
        try:
            socket.create_server((app.ip, port)).close()
        except OSError:
            continue
        return int(port)
    raise OSError(f"port {app.port} of {app.ip} is not free")


def tell(app: Any, open_browser: bool) -> None:
    """Print where the page is, and open it; called as soon as Voila listens."""
    print(f"The Explorer is at {_address(app, socket.gethostname() if app.everywhere else app.ip)}")
    if app.everywhere:
        print(
            "Whoever has this address and is in the same network can use it; where the computer’s "
            "name is not known, with its IP address in place of the name."
        )
    print("Ctrl+C ends it.", flush=True)
    if not open_browser:
        return
    # Other users can read the arguments of a browser, so the token is in a file of this user,
    # which goes with Voila.
    here = _address(app, "localhost" if app.everywhere else app.ip)
    page = Path(app.connection_dir, "open.html")
    page.write_text(f'<meta http-equiv="refresh" content="0;url={escape(here)}">')
    try:
        browser = webbrowser.get(app.browser or None)
    except webbrowser.Error:
        print("There is no browser to open here: the address above works in any.", flush=True)
        return
    Thread(target=browser.open, args=[page.as_uri()], daemon=True).start()


def _address(app: Any, host: str) -> str:
    token = app.identity_provider.token
    query = f"?{urlencode({'token': token})}" if token else ""
    return f"http://{host}:{app.port}{app.base_url}{query}"
