"""A roster: every way in which a spreadsheet saves one, and every line that cannot be used."""

import pytest

from detachment.errors import ExportError, UsageError
from detachment.teaching._roster import read_roster

LINES = "id,name,group\nS1,Zoë,a\nS2,José,b\n"


@pytest.fixture
def roster(tmp_path):
    def read(content):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [(s.id, s.name, s.group) for s in read_roster(path)]

    return read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_roster_of_any_spreadsheet(roster, encoding, delimiter, end):
    text = LINES.replace(",", delimiter).replace("\n", end)
    assert roster(text.encode(encoding)) == [("S1", "Zoë", "a"), ("S2", "José", "b")]


def test_empty_lines_other_columns_and_capitals(roster):
    assert roster("\n ,,\nMail, Name , ID \nx,Ann, S1\n,,\n\nx,, S2 \n,,") == [
        ("S1", "Ann", ""), ("S2", "", ""),
    ]  # fmt: skip
    assert roster("id\n1\n2\n") == [("1", "", ""), ("2", "", "")]
    assert roster("id,name\n1\n") == [("1", "", "")]  # a short line
    assert roster('id,name\n1,"Ann, the ""first""\nof two"\n') == [
        ("1", 'Ann, the "first" of two', ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no column called id (its first line has: nothing)"),
        ("number,name\n1,a\n", "no column called id (its first line has: 'number', 'name')"),
        ("id,name\n", "a heading and no students"),
        ("id,id\n1,2\n", "two columns called id"),
        ("id,name\nS1,a\ns1,b\n", "row 3, column id: this id stands in line 2 already"),
        ("id,name\n,Ann\n", "row 2, column id: there is no id"),
        ("id\n../x\n", "letters, digits"),
        ("id\na/b\n", "letters, digits"),
        ("id\n.hidden\n", "letters, digits"),
        ("id\nann@example.org\n", "an address tells who it is"),
        ("id\nCON\n", "Windows cannot make"),
        ("id\nlpt1.txt\n", "Windows cannot make"),
        ("id\nS1.\n", "Windows cannot make"),
        ("id\n" + "9" * 61 + "\n", "at most 60"),
        (b"PK\x03\x04....", "is a workbook"),
        (b"\x00\x01\x02id", "is no text file"),
        ('id,name\n1,"' + "x" * 200_000 + "\n", "quotation mark was never closed"),
    ],
)
def test_what_cannot_be_used_is_said(roster, content, said):
    with pytest.raises(ExportError) as error:
        roster(content)
    assert said in str(error.value)


def test_every_wrong_line_is_named_at_once(roster):
    with pytest.raises(ExportError) as error:
        roster("id\n1\n1\na b\n\nx@y\n")
    assert [p.row for p in error.value.problems] == [3, 4, 6]
    assert "x@y" not in str(error.value)


def test_no_such_file(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")
