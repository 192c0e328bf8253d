"""How we compute: functions around functions, as Ctrl-C may come into a ``with`` block's end."""

import os
import sys
from collections.abc import Callable, Generator
from contextvars import copy_context
from functools import partial, wraps
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")
Step = TypeVar("Step")

ROUGH = ("tf32", "bf16", "high", "medium")  # settings that let torch round what it multiplies


def contained(work: Callable[P, T]) -> Callable[P, T]:
    """Let a function leave no trace in NumPy's error state, which is kept in the context."""

    @wraps(work)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        return copy_context().run(work, *args, **kwargs)

    return alone


def unwarned(work: Callable[P, T]) -> Callable[P, T]:
    """Let NumPy say nothing of divisions by zero, or of what is no number, within a function."""

    @contained
    @wraps(work)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> T:
        np.seterr(all="ignore")
        return work(*args, **kwargs)

    return quiet


def one_thread(work: Callable[P, T]) -> Callable[P, T]:
    """Keep torch to one thread within a function: more are 3 to 30 times slower on small nets."""
    return _as_found(work, inference=False)


def without_autograd(work: Callable[P, T]) -> Callable[P, T]:
    """Keep torch to one thread, and from noting gradients, within a function (no generator)."""
    return _as_found(work, inference=True)


def _as_found(work: Callable[P, T], inference: bool) -> Callable[P, T]:
    @contained
    @wraps(work)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        import torch

        who, threads, grad = object(), torch.get_num_threads(), torch.is_grad_enabled()
        mode = None if torch.is_inference_mode_enabled() else torch.inference_mode()

        def restore() -> None:
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            if mode is not None and torch.is_inference_mode_enabled():
                mode.__exit__(None, None, None)
            if torch.is_grad_enabled() != grad:
                torch.set_grad_enabled(grad)
            _products.leave(who)

        try:
            try:
                _products.enter(who)
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


class _FullProducts:
    """Matrix products in full single precision for as long as anybody is within.

    torch has one setting for all threads: who comes first notes what was found, who goes last
    brings it back. No lock: Ctrl-C might leave it closed for ever.
    """

    def __init__(self) -> None:
        self._within, self._found = set[object](), list[tuple[Callable[[str], None], str]]()

    def enter(self, who: object) -> None:
        self._found = self._found or [found for found in _precisions() if found[1] in ROUGH]
        if self._found:
            self._within.add(who)
        for keep, value in self._found:
            keep("ieee" if value in ("tf32", "bf16") else "highest")

    def leave(self, who: object) -> None:
        """Again and again, if need be."""
        self._within.discard(who)
        if self._found and not self._within:
            for keep, value in self._found:
                keep(value)
            self._found = []


def _precisions() -> list[tuple[Callable[[str], None], str]]:
    """Where torch keeps how exactly it multiplies, and what it keeps there."""
    import torch

    backends = (torch.backends.mkldnn, torch.backends.cuda)
    owners = [backend.matmul for backend in backends if hasattr(backend, "matmul")]
    if all(hasattr(owner, "fp32_precision") for owner in owners) and len(owners) == len(backends):
        return [(partial(setattr, o, "fp32_precision"), o.fp32_precision) for o in owners]
    # Before torch 2.9.
    return [(torch.set_float32_matmul_precision, torch.get_float32_matmul_precision())]


_products = _FullProducts()


def as_torch_comes(work: Callable[P, T]) -> Callable[P, T]:
    """Let others' code make float32 on the CPU and draw nothing from the user's chance; brief."""

    @wraps(work)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        import torch

        found = torch.get_default_dtype()
        try:
            with torch.random.fork_rng(devices=[]), torch.device("cpu"):
                torch.set_default_dtype(torch.float32)  # of all threads, hence brief
                return work(*args, **kwargs)
        finally:
            torch.set_default_dtype(found)

    return alone


def cores() -> int:
    """How many cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def to_the_end(steps: Generator[Step, None, T], see: Callable[[Step], object] | None = None) -> T:
    """Take all steps, and return what the generator returns."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            found: T = end.value
            return found
        if see is not None:
            see(step)


def with_bar(steps: Generator[float, None, T], progress: bool) -> T:
    """Take all steps, each the share that is done, under a bar of progress."""
    from tqdm.auto import tqdm

    with tqdm(total=1.0, disable=not seen(progress), bar_format="{percentage:3.0f}% {bar}") as bar:
        return to_the_end(steps, lambda share: bar.update(share - bar.n))


def seen(progress: bool = True) -> bool:
    """Whether a bar of progress can be seen: a Python without a console has no stderr."""
    return progress and sys.stderr is not None
