"""Regression: against statsmodels called directly, and on simulated runs of known truth."""

import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from ncviz import Experiment, Regression, regress, sweep
from ncviz.regression import guide, with_rivals
from ncviz.regression.doubts import spearman
from ncviz.regression.words import p_value
from ncviz.sweeps import Sweep

NUMBER = re.compile(r"[−-]?\d+\.\d+")


@pytest.fixture(scope="module")
def swept() -> Sweep:
    return sweep(Experiment(runs=60, steps=500), hidden=[1, 2, 3, 4], progress=False)


@pytest.fixture(scope="module")
def found(swept: Sweep) -> Regression:
    return regress(swept.runs, "S ~ test_error", within="hidden", cov="cluster")


def clusters(frame: pd.DataFrame) -> pd.Series:
    return frame.groupby(["seed", "run"]).ngroup()


def simulated(
    rng: np.random.Generator,
    slope: float = -3.0,
    runs: int = 80,
    sizes: int = 3,
    shared: float = 1.0,
    jump: float = 0.0,
) -> pd.DataFrame:
    """Runs of several sizes: y = slope · x + jump · size + noise, part of it shared by a run."""
    of_run, run = rng.standard_normal(runs), np.tile(np.arange(runs), sizes)
    size = np.repeat(np.arange(1, sizes + 1), runs)
    x_of_run = rng.standard_normal(runs)
    x = x_of_run[run] + 0.3 * rng.standard_normal(len(run)) + size
    noise = shared * of_run[run] + rng.standard_normal(len(run))
    return pd.DataFrame({"x": x, "y": slope * x + jump * size + noise, "size": size, "run": run})


# Against statsmodels called directly


@pytest.mark.parametrize("cov", ["HC3", "HC0", "HC1", "HC2", "nonrobust"])
def test_the_fit_is_that_of_statsmodels(swept: Sweep, cov: str) -> None:
    ours = regress(swept.runs, "S ~ test_error + hidden", cov=cov)
    theirs = smf.ols("S ~ test_error + hidden", swept.runs).fit(cov_type=cov, use_t=True)
    pd.testing.assert_series_equal(ours.fit.params, theirs.params)
    pd.testing.assert_series_equal(ours.fit.bse, theirs.bse)
    low, high = theirs.conf_int().loc["test_error"]
    e = ours.pooled.estimate
    assert (e.value, e.low, e.high) == pytest.approx((theirs.params["test_error"], low, high))
    assert ours.pooled.p == theirs.pvalues["test_error"]


def test_clustered_errors_are_those_by_seed_and_run(swept: Sweep, found: Regression) -> None:
    theirs = smf.ols("S ~ test_error", swept.runs).fit(
        cov_type="cluster", cov_kwds={"groups": clusters(swept.runs)}
    )
    pd.testing.assert_series_equal(found.fit.bse, theirs.bse)
    assert found.data.n_clusters == 60


def test_runs_of_two_seeds_are_not_one_cluster() -> None:
    frame = sweep(Experiment(runs=10, steps=50), seed=[0, 1], hidden=[1, 2], progress=False).runs
    assert regress(frame, "S ~ test_error", cov="cluster").data.n_clusters == 20


def test_the_slope_within_is_that_with_a_level_for_each_size(
    swept: Sweep, found: Regression
) -> None:
    theirs = smf.ols("S ~ test_error + C(hidden)", swept.runs).fit(
        cov_type="cluster", cov_kwds={"groups": clusters(swept.runs)}
    )
    row = found.slopes.loc["within"]
    assert row.slope == pytest.approx(theirs.params["test_error"])
    assert found.common is not None
    for n in (1, 2, 3, 4):
        alone = smf.ols("S ~ test_error", swept.runs[swept.runs.hidden == n]).fit(cov_type="HC3")
        assert found.slopes.loc[f"hidden {n}"].slope == pytest.approx(alone.params["test_error"])


def test_the_mixed_model_is_that_of_statsmodels(swept: Sweep) -> None:
    ours = regress(swept.runs, "S ~ test_error", within="hidden", kind="mixed")
    theirs = smf.mixedlm("S ~ test_error", swept.runs, groups=swept.runs.hidden).fit()
    pd.testing.assert_series_equal(ours.fit.params, theirs.params)
    assert ours.pooled.estimate.value == theirs.params["test_error"]


def test_spearman_is_that_of_scipy(swept: Sweep, found: Regression) -> None:
    from scipy.stats import spearmanr

    rho = spearmanr(swept.runs.test_error, swept.runs.S).statistic
    ours = found.spearman["all runs"]
    assert ours.value == pytest.approx(rho)
    assert ours.low < rho < ours.high


def test_the_interval_of_spearman_is_that_of_rows_ranked_anew() -> None:
    """The same resamples of clusters, each row of them written out and ranked by scipy."""
    from scipy.stats import bootstrap, rankdata

    rng = np.random.default_rng(9)
    clusters, groups = np.arange(90) % 30, np.arange(90) // 45
    x = rng.integers(0, 6, 90).astype(float)  # many ties
    y = x + rng.integers(0, 9, 90) + 5.0 * groups

    def rho(drawn: np.ndarray) -> float:
        rows = np.concatenate([np.flatnonzero(clusters == k) for k in drawn])
        ranks = np.zeros((2, len(rows)))
        for group in (0, 1):
            here = groups[rows] == group
            for out, values in zip(ranks, (x, y), strict=True):
                ranked = rankdata(values[rows][here])
                out[here] = ranked - ranked.mean()
        return ranks[0] @ ranks[1] / np.sqrt((ranks[0] @ ranks[0]) * (ranks[1] @ ranks[1]))

    ends = bootstrap(
        (np.arange(30),),
        rho,
        vectorized=False,
        n_resamples=499,
        batch=64,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    ours = spearman(x, y, clusters, groups)
    assert ours.value == pytest.approx(rho(np.arange(30)))
    assert (ours.low, ours.high) == pytest.approx((ends.low, ends.high))


def test_leaving_out_the_heaviest_run_changes_the_slope_as_told(
    swept: Sweep, found: Regression
) -> None:
    heaviest = found.influence.iloc[0]
    without = smf.ols("S ~ test_error", swept.runs.drop(index=heaviest.name)).fit()
    assert heaviest.slope == pytest.approx(without.params["test_error"], rel=1e-9)
    assert swept.runs.loc[heaviest.name, ["hidden", "run"]].tolist() == [
        heaviest.hidden,
        heaviest.run,
    ]
    assert found.influence.cooks_distance.is_monotonic_decreasing


# Known truth


@pytest.mark.long("ncviz/regression")
def test_clustered_intervals_cover_the_slope_where_plain_ones_do_not() -> None:
    rng = np.random.default_rng(0)
    hits = {"cluster": 0, "nonrobust": 0}
    for _ in range(150):
        frame = simulated(rng, shared=2.0)
        for cov in hits:
            e = regress(frame, "y ~ x + C(size)", cov=cov).pooled.estimate
            hits[cov] += e.low <= -3 <= e.high
    assert hits["cluster"] / 150 > 0.9
    assert hits["nonrobust"] / 150 < 0.85


def test_simpsons_paradox_is_seen_and_said() -> None:
    frame = simulated(np.random.default_rng(1), slope=-1.0, jump=8.0)
    f = regress(frame, "y ~ x", within="size", cov="cluster")
    assert f.pooled.estimate.low > 0 > f.common.estimate.high
    assert f.common.estimate.low < -1 < f.common.estimate.high
    assert "opposite signs" in " ".join(f.sentences)


def bent(rng: np.random.Generator, change: float) -> pd.DataFrame:
    x = rng.uniform(0, 1, 300)
    y = 1 - 2 * x + change * np.maximum(0, x - 0.4) + 0.2 * rng.standard_normal(300)
    return pd.DataFrame({"x": x, "y": y, "run": np.arange(300)})


@pytest.mark.long("ncviz/regression")
def test_a_hinge_finds_threshold_and_slopes_and_covers_them() -> None:
    rng = np.random.default_rng(2)
    inside = np.zeros(3)
    for _ in range(30):
        b = regress(bent(rng, 5.0), "y ~ x", kind="hinge").bend
        inside += [
            e.low <= v <= e.high for e, v in ((b.threshold, 0.4), (b.below, -2), (b.above, 3))
        ]
        assert b.p < 0.01
    assert (inside / 30 >= 0.8).all()
    assert b.threshold.value == pytest.approx(0.4, abs=0.06)


@pytest.mark.long("ncviz/regression")
def test_a_straight_line_is_rarely_said_to_bend() -> None:
    rng = np.random.default_rng(3)
    p = [regress(bent(rng, 0.0), "y ~ x", kind="hinge").bend.p for _ in range(40)]
    assert np.mean(np.array(p) < 0.05) <= 0.125
    assert max(p) > 0.5


def test_the_fit_of_a_hinge_is_the_least_squares_fit_at_its_threshold() -> None:
    frame = bent(np.random.default_rng(4), 5.0)
    f = regress(frame, "y ~ x", kind="hinge")
    again = frame.assign(beyond=np.maximum(0, frame.x - f.bend.threshold.value))
    theirs = smf.ols("y ~ x + beyond", again).fit()
    np.testing.assert_allclose(f.fit.params, theirs.params)
    assert f.bend.below.value == pytest.approx(theirs.params["x"])
    assert f.bend.above.value == pytest.approx(theirs.params["x"] + theirs.params["beyond"])


# Honest by construction


def coins(rng: np.random.Generator, runs: int, points: int = 40) -> pd.DataFrame:
    """Runs that are all alike: whatever S and an error have in common is the points' doing."""
    right = rng.random((runs, 4, 2, points)) < 0.9
    from ncviz.results.outcomes import halves

    signs = np.array([1, 1, 1, -1])
    product = np.where(right[:, :, 0] == right[:, :, 1], 1, -1).mean(axis=-1)
    return pd.DataFrame(
        {
            "S": product @ signs,
            "test_error": 1 - right.mean(axis=(1, 2, 3)),
            "gap": 0.0,
            "run": np.arange(runs),
            **halves(right, right[..., : points // 2]),
        }
    )


def test_without_the_split_the_arithmetic_shows_and_with_it_does_not() -> None:
    f = regress(coins(np.random.default_rng(5), 2000), "S ~ test_error")
    assert f.pooled.estimate.high < -1 and f.pooled.p < 1e-6
    split = f.split.pooled
    assert split.estimate.low < 0 < split.estimate.high


@pytest.mark.long("ncviz/regression")
def test_with_the_split_a_true_zero_is_found_as_often_as_it_should_be() -> None:
    rng = np.random.default_rng(6)
    p = [regress(coins(rng, 100), "S ~ test_error").split.pooled.p for _ in range(200)]
    assert 0.01 <= np.mean(np.array(p) < 0.05) <= 0.1


def test_the_parts_of_the_slope_add_to_the_whole(found: Regression) -> None:
    for column in ("slope", "within_slope"):
        parts = found.parts[column]
        assert parts["S, different points"] == pytest.approx(
            parts["product of the marginals"] + parts["S beyond the product"], abs=1e-9
        )
        name = "all runs" if column == "slope" else "within"
        assert parts["S, same points"] == pytest.approx(found.slopes.slope[name])
        assert parts["S, different points"] == pytest.approx(found.split.slopes.slope[name])


def test_what_s_adds_is_the_p_of_s_in_the_larger_model(swept: Sweep, found: Regression) -> None:
    theirs = smf.ols(
        "error_second ~ S_first + product_first + joint_first + C(hidden)", swept.runs
    ).fit(cov_type="cluster", cov_kwds={"groups": clusters(swept.runs)}, use_t=True)
    row = found.rivals.loc["both of them"]
    assert (row.slope, row.p) == pytest.approx((theirs.params.S_first, theirs.pvalues.S_first))
    levels = smf.ols("error_second ~ C(hidden)", swept.runs).fit().ssr
    assert row.share_with == pytest.approx(1 - theirs.ssr / levels)
    assert (found.rivals.gain >= -1e-12).all()


def test_s_adds_nothing_where_the_rivals_know_all() -> None:
    """The error depends on the accuracies only; S is their product plus noise."""
    rng = np.random.default_rng(7)
    frame = coins(rng, 1500)
    skill = rng.normal(size=1500)
    frame["product_first"] = 2 - skill
    frame["joint_first"] = frame["error_first"] = 0.1 * rng.normal(size=1500)
    frame["S_first"] = frame.product_first + rng.normal(size=1500)
    frame["error_second"] = 0.2 + 0.02 * skill + 0.01 * rng.normal(size=1500)
    rivals = regress(frame, "S ~ test_error").rivals
    assert rivals.p["nothing"] < 1e-6
    assert rivals.p["product of the marginals"] > 0.01 and rivals.gain["both of them"] < 0.01


def test_the_rivals_of_all_points_are_those_of_the_outcomes() -> None:
    r = Experiment(runs=2, steps=60).run()
    frame = with_rivals(r.runs)
    for run in (0, 1):
        a, b = (r.outcomes[run, :, head].astype(float) for head in (0, 1))
        assert frame["product"][run] == pytest.approx([1, 1, 1, -1] @ (a.mean(1) * b.mean(1)))
        assert frame["joint"][run] == pytest.approx(((a == 1) & (b == 1)).mean())


# Words


def test_the_sentence_reads_the_slope_with_its_interval(found: Regression) -> None:
    e = found.pooled.estimate
    said = [float(n.replace("−", "-")) for n in NUMBER.findall(found.sentences[0])]
    assert said[:3] == pytest.approx(
        [abs(e.value) / 100, abs(e.high) / 100, abs(e.low) / 100], abs=6e-4
    )
    assert (
        "lower by" in found.sentences[0]
        and "clustered by seed and run, 60 of them" in found.sentences[0]
    )


def test_the_summary_has_the_fit_the_tables_and_each_caveat(found: Regression) -> None:
    text = found.summary()
    assert repr(text) == text, "a notebook shows its lines as lines"
    for part in (
        "OLS Regression Results",
        "hidden 3",
        "Hidden size moves both sides",
        "a marginal is 1 − 2 × error",
        "S beyond the product",
        "joint success rate",
        "Spearman",
        "weighs most",
    ):
        assert part in text


def test_a_p_value_is_written_with_two_digits_or_as_hardly_anything() -> None:
    said = [p_value(p) for p in (0.0312, 0.25, 1e-9, np.nan)]
    assert said == ["p = 0.031", "p = 0.25", "p < 0.001", "no p-value"]


def test_a_slope_that_is_not_clear_is_not_told_as_one() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"S": rng.normal(size=50), "x": rng.normal(size=50), "run": range(50)})
    assert "does not clearly go with S" in regress(frame, "S ~ x").sentences[0]


# Bad input


def test_runs_that_diverged_are_left_out_counted_and_said() -> None:
    runs = Experiment(runs=30, steps=100, learning_rate=30).run().runs
    runs.loc[:3, runs.columns.drop(["run", "diverged"])] = np.nan
    runs.loc[:3, "diverged"] = True
    runs.loc[4, "S"] = np.inf
    f = regress(runs, "S ~ test_error")
    assert (f.data.left_out, f.data.diverged, len(f.x)) == (5, 4, 25)
    assert "5 runs are left out: 4 diverged, 1 have gaps" in " ".join(f.sentences)


GOOD = pd.DataFrame({"S": [1.0, 2, 3, 5, 4], "x": [1.0, 2, 3, 4, 6], "n": [1, 1, 1, 2, 2]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"formula": "S ~ error"}, "formula asks for 'error'; the frame has S, x, n"),
        ({"formula": "S ~"}, "formula"),
        ({"formula": "S"}, "must have one outcome and a predictor"),
        ({"formula": 3}, "formula must be a text"),
        ({"formula": "S ~ C(n)"}, "must be a number"),
        ({"frame": GOOD.assign(x=1.0)}, "x is 1 in all 5 runs: a constant has no slope"),
        ({"frame": GOOD[:1]}, "frame has 1 usable rows"),
        ({"frame": [1, 2]}, "frame must be a DataFrame"),
        ({"within": "hidden"}, "within must be a column of the frame, not 'hidden'"),
        ({"cov": "robust"}, "cov must be 'HC3' or 'cluster'"),
        ({"cov": "cluster"}, "cov='cluster' needs the column run"),
        ({"kind": "line"}, "kind must be 'ols' or 'mixed' or 'hinge'"),
        ({"kind": "hinge", "formula": "S ~ x + n"}, "a hinge takes one predictor"),
        ({"kind": "hinge", "frame": GOOD.assign(x=[0.0, 0, 0, 1, 1])}, "different values"),
        ({"formula": "S ~ x + n + I(x**2) + np.log(x) + I(x**3)"}, "too few for the 6 numbers"),
    ],
)
def test_bad_input_gets_a_clear_error(change: dict, message: str) -> None:
    asked = {"frame": GOOD, "formula": "S ~ x", **change}
    with pytest.raises(ValueError, match=re.escape(message)):
        regress(**asked)


def test_the_name_of_a_column_is_never_run_as_code(capsys: pytest.CaptureFixture[str]) -> None:
    evil = '"))+C(Q(print("run")or"n'
    f = regress(GOOD.rename(columns={"n": evil}), "S ~ x", within=evil)
    assert np.isnan(f.slopes.slope[f"{evil} 1"]) and np.isfinite(f.slopes.slope["within"])
    assert "run" not in capsys.readouterr().out


def test_a_group_too_small_for_a_line_has_no_slope_and_the_others_have() -> None:
    frame = pd.concat([GOOD, GOOD.assign(n=1)])
    f = regress(frame, "S ~ x", within="n")
    assert np.isnan(f.slopes.slope["n 2"]) and np.isfinite(f.slopes.slope["n 1"])
    assert f.split is None and f.parts is None and f.rivals is None


# Where S is a guide


def test_the_guide_finds_the_sizes_by_hand(swept: Sweep) -> None:
    (one,) = guide(swept)
    runs = swept.runs.groupby("hidden")
    assert one.best == runs.error_second.mean().idxmin()
    for n, s, error in zip(one.sizes, one.S, one.error, strict=True):
        assert s.value == pytest.approx(runs.S_first.mean()[n])
        assert error.value == pytest.approx(runs.error_second.mean()[n])
    first = next((n for n, s in zip(one.sizes, one.S, strict=True) if s.value >= 2), None)
    assert one.reaches == first
    if first is not None:
        both = swept.runs.pivot(index="run", columns="hidden", values="error_second")
        assert one.cost.value == pytest.approx((both[first] - both[one.best]).mean())


def test_the_guide_has_a_row_for_each_pairing() -> None:
    e = Experiment(runs=12, steps=200)
    s = sweep(e, hidden=[1, 2], pairing=["xornet", "easy"], progress=False)
    assert [one.label for one in guide(s)] == ["xornet", "easy"]


def test_the_guide_wants_a_sweep_over_sizes() -> None:
    s = sweep(Experiment(runs=4, steps=20), learning_rate=[0.1, 0.5], progress=False)
    with pytest.raises(ValueError, match="must be over hidden; it varies learning_rate"):
        guide(s)
