"""No answer of a person gets into a draft: by value, on any table."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detachment import draft_instrument, read_export, read_instrument, sample
from detachment.errors import ExportError

_spec = importlib.util.spec_from_file_location("said", Path(__file__).parent / "said.py")
said = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(said)


def roles_of(text, export, folder):
    path = folder / "draft.yaml"
    path.write_text(text, encoding="utf-8")
    declared = read_instrument(path)
    written = {" ".join(name.split()): name for name in export.names}
    return {written.get(c.column, c.column): c.role for c in declared.columns.values()}


def leaked(export, folder):
    text = draft_instrument(export).text
    return said.leaked(export, text, roles_of(text, export, folder))


@pytest.mark.parametrize(
    "name", ["couples_qualtrics.csv", "couples_qualtrics_labels.csv", "couples_messy.csv"]
)
def test_no_cell_of_a_person_in_a_draft_of_the_sample(name, tmp_path):
    export = read_export(sample(name))
    cells = said.sensitive(export, {})
    assert len(cells) > 3000  # names, addresses, ids, moments: there is something to find
    assert leaked(export, tmp_path) == set()


def test_the_test_sees_a_leak(tmp_path):
    export = read_export(sample("couples_qualtrics.csv"))
    text = draft_instrument(export).text
    cell = next(c for c in export.cells["RecipientEmail"] if c)
    for leak in (text + f"# {cell}\n", text.replace("title: ", f'title: "{cell}" #', 1)):
        assert said.leaked(export, leak, roles_of(text, export, tmp_path)) == {cell}


WORDS = st.sampled_from(
    ["agree", "never", "Anna lives in Ulm", "my sister Mia", "yes", "12345678", "a@b.example", ""]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    heading=st.sampled_from(["Q1", "comment", "gender", "code", "How are you?", "Other [x]"]),
    cells=st.lists(WORDS, min_size=4, max_size=30),
)
def test_what_one_or_two_people_wrote_is_not_in_a_draft(heading, cells, tmp_path):
    path = tmp_path / "any.csv"
    rows = [f"{1 + i % 5},{2 - i % 2},{cell}" for i, cell in enumerate(cells)]
    path.write_text("\n".join([f"a,b,{heading}", *rows]), encoding="utf-8")
    export = read_export(path)
    assert leaked(export, tmp_path) == set()


def test_a_word_that_several_people_chose_is_a_choice_and_a_rare_one_makes_free_text(tmp_path):
    path = tmp_path / "x.csv"
    told = ["Zug", "Bus"] * 10
    path.write_text("\n".join(["a,how", *(f"{1 + i % 3},{w}" for i, w in enumerate(told))]))
    assert "labels: [Zug, Bus]" in draft_instrument(read_export(path)).text
    told[3:5] = ["Annas Rad", "Annas Rad"]
    path.write_text("\n".join(["a,how", *(f"{1 + i % 3},{w}" for i, w in enumerate(told))]))
    text = draft_instrument(read_export(path)).text
    assert "how: {role: free_text}" in text
    assert "Rad" not in text


def test_the_message_of_a_refusal_tells_no_cell(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\nAnna Lee,my secret\nBo Day,hers\n", encoding="utf-8")
    with pytest.raises(ExportError) as error:
        draft_instrument(read_export(path))
    assert not {"Anna", "secret", "Bo", "hers"} & set(str(error.value).split())
