"""What the abbreviations and symbols in the heads of tables mean, for their notes."""

import re
from collections.abc import Iterable

# In the order in which they are looked for: the longer before those that are a part of them.
ABBREVIATIONS = {
    "Δ": "difference from the step before",
    "Krippendorff α": "Krippendorff's alpha",
    "α if dropped": "alpha of the scale without the item",
    "Item–rest r": "correlation of the item with the rest of its scale",
    "Mean r": "mean correlation",
    "ICC(1,1)": "intraclass correlation of one of exchangeable judgements",
    "ICC(1,k)": "intraclass correlation of the mean of exchangeable judgements",
    "ICC(A,1)": "intraclass correlation, absolute agreement of single judgements",
    "ICC(2,1)": "intraclass correlation, absolute agreement of single judgements",
    "ICC(2,k)": "intraclass correlation, absolute agreement of mean judgements",
    "ICC(3,1)": "intraclass correlation, consistency of single judgements",
    "ICC(3,k)": "intraclass correlation, consistency of mean judgements",
    "ICC": "intraclass correlation",
    "P(higher)": "probability that one of the first group has the higher score (ties count half)",
    "CI of P": "",
    "ROC": "receiver operating characteristic",
    "AUC": "area under the receiver operating characteristic curve",
    "KR-20": "Kuder–Richardson formula 20",
    "S-X²": "item fit statistic of Orlando and Thissen",
    "S–B": "Spearman–Brown coefficient",
    "POMP": "mean score as a percentage of the maximum possible",
    "HTMT2": "heterotrait–monotrait ratio of geometric means",
    "HTMT": "heterotrait–monotrait ratio of correlations",
    "AVE": "average variance extracted",
    "RMSEA": "root mean square error of approximation",
    "RMSR": "root mean square residual",
    "SRMR": "standardized root mean square residual",
    "RMR": "root mean square residual",
    "CFI": "comparative fit index",
    "TLI": "Tucker–Lewis index",
    "NFI": "normed fit index",
    "IFI": "incremental fit index",
    "AGFI": "adjusted goodness-of-fit index",
    "GFI": "goodness-of-fit index",
    "SABIC": "sample-size adjusted Bayesian information criterion",
    "AIC": "Akaike information criterion",
    "BIC": "Bayesian information criterion",
    "BF10": "Bayes factor of an association against none",
    "BF01": "Bayes factor of no association against one",
    "EPC": "expected parameter change",
    "VIF": "variance inflation factor",
    "KMO": "Kaiser–Meyer–Olkin measure of sampling adequacy",
    "MSA": "measure of sampling adequacy",
    "MAP": "minimum average partial",
    "SS": "sum of squared",
    "IRV": "intra-individual response variability",
    "D²": "squared Mahalanobis distance",
    "Q3": "correlation of the residuals of two items",
    "MDC": "minimal detectable change",
    "SEM": "standard error of measurement, in the units of the score",
    "ANCOVA": "analysis of covariance",
    "ROPE": "region of practical equivalence",
    "SE": "standard error",
    "sr²": "squared semipartial correlation",
    "CI": "confidence interval",
    "dz": "mean difference divided by the standard deviation of the differences",
    "d (pre)": "mean difference divided by the standard deviation of the first scores",
    "d": "standardized mean difference",
    "k": "ratio of the partner effect to the actor effect",
    "VS": "very simple",
    "η²": "share of variance between groups",
    "ω²": "share of variance between groups, corrected for bias",
    "ε²": "share of variance of ranks between groups",
    "λ2": "Guttman's lambda 2",
    "ωh": "omega hierarchical",
    "ω": "omega total of one factor",
    "α": "Cronbach's alpha",
    "β": "standardized coefficient",
    "κ": "kappa",
    "τ": "Kendall's tau b",
    "ρ": "polychoric correlation",
    "rₛ": "Spearman's rank correlation",
    "θ": "level of the trait",
    "b": "unstandardized coefficient",
    "a": "discrimination",
    "LL": "lower limit",
    "UL": "upper limit",
}
# Of one kind of result a symbol can mean something of its own.
OWN = {
    "ItemResponse": {"b": "boundaries between neighbouring answers, on the scale of the trait"},
    "Sensitivity": {"Δ": "without flagged respondents less everybody"},
    "PartnerAgreement": {"SEM": "structural equation model"},
}
# Symbols that are never defined in a note (APA 7, 6.44), and words that are written so.
STANDARD = frozenset(
    ["M", "Mdn", "SD", "n", "N", "p", "r", "t", "F", "z", "df", "χ²", "R²", "df1", "df2", "A", "B"]
)
_SPELLED = re.compile(
    r"(?<![\w–-])(?:[A-Z]{2,}\w*(?:\([\w,]+\))?|[α-ωΔ]\w*²?|[A-Za-z]{1,2}²|d|b|dz)(?![\w–])"
)


def undefined(head: str, kind: str = "") -> list[str]:
    """Abbreviations and symbols in a head that have no definition.

    Examples
    --------
    >>> undefined("95% CI"), undefined("XYZ of n")
    ([], ['XYZ'])
    """
    _, rest = _known(head, kind)
    return [found for found in _SPELLED.findall(rest) if found not in STANDARD]


def definitions(heads: Iterable[str], kind: str = "") -> str:
    """Define each abbreviation of the heads of a table once, in their order.

    Parameters
    ----------
    heads
        Heads of columns and of groups of columns, and words of cells.
    kind
        Class of the result, which may use a symbol in a sense of its own.

    Returns
    -------
    str
        A sentence, or nothing.

    Examples
    --------
    >>> definitions(["SE", "95% CI", "95% CI of β"])
    'SE = standard error; CI = confidence interval; β = standardized coefficient.'
    """
    meant: dict[str, str] = {}
    for head in heads:
        meant |= {name: what for name, what in _known(head, kind)[0].items() if what}
    return "; ".join(f"{name} = {what}" for name, what in meant.items()) + "." * bool(meant)


def _known(head: str, kind: str) -> tuple[dict[str, str], str]:
    """Abbreviations of a head with what they mean, in its order, and what is left of it."""
    own = OWN.get(kind, {})
    places: dict[int, tuple[str, str]] = {}
    for name, usual in ABBREVIATIONS.items():
        pattern = rf"(?<![\w’'])(?<!\w[–-]){re.escape(name)}(?![\w²]|[–-]\w)"
        if name == "Δ":
            pattern = name
        if name == "a":  # in words it is an article
            pattern = "^a$"
        for found in re.finditer(pattern, head):
            places[found.start()] = (name, own.get(name, usual))
            head = head[: found.start()] + " " * len(name) + head[found.end() :]
    return {name: what for _, (name, what) in sorted(places.items())}, head
