"""Simulated counts against the probabilities that they are drawn from."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import chi2, chisquare

from ncviz import bell
from ncviz.bell import Behavior

LOADED = Behavior.from_correlators([[0.6, 0.1], [-0.2, 0.3]], A=[0.1, -0.3], B=[0.2, 0.0])


def test_counts_are_whole_and_add_up_in_every_setting() -> None:
    many = Behavior(np.broadcast_to(LOADED.p, (3, 5, 2, 2, 2, 2)))
    counts = many.sample(trials=37, seed=1)
    assert counts.shape == (3, 5, 4, 4)
    assert counts.dtype == np.int64
    assert (counts >= 0).all()
    assert (counts.sum(axis=-1) == 37).all()


def test_counts_are_in_the_order_that_from_counts_takes() -> None:
    for x, y, a, b in product(range(2), repeat=4):
        p = np.full((2, 2, 2, 2), 0.25)
        p[x, y] = np.zeros((2, 2))
        p[x, y, a, b] = 1
        counts = Behavior(p).sample(trials=50, seed=3)
        assert counts[2 * x + y, 2 * a + b] == 50
        assert Behavior.from_counts(counts).p[x, y, a, b] == 1


def test_frequencies_are_the_probabilities() -> None:
    counts = LOADED.sample(trials=1_000_000, seed=4)
    for row, p in zip(counts, LOADED.p.reshape(4, 4), strict=True):
        assert chisquare(row, 1_000_000 * p).pvalue > 1e-4


def test_counts_scatter_as_independent_trials_do() -> None:
    copies, trials = 20_000, 40
    counts = Behavior(np.broadcast_to(LOADED.p, (copies, 2, 2, 2, 2))).sample(trials, seed=5)
    p = LOADED.p.reshape(4, 4)
    for k in range(4):
        wanted = trials * (np.diag(p[k]) - np.outer(p[k], p[k]))
        # An estimated covariance has about the variance (product of the variances + cov²)/copies.
        spread = np.sqrt((np.outer(np.diag(wanted), np.diag(wanted)) + wanted**2) / copies)
        assert (np.abs(np.cov(counts[:, k].T) - wanted) < 5 * spread).all()
    # Settings are drawn independently of each other.
    together = np.corrcoef(counts[:, 0, 0], counts[:, 3, 0])[0, 1]
    assert abs(together) < 5 / np.sqrt(copies)


def test_s_of_samples_has_the_standard_error_of_the_formula() -> None:
    copies, trials = 5000, 60
    p = np.broadcast_to(bell.singlet().p, (copies, 2, 2, 2, 2))
    s = Behavior.from_counts(Behavior(p).sample(trials, seed=6)).S
    error = np.sqrt(4 * 0.5 / trials)  # C² = 1/2 in all four settings
    assert abs(s.mean() - bell.TSIRELSON_BOUND) < 5 * error / np.sqrt(copies)
    low, high = chi2.ppf([1e-5, 1 - 1e-5], copies - 1) / (copies - 1)
    assert low < s.var(ddof=1) / error**2 < high


def test_what_is_impossible_never_happens() -> None:
    counts = bell.pr_box().sample(trials=10**9, seed=7)
    assert not counts[:3, 1:3].any()
    assert not counts[3, [0, 3]].any()


def test_probabilities_with_rounding_can_be_sampled() -> None:
    p = np.full((2, 2, 2, 2), 0.25)
    p[0, 0] = [[0.5 + 4e-10, 0.5 + 4e-10], [0, -1e-10]]
    counts = Behavior(p).sample(trials=1000, seed=8)
    assert counts[0, :2].sum() == 1000


def test_a_seed_gives_the_same_counts_again_and_another_seed_others() -> None:
    again = [LOADED.sample(trials=1000, seed=9) for _ in range(2)]
    assert np.array_equal(*again)
    assert not np.array_equal(again[0], LOADED.sample(trials=1000, seed=10))
    generator = np.random.default_rng(9)
    assert np.array_equal(again[0], generator.multinomial(1000, LOADED.p.reshape(4, 4)))


@pytest.mark.parametrize("trials", [0, -1, 2.5, True, "5", None, 10**9 + 1])
def test_bad_trials_are_refused(trials: object) -> None:
    with pytest.raises(ValueError, match=r"^trials must be a whole number from 1 to 10+, not"):
        LOADED.sample(trials, seed=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0", None, 2**64])
def test_bad_seeds_are_refused(seed: object) -> None:
    with pytest.raises(ValueError, match=r"^seed must be a whole number from 0 to"):
        LOADED.sample(trials=1, seed=seed)  # type: ignore[arg-type]
