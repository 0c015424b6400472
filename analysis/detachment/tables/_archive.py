"""Files that are zip archives, with the same bytes whenever and wherever they are made."""

import re
import zipfile
from io import BytesIO

# The earliest moment that the format can hold.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_STAMPS = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def repacked(archive: bytes) -> bytes:
    """Pack a DOCX or XLSX file anew: no clock, no computer, no order of chance in its bytes.

    Parameters
    ----------
    archive
        The file's content.

    Returns
    -------
    bytes
        The same parts in the order of their names, but for the list of types, which readers of the
        format want first; all dated alike, and the moments in the document's properties too.
    """
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _STAMPS.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            about = zipfile.ZipInfo(name, _MOMENT)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.create_system = 0
            new.writestr(about, content, compresslevel=6)
    return packed.getvalue()
