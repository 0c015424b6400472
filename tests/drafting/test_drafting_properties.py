"""Whatever stands in a table: its draft is an instrument that its own answers agree with."""

import csv
import warnings
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detachment import draft_instrument, read_export, read_instrument, validate
from detachment.errors import DetachmentError, DetachmentWarning, ExportError
from detachment.exports import Variable

WORDS = """
1|2|3|4|5|0|9|99|-9|1.5|100|1 (low)|5 (high)|yes|no|agree|AGREE|<b>Agree</b>|strongly agree|
stronlgy disagree|never|always|N/A|NA|Prefer not to say|True|False|2020-01-01|a, b|a: b|#x|
Ünïcode|two lines|<br>
"""
NAMES = """
id|wave|dyad_id|partner_role|group|consent|gender|age|comment|Q1_1|Q1_2|Q1_3|How? [a]|How? [b]|
Timestamp|IP Address|signs|Please select 'agree'
"""
CELLS = st.one_of(
    st.sampled_from([*WORDS.replace("\n", "").split("|"), "", "two\nlines", "x" * 130]),
    st.text(max_size=6),
)
HEADINGS = st.one_of(
    st.sampled_from([*NAMES.replace("\n", "").split("|"), ""]), st.text(max_size=8)
)
VARIABLES = st.builds(
    Variable,
    text=st.sampled_from(["", "How are you?", "Grid - one", "Grid - two", "<p>Please</p>"]),
    labels=st.dictionaries(CELLS, st.sampled_from(["agree", "never", "Zug", "-9", ""]), max_size=4),
    ordered=st.booleans(),
    missing=st.dictionaries(CELLS, st.just("none"), max_size=1),
    reasons=st.dictionaries(CELLS, st.just("not_shown"), max_size=1),
    group=st.sampled_from(["", "", "page 1"]),
    role=st.sampled_from(["", "", "", "metadata", "respondent_id", "submitted_at", "duration_s"]),
)


@st.composite
def tables(draw):
    """Headings, rows whose columns have few different cells, and whether there is a code book."""
    columns, rows = draw(st.integers(1, 6)), draw(st.integers(1, 25))
    pools = [draw(st.lists(CELLS, min_size=1, max_size=6)) for _ in range(columns)]
    return (
        [draw(HEADINGS) for _ in range(columns)],
        [[draw(st.sampled_from(pool)) for pool in pools] for _ in range(rows)],
        draw(st.lists(VARIABLES, min_size=columns, max_size=columns) | st.none()),
    )


@settings(suppress_health_check=list(HealthCheck), max_examples=80)
@given(table=tables())
def test_a_draft_agrees_with_its_export(table, tmp_path_factory):
    headings, rows, book = table
    folder = tmp_path_factory.mktemp("any")
    path = folder / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        try:
            export = read_export(path)
        except DetachmentError:
            return  # no table
        if book is not None:
            variables = dict(zip(export.variables, book, strict=False))
            export = replace(export, variables={**export.variables, **variables})
        try:
            text = draft_instrument(export).text
        except ExportError as error:
            if "no column looks like a question" not in str(error):
                raise
            return
        out = folder / "any.yaml"
        out.write_text(text, encoding="utf-8")
        survey = validate(export, read_instrument(out))
        errors = survey.problems[survey.problems["severity"] == "error"]
        assert errors.empty, errors.to_string()
        assert draft_instrument(export).text == text
