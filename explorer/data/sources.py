"""What a run trains on: folders of pictures, catalogues and the drawn set, listed but not yet opened."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from explorer.data import drawn
from explorer.data.splits import place_of
from explorer.errors import CatalogError
from explorer.image import open_upload
from explorer.image.decode import is_photograph
from explorer.image.pixels import Picture

SPLITS = ("train", "validation")
HELD_BACK = 0.1  # of the training pictures, where a folder has no validation
DRAWN_PER_CLASS = {"train": 80, "validation": 15}


@dataclass(frozen=True)
class Item:
    """One picture of a source, not yet opened."""

    source: str
    label: str
    name: str  # unique in its source: "train/jeans/17.jpg"
    open: Callable[[], Picture]  # uint8 (H, W, 3); raises ImageError
    path: str = ""  # of its file; empty for a drawing
    stamp: str = ""  # changes when the picture does: what is kept on disk of an older one is not used


@dataclass(frozen=True)
class DataSource:
    """A named set of pictures with a train and a validation split, and perhaps a test that nothing is chosen by."""

    name: str
    splits: dict[str, tuple[Item, ...]]

    def labels(self) -> set[str]:
        """The labels of its training pictures."""
        return {item.label for item in self.splits["train"]}


def read_source(text: str, seed: int = 0, size: int = 96) -> DataSource:
    """The source that `--data` names: `drawn`, `drawn=PER_CLASS`, `FOLDER`, `NAME=FOLDER` or `NAME=CATALOGUE#ROOT`.

    CATALOGUE#ROOT is an SQL catalogue, a URL or an SQLite file, and the folder that its paths are relative to:
    `shop=shop.db#photographs`, `shop=postgresql+psycopg://host/shop#photographs`.

    Args:
        seed, size: of the drawings.

    Raises:
        CatalogError: no such folder, or one without train/ that holds one folder a class.
    """
    name, _, value = text.partition("=")
    if name == "drawn":
        if value and not value.isdigit():
            raise CatalogError(f"drawn={value}: how many pictures a class is a whole number, such as drawn=80.")
        return drawn_source(int(value) if value else DRAWN_PER_CLASS["train"], seed, size)
    file, sharp, _ = (value or name).partition("#")
    if "://" in text or (sharp and Path(file).is_file()):
        named = bool(value) and name.isidentifier()
        return catalog_source(name if named else "catalogue", value if named else text)
    folder = Path(value or name)
    return folder_source(name if value else folder.name, folder)


def folder_source(name: str, folder: Path) -> DataSource:
    """<folder>/{train,validation}/<class>/<picture>; val will do for validation, and <folder>/<class>/<picture> too.

    Without a validation folder, a tenth of the training pictures is held back for it, chosen by the hash of their
    names: pictures added later never move an old one.

    Raises:
        CatalogError: folders missing or empty, or a class that validation has and train has not.
    """
    validation = next((split for split in ("validation", "val") if (folder / split).exists()), "")
    flat = not validation and not (folder / "train").exists() and any(folder.glob("*/*"))
    splits = {"train": tuple(_folder_items(name, folder, "" if flat else "train"))}
    if validation:
        splits["validation"] = tuple(_folder_items(name, folder, validation))
    else:
        held = {item.name for item in splits["train"] if place_of(item.name) < HELD_BACK}
        splits["validation"] = tuple(item for item in splits["train"] if item.name in held)
        splits["train"] = tuple(item for item in splits["train"] if item.name not in held)
    for split, items in splits.items():
        if not items:
            raise CatalogError(f"{folder / split} holds no pictures; {folder}/{split}/CLASS/PICTURE is expected.")
    surplus = {item.label for item in splits["validation"]} - {item.label for item in splits["train"]}
    if surplus:
        raise CatalogError(f"{folder}: validation has classes that train has not: {', '.join(sorted(surplus))}.")
    return DataSource(name, splits)


def catalog_source(name: str, text: str) -> DataSource:
    """The assets of an SQL catalogue with the splits train and val; text is URL#ROOT.

    Raises:
        CatalogError: no root, no catalogue, or splits that are empty.
    """
    from explorer.data.catalog import Catalog  # SQLAlchemy is needed for catalogues alone

    url, _, root = text.partition("#")
    if not root:
        raise CatalogError(f"{text}: the folder that the catalogue's paths are relative to is expected after #.")
    catalog, splits = Catalog(url), {}
    for split, theirs in (("train", "train"), ("validation", "val")):
        splits[split] = tuple(_file(name, asset.label, asset.path, Path(root)) for asset in catalog.assets(theirs))
        if not splits[split]:
            raise CatalogError(
                f"{url} has no asset in the split {theirs!r}; `python -m explorer.data split` gives them one."
            )
    if test := tuple(_file(name, asset.label, asset.path, Path(root)) for asset in catalog.assets("test")):
        splits["test"] = test
    return DataSource(name, splits)


def drawn_source(per_class: int, seed: int = 0, size: int = 96) -> DataSource:
    """The drawn product set; validation has a fifth as many pictures.

    Raises:
        CatalogError: fewer than one picture a class.
    """
    stamp = f"{seed}:{size}:{drawn.VERSION}"

    def items(split: str, count: int) -> Iterable[Item]:
        for label in drawn.CLASSES:
            for number in range(count):
                opened = _drawing(label, split, number, seed, size)
                yield Item("drawn", label, f"{split}/{label}/{number:04d}", opened, stamp=stamp)

    if per_class < 1:
        raise CatalogError("drawn=0: at least one picture a class is needed.")
    counts = {"train": per_class, "validation": max(1, round(per_class / 5))}
    return DataSource("drawn", {split: tuple(items(split, counts[split])) for split in SPLITS})


def fingerprint(items: Iterable[Item]) -> str:
    """SHA-256 over the sorted names and labels: which pictures a split holds."""
    lines = sorted(f"{item.source}\t{item.name}\t{item.label}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _folder_items(name: str, folder: Path, split: str) -> Iterable[Item]:
    root = folder / split
    if not root.is_dir():
        raise CatalogError(f"{root} is no folder; {folder}/train/CLASS and {folder}/validation/CLASS are expected.")
    for path in sorted(root.glob("*/*")):
        if is_photograph(path.name):
            yield _file(name, path.parent.name, path.relative_to(folder).as_posix(), folder)


def _file(source: str, label: str, name: str, root: Path) -> Item:
    """A picture in a file; a missing one shows when it is opened."""
    path = root / name
    try:
        found = path.stat()
        stamp = f"{found.st_size}:{found.st_mtime_ns}"
    except OSError:
        stamp = "missing"
    return Item(source, label, name, lambda: open_upload(path), str(path), stamp)


def _drawing(label: str, split: str, number: int, seed: int, size: int) -> Callable[[], Picture]:
    return lambda: drawn.draw(label, drawn.picture_seed(seed, split, number), size)
