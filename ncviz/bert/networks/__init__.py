"""Pretrained networks, what they give for texts, and the nets that are trained on top."""

from dataclasses import dataclass
from typing import Any

from ncviz.bert.outside import need


@dataclass(frozen=True)
class Backbone:
    """A pretrained network that is frozen, and where it came from.

    Parameters
    ----------
    name : str
        What `backbone` finds it by.
    revision : str
        The hub's commit, the package with its version, or empty.
    sha256 : str
        Of the weights.
    licence : str
        Empty where it is not known.
    note : str
        What one should know of the weights, such as "4-bit rounded".
    width, layers, positions : int
        Numbers of a token, layers, longest text in tokens.
    prefix : str
        What the network was trained to see before each text.
    """

    name: str
    revision: str
    sha256: str
    licence: str
    note: str
    width: int
    layers: int
    positions: int
    prefix: str = ""

    def model(self) -> Any:
        """The whole network, in evaluation mode."""
        raise NotImplementedError

    def tokenizer(self) -> Any:
        """Its tokenizer, to be called with lists of texts that went through `prepare`."""
        raise NotImplementedError

    def prepare(self, text: str) -> str:
        """A text as the tokenizer wants it."""
        return self.prefix + text

    def top(self, layers: int) -> Any:
        """A ModuleList of its last layers."""
        model = self.model()
        return need("torch").nn.ModuleList(model.encoder.layer[self.layers - layers :])

    def __str__(self) -> str:
        about = [self.revision, self.note, f"sha256 {self.sha256[:12]}…"]
        return f"{self.name} ({', '.join(part for part in about if part)})"
