"""Which items were asked together: by grid, by what their texts or headings share, by place."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
            by_place=key.bare,
        )
        for key, members in clusters
    ]


def _keys(columns: Sequence[Facts]) -> list[_Key]:
    splits = [_split(asked(column)) for column in columns]
    stems = Counter(split[0] for split in splits if split is not None)
    groups = Counter(column.variable.group for column in columns)
    keys = [
        _Key(
            group=column.variable.group if groups[column.variable.group] > 1 else "",
            stem=split[0] if split is not None and stems[split[0]] > 1 else "",
            name=prefix(column.code),
        )
        for column, split in zip(columns, splits, strict=True)
    ]
    sizes = Counter(keys)
    # A number at the end of one heading alone (Q7_1 of a grid that is Q7_1) groups nothing.
    return [key if sizes[key] > 1 else _Key(group=key.group, stem=key.stem) for key in keys]


def _split(text: str) -> tuple[str, str] | None:
    for pattern in _GRIDS:
        if found := pattern.fullmatch(text):
            return found["stem"], found["item"]
    return None


def enough(block: Block, items: int) -> bool:
    """Whether items of a block make a scale: two do where something tells that they belong."""
    return items >= (SEVERAL if block.by_place else 2)
