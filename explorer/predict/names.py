"""Names of files as people's machines write them: when two are one, and which are no photographs of theirs."""

import unicodedata
from pathlib import PurePosixPath

_CLUTTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "@eadir"})
_CLUTTER |= {"system volume information"}


def plain_path(name: str) -> str:
    """The path that a name means: with slashes, and an accent one sign with its letter; "a/./b.jpg" is "a/b.jpg".

    "..", which a path in a table may begin with, is carried out where it can be.
    """
    parts: list[str] = []
    for part in unicodedata.normalize("NFC", name).replace("\\", "/").strip().split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def is_clutter(name: str) -> bool:
    """Whether a path is what systems put beside photographs: thumbnails, settings, edits (.AAE), what is hidden.

    A table that is open in Excel has a file `~$labels.xlsx` beside it.
    """
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = any(part.startswith((".", "~$")) and part not in {".", ".."} for part in parts)
    return hidden or name.lower().endswith(".aae") or any(part.lower() in _CLUTTER for part in parts)
