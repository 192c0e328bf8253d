"""Local and quantum behaviors, against programmes, density matrices and moment matrices."""

from itertools import product
from math import pi, sin, sqrt

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import programmes
from ncviz import bell
from ncviz.bell import Behavior, sets

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
STRATEGIES = [
    Behavior.from_outcomes([[a1], [a1], [a2], [a2]], [[b1], [b2], [b1], [b2]]).p
    for a1, a2, b1, b2 in product((1, -1), repeat=4)
]

weights = st.lists(st.sampled_from([0, 0, 0, 1, 2, 5]), min_size=16, max_size=16).filter(any)
shares = st.integers(0, 16).map(lambda k: k / 16)


def mixture(rng: np.random.Generator, many: int, pr_share: tuple[float, float]) -> Behavior:
    """No-signalling behaviors with marginals: random strategies and a share of the PR box."""
    local = np.tensordot(rng.dirichlet(np.full(16, 0.3), many), STRATEGIES, axes=1)
    share = rng.uniform(*pr_share, (many, 1, 1, 1, 1))
    return Behavior((1 - share) * local + share * bell.pr_box().p)


# Local


@given(weights, shares)
@example([1] + [0] * 15, 0.0)
@example([1] * 16, 1.0)
def test_fine_s_inequalities_say_local_exactly_where_a_mixture_of_strategies_exists(
    mixed: list[int], share: float
) -> None:
    local = np.tensordot(mixed, STRATEGIES, axes=1)
    b = Behavior((1 - share) * local / local[0, 0].sum() + share * bell.pr_box().p)
    assert b.is_local() == bool(programmes.local(b.p))


@given(weights)
def test_mixtures_of_strategies_are_local_and_so_quantum(mixed: list[int]) -> None:
    p = np.tensordot(mixed, STRATEGIES, axes=1)
    b = Behavior(p / p[0, 0].sum())
    assert b.is_local() is True
    assert b.is_quantum() is True


def test_mixtures_that_reach_2_are_local_in_spite_of_rounding() -> None:
    faces = [p for p in STRATEGIES if Behavior(p).S == 2]
    mixed = np.tensordot(np.random.default_rng(2).dirichlet(np.ones(8), 1000), faces, axes=1)
    many = Behavior(mixed)
    assert (many.s_odd > 2).any()
    assert many.is_local().all()
    assert set(many.is_quantum()) == {True}


def test_a_hair_above_2_is_not_local() -> None:
    assert Behavior.from_correlators([[0.5, 0.5], [0.5, -0.5]]).is_local() is True
    assert Behavior.from_correlators([[0.5, 0.5], [0.5, -0.5 - 1e-8]]).is_local() is False


@pytest.mark.parametrize("size", [0.5, 1e-3, 1e-8])
@pytest.mark.parametrize("side", ["A", "B"])
def test_what_signals_is_neither_local_nor_quantum(side: str, size: float) -> None:
    means = np.array([[0, 0], [0, size]])
    signalling = Behavior.from_correlators(np.zeros((2, 2)), **{side: means})
    assert signalling.is_local() is False
    assert signalling.is_quantum() is False
    assert programmes.local(bell.signalling_box().p) == np.False_


@pytest.mark.parametrize("strategy", range(16))
def test_a_deterministic_side_is_local_whatever_the_other_does(strategy: int) -> None:
    assert Behavior(STRATEGIES[strategy]).is_quantum() is True
    rng = np.random.default_rng(strategy)
    a1, (a2, b1, b2) = rng.choice([-1, 1]), rng.uniform(-1, 1, 3)
    # A1 is fixed, so that C = a1·b; the rest is anything that probabilities allow.
    least, most = abs(a2 + np.array([b1, b2])) - 1, 1 - abs(a2 - np.array([b1, b2]))
    C = [[a1 * b1, a1 * b2], rng.uniform(least, most)]
    b = Behavior.from_correlators(C, A=[a1, a2], B=[b1, b2])
    assert b.is_local() is True
    assert b.is_quantum() is True
    assert sets.npa_level_1(b.correlators, b.marginals)


# Quantum behaviors are never called anything else


def measured(state: np.ndarray, alice: np.ndarray, bob: np.ndarray) -> Behavior:
    """Two-qubit states (many, 4, 4) under ±1 observables (many, setting, 2, 2)."""
    one = np.eye(2)
    projectors = [[(one + s * side) / 2 for s in (1, -1)] for side in (alice, bob)]
    p = np.empty((len(state), 2, 2, 2, 2))
    for x, y, a, b in product(range(2), repeat=4):
        left, right = projectors[0][a][:, x], projectors[1][b][:, y]
        event = np.einsum("nij,nkl->nikjl", left, right).reshape(-1, 4, 4)
        p[:, x, y, a, b] = np.einsum("nij,nji->n", state, event).real
    return Behavior(p)


def spin(direction: np.ndarray) -> np.ndarray:
    """The observables of spins along directions (..., 3)."""
    unit = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    return np.tensordot(unit, PAULI, axes=1)


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_no_measurement_of_two_qubits_is_called_not_quantum(rank: int) -> None:
    rng = np.random.default_rng(rank)
    root = rng.normal(size=(3000, 4, rank, 2)) @ [1, 1j]
    state = root @ root.conj().swapaxes(-1, -2)
    state /= np.trace(state, axis1=-2, axis2=-1)[:, None, None]
    alice, bob = spin(rng.normal(size=(3000, 2, 3))), spin(rng.normal(size=(3000, 2, 3)))
    answers = measured(state, alice, bob).is_quantum()
    assert not any(answer is False for answer in answers)
    assert {True, None} >= set(answers)


def test_partly_entangled_states_at_their_best_angles_are_not_excluded() -> None:
    angle = np.linspace(0, pi / 4, 500)
    pure = np.stack([np.cos(angle), 0 * angle, 0 * angle, np.sin(angle)], axis=-1)
    state = pure[:, :, None] * pure[:, None, :]
    z, x = np.array([0, 0, 1.0]), np.array([1.0, 0, 0])
    tilt = np.arctan(np.sin(2 * angle))[:, None]
    alice = np.broadcast_to(spin(np.stack([z, x])), (500, 2, 2, 2))
    bob = spin(
        np.stack([np.cos(tilt) * z + np.sin(tilt) * x, np.cos(tilt) * z - np.sin(tilt) * x], axis=1)
    )
    b = measured(state, alice, bob)
    assert b.S == pytest.approx(2 * np.sqrt(1 + np.sin(2 * angle) ** 2))  # Horodecki et al. 1995
    answers = b.is_quantum()
    assert not any(answer is False for answer in answers)
    assert answers[0] is True  # a product state
    assert answers[100] is None  # it has marginals, and level 1 can only say no
    assert answers[-1] is True  # the singlet, but for a rotation


def test_singlets_are_quantum_at_all_angles() -> None:
    angles = np.random.default_rng(0).uniform(0, 2 * pi, (2, 10_000, 2))
    many = bell.singlet(*angles)
    assert set(many.is_quantum()) == {True}
    assert (many.s_odd > 2.5).any()


# The boundary with marginals of 0


def edge(rng: np.random.Generator, many: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlators sin α on the quantum boundary, Σ ± α = π for one form, and the form's signs.

    None is so near ±1 that a step within the tolerance of it hides one beyond in the others.
    """
    share = rng.dirichlet(np.ones(4) * 3, 4 * many) * pi
    share = share[(share < 1.5).all(axis=1)][:many]
    signs = bell.forms.SIGNS[rng.integers(8, size=len(share))]
    return (signs * np.sin(share)).reshape(-1, 2, 2), signs.reshape(-1, 2, 2)


def test_the_boundary_is_quantum_and_a_step_beyond_is_not() -> None:
    C, signs = edge(np.random.default_rng(3), 2000)
    assert len(C) == 2000
    assert set(Behavior.from_correlators(C).is_quantum()) == {True}
    beyond = C + 1e-8 * signs
    assert set(Behavior.from_correlators(np.clip(beyond, -1, 1)).is_quantum()) == {False}


@pytest.mark.parametrize("k", range(8))
def test_tsirelson_points_are_quantum_and_isotropic_boxes_above_are_not(k: int) -> None:
    box = bell.forms.SIGNS[k].reshape(2, 2)
    assert Behavior.from_correlators(box / sqrt(2)).is_quantum() is True
    assert Behavior.from_correlators(box * sin(pi / 4)).is_quantum() is True
    for share in (1 / sqrt(2) + 1e-8, 0.75, 0.9, 1):
        assert Behavior.from_correlators(share * box).is_quantum() is False


def test_counts_of_a_quantum_table_are_quantum_in_spite_of_rounding() -> None:
    # Thirds, seventeenths and fourteenths are not exact in binary, so that marginals are not 0.
    thirds = Behavior.from_counts([(1, 2, 2, 1), (1, 2, 2, 1), (2, 1, 1, 2), (1, 2, 2, 1)])
    assert thirds.is_local() is True
    assert thirds.is_quantum() is True
    table = [(14, 3, 3, 14)] * 3 + [(3, 14, 14, 3)]  # C = ±11/17, S = 2.588
    assert Behavior.from_counts(table).is_quantum() is True
    table = [(6, 1, 1, 6)] * 3 + [(1, 6, 6, 1)]  # C = ±5/7, S = 2.857
    assert Behavior.from_counts(table).is_quantum() is False


# NPA level 1 with marginals


def test_a_pr_box_with_marginals_is_excluded() -> None:
    for strategy in STRATEGIES:
        mixed = Behavior(0.8 * bell.pr_box().p + 0.2 * strategy)
        assert np.abs(mixed.marginals).max() == pytest.approx(0.2)
        assert mixed.is_quantum() is False


def test_marginals_can_exclude_what_the_correlators_alone_allow() -> None:
    tsirelson = bell.singlet().correlators
    assert Behavior.from_correlators(tsirelson).is_quantum() is True
    assert Behavior.from_correlators(tsirelson, A=[0.1, 0]).is_quantum() is False
    assert Behavior.from_correlators(0.9 * tsirelson, A=[0.1, 0]).is_quantum() is None


def largest_smallest_eigenvalue(b: Behavior) -> float:
    """Over the two unknown moments ⟨A1A2⟩ and ⟨B1B2⟩, of the matrix of 1, A1, A2, B1, B2.

    It is concave in both, so that one search within another finds it.
    """
    moments = np.eye(5)
    moments[0, 1:3] = b.marginals[0, :, 0]
    moments[0, 3:] = b.marginals[1, 0, :]
    moments[1:3, 3:] = b.correlators

    def least(u: float, v: float) -> float:
        moments[1, 2], moments[3, 4] = u, v
        return -float(np.linalg.eigvalsh(moments, UPLO="U")[0])

    def best(function: object) -> float:
        found = minimize_scalar(function, bounds=(-1, 1), method="bounded", options={"xatol": 1e-7})
        return float(found.fun)

    return -best(lambda u: best(lambda v: least(u, v)))


def test_npa_level_1_is_the_existence_of_a_moment_matrix() -> None:
    many = mixture(np.random.default_rng(5), 60, (0.4, 0.9))
    passes = sets.npa_level_1(many.correlators, many.marginals)
    eigenvalues = np.array([largest_smallest_eigenvalue(Behavior(p)) for p in many.p])
    clear = np.abs(eigenvalues) > 1e-5
    assert np.array_equal(passes[clear], eigenvalues[clear] > 0)
    assert min((eigenvalues > 1e-5).sum(), (eigenvalues < -1e-5).sum()) > 15


def test_npa_level_1_changes_where_the_moment_matrix_ceases_to_exist() -> None:
    rng = np.random.default_rng(6)
    for b in mixture(rng, 5, (0, 0.2)).p:
        low, high = 0.0, 1.0  # shares of the PR box
        while high - low > 1e-4:
            middle = (low + high) / 2
            mixed = Behavior((1 - middle) * b + middle * bell.pr_box().p)
            passes = sets.npa_level_1(mixed.correlators, mixed.marginals)
            low, high = (middle, high) if passes else (low, middle)
        for share, exists in ((low - 1e-3, True), (high + 1e-3, False)):
            mixed = Behavior((1 - share) * b + share * bell.pr_box().p)
            assert (largest_smallest_eigenvalue(mixed) > -1e-6) is exists


def test_answers_agree_with_each_other() -> None:
    many = mixture(np.random.default_rng(7), 5000, (0, 1))
    local, answers = many.is_local(), many.is_quantum()
    assert set(answers) == {True, False, None}
    assert all(answer is True for answer in answers[local])
    assert all(answer is not True for answer in answers[~local])  # all have marginals
    assert not any(answers[many.s_odd > bell.TSIRELSON_BOUND + 1e-8])


@given(st.floats(1e-12, 1e-3), st.floats(0, 1))
def test_nearly_deterministic_sides_are_never_excluded_by_rounding(
    rare: float, share: float
) -> None:
    always, other = STRATEGIES[0], bell.singlet().p
    b = Behavior((1 - rare) * always + rare * (share * other + (1 - share) * STRATEGIES[5]))
    assert b.is_quantum() is not False
