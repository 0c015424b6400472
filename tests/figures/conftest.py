"""A small survey whose every share is known."""

from pathlib import Path

import pytest

from detachment.instruments import instrument_from_dict
from detachment.validation import Survey, read_survey

# Ten people. "a" is answered by all, "b" (reversed) by nine, "c" applies to eight.
ROWS = """\
wave,a,b,c,t1,t2,x1,x2
1,1,5,1,1,1,1,0
1,1,5,1,0,0,2,3
1,1,4,2,9,9,3,1
1,1,4,2,1,1,4,6
1,2,3,3,0,0,5,2
1,2,3,3,1,1,1,4
1,3,2,4,1,1,2,5
1,3,1,4,0,0,3,3
1,4,1,-8,1,1,4,2
1,5,,-8,1,1,5,1
2,5,1,5,1,1,1,1
"""

LAYOUT = {
    "schema_version": 1,
    "instrument": {"id": "small", "version": "1.0.0", "title": "Small", "language": "en"},
    "response_scales": {
        "often5": {
            "type": "ordinal",
            "values": [1, 2, 3, 4, 5],
            "labels": ["Never", "Rarely", "Sometimes", "Often", "Always"],
        },
        "amount7": {"type": "ordinal", "values": [0, 1, 2, 3, 4, 5, 6]},
        "quiz": {"type": "categorical", "values": [1, 0, 9], "labels": ["Yes", "No", "No idea"]},
    },
    "missing_codes": {"-8": "not_applicable"},
    "columns": {"wave": {"role": "wave", "type": "integer"}},
    "items": [
        {"id": "a", "scale": "often5", "text": "I looked away."},
        {"id": "b", "scale": "often5", "keyed": -1, "text": "I looked at them."},
        {"id": "c", "scale": "often5", "text": "I left the room when it became difficult."},
        {"id": "t1", "scale": "quiz", "answer": 1},
        {"id": "t2", "scale": "quiz", "answer": 0},
        {"id": "x1", "scale": "often5"},
        {"id": "x2", "scale": "amount7"},
    ],
    "scales": {
        "signs": {"label": "Looks", "role": "sign", "items": ["a", "b", "c"]},
        "quiz": {"label": "Quiz", "model": "dichotomous_test", "items": ["t1", "t2"]},
        "mixed": {"label": "Mixed", "items": ["x1", "x2"]},
    },
}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    path = Path(tmp_path_factory.mktemp("small")) / "small.csv"
    path.write_text(ROWS, encoding="utf-8")
    return read_survey(path, instrument=instrument_from_dict(LAYOUT))
