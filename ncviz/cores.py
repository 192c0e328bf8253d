"""How many cores there are for this process."""

import os


def cores() -> int:
    """How many cores this process may use, at least 1.

    Examples
    --------
    >>> from ncviz.cores import cores
    >>> cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
