"""What was found, in words and in a table of text."""

from collections.abc import Sequence

import traitlets

from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import css, esm


class Statement(PageWidget):
    """A card with a heading, sentences, and a table."""

    _esm = esm("base", "statement")
    _css = css("base", "statement")

    title = traitlets.Unicode().tag(sync=True)
    sentences = traitlets.List(traitlets.Unicode()).tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    wait = traitlets.Unicode("working…").tag(sync=True)

    def __init__(self, title: str) -> None:
        super().__init__(title=title)

    def fill(
        self,
        sentences: Sequence[str] = (),
        columns: Sequence[str] = (),
        rows: Sequence[Sequence[str]] = (),
    ) -> None:
        """Say something else."""
        with self.hold_sync():
            self.sentences, self.columns = list(sentences), list(columns)
            self.rows = [list(row) for row in rows]
