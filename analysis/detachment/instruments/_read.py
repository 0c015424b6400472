"""Name or path in, instrument out."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from detachment._files import shipped
from detachment.errors import UsageError, nearest
from detachment.instruments._build import build
from detachment.instruments._layout import read_layout
from detachment.instruments._types import Instrument
from detachment.instruments._yaml import nodes_from, parse_yaml, refuse_table

_ENDINGS = (".yaml", ".yml")


def list_instruments() -> tuple[str, ...]:
    """Names of the instruments that come with the package.

    Returns
    -------
    tuple of str
        In alphabetical order; each can be given to ``read_instrument``.

    Examples
    --------
    >>> "detachment" in list_instruments()
    True
    """
    return tuple(sorted(path.stem for path in shipped("schemas", "instruments").glob("*.yaml")))


def read_instrument(name_or_path: str | Path) -> Instrument:
    """Read a questionnaire.

    Parameters
    ----------
    name_or_path
        Name of an instrument that comes with the package (``"detachment"``), or path of a YAML
        file in the layout of ``schemas/instrument.schema.json``.

    Returns
    -------
    Instrument

    Raises
    ------
    UsageError
        When there is no such instrument or file; the message knows the nearest name.
    InstrumentError
        When the file breaks the layout; with every problem and its line.

    Examples
    --------
    >>> instrument = read_instrument("detachment")
    >>> len(instrument.scales["signs_total"].items)
    15
    """
    path = _find(name_or_path)
    content = path.read_bytes()
    refuse_table(content, path.name)
    comes_along = path.parent == shipped("schemas", "instruments")
    layout = read_layout(parse_yaml(content, path.name), known_good=comes_along)
    return build(layout, file=path.name, sha256=hashlib.sha256(content).hexdigest())


def instrument_from_dict(data: Mapping[str, Any]) -> Instrument:
    """Make an instrument of plain Python values in the layout of instrument files.

    Parameters
    ----------
    data
        What a YAML file would say: keys ``schema_version``, ``instrument``, ``response_scales``,
        ``items``, ``scales`` and the optional ones.

    Returns
    -------
    Instrument
        Its ``sha256`` is of the content in canonical JSON.

    Raises
    ------
    InstrumentError
        With everything that is wrong, each problem naming its item or scale.

    Examples
    --------
    >>> instrument_from_dict({
    ...     "schema_version": 1,
    ...     "instrument": {"id": "tiny", "version": "1", "title": "Tiny"},
    ...     "response_scales": {"agree": {"values": [1, 2, 3]}},
    ...     "items": [{"id": "a", "scale": "agree"}, {"id": "b", "scale": "agree", "keyed": -1}],
    ...     "scales": {"both": {"items": ["a", "b"]}},
    ... })
    Instrument(tiny 1: 'Tiny', 2 items, 1 scales)
    """
    layout = read_layout(nodes_from(data))
    canonical = json.dumps(layout.data, sort_keys=True, ensure_ascii=False, default=str)
    sha256 = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    return build(layout, file="the dictionary", sha256=sha256)


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    names = list_instruments()
    if isinstance(name_or_path, str) and text in names:
        return shipped("schemas", "instruments", f"{text}.yaml")
    path = Path(name_or_path)
    if path.is_file():
        return path
    if path.is_dir():
        raise UsageError(f"{text} is a folder, not an instrument file.")
    if isinstance(name_or_path, Path) or path.suffix in _ENDINGS or len(path.parts) > 1:
        beside = path.parent.glob("*") if path.parent.is_dir() else ()
        files = sorted(p.name for p in beside if p.suffix in _ENDINGS)
        hint = nearest(path.name, files)
        shipped_hint = (
            f" {path.stem!r} alone is the one that comes along." if path.stem in names else ""
        )
        raise UsageError(f"There is no instrument file {text!r}.{hint}{shipped_hint}")
    raise UsageError(
        f"There is no instrument {text!r}.{nearest(text, names)} There are: {', '.join(names)}; "
        "or give the path of a YAML file."
    )
