"""Behaviors against exact boxes and slow loops over the definitions; bad input."""

from fractions import Fraction
from itertools import product
from math import cos, pi, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncviz import bell
from ncviz.bell import Behavior

SETTINGS = ("11", "12", "21", "22")
STRATEGIES = list(product((1, -1), repeat=4))
"""All deterministic strategies (a1, a2, b1, b2)."""
ALWAYS = (1, 0, 0, 0)
"""A setting in which both outcomes are always +1."""
NUMBERS = (
    *("correlators", "marginals", "forms", "shifts"),
    *("S", "s_odd", "win_chance", "delta", "D", "CNT2", "NCNT2"),
)

tables = st.lists(
    st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(any), min_size=4, max_size=4
)
"""Counts (++, +−, −+, −−) in each of the settings, never all 0 in one."""


class Slow:
    """The definitions of protocol.md, one loop each, in exact fractions."""

    def __init__(self, counts: list[list[int]]) -> None:
        self.p = [[Fraction(n, sum(row)) for n in row] for row in counts]

    def mean(self, outcome: Any) -> list[Fraction]:
        pairs = list(product((1, -1), repeat=2))
        return [sum(p * outcome(*ab) for p, ab in zip(row, pairs, strict=True)) for row in self.p]

    @property
    def correlators(self) -> list[Fraction]:
        return self.mean(lambda a, b: a * b)

    @property
    def alice(self) -> list[Fraction]:
        return self.mean(lambda a, b: a)

    @property
    def bob(self) -> list[Fraction]:
        return self.mean(lambda a, b: b)

    @property
    def forms(self) -> list[Fraction]:
        return [
            sum(s * c for s, c in zip(signs, self.correlators, strict=True))
            for signs in product((1, -1), repeat=4)
            if signs.count(-1) % 2
        ]

    @property
    def delta(self) -> Fraction:
        a, b = self.alice, self.bob
        return abs(a[1] - a[0]) + abs(a[3] - a[2]) + abs(b[2] - b[0]) + abs(b[3] - b[1])


def outcomes_of(strategy: tuple[int, ...]) -> tuple[list[list[int]], list[list[int]]]:
    """One point of a deterministic strategy in the settings 11, 12, 21, 22."""
    a1, a2, b1, b2 = strategy
    return [[a1], [a1], [a2], [a2]], [[b1], [b2], [b1], [b2]]


# Exact boxes


def test_popescu_rohrlich_box_reaches_4_without_signalling() -> None:
    box = Behavior.from_correlators([[1, 1], [1, -1]])
    assert (box.S, box.s_odd, box.delta, box.D) == (4, 4, 0, 2)
    assert box.S == bell.ALGEBRAIC_BOUND


def test_singlet_at_the_chsh_angles_reaches_the_tsirelson_bound() -> None:
    alice, bob = (0, pi / 2), (-3 * pi / 4, 3 * pi / 4)
    singlet = Behavior.from_correlators([[-cos(a - b) for b in bob] for a in alice])
    wanted = (2 * sqrt(2), bell.TSIRELSON_BOUND, 0)
    assert (singlet.S, singlet.s_odd, singlet.delta) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
def test_every_form_of_a_deterministic_strategy_is_plus_or_minus_2(
    strategy: tuple[int, ...],
) -> None:
    behavior = Behavior.from_outcomes(*outcomes_of(strategy))
    assert set(behavior.forms) <= {2.0, -2.0}
    assert abs(behavior.S) == bell.CLASSICAL_BOUND
    assert (behavior.s_odd, behavior.delta, behavior.D) == (2, 0, 0)


@given(st.lists(st.integers(0, 100), min_size=16, max_size=16).filter(any))
def test_mixtures_of_deterministic_strategies_pass_2_in_no_form(weights: list[int]) -> None:
    each = [Behavior.from_outcomes(*outcomes_of(strategy)).p for strategy in STRATEGIES]
    mixture = Behavior.from_counts(np.tensordot(weights, each, axes=1))
    assert mixture.s_odd <= 2 + 1e-12
    assert mixture.delta == pytest.approx(0, abs=1e-12)


# Definitions against slow loops


@given(tables)
def test_correlators_and_marginals_are_the_means_of_the_outcomes(counts: list[list[int]]) -> None:
    behavior, slow = Behavior.from_counts(counts), Slow(counts)
    for k, (x, y) in enumerate(product(range(2), repeat=2)):
        assert behavior.correlators[x, y] == pytest.approx(float(slow.correlators[k]), abs=1e-12)
        assert behavior.marginals[0, x, y] == pytest.approx(float(slow.alice[k]), abs=1e-12)
        assert behavior.marginals[1, x, y] == pytest.approx(float(slow.bob[k]), abs=1e-12)


@given(tables)
def test_the_forms_are_all_signed_sums_with_an_odd_number_of_minus_signs(
    counts: list[list[int]],
) -> None:
    behavior, slow = Behavior.from_counts(counts), Slow(counts)
    assert sorted(behavior.forms) == pytest.approx(sorted(map(float, slow.forms)), abs=1e-12)
    c11, c12, c21, c22 = slow.correlators
    wanted = (float(c11 + c12 + c21 - c22), float(max(slow.forms)))
    assert (behavior.S, behavior.s_odd) == pytest.approx(wanted, abs=1e-12)


@given(tables)
def test_delta_sums_the_four_changes_of_marginals(counts: list[list[int]]) -> None:
    behavior, slow = Behavior.from_counts(counts), Slow(counts)
    assert behavior.delta == pytest.approx(float(slow.delta), abs=1e-12)
    assert np.abs(behavior.shifts).sum() == pytest.approx(float(slow.delta), abs=1e-12)


@given(tables)
def test_excess_is_s_odd_minus_2_minus_delta(counts: list[list[int]]) -> None:
    excess, slow = Behavior.from_counts(counts).D, Slow(counts)
    assert excess == pytest.approx(float(max(slow.forms) - 2 - slow.delta), abs=1e-12)


@given(tables)
def test_win_chance_is_that_of_the_chsh_game_with_fair_random_settings(
    counts: list[list[int]],
) -> None:
    behavior, slow = Behavior.from_counts(counts), Slow(counts)
    # (++, +−, −+, −−): players win with equal outcomes, in setting 22 with unequal ones.
    wins = [p[0] + p[3] for p in slow.p[:3]] + [slow.p[3][1] + slow.p[3][2]]
    assert behavior.win_chance == pytest.approx(float(sum(wins) / 4), abs=1e-12)


def test_shifts_are_signed_and_in_the_order_a1_a2_b1_b2() -> None:
    A = [[0.1, 0.2], [0.4, 0.1]]  # ⟨A1⟩ rises by .1 beside B2, ⟨A2⟩ falls by .3
    B = [[0.0, 0.3], [0.2, -0.1]]  # ⟨B1⟩ rises by .2 beside A2, ⟨B2⟩ falls by .4
    shifts = Behavior.from_correlators(np.zeros((2, 2)), A, B).shifts
    assert shifts == pytest.approx([0.1, -0.3, 0.2, -0.4], abs=1e-12)


# Ways to make one


@given(tables)
def test_counts_may_be_four_by_four_or_two_to_the_four(counts: list[list[int]]) -> None:
    nested = [[[row[:2], row[2:]] for row in counts[2 * x : 2 * x + 2]] for x in range(2)]
    assert np.array_equal(Behavior.from_counts(counts).p, Behavior.from_counts(nested).p)


@given(st.data(), st.integers(1, 20))
def test_outcomes_are_counted(data: st.DataObject, points: int) -> None:
    signs = st.lists(st.sampled_from((1, -1)), min_size=points, max_size=points)
    a, b = (data.draw(st.lists(signs, min_size=4, max_size=4)) for _ in "ab")
    counts = [
        [list(zip(a[k], b[k], strict=True)).count(pair) for pair in product((1, -1), repeat=2)]
        for k in range(4)
    ]
    assert np.array_equal(Behavior.from_outcomes(a, b).p, Behavior.from_counts(counts).p)


@pytest.mark.parametrize(
    ("A", "B"),
    [
        pytest.param(0.1, -0.2, id="one number"),
        pytest.param([0.1, -0.2], [0.3, -0.1], id="for each own setting"),
        pytest.param([[0.1, -0.2], [0.3, 0]], [[0.2, -0.3], [0.1, 0]], id="for each setting"),
    ],
)
def test_behavior_has_the_correlators_and_marginals_it_is_made_of(A: Any, B: Any) -> None:
    C = [[0.4, 0.1], [-0.2, 0.3]]
    behavior = Behavior.from_correlators(C, A, B)
    for x, y in product(range(2), repeat=2):
        alice = A if np.ndim(A) == 0 else A[x] if np.ndim(A) == 1 else A[x][y]
        bob = B if np.ndim(B) == 0 else B[y] if np.ndim(B) == 1 else B[x][y]
        assert behavior.correlators[x, y] == pytest.approx(C[x][y], abs=1e-12)
        assert behavior.marginals[0, x, y] == pytest.approx(alice, abs=1e-12)
        assert behavior.marginals[1, x, y] == pytest.approx(bob, abs=1e-12)


def test_marginals_of_own_settings_go_with_many_correlators() -> None:
    many = Behavior.from_correlators(np.zeros((3, 2, 2)), A=[0.1, 0.2], B=[0.3, 0.4])
    one = Behavior.from_correlators(np.zeros((2, 2)), A=[0.1, 0.2], B=[0.3, 0.4])
    for marginals in many.marginals:
        assert np.array_equal(marginals, one.marginals)


def test_marginals_are_0_unless_given() -> None:
    assert not Behavior.from_correlators([[0.3, 0.1], [-1, 0.2]]).marginals.any()


# Many at once


@given(st.lists(tables, min_size=1, max_size=5))
def test_many_behaviors_give_the_numbers_of_each_to_the_bit(many: list[list[list[int]]]) -> None:
    together = Behavior.from_counts(many)
    for k, counts in enumerate(many):
        alone = Behavior.from_counts(counts)
        for name in NUMBERS:
            assert np.array_equal(getattr(together, name)[k], getattr(alone, name)), name
        for name in ("is_local", "is_quantum"):
            assert getattr(together, name)()[k] == getattr(alone, name)(), name


@given(st.integers(0, 2**32), st.integers(1, 5))
def test_many_correlators_and_outcomes_give_each_to_the_bit(seed: int, many: int) -> None:
    rng = np.random.default_rng(seed)
    C, A, B = rng.uniform(-1 / 3, 1 / 3, (3, many, 2, 2))
    a, b = rng.choice([-1, 1], (2, many, 4, 7))
    of_correlators = Behavior.from_correlators(C, A[..., 0], B)
    of_outcomes = Behavior.from_outcomes(a, b)
    for k in range(many):
        one = Behavior.from_correlators(C[k], A[k, :, 0], B[k])
        assert np.array_equal(of_correlators.p[k], one.p)
        assert np.array_equal(of_outcomes.p[k], Behavior.from_outcomes(a[k], b[k]).p)


def test_a_single_behavior_gives_plain_numbers() -> None:
    box = Behavior.from_correlators([[1, 1], [1, -1]])
    for name in ("S", "s_odd", "win_chance", "delta", "D", "CNT2", "NCNT2"):
        assert type(getattr(box, name)) is float, name
    assert type(box.contextual_fraction()) is type(box.signalling_fraction()) is float
    assert box.is_local() is False
    assert box.is_quantum() is False


# Bad input


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(
    "counts",
    [(1, -1, 0, 0), (1, 0.5, 0, 0), (0, 0, 0, 0), (1, float("nan"), 0, 0), (float("inf"), 0, 0, 0)],
    ids=str,
)
def test_bad_counts_name_their_setting(setting: str, counts: tuple[float, ...]) -> None:
    table = [counts if name == setting else (1, 2, 3, 4) for name in SETTINGS]
    with pytest.raises(ValueError, match=f"setting {setting} has .*count"):
        Behavior.from_counts(table)
    with pytest.raises(ValueError, match=f"setting {setting} has .*count"):
        Behavior.from_counts([[(1, 2, 3, 4)] * 4, table])


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(
    "p", [(0.6, 0.6, -0.2, 0), (0.5, 0.4, 0, 0), (1, 1, 0, 0), (1, float("nan"), 0, 0)], ids=str
)
def test_bad_probabilities_name_their_setting(setting: str, p: tuple[float, ...]) -> None:
    table = [p if name == setting else ALWAYS for name in SETTINGS]
    with pytest.raises(ValueError, match=f"setting {setting} has .*probabilit"):
        Behavior(np.reshape(table, (2, 2, 2, 2)))


@pytest.mark.parametrize("setting", SETTINGS)
def test_impossible_marginals_name_their_setting(setting: str) -> None:
    A = np.reshape([name == setting for name in SETTINGS], (2, 2)).astype(float)
    with pytest.raises(ValueError, match=f"setting {setting}"):
        Behavior.from_correlators(np.ones((2, 2)), A, 0)  # ⟨A⟩ ≠ ⟨B⟩, and yet always a = b


def test_bad_input_shows_the_values_of_its_setting() -> None:
    table = [(1, 2, 3, 4), (5, -6, 7, 8), (1, 2, 3, 4), (1, 2, 3, 4)]
    with pytest.raises(ValueError, match=r"setting 12 has .*= 5, -6, 7, 8$"):
        Behavior.from_counts(table)
    with pytest.raises(ValueError, match=r"setting 21 has .*= 0.5, 0.4, 0, 0$"):
        Behavior(np.reshape([ALWAYS, ALWAYS, (0.5, 0.4, 0, 0), ALWAYS], (2, 2, 2, 2)))
    with pytest.raises(ValueError, match="setting 22 cannot have C = 1 with A = 1 and B = 0"):
        Behavior.from_correlators(np.ones((2, 2)), [[0, 0], [0, 1]], 0)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("bad", [1.01, -1.01, float("nan"), float("inf")])
def test_impossible_correlators_name_their_setting(setting: str, bad: float) -> None:
    C = np.reshape([bad if name == setting else 0.5 for name in SETTINGS], (2, 2))
    with pytest.raises(ValueError, match=f"setting {setting} cannot have C = {bad:g}"):
        Behavior.from_correlators(C)
    with pytest.raises(ValueError, match=f"setting {setting} cannot have C = {bad:g}"):
        Behavior.from_correlators([np.zeros((2, 2)), C])


@pytest.mark.parametrize(
    "bad", [[[1, 2], [3]], "many", [1j, 0, 0, 0], [{}, 0, 0, 0]], ids=["rows", "word", "j", "set"]
)
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("p", Behavior),
        ("counts", Behavior.from_counts),
        ("C", Behavior.from_correlators),
        ("A", lambda bad: Behavior.from_correlators(np.zeros((2, 2)), A=bad)),
        ("B", lambda bad: Behavior.from_correlators(np.zeros((2, 2)), B=bad)),
    ],
)
def test_what_is_no_array_of_numbers_names_its_argument(name: str, make: Any, bad: Any) -> None:
    with pytest.raises(
        ValueError, match=rf"^{name} must be (real numbers|numbers in rows of one length)"
    ):
        make(bad)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Behavior(np.full((2, 2, 4), 0.25)), id="p"),
        pytest.param(lambda: Behavior.from_counts([1, 2, 3, 4]), id="counts"),
        pytest.param(lambda: Behavior.from_correlators([1, 1, 1, -1]), id="C"),
        pytest.param(lambda: Behavior.from_correlators(np.zeros((2, 2)), A=[0, 0, 0]), id="A"),
        pytest.param(lambda: Behavior.from_correlators(np.zeros((2, 2)), B=[0, 0, 0]), id="B"),
        pytest.param(lambda: Behavior.from_outcomes([[1]] * 4, [[1, 1]] * 4), id="a and b"),
        pytest.param(lambda: Behavior.from_outcomes([[]] * 4, [[]] * 4), id="a and b, empty"),
    ],
)
def test_a_wrong_shape_names_its_argument(make: Any, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.id.split(",")[0]
    with pytest.raises(ValueError, match=rf"^{name} must .*shape"):
        make()


@pytest.mark.parametrize("bad", [0, 2, float("nan")])
def test_outcomes_other_than_plus_or_minus_1_are_refused(bad: float) -> None:
    good, with_bad = [[1]] * 4, [[1], [1], [1], [bad]]
    with pytest.raises(ValueError, match=rf"^a must be outcomes, each −1 or \+1, not {bad}$"):
        Behavior.from_outcomes(with_bad, good)
    with pytest.raises(ValueError, match=rf"^b must be outcomes, each −1 or \+1, not {bad}$"):
        Behavior.from_outcomes(good, with_bad)


def test_probabilities_cannot_be_changed_afterwards() -> None:
    box = Behavior.from_correlators([[1, 1], [1, -1]])
    with pytest.raises(ValueError, match="read-only"):
        box.p[0, 0, 0, 0] = 1
