"""A questionnaire as declared: frozen values, nothing computed from answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from detachment._cards import card
from detachment.text import count, listing

ResponseType = Literal["ordinal", "categorical", "numeric"]
Role = Literal[
    "sign", "effect", "cause", "moderator", "strategy", "coping", "knowledge", "covariate"
]
Model = Literal["reflective", "reflective_2item", "single_item", "formative", "dichotomous_test"]
ColumnRole = Literal[
    "respondent_id", "dyad_id", "partner_role", "wave", "group", "consent", "submitted_at",
    "duration_s", "weight", "cluster", "attention", "demographic", "free_text", "identifier",
]  # fmt: skip
ColumnType = Literal["string", "integer", "number", "boolean", "category", "datetime"]
ItemRole = Literal["scored", "balance", "attention", "bogus", "self_report_effort"]
ScoreRule = Literal["mean", "sum", "sum_correct"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseScale:
    """The codes that an answer may have.

    Attributes
    ----------
    values
        Allowed codes in order; scoring sees these only. Empty for ``numeric``.
    labels
        One label a value, or empty.
    codes
        How an export writes the values, in the same order (``values`` as text by default).
    aliases
        Other spellings of labels, label -> spellings.
    dont_know
        The value that says "I don't know" (quiz questions): counted as wrong, and reported.
    minimum, maximum
        Ends of the scale (for ``numeric`` as declared, possibly infinite).
    """

    id: str
    type: ResponseType = "ordinal"
    values: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dont_know: int | None = None
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question.

    ``column`` is its name in an export; ``keyed`` is +1, -1 (reversed) or 0 (not scored);
    ``answer`` is the right code of a quiz question; ``pass_value`` the code that passes a check,
    ``also_passes`` others that pass it (a bogus item may be denied more or less strongly).
    ``form`` is ``"self"`` or the name of another form (such as ``"partner"``), ``source`` where a
    quiz statement comes from (such as ``"myth"``). The block of a partner item is called like that
    of its model with ``__partner`` at the end.
    """

    id: str
    scale: str
    keyed: int = 1
    text: str = ""
    column: str
    block: str = ""
    form: str = "self"
    role: ItemRole = "scored"
    answer: int | None = None
    pass_value: int | None = None
    also_passes: tuple[int, ...] = ()
    antonym_of: str | None = None
    sensitive: bool = False
    allow_not_applicable: bool = False
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleItem:
    """An item as one scale uses it: the scale may override the key."""

    id: str
    keyed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """A published threshold: ``direction`` says which side is meant; ``source`` who says so."""

    name: str
    value: float
    direction: Literal["below", "at_or_below", "above", "at_or_above"]
    source: str
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Items that are scored together.

    ``expected_sign`` is the sign that a correlation of this scale with the signs should have
    (0 where nothing is expected); ``overlaps`` lists items or scales that share content;
    ``signs_present_from`` is the lowest code that counts as "sign present" (None: not counted).
    ``mask_when`` maps a metadata column to values for which the score is not interpreted.
    """

    id: str
    label: str
    role: Role = "covariate"
    model: Model = "reflective"
    items: tuple[ScaleItem, ...]
    score: ScoreRule = "mean"
    min_valid: float = 0.8
    direction: str = ""
    parent: str | None = None
    expected_sign: int = 0
    overlaps: tuple[str, ...] = ()
    signs_present_from: int | None = None
    mask_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cutoffs: tuple[Cutoff, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One metadata column. ``column`` is its name in an export (its id by default)."""

    id: str
    role: ColumnRole
    type: ColumnType = "string"
    column: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    min: float | None = None
    max: float | None = None
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Rules that raise a flag about a respondent.

    None or empty: the instrument does not say, and the default of the room ``quality`` holds.

    Attributes
    ----------
    seconds_per_item, share_of_median
        Faster than this many seconds an item, or than this share of the median time an item, is
        flagged; 0 for no such rule.
    longstring_blocks, longstring_from
        Blocks over which the longest run of equal answers is taken (in the order shown), and the
        length from which it is flagged.
    irv_blocks, irv_below
        Blocks over which the standard deviation of a person's answers is taken, and below what it
        is flagged.
    mahalanobis_blocks, mahalanobis_p
        For the multivariate outlier rule.
    even_odd_below
        Consistency of the halves of scales below which a person is flagged.
    synonyms_above, antonyms_below
        Correlation of two items beyond which they are psychometric synonyms or antonyms.
    synonym_pairs, antonym_pairs
        Pairs of item ids that mean the same, or the opposite.
    """

    seconds_per_item: float | None = None
    share_of_median: float | None = None
    longstring_blocks: tuple[str, ...] = ()
    longstring_from: int | None = None
    irv_blocks: tuple[str, ...] = ()
    irv_below: float | None = None
    mahalanobis_blocks: tuple[str, ...] = ()
    mahalanobis_p: float | None = None
    even_odd_below: float | None = None
    synonyms_above: float | None = None
    antonyms_below: float | None = None
    synonym_pairs: tuple[tuple[str, str], ...] = ()
    antonym_pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlate:
    """What a report crosses by default: two lists of selectors."""

    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A version of the questionnaire: the blocks of items that it asks, and how long it takes."""

    blocks: tuple[str, ...]
    minutes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A questionnaire as declared in one YAML file.

    Mappings keep the order of the file. ``missing_codes`` maps what an export writes to a reason.
    ``sha256`` is of the file's bytes (of the canonical content for one made in memory).
    """

    id: str
    version: str
    title: str
    language: str = "en"
    licence: str = ""
    citation: str = ""
    status: str = ""
    recall_period: str = ""
    note: str = ""
    forms: Mapping[str, str] = field(default_factory=dict)
    lengths: Mapping[str, Length] = field(default_factory=dict)
    response_scales: Mapping[str, ResponseScale]
    missing_codes: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Column] = field(default_factory=dict)
    items: Mapping[str, Item]
    scales: Mapping[str, Scale]
    correlate: Correlate = field(default_factory=Correlate)
    quality: Quality = field(default_factory=Quality)
    sha256: str = ""

    def response_scale(self, item: str) -> ResponseScale:
        """Response scale of an item."""
        return self.response_scales[self.items[item].scale]

    def scales_with_role(self, role: str) -> tuple[Scale, ...]:
        """Scales that have a role, in the file's order."""
        return tuple(scale for scale in self.scales.values() if scale.role == role)

    def columns_with_role(self, role: str) -> tuple[Column, ...]:
        """Metadata columns that have a role, in the file's order."""
        return tuple(column for column in self.columns.values() if column.role == role)

    def to_dict(self) -> dict[str, Any]:
        """Return the content in the layout of instrument files, what is usual left out.

        ``instrument_from_dict`` turns it into an equal instrument.
        """
        from detachment.instruments._write import to_layout

        return to_layout(self)

    def _repr_html_(self) -> str:
        roles: dict[str, list[str]] = {}
        for scale in self.scales.values():
            roles.setdefault(scale.role, []).append(scale.label or scale.id)
        return card(
            f"Instrument: {self.title or self.id}",
            [
                ("Version", f"{self.id} {self.version}"),
                ("Status", self.status.replace("_", " ")),
                ("Items", count(sum(item.form == "self" for item in self.items.values()))),
                *((f"Scales ({role})", listing(labels)) for role, labels in roles.items()),
                ("Licence", self.licence),
                ("Citation", self.citation),
            ],
        )

    def __repr__(self) -> str:
        items = sum(item.form == "self" for item in self.items.values())
        return (
            f"Instrument({' '.join(filter(None, (self.id, self.version)))}: {self.title!r}, "
            f"{items} items, {len(self.scales)} scales)"
        )
