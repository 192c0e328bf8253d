"""An Explorer as text: a line of Python, a query, the address of a page, and back."""

import ast
import os
from urllib.parse import parse_qsl, urlencode

from ncviz import saved
from ncviz.checks import short
from ncviz.experiment import Experiment
from ncviz.widgets.page_request import wait_for_visitor
from ncviz.widgets.teaching import Teaching

KEYS = ("hide", "lock", "lesson", "student")
"""What a query and a line of Python say beside the fields of the experiment."""

OF_VOILA = ("theme", "template", "token")
"""Keys in the address of a page that Voila and its server read."""


def code_of(experiment: Experiment, teaching: Teaching) -> str:
    """The Python expression that makes this Explorer.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.teaching import Teaching
    >>> from ncviz.widgets.teaching_text import code_of
    >>> code_of(Experiment(hidden=4), Teaching(hide=["seed"]))
    "Explorer(hidden=4, hide=['seed'])"
    """
    fields = experiment.code().removeprefix("Experiment(").removesuffix(")")
    said = [f"{key}={value!r}" for key, value in _said(teaching).items()]
    return f"Explorer({', '.join([fields] * bool(fields) + said)})"


def line_of(experiment: Experiment, teaching: Teaching) -> str:
    """One line of Python: runs the experiment again, or opens a teacher's Explorer."""
    if teaching == Teaching():
        return saved.line_of(experiment)
    return f"from ncviz import Explorer; {code_of(experiment, teaching)}"


def query_of(experiment: Experiment, teaching: Teaching) -> str:
    """What `read_query` reads, with a leading "?".

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.teaching import Teaching
    >>> from ncviz.widgets.teaching_text import query_of
    >>> query_of(Experiment(hidden=4), Teaching(["seed", "runs"], ["pairing"], "Find the peak"))
    '?hidden=4&hide=seed,runs&lock=pairing&lesson=Find+the+peak'
    """
    said = {
        key: value if isinstance(value, str) else ",".join(value)
        for key, value in _said(teaching).items()
    }
    # Never empty: what is empty could not be told from a slip of the hand when it is pasted.
    fields = experiment.to_query() or urlencode({"hidden": experiment.hidden})
    parts = [fields, urlencode(said, safe=",")]
    return "?" + "&".join(part for part in parts if part)


def read_query(query: str) -> tuple[Experiment, Teaching]:
    """The experiment of a query, and what a teacher has decided there.

    Raises
    ------
    ValueError
        If a key is unknown or given twice, or has a bad value.

    Examples
    --------
    >>> from ncviz.widgets.teaching_text import read_query
    >>> experiment, teaching = read_query("?hidden=4&hide=seed,runs")
    >>> experiment.hidden, teaching.hide
    (4, ('seed', 'runs'))
    """
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
    """The query in the address of the Voila page that this kernel answers; empty elsewhere.

    Raises
    ------
    ValueError
        If the kernel was started before its page was asked for, and cannot find the address out.
    """
    wait_for_visitor()
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return ""
    query = parse_qsl(os.environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return urlencode([(key, text) for key, text in query if key not in OF_VOILA])


def read(text: str) -> Experiment:
    """The experiment in a saved text, or in the address of a page, see `ncviz.saved.read`.

    What a teacher said, and what is for the server, is left out.

    Raises
    ------
    ValueError
        If there is none in it, or a field is unknown or has a bad value.
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
