"""Differences of groups, shares and ROC curves against R: t.test, clubSandwich, survey, pROC."""

import numpy as np
import pytest

from detachment import stats

KINDS = {"clustered": "unit", "crossed": "unit", "paired": "dyad", "design": "unit"}


@pytest.fixture
def codes():
    """Scores, groups by number, and clusters of a case."""

    def make(case):
        frame = case.frame()
        names = sorted({name for pair in case.fields["groups"] for name in pair})
        by = next(c for c in ("arm", "sex", "role") if set(names) <= set(frame[c].dropna()))
        names = sorted(frame[by].dropna().unique())
        code = frame[by].map({name: k for k, name in enumerate(names)}).fillna(-1).astype(int)
        unit = units(frame)
        pairs = [[names.index(name) for name in pair] for pair in case.fields["groups"]]
        return frame, code.to_numpy(), unit, len(names), np.array(pairs).T

    return make


def units(frame):
    alone = [f"alone{k}" for k in range(len(frame))]
    return frame["dyad"].where(frame["dyad"].notna(), alone).to_numpy()


def kind(case):
    return case.fields["id"].split(".")[-1]


def test_mean_difference(mean_difference_case, codes):
    case = mean_difference_case
    frame, code, unit, groups, (first, second) = codes(case)
    for item, expected in zip(case.fields["items"], case.values["rows"], strict=True):
        x = frame[item].to_numpy()
        options = {} if kind(case) == "welch" else {"clusters": unit}
        if kind(case) == "paired":  # complete dyads only
            both = frame.assign(x=x)[code >= 0].dropna(subset="x").groupby("dyad")["x"].count()
            x = np.where(frame["dyad"].isin(both.index[both == 2]), x, np.nan)
        if kind(case) == "design":
            drawn = stats.survey_design(frame["weight"], strata=frame["stratum"], clusters=unit)
            options = {"design": drawn}
        means = stats.group_means(x, code, groups, **options)
        d = stats.mean_difference(means, first, second)
        got = np.stack([d.difference, d.se, d.df, d.t, d.p, d.low, d.high], axis=-1)[0]
        if kind(case) == "design":
            got = got[:, :5]
            se = np.sqrt(np.diagonal(means.cov[0]))
            case.check(means.mean[0], expected[0][5:7])
            case.check(se, expected[0][7:9])
            case.check(means.sd[0], expected[0][9:11])
            expected = [expected[0][:5]]
        case.check(got, expected)


def test_standardized_difference(standardized_case, codes):
    case = standardized_case
    frame, code, _, groups, (first, second) = codes(case)
    means = stats.group_means(frame[case.fields["items"]], code, groups)
    s = stats.standardized_difference(means, first, second, standardizer=kind(case))
    case.check(np.stack([s.d, s.g, s.low, s.high], axis=-1), case.values["rows"])


def test_all_groups(group_test_case):
    case = group_test_case
    frame = case.frame()
    code = frame["arm"].map({"x": 0, "y": 1, "z": 2}).to_numpy()
    x = frame[case.fields["items"]]
    means = stats.group_means(x, code, 3)
    plain = stats.anova(means)
    if kind(case) == "anova":
        got = [plain.statistic, plain.df1, plain.df2, plain.p, plain.share, plain.unbiased]
        got += [plain.low, plain.high]
    elif kind(case) == "welch_anova":
        test = stats.welch_anova(means)
        got = [test.statistic, test.df1, test.df2, test.p]
    elif kind(case) == "kruskal":
        test = stats.kruskal_wallis(x, code, 3)
        got = [test.statistic, test.df1, test.p, test.share]
    else:
        test = stats.equal_means(stats.group_means(x, code, 3, clusters=units(frame)), plain)
        got = [test.statistic, test.df1, test.df2, test.p]
    case.check(np.stack(got, axis=-1), case.values["rows"])


def test_two_groups_by_rank(two_groups_case):
    case = two_groups_case
    frame = case.frame()
    for item, expected in zip(case.fields["items"], case.values["rows"], strict=True):
        for (one, two), row in zip(case.fields["groups"], expected, strict=True):
            code = frame["arm"].map({one: 1, two: 0}).fillna(-1)
            if kind(case) == "mann_whitney":
                test = stats.mann_whitney(frame[item], code)
                case.check([test.u[0], test.p[0]], row)
            else:
                found = stats.auc(frame[item], code)
                got = [found.auc[0], found.se[0], found.df[0], found.t_test()[1][0]]
                case.check(got, row)


def test_shares(share_case):
    case = share_case
    rows = case.values["rows"]
    if kind(case) == "clustered":
        frame = case.frame()
        for item, cut, row in zip(case.fields["items"], case.values["from"], rows, strict=True):
            x = frame[item].where(frame[item].isna(), frame[item] >= cut).astype(float)
            means = stats.group_means(x, np.zeros(len(x)), 1, clusters=units(frame))
            share, variance = means.mean[0, 0], means.cov[0, 0, 0]
            n = stats.effective_n_of_share(share, variance, means.n[0, 0], means.mean_df[0, 0])
            case.check([share, np.sqrt(variance), n, *stats.wilson_interval(share, n)], row)
        return
    cells = np.array(case.values["cells"], dtype=float).T
    if kind(case) == "wilson":
        case.check(np.stack(stats.wilson_interval(cells[0] / cells[1], cells[1]), -1), rows)
    else:
        a, n, b, m = cells
        d = stats.newcombe_interval(a / n, n, b / m, m)
        case.check(np.stack([d.difference, d.low, d.high, d.p], axis=-1), rows)


def test_roc(roc_case):
    case = roc_case
    frame = case.frame().dropna(subset=["y1", "y2", "y3", "ill"])
    x, ill = frame[case.fields["items"]].to_numpy(), frame["ill"].to_numpy()
    if kind(case) == "clustered":
        found = stats.auc(x, ill, clusters=units(frame))
        one = [stats.auc(x[:, j], ill, clusters=units(frame)) for j in range(3)]
        np.testing.assert_allclose(found.se, [a.se[0] for a in one], rtol=1e-12)
        case.check(np.stack([found.auc, found.se], axis=-1), case.values["rows"])
        return
    found = stats.auc(x, ill)
    case.check(found.auc, case.values["auc"])
    case.check(found.cov, case.values["cov"])
    case.check(np.stack(found.interval(), axis=-1), case.values["ci"])
    d = stats.auc_difference(found, [0, 0, 1], [1, 2, 2])
    case.check(np.stack([d.difference, d.z, d.p, d.low, d.high], -1), case.values["tests"])
    for j in range(3):
        curve = stats.roc_curve(x[:, j], ill)
        case.check(curve.sensitivity, case.values["sensitivity"][j])
        case.check(curve.specificity, case.values["specificity"][j])
        best = curve.sensitivity[curve.youden] + curve.specificity[curve.youden] - 1
        case.check(best, case.values["youden"][j])
