"""Published figures from the published counts, and the reference boxes."""

from dataclasses import FrozenInstanceError
from itertools import product
from math import cos, pi, sqrt

import numpy as np
import pytest
from scipy.stats import binom

from ncviz import bell
from ncviz.bell import BOXES, PUBLISHED, Behavior, Published

EVERY = pytest.mark.parametrize("name", list(PUBLISHED))


TABLES = {
    "delft 2015": "23 3 4 23, 33 11 5 30, 22 10 6 24, 4 20 21 6",
    "nist 2015": "6378 3282 3189 43897356, 6794 2821 23243 43276943, "
    "6486 21334 2843 43338281, 106 27539 30040 42502788",
    "vienna 2015": "141439 73391 76224 875392736, 146831 67941 326768 874976534, "
    "158338 425067 58742 875239860, 8392 576445 463985 874651457",
    "munich 2017": "16 4 3 13, 11 4 2 17, 19 4 3 16, 4 22 10 2",
    "innsbruck 1998": "1683 418 361 1578, 1100 269 156 1386, 1728 313 351 1978, 179 1636 1143 294",
    "the animal acts 2011": "4 51 21 5, 48 2 24 7, 63 7 7 4, 12 7 8 54",
}
"""As printed: ++ +− −+ −− in settings 11, 12, 21, 22."""


def test_the_counts_are_the_printed_ones() -> None:
    written = {
        name: ", ".join(" ".join(map(str, row)) for row in published.counts)
        for name, published in PUBLISHED.items()
    }
    assert written == TABLES


@EVERY
def test_counts_give_the_published_s(name: str) -> None:
    published = PUBLISHED[name]
    digits = len(repr(published.S).split(".")[1])
    assert round(published.behavior.s_odd, digits) == published.S


@pytest.mark.parametrize("name", [name for name, e in PUBLISHED.items() if e.error is not None])
def test_counts_give_the_published_error(name: str) -> None:
    published = PUBLISHED[name]
    totals = np.sum(published.counts, axis=1)
    error = sqrt(((1 - published.behavior.correlators.ravel() ** 2) / totals).sum())
    assert f"{error:.2f}" == f"{published.error:.2f}"


@pytest.mark.parametrize("name", [name for name, e in PUBLISHED.items() if e.p is not None])
def test_counts_give_the_published_p(name: str) -> None:
    published = PUBLISHED[name]
    *plus, minus = published.counts
    wins = sum(row[0] + row[3] for row in plus) + minus[1] + minus[2]
    chance = binom.sf(wins - 1, np.sum(published.counts), 0.75)
    assert f"{chance:.3f}" == f"{published.p:.3f}"


@pytest.mark.parametrize(
    ("name", "trials"),
    [("nist 2015", 173_149_423), ("vienna 2015", 3_502_784_150), ("munich 2017", 150)],
)
def test_the_tables_hold_the_published_numbers_of_trials(name: str, trials: int) -> None:
    assert np.sum(PUBLISHED[name].counts) == trials


def test_delft_is_the_table_of_245_trials_and_196_wins() -> None:
    delft = PUBLISHED["delft 2015"]
    assert np.sum(delft.counts) == 245
    assert delft.behavior.S == delft.behavior.s_odd
    assert (delft.S, delft.error, delft.p) == (2.42, 0.20, 0.039)


def test_delft_shows_no_signalling_and_innsbruck_does() -> None:
    # Each shift beside its standard error: the variance of a ±1 mean is (1 − mean²)/N.
    largest = {}
    for name in ("delft 2015", "innsbruck 1998"):
        b, N = PUBLISHED[name].behavior, np.sum(PUBLISHED[name].counts, axis=1).reshape(2, 2)
        variance = (1 - b.marginals**2) / N
        spread = np.sqrt([*variance[0].sum(axis=1), *variance[1].sum(axis=0)])
        largest[name] = np.abs(b.shifts / spread).max()
    assert largest["delft 2015"] < 1.96
    assert largest["innsbruck 1998"] > 5


def test_innsbruck_passes_2_by_more_than_it_signals() -> None:
    innsbruck = PUBLISHED["innsbruck 1998"].behavior
    assert innsbruck.S == innsbruck.s_odd
    assert innsbruck.delta > 0.1
    assert innsbruck.D > 0


def test_the_animal_acts_passes_2_by_less_than_it_signals() -> None:
    animal = PUBLISHED["the animal acts 2011"]
    assert np.sum(animal.counts, axis=1).tolist() == [81] * 4
    assert f"{np.abs(animal.behavior.forms).max():.2f}" == "2.42"
    assert animal.behavior.S < 2  # another form passes 2
    assert animal.behavior.D < 0
    assert animal.behavior.CNT2 == 0


@EVERY
def test_an_experiment_cannot_be_changed(name: str) -> None:
    published = PUBLISHED[name]
    with pytest.raises(FrozenInstanceError):
        published.S = 0  # type: ignore[misc]
    assert hash(published)  # tuples all the way down


@EVERY
def test_an_experiment_says_what_it_is(name: str) -> None:
    published = PUBLISHED[name]
    assert isinstance(published, Published)
    assert str(published.year) in name
    assert str(published.year) in published.source
    assert published.title
    assert published.lesson.endswith(".")


# Boxes


def test_every_box_is_made_without_arguments_and_has_a_sentence() -> None:
    assert len(BOXES) == 4
    for name, box in BOXES.items():
        assert box.name == name
        assert isinstance(box.make(), Behavior)
        assert box.lesson.endswith(".")


@pytest.mark.parametrize("noise", [0, 0.25, 1])
def test_local_box_is_a_local_model_with_s_2_less_its_noise(noise: float) -> None:
    box = bell.local_box(noise)
    assert pytest.approx(2 * (1 - noise)) == box.S == box.s_odd
    assert not box.marginals.any()
    assert box.is_local() is True
    assert box.contextual_fraction() == pytest.approx(0, abs=1e-12)


def test_local_box_is_the_fair_mixture_of_the_eight_strategies_with_s_2() -> None:
    total = np.zeros((2, 2, 2, 2))
    for a1, a2, b1, b2 in product((1, -1), repeat=4):
        if a1 * b1 + a1 * b2 + a2 * b1 - a2 * b2 == 2:
            for x, y in product(range(2), repeat=2):
                a, b = (a1, a2)[x], (b1, b2)[y]
                total[x, y, (1 - a) // 2, (1 - b) // 2] += 1 / 8
    assert np.array_equal(bell.local_box().p, total)


def test_singlet_correlates_by_the_angle_between_the_settings() -> None:
    alice, bob = (0.3, 1.1), (-0.4, 2.0)
    box = bell.singlet(alice, bob)
    for x, y in product(range(2), repeat=2):
        assert box.correlators[x, y] == pytest.approx(-cos(alice[x] - bob[y]))
    assert box.marginals == pytest.approx(0)
    same = bell.singlet((0, pi / 3), (0, pi / 3))
    assert same.correlators.diagonal() == pytest.approx([-1, -1])  # always opposite


def test_singlet_reaches_plus_2_root_2_by_default() -> None:
    assert bell.singlet().S == pytest.approx(bell.TSIRELSON_BOUND, abs=1e-12)
    assert bell.singlet().is_quantum() is True


def test_singlet_takes_many_angles() -> None:
    angles = np.linspace(0, pi, 6).reshape(3, 2)
    many = bell.singlet(angles, angles + 0.1)
    for k in range(3):
        assert many.p[k] == pytest.approx(bell.singlet(angles[k], angles[k] + 0.1).p)


def test_a_classical_rule_that_hides_its_signal_is_the_pr_box() -> None:
    # λ = ±1 is a fair coin, a = λ and b = λ(−1)^xy.
    a = [[1, -1]] * 4
    b = [[1, -1], [1, -1], [1, -1], [-1, 1]]
    assert np.array_equal(Behavior.from_outcomes(a, b).p, bell.pr_box().p)


def test_signalling_box_has_b_minus_1_in_setting_22_only() -> None:
    box = bell.signalling_box()
    assert np.array_equal(box.marginals[0], [[1, 1], [1, 1]])
    assert np.array_equal(box.marginals[1], [[1, 1], [1, -1]])
    assert (box.S, box.delta, box.D) == (4, 2, 0)


@pytest.mark.parametrize("noise", [-0.1, 1.1, float("nan"), "much", [0.1, 0.2], None])
def test_noise_that_is_no_share_is_refused(noise: object) -> None:
    with pytest.raises(ValueError, match=r"^noise must be "):
        bell.local_box(noise)  # type: ignore[arg-type]


@pytest.mark.parametrize("side", ["alice", "bob"])
@pytest.mark.parametrize("angles", [0.0, (0, 1, 2), (0, float("inf")), (0, "1"), [[0], [1]]])
def test_angles_that_are_not_two_numbers_a_side_are_refused(side: str, angles: object) -> None:
    with pytest.raises(ValueError, match=f"^{side} must be "):
        bell.singlet(**{side: angles})
