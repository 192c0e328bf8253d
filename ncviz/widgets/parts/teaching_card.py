"""What a teacher says, on top of the Explorer, and what is not allowed."""

import traitlets

from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import css, esm


class TeachingCard(PageWidget):
    r"""A title, paragraphs, and a notice; nothing at all while these are empty."""

    _esm = esm("base", "controls", "teaching_card")
    _css = css("base", "controls", "teaching_card")

    title = traitlets.Unicode().tag(sync=True)
    paragraphs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)

    def __init__(self, text: str = "") -> None:
        title, *paragraphs = [line.strip() for line in text.splitlines() if line.strip()] or [""]
        super().__init__(title=title, paragraphs=paragraphs)
        self.add_class("ncviz-teaching")

    def describe(self) -> str:
        """All that it says, as text."""
        return "\n".join(part for part in (self.title, *self.paragraphs, self.notice) if part)
