"""An SQL catalogue of photographs, through SQLAlchemy Core: a SQLite file, or PostgreSQL by URL.

What lives here: the table of assets and what is asked of it. Its shape through time is in `migrations`; the commands
are in `__main__`; opening the photographs is `sources`' part.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath

import sqlalchemy as sql

from explorer.data.splits import place_of
from explorer.errors import CatalogError
from explorer.image.decode import is_photograph

SPLITS = ("train", "val", "test", "held_out")

METADATA = sql.MetaData()
ASSETS = sql.Table(
    "assets",
    METADATA,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("path", sql.Text, nullable=False, unique=True),  # relative to a root, or an object's key; with slashes
    sql.Column("label_id", sql.Integer, nullable=False),
    sql.Column("label", sql.Text, nullable=False),
    sql.Column("split", sql.Text),  # one of SPLITS, or not yet
    sql.Column("source", sql.Text, nullable=False),
    sql.Column("augmented", sql.Boolean, nullable=False, default=False),
    sql.Column("last_augmented", sql.DateTime(timezone=True)),
    sql.Column("created", sql.DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True)
class Asset:
    """One photograph of the catalogue."""

    path: str
    label: str
    source: str
    split: str | None = None
    label_id: int = 0
    augmented: bool = False


class Catalog:
    """A catalogue that is open.

    Args:
        url: `sqlite:///shop.db`, `postgresql+psycopg://user@host/shop`, or the path of a SQLite file.

    Raises:
        CatalogError: a URL that cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self.url = url if "://" in url else f"sqlite:///{url}"
        try:
            self.engine = sql.create_engine(self.url, poolclass=sql.NullPool)  # closed after each transaction
        except (sql.exc.ArgumentError, ImportError) as error:
            raise CatalogError(f"{url!r} is no catalogue that can be opened here: {error}.") from error

    @contextmanager
    def transaction(self) -> Iterator[sql.Connection]:
        """All or nothing.

        Raises:
            CatalogError: what the database refuses, in its own words.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except (sql.exc.OperationalError, sql.exc.ProgrammingError, sql.exc.DatabaseError) as error:
            reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
            hint = "" if self._is_up_to_date() else " Has `python -m explorer.data migrate` been run?"
            raise CatalogError(f"{self.url}: {reason}.{hint}") from error

    def _is_up_to_date(self) -> bool:
        """Whether the database has the columns that are asked for; True where it does not even tell that."""
        try:
            found = {column["name"] for column in sql.inspect(self.engine).get_columns(ASSETS.name)}
        except sql.exc.NoSuchTableError:
            return False
        except sql.exc.SQLAlchemyError:
            return True
        return found >= {column.name for column in ASSETS.columns}

    def add(self, assets: Iterable[Asset]) -> int:
        """Adds assets whose path is new; gives their number. A label keeps its id, new labels get the next.

        Raises:
            CatalogError: an absolute path, one that leaves the root, or an unknown split.
        """
        added = 0
        with self.transaction() as connection:
            labels = connection.execute(sql.select(ASSETS.c.label, ASSETS.c.label_id).distinct())
            ids = {str(row.label): int(row.label_id) for row in labels}
            known = set(connection.scalars(sql.select(ASSETS.c.path)))
            for asset in assets:
                path = check_path(asset.path)
                _check_split(asset.split)
                if path in known:
                    continue
                ids.setdefault(asset.label, len(ids))
                connection.execute(
                    ASSETS.insert().values(
                        path=path,
                        label=asset.label,
                        label_id=ids[asset.label],
                        split=asset.split,
                        source=asset.source,
                        augmented=asset.augmented,
                        created=datetime.now(UTC),
                    )
                )
                known.add(path)
                added += 1
        return added

    def assets(self, split: str | None = None) -> list[Asset]:
        """All assets, or those of a split, by path.

        Raises:
            CatalogError: what the database refuses.
        """
        query = sql.select(ASSETS).order_by(ASSETS.c.path)
        if split is not None:
            query = query.where(ASSETS.c.split == split)
        with self.transaction() as connection:
            return [
                Asset(row.path, row.label, row.source, row.split, row.label_id, row.augmented)
                for row in connection.execute(query)
            ]

    def assign_splits(self, val: float, test: float, *, redo: bool = False) -> dict[str, int]:
        """Gives every asset that has no split one by the hash of its path; counts by split.

        Args:
            redo: those that have one too, except what is held out.

        Raises:
            CatalogError: shares that leave nothing to train on.
        """
        if val < 0 or test < 0 or val + test >= 1:
            raise CatalogError(
                f"val {val} and test {test}: shares of 0 to 1 are expected that leave something to train on."
            )
        counts = dict.fromkeys(SPLITS, 0)
        with self.transaction() as connection:
            for row in connection.execute(sql.select(ASSETS.c.id, ASSETS.c.path, ASSETS.c.split)).all():
                stays = row.split == "held_out" if redo else row.split is not None
                split = row.split if stays else split_of(row.path, val, test)
                counts[split] += 1
                if split != row.split:
                    connection.execute(ASSETS.update().where(ASSETS.c.id == row.id).values(split=split))
        return counts

    def mark_augmented(self, paths: Sequence[str]) -> int:
        """Notes that augmented copies of these were made now; gives how many were found.

        Raises:
            CatalogError: what the database refuses.
        """
        change = (
            ASSETS.update().where(ASSETS.c.path.in_(paths)).values(augmented=True, last_augmented=datetime.now(UTC))
        )
        with self.transaction() as connection:
            return int(connection.execute(change).rowcount)

    def counts(self) -> dict[str, dict[str, int]]:
        """Label -> split -> how many; assets without a split count under "none".

        Raises:
            CatalogError: what the database refuses.
        """
        query = sql.select(ASSETS.c.label, ASSETS.c.split, sql.func.count()).group_by(ASSETS.c.label, ASSETS.c.split)
        found: dict[str, dict[str, int]] = {}
        with self.transaction() as connection:
            for label, split, count in connection.execute(query.order_by(ASSETS.c.label)):
                found.setdefault(label, {})[split or "none"] = count
        return found


def check_path(path: str) -> str:
    """The path with slashes, if it is relative and stays below its root.

    Raises:
        CatalogError: it is absolute, a URL, or climbs out of the root.
    """
    if PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive or path.startswith("\\"):
        raise CatalogError(
            f"{path!r} is an absolute path; a catalogue holds paths relative to its root, or object keys."
        )
    if "://" in path:
        raise CatalogError(f"{path!r} is a URL; a catalogue holds paths relative to its root, or object keys.")
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if not parts or ".." in parts:
        raise CatalogError(f"{path!r} leaves the catalogue's root; a path below it is expected.")
    return "/".join(parts)


def split_of(path: str, val: float, test: float) -> str:
    """The split of a path, by its hash alone: other pictures, added or removed, never move it."""
    place = place_of(path)
    if place < test:
        return "test"
    return "val" if place < test + val else "train"


def _check_split(split: str | None) -> None:
    if split is not None and split not in SPLITS:
        raise CatalogError(f"There is no split {split!r}; there are {', '.join(SPLITS)}.")


def folder_assets(folder: Path, source: str) -> Iterator[Asset]:
    """FOLDER/LABEL/PICTURE, or FOLDER/SPLIT/LABEL/PICTURE where the folders are named train, val, validation or test.

    Raises:
        CatalogError: no such folder.
    """
    if not folder.is_dir():
        raise CatalogError(f"{folder} is no folder.")
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if is_photograph(path.name) and len(relative.parts) >= 2:
            first = "val" if relative.parts[0] == "validation" else relative.parts[0]
            split = first if first in SPLITS and len(relative.parts) >= 3 else None
            yield Asset(relative.as_posix(), relative.parts[-2], source, split)
