"""A sentence about what something costs, and the one button that starts it all the same."""

from collections.abc import Callable

import traitlets

from ncviz.sweeps.cost import Price
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm


class Consent(PageWidget):
    """Ask before something that costs much; nothing at all while there is nothing to ask."""

    _esm = esm("base", "controls", "consent")
    _css = css("base", "controls", "consent")

    sentence = traitlets.Unicode().tag(sync=True)
    offer = traitlets.Unicode().tag(sync=True)

    def ask(self, sentence: str, price: Price) -> None:
        """Say what it costs, or why it cannot be."""
        refusal = price.refusal()
        with self.hold_sync():
            self.sentence = refusal or sentence
            self.offer = "" if refusal else f"Train anyway: {price.words}"

    def take_back(self) -> None:
        """There is nothing to ask any longer."""
        with self.hold_sync():
            self.sentence = self.offer = ""

    def on_agree(self, callback: Callable[[], None]) -> None:
        """Call ``callback()`` when the button is pressed while there is one."""
        on_message(self, lambda agree: callback() if self.offer else None, {"agree": bool})
