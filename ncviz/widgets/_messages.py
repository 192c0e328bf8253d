"""Messages from a widget's script to Python."""

from collections.abc import Callable
from typing import Any

import anywidget


def on_message(
    widget: anywidget.AnyWidget, key: str, callback: Callable[[dict[str, Any]], None]
) -> None:
    """Call ``callback(content)`` for each message of a widget that holds a key.

    Parameters
    ----------
    widget : AnyWidget
        Its script sends ``{key: …}``.
    key : str
        Messages without it are for somebody else.
    callback : callable
        Takes the message.
    """

    def receive(_widget: object, content: Any, _buffers: object) -> None:
        if isinstance(content, dict) and key in content:
            callback(content)

    widget.on_msg(receive)
