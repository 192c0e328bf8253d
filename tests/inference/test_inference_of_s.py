"""S over paired runs: one statistic, read as an interval and as a p-value; how often it holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from ncviz import Experiment
from ncviz.inference import (
    PairedRuns,
    bootstrap_t,
    estimates,
    estimates_of_s,
    intervals_of_s,
    mean_intervals,
    no_signalling,
    p_of_means,
    p_of_s,
    s_interval,
)
from ncviz.results.summary import LIMITS, signalling_estimates, signalling_rows
from pools import pool, pool_of

Array = NDArray[np.float64]

FIVE = [2.18, 2.21, 2.24, 2.29]
"""Four runs; the fifth is one of them again, or not."""


# Exact


@given(
    st.one_of(
        st.lists(st.floats(-4, 4), min_size=2, max_size=40),
        st.lists(st.sampled_from([2.0, 2.0, 2.5, 3.0]), min_size=2, max_size=40),
        st.tuples(st.floats(-4, 4), st.integers(2, 90)).map(lambda some: [some[0]] * some[1]),
    )
)
def test_p_is_at_most_0025_exactly_where_the_interval_lies_above_2(runs: list[float]) -> None:
    S = np.array(runs)
    (_, low, _), p = intervals_of_s(S[None])[0], p_of_s(S)
    assert 0 <= p <= 1
    if abs(low - 2) > 2e-5:  # the root of the bets is found to 8e-6
        assert (low > 2) == (p <= 0.025)


@given(
    st.lists(st.floats(0, 1), min_size=5, max_size=30),
    st.floats(0.01, 0.99),
    st.sampled_from([0.001, 0.0125, 0.05, 0.3]),
    st.booleans(),
)
def test_every_p_is_that_of_its_interval(
    values: list[float], at: float, error: float, bounded: bool
) -> None:
    row = np.array([values])
    _, low, _ = mean_intervals(row, 0, 1, error, bounded)[0]
    (p,) = p_of_means(row, at, 0, 1, bounded)
    if abs(low - at) > 1e-5 and (bounded or np.ptp(row) > 1e-6):
        assert (low > at) == (p <= error / 2)


def test_all_runs_equal_have_the_exact_p() -> None:
    # All R runs at S above 2: the likeliest law with mean 2 draws S or -4.
    for S, runs in ((2.2, 3), (3.0, 20), (2.01, 400)):
        chance = 6 / (S + 4)  # of S, where the mean is 2
        assert p_of_s(np.full(runs, S)) == pytest.approx(chance**runs)
    assert p_of_s(np.full(50, 2.0)) == 1


def test_two_equal_runs_of_five_blow_nothing_up() -> None:
    apart = intervals_of_s(np.array([[*FIVE, 2.22]]))[0]
    tied = intervals_of_s(np.array([[*FIVE, 2.21]]))[0]
    assert tied[2] - tied[1] < 1.2 * (apart[2] - apart[1]) < 0.3
    # The bounded-mean interval, which two ties used to ask for:
    old = mean_intervals(np.array([[*FIVE, 2.21]]), -4, 4)[0]
    assert old[2] - old[1] > 4


def test_rounding_does_not_tell_equal_runs_apart() -> None:
    S = np.array([np.nextafter(2, 3), 2.0, 2.0, 2.0, 2.0, 2.0])
    assert intervals_of_s(S[None])[0] == pytest.approx(intervals_of_s(np.full((1, 6), 2.0))[0])


def test_runs_that_all_agree_keep_the_exact_bound() -> None:
    for runs in (2, 5, 50):
        u = 1 - 0.025 ** (1 / runs)
        found = intervals_of_s(np.full((1, runs), 2.0))[0]
        assert found == pytest.approx([2, max(-4, 2 - 6 * u), min(4, 2 + 2 * u)])
        separate = intervals_of_s(np.full((1, runs), 2.0), "separate")[0]
        assert separate == pytest.approx([2, max(-2, 2 - 4 * u), 2])


@pytest.mark.parametrize("outcome", ["correct", "success", "oscillation"])
@pytest.mark.parametrize("steps", [60, 900])
def test_separate_trunks_end_at_2(outcome: str, steps: int) -> None:
    r = Experiment(
        trunk="separate", runs=8, steps=steps, n_test=100, outcome=outcome, threshold=0.7
    ).run()
    curve = r.recording.s_intervals(r.index + 1)
    assert np.nanmax(curve) <= 2 and np.nanmax(curve[:, 2]) > 1.9
    assert r.s.high == pytest.approx(curve[-1, 2]) == pytest.approx(s_interval(r.paired).high)
    assert s_interval(r.paired, "bounded-mean").high <= 2


def test_where_most_runs_agree_they_are_counted_for_the_pictures() -> None:
    r = Experiment(hidden=8, runs=20).run()
    S = r.per_run.S
    most = max(np.count_nonzero(s == S) for s in S)
    assert r.summary.agreeing == most > 5 and r.summary.tied
    assert r.s.high - r.s.low < 0.1, "and the interval is of use"


# How often it holds, on pools of real runs


SIZES = (2, 3, 4, 6, 8, 12)
RUNS = (5, 10, 50, 200)


def drawn(pooled: Array, runs: int, repeats: int, seed: int = 0) -> Array:
    return np.random.default_rng([seed, runs]).choice(pooled, (repeats, runs))


def held(ends: Array, truth: float) -> float:
    return float(((ends[:, 1] <= truth) & (truth <= ends[:, 2])).mean())


def table(title: str, rows: dict[str, list[float]], spec: str = ".3f") -> None:
    print(f"\n{title}\n" + " " * 26 + "".join(f"{runs:>8}" for runs in RUNS))
    for name, numbers in rows.items():
        print(f"{name:<26}" + "".join(f"{number:>8{spec}}" for number in numbers))


def students(values: Array) -> Array:
    mean, n = values.mean(axis=1), values.shape[1]
    reach = stats.t.ppf(0.975, n - 1) * values.std(axis=1, ddof=1) / np.sqrt(n)
    return np.stack([mean, mean - reach, mean + reach], axis=1)


@pytest.mark.long("ncviz/inference", "ncviz/results/summary.py")
def test_it_covers_at_least_95_percent_and_90_near_saturation() -> None:
    repeats = 6000
    rows, plain, widths = {}, {}, {}
    for hidden in SIZES:
        S = pool(hidden, 4000)
        some = [drawn(S, runs, repeats) for runs in RUNS]
        ends = [(intervals_of_s(values), students(values)) for values in some]
        rows[f"{hidden} neurons"] = [held(found, S.mean()) for found, _ in ends]
        plain[f"{hidden} neurons, Student"] = [held(t, S.mean()) for _, t in ends]
        widths[f"{hidden} neurons"] = [
            float(np.median(np.ptp(found[:, 1:], axis=1)) / np.median(np.ptp(t[:, 1:], axis=1)))
            for found, t in ends
        ]
    table("coverage by number of runs", rows | plain)
    table("median width, in widths of Student's interval", widths, ".2f")
    for hidden in SIZES:
        least = 0.95 if hidden <= 6 else 0.9
        slack = 3 * np.sqrt(least * (1 - least) / repeats)
        assert min(rows[f"{hidden} neurons"]) >= least - slack
    assert max(widths[f"{hidden} neurons"][2] for hidden in (6, 8)) <= 1.5
    assert min(plain["8 neurons, Student"]) < 0.9, "the reason for the correction"


@pytest.mark.long("ncviz/inference", "ncviz/results/summary.py")
@pytest.mark.parametrize("outcome", ["success", "oscillation"])
@pytest.mark.parametrize("hidden", [2, 3])
def test_it_covers_with_every_outcome_rule(outcome: str, hidden: int) -> None:
    S = pool(hidden, 1000, outcome)
    rates = [held(intervals_of_s(drawn(S, runs, 3000)), S.mean()) for runs in RUNS]
    table("coverage", {f"{hidden} neurons, {outcome}": rates})
    assert min(rates) >= 0.94


@pytest.mark.long("ncviz/inference", "ncviz/results/summary.py")
@pytest.mark.parametrize("runs", [5, 7, 10, 20, 50])
def test_at_a_true_2_it_raises_at_most_25_false_alarms_in_1000(runs: int) -> None:
    repeats = 12_000
    S = pool(3)
    at_2 = np.clip(drawn(S - S.mean() + 2, runs, repeats), -4, 4)
    alarms = (intervals_of_s(at_2)[:, 1] > 2).mean()
    plain = (students(at_2)[:, 1] > 2).mean()
    found = [(ends(drawn(S, runs, 3000))[:, 1] > 2).mean() for ends in (intervals_of_s, students)]
    print(
        f"\n{runs} runs: false alarms {alarms:.4f}, Student {plain:.4f}; "
        f"found at 3 neurons {found[0]:.3f}, Student {found[1]:.3f}"
    )
    assert alarms <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / repeats)
    assert plain > alarms, "what the correction is for"
    if runs == 50:
        assert found[0] > found[1] - 0.025, "and it costs little"


@pytest.mark.long("ncviz/inference", "ncviz/results/summary.py")
def test_what_it_cannot_do_is_known() -> None:
    # A rare run wilder than all others, of which nothing is seen in most experiments: no interval
    # that is short where all other runs nearly agree can hold its mean. The bets' does.
    laws = {"near 2, rarely -1": ([2.0, 1.9, 2.1, -1.0], [0.5, 0.3, 0.17, 0.03])}
    values, chances = laws["near 2, rarely -1"]
    runs = np.random.default_rng(1).choice(values, (1000, 10), p=chances)
    truth = float(np.dot(values, chances))
    assert held(intervals_of_s(runs), truth) < 0.5
    assert held(mean_intervals(runs, -4, 4, bounded=True), truth) >= 0.95


@pytest.mark.long("ncviz/inference", "ncviz/results/summary.py")
def test_rivals_are_worse_somewhere() -> None:
    """The search: bootstrap-t, and Hall's (1992) transformation without doubt of the skewness."""

    def hall(values: Array) -> Array:
        mean, s, n = values.mean(axis=1), values.std(axis=1, ddof=1), values.shape[1]
        g = stats.skew(values, axis=1)
        g = np.where(np.abs(g) > 1e-9, g, 1e-9)
        q = stats.t.ppf(0.975, n - 1) / np.sqrt(n)
        x = [3 / g * (np.cbrt(1 + g * (side * q - g / (6 * n))) - 1) for side in (1, -1)]
        return np.stack([mean, mean - s * x[0], mean - s * x[1]], axis=1)

    def bootstrap(values: Array) -> Array:
        ends = [bootstrap_t(row, 499, k) for k, row in enumerate(values)]
        return np.column_stack([values.mean(axis=1), ends])

    def bets(values: Array) -> Array:
        return mean_intervals(values, -4, 4, bounded=True)

    rows, widths = {}, {}
    for name, rival, repeats in (
        ("Johnson, doubtful", intervals_of_s, 2000),
        ("Hall", hall, 2000),
        ("bootstrap-t", bootstrap, 300),
        ("bets on [-4, 4]", bets, 300),
    ):
        S = pool(8, 2000)
        some = [drawn(S, runs, repeats) for runs in RUNS]
        apart = [values[np.ptp(values, axis=1) > 0] for values in some]
        found = [rival(values) for values in apart]
        rows[name] = [held(ends, S.mean()) for ends in found]
        widths[name] = [
            float(np.median(np.ptp(ends[:, 1:], axis=1) / np.ptp(students(values)[:, 1:], axis=1)))
            for ends, values in zip(found, apart, strict=True)
        ]
    table("coverage at 8 neurons", rows)
    table("median width, in widths of Student's interval", widths, ".2f")
    assert min(rows["Johnson, doubtful"]) >= 0.9 - 3 * np.sqrt(0.9 * 0.1 / 2000)
    assert min(rows["Hall"]) < 0.9 and min(rows["bootstrap-t"]) < 0.9
    assert widths["bets on [-4, 4]"][2] > 10


@pytest.mark.long("ncviz/inference", "ncviz/results/summary.py")
@pytest.mark.parametrize("hidden", [2, 3, 4, 6])
def test_excess_delta_and_d_are_covered(hidden: int) -> None:
    pooled = pool_of(hidden, 4000)
    c, m = pooled.correlators, pooled.marginals
    rows = signalling_rows(c, m).mean(axis=1)
    truth = dict(zip(("excess", "delta", "D"), rows[:3].tolist(), strict=True))
    found: dict[str, list[float]] = {
        f"{name} {end}": [] for name in truth for end in ("low", "high")
    }
    for runs in RUNS:
        rng = np.random.default_rng(runs)
        missed = {name: 0 for name in found}
        repeats = 600
        for _ in range(repeats):
            some = rng.integers(len(c), size=runs)
            five = estimates(signalling_rows(c[some], m[some]), *np.transpose(LIMITS))
            for (name, true), e in zip(truth.items(), signalling_estimates(five), strict=True):
                missed[f"{name} low"] += e.low > true
                missed[f"{name} high"] += e.high < true
        for name, count in missed.items():
            found[name].append(count / repeats)
    table(f"missed at {hidden} neurons", found)
    slack = 3 * np.sqrt(0.06 * 0.94 / repeats)
    for name in truth:
        both = np.add(found[f"{name} low"], found[f"{name} high"])
        assert both[1:].max() <= 0.06 + slack, name


@pytest.mark.long("ncviz/inference", "ncviz/results/summary.py")
@pytest.mark.parametrize("hidden", [2, 3, 4, 6])
def test_shifts_of_mean_0_are_seldom_called_signalling(hidden: int) -> None:
    runs_of = pool_of(hidden, 4000)
    moved = PairedRuns(runs_of.correlators, runs_of.marginals).shifts
    moved = np.clip(moved - moved.mean(axis=0), -2, 2) / 2
    centred = np.zeros((len(moved), 2, 2, 2))
    centred[:, 0, :, 1], centred[:, 1, 1, :] = moved[:, :2], moved[:, 2:]
    centred[:, 0, :, 0], centred[:, 1, 0, :] = -moved[:, :2], -moved[:, 2:]
    rates = []
    for runs in RUNS:
        rng, repeats = np.random.default_rng(runs), 1000
        alarms = 0
        for _ in range(repeats):
            some = centred[rng.integers(len(centred), size=runs)]
            design = PairedRuns(np.zeros((runs, 2, 2)), some)
            alarms += min(no_signalling(design).p_holm) <= 0.05
        rates.append(alarms / repeats)
    table("false alarms about signalling, at 0.05", {f"{hidden} neurons": rates})
    assert max(rates) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repeats)


def test_estimates_of_s_are_its_intervals() -> None:
    S = np.array([[2.2, 2.4, 2.1, np.nan, 2.3, 2.25], [2.0, 2.0, 2.0, 2.0, 2.0, np.nan]])
    for e, row in zip(estimates_of_s(S), intervals_of_s(S), strict=True):
        assert [e.value, e.low, e.high, e.n] == [*row, 5]
