"""No answer of a person gets into a draft: by value, on any table."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detachment import draft_instrument, read_export, read_instrument, sample
from detachment.errors import ExportError


def drafted(export, folder):
    text = draft_instrument(export).text
    path = folder / "draft.yaml"
    path.write_text(text, encoding="utf-8")
    return export, text, read_instrument(path)


@pytest.mark.parametrize(
    "name", ["couples_qualtrics.csv", "couples_qualtrics_labels.csv", "couples_messy.csv"]
)
def test_no_cell_of_a_person_in_a_draft_of_the_sample(name, tmp_path, leaked):
    assert leaked(*drafted(read_export(sample(name)), tmp_path)) == set()


def test_the_test_sees_a_leak(tmp_path, leaked):
    export, text, declared = drafted(read_export(sample("couples_qualtrics.csv")), tmp_path)
    cell = next(c for c in export.cells["RecipientEmail"] if c)
    assert leaked(export, text + f"# {cell}\n", declared) == {cell}
    said = text.replace("title: ", f'title: "{cell}" # ', 1)
    assert leaked(export, said, declared) == {cell}


WORDS = st.sampled_from(
    ["agree", "never", "Anna lives in Ulm", "my sister Mia", "yes", "12345678", "a@b.example", ""]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    heading=st.sampled_from(["Q1", "comment", "gender", "code", "How are you?", "Other [x]"]),
    cells=st.lists(WORDS, min_size=4, max_size=30),
)
def test_what_one_or_two_people_wrote_is_not_in_a_draft(heading, cells, tmp_path, leaked):
    path = tmp_path / "any.csv"
    rows = [f"{1 + i % 5},{2 - i % 2},{cell}" for i, cell in enumerate(cells)]
    path.write_text("\n".join([f"a,b,{heading}", *rows]), encoding="utf-8")
    assert leaked(*drafted(read_export(path), tmp_path)) == set()


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
