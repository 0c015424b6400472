"""Which items were asked together: by grid, by what their texts or headings share, by place."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from detachment.drafting._facts import SEVERAL, Facts
from detachment.drafting._names import is_code, plain_words, prefix
from detachment.drafting._responses import compatible

# A heading's prefix that says no more than "a question".
_SAY_NOTHING = """
q x v c f p i var item col column question frage pregunta vraag domanda pergunta unnamed
"""
_BARE = frozenset(["", *_SAY_NOTHING.split()])
# "stem [item]", "stem - item", "stem-item": what grids of most platforms look like.
_GRIDS = (
    re.compile(r"(?P<stem>.*\S)\s*\[(?P<item>[^\[\]]+)\]\s*"),
    re.compile(r"(?P<stem>.*\S)\s+[-–|]\s+(?P<item>\S.*)"),
    re.compile(r"(?P<stem>\S.{14,}\S)-(?P<item>\S.*)"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Columns that were answered in one way.

    ``stem`` is what their question texts share; ``name`` what their headings share; ``by_place``
    says that nothing but their place tells that they belong together.
    """

    columns: tuple[Facts, ...]
    stem: str = ""
    name: str = ""
    by_place: bool = False

    def text(self, column: Facts) -> str:
        """What a column asks, without the stem."""
        text = asked(column)
        split = _split(text)
        return split[1] if self.stem and split is not None and split[0] == self.stem else text


def asked(column: Facts) -> str:
    """Question text, which may be the heading itself; empty where there is only a code."""
    return column.text or ("" if is_code(column.name) else column.name)


@dataclass(frozen=True)
class _Key:
    group: str = ""
    stem: str = ""
    name: str = ""

    @property
    def bare(self) -> bool:
        """Whether nothing says that its columns belong together."""
        return not (self.group or self.stem) and plain_words(self.name) in _BARE


def find_blocks(columns: Sequence[Facts]) -> list[Block]:
    """Group columns that may be items, each block in the file's order.

    Columns of a grid, of one stem or of one prefix belong together where they were answered in one
    way. Single questions do only where they stand next to each other.
    """
    keys = _keys(columns)
    clusters: list[tuple[_Key, list[Facts]]] = []
    for column, key in zip(columns, keys, strict=True):
        near = clusters[-1:] if key.bare else clusters
        home = next(
            (
                members
                for theirs, members in near
                if theirs == key and compatible(members, column, loosely=not key.bare)
            ),
            None,
        )
        if home is None:
            clusters.append((key, [column]))
        else:
            home.append(column)
    return [
        Block(
            columns=tuple(members),
            stem=key.stem,
            name=key.name or key.group,
            by_place=key.bare or not (key.stem or key.name),
        )
        for key, members in clusters
    ]


def _keys(columns: Sequence[Facts]) -> list[_Key]:
    """What says for each column with which others it belongs together."""
    splits = [_split(asked(column)) for column in columns]
    stems = Counter(split[0] for split in splits if split is not None)
    groups = Counter(column.variable.group for column in columns)
    found = [
        _Key(
            group=column.variable.group if groups[column.variable.group] > 1 else "",
            stem=split[0] if split is not None and stems[split[0]] > 1 else "",
            name=name,
        )
        for column, split, name in zip(columns, splits, _block_names(columns), strict=True)
    ]
    named = Counter((key.stem, key.name) for key in found)
    keys = []
    for key in found:
        telling = plain_words(key.name) not in _BARE and named[key.stem, key.name] > 1
        # A name that the questions share says more than the page that they stand on; a number at
        # the end of one heading alone (Q7_1 of a grid that is Q7_1) says nothing.
        keys.append(replace(key, group="") if telling else replace(key, name=""))
    return keys


def _block_names(columns: Sequence[Facts]) -> list[str]:
    """Prefix of each heading, with its last word where several of that prefix end in it.

    So ``sign_01_talk_partner``, ``sign_02_touch_partner``, ... are not the block of
    ``sign_01_talk``, ``sign_02_touch``, ...
    """
    names = [prefix(column.code) for column in columns]
    ends = [re.search(r"\d.*?([^\W\d_]{3,})$", column.code) for column in columns]
    lasts = [end.group(1) if end is not None else "" for end in ends]
    again = Counter(zip(names, lasts, strict=True))
    return [
        f"{name}_{last}" if name and last and again[name, last] >= SEVERAL else name
        for name, last in zip(names, lasts, strict=True)
    ]


def _split(text: str) -> tuple[str, str] | None:
    for pattern in _GRIDS:
        if found := pattern.fullmatch(text):
            return found["stem"], found["item"]
    return None


def enough(block: Block, items: int) -> bool:
    """Whether items of a block make a scale: two do where something tells that they belong."""
    return items >= (SEVERAL if block.by_place else 2)
