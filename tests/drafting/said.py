"""What must not stand in a draft, by value, and what stands there."""

import re

import yaml

from detachment.drafting._known_answers import is_known

SEVERAL = 3


def everything_said(text):
    """Every key and value of the file, as text, and its comments."""

    def walk(part):
        if isinstance(part, dict):
            for key, value in part.items():
                yield str(key)
                yield from walk(value)
        elif isinstance(part, list):
            for value in part:
                yield from walk(value)
        else:
            yield str(part)

    said = {" ".join(word.split()) for word in walk(yaml.safe_load(text))}
    comments = [line.partition("# ")[2] for line in text.splitlines() if "# " in line]
    return said, "\n".join(comments)


def sensitive(export, roles):
    """Cells that may be somebody's: of personal columns, of free text, and those that few wrote.

    ``roles`` is column -> role in the draft. What the file itself says of its questions (headings,
    texts, code book) and common words of answers are nobody's.
    """
    public = set(export.names)
    for variable in export.variables.values():
        public |= {variable.text, variable.group, variable.name, *variable.labels}
        public |= {*variable.labels.values(), *variable.missing, *variable.reasons}
    public = {" ".join(word.split()) for word in public}
    counts, cells = {}, set()
    for name in export.cells:
        values = export.cells[name].value_counts()
        given = {str(v).strip(): int(n) for v, n in values.items() if n and str(v).strip()}
        if name in export.identifying_columns or roles.get(name) in ("identifier", "free_text"):
            cells |= given.keys()
            continue
        for value, n in given.items():
            counts[value] = max(counts.get(value, 0), n)
    cells |= {value for value, n in counts.items() if n < SEVERAL}
    return {
        plain
        for value in cells
        if (plain := " ".join(value.split())) not in public
        and not is_known(plain)
        and not re.fullmatch(r"-?\d{1,4}([.,]0)?", plain)  # codes, whoever else has such a number
    }


def leaked(export, draft_text, roles):
    """Sensitive cells that stand in the draft: as a whole, or inside where they are long."""
    said, comments = everything_said(draft_text)
    everything = "\n".join([*said, comments])
    own = {w for v in export.variables.values() for w in (v.text, v.name)} | set(export.names)
    asked = "\n".join(" ".join(word.split()) for word in own)
    found = sensitive(export, roles)
    whole = {cell for cell in found if cell in said}
    inside = {c for c in found if len(c) >= 12 and c in everything and c not in asked}
    return whole | inside
