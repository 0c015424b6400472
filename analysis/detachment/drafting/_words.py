"""What a question is about, from its words, in seven languages. Every finding is a guess."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from detachment.drafting._names import FILLERS, is_code, plain_words
from detachment.validation import question_key

# Words of a column's name or of a short question, one role a paragraph.
_CONSENT = """
consent einwilligung einverständnis einverstanden einverständniserklärung datenschutz
consentimiento consentement toestemming consentimento consenso
"""
_CONSENT_SENTENCES = """
do you agree to (take part|participate) | (i )?agree to (take part|participate)
take part in this study | participate in this (study|survey|research) | declaration of consent
nehmen sie an .* studie teil
teilnahme an (der|dieser) (studie|befragung) | stimme der teilnahme zu
acepta participar | acepto participar | participar en este (estudio|encuesta)
accepte de participer | participer à cette (étude|enquête) | (ga|stem) akkoord met deelname
aceita participar | aceito participar | participar (deste|desta|neste) (estudo|pesquisa)
accetto di partecipare | partecipare a questo (studio|sondaggio)
"""
_DEMOGRAPHIC = """
age ages gender sex education degree occupation profession job income country nationality region
state city ethnicity race religion
marital employment relationship_status household demo demographics
demographic native_language children siblings weight height birth_year year_of_birth residence
alter lebensalter geschlecht bildung bildungsabschluss schulabschluss abschluss beruf einkommen land
nationalität staatsangehörigkeit familienstand religion muttersprache kinder wohnort haushalt
bundesland geburtsjahr größe gewicht
edad sexo género educación estudios ocupación profesión ingresos país nacionalidad región ciudad
etnia religión hijos
âge sexe genre éducation études diplôme profession revenu revenus pays nationalité région ville
enfants
leeftijd geslacht opleiding beroep inkomen land nationaliteit regio stad kinderen burgerlijke
idade sexo gênero género educação escolaridade ocupação profissão renda país nacionalidade região
cidade filhos
età sesso genere istruzione professione reddito paese nazionalità regione città figli
"""
_DEMOGRAPHIC_SENTENCES = """
how old are you | what is your age | wie alt (bist|sind) | cuántos años (tiene|tienes)
quel âge (avez|as) | hoe oud (bent|ben) | quantos anos | quanti anni
(relationship|marital|employment|civil) status | level of education | rel status | rel length .*
estado civil | état civil | situation familiale | burgerlijke staat | stato civile
"""
_FREE = """
comment comments remark remarks feedback suggestion suggestions specify explain describe elaborate
open text other_text
anmerkung anmerkungen kommentar kommentare bemerkung bemerkungen erläutern beschreiben sonstiges
comentario comentarios especifique especificar sugerencias describa
commentaire commentaires précisez préciser remarque remarques suggestions expliquez
opmerking opmerkingen toelichting namelijk
comentário comentários sugestões descreva
commento commenti specificare suggerimenti descrivi
"""
_FREE_SENTENCES = """
anything else | anything you
like to (add|share|tell) | please (specify|explain|describe)
tell us | in your own words
bitte (angeben|erläutern|beschreiben|nennen) | sie mitteilen
algo más | autre chose | por qué
pourquoi | iets anders | algo mais | altro da aggiungere
open ended response
"""
_MOMENT = """
timestamp submitted submitted_at submission submission_date recorded completion_time end_time
enddate end_date date_submitted
submitdate zeitstempel marca_temporal horodateur tijdstempel carimbo informazioni_cronologiche
datestamp finished_at ended completed
"""
_PERSON = """
respondent_id respondentid participant_id participantid subject_id subjectid person_id personid
participant respondent subject id pid vpn vp case case_id caseid record_id recordid response_id
responseid user_id session code teilnehmer proband answer_id antwort_id id_de_respuesta
"""
_WAVE = (
    "wave waves welle messzeitpunkt time_point timepoint occasion measurement_occasion vague ola"
)
_DYAD = "dyad dyad_id dyadid couple couple_id coupleid pair_id paar_id paar couple_code dyad_code"
_PARTNER = "partner_role partnerrole dyad_role member_role"
_GROUP = "group condition arm treatment gruppe bedingung experimental_condition study_group cohort"

_POLITE = re.compile(
    r"\b(please|bitte|por favor|s il (vous|te) pla[iî]t|veuillez|alstublieft|gelieve|per favore)\b"
)
_CHOOSE = re.compile(
    r"\b(select|choose|click|mark|tick|pick|answer|respond|wähle[n]?|kreuzen|ankreuzen|klicken"
    r"|anklicken|auswählen|seleccion[ea]|elija|marque|escoja|sélectionne[zr]|choisisse[zr]"
    r"|choisir|coche[zr]|selecteer|kies|klik|vink|selecione|escolha|assinale|selezion[ia]|scelga"
    r"|clicchi|segni)\b"
)
_WATCHING = re.compile(
    r"(attention check|are (still )?(reading|paying attention)|control question|kontrollfrage"
    r"|aufmerksamkeit|pregunta de control|question de contrôle|controlevraag|questão de controle"
    r"|domanda di controllo)"
)


_WORD_LIMIT = 12


def about(heading: str, text: str, *, in_block: bool = False) -> str:
    """Guess what a column is about.

    Parameters
    ----------
    heading, text
        Its heading in the file, and the question as asked.
    in_block
        Whether its heading is one of several of a kind (``job_1``, ``job_2``, ...): then a word in
        it says nothing of the single column.

    Returns
    -------
    str
        ``respondent_id``, ``wave``, ``dyad_id``, ``partner_role``, ``group``, ``submitted_at``,
        ``consent``, ``free_text``, ``demographic``; or nothing.

    Examples
    --------
    >>> about("Q7", "How old are you?"), about("demo_gender", ""), about("Q8", "I like my job.")
    ('demographic', 'demographic', '')
    """
    name = plain_words(heading).replace(" ", "_")
    for role, names in _NAMES.items():
        if name in names:
            return role
    said = plain_words(text or heading)
    words = said.split()
    brief = len(words) <= 3 or (len(words) <= _WORD_LIMIT and "?" in (text or heading))
    tokens = set(words) if brief else set()
    if is_code(heading) and not in_block:
        tokens |= set(name.split("_"))
    if tokens & _CONSENT_WORDS or _CONSENT_PATTERN.search(said):
        return "consent"
    if tokens & _FREE_WORDS or name.endswith("_text") or _FREE_PATTERN.search(said):
        return "free_text"
    if tokens & _DEMOGRAPHIC_WORDS or (brief and _DEMOGRAPHIC_PATTERN.search(said)):
        return "demographic"
    return ""


def asks_for_attention(text: str) -> bool:
    """Whether a text asks for one certain answer ("please select 'disagree'").

    Only together with that answer among the choices: "please select all that apply" asks too.

    Examples
    --------
    >>> asks_for_attention("Bitte hier 'stimme zu' ankreuzen."), asks_for_attention("I disagree.")
    (True, False)
    """
    said = question_key(text)
    polite = _POLITE.search(said) or _WATCHING.search(said)
    return polite is not None and _CHOOSE.search(said) is not None


def language_of(texts: Iterable[str]) -> str:
    """Guess the language of questions from their small words; English where nothing tells.

    Examples
    --------
    >>> language_of(["¿Con qué frecuencia usa R en el trabajo?"]), language_of(["Q1"])
    ('es', 'en')
    """
    said = Counter(word for text in texts for word in plain_words(text).split())
    return max(FILLERS, key=lambda language: sum(said[w] for w in FILLERS[language].split()))


def _words(lines: str) -> frozenset[str]:
    return frozenset(plain_words(word).replace(" ", "_") for word in lines.split())


def _sentences(lines: str) -> re.Pattern[str]:
    parts = [part.strip() for line in lines.strip().split("\n") for part in line.split(" | ")]
    letters = unicodedata.normalize("NFKD", "|".join(parts))
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return re.compile(rf"\b({plain})(\b|$)")


_NAMES = {
    "wave": _words(_WAVE),
    "dyad_id": _words(_DYAD),
    "partner_role": _words(_PARTNER),
    "group": _words(_GROUP),
    "submitted_at": _words(_MOMENT),
    "respondent_id": _words(_PERSON),
}
_CONSENT_WORDS, _CONSENT_PATTERN = _words(_CONSENT), _sentences(_CONSENT_SENTENCES)
_FREE_WORDS, _FREE_PATTERN = _words(_FREE), _sentences(_FREE_SENTENCES)
_DEMOGRAPHIC_WORDS = _words(_DEMOGRAPHIC)
_DEMOGRAPHIC_PATTERN = _sentences(_DEMOGRAPHIC_SENTENCES)
