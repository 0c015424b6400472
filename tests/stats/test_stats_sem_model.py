"""Model texts, the table made of them, the moments it implies and their slopes."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.stats.sem._syntax import parse
from detachment.stats.sem.model import (
    cfa_model,
    implied,
    implied_thresholds,
    jacobian,
    ordinal_jacobian,
    pull_back,
    vech,
    vech_index,
    with_rows,
)

ITEMS = [f"x{i}" for i in range(1, 10)]
THREE = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nh =~ x7 + x8 + x9"
MODELS = {
    "three": (THREE, {}),
    "equal": (THREE.replace("x5", "a*x5").replace("x8", "a*x8"), {}),
    "groups": (THREE, {"groups": 2, "group_equal": ["loadings", "intercepts"]}),
    "second_order": (THREE + "\nG =~ f + g + h", {}),
    "bifactor": ("g =~ " + " + ".join(ITEMS) + "\ns =~ x1 + x2 + x3", {"orthogonal": True}),
    "regression": (THREE + "\nz ~ f + w\nw ~ g", {"groups": 2}),
    "residuals": (THREE + "\nx1 ~~ x4; x2 ~~ x5", {"std_lv": True, "meanstructure": True}),
}


def numeric(function, theta):
    steps = 1e-6 * np.eye(len(theta))
    return np.stack([(function(theta + s) - function(theta - s)) / 2e-6 for s in steps], axis=1)


@pytest.mark.parametrize("name", MODELS)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_slopes_are_the_derivatives(name, seed):
    text, options = MODELS[name]
    model = cfa_model(text, **options)
    rng = np.random.default_rng(seed)
    theta = rng.uniform(0.1, 0.4, model.n_free)
    slopes = jacobian(model, theta)
    p = len(model.observed)
    low, left = vech_index(p)
    weights, expected = [], np.zeros(model.n_free)
    for g in range(model.groups):

        def moments(x, g=g):
            mean, cov = implied(model, x)[g]
            return np.concatenate([mean, vech(cov)])

        np.testing.assert_allclose(slopes[g], numeric(moments, theta), atol=1e-7)
        half = rng.normal(size=(p, p))
        weights.append((rng.normal(size=p), half + half.T))
        flat = vech(weights[g][1]) * np.where(low == left, 1.0, 2.0)
        expected += slopes[g].T @ np.concatenate([weights[g][0], flat])
    stack = pull_back(model, np.stack([theta, theta]), weights)
    np.testing.assert_allclose(stack, [expected, expected], atol=1e-10)


@pytest.mark.parametrize("parameterization", ["delta", "theta"])
def test_slopes_of_ordered_items(parameterization):
    model = cfa_model(
        THREE,
        groups=2,
        ordered=ITEMS,
        thresholds=dict.fromkeys(ITEMS, 3),
        parameterization=parameterization,
        group_equal=["loadings", "thresholds"],
    )
    theta = np.random.default_rng(5).uniform(0.1, 0.3, model.n_free)
    low, left = vech_index(9)
    off = low != left
    for g, slopes in enumerate(ordinal_jacobian(model, theta)):

        def moments(x, g=g):
            cov = implied(model, x)[g][1]
            return np.concatenate([implied_thresholds(model, x)[g], cov[low[off], left[off]]])

        np.testing.assert_allclose(slopes, numeric(moments, theta), atol=1e-7)
        np.testing.assert_allclose(np.diagonal(implied(model, theta)[g][1]), 1.0)


def test_defaults_are_those_of_a_factor_analysis():
    model = cfa_model(THREE, ITEMS)
    free = {
        (lhs, op, rhs)
        for lhs, op, rhs, k in zip(model.lhs, model.op, model.rhs, model.free, strict=True)
        if k
    }
    assert model.n_free == len(free) == 21
    assert ("f", "=~", "x1") not in free
    assert ("f", "~~", "g") in free
    assert ("f", "~~", "f") in free
    assert cfa_model(THREE, std_lv=True).n_free == 21
    assert cfa_model(THREE, orthogonal=True).n_free == 18
    assert cfa_model(THREE, meanstructure=True).n_free == 30


def test_a_single_item_has_no_residual():
    model = cfa_model("f =~ a + b + c\ng =~ d")
    row = model.find("d", "~~", "d")
    assert model.free[row] == 0
    assert model.value[row] == 0


@pytest.mark.parametrize(
    ("equal", "n_free"),
    [
        ([], 60),
        (["loadings"], 54),
        (["loadings", "intercepts"], 48),
        (["loadings", "intercepts", "residuals"], 39),
        (["loadings", "intercepts", "residuals", "means"], 36),
    ],
)
def test_equal_groups_share_parameters(equal, n_free):
    assert cfa_model(THREE, groups=2, group_equal=equal).n_free == n_free


def test_partial_equality_frees_rows():
    options = {"groups": 2, "group_equal": ["loadings", "intercepts"]}
    whole = cfa_model(THREE, **options)
    part = cfa_model(THREE, group_partial=["f =~ x2", "x3 ~ 1"], **options)
    assert part.n_free == whole.n_free + 2
    with pytest.raises(ValueError, match="f =~ x9"):
        cfa_model(THREE, group_partial=["f =~ x9"], **options)


def test_texts_that_say_the_same():
    said = parse("f =~ 1*x1 + NA*x2 +\n  a*x3 # comment\n; x1 ~~ 0.5*x2 ! more\n x1 + x2 ~ 1")
    one_line = parse("f=~1*x1+NA*x2+a*x3;x1~~.5*x2;x1~1;x2~1")
    assert [(s.lhs, s.op, s.rhs, s.label) for s in said] == [
        (s.lhs, s.op, s.rhs, s.label) for s in one_line
    ]
    np.testing.assert_array_equal(
        [s.fixed for s in said if s.fixed], [s.fixed for s in one_line if s.fixed]
    )
    assert parse("f =~ `item 1` + `a-b`")[1].rhs == "a-b"
    assert parse("f =~ c(1, NA)*x + start(0.3)*y")[1].start == (0.3,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("f = x1 + x2", "line 1, column 3"),
        ("f =~ x1\ng =~ x2 +", "line 2, column 9: nothing follows"),
        ("f =~ x1 x2", "a plus is missing"),
        ("f =~ x1 + x1", "twice"),
        ("f =~ 2x1", "backquotes"),
        ("f =~ x1*", "a variable is missing"),
        ("f =~ c(1, 2)*x1 + x2", "c\\(\\) gives 2 values, and there is 1 group"),
        ("f =~ c(1, a)*x1", "not both"),
        ("b := a*a", "defined parameters"),
        ("f =~ x1 + x2; a == b", "constraints"),
        ("x1 ~ 2", "an intercept"),
        ("f x1", "an operator is missing"),
        ("f =~ (x1", "is meant here"),
        ("f =~ f + x1", "cannot measure itself"),
        ("f =~ x1 + x2; f | t1", "is a factor"),
        ("f =~ x1 + x2\ng =~ x1 + x99", "line 2, column 11: x99 .* Did you mean x9"),
        ("f =~ x1 + x2\nx3 =~ x4", "is a factor in the model and a variable in the data"),
    ],
)
def test_a_wrong_text_says_where(text, said):
    with pytest.raises(ValueError, match=said):
        cfa_model(text, ITEMS)


@given(st.text(alphabet="fgx12~=|*+(),;c0.N A\n#`", max_size=30))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ValueError):  # what else it raised would be a failure
        assert len(cfa_model(text).lhs) > 0


def test_wrong_words_are_named():
    with pytest.raises(ValueError, match="Did you mean 'loadings'"):
        cfa_model(THREE, groups=2, group_equal=["loading"])
    with pytest.raises(ValueError, match="number of thresholds"):
        cfa_model(THREE, ordered=["x1"])
    with pytest.raises(ValueError, match="21 free parameters"):
        implied(cfa_model(THREE), np.zeros(3))
    with pytest.raises(ValueError, match="no such row"):
        with_rows(cfa_model(THREE), [("f", "=~", "nothing", 0)])
