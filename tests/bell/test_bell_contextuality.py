"""Closed forms of contextuality against linear programmes, and programmes against closed forms."""

from fractions import Fraction
from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import programmes
from ncviz import bell
from ncviz.bell import Behavior

ALWAYS = (1, 0, 0, 0)
STRATEGIES = [
    Behavior.from_outcomes([[a1], [a1], [a2], [a2]], [[b1], [b2], [b1], [b2]]).p
    for a1, a2, b1, b2 in product((1, -1), repeat=4)
]
PR_BOXES = [
    Behavior.from_correlators(np.reshape(signs, (2, 2))).p
    for signs in product((1, -1), repeat=4)
    if signs.count(-1) % 2
]
VERTICES = np.stack([*STRATEGIES, *PR_BOXES])
"""The corners of the no-signalling behaviors: 16 local, 8 PR boxes (Barrett et al. 2005)."""

shares = st.integers(0, 16).map(lambda k: k / 16)
which = st.integers(0, 7)
rows = st.lists(st.integers(0, 12), min_size=4, max_size=4).filter(any)
even_rows = st.lists(st.integers(9, 11), min_size=4, max_size=4)
tables = st.one_of(st.lists(r, min_size=4, max_size=4) for r in (rows, even_rows))
weights = st.lists(st.sampled_from([0, 0, 0, 1, 2, 5]), min_size=16, max_size=16).filter(any)


@st.composite
def signalling_ones(draw: st.DrawFn) -> Behavior:
    """Random frequencies, zeros among them, with some share of a PR box: D of either sign.

    Even ones have no small probability, so that a CHSH form is the nearest facet.
    """
    noise = Behavior.from_counts(draw(tables))
    share = draw(shares)
    return Behavior((1 - share) * noise.p + share * PR_BOXES[draw(which)])


@st.composite
def no_signalling_ones(draw: st.DrawFn) -> Behavior:
    """Random mixtures of strategies with some share of a PR box: s_odd on either side of 2."""
    mixed = np.tensordot(draw(weights), STRATEGIES, axes=1)
    share = draw(shares)
    return Behavior((1 - share) * mixed / mixed[0, 0].sum() + share * PR_BOXES[draw(which)])


# CNT2 and NCNT2


@given(signalling_ones())
@example(bell.pr_box())
@example(bell.signalling_box())
@example(bell.PUBLISHED["innsbruck 1998"].behavior)
def test_cnt2_is_the_distance_to_the_couplings_with_maximal_connections(b: Behavior) -> None:
    assert b.CNT2 == pytest.approx(float(programmes.cnt2(b.p)), abs=1e-8)


@settings(max_examples=60)
@given(signalling_ones())
@example(bell.pr_box())
@example(bell.local_box(noise=0.1))  # a form is nearest
@example(bell.local_box(noise=0.9))  # a Fréchet bound is
@example(bell.PUBLISHED["the animal acts 2011"].behavior)
def test_ncnt2_is_the_distance_from_within_to_the_surface_of_the_couplings(b: Behavior) -> None:
    assert b.NCNT2 == pytest.approx(float(programmes.ncnt2(b.p)), abs=1e-8)


@given(tables)
@example([(9, 3, 4, 10), (9, 4, 3, 9), (8, 3, 3, 9), (3, 9, 8, 3)])
def test_ncnt2_is_the_least_of_eight_forms_and_sixteen_frechet_bounds(
    counts: list[list[int]],
) -> None:
    p = [[Fraction(n, sum(row)) for n in row] for row in counts]
    C = [pp - pm - mp + mm for pp, pm, mp, mm in p]
    alice, bob = [r[0] + r[1] for r in p], [r[0] + r[2] for r in p]  # chances of +
    pairs = [(alice, 0, 1), (alice, 2, 3), (bob, 0, 2), (bob, 1, 3)]
    delta = sum(2 * abs(side[j] - side[k]) for side, j, k in pairs)
    slacks = [
        (2 + delta - sum(s * c for s, c in zip(signs, C, strict=True))) / 4
        for signs in product((1, -1), repeat=4)
        if signs.count(-1) % 2
    ]
    for (both, *_), a, b in zip(p, alice, bob, strict=True):
        slacks += [both, both - (a + b - 1), a - both, b - both]
    behavior = Behavior.from_counts(counts)
    assert behavior.NCNT2 == pytest.approx(float(max(0, min(slacks))), abs=1e-12)
    assert behavior.CNT2 == pytest.approx(float(max(0, -min(slacks[:8]))), abs=1e-12)


def test_random_behaviors_are_of_both_kinds_and_never_of_both_at_once() -> None:
    rng = np.random.default_rng(1)
    noise = rng.dirichlet(np.ones(4), (10_000, 2, 2)).reshape(-1, 2, 2, 2, 2)
    share = rng.uniform(0, 1, (10_000, 1, 1, 1, 1))
    many = Behavior((1 - share) * noise + share * PR_BOXES[0])
    contextual = many.D > 0
    assert 2000 < contextual.sum() < 8000
    assert np.array_equal(many.CNT2 > 0, contextual)
    assert np.array_equal(many.NCNT2 > 0, ~contextual)


# Fractions


@given(no_signalling_ones())
@example(bell.singlet())
def test_contextual_fraction_without_signalling_is_half_of_what_passes_2(b: Behavior) -> None:
    assert b.contextual_fraction() == pytest.approx(max(0, (b.s_odd - 2) / 2), abs=1e-9)


@given(no_signalling_ones())
def test_signalling_fraction_without_signalling_is_0(b: Behavior) -> None:
    assert b.signalling_fraction() == pytest.approx(0, abs=1e-9)


@given(signalling_ones())
@example(bell.signalling_box())
def test_signalling_fraction_is_what_no_mixture_of_the_24_vertices_supplies(b: Behavior) -> None:
    best = linprog(-np.ones(24), A_ub=VERTICES.reshape(24, 16).T, b_ub=b.p.ravel())
    assert b.signalling_fraction() == pytest.approx(1 + best.fun, abs=1e-6)


@given(signalling_ones(), weights, shares)
def test_a_local_share_bounds_the_contextual_fraction(
    b: Behavior, mixture: list[int], share: float
) -> None:
    local = np.tensordot(mixture, STRATEGIES, axes=1)
    mixed = Behavior(share * local / local[0, 0].sum() + (1 - share) * b.p)
    assert mixed.contextual_fraction() <= 1 - share + 1e-9


@given(signalling_ones())
def test_fractions_are_ordered_and_0_only_where_they_should_be(b: Behavior) -> None:
    cf, sf = b.contextual_fraction(), b.signalling_fraction()
    assert 0 <= sf <= cf + 1e-9 <= 1 + 1e-9
    assert (sf > 1e-9) == (b.delta > 1e-9)  # counts to 12 a row: no tiny signalling
    assert (cf > 1e-9) == (b.delta > 1e-9 or b.s_odd > 2 + 1e-9)


# Rows known exactly


@pytest.mark.parametrize(
    ("box", "row"),
    [
        pytest.param(bell.pr_box(), (4, 0, 2, 1, 0), id="PR"),
        pytest.param(
            bell.singlet(),
            (2 * sqrt(2), 0, 2 * sqrt(2) - 2, sqrt(2) - 1, 0),
            id="Tsirelson",
        ),
        pytest.param(np.reshape([ALWAYS] * 4, (2, 2, 2, 2)), (2, 0, 0, 0, 0), id="all +1"),
        pytest.param(
            np.reshape([ALWAYS] * 3 + [(0, 1, 0, 0)], (2, 2, 2, 2)),
            (4, 2, 0, 1, 1),
            id="b = −1 in setting 22 only",
        ),
        pytest.param(
            np.reshape([ALWAYS] * 3 + [(0.75, 0.125, 0.125, 0)], (2, 2, 2, 2)),
            (2.5, 0.5, 0, 0.25, 0.25),
            id="one bad pair",
        ),
    ],
)
def test_s_delta_d_and_both_fractions_of_known_boxes(
    box: Behavior | np.ndarray, row: tuple[float, ...]
) -> None:
    b = box if isinstance(box, Behavior) else Behavior(box)
    numbers = (b.S, b.delta, b.D, b.contextual_fraction(), b.signalling_fraction())
    assert numbers == pytest.approx(row, abs=1e-12)
    assert b.CNT2 == pytest.approx(max(0, b.D) / 4, abs=1e-12)


def test_mostly_random_coins_are_far_inside() -> None:
    # All C = 1/4 and no bias: the nearest form is 1/2, (2 − 1/2)/4 away; p(+−) = 3/16 is nearer.
    assert Behavior.from_correlators(np.full((2, 2), 0.25)).NCNT2 == 3 / 16
    # C = ±1/2: s_odd = 2, on the surface.
    assert Behavior.from_correlators([[0.5, 0.5], [0.5, -0.5]]).NCNT2 == 0
    # C = ±0.45: the nearest form is 1.8, 0.05 away; p(+−) = 0.1375 is farther.
    assert Behavior.from_correlators([[0.45, 0.45], [0.45, -0.45]]).NCNT2 == pytest.approx(0.05)


# Many at once


def test_fractions_of_many_behaviors_are_those_of_each() -> None:
    boxes = [bell.pr_box(), bell.singlet(), bell.local_box(), bell.signalling_box()]
    many = Behavior(np.reshape([box.p for box in boxes], (2, 2, 2, 2, 2, 2)))
    for name in ("contextual_fraction", "signalling_fraction"):
        each = [getattr(box, name)() for box in boxes]
        assert np.array_equal(getattr(many, name)(), np.reshape(each, (2, 2)))


def test_tiny_negative_probabilities_of_rounding_do_no_harm() -> None:
    p = bell.pr_box().p.copy()
    p[0, 0] = [[0.5 + 1e-10, -1e-10], [0, 0.5]]
    rounded = Behavior(p)
    assert rounded.contextual_fraction() == pytest.approx(1, abs=1e-8)
    assert rounded.signalling_fraction() == pytest.approx(0, abs=1e-8)
    assert rounded.NCNT2 == 0
