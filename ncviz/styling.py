"""Drawing with Matplotlib as it comes, whatever its user has set."""

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar

from ncviz.computing import unwarned

Given = ParamSpec("Given")
Back = TypeVar("Back")

THEIRS = ("backend", "interactive", "toolbar", "webagg.", "savefig.", "figure.max_open_warning")
"""So begin settings that no picture of ours depends on."""

_one_at_a_time = RLock()


def as_matplotlib_comes(work: Callable[Given, Back]) -> Callable[Given, Back]:
    """Let a function draw the same picture whatever the settings are, and leave them as found.

    Matplotlib has one set of them for all threads: so pictures of ours are drawn one at a time,
    and what is as it comes is not touched. What somebody sets in the meantime stays.

    Examples
    --------
    >>> from matplotlib import rc_context, rcParams
    >>> from ncviz.styling import as_matplotlib_comes
    >>> with rc_context({"lines.marker": "o"}):
    ...     print(as_matplotlib_comes(lambda: rcParams["lines.marker"])(), rcParams["lines.marker"])
    None o
    """

    @wraps(work)
    @unwarned
    def drawn(*args: Given.args, **kwargs: Given.kwargs) -> Back:
        from matplotlib import rcParams, rcParamsDefault

        # As a plain dict: `RcParams` itself checks values and warns of old names.
        comes, now = dict.items(rcParamsDefault), rcParams
        with _one_at_a_time:
            ours = {k: v for k, v in comes if k in now and not k.startswith(THEIRS)}
            found = {k: v for k, v in dict.items(now) if k in ours and v != ours[k]}
            try:
                dict.update(now, {name: ours[name] for name in found})
                return work(*args, **kwargs)
            finally:
                still = {k: v for k, v in found.items() if dict.__getitem__(now, k) is ours[k]}
                dict.update(now, still)

    return drawn
