"""What files are called that a visitor takes away: by the photograph, in letters that every system takes."""

import re
from pathlib import Path

_LONGEST = 60  # letters


def plain_stem(name: str, otherwise: str = "photograph") -> str:
    """A file's name without its ending, in letters, digits, dots and hyphens: "summer dress.jpg" → "summer-dress"."""
    return re.sub(r"[^\w.-]+", "-", Path(name).stem).strip("-.")[:_LONGEST] or otherwise


def working_name(name: str) -> str:
    """What the picture that is worked on is called as a file: "dress.jpg" → "dress-working.png"."""
    return f"{plain_stem(name)}-working.png"
