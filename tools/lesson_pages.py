"""A lesson's notebook as a page: its cards, which need a running Python, become text."""

import ast
import json
import re
from typing import Any

PAPER = """:::{note}
This is the lesson to read. Its cards, which ask first and then train networks, work where Python
runs: open this notebook in JupyterLab (`ncviz lab`), or see
[Running it elsewhere](../docs/elsewhere.md).
:::"""

STILL = "ncviz-lesson-still"
TITLES = {"Predict": "Predict first", "SelfCheck": "Check yourself"}


def as_page(notebook: str) -> str:
    """Return the notebook with its cards written out and their code folded away."""
    read = json.loads(notebook)
    cells: list[dict[str, Any]] = []
    has_cards = False
    for cell in read["cells"]:
        cards = cards_of(cell) if cell["cell_type"] == "code" else []
        if cards:
            cells.append(text_cell("\n\n".join(cards), f"{cell['id']}-card"))
            cell["outputs"] = [output for output in cell["outputs"] if not is_still(output)]
        if cell["metadata"].get("jupyter", {}).get("source_hidden"):
            cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), "hide-input"]
        has_cards = has_cards or bool(cards)
        cells.append(cell)
    if has_cards:
        cells.insert(1, text_cell(PAPER, "on-paper"))
    return json.dumps(read | {"cells": cells}, ensure_ascii=False)


def text_cell(source: str, name: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name[-64:], "metadata": {}, "source": source}


def is_still(output: dict[str, Any]) -> bool:
    """Whether an output only says what a card asks, as a notebook keeps it."""
    return STILL in "".join(output.get("data", {}).get("text/html", ""))


def cards_of(cell: dict[str, Any]) -> list[str]:
    """Return the cards that a code cell makes, in words."""
    tree = ast.parse("".join(cell["source"]))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: call.lineno)
    return [
        card(call.func.id, call)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in TITLES
    ]


def card(kind: str, call: ast.Call) -> str:
    """Return one card in words: what it asks, what can be answered, and the explanation, folded."""
    given = {word.arg: literal(word.value) for word in call.keywords}
    question = plain(literal(call.args[0]))
    lines = [f":::{{admonition}} {TITLES[kind]}", ":class: tip", "", question, ""]
    if choices := given.get("choices"):
        lines += [f"- {plain(choice)}" for choice in choices]
    elif between := given.get("between"):
        lines.append("A number from {} to {}.".format(*between).replace("-", "−"))
    elif "choices" not in given:  # those that the lesson works out cannot be told here
        lines.append("A number.")
    lines.append(":::")
    if explanation := given.get("explain"):
        lines += ["", ":::{admonition} Why? Open this after your answer", ":collapsible: closed"]
        lines += ["", plain(explanation.strip()), ":::"]
    return "\n".join(lines)


def literal(node: ast.expr) -> Any:
    """Return a value that is written out, None for what is worked out in the lesson."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def plain(text: str) -> str:
    """Return text of a card, which knows no markup, so that none is seen in it here."""
    return re.sub(r"([\\`*_<\[$#])", r"\\\1", str(text))
