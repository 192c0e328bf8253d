"""S made sharper by what is known beforehand: that no mean outcome moves with the partner."""

import numpy as np

from ncviz.bell import Behavior
from ncviz.bell.forms import MINUS
from ncviz.inference.designs import Counts, RandomSettings, table_of
from ncviz.inference.estimates import Array, Estimate

_ALICE = np.array([1, 1, -1, -1])
_BOB = np.array([1, -1, 1, -1])
_S = np.kron(MINUS[0], _ALICE * _BOB)
_OTHER_SETTING = {"A1": (0, 1), "A2": (2, 3), "B1": (0, 2), "B2": (1, 3)}


def s_given_no_signalling(design: RandomSettings | Counts) -> Estimate:
    """S and its 95 % interval where signalling is ruled out by design, as by distance.

    The four differences of marginals are then noise, and noise that goes with the noise of S: what
    they tell of it is taken off (generalised least squares; Gill, arXiv:2209.00702). Where
    signalling is possible, as in every network of ncviz, the result means nothing.

    Parameters
    ----------
    design : RandomSettings or Counts

    Returns
    -------
    Estimate
        The interval is ± 1.96 standard errors.

    Raises
    ------
    ValueError
        If the design is of another kind, such as paired runs.

    Notes
    -----
    With relative frequencies x of the sixteen outcomes, their multinomial covariance Σ, S = sᵀx
    and the four differences Nx: S − sᵀΣNᵀ(NΣNᵀ)⁻¹Nx.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, s_given_no_signalling, s_interval
    >>> nist = Counts(bell.PUBLISHED["nist 2015"].counts)
    >>> for s in s_interval(nist), s_given_no_signalling(nist):  # Gill: 5.9 and 7.6 errors
    ...     print(f"{s:.6f}, {1.96 * (s.value - 2) / (s.value - s.low):.1f} errors above 2")
    2.000092 [2.000062, 2.000123], 5.9 errors above 2
    2.000051 [2.000038, 2.000064], 7.6 errors above 2
    """
    table = table_of(design, "design")
    x = Behavior.from_counts(table.table).p.reshape(4, 4)
    sharper, spread = without_signalling(x, table.trials.astype(np.float64))
    value, error = float(_S @ sharper.ravel()), float(np.sqrt(_S @ spread @ _S))
    low, high = np.clip([value - 1.96 * error, value + 1.96 * error], -4, 4).tolist()
    return Estimate(value, low, high, int(table.trials.sum()))


def without_signalling(frequencies: Array, trials: Array) -> tuple[Array, Array]:
    """The nearest frequencies in which no mean outcome moves, and their covariance.

    Near in units of the multinomial noise: generalised least squares.

    Parameters
    ----------
    frequencies : array, shape (4, 4)
        Given the setting (11, 12, 21, 22), of the outcomes ++, +−, −+, −−.
    trials : array, shape (4,)
        In each setting.

    Returns
    -------
    nearest : array, shape (4, 4)
    spread : array, shape (16, 16)
    """
    spread = np.zeros((16, 16))
    for k, (p, n) in enumerate(zip(frequencies, trials, strict=True)):
        spread[4 * k : 4 * k + 4, 4 * k : 4 * k + 4] = (np.diag(p) - np.outer(p, p)) / n
    differences = _differences()
    # A marginal without noise has nothing to tell: hence the pseudoinverse.
    noise = np.linalg.pinv(differences @ spread @ differences.T, rcond=1e-12, hermitian=True)
    taken = spread @ differences.T @ noise
    nearest = frequencies.ravel() - taken @ differences @ frequencies.ravel()
    return nearest.reshape(4, 4), spread - taken @ differences @ spread


def _differences() -> Array:
    """What makes four differences of marginals out of the sixteen frequencies, shape (4, 16)."""
    rows = np.zeros((4, 4, 4))
    for row, (task, (first, second)) in zip(rows, _OTHER_SETTING.items(), strict=True):
        outcome = _ALICE if task[0] == "A" else _BOB
        row[first], row[second] = outcome, -outcome
    return rows.reshape(4, 16)
