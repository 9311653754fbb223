"""Is a catalogue fit to train on? Balance of its classes, and whether every file opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from explorer.data.catalog import SPLITS, Asset
from explorer.errors import ImageError
from explorer.image import open_upload

UNEQUAL = 10  # times; a larger ratio of classes is worth a warning
BAD_SHARE = 0.01


@dataclass(frozen=True)
class Scan:
    """What opening every file gave."""

    opened: int
    bad: dict[str, list[str]]  # reason -> paths

    @property
    def bad_count(self) -> int:
        """How many could not be opened."""
        return sum(len(paths) for paths in self.bad.values())

    @property
    def too_many_bad(self) -> bool:
        """More than 1 %."""
        return self.bad_count > BAD_SHARE * (self.opened + self.bad_count)


def scan(root: Path, assets: Sequence[Asset]) -> Scan:
    """Opens every file fully, as training would."""
    opened, bad = 0, dict[str, list[str]]()
    for asset in assets:
        try:
            open_upload(root / asset.path)
            opened += 1
        except ImageError as error:
            bad.setdefault(str(error), []).append(asset.path)
    return Scan(opened, bad)


def balance_table(counts: Mapping[str, Mapping[str, int]]) -> str:
    """A line a label: how many in each split, and in all; largest first."""
    columns = [split for split in (*SPLITS, "none") if any(split in of_label for of_label in counts.values())]
    width = max([5, *(len(label) for label in counts)])
    lines = ["  ".join([f"{'label':<{width}}", *(f"{split:>8}" for split in columns), f"{'all':>8}"])]
    for label, of_label in sorted(counts.items(), key=lambda pair: -sum(pair[1].values())):
        numbers = [*(of_label.get(split, 0) for split in columns), sum(of_label.values())]
        lines.append("  ".join([f"{label:<{width}}", *(f"{number:>8}" for number in numbers)]))
    return "\n".join(lines)


def balance_warning(counts: Mapping[str, Mapping[str, int]]) -> str:
    """A sentence where the largest class has more than ten times as many pictures as the smallest; else nothing."""
    totals = {label: sum(of_label.values()) for label, of_label in counts.items()}
    if not totals:
        return "The catalogue is empty."
    most, least = max(totals, key=totals.__getitem__), min(totals, key=totals.__getitem__)
    if totals[most] <= UNEQUAL * totals[least]:
        return ""
    return (
        f"Unequal classes: {totals[most]} of {most!r} against {totals[least]} of {least!r}, "
        f"{totals[most] / totals[least]:.1f} : 1. Consider --weighting or --sampler balanced."
    )


def balance_picture(counts: Mapping[str, Mapping[str, int]]) -> Image.Image:
    """The table as bars."""
    font = ImageFont.load_default(14)
    totals = sorted(((sum(of_label.values()), label) for label, of_label in counts.items()), reverse=True)
    left = 24 + max((int(font.getlength(label)) for _, label in totals), default=0)
    picture = Image.new("RGB", (left + 460, 40 + 24 * len(totals)), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((12, 10), "pictures a label", "black", font)
    for row, (total, label) in enumerate(totals):
        y, length = 36 + 24 * row, 380 * total / totals[0][0]
        draw.text((left - 8, y + 9), label, "black", font, anchor="rm")
        draw.rectangle((left, y, left + length, y + 18), (0, 107, 164))
        draw.text((left + length + 6, y + 9), str(total), "black", font, anchor="lm")
    return picture
