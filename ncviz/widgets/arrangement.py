"""Boxes of the Explorer, where only what is there takes room, and their end."""

from ipywidgets import Widget

from ncviz.widgets.door import Box
from ncviz.widgets.view import close_with_layout


def box(name: str, *children: Widget | None) -> Box | None:
    """A box of the children that are there, with the class ``ncviz-<name>``; None without any.

    Examples
    --------
    >>> from ncviz.widgets.arrangement import box
    >>> box("side", None) is None
    True
    """
    there = [child for child in children if child is not None]
    if not there:
        return None
    made = Box(there)
    made.add_class(f"ncviz-{name}")
    return made


def close_tree(widget: Widget) -> None:
    """Close a widget with all its children and layouts; ipywidgets closes only the outermost."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    widget.unobserve_all()
    close_with_layout(widget)
