"""Which columns hold personal values: by their names, and by what stands in them."""

import re
import unicodedata
from collections.abc import Container, Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from detachment.exports._cells import different_texts

# Words that say nothing about what is asked.
_FILLERS = """
a and are bitte contact cual de dein deine del der des die du enter es est ihr ihre is ist la
lautet le location of participant please provide quel quelle recipient respondent s su survey
the tu votre wie what your
"""

# One heading a line, words in any order.
_PERSONAL = """
email
e mail
mail
email address
e mail address
mail address
ip
ip address
ipaddress
ipaddr
name
names
full name
first name
last name
middle name
given name
family name
firstname
lastname
surname
forename
nickname
username
user name
login
redcap identifier
phone
phone number
telephone
telephone number
mobile
mobile number
mobile phone
mobile phone number
cell phone
cell phone number
address
home address
street
street address
street city state zip
street city state zip code
postal address
postcode
postal code
zip
zip code
birth date
birthdate
birthday
dob
latitude
longitude
gps
coordinates
prolific
prolific id
prolific pid
prolific academic id
worker id
workerid
mturk
mturk id
mturk worker id
amazon worker id
sona
sona id
cloudresearch id
id number
matriculation number
social security number
ssn
passport number
facebook
instagram
twitter
e mail adresse
email adresse
mailadresse
vorname
nachname
familienname
telefon
telefonnummer
handynummer
adresse
anschrift
strasse
postleitzahl
plz
geburtsdatum
geburtstag
ip adresse
matrikelnummer
correo
correo electronico
direccion correo
direccion correo electronico
nombre
nombres
nombre completo
apellido
apellidos
nombre apellido
nombre y apellido
nombre y apellidos
nombre apellidos
telefono
numero telefono
movil
direccion
direccion ip
codigo postal
fecha nacimiento
courriel
adresse e mail
adresse email
adresse courriel
adresse ip
adresse electronique
prenom
nom
nom prenom
nom famille
telephone numero
numero telephone
date naissance
code postal
endereco
endereco email
endereco e mail
endereco ip
nome
nome completo
sobrenome
apelido
primeiro nome
telemovel
celular
numero telefone
data nascimento
cep
indirizzo
indirizzo email
indirizzo e mail
indirizzo ip
cognome
nome cognome
nome e cognome
cellulare
numero di telefono
data di nascita
data nascita
cap
adres
emailadres
e mailadres
voornaam
achternaam
naam
volledige naam
telefoonnummer
mobiel nummer
geboortedatum
postcode woonplaats
ip adres
imie
nazwisko
imie nazwisko
imie i nazwisko
adres email
numer telefonu
data urodzenia
fornamn
efternamn
namn
epost
e post
e postadress
telefonnummer mobil
fodelsedatum
adress
fornavn
etternavn
efternavn
navn
fodselsdato
adresse ip
session user name
device id
android id
idfa
mac address
browser fingerprint
bilendi id
panel id
panelist id
panelist
respondi id
lucid id
qualtrics panel id
"""

# Headings in other scripts, whole.
_OTHER_SCRIPTS = frozenset(
    """
имя|фамилия|фио|ф и о|отчество|адрес|адрес электронной почты|электронная почта|телефон
номер телефона|дата рождения|ip адрес|ім я|прізвище|електронна пошта|όνομα|επώνυμο|ονοματεπώνυμο
τηλέφωνο|διεύθυνση|メール|メールアドレス|氏名|名前|お名前|電話番号|住所|生年月日|姓名|名字|电子邮件|电子邮箱|邮箱
电话|电话号码|手机|手机号|手机号码|地址|出生日期|電子郵件|電話|이름|성명|이메일|전화번호|휴대폰|주소|생년월일|الاسم
البريد الإلكتروني|رقم الهاتف|العنوان|שם|שם מלא|דואר אלקטרוני|טלפון|כתובת
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

_FILLER_WORDS = frozenset(_FILLERS.split())
_PERSONAL_HEADINGS = frozenset(frozenset(line.split()) for line in _PERSONAL.split("\n") if line)

_E_MAIL = r"\s*[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}\s*"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = rf"\s*{_BYTE}(?:\.{_BYTE}){{3}}\s*"
_GROUP = r"[0-9a-fA-F]{1,4}"
_IPV6 = rf"\s*(?:(?:{_GROUP}:){{7}}{_GROUP}|(?=\S*::)[0-9a-fA-F:.]{{2,45}}(?:%\w+)?)\s*"
# Two degrees with three decimals or more, as maps and phones write them.
_DEGREES = r"[+-]?\d{1,3}\.\d{3,}\s*°?\s*[NSEWnsew]?"
_PLACE = rf"\s*[(\[]?\s*{_DEGREES}\s*[,;/ ]\s*{_DEGREES}\s*[)\]]?\s*"
# International, or in groups as people write their own; never digits alone, which are any code.
_PHONE = (
    r"\s*(?:(?:\+|00)\d{1,3}[\s./-]?(?:\(?\d{1,5}\)?[\s./-]?){2,5}\d"
    r"|\(0?\d{2,5}\)\s*\d{3,4}[\s./-]?\d{2,5}"
    r"|\d{3}[-. ]\d{3}[-. ]\d{4}"
    r"|0\d{2,4}[-/ ]\d{3,4}(?:[- ]?\d{2,4})?)\s*"
)
_PROLIFIC = r"\s*[0-9a-f]{24}\s*"
_MTURK = r"\s*A(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{11,14}\s*"
# What every such value looks like (simple, so that millions are looked through fast), its pattern,
# its name. A date is no phone number.
_BY_VALUE = (
    ("@", _E_MAIL, "e-mail addresses"),
    (r"\d\.\d+\.\d+\.\d", _IPV4, "IP addresses"),
    ("::|:.*:.*:.*:.*:.*:.*:", _IPV6, "IP addresses"),
    (r"\.\d{3}.*\.\d{3}", _PLACE, "coordinates"),
    (
        r"^\s*(?:[+(]|00[1-9]|0\d{2,4}[-/ ]|\d{3}[-. ]\d{3}[-. ]\d{4}\s*$)",
        rf"(?!\s*\d{{4}}-\d\d-\d\d){_PHONE}",
        "phone numbers",
    ),
    (r"^\s*[0-9a-f]{24}\s*$", _PROLIFIC, "ids of a panel"),
    (r"^\s*A[A-Z0-9]{11,14}\s*$", _MTURK, "ids of a panel"),
)
_SHORTEST = len("0.0.0.0")
_LONGEST = 320  # an e-mail address; what is longer is a text
SHARE = 0.1


def is_address(text: str) -> bool:
    """Whether a text is an e-mail or IP address and nothing else."""
    return re.fullmatch(f"{_E_MAIL}|{_IPV4}|{_IPV6}", text) is not None


def personal_by_name(heading: str) -> bool:
    """Whether a heading asks for something that names a person.

    Only whole headings count, so that an item that mentions a phone or an e-mail is not taken for
    a question about the respondent's own.

    Examples
    --------
    >>> personal_by_name("What is your e-mail address?"), personal_by_name("LocationLatitude")
    (True, True)
    >>> personal_by_name("I read my partner's email")
    False
    """
    if " ".join(re.findall(r"\w+", heading.casefold())) in _OTHER_SCRIPTS:
        return True
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    return any(_words(text) - _FILLER_WORDS in _PERSONAL_HEADINGS for text in (split, heading))


def _words(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore")
    return frozenset(re.findall(r"[a-z]+", plain.decode().lower()))


def personal_by_value(
    frame: pd.DataFrame, known: Container[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find addresses, phone numbers, coordinates and panel ids in columns not ``known`` for them.

    Returns the columns where they are at least a tenth of the different values, and a warning for
    each column that holds any.
    """
    columns, warnings = [], []
    for column in map(str, frame):
        if column in known:
            continue
        values = pa.array(different_texts(frame[column]), pa.string())
        length = pc.utf8_length(values)
        long = values.filter(
            pc.and_(pc.greater_equal(length, _SHORTEST), pc.less_equal(length, _LONGEST))
        )
        if not len(long):
            continue
        found = next(((n, what) for n, what in _counts(long) if n), None)
        if found is None:
            continue
        n, what = found
        if n >= SHARE * len(values):
            columns.append(column)
            warnings.append(f"column {column!r} holds {what}: taken as identifying")
        else:
            warnings.append(
                f"column {column!r} has {n} of {len(values)} different answers that are {what}"
            )
    return tuple(columns), tuple(warnings)


def kind_of_personal(column: "pd.Series[str]") -> str | None:
    """Say what a column of personal values mostly holds: ip, email, phone, panel_id; or None."""
    texts = different_texts(column)
    texts = texts[texts.str.strip() != ""]
    for n, what in _counts(pa.array(texts, pa.string())):
        if 2 * n > len(texts):
            return _KINDS.get(what)
    return None


_KINDS = {
    "e-mail addresses": "email",
    "IP addresses": "ip",
    "phone numbers": "phone",
    "ids of a panel": "panel_id",
}


def _counts(stored: pa.StringArray) -> Iterator[tuple[int, str]]:
    """How many of the texts are personal values, kind by kind; the surest kinds first."""
    for likely, pattern, what in _BY_VALUE:
        some = stored.filter(pc.match_substring_regex(stored, likely)).to_pylist()
        yield sum(re.fullmatch(pattern, text) is not None for text in some), what
