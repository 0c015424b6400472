"""Which columns hold personal values: by their names, and by what stands in them."""

import re
import unicodedata
from collections.abc import Container

import pandas as pd

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
"""

_FILLER_WORDS = frozenset(_FILLERS.split())
_PERSONAL_HEADINGS = frozenset(frozenset(line.split()) for line in _PERSONAL.split("\n") if line)

_E_MAIL = r"\s*[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}\s*"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = rf"\s*{_BYTE}(?:\.{_BYTE}){{3}}\s*"
SHARE = 0.1


def is_address(text: str) -> bool:
    """Whether a text is an e-mail or IPv4 address and nothing else."""
    return re.fullmatch(f"{_E_MAIL}|{_IPV4}", text) is not None


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
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    return any(_words(text) - _FILLER_WORDS in _PERSONAL_HEADINGS for text in (split, heading))


def _words(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore")
    return frozenset(re.findall(r"[a-z]+", plain.decode().lower()))


def personal_by_value(
    frame: pd.DataFrame, known: Container[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find e-mail and IPv4 addresses in columns that are not ``known`` to be identifying.

    Returns the columns where they are at least a tenth of the different values, and a warning for
    each column that holds any.
    """
    columns, warnings = [], []
    for column in map(str, frame):
        if column in known:
            continue
        values = different_texts(frame[column])
        long = values[values.str.len() >= len("0.0.0.0")]
        if long.empty:
            continue
        for mark, pattern, what in (
            ("@", _E_MAIL, "e-mail addresses"),
            (".", _IPV4, "IP addresses"),
        ):
            n = int(long[long.str.contains(mark, regex=False)].str.fullmatch(pattern).sum())
            if n >= SHARE * len(values) and n:
                columns.append(column)
                warnings.append(f"column {column!r} holds {what}: taken as identifying")
                break
            if n:
                warnings.append(
                    f"column {column!r} has {n} of {len(values)} different answers that are {what}"
                )
    return tuple(columns), tuple(warnings)
