"""LimeSurvey layouts: headings of every style, VV exports, R data, and the two code books."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.errors import ExportError, UsageError
from detachment.exports import Export, limesurvey, read_export
from detachment.exports._limesurvey_headings import canonical, take_apart
from detachment.exports._source import Source
from detachment.exports.limesurvey import _unescaped

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"

OWN = ["id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate"]
OWN += ["datestamp", "ipaddr", "refurl"]
ENGLISH = ["Response ID", "Date submitted", "Last page", "Start language", "Seed", "Access code"]
ENGLISH += ["Date started", "Date last action", "IP address", "Referrer URL"]
GERMAN = ["Antwort ID", "Datum Abgeschickt", "Letzte Seite", "Start-Sprache"]
GERMAN += ["Zufallsstartwert", "Zugangscode", "Datum gestartet", "Datum letzte Aktivität"]
GERMAN += ["IP-Adresse", "Weiterleitungs-URL"]
ROLES = ["respondent_id", "submitted_at", "progress", "language", "metadata", "identifier"]
ROLES += ["metadata", "metadata", "identifier", "metadata"]
STEM = "How often in the past 4 weeks? "
QUESTIONS = {  # code in brackets -> (text as a heading, cell)
    "Q1[SQ001]": (f"{STEM} [I hid my feelings [from you].]", "A1"),
    "Q1[SQ002]": (f"{STEM} [I kept quiet, mostly.]", "A5"),
    "Q2": ("How old are you [years]?", "31"),
    "Q3[SQ001]": ("What helps? [Talking]", "Y"),
    "Q3[other]": ("What helps? [Other]", "a walk"),
    "Q4[a][1]": ("How close? [My partner][today]", "2"),
    "Q4[a][2]": ("How close? [My partner][a year ago]", "3"),
}


def record(i: int) -> list[str]:
    own = [str(i), "2026-05-04 10:05:00", "3", "en", "123456", f"tok{i}", "2026-05-04 10:00:00"]
    own += ["2026-05-04 10:05:00", f"192.0.2.{i}", "https://example.org/"]
    return [*own, *(cell for _, cell in QUESTIONS.values())]


def text_of(rows: list[list[str]], delimiter: str = ",", quote: bool = True) -> str:
    memory = io.StringIO()
    quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    csv.writer(memory, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows(rows)
    return memory.getvalue()


@pytest.fixture
def read(tmp_path: Path):
    def reader(
        rows: list[list[str]] | str,
        *,
        name: str = "results-survey128734.csv",
        bom: bool = True,
        delimiter: str = ",",
        **options: Any,
    ) -> Export:
        text = rows if isinstance(rows, str) else text_of(rows, delimiter)
        (tmp_path / name).write_bytes((("\ufeff" if bom else "") + text).encode())
        return read_export(tmp_path / name, **options)

    return reader


def roles(export: Export) -> list[str]:
    return [variable.role for variable in export.variables.values()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [False, True])
def test_question_codes(read, delimiter: str, bom: bool) -> None:
    rows = [[*OWN, *QUESTIONS], record(1), record(2)]
    export = read(rows, delimiter=delimiter, bom=bom)
    assert (export.platform, export.header_rows, export.delimiter) == ("limesurvey", 1, delimiter)
    assert export.rule == "LimeSurvey's own columns, headings are question codes"
    assert (export.bom, export.warnings) == (bom, ())
    assert list(export.frame) == [*OWN, *QUESTIONS]
    assert export.frame.to_numpy(dtype=object).tolist() == [record(1), record(2)]
    assert export.rows.tolist() == [2, 3]
    assert roles(export) == [*ROLES, *[""] * len(QUESTIONS)]
    assert export.identifying_columns == ("token", "ipaddr")
    groups = [v.group for v in export.variables.values() if not v.role]
    assert groups == ["Q1", "Q1", "", "Q3", "Q3", "Q4", "Q4"]


@pytest.mark.parametrize("form", ["Q1_SQ{}", "Q1.SQ{}.", "Q1[SQ{}]"])
def test_other_forms_of_a_question_code(read, form: str) -> None:
    codes = [form.format("001"), form.format("002"), "Q2"]
    export = read([["id", "submitdate", "lastpage", *codes], ["1", "", "1", "A1", "A2", "31"]])
    assert export.platform == "limesurvey"
    assert list(export.frame)[3:] == codes
    assert [export.variables[code].group for code in codes] == ["Q1", "Q1", ""]


@pytest.mark.parametrize("called", [ENGLISH, GERMAN])
@pytest.mark.parametrize("blank", [" ", "_"])
def test_question_texts(read, called: list[str], blank: str) -> None:
    headings = [*called, *(text for text, _ in QUESTIONS.values())]
    headings = [heading.replace(" ", blank) for heading in headings]
    export = read([headings, record(1)])
    assert export.rule == "LimeSurvey's own columns, headings are question texts"
    assert list(export.frame) == headings
    assert roles(export) == [*ROLES, *[""] * len(QUESTIONS)]
    assert set(export.identifying_columns) == {headings[5], headings[8]}
    assert [(v.text, v.group) for v in export.variables.values() if not v.role] == [
        ("I hid my feelings [from you].", STEM.strip()),
        ("I kept quiet, mostly.", STEM.strip()),
        ("How old are you [years]?", ""),
        ("Talking", "What helps?"),
        ("Other", "What helps?"),
        ("My partner", "How close? [today]"),
        ("My partner", "How close? [a year ago]"),
    ]


@pytest.mark.parametrize("separator", [". ", ": ", " - "])
@pytest.mark.parametrize("blank", [" ", "_"])
def test_codes_and_texts(read, separator: str, blank: str) -> None:
    texts = [*ENGLISH, *(text for text, _ in QUESTIONS.values())]
    texts = [text.replace(" ", blank) for text in texts]
    codes = [*OWN, *QUESTIONS]
    headings = [f"{code}{separator}{text}" for code, text in zip(codes, texts, strict=True)]
    export = read([headings, record(1)])
    assert export.rule == "LimeSurvey's own columns, headings are question codes and texts"
    assert list(export.frame) == [*OWN, *QUESTIONS]
    assert roles(export) == [*ROLES, *[""] * len(QUESTIONS)]
    first = export.variables["Q1[SQ001]"]
    assert (first.text, first.group) == ("I hid my feelings [from you].", STEM.strip())
    assert export.variables["Q2"].text == "How old are you [years]?"


def test_codes_and_texts_without_the_platforms_columns(read) -> None:
    headings = ["G1Q1. I talk. [often [or not]]", "G1Q2[a]. Who? [me]", "G1Q2[b]. Who? [you]"]
    rows = [headings, ["1", "2", "3"]]
    assert read(rows).platform == "generic"
    export = read(rows, platform="limesurvey")
    assert list(export.frame) == ["G1Q1", "G1Q2[a]", "G1Q2[b]"]
    book = export.variables
    assert book["G1Q1"].text == "I talk. [often [or not]]"
    assert (book["G1Q2[b]"].text, book["G1Q2[b]"].group) == ("you", "Who?")


def test_times_and_participants(read) -> None:
    codes = ["id", "submitdate", "lastpage", "bedTime", "Q1[a]", "firstname", "lastname"]
    codes += ["email", "attribute_1", "interviewtime", "groupTime12", "Q1Time"]
    cells = ["1", "2026-05-04 10:05:00", "3", "22:00", "A1", "Ana", "Rojas", "a@example.org"]
    cells += ["x", "75.2", "70.1", "70.0"]
    book = read([codes, cells]).variables
    assert [book[code].role for code in codes] == [
        "respondent_id", "submitted_at", "progress", "", "", "identifier", "identifier",
        "identifier", "", "duration_s", "timing", "timing",
    ]  # fmt: skip
    texts = ["Antwort-ID", "Datum Abgeschickt", "Letzte Seite", "Wann gehst du zu Bett?"]
    texts += ["Gesamtzeit", "Gruppenzeit: Schlaf", "Fragenzeit: Q1"]
    export = read([texts, ["1", "2026-05-04 10:05:00", "3", "22:00", "75.2", "70.1", "70.0"]])
    assert roles(export)[3:] == ["", "duration_s", "timing", "timing"]


def test_not_available_is_not_shown(read) -> None:
    export = read([[*ENGLISH, "Did it help?"], [*record(1)[:10], "N/A"]])
    assert dict(export.variables["Did it help?"].reasons) == {"N/A": "not_shown"}
    assert export.frame["Did it help?"].tolist() == ["N/A"]


def test_anonymised_survey_is_told(read) -> None:
    rows = [[*OWN, *QUESTIONS], record(1), record(2)]
    rows[1][1] = "1980-01-01 00:00:00"
    export = read(rows)
    assert export.variables["submitdate"].reasons == {
        "1980-01-01 00:00:00": "not_answered",
        "1980-01-01 00:00": "not_answered",
        "1980-01-01": "not_answered",
    }
    assert export.unfinished is not None
    assert not export.unfinished.any()
    assert ["anonymised" in warning for warning in export.warnings] == [True]


@pytest.mark.parametrize("nothing", ["", "N/A", "{question_not_shown}"])
def test_who_did_not_submit_is_unfinished(read, nothing: str) -> None:
    rows = [[*OWN, *QUESTIONS], record(1), record(2)]
    rows[2][1] = nothing
    export = read(rows)
    assert export.unfinished is not None
    assert export.unfinished.tolist() == [False, True]
    without = [[cell for i, cell in enumerate(row) if i != 1] for row in rows]
    assert read(without).unfinished is None


def test_a_repeated_code_is_told(read) -> None:
    rows = [[*OWN, "Q1[a]", "Q1[a]", "Q1[b]"], [*record(1)[:10], "1", "2", "3"]]
    export = read(rows)
    assert dict(export.repeated) == {"Q1[a].2": "Q1[a]"}


# ------------------------------------------------------------------------------- VV exports

VV_TEXTS = [*(f"{text} " for text in ENGLISH), "How often? (I hid.)", "How often? (I hush.)", "Age"]
VV_CODES = [*OWN, "Q1_SQ001", "Q1_SQ002", "Q2"]


def vv(*cells: str, texts: list[str] = VV_TEXTS, codes: list[str] = VV_CODES) -> str:
    return text_of([texts, codes, [*record(1)[:10], *cells]], delimiter="\t", quote=False)


def test_vv_export(read) -> None:
    export = read(
        vv("{quote}Oh{lbrace}!}", "{question_not_shown}", "a{newline}b{cr}{tab}"),
        name="vvexport_128734.csv",
    )
    assert (export.platform, export.header_rows, export.delimiter) == ("limesurvey", 2, "\t")
    assert list(export.frame) == VV_CODES
    assert export.frame.iloc[0, -3:].tolist() == ['"Oh{!}', "{question_not_shown}", "a\nb\r\t"]
    assert export.rows.tolist() == [3]
    book = export.variables
    assert (book["Q1_SQ001"].text, book["Q1_SQ001"].group) == ("I hid.", "How often?")
    assert book["Q2"].text == "Age"
    assert book["Q2"].reasons["{question_not_shown}"] == "not_shown"
    assert roles(export)[:10] == ROLES


@pytest.mark.parametrize("between", [("[", "]"), (" - ", ""), ("(", ")")])
def test_vv_export_with_other_signs_around_the_row(read, between: tuple[str, str]) -> None:
    before, after = between
    texts = [*VV_TEXTS[:10], f"Q? {before}I hid.{after}", f"Q? {before}I hush.{after}", "Age"]
    book = read(vv("1", "2", "3", texts=texts)).variables
    assert [book[c].text for c in VV_CODES[10:]] == ["I hid.", "I hush.", "Age"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_vv_escapes_come_back(text: str) -> None:
    escaped = text
    for sign, name in (("{", "lbrace"), ("\n", "newline"), ("\r", "cr"), ("\t", "tab")):
        escaped = escaped.replace(sign, "{" + name + "}")
    if escaped.startswith('"'):
        escaped = "{quote}" + escaped[1:]
    assert _unescaped(escaped) == text


# ------------------------------------------------------------------------------- code books


def xml_table(name: str, rows: list[dict[str, str]]) -> str:
    cells = (
        "<row>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in row.items()) + "</row>"
        for row in rows
    )
    return f"<{name}><rows>{''.join(cells)}</rows></{name}>"


def question(qid: int, kind: str, code: str, order: int, **more: str) -> dict[str, str]:
    common = {"sid": "128734", "gid": "7", "parent_qid": "0", "other": "N"}
    row = {"qid": str(qid), "type": kind, "title": code, "question_order": str(order)}
    return common | row | more


def sub(qid: int, parent: int, code: str, order: int, scale: str = "0") -> dict[str, str]:
    return question(qid, "T", code, order, parent_qid=str(parent), scale_id=scale)


ASKED = [
    question(9, "S", "Last", 9),
    question(1, "F", "Q1", 1),
    question(2, "L", "Q2", 2, other="Y"),
    question(3, "M", "Q3", 3, other="Y"),
    question(4, "1", "Q4", 4),
    question(5, "P", "Q5", 5),
    question(6, ";", "Q6", 6),
    question(7, "Y", "Q7", 7),
    question(8, "O", "Q8", 8),
]
SUBS = [
    sub(12, 1, "SQ002", 2), sub(11, 1, "SQ001", 1), sub(31, 3, "SQ001", 1), sub(41, 4, "a", 1),
    sub(51, 5, "SQ001", 1), sub(61, 6, "r", 1), sub(62, 6, "c", 1, scale="1"),
]  # fmt: skip
TEXTS = {
    "1": "<p>How&nbsp;often?</p>", "11": "I <b>hid</b> my feelings.", "12": "I kept quiet.",
    "2": "Your state", "3": "What helps?", "31": "Talking", "4": "How close?", "41": "My partner",
    "5": "Who knows?", "51": "A friend", "6": "Tell us", "61": "When", "62": "Where",
    "7": "Again?", "8": "Why?", "9": "Anything else?",
}  # fmt: skip
ANSWERS = [  # question, code, place, scale, text
    ("1", "A2", "3", "0", "Often"), ("1", "A1", "1", "0", "Never"), ("1", "A3", "2", "0", "Rarely"),
    ("2", "M", "1", "0", "Married"), ("4", "1", "1", "0", "Near"), ("4", "1", "1", "1", "Fast"),
    ("8", "A1", "1", "0", "So it is"),
]  # fmt: skip


def structure(*, doctype: str = "", old: bool = False) -> str:
    """Survey structure in two languages; ``old``: texts in the rows themselves, once a language."""
    languages = ("de", "en")

    def said(text: str, language: str) -> str:
        return text if language == "en" else f"{text} (deutsch)"

    answers = [
        {"aid": str(i), "qid": q, "code": c, "sortorder": p, "scale_id": s}
        for i, (q, c, p, s, _) in enumerate(ANSWERS)
    ]
    group = {"gid": "7", "group_order": "1"}
    survey = {"sid": "128734", "language": "en"}
    attributes = {"attribute_1": {"description": "cohort"}}
    surveys = xml_table("surveys", [survey | {"attributedescriptions": json.dumps(attributes)}])
    if old:
        tables = [
            xml_table(
                "answers",
                [
                    a | {"answer": said(ANSWERS[int(a["aid"])][4], lang), "language": lang}
                    for lang in languages
                    for a in answers
                ],
            ),
            xml_table(
                "groups",
                [group | {"group_name": said("Us", lang), "language": lang} for lang in languages],
            ),
            *(
                xml_table(
                    name,
                    [
                        q | {"question": said(TEXTS[q["qid"]], lang), "language": lang}
                        for lang in languages
                        for q in rows
                    ],
                )
                for name, rows in (("questions", ASKED), ("subquestions", SUBS))
            ),
        ]
    else:
        tables = [
            xml_table("answers", answers),
            xml_table(
                "answer_l10ns",
                [
                    {"aid": str(i), "answer": said(text, lang), "language": lang}
                    for lang in languages
                    for i, (*_, text) in enumerate(ANSWERS)
                ],
            ),
            xml_table("groups", [group]),
            xml_table(
                "group_l10ns",
                [
                    {"gid": "7", "group_name": said("Us", lang), "language": lang}
                    for lang in languages
                ],
            ),
            xml_table("questions", ASKED),
            xml_table("subquestions", SUBS),
            xml_table(
                "question_l10ns",
                [
                    {"qid": qid, "question": said(text, lang), "language": lang}
                    for lang in languages
                    for qid, text in TEXTS.items()
                ],
            ),
        ]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<document>'
        "<LimeSurveyDocType>Survey</LimeSurveyDocType>"
        "<languages><language>de</language><language>en</language></languages>"
        f"{''.join(tables)}{surveys}</document>"
    )


CODES = ["Q1[SQ001]", "Q1[SQ002]", "Q2", "Q2[other]", "Q3[SQ001]", "Q3[other]", "Q4[a][1]"]
CODES += ["Q4[a][2]", "Q5[SQ001]", "Q5[SQ001comment]", "Q6[r_c]", "Q7", "Q8", "Q8[comment]"]
CODES += ["Last", "attribute_1"]
WHOLE = ["How often? [I hid my feelings.]", "How often? [I kept quiet.]", "Your state"]
WHOLE += ["Your state [Other]", "What helps? [Talking]", "What helps? [Other]"]
WHOLE += ["How close? [My partner]", "How close? [My partner]", "Who knows? [A friend]"]
WHOLE += ["Who knows? [A friend]", "Tell us [When][Where]", "Again?", "Why?", "Why? [Comment]"]
WHOLE += ["Anything else?", "cohort"]


@pytest.fixture(params=[False, True], ids=["texts apart", "old"])
def lss(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "any name.lss"
    path.write_text(structure(old=request.param), encoding="utf-8")
    return path


@pytest.mark.parametrize("headings", [CODES, WHOLE], ids=["codes", "texts"])
def test_survey_structure_says_what_was_asked(read, lss: Path, headings: list[str]) -> None:
    own = OWN[:4] if headings is CODES else ENGLISH[:4]
    cells = ["1", "2026-05-04 10:05:00", "3", "en", *[""] * len(headings)]
    export = read([[*own, *headings], cells], codebook=lss)
    assert list(export.books) == ["any name.lss"]
    by_code = dict(zip(CODES, list(export.variables.values())[4:], strict=True))
    first = by_code["Q1[SQ001]"]
    assert (first.text, first.group) == ("I hid my feelings.", "How often?")
    assert list(first.labels.items()) == [("A1", "Never"), ("A3", "Rarely"), ("A2", "Often")]
    assert first.ordered
    assert by_code["Q2"].group == "Us"
    assert dict(by_code["Q2"].labels) == {"M": "Married", "-oth-": "Other"}
    assert not by_code["Q2"].ordered
    assert dict(by_code["Q2[other]"].labels) == {}
    assert dict(by_code["Q3[SQ001]"].labels) == {"Y": "Yes", "N": "No"}
    assert [dict(by_code[f"Q4[a][{i}]"].labels) for i in (1, 2)] == [{"1": "Near"}, {"1": "Fast"}]
    assert by_code["Q5[SQ001comment]"].text == "A friend"
    assert dict(by_code["Q5[SQ001comment]"].labels) == {}
    assert (by_code["Q6[r_c]"].text, by_code["Q6[r_c]"].group) == ("When", "Tell us [Where]")
    assert dict(by_code["Q7"].labels) == {"Y": "Yes", "N": "No"}
    assert dict(by_code["Q8[comment]"].labels) == {}
    assert by_code["attribute_1"].text == "cohort"


def test_what_not_available_says_depends_on_the_kind_of_question(read, lss: Path) -> None:
    book = read([[*OWN, *CODES], [*record(1)[:10], *[""] * len(CODES)]], codebook=lss).variables
    assert dict(book["Q3[SQ001]"].reasons) == {"N/A": "not_shown"}
    assert dict(book["Q7"].reasons) == {"N/A": "not_answered"}
    assert dict(book["Last"].reasons) == {}


def test_survey_structure_with_codes_of_expressions_and_of_old_vv_exports(read, lss: Path) -> None:
    codes = ["Q1_SQ001", "Q4_a_0", "Q4_a_1"]
    book = read([[*OWN, *codes], [*record(1)[:10], "", "", ""]], codebook=lss).variables
    assert [dict(book[c].labels) for c in codes[1:]] == [{"1": "Near"}, {"1": "Fast"}]
    assert book["Q1_SQ001"].text == "I hid my feelings."
    old = ["128734X7X1SQ001", "128734X7X4a#1", "128734X7X9"]
    export = read(vv("A1", "1", "x", codes=[*OWN, *old]), codebook=lss)
    texts = [export.variables[code].text for code in old]
    assert texts == ["I hid my feelings.", "My partner", "Anything else?"]
    assert dict(export.variables[old[1]].labels) == {"1": "Fast"}


def test_structure_beside_the_export_is_used_and_told(read, tmp_path: Path) -> None:
    beside = tmp_path / "limesurvey_survey_128734.lss"
    beside.write_text(structure(), encoding="utf-8")
    (tmp_path / "limesurvey_survey_99.lss").write_text(structure(), encoding="utf-8")
    rows = [[*OWN, "Q1[SQ001]", "Q7"], [*record(1)[:10], "A1", "Y"]]
    export = read(rows)
    assert list(export.books) == [beside.name]
    assert export.warnings == (f"{beside.name}, which lies beside it, was read as its code book",)
    assert export.variables["Q7"].text == "Again?"
    other = read(rows, name="results-survey5.csv")
    assert (list(other.books), other.variables["Q7"].text) == ([], "")


def test_code_book_of_another_survey_is_told(read, lss: Path) -> None:
    export = read([[*OWN, "X1[a]"], [*record(1)[:10], "A1"]], codebook=lss)
    assert export.warnings == ("the code book any name.lss describes no column of this file",)


def test_what_is_no_code_book_is_refused(read, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(UsageError, match=r"notes\.txt is no code book"):
        read([[*OWN, *QUESTIONS], record(1)], codebook=tmp_path / "notes.txt")


BOMB = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "doctype", [BOMB, f"<!-- <document> -->{BOMB}", f"<?x <document> ?>\n{BOMB}"]
)
def test_document_type_is_refused(read, tmp_path: Path, doctype: str) -> None:
    path = tmp_path / "hostile.lss"
    path.write_text(structure(doctype=doctype), encoding="utf-8")
    with pytest.raises(ExportError, match=r"hostile\.lss declares a document type"):
        read_export(path)
    with pytest.raises(ExportError, match="declares a document type"):
        read([[*OWN, *QUESTIONS], record(1)], codebook=path)


def test_damaged_and_foreign_structures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.lss"
    path.write_text(structure()[:900], encoding="utf-8")
    with pytest.raises(ExportError, match="damaged or cut off"):
        read_export(path)
    path.write_text(structure().replace(">Survey<", ">Label set<"), encoding="utf-8")
    with pytest.raises(ExportError, match="no survey structure"):
        read_export(path)


@pytest.mark.parametrize("size", range(400, 5000, 450))
def test_structure_cut_anywhere_is_refused_in_words(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.lss"
    path.write_text(structure()[:size], encoding="utf-8")
    with pytest.raises(ExportError):
        read_export(path)


def test_structure_by_itself_is_a_code_book(lss: Path) -> None:
    export = read_export(lss)
    assert (export.platform, export.kind, export.container) == ("limesurvey", "codebook", "xml")
    assert export.header_rows == 0
    assert export.frame["code"].tolist()[:4] == ["Q1_SQ001", "Q1_SQ002", "Q2", "Q2_other"]
    assert export.frame["answers"][0] == "A1 = Never; A3 = Rarely; A2 = Often"


SYNTAX = r"""data <- read.csv("survey_128734_R_data_file.csv", quote = "'\"")


# LimeSurvey Field type: F
data[, 1] <- as.numeric(data[, 1])
attributes(data)$variable.labels[1] <- "id"
names(data)[1] <- "id"
attributes(data)$variable.labels[2] <- "submitdate"
names(data)[2] <- "submitdate"
attributes(data)$variable.labels[3] <- "startlanguage"
names(data)[3] <- "startlanguage"
attributes(data)$variable.labels[4] <- "[I \"hid\" it [all]] How often?"
data[, 4] <- factor(data[, 4], levels=c("A1","A2"),labels=c("Never (or \'hardly\')", "Often, yes"))
names(data)[4] <- "Q1_SQ001"
# LimeSurvey Field type: F
attributes(data)$variable.labels[5] <- "Your gender"
data[, 5] <- factor(data[, 5], levels=c(1,2),labels=c("Female", "Male"))
names(data)[5] <- "Q2"
system("rm -rf /")
"""


@pytest.mark.parametrize(
    "headings",
    [
        ["id", "submitdate", "startlanguage", "Q1[SQ001]", "Q2"],
        ["Response ID", "Date submitted", "Start language", "Other words", "Geschlecht"],
    ],
    ids=["by code", "by position"],
)
def test_r_data_file_and_its_syntax(read, tmp_path: Path, headings: list[str]) -> None:
    beside = tmp_path / "survey_128734_R_syntax_file.R"
    beside.write_text(SYNTAX, encoding="utf-8")
    rows = [headings, ["1", "2026-05-04 10:05:00", "en", "A2", "1"]]
    export = read(rows, name="survey_128734_R_data_file.csv")
    assert list(export.books) == [beside.name]
    item, gender = (export.variables[heading] for heading in headings[3:])
    assert (item.text, item.group) == ('I "hid" it [all]', "How often?")
    assert dict(item.labels) == {"A1": "Never (or 'hardly')", "A2": "Often, yes"}
    assert (gender.text, dict(gender.labels)) == ("Your gender", {"1": "Female", "2": "Male"})
    assert roles(export)[:3] == ["respondent_id", "submitted_at", "language"]


def test_syntax_file_by_itself_is_a_code_book(tmp_path: Path) -> None:
    path = tmp_path / "survey_128734_R_syntax_file.R"
    path.write_text(SYNTAX, encoding="utf-8")
    export = read_export(path)
    assert (export.platform, export.kind, export.container) == ("limesurvey", "codebook", "txt")
    assert export.frame["code"].tolist()[3:] == ["Q1_SQ001", "Q2"]


# ------------------------------------------------------------------------------- detection


@pytest.mark.parametrize(
    "headings",
    [
        ["Timestamp", "How often? [I hid.]", "How often? [I hush.]"],  # Google Forms
        ["StartDate", "EndDate", "Status", "Finished", "ResponseId", "Q1_1"],  # Qualtrics
        ["session", "created", "modified", "ended", "expired", "bfi_1"],  # formr
        ["CASE", "SERIAL", "STARTED", "A101_01", "A101_02", "LASTPAGE"],  # SoSci Survey
        ["record_id", "redcap_event_name", "consent___1", "form_complete"],  # REDCap
        ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address"],  # SurveyMonkey
        ["ID", "Start time", "Completion time", "Email", "Name"],  # Microsoft Forms
        ["id", "Q1_SQ001", "Q1_SQ002", "Q2"],
        ["id", "submitdate", "Q1"],
        ["Response ID", "How are you?", "Where [town]?"],
        ["x[1]", "x[2]", "my reaction time"],
    ],
)
def test_other_files_are_left_alone(read, headings: list[str]) -> None:
    export = read([headings, [str(i) for i in range(len(headings))]], bom=False, name="a.csv")
    assert export.platform != "limesurvey"


def test_one_column_is_refused_where_the_user_names_the_platform(read) -> None:
    with pytest.raises(ExportError, match="one column only"):
        read("Q1\n1\n2\n", platform="limesurvey")


@pytest.mark.parametrize("file", ["text", "codes"])
def test_an_export_cut_anywhere(read, file: str) -> None:
    headings = (
        [*OWN, *QUESTIONS] if file == "codes" else [*ENGLISH, *(t for t, _ in QUESTIONS.values())]
    )
    whole = text_of([headings, record(1), record(2)])
    for size in range(30, len(whole), 23):
        try:
            export = read(whole[:size])
        except ExportError:
            continue
        assert len(export.rows) == len(export.frame)


plain = st.text(st.characters(codec="ascii", exclude_characters="[]"), min_size=1).filter(
    lambda text: text.strip() == text
)


@given(plain, st.lists(plain, min_size=1, max_size=3))
def test_a_heading_comes_apart_as_it_was_put_together(stem: str, parts: list[str]) -> None:
    nested = [f"{part} [{part}]" for part in parts]
    for rows in (parts, nested):
        heading = f"{stem} " + "".join(f"[{row}]" for row in rows)
        assert take_apart(heading) == (stem, rows)


@given(st.text("[]() ab", max_size=30))
def test_any_heading_comes_apart(text: str) -> None:
    stem, parts = take_apart(text)
    assert all(part in text for part in [stem, *parts])
    assert canonical(text) is not None


# ------------------------------------------------------------------------------- real files

real = pytest.mark.skipif(
    not (FOLDER / "EXPECTED.json").is_file(),
    reason="the outside reference files (../shared) are not on this machine",
)


@real
@pytest.mark.parametrize(
    "file", ["vviq_codes_header", "digitaltwin_full_text_en", "vvexport_made_from_vviq"]
)
def test_real_files(file: str) -> None:
    known = json.loads((FOLDER / "EXPECTED.json").read_text(encoding="utf-8"))
    expected = next(k for k in known if k["file"] == f"limesurvey/{file}.csv")
    path = FOLDER / expected["file"]
    export = read_export(path)
    assert export.platform == "limesurvey"
    for fact in ("container", "encoding", "bom", "delimiter", "header_rows"):
        assert getattr(export, fact) == expected[fact], fact
    assert export.frame.shape == (expected["records"], expected["columns"])
    assert sorted(set(export.repeated.values())) == sorted(expected["duplicate_header_names"])
    unnamed = [name for name in export.frame if name.startswith("unnamed_")]
    assert len(unnamed) == expected["empty_header_names"]
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines, delimiter=expected["delimiter"]))
    body = rows[expected["header_rows"] :]
    if expected["header_rows"] == 2:  # a VV export is decoded
        body = [[_unescaped(cell) for cell in row] for row in body]
    assert export.frame.to_numpy(dtype=object).tolist() == body


@real
def test_real_files_of_other_platforms_are_left_alone() -> None:
    known = json.loads((FOLDER / "EXPECTED.json").read_text(encoding="utf-8"))
    others = [k["file"] for k in known if k["format"] != "limesurvey" and k["container"] == "text"]
    assert len(others) > 10
    for file in others:
        source = Source(name=file, data=(FOLDER / file).read_bytes(), container="text")
        assert limesurvey.detect(source) is None, file


@real
def test_real_file_in_full_text() -> None:
    export = read_export(FOLDER / "limesurvey" / "digitaltwin_full_text_en.csv")
    cells = export.frame
    assert sum((cells[name] == "N/A").sum() for name in cells) == 17066
    assert sum((cells[name] == "").sum() for name in cells) == 8615
    reasons = [export.variables[n].reasons for n in cells if (cells[n] == "N/A").any()]
    assert all(reason["N/A"] == "not_shown" for reason in reasons)
    assert export.variables["Answer ID"].role == "respondent_id"
    item = export.variables["What is your professional background? [Cybernetics]"]
    assert (item.text, item.group) == ("Cybernetics", "What is your professional background?")


@real
def test_real_vv_export() -> None:
    export = read_export(FOLDER / "limesurvey" / "vvexport_made_from_vviq.csv")
    cells, book = export.frame, export.variables
    assert export.unfinished is not None
    unfinished = export.unfinished
    assert cells["id"][unfinished].tolist() == ["9", "18", "27", "36", "45"]
    assert (cells["QMIQ08_QMI35"][unfinished] == "{question_not_shown}").all()
    assert book["QMIQ08_QMI35"].reasons["{question_not_shown}"] == "not_shown"
    third = cells.loc[cells["id"] == "3", "Q08Change"].item()
    assert third == '"It was {odd}\nreally\tso'
