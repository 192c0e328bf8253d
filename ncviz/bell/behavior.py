"""`Behavior`: the probabilities p(a, b | x, y) of a CHSH experiment."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ncviz.basics.checks import LARGEST_SEED, numbers, regular, whole
from ncviz.basics.computing import unwarned
from ncviz.basics.handing import handed_out
from ncviz.basics.protocol import SETTINGS
from ncviz.bell import sets
from ncviz.bell.forms import CLASSICAL_BOUND, TOLERANCE, Array, chsh_forms
from ncviz.bell.signalling import shifts, signalling

LARGEST_COUNT = 2.0**53  # larger ones are not exact as floating-point numbers
LARGEST_TRIALS = 10**9  # more trials could make an outcome of probability 0 appear through rounding


class Behavior:
    """Probabilities of two ±1 outcomes for two settings a side.

    Parameters
    ----------
    p : array_like, shape (..., 2, 2, 2, 2)
        ``p[..., x, y, a, b]``, the probability of outcomes (a, b) in setting (x, y); index 0 of
        a and b is the outcome +1. A leading dimension holds many behaviors at once. `ValueError`,
        naming the setting, if one is negative or not finite or four do not sum to 1.

    Examples
    --------
    >>> from ncviz import bell
    >>> counts = [(23, 3, 4, 23), (33, 11, 5, 30), (22, 10, 6, 24), (4, 20, 21, 6)]
    >>> bell.Behavior.from_counts(counts)
    <Behavior: S = 2.422, δ = 0.358, D = 0.065>
    """

    def __init__(self, p: ArrayLike) -> None:
        values = numbers("p", p)
        if values.ndim < 4 or values.shape[-4:] != (2, 2, 2, 2):
            raise ValueError(f"p must have shape (…, 2, 2, 2, 2), not {values.shape}")
        possible = np.isfinite(values) & (values >= -TOLERANCE)
        _check_settings(possible, values, "a probability that is not 0 to 1")
        one = np.abs(values.sum(axis=(-2, -1), keepdims=True) - 1) <= TOLERANCE
        _check_settings(one, values, "probabilities that do not sum to 1")
        values.setflags(write=False)
        self.p: Array = values

    @classmethod
    def from_counts(cls, counts: ArrayLike) -> "Behavior":
        """Relative frequencies of counts (..., 2, 2, 2, 2), indexed like `p`, or (..., 4, 4).

        The latter are (++, +−, −+, −−) for each of the settings 11, 12, 21, 22. `ValueError`,
        naming the setting, if one is negative or not whole, or there are none.
        """
        return cls(_frequencies(counts))

    @classmethod
    def from_correlators(cls, C: ArrayLike, A: ArrayLike = 0, B: ArrayLike = 0) -> "Behavior":
        """The behavior p = (1 + aA + bB + abC)/4 with given correlators and marginals.

        ``C[..., x, y]`` are from −1 to 1. A and B, mean outcomes of Alice and of Bob, are one
        number; one for each of the side's own settings, shape (..., 2), with fewer dimensions
        than C; or, where they differ with the partner's setting, of C's shape. `ValueError`,
        naming the setting, if no probabilities have these.
        """
        return cls(_compatible(C, A, B))

    @classmethod
    def from_outcomes(cls, a: ArrayLike, b: ArrayLike) -> "Behavior":
        """Relative frequencies of paired ±1 outcomes (..., 4, points) of Alice and of Bob.

        In the settings 11, 12, 21, 22; `ValueError` if shapes differ or an outcome is not ±1.
        """
        return cls(_frequencies(_tally(a, b)))

    @handed_out
    def correlators(self) -> Array:
        """⟨ab⟩, shape (..., 2, 2), indexed [x, y]."""
        p = self.p
        return np.asarray(p[..., 0, 0] - p[..., 0, 1] - p[..., 1, 0] + p[..., 1, 1])

    @handed_out
    def marginals(self) -> Array:
        """Mean outcomes, shape (..., 2, 2, 2), indexed [party, x, y]; party 0 is Alice."""
        alice = self.p[..., 0, 0] + self.p[..., 0, 1] - self.p[..., 1, 0] - self.p[..., 1, 1]
        bob = self.p[..., 0, 0] - self.p[..., 0, 1] + self.p[..., 1, 0] - self.p[..., 1, 1]
        return np.stack([alice, bob], axis=-3)

    @handed_out
    def forms(self) -> Array:
        """The eight CHSH forms, shape (..., 8); the first is S (Clauser et al. 1969)."""
        return chsh_forms(self.correlators)

    @property
    def S(self) -> float | Array:
        """C11 + C12 + C21 − C22, from −4 to 4."""
        return _plain(self.forms[..., 0])

    @property
    def s_odd(self) -> float | Array:
        """The largest of the eight forms; at most 2 for local models (Fine 1982)."""
        return _plain(self.forms.max(axis=-1))

    @property
    def shifts(self) -> Array:
        """How ⟨A1⟩, ⟨A2⟩, ⟨B1⟩, ⟨B2⟩ move from the partner's first task to its second, (..., 4)."""
        return shifts(self.marginals)

    @property
    def delta(self) -> float | Array:
        """Signalling δ: the sum of the four shifts' sizes, 0 to 8 (Dzhafarov et al. 2015)."""
        return _plain(signalling(self.marginals))

    @property
    def win_chance(self) -> float | Array:
        """(4 + S)/8, 0 to 1: how often the CHSH game is won with fair random settings.

        To win is ab = +1, or ab = −1 in setting 22. Local models win at most 3/4 of the time.
        """
        return _plain((4 + self.forms[..., 0]) / 8)

    @property
    def D(self) -> float | Array:
        """Excess D = s_odd − 2 − δ over what δ can account for, at most 2.

        D > 0 is contextuality by default (Kujala & Dzhafarov 2016, 2019).
        """
        return _plain(self._excess)

    @property
    def CNT2(self) -> float | Array:
        """How contextual: max(0, D)/4, 0 to 1/2.

        The least change of the four p(++), in L1, that ends contextuality while marginals stay
        (Kujala & Dzhafarov 2019; Dzhafarov, Kujala & Cervantes 2020).
        """
        # Fixed marginals: p(++) moves a form four times as fast, in every setting alike, so that
        # the nearest point of the facet form = 2 + δ lies D/4 away in L1.
        return _plain(np.asarray(np.maximum(0, self._excess) / 4))

    @property
    def NCNT2(self) -> float | Array:
        """How noncontextual: min(−D/4, smallest probability), and 0 where D > 0.

        The L1 distance of the four p(++) to the surface of the noncontextual behaviors with
        these marginals (sources as for `CNT2`).
        """
        # The facets are the eight forms, the nearest −D/4 away, and the Fréchet bounds of p(++) in
        # each setting, which it is p(−−), p(++), p(+−) and p(−+) away from.
        least = self.p.min(axis=(-4, -3, -2, -1))
        return _plain(np.asarray(np.maximum(0, np.minimum((0 - self._excess) / 4, least))))

    @handed_out
    def _excess(self) -> Array:
        return np.asarray(self.forms.max(axis=-1) - CLASSICAL_BOUND - signalling(self.marginals))

    def contextual_fraction(self) -> float | Array:
        """CF, 0 to 1: the share that no mixture of deterministic strategies can supply.

        CF = 1 − max Σw over weights w ≥ 0 of the 16 strategies that together give no event more
        than its probability (Abramsky, Barbosa & Mansfield 2017); without signalling that is
        max(0, (s_odd − 2)/2). A linear programme a behavior, about 2 ms.
        """
        return _plain(sets.contextual_fraction(self.p))

    def signalling_fraction(self) -> float | Array:
        """SF, 0 to 1: the share that no behavior without signalling can supply.

        As `contextual_fraction`, with weights of either sign that make no event's probability
        negative (Abramsky, Barbosa & Mansfield 2017). A linear programme a behavior, about 2 ms.
        """
        return _plain(sets.signalling_fraction(self.p))

    def is_local(self) -> bool | NDArray[np.bool_]:
        """Whether a mixture of deterministic strategies is exactly this: δ = 0 and s_odd ≤ 2.

        Fine (1982). To within rounding (1e-9), and of these probabilities only: counts nearly
        always signal a little by chance, and so are not local.
        """
        answer = sets.local(self.forms, self.marginals)
        return answer if answer.ndim else bool(answer)

    def is_quantum(self) -> bool | NDArray[np.object_] | None:
        """Whether quantum theory allows exactly this, to within rounding (1e-9): bool, or None.

        False where it signals, True where it is local. With marginals of 0 it is exact:
        |Σ asin C − 2 asin C_xy| ≤ π for every xy (Tsirelson 1987; Landau 1988; Masanes 2003). Else
        False where level 1 of the NPA hierarchy excludes it (Navascués, Pironio & Acín 2007), or
        None: undecided.
        """
        answer = sets.quantum(self.correlators, self.marginals)
        return answer if answer.ndim else answer.item()

    def sample(self, trials: int, seed: int) -> NDArray[np.int64]:
        """Counts of a simulated experiment, shape (..., 4, 4), for `from_counts`.

        `trials` a setting, 1 to 10⁹; `seed` 0 to 2**64 − 1, of ``default_rng``; else `ValueError`.
        """
        number = whole("trials", trials, 1, LARGEST_TRIALS)
        rng = np.random.default_rng(whole("seed", seed, 0, LARGEST_SEED))
        chances = np.maximum(0, self.p).reshape(*self.p.shape[:-4], 4, 4)
        return rng.multinomial(number, chances / chances.sum(axis=-1, keepdims=True))

    def __repr__(self) -> str:
        if self.p.ndim > 4:
            return f"<Behavior: {int(np.prod(self.p.shape[:-4]))} behaviors>"
        return f"<Behavior: S = {self.S:.3f}, δ = {self.delta:.3f}, D = {self.D:.3f}>"


def _plain(values: Array) -> float | Array:
    """A float for one behavior."""
    return float(values) if values.ndim == 0 else values


# Probabilities p[…, x, y, a, b] from what is at hand, checked setting by setting


def _frequencies(counts: ArrayLike) -> Array:
    """Counts of (++, +−, −+, −−), setting by setting, over the setting's total."""
    values = numbers("counts", counts)
    if values.ndim >= 2 and values.shape[-2:] == (4, 4):
        values = values.reshape(*values.shape[:-2], 2, 2, 2, 2)
    if values.ndim < 4 or values.shape[-4:] != (2, 2, 2, 2):
        raise ValueError(f"counts must have shape (…, 2, 2, 2, 2) or (…, 4, 4), not {values.shape}")
    floor = unwarned(lambda: np.floor(values))()
    good = (values >= 0) & (values <= LARGEST_COUNT) & (values == floor)
    _check_settings(good, values, "a count that is not a whole number of at least 0")
    total = values.sum(axis=(-2, -1), keepdims=True)
    _check_settings(total > 0, values, "no counts at all")
    return np.asarray(values / total)


def _compatible(C: ArrayLike, A: ArrayLike, B: ArrayLike) -> Array:
    """The one table with these correlators and mean outcomes, p = (1 + aA + bB + abC)/4."""
    correlators = numbers("C", C)
    if correlators.ndim < 2 or correlators.shape[-2:] != (2, 2):
        raise ValueError(f"C must have shape (…, 2, 2), not {correlators.shape}")
    alice = _by_setting("A", A, correlators.shape, partner_axis=-1)
    bob = _by_setting("B", B, correlators.shape, partner_axis=-2)
    a, b = np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]])
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


def _tally(a: ArrayLike, b: ArrayLike) -> NDArray[np.int64]:
    """Counts (…, 4, 4) of the pairs (++, +−, −+, −−) among paired outcomes (…, 4, points)."""
    alice, bob = regular("a", a), regular("b", b)
    if alice.shape != bob.shape or alice.ndim < 2 or alice.shape[-2] != 4 or not alice.size:
        shapes = f"{alice.shape} and {bob.shape}"
        raise ValueError(f"a and b must both have shape (…, 4, points), not {shapes}")
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
