"""Which columns are items, and on which response scale each block of them was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from detachment.drafting._blocks import Block, find_blocks
from detachment.drafting._facts import Facts
from detachment.drafting._purposes import CONSTANT, FREE_TEXT, ITEM, Purpose, left_out
from detachment.drafting._responses import CHOICE, Response, response_of, together
from detachment.drafting._words import asks_for_attention
from detachment.exports import Export
from detachment.validation import normal_text


def answered(
    export: Export, columns: Mapping[str, Facts], purpose: dict[str, Purpose]
) -> list[tuple[Block, Response]]:
    """Blocks of items with their response scales; ``purpose`` of those without one changes."""
    items = [columns[name] for name, p in purpose.items() if p.kind == "item" and name in columns]
    pairs: list[tuple[Block, Response]] = []
    for block in find_blocks(items):
        if all(column.name not in export.cells for column in block.columns):
            pairs.append((block, CHOICE))
            continue
        response = response_of(block.columns)
        parts = [block] if response else [replace(block, columns=(c,)) for c in block.columns]
        for part in parts:
            response = response_of(part.columns)
            if response is not None and (response.type != "numeric" or len(part.columns) > 1):
                pairs.append((part, response))
                continue
            for column in part.columns:
                purpose[column.name] = _not_an_item(column)
    if not pairs:  # numbers alone
        for column in items:
            response = response_of([column])
            if response is not None:
                purpose[column.name] = ITEM
                pairs.append((Block(columns=(column,)), response))
    return _with_whole_lists(pairs)


def _not_an_item(column: Facts) -> Purpose:
    if column.numbers is not None:
        kind = "integer" if column.integers is not None else "number"
        doubts = ("role; or an item with a numeric response scale",)
        return Purpose(kind="column", role="demographic", type=kind, doubts=doubts)
    if len(column.answers) == 1 and all(map(column.may_be_told, column.answers)):
        return left_out(CONSTANT)
    return FREE_TEXT


def _with_whole_lists(pairs: Sequence[tuple[Block, Response]]) -> list[tuple[Block, Response]]:
    """Give a block in which some answers never occur the response scale of one in which they do."""
    answers = [set(map(normal_text, together(block.columns))) for block, _ in pairs]
    better: list[tuple[Block, Response]] = []
    for (block, response), ours in zip(pairs, answers, strict=True):
        larger = [
            other
            for (_, other), theirs in zip(pairs, answers, strict=True)
            if ours < theirs
            and other.language
            and (other.language, other.name.rstrip("0123456789"))
            == (response.language, response.name.rstrip("0123456789"))
        ]
        check = any(asks_for_attention(column.text or column.name) for column in block.columns)
        whole = (check or bool(response.doubts)) and response.codes == () and bool(larger)
        best = min(larger, key=lambda other: len(other.values)) if whole else response
        better.append((block, best))
    return better
