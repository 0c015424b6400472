"""``detachment cfa``: whether a model of factors describes the answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detachment.cli._answers import Answer, about, answer, of_result
from detachment.cli._options import Given, confidence, factors, gives_a_result, wave
from detachment.cli._words import Words
from detachment.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from detachment.validation import Survey

_SIGNS = ("=~", "~", "\n", ";")


def model_text(_ctx: object, _parameter: object, given: str | None) -> str | None:
    """Text of a model, or of the file that holds it."""
    if given is None or any(sign in given for sign in _SIGNS):
        return given
    path = Path(given)
    if not path.is_file():
        raise UsageError(
            f"--model {given!r} is no file, and no model either: a factor is written "
            "'f =~ item1 + item2 + item3'."
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"--model {given!r} is no text file in UTF-8.") from None


@click.command("cfa")
@gives_a_result
@click.option(
    "--model", metavar="FILE|TEXT", callback=model_text,
    help="The model, such as 'f =~ a + b + c', or a file that holds it.",
)  # fmt: skip
@factors
@click.option(
    "--estimator",
    type=Words(["ML", "MLR", "MLM", "ULS", "GLS", "DWLS", "WLSMV", "ULSMV"]),
    help="Default: WLSMV for at most five categories, else MLR.",
)
@click.option(
    "--missing", type=Words(["fiml", "em", "pairwise", "listwise"]),
    help="Every answer (ML, MLR), every pair of answers (ordered), or complete rows.",
)  # fmt: skip
@click.option("--std-lv", is_flag=True, help="Factors of variance 1, every loading free.")
@click.option("--orthogonal", is_flag=True, help="Factors do not correlate.")
@click.option(
    "--boot", "n_boot", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Bootstrap samples for the intervals of HTMT.",
)  # fmt: skip
@click.option(
    "--scores", "method", type=Words(["regression", "bartlett"]),
    help="Write people's scores on the factors as a data file instead, by this method.",
)  # fmt: skip
@confidence
@wave
def command(given: Given, *, method: str | None, **options: Any) -> int:  # noqa: ANN401 - as above
    """Confirmatory factor analysis of each EXPORT: of a model, or of scales as factors."""

    def ask(path: Path) -> Answer:
        from detachment.estimates import cfa, factor_scores

        survey = given.survey(path)
        if method is not None:
            asked = _of_scores(options) | {"method": method}
            return _scores(survey, factor_scores(survey, **asked))
        return of_result(survey, cfa(survey, rng=given.seed, **options))

    return answer(given, "cfa", ask)


def _of_scores(options: dict[str, Any]) -> dict[str, Any]:
    """Options of the scores; they take answers as continuous, whatever was asked for the model."""
    if options["estimator"] not in (None, "ML", "MLR"):
        raise UsageError(
            f"--scores takes answers as continuous (ML), not {options['estimator']}. Of ordered "
            "answers `detachment irt --scores eap` gives scores of one scale."
        )
    names = ("model", "scales", "std_lv", "orthogonal", "wave")
    return {name: options[name] for name in names} | {"missing": options["missing"] or "fiml"}


def _scores(survey: "Survey", table: "pd.DataFrame") -> Answer:
    ids = {column.id for column in survey.instrument.columns.values()}

    def why(_row: int, column: str) -> str:
        return "not given in the export" if column in ids else "no item of the model was answered"

    return Answer(
        table=table.reset_index(), undefined=why, findings=survey.has_errors, **about(survey)
    )
