"""What the tables of a result are called."""

import re
from typing import TYPE_CHECKING

from detachment.text import listing

if TYPE_CHECKING:
    from detachment.estimates import Result

# Class of a result -> the word of its files, and what it is called where a title needs it.
KINDS = {
    "ActorPartner": ("apim", "Actor–Partner Interdependence Model"),
    "Agreement": ("agreement", "Agreement"),
    "Cfa": ("cfa", "Confirmatory Factor Analysis"),
    "Change": ("change", "Change Between Waves"),
    "Comparison": ("compare", "Comparison of Groups"),
    "Correlations": ("correlations", "Correlations"),
    "Cutoffs": ("cutoffs", "Cut-Offs"),
    "Dimensionality": ("dimensionality", "Number of Dimensions"),
    "DyadSimilarity": ("dyads", "Similarity of Partners"),
    "ExploratoryFactors": ("efa", "Exploratory Factor Analysis"),
    "Invariance": ("invariance", "Measurement Invariance"),
    "ItemAnalysis": ("items", "Item Analysis"),
    "ItemResponse": ("irt", "Item Response Model"),
    "LinearModel": ("regress", "Regression"),
    "Mediation": ("mediate", "Mediation"),
    "Moderation": ("moderate", "Moderation"),
    "Multiverse": ("multiverse", "Multiverse Analysis"),
    "Participants": ("participants", "Participants"),
    "PartialNetwork": ("network", "Network of Partial Correlations"),
    "PartnerAgreement": ("partner-agreement", "Self-Reports and Partner Reports"),
    "Plan": ("plan", "Sample Size Planning"),
    "Prevalence": ("prevalence", "Prevalence"),
    "Quiz": ("quiz", "Knowledge Quiz"),
    "Reliability": ("reliability", "Reliability"),
    "Screening": ("screening", "Careless Responding"),
    "Sensitivity": ("sensitivity", "Sensitivity to Exclusions"),
}
# Class and heading of a table -> its title; a name in braces is an option of the call.
_TITLES = {
    ("ActorPartner", ""): "Actor and Partner Effects of {predictor} on {outcome}",
    ("ActorPartner", "Constraints of the model"): "Tests of Equal Effects Across Roles",
    ("ActorPartner", "Contrasts of effects"): "Differences and Sums of Actor and Partner Effects",
    ("ActorPartner", "Correlation of partners"): "Correlations of Partners in the Model",
    ("ActorPartner", "Roles"): "Scores and Residuals by Role",
    ("ActorPartner", "k: partner effect / actor effect"): "Ratios of Partner to Actor Effects",
    ("Agreement", ""): "Agreement of Judgements",
    ("Agreement", "Differences"): "Mean Differences and Limits of Agreement",
    ("Agreement", "Incomplete"): "Units Left Out of the Agreement",
    ("Cfa", "Factor pairs"): "Correlations and Discriminant Validity of the Factors",
    ("Cfa", "Factor reliability"): "Reliability and Convergent Validity of the Factors",
    ("Cfa", "Modification indices"): "Modification Indices",
    ("Cfa", "R²"): "Variance of the Items Explained by the Factors",
    ("Change", ""): "Change From the First to the Last Wave",
    ("Change", "Baseline"): "Differences Between Arms at the First Wave",
    ("Change", "Comparison"): "Differences in Change Between Arms",
    ("Change", "Flow"): "Flow of People Through the Waves",
    ("Change", "Lost against stayed, at the first wave"): (
        "People Lost and People Who Stayed, at the First Wave"
    ),
    ("Change", "Reliable change"): "Reliable Change",
    ("Change", "Retest"): "Stability From the First to the Last Wave",
    ("Comparison", ""): "Differences Between Groups",
    ("Comparison", "All groups at once"): "Tests of All Groups at Once",
    ("Comparison", "Groups"): "Descriptive Statistics by Group",
    ("Correlations", "By group"): "Correlations by Group",
    ("Correlations", "Differences of correlations"): "Differences Between Correlations",
    ("Correlations", "Alike within clusters"): "Likeness Within Clusters",
    ("Cutoffs", ""): "People Beyond a Cut-Off",
    ("Cutoffs", "Area under the ROC curve"): "Area Under the Receiver Operating Curve",
    ("Cutoffs", "Thresholds"): "Sensitivity and Specificity of Thresholds",
    ("Dimensionality", ""): "Number of Dimensions by Rule",
    ("Dimensionality", "Adequacy"): "Adequacy of the Correlations for Factor Analysis",
    ("Dimensionality", "Eigenvalues"): "Eigenvalues of the Answers and of Random Data",
    ("DyadSimilarity", ""): "Similarity of Partners",
    ("DyadSimilarity", "Roles compared"): "Differences Between Roles",
    ("ExploratoryFactors", "Fit"): "Fit of the Exploratory Factor Model",
    ("ExploratoryFactors", "Variance"): "Variance Explained by the Factors",
    ("Invariance", ""): "Tests of Measurement Invariance by {by}",
    ("Invariance", "Groups"): "Groups in the Tests of Invariance",
    ("Invariance", "Latent means"): "Differences in Latent Means",
    ("Invariance", "What could be freed"): "Parameters That Differ Between Groups",
    ("ItemResponse", ""): "Item Parameters of the Item Response Model",
    ("ItemResponse", "Fit"): "Fit of the Item Response Models",
    ("ItemResponse", "Item fit"): "Fit of the Items to Their Model",
    ("ItemResponse", "Local dependence"): "Pairs of Items With Local Dependence",
    ("LinearModel", ""): "Regression Predicting {outcome}",
    ("LinearModel", "Dominance (general)"): "General Dominance of the Predictors of {outcome}",
    ("LinearModel", "Model"): "Variance in {outcome} Explained by the Regression",
    ("Mediation", ""): "Total, Direct, and Indirect Effects on {outcome}",
    ("Mediation", "Paths"): "Paths of the Mediation Model",
    ("Moderation", ""): "Regression Predicting {outcome}, Moderated by {moderator}",
    ("Moderation", "Johnson-Neyman region"): "Region in Which the Slope Differs From Zero",
    ("Moderation", "Model"): "Variance in {outcome} Explained by the Moderated Regression",
    ("Moderation", "Simple slopes"): "Simple Slopes of {predictor} at Values of {moderator}",
    ("Participants", ""): "From Records Received to Records Analysed",
    ("PartialNetwork", ""): "Partial Correlations, All Other Variables Held Constant",
    ("PartnerAgreement", ""): "Self-Reports and Partner Reports Compared",
    ("PartnerAgreement", "Dyads"): "Dyads With Both Reports",
    ("Plan", ""): "Sample Size and What It Gives",
    ("Prevalence", ""): "Prevalence of the Signs",
    ("Prevalence", "Differences between groups (percentage points)"): (
        "Differences in Prevalence Between Groups, in Percentage Points"
    ),
    ("Prevalence", "How many signs a person has"): "How Many Signs People Have",
    ("Prevalence", "Share of people by how many signs they have"): "People by Number of Signs",
    ("Quiz", ""): "Item Statistics of the Knowledge Quiz",
    ("Quiz", "By source"): "Answers Before and After, by Source of the Statement",
    ("Quiz", "Test"): "Scores of the Knowledge Quiz",
    ("Quiz", "Who answered"): "People Who Answered Before and After",
}
_MINOR = frozenset(
    ("a", "an", "and", "as", "at", "but", "by", "for", "if", "in", "nor", "of", "off", "on", "or",
     "per", "so", "the", "to", "up", "via", "vs"),
)  # fmt: skip


def name_of(result: "Result", heading: str = "") -> str:
    """Short name of a table, fit for a file.

    Parameters
    ----------
    result
        Whose table it is.
    heading
        What the result calls it; empty for the main one.
    """
    kind = type(result).__name__
    first = KINDS.get(kind, (kind.lower(), ""))[0]
    slug = re.sub(r"[^a-z0-9]+", "-", heading.lower().replace("²", "2")).strip("-")
    return f"{first}-{slug}" if slug else first


def title_of(result: "Result", heading: str = "") -> str:
    """Title of a table, in title case.

    Parameters
    ----------
    result
        Whose table it is.
    heading
        What the result calls it; empty for the main one.
    """
    kind = type(result).__name__
    known = _TITLES.get((kind, heading))
    if known is not None:
        return re.sub(r"\{(\w+)\}", lambda option: _named(result, option[1]), known)
    whole = KINDS.get(kind, ("", kind))[1]
    return f"{whole}: {title_case(heading)}" if heading else whole


def _named(result: "Result", option: str) -> str:
    given = result.call.get(option)
    names = [given] if isinstance(given, str) else [str(one) for one in given or ()]
    labels = (result.label(name) for name in names)
    # An id that is no words, such as the name of a column, stays as it is.
    said = (
        title_case(label.replace("_", " ").rstrip(".")) if re.search(r"[ _]", label) else label
        for label in labels
    )
    return listing(said, shown=3) or option


def title_case(text: str) -> str:
    """Capitalize the words of a title but the small ones (APA 7, 6.17).

    A word that has a capital already, and a symbol, stay as they are.

    Examples
    --------
    >>> title_case("limits of agreement: lost against stayed"), title_case("k by group")
    ('Limits of Agreement: Lost Against Stayed', 'k by Group')
    """

    def cased(found: re.Match[str]) -> str:
        word = found[0]
        begins = found.start() == 0 or text[: found.start()].rstrip()[-1:] in ":.?!–—("
        if (len(word) == 1 and word != "a") or not word.islower() or not word.isascii():
            return word
        return word if word in _MINOR and not begins else word[0].upper() + word[1:]

    return re.sub(r"[^\W\d_][\w’']*", cased, text)
