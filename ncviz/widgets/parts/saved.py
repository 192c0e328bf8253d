"""An experiment as the texts that leave the Explorer, and back."""

import ast

from ncviz.experiment import Experiment

LONGEST = 50_000
"""Characters of a saved state: room for a lesson, however its letters are written."""


def line_of(experiment: Experiment) -> str:
    """One line of Python that runs an experiment again."""
    return f"from ncviz import Experiment; r = {experiment.code()}.run()"


def read(text: str) -> Experiment:
    """The experiment that a text stands for: JSON, a query, an address with one, or a code line.

    Code is read, never run: only ``Experiment(…)`` with plain values in it is understood.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a saved state has at most {LONGEST:,} characters; this text has more")
    text = text.strip()
    if text.startswith("{"):
        return Experiment.from_json(text)
    if "Experiment(" in text:
        return _from_code(text)
    query = (text.partition("?")[2] if "?" in text else text).partition("#")[0]
    if "=" not in query:
        raise ValueError(
            f"a saved state is JSON, a query like ?hidden=4, or a line of code, not {text[:40]!r}"
        )
    return Experiment.from_query(query)


def _from_code(text: str) -> Experiment:
    try:
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        (call,) = [c for c in calls if ast.unparse(c.func).split(".")[-1] == "Experiment"]
        values = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(
            f"a line of code must hold one Experiment(…) with plain values, not {text[:60]!r}"
        ) from None
    if call.args or len(values) < len(call.keywords):
        raise ValueError("an experiment in code takes named fields only, such as hidden=4")
    return Experiment.from_state(values)
