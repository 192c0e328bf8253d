"""`Behavior`: the probabilities p(a, b | x, y) of a CHSH experiment."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ncviz.bell.bounds import CLASSICAL_BOUND
from ncviz.bell.forms import Array, chsh_forms, shifts, signalling
from ncviz.experiment import SETTINGS

TOLERANCE = 1e-9
"""How far probabilities may miss 0 or a sum of 1 through rounding."""

_OUTCOME = np.array([1.0, -1.0])


class Behavior:
    """Probabilities of two ±1 outcomes for two settings a side.

    Parameters
    ----------
    p : array_like, shape (..., 2, 2, 2, 2)
        ``p[..., x, y, a, b]``, the probability of outcomes (a, b) in setting (x, y); index 0 of
        a and b is the outcome +1. A leading dimension holds many behaviors at once.

    Raises
    ------
    ValueError
        Naming the setting, if a probability is negative or not finite or a setting's four do not
        sum to 1.

    Examples
    --------
    A Popescu–Rohrlich box reaches the algebraic maximum without any signalling:

    >>> from ncviz import bell
    >>> box = bell.Behavior.from_correlators([[1, 1], [1, -1]])
    >>> box.S, box.delta, box.D
    (4.0, 0.0, 2.0)
    """

    def __init__(self, p: ArrayLike) -> None:
        if np.iscomplexobj(p):
            raise ValueError("p must be real probabilities, not complex numbers")
        values = np.array(p, dtype=np.float64)
        if values.ndim < 4 or values.shape[-4:] != (2, 2, 2, 2):
            raise ValueError(f"p must have shape (…, 2, 2, 2, 2), not {values.shape}")
        _check(np.isfinite(values) & (values >= -TOLERANCE), "a probability that is not 0 to 1")
        total = values.sum(axis=(-2, -1), keepdims=True)
        _check(np.abs(total - 1) <= TOLERANCE, "probabilities that do not sum to 1")
        values.setflags(write=False)
        self.p: Array = values

    @classmethod
    def from_counts(cls, counts: ArrayLike) -> "Behavior":
        """Relative frequencies of counted outcomes.

        Parameters
        ----------
        counts : array_like of int, shape (..., 2, 2, 2, 2) or (..., 4, 4)
            Indexed like `p`, or (++, +−, −+, −−) for each of the settings 11, 12, 21, 22.

        Raises
        ------
        ValueError
            If a count is negative or not whole, or a setting has none.

        Examples
        --------
        >>> from ncviz import bell
        >>> delft = [(23, 3, 4, 23), (33, 11, 5, 30), (22, 10, 6, 24), (4, 20, 21, 6)]
        >>> print(round(bell.Behavior.from_counts(delft).S, 2))
        2.42
        """
        numbers = np.array(counts, dtype=np.float64)
        if numbers.ndim >= 2 and numbers.shape[-2:] == (4, 4):
            numbers = numbers.reshape(*numbers.shape[:-2], 2, 2, 2, 2)
        if numbers.ndim < 4 or numbers.shape[-4:] != (2, 2, 2, 2):
            raise ValueError(
                f"counts must have shape (…, 2, 2, 2, 2) or (…, 4, 4), not {np.shape(counts)}"
            )
        with np.errstate(invalid="ignore"):
            whole = np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers))
        _check(whole, "a count that is not a whole number of at least 0")
        total = numbers.sum(axis=(-2, -1), keepdims=True)
        _check(total > 0, "no counts at all")
        return cls(numbers / total)

    @classmethod
    def from_correlators(cls, C: ArrayLike, A: ArrayLike = 0, B: ArrayLike = 0) -> "Behavior":
        """The behavior with given correlators and marginals, p = (1 + aA + bB + abC)/4.

        Parameters
        ----------
        C : array_like, shape (..., 2, 2)
            ``C[..., x, y]``, from −1 to 1.
        A, B : array_like
            Mean outcomes of Alice and of Bob: one number; one for each of the side's own
            settings, shape (..., 2), with fewer dimensions than C; or, where they differ with
            the partner's setting, one for each (x, y), with as many dimensions as C.

        Raises
        ------
        ValueError
            If no probabilities have these correlators and marginals.
        """
        correlators = np.asarray(C, dtype=np.float64)
        if correlators.ndim < 2 or correlators.shape[-2:] != (2, 2):
            raise ValueError(f"C must have shape (…, 2, 2), not {correlators.shape}")
        alice = _by_setting("A", A, correlators.shape, own_axis=-2)
        bob = _by_setting("B", B, correlators.shape, own_axis=-1)
        a, b = _OUTCOME[:, None], _OUTCOME[None, :]
        c, m, n = (v[..., None, None] for v in (correlators, alice, bob))
        return cls((1 + a * m + b * n + a * b * c) / 4)

    @classmethod
    def from_outcomes(cls, a: ArrayLike, b: ArrayLike) -> "Behavior":
        """Relative frequencies of paired ±1 outcomes.

        Parameters
        ----------
        a, b : array_like of int, shape (..., 4, points)
            Alice's and Bob's outcomes in the settings 11, 12, 21, 22.

        Raises
        ------
        ValueError
            If the shapes differ or an outcome is not ±1.
        """
        alice, bob = np.asarray(a), np.asarray(b)
        if alice.shape != bob.shape or alice.ndim < 2 or alice.shape[-2] != 4 or not alice.size:
            raise ValueError(
                f"a and b must both have shape (…, 4, points), not {alice.shape} and {bob.shape}"
            )
        if not (np.isin(alice, (-1, 1)).all() and np.isin(bob, (-1, 1)).all()):
            raise ValueError("a and b must be outcomes, each −1 or +1")
        pairs = [
            np.count_nonzero((alice == i) & (bob == j), axis=-1) for i in (1, -1) for j in (1, -1)
        ]
        return cls.from_counts(np.stack(pairs, axis=-1))

    @cached_property
    def correlators(self) -> Array:
        """⟨ab⟩, shape (..., 2, 2), indexed [x, y]."""
        return np.asarray(
            self.p[..., 0, 0] - self.p[..., 0, 1] - self.p[..., 1, 0] + self.p[..., 1, 1]
        )

    @cached_property
    def marginals(self) -> Array:
        """Mean outcomes, shape (..., 2, 2, 2), indexed [party, x, y]; party 0 is Alice."""
        alice = self.p[..., 0, 0] + self.p[..., 0, 1] - self.p[..., 1, 0] - self.p[..., 1, 1]
        bob = self.p[..., 0, 0] - self.p[..., 0, 1] + self.p[..., 1, 0] - self.p[..., 1, 1]
        return np.stack([alice, bob], axis=-3)

    @cached_property
    def forms(self) -> Array:
        """The eight CHSH forms, shape (..., 8); the first is S (Clauser et al. 1969)."""
        return chsh_forms(self.correlators)

    @property
    def S(self) -> float | Array:
        """C11 + C12 + C21 − C22, from −4 to 4."""
        return _scalar(self.forms[..., 0])

    @property
    def s_odd(self) -> float | Array:
        """The largest of the eight forms; at most 2 for local models (Fine 1982)."""
        return _scalar(self.forms.max(axis=-1))

    @property
    def shifts(self) -> Array:
        """How ⟨A1⟩, ⟨A2⟩, ⟨B1⟩, ⟨B2⟩ move from the partner's first task to its second, (..., 4)."""
        return shifts(self.marginals)

    @property
    def delta(self) -> float | Array:
        """Signalling δ: the sum of the four shifts' sizes, 0 to 8 (Dzhafarov et al. 2015)."""
        return _scalar(signalling(self.marginals))

    @property
    def D(self) -> float | Array:
        """Excess D = s_odd − 2 − δ over what δ can account for.

        D > 0 is contextuality by default (Kujala & Dzhafarov 2016, 2019).
        """
        return _scalar(self.forms.max(axis=-1) - CLASSICAL_BOUND - signalling(self.marginals))

    def __repr__(self) -> str:
        if self.p.ndim > 4:
            return f"<Behavior: {int(np.prod(self.p.shape[:-4]))} behaviors>"
        return f"<Behavior: S = {self.S:.3f}, δ = {self.delta:.3f}, D = {self.D:.3f}>"


def _scalar(values: Array) -> float | Array:
    return float(values) if values.ndim == 0 else values


def _by_setting(name: str, means: ArrayLike, shape: tuple[int, ...], own_axis: int) -> Array:
    """Spread mean outcomes over all four settings, along the partner's axis where needed."""
    values = np.asarray(means, dtype=np.float64)
    if 0 < values.ndim < len(shape):
        values = np.expand_dims(values, -1 if own_axis == -2 else -2)
    try:
        return np.broadcast_to(values, shape)
    except ValueError:
        raise ValueError(
            f"{name} must be a number or have shape (…, 2) or (…, 2, 2) to go with C of shape "
            f"{shape}, not {np.shape(means)}"
        ) from None


def _check(good: NDArray[np.bool_], problem: str) -> None:
    """Raise for the first setting in which something is not good."""
    if good.all():
        return
    worst = good.all(axis=(-2, -1)).reshape(-1, 4).all(axis=0)
    raise ValueError(f"setting {SETTINGS[int(np.argmin(worst))]} has {problem}")
