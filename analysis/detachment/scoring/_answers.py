"""Answers as a scale reads them: numbers, reversed, marked, masked."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import UsageError, check_word
from detachment.exports import Export
from detachment.instruments import Instrument, Scale, ScaleItem
from detachment.scoring._kept import kept
from detachment.validation import LazySurvey, Survey, from_frame

Floats = NDArray[np.float64]


def as_survey(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Survey:
    """Take a survey as it is, and a plain table of answers as a survey of one scale.

    Parameters
    ----------
    data
        A survey, or a table in which every column is an item. A lazy survey is read into memory.
    reverse
        Columns of a plain table to reverse as lowest + highest - x.
    values
        Lowest and highest possible answer of a plain table.

    Returns
    -------
    Survey

    Raises
    ------
    UsageError
        When ``data`` is neither, or a survey comes with ``reverse`` or ``values``: its instrument
        says these.

    Examples
    --------
    >>> as_survey(pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}), reverse=["b"], values=(1, 5))
    Survey(dataframe 0: 3 rows, 0 problems, 0 flags)
    """
    if isinstance(data, LazySurvey):
        data = data.collect()
    if isinstance(data, Survey):
        if len(reverse) or values is not None:
            raise UsageError(
                "reverse= and values= are for a plain table of answers; for a survey the "
                f"instrument ({data.instrument.id}) says which items are reversed and which "
                "answers are possible."
            )
        return data
    if isinstance(data, pd.DataFrame):
        name = "scale"
        while name in {str(column) for column in data.columns}:
            name += "_"  # so that a column of this name is not taken for the scale
        return from_frame(data, reverse=reverse, values=values, name=name)
    raise UsageError(
        "A Survey (from read_survey) or a pandas DataFrame with one column an item is expected "
        f"here, not {_described(data)}"
    )


def _described(data: object) -> str:
    """What was given in place of a survey, and how to come from there to one."""
    if isinstance(data, Export):
        return "an Export, whose answers are not checked yet: validate(export, instrument) does."
    if isinstance(data, str | Path):
        return "a path: read_survey(path, instrument=...) reads the file."
    if hasattr(data, "to_frame") and hasattr(data, "explain"):
        return f"a result ({type(data).__name__}), which holds no answers."
    if isinstance(data, pd.Series):
        return "a Series: one column is a DataFrame with series.to_frame()."
    return f"an object of the type {type(data).__name__}."


def waves(survey: Survey) -> tuple[int | str, ...]:
    """Waves in the data, in order (as numbers when they are); empty without a wave column.

    Parameters
    ----------
    survey
        Validated answers.

    Returns
    -------
    tuple

    Examples
    --------
    >>> waves(as_survey(pd.DataFrame({"a": [1, 2], "b": [2, 1]})))
    ()
    """
    return kept(survey, ("waves",), lambda: _waves(survey))


def _waves(survey: Survey) -> tuple[int | str, ...]:
    found = _wave_of_rows(survey)
    if found is None:
        return ()
    return ordered_waves(found.dropna().unique())


def ordered_waves(words: Iterable[str]) -> tuple[int | str, ...]:
    """Put waves in order, as numbers when they are.

    Parameters
    ----------
    words
        Different ones, as text.

    Returns
    -------
    tuple

    Examples
    --------
    >>> ordered_waves(["10", "9"])
    (9, 10)
    """
    different = set(words)
    if all(word.isdecimal() for word in different):
        return tuple(sorted(int(word) for word in different))
    return tuple(sorted(different))


def in_wave(survey: Survey, wave: int | str | None) -> NDArray[np.bool_]:
    """Say of each row whether it belongs to a wave; every row for None.

    Parameters
    ----------
    survey
        Validated answers.
    wave
        One of :func:`waves`.

    Returns
    -------
    ndarray of bool, (rows,)

    Raises
    ------
    UsageError
        When the data have no such wave.

    Examples
    --------
    >>> in_wave(as_survey(pd.DataFrame({"a": [1, 2], "b": [2, 1]})), None)
    array([ True,  True])
    """
    if wave is None:
        return np.ones(len(survey.responses), dtype=np.bool_)
    found = _wave_of_rows(survey)
    known = waves(survey)
    if found is None or not known:
        raise UsageError(f"There is no wave {wave!r}: these data have no waves.")
    check_word("wave", str(wave), [str(one) for one in known])
    return np.asarray(found == str(wave), dtype=np.bool_)


def rows_of_wave(survey: Survey, wave: str | None) -> NDArray[np.bool_]:
    """As :func:`in_wave`, of a part of the rows, which need not have any of the wave.

    Parameters
    ----------
    survey
        Validated answers.
    wave
        A wave; every row for None.

    Returns
    -------
    ndarray of bool, (rows,)

    Examples
    --------
    >>> rows_of_wave(as_survey(pd.DataFrame({"a": [1, 2], "b": [2, 1]})), None)
    array([ True,  True])
    """
    found = None if wave is None else _wave_of_rows(survey)
    if found is None:
        return np.full(len(survey.responses), wave is None, dtype=np.bool_)
    return np.asarray(found == wave, dtype=np.bool_)


def keyed_answers(survey: Survey, scale_id: str, *, wave: int | str | None = None) -> pd.DataFrame:
    """Answers to a scale's items as the scale reads them.

    Reversed items are min + max - x of their own response scale; the items of a test are 1 where
    the answer is right and 0 where it is wrong or "don't know". An item that is not in the data,
    and every item of a person for whom the instrument masks the scale (``mask_when``), is missing.

    Parameters
    ----------
    survey
        Validated answers.
    scale_id
        A scale of its instrument.
    wave
        Only the rows of this wave.

    Returns
    -------
    DataFrame
        One ``float64`` column an item in the scale's order, NaN where missing; index ``row``.

    Raises
    ------
    UsageError
        When there is no such scale or wave.

    Examples
    --------
    >>> survey = as_survey(pd.DataFrame({"a": [1, 2], "b": [2, 5]}), reverse=["b"], values=(1, 5))
    >>> keyed_answers(survey, "scale")["b"].tolist()
    [4.0, 1.0]
    """
    columns = [use.id for use in survey.instrument.scales[_scale(survey, scale_id)].items]
    answers = keyed_matrix(survey, scale_id)
    frame = pd.DataFrame(answers, index=survey.responses.index, columns=columns, copy=True)
    return frame if wave is None else frame.loc[in_wave(survey, wave)]


def keyed_matrix(survey: Survey, scale_id: str) -> Floats:
    """The numbers of :func:`keyed_answers`, (rows, items), for reading only."""
    return kept(survey, ("keyed", scale_id), lambda: _keyed(survey, scale_id))


def _scale(survey: Survey, scale_id: str) -> str:
    return check_word("scale", scale_id, [*survey.instrument.scales])


def _keyed(survey: Survey, scale_id: str) -> Floats:
    instrument = survey.instrument
    scale = instrument.scales[_scale(survey, scale_id)]
    masked = masked_rows(survey, scale)
    answers = np.full((len(survey.responses), len(scale.items)), np.nan)
    for position, use in enumerate(scale.items):
        if use.id not in survey.responses:
            continue
        answers[:, position] = keyed_values(instrument, scale, use, raw_answers(survey, use.id))
    if masked.any():
        answers[masked] = np.nan
    answers.flags.writeable = False
    return answers


def keyed_values(
    instrument: Instrument, scale: Scale, use: ScaleItem, given: NDArray[np.floating[Any]]
) -> NDArray[np.floating[Any]]:
    """Answers to an item as a scale reads them.

    Parameters
    ----------
    instrument
        What was asked.
    scale, use
        One of its scales, and an item of it.
    given
        Answers as given, NaN where missing.

    Returns
    -------
    ndarray
        Right and wrong as 1 and 0, reversed, or as they are.

    Examples
    --------
    >>> survey = as_survey(pd.DataFrame({"a": [1, 2], "b": [2, 5]}), reverse=["b"], values=(1, 5))
    >>> scale = survey.instrument.scales["scale"]
    >>> keyed_values(survey.instrument, scale, scale.items[1], np.array([2.0, 5.0])).tolist()
    [4.0, 1.0]
    """
    right = instrument.items[use.id].answer
    if scale.model == "dichotomous_test" and right is not None:
        return np.where(np.isnan(given), np.nan, given == right)
    if use.keyed < 0:
        ends = instrument.response_scale(use.id)
        return np.asarray(ends.minimum + ends.maximum - given)
    return given


def raw_answers(survey: Survey, item: str) -> Floats:
    """Answers to one item as given, not reversed; NaN where missing.

    Parameters
    ----------
    survey
        Validated answers.
    item
        Id of an item that is in the data.

    Returns
    -------
    ndarray, (rows,)
        For reading only.

    Examples
    --------
    >>> raw_answers(as_survey(pd.DataFrame({"a": [1, None, 3], "b": [2, 1, 1]})), "a")
    array([ 1., nan,  3.])
    """
    return kept(survey, ("raw", item), lambda: _raw(survey, item))


def _raw(survey: Survey, item: str) -> Floats:
    answers = survey.responses[item].to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    answers.flags.writeable = False
    return answers


def masked_rows(survey: Survey, scale: Scale) -> NDArray[np.bool_]:
    """Say of each row whether the instrument forbids to interpret the scale there (``mask_when``).

    Parameters
    ----------
    survey
        Validated answers.
    scale
        A scale of its instrument.

    Returns
    -------
    ndarray of bool, (rows,)

    Examples
    --------
    >>> survey = as_survey(pd.DataFrame({"a": [1, 2], "b": [2, 1]}))
    >>> masked_rows(survey, survey.instrument.scales["scale"])
    array([False, False])
    """
    masked = np.zeros(len(survey.responses), dtype=np.bool_)
    for column, values in scale.mask_when.items():
        if column in survey.responses:
            masked |= _words(survey, column).isin(values).to_numpy(dtype=np.bool_)
    return masked


def _wave_of_rows(survey: Survey) -> "pd.Series[str] | None":
    for column in survey.instrument.columns_with_role("wave"):
        if column.id in survey.responses:
            return _words(survey, column.id)
    return None


def _words(survey: Survey, column: str) -> "pd.Series[str]":
    return kept(survey, ("words", column), lambda: survey.responses[column].astype("str"))
