"""Formulas and frames that nobody should give: fitted, or refused with a sentence, and soon."""

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ncviz import regress
from ncviz.regression.formulas import LONGEST, width

SECONDS = 20
"""Of the processor's time; what is within the bounds takes two at most."""


def runs(n: int = 2000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"S": rng.normal(size=n), "x": rng.random(n), "n": rng.integers(1, 5, n), "z": 0.0}
    )
    frame["text"] = rng.choice(["a", "b", "c"], n)
    frame["category"], frame["run"] = frame["text"].astype("category"), np.arange(n)
    return frame.assign(
        true=frame["x"] < 0.5, minus=-frame["x"], nullable=frame["n"].astype("Int64")
    )


RUNS = runs()
COLUMNS = tuple(RUNS.columns)
NUMBERS = ("0", "1", "-1", "0.5", "9**9", "9**9**9", "1e308", "1e999", "10**15", "9" * 30, "1j")
TEXTS = ("'a'", "b'a'", "'a'*10**9", "[0]*10**9", "(1,)*999999999", "'%0999999999d' % 1", "None")
CALLS = (
    *(
        "pow({0}, 9**9)",
        "pow({0}, 2)",
        "{0}**{1}",
        "I({0}**2)",
        "I({0}**1000)",
        "round({0}, 10**9)",
    ),
    *("bs({0}, df=100000)", "bs({0}, df=5)", "cr({0}, df=9**9)", "bs({0}, 4, degree=10**6)"),
    *("C({0})", "C({0}, Treatment(99))", "C({0}):C({1})", "Q('{0}')", "Q({0})", "center({0})"),
    *("standardize({0})", "np.log({0})", "np.power({0}, {1})", "np.left_shift({0}, 10**9)", "np"),
    *("np.linalg", "I({0} // {1})", "I({0} < {1})", "{0} << {1}", "{0} @ {1}", "max({0}, {1})"),
    *("({0} + {1})**9", "({0} + {1})**-1", "{0}*{1}", "{0}:{1}", "{0}/{1}", "{0} - {1}", "-{0}"),
    *("{0} {1}", "{0}.real", "{0}[0]", "lambda: {0}", "({0}", "{0})", "{0}\n", "{0}\x00", "# {0}"),
)
LONG = (
    *("a" * 5000, "(" * 500 + "x" + ")" * 500, "-" * 900 + "x", "I(" + "-" * 900 + "x)"),
    *(
        "+".join(["x"] * 400),
        "I(" + "+".join(["x"] * 400) + ")",
        "*".join(COLUMNS),
        "$x^$",
        "\ud800",
    ),
    "(" + "+".join(COLUMNS) + ")**5",
)
pieces = st.one_of(
    st.sampled_from(COLUMNS), st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.text(max_size=8)
)
terms = st.recursive(
    st.one_of(pieces, st.sampled_from(LONG)),
    lambda inner: st.builds(
        lambda call, one, other: call.replace("{0}", one).replace("{1}", other),
        st.sampled_from(CALLS),
        inner,
        inner,
    ),
    max_leaves=4,
)
places = st.sampled_from(["S ~ {}", "S ~ x + {}", "{} ~ x", "S ~ {} + n", "S ~ I({})", "{}"])
formulas = st.builds(lambda place, term: place.replace("{}", term), places, terms)


def attack(formula: str) -> None:
    """Fit a formula, or be told in a short sentence why not."""
    began = time.process_time()
    try:
        regress(RUNS, formula)
    except ValueError as error:
        said = str(error)
        assert not isinstance(error, UnicodeError), formula
        assert 10 < len(said) <= 500 and " " in said, f"{formula!r}: {said}"
        words = ("formula", "predictor", "outcome", "runs are too few")
        assert any(word in said for word in words), f"{formula!r}: {said}"
    assert time.process_time() - began < SECONDS, formula


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(formulas)
def test_a_hostile_formula_is_fitted_or_refused_with_a_sentence(formula: str) -> None:
    attack(formula)


@pytest.mark.long("ncviz/regression")
@settings(max_examples=2_000, suppress_health_check=list(HealthCheck))
@given(formulas)
def test_two_thousand_hostile_formulas_are(formula: str) -> None:
    attack(formula)


@pytest.mark.parametrize(
    ("term", "why"),
    [
        ("I(9**9**9)", "must be a number, at most 100"),
        ("pow(9, 9**9)", "must be a number, at most 100"),
        ("np.power(10**15*10**15, x)", "must be a number"),
        ("I('a'*10**9)", "arithmetic takes numbers"),
        ("I(max([0], [1])*10**9)", "arithmetic takes numbers"),
        ("bs(x, df=100000)", "df and degree must be whole numbers, at most 30"),
        ("bs(x, 9**9)", "df and degree must be whole numbers, at most 30"),
        ("1 << x", "arithmetic, and calls like"),
        ("C(x)", "up to 2,001 columns for 2,000 runs"),
        ("C(n):C(run)", "columns for 2,000 runs"),
        ("(" + "+".join(COLUMNS) + ")**5", "terms, and 100 are allowed"),
        ("+".join(["x"] * 400), "too deep"),
        ("x" * LONGEST, f"at most {LONGEST} letters"),
        (".", "the dot of R"),
    ],
)
def test_what_a_formula_may_cost_is_bounded_before_it_is_paid(term: str, why: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="formula") as caught:
        regress(RUNS, f"S ~ {term}")
    assert why in str(caught.value)
    assert time.process_time() - began < 2


def test_the_width_is_never_too_small() -> None:
    import patsy

    levels = {name: RUNS[name].nunique() for name in COLUMNS}
    texts = {"text", "category", "true"}
    for code in ("x", "C(n)", "text", "I(text)", "x < 0.5", "bs(x, df=9)", "cr(x, df=7)", "true"):
        table = patsy.dmatrix(f"0 + {code}", RUNS)
        assert table.shape[1] <= width(code, levels, texts), code


# Columns of every kind of pandas

KINDS: dict[str, Any] = {
    "object": object,
    "text of pandas": "str",
    "text of PyArrow": "string[pyarrow]",
    "categories": "category",
}
NUMBER_KINDS = {"nullable": "Float64", "PyArrow": "double[pyarrow]", "object": object}


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    frame = runs(400)
    tasks = np.where(frame["text"] == "a", "xornet", "s1 | s2 | s3 | s4")
    return frame[["S", "x", "n", "run"]].assign(pairing=tasks.astype(object))


@pytest.mark.parametrize("kind", KINDS)
def test_texts_of_every_kind_can_be_held_fixed(kind: str, plain: pd.DataFrame) -> None:
    known = regress(plain, "S ~ x", within="pairing", cov="cluster")
    found = regress(
        plain.assign(pairing=plain["pairing"].astype(KINDS[kind])),
        *("S ~ x", "pairing", "cluster"),
    )
    pd.testing.assert_frame_equal(found.slopes, known.slopes)
    assert list(found.slopes.index[2:]) == ["pairing s1 | s2 | s3 | s4", "pairing xornet"]
    assert "With pairing held fixed" in found.summary()
    assert found.plot().get_title(loc="left")


@pytest.mark.parametrize("kind", NUMBER_KINDS)
def test_numbers_of_every_kind_are_numbers(kind: str, plain: pd.DataFrame) -> None:
    known = regress(plain, "S ~ x + C(pairing)", within="n")
    other = plain.assign(**{name: plain[name].astype(NUMBER_KINDS[kind]) for name in "Sx"})
    found = regress(other, "S ~ x + C(pairing)", within="n")
    pd.testing.assert_frame_equal(found.slopes, known.slopes)


def test_what_is_missing_is_missing_in_every_kind(plain: pd.DataFrame) -> None:
    holes = plain.assign(x=plain["x"].where(plain.index > 9))
    known = regress(holes, "S ~ x")
    for kind in NUMBER_KINDS.values():
        assert regress(holes.astype({"x": kind}), "S ~ x").data.left_out == 10
    assert known.data.left_out == 10
    texts = plain.assign(pairing=plain["pairing"].where(plain.index > 9).astype("string"))
    assert regress(texts, "S ~ x", within="pairing").data.left_out == 10


def test_seeds_beyond_exact_floats_stay_apart(plain: pd.DataFrame) -> None:
    seeds = [2**53, 2**53 + 1] * 200
    frame = plain.assign(seed=pd.array(seeds, dtype="UInt64"), run=np.arange(400) // 4)
    assert regress(frame, "S ~ x", cov="cluster").data.n_clusters == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: pd.concat([f, f[["S"]]], axis=1), "'S' is there twice"),
        (lambda f: f.assign(x=f["x"].astype(str)), "the predictor x must be a number"),
        (lambda f: f.assign(S=f["S"].astype(str)), "the outcome of formula"),
        (lambda f: f.assign(S=np.inf), "0 usable rows"),
        (lambda f: f.assign(S=1e300), "numbers beyond 1e\\+100"),
        (lambda f: f[["S"]], "formula asks for 'x'; the frame has S"),
        (lambda f: f.iloc[:0], "0 usable rows"),
        (lambda f: f.set_axis(pd.MultiIndex.from_product([["a"], f.columns]), axis=1), "one name"),
    ],
)
def test_a_frame_that_cannot_be_fitted_is_refused(
    change: Any, message: str, plain: pd.DataFrame
) -> None:
    with pytest.raises(ValueError, match=message):
        regress(change(plain), "S ~ x")


@pytest.mark.parametrize("within", ["x", "nothing"])
def test_within_must_be_a_column_of_few_values(within: str) -> None:
    with pytest.raises(ValueError, match="within"):
        regress(RUNS, "S ~ n", within=within)
