"""How we compute: on one thread of torch's, and without a trace in its settings or NumPy's.

What was found is there again at the end, and where Ctrl-C comes, wherever it comes: also into the
beginning or the end of a ``with`` block, which Python itself does not protect. So these are
functions around functions, and no such blocks.
"""

from collections.abc import Callable
from contextvars import copy_context
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")


def contained(work: Callable[P, T]) -> Callable[P, T]:
    """Let a function leave no trace in NumPy's error state, which NumPy itself changes, too.

    It is kept in the context; what a copy of the context is told is gone with the copy.
    """

    @wraps(work)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        return copy_context().run(work, *args, **kwargs)

    return alone


def unwarned(work: Callable[P, T]) -> Callable[P, T]:
    """Let NumPy say nothing of divisions by zero and of what is no number, within a function.

    Examples
    --------
    >>> import numpy as np
    >>> from ncviz.computing import unwarned
    >>> str(unwarned(np.log)(0.0))
    '-inf'
    """

    @contained
    @wraps(work)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> T:
        np.seterr(divide="ignore", invalid="ignore")
        return work(*args, **kwargs)

    return quiet


def one_thread(work: Callable[P, T]) -> Callable[P, T]:
    """Keep torch to one thread within a function; for what needs gradients.

    On nets this small more threads are 3 to 30 times slower. Each thread of Python's has a number
    of its own, so that an Explorer's worker may train at the same time as a cell.
    """
    return _as_found(work, inference=False)


def without_autograd(work: Callable[P, T]) -> Callable[P, T]:
    """Keep torch to one thread, and let it note nothing for gradients, within a function.

    Not for a generator: it would be left before its first step.

    Examples
    --------
    >>> import torch
    >>> from ncviz.computing import without_autograd
    >>> without_autograd(torch.is_inference_mode_enabled)(), torch.is_inference_mode_enabled()
    (True, False)
    """
    return _as_found(work, inference=True)


def _as_found(work: Callable[P, T], inference: bool) -> Callable[P, T]:
    @contained
    @wraps(work)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        import torch

        threads, grad = torch.get_num_threads(), torch.is_grad_enabled()
        mode = None if torch.is_inference_mode_enabled() else torch.inference_mode()

        def restore() -> None:
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            if mode is not None and torch.is_inference_mode_enabled():
                mode.__exit__(None, None, None)
            if torch.is_grad_enabled() != grad:
                torch.set_grad_enabled(grad)

        try:
            try:
                if threads > 1:  # else it would be one for threads that are yet to come, too
                    torch.set_num_threads(1)
                if inference and mode is not None:
                    mode.__enter__()
                return work(*args, **kwargs)
            finally:
                restore()
        finally:
            restore()  # where Ctrl-C came into the first one

    return alone
