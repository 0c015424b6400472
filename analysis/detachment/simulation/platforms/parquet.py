"""The sample as a Parquet file, typed as pandas would store a cleaned table.

Items are nullable integers with the codes of the instrument for answers not given: a category
cannot say why it is empty.
"""

import io
from typing import Final

import pandas as pd
import pyarrow as pa

from detachment.instruments import Instrument
from detachment.simulation._sample import Sample
from detachment.simulation.platforms._records import records

NAME: Final = "parquet"
_YES_NO: Final = ("consent", "role_is_arbitrary", "rel_cohabiting")
_CATEGORIES: Final = (
    "partner_role", "role_label", "group", "demo_gender", "demo_country", "rel_status",
    "rel_agreement",
)  # fmt: skip


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """One table."""
    return {"couples.parquet": parquet_bytes(sample, instrument)}


def parquet_bytes(sample: Sample, instrument: Instrument) -> bytes:
    """Contents of the .parquet file; the same sample and pyarrow give the same bytes."""
    import pyarrow.parquet as pq

    frame = sample.responses.reset_index(drop=True)
    frame["submitted_at"] = pd.to_datetime(records(sample, instrument).ended, utc=True)
    frame = frame.astype(dict.fromkeys(_YES_NO, "boolean") | dict.fromkeys(_CATEGORIES, "category"))
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), content)
    return content.getvalue()
