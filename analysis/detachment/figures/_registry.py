"""Which figures show a result: one list for notebooks, the report, the gallery and the command."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal, UsageError, check_word

if TYPE_CHECKING:
    from detachment.figures._drawing import Drawing
    from detachment.figures._theme import Columns

# Class of a result, or of a survey -> names of drawing functions, the one that says most first.
FITTING: dict[str, tuple[str, ...]] = {
    "ActorPartner": ("apim",),
    "Cfa": ("loadings",),
    "Correlations": ("heatmap", "forest"),
    "Cutoffs": ("roc",),
    "Dimensionality": ("scree",),
    "DyadicModel": ("apim",),
    "ExploratoryFactors": ("loadings",),
    "ItemAnalysis": ("item_ladder",),
    "ItemResponse": ("scale_information", "item_information"),
    "Mediation": ("mediation",),
    "Moderation": ("moderation",),
    "Multiverse": ("specification_curve",),
    "PartialNetwork": ("network",),
    "Participants": ("flow",),
    "Prevalence": ("prevalence_bars",),
    "Quiz": ("quiz_plot",),
    "Reliability": ("reliability_plot",),
    "Survey": ("likert", "missingness", "distributions"),
}


def figures_of(result: object) -> tuple[str, ...]:
    """Names of the functions of :mod:`detachment.figures` that draw a result.

    Parameters
    ----------
    result
        A result of any verb, or a survey.

    Returns
    -------
    tuple of str
        The figure that says most first; empty where nothing fits.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment import reliability
    >>> table = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 1, 3, 5, 4], "c": [1, 3, 3, 4, 5]})
    >>> figures_of(reliability(table, values=(1, 5)))
    ('reliability_plot',)
    >>> figures_of("a word")
    ()
    """
    return next((FITTING[one.__name__] for one in type(result).__mro__ if one.__name__ in FITTING),
                ())  # fmt: skip


def draw(
    result: object, *, figure: str | None = None, columns: "Columns" = 2
) -> tuple["Drawing", ...]:
    """Draw a result: every figure that fits it, or one of them by name.

    Parameters
    ----------
    result
        A result of any verb, or a survey.
    figure
        Name of one figure, of :func:`figures_of`; all that fit by default.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    tuple of Drawing
        Figures that are refused for this result are left out, unless that leaves none.

    Raises
    ------
    UsageError
        When no figure shows such a thing, or the one that was named does not.
    Refusal
        When every figure is refused; the reason is that of the first.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment import reliability
    >>> table = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 1, 3, 5, 4], "c": [1, 3, 3, 4, 5]})
    >>> [drawing.name for drawing in draw(reliability(table, values=(1, 5)))]
    ['reliability']
    """
    names = figures_of(result)
    if not names:
        known = ", ".join(sorted(FITTING))
        raise UsageError(f"no figure shows {type(result).__name__}. What can be drawn: {known}.")
    if figure is not None:
        names = (check_word("figure", figure, names),)
    room: Any = import_module("detachment.figures")
    drawings: list[Drawing] = []
    refusals: list[Refusal] = []
    for name in names:
        try:
            drawings.append(getattr(room, name)(result, columns=columns))
        except Refusal as refusal:
            refusals.append(refusal)
    if not drawings:
        raise refusals[0]
    return tuple(drawings)
