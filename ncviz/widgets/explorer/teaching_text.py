"""An Explorer as text: a line of Python, a query, the address of a page, and back."""

import ast
import os
from urllib.parse import parse_qsl, urlencode

from ncviz.basics.checks import short
from ncviz.experiment import Experiment
from ncviz.widgets.explorer.teaching import Teaching
from ncviz.widgets.parts import saved
from ncviz.widgets.parts.page_request import wait_for_visitor

KEYS = ("hide", "lock", "lesson", "student")
"""What a query and a line of Python say beside the fields of the experiment."""

OF_VOILA = ("theme", "template", "token")
"""Keys in the address of a page that Voila and its server read."""


def code_of(experiment: Experiment, teaching: Teaching) -> str:
    """The Python expression that makes this Explorer."""
    fields = experiment.code().removeprefix("Experiment(").removesuffix(")")
    said = [f"{key}={value!r}" for key, value in _said(teaching).items()]
    return f"Explorer({', '.join([fields] * bool(fields) + said)})"


def line_of(experiment: Experiment, teaching: Teaching) -> str:
    """One line of Python: runs the experiment again, or opens a teacher's Explorer."""
    if teaching == Teaching():
        return saved.line_of(experiment)
    return f"from ncviz import Explorer; {code_of(experiment, teaching)}"


def query_of(experiment: Experiment, teaching: Teaching) -> str:
    """What `read_query` reads, with a leading "?"."""
    said = {
        key: value if isinstance(value, str) else ",".join(value)
        for key, value in _said(teaching).items()
    }
    # Never empty: what is empty could not be told from a slip of the hand when it is pasted.
    fields = experiment.to_query() or urlencode({"hidden": experiment.hidden})
    parts = [fields, urlencode(said, safe=",")]
    return "?" + "&".join(part for part in parts if part)


def read_query(query: str) -> tuple[Experiment, Teaching]:
    """The experiment of a query, and what a teacher has decided there."""
    said: dict[str, str] = {}
    fields: list[tuple[str, str]] = []
    if not isinstance(query, str):
        raise ValueError(f"a query must be a text, not {short(query)}")
    for key, text in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
        if key not in KEYS:
            fields.append((key, text))
        elif key in said:
            raise ValueError(f"{key} is given twice")
        else:
            said[key] = text
    hide, lock = (_listed(said.get(key, "")) for key in ("hide", "lock"))
    texts = [said.get(key, "") for key in ("lesson", "student")]
    teaching = Teaching(hide, lock, *texts)
    return Experiment.from_query(urlencode(fields)), teaching


def query_of_page() -> str:
    """The query in the address of the Voila page that this kernel answers; empty elsewhere."""
    wait_for_visitor()
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return ""
    query = parse_qsl(os.environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return urlencode([(key, text) for key, text in query if key not in OF_VOILA])


def read(text: str) -> Experiment:
    """The experiment in a saved text, or in the address of a page, see `saved.read`.

    What a teacher said, and what is for the server, is left out.
    """
    text = text.strip()
    if "Explorer(" in text:
        return saved.read(_without_teaching(text))
    if text.startswith("{") or "Experiment(" in text:
        return saved.read(text)
    query = (text.partition("?")[2] if "?" in text else text).partition("#")[0]
    fields = parse_qsl(query, keep_blank_values=True)
    others = [(key, value) for key, value in fields if key not in (*KEYS, *OF_VOILA)]
    return saved.read(text if len(others) == len(fields) else f"?{urlencode(others)}")


def _said(teaching: Teaching) -> dict[str, list[str] | str]:
    said: dict[str, list[str] | str] = {
        "hide": [*teaching.hide],
        "lock": [*teaching.lock],
        "lesson": teaching.lesson,
        "student": teaching.student,
    }
    return {key: value for key, value in said.items() if value}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _without_teaching(line: str) -> str:
    """A line that opens an Explorer as one that makes its experiment."""
    try:
        tree = ast.parse(line)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Explorer":
                node.func = ast.Name("Experiment")
                node.keywords = [word for word in node.keywords if word.arg not in KEYS]
        return ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return line  # what is wrong with it is said where it is read
