"""Probabilities p[…, x, y, a, b] from what is at hand, checked setting by setting."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ncviz.basics.checks import LARGEST_SEED, numbers, regular, whole
from ncviz.basics.computing import unwarned
from ncviz.basics.protocol import SETTINGS
from ncviz.bell.forms import TOLERANCE, Array

LARGEST_COUNT = 2.0**53  # larger ones are not exact as floating-point numbers

_OUTCOME = np.array([1.0, -1.0])


def checked(p: ArrayLike) -> Array:
    """A read-only copy of probabilities, none negative, four of a setting with sum 1."""
    values = numbers("p", p)
    if values.ndim < 4 or values.shape[-4:] != (2, 2, 2, 2):
        raise ValueError(f"p must have shape (…, 2, 2, 2, 2), not {values.shape}")
    possible = np.isfinite(values) & (values >= -TOLERANCE)
    _check_settings(possible, values, "a probability that is not 0 to 1")
    total = values.sum(axis=(-2, -1), keepdims=True)
    _check_settings(np.abs(total - 1) <= TOLERANCE, values, "probabilities that do not sum to 1")
    values.setflags(write=False)
    return values


def frequencies(counts: ArrayLike) -> Array:
    """Counts of (++, +−, −+, −−), setting by setting, over the setting's total."""
    values = numbers("counts", counts)
    if values.ndim >= 2 and values.shape[-2:] == (4, 4):
        values = values.reshape(*values.shape[:-2], 2, 2, 2, 2)
    if values.ndim < 4 or values.shape[-4:] != (2, 2, 2, 2):
        raise ValueError(f"counts must have shape (…, 2, 2, 2, 2) or (…, 4, 4), not {values.shape}")
    floor = unwarned(lambda: np.floor(values))()
    whole = (values >= 0) & (values <= LARGEST_COUNT) & (values == floor)
    _check_settings(whole, values, "a count that is not a whole number of at least 0")
    total = values.sum(axis=(-2, -1), keepdims=True)
    _check_settings(total > 0, values, "no counts at all")
    return np.asarray(values / total)


def compatible(C: ArrayLike, A: ArrayLike, B: ArrayLike) -> Array:
    """The one table with these correlators and mean outcomes, p = (1 + aA + bB + abC)/4."""
    correlators = numbers("C", C)
    if correlators.ndim < 2 or correlators.shape[-2:] != (2, 2):
        raise ValueError(f"C must have shape (…, 2, 2), not {correlators.shape}")
    alice = _by_setting("A", A, correlators.shape, partner_axis=-1)
    bob = _by_setting("B", B, correlators.shape, partner_axis=-2)
    a, b = _OUTCOME[:, None], _OUTCOME[None, :]
    c, m, n = (v[..., None, None] for v in (correlators, alice, bob))
    p = np.asarray((1 + a * m + b * n + a * b * c) / 4)
    least = p.min(axis=(-2, -1))
    bad = ~(least >= -TOLERANCE)
    if bad.any():
        k = int(np.argmax(bad))
        raise ValueError(
            f"setting {SETTINGS[k % 4]} cannot have C = {correlators.flat[k]:g} with "
            f"A = {alice.flat[k]:g} and B = {bob.flat[k]:g}: "
            f"its smallest probability would be {least.flat[k]:g}"
        )
    return p


def tally(a: ArrayLike, b: ArrayLike) -> NDArray[np.int64]:
    """Counts (…, 4, 4) of the pairs (++, +−, −+, −−) among paired outcomes (…, 4, points)."""
    alice, bob = regular("a", a), regular("b", b)
    if alice.shape != bob.shape or alice.ndim < 2 or alice.shape[-2] != 4 or not alice.size:
        raise ValueError(
            f"a and b must both have shape (…, 4, points), not {alice.shape} and {bob.shape}"
        )
    for name, outcomes in (("a", alice), ("b", bob)):
        bad = (outcomes != 1) & (outcomes != -1)
        if bad.any():
            value = outcomes.flat[int(np.argmax(bad))]
            raise ValueError(f"{name} must be outcomes, each −1 or +1, not {value}")
    pairs = [np.count_nonzero((alice == i) & (bob == j), axis=-1) for i in (1, -1) for j in (1, -1)]
    return np.stack(pairs, axis=-1)


def _by_setting(name: str, means: ArrayLike, shape: tuple[int, ...], partner_axis: int) -> Array:
    """Spread mean outcomes over all four settings, along the partner's axis where needed."""
    given = values = numbers(name, means)
    if 0 < values.ndim < len(shape):
        values = np.expand_dims(values, partner_axis)
    try:
        return np.broadcast_to(values, shape)
    except ValueError:
        raise ValueError(
            f"{name} must be a number or have shape (…, 2) or (…, 2, 2) to go with C of shape "
            f"{shape}, not {given.shape}"
        ) from None


def _check_settings(good: NDArray[np.bool_], values: Array, problem: str) -> None:
    """Raise for the first setting in which something is not good."""
    if good.all():
        return
    k = int(np.argmin(good.all(axis=(-2, -1))))
    shown = ", ".join(f"{value:g}" for value in values.reshape(-1, 4)[k])
    raise ValueError(f"setting {SETTINGS[k % 4]} has {problem}: ++, +−, −+, −− = {shown}")


LARGEST_TRIALS = 10**9  # more trials could make an outcome of probability 0 appear through rounding


def draw_counts(p: Array, trials: int, seed: int) -> NDArray[np.int64]:
    """Multinomial counts (…, 4, 4), `trials` in each of the settings 11, 12, 21, 22."""
    number = whole("trials", trials, 1, LARGEST_TRIALS)
    rng = np.random.default_rng(whole("seed", seed, 0, LARGEST_SEED))
    chances = np.maximum(0, p).reshape(*p.shape[:-4], 4, 4)
    return rng.multinomial(number, chances / chances.sum(axis=-1, keepdims=True))
