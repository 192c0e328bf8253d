"""An Explorer, or its experiment, as text: a line of Python, a query, an address, and back."""

import ast
import os
from urllib.parse import parse_qsl, urlencode

from ncviz.basics.checks import short
from ncviz.experiment import Experiment
from ncviz.widgets.explorer.teaching import Teaching
from ncviz.widgets.parts.door import LONGEST
from ncviz.widgets.parts.page_request import wait_for_visitor

# What a query and a line of Python say beside the fields of the experiment.
KEYS = ("hide", "lock", "lesson", "student")
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
        return f"from ncviz import Experiment; r = {experiment.code()}.run()"
    return f"from ncviz import Explorer; {code_of(experiment, teaching)}"


def query_of(experiment: Experiment, teaching: Teaching) -> str:
    """What `read_query` reads, with a leading "?"."""
    said = {
        key: value if isinstance(value, str) else ",".join(value)
        for key, value in _said(teaching).items()
    }
    # Never empty: what is empty could not be told from a slip of the hand when it is pasted.
    fields = experiment.to_query() or urlencode({"hidden": experiment.hidden})
    return "?" + "&".join(filter(None, (fields, urlencode(said, safe=","))))


def read_query(query: str) -> tuple[Experiment, Teaching]:
    """The experiment of a query, and what a teacher has decided there."""
    if not isinstance(query, str):
        raise ValueError(f"a query must be a text, not {short(query)}")
    said: dict[str, str] = {}
    fields: list[tuple[str, str]] = []
    for key, text in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
        if key not in KEYS:
            fields.append((key, text))
        elif key in said:
            raise ValueError(f"{key} is given twice")
        else:
            said[key] = text
    hide, lock, lesson, student = (said.get(key, "") for key in KEYS)
    hidden, locked = ([*filter(None, map(str.strip, s.split(",")))] for s in (hide, lock))
    teaching = Teaching(hidden, locked, lesson, student)
    return Experiment.from_query(urlencode(fields)), teaching


def query_of_page() -> str:
    """The query in the address of the Voila page that this kernel answers; empty elsewhere."""
    wait_for_visitor()
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return ""
    query = parse_qsl(os.environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return urlencode([(key, text) for key, text in query if key not in OF_VOILA])


def read(text: str) -> Experiment:
    """The experiment of a text: JSON, a query, an address with one, or a line of code.

    Code is read, never run. What a teacher said, and what is for the server, is left out.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a saved state has at most {LONGEST:,} characters; this text has more")
    text = text.strip()
    if text.startswith("{"):
        return Experiment.from_json(text)
    if "Experiment(" in text or "Explorer(" in text:
        return _from_code(text)
    query = (text.partition("?")[2] if "?" in text else text).partition("#")[0]
    fields = parse_qsl(query, keep_blank_values=True)
    others = [(key, value) for key, value in fields if key not in (*KEYS, *OF_VOILA)]
    if len(others) < len(fields):
        query = urlencode(others)
    if "=" not in query:
        raise ValueError(
            f"a saved state is JSON, a query like ?hidden=4, or a line of code, not {text[:40]!r}"
        )
    return Experiment.from_query(query)


def _said(teaching: Teaching) -> dict[str, list[str] | str]:
    said = {key: getattr(teaching, key) for key in KEYS}
    return {k: v if isinstance(v, str) else [*v] for k, v in said.items() if v}


def _from_code(text: str) -> Experiment:
    try:
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        made = [(call, ast.unparse(call.func).split(".")[-1]) for call in calls]
        ((call, kind),) = [each for each in made if each[1] in ("Experiment", "Explorer")]
        apart = KEYS if kind == "Explorer" else ()
        words = [word for word in call.keywords if word.arg not in apart]
        values = {word.arg: ast.literal_eval(word.value) for word in words if word.arg}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(
            f"a line of code must hold one Experiment(…) with plain values, not {text[:60]!r}"
        ) from None
    if call.args or len(values) < len(words):
        raise ValueError("an experiment in code takes named fields only, such as hidden=4")
    return Experiment.from_state(values)
