"""Columns that name a person: by heading, in many languages, and by what stands in them."""

from pathlib import Path

import pytest

from detachment.errors import ExportError
from detachment.exports import read_export
from detachment.exports._privacy import personal_by_name


@pytest.mark.parametrize(
    "heading",
    [
        *("email", "E-Mail", "What is your e-mail address?", "Email Address", "RecipientEmail"),
        *("IP Address", "IPAddress", "ip", "ipaddr", "First Name", "name_first", "LastName"),
        *("Surname", "Name", "Please enter your full name.", "telephone_1", "Phone number"),
        *("address", "Street, City, State, ZIP", "Date of birth", "dob", "LocationLatitude"),
        *("longitude", "PROLIFIC_PID", "prolific_id:1", "Worker ID", "MTurk ID", "Username"),
        *("E-Mail-Adresse", "Vorname", "Geburtsdatum", "Straße", "Matrikelnummer"),
        *("Correo electrónico", "Apellidos", "Teléfono", "Fecha de nacimiento"),
        *("Prénom", "Nom de famille", "Courriel", "Date de naissance"),
        *("Endereço de e-mail", "Sobrenome", "Indirizzo e-mail", "Cognome", "Achternaam"),
        *("Numer telefonu", "Födelsedatum", "Имя", "Электронная почта", "メールアドレス", "手机号"),
    ],
)
def test_headings_that_ask_for_a_person(heading: str) -> None:
    assert personal_by_name(heading)


@pytest.mark.parametrize(
    "heading",
    [
        *("sign_01_communication", "Q1", "id", "participant_id", "ResponseId", "age", "", "123"),
        "I read my partner's e-mail without asking",
        "My partner is always on the phone",
        "We know each other by our first name only",
        *("country_name", "demo_age", "zip_zap", "mobile_use", "address_conflict", "email_use"),
    ],
)
def test_headings_that_do_not(heading: str) -> None:
    assert not personal_by_name(heading)


VALUES = {
    "e-mail addresses": "ann{}@example.org",
    "IP addresses": "2001:db8::{}",
    "coordinates": "52.5{}00, 13.40{}5",
    "phone numbers": "+1 (555) 010-{}0",
    "ids of a panel": "5bc46dfd71f94500884efb{}",
}


@pytest.mark.parametrize("what", VALUES)
def test_personal_values_are_found_under_any_heading(tmp_path: Path, what: str) -> None:
    file = tmp_path / "a.csv"
    cells = [VALUES[what].replace("{}", str(i)) for i in range(10, 60)]
    file.write_text("Q1,Q2\n" + "".join(f'"{cell}",4\n' for cell in cells))
    export = read_export(file)
    assert export.identifying_columns == ("Q1",)
    assert f"column 'Q1' holds {what}" in " ".join(export.warnings)
    assert not [cell for cell in cells if cell in " ".join(export.warnings)]


@pytest.mark.parametrize(
    "cell",
    [
        *("2026-05-04", "2026-05-04 12:00:01", "12:30:45", "04.05.2026", "05/04/2026 08:00:00 AM"),
        *("1.234.567", "12345678", "0.12345", "1,2,3", "Agree strongly", "R_2aB3cD4eF5gH6iJ"),
        *("00:03:48", "3292953864", "2021-05-07-16-30", "P0001", "ABCDEFGHIJKLM", "1:1"),
    ],
)
def test_what_only_looks_personal_is_not(tmp_path: Path, cell: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f'Q1,Q2\n"{cell}",4\n')
    export = read_export(file)
    assert export.identifying_columns == ()
    assert not [w for w in export.warnings if "Q1" in w]


def test_addresses_are_found_by_value_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "code,contact,where,version,score,comment\n"
        + "".join(f"{i},p{i}@example.org,192.0.2.{i},1.2.3,{i}.5,c{i}\n" for i in range(1, 40))
        + "40,none,,1.2.3,4.5,write to me@example.org\n41,none,,1.2.3,4.5,secret@example.org\n"
    )
    export = read_export(file)
    assert export.identifying_columns == ("contact", "where")
    said = " ".join(export.warnings)
    assert "'contact' holds e-mail addresses" in said
    assert "'where' holds IP addresses" in said
    assert "'comment' has 1 of 41 different answers that are e-mail addresses" in said
    assert "example.org" not in said
    assert "192" not in said


@pytest.mark.parametrize("first", ["me@example.org,4,5", "a,192.0.2.7,5"])
def test_a_file_without_headings_does_not_name_columns_after_people(
    tmp_path: Path, first: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"{first}\nyou@example.org,3,4\n")
    with pytest.raises(ExportError, match="not the headings") as caught:
        read_export(file)
    assert "example" not in str(caught.value)
    assert "192" not in str(caught.value)
