"""What files are called that a visitor takes away: by the photograph, in letters that every system takes."""

import re
from pathlib import Path

_LONGEST = 60  # letters


def plain_name(text: str, otherwise: str) -> str:
    """A text as a part of a file's name, in letters, digits, dots and hyphens: "timm/resnet18" → "timm-resnet18"."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")[:_LONGEST] or otherwise


def working_name(name: str) -> str:
    """What the picture that is worked on is called as a file: "dress.jpg" → "dress-working.png"."""
    return f"{plain_name(Path(name).stem, 'photograph')}-working.png"
