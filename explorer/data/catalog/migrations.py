"""The catalogue's schema through time: named steps, each applied once and noted in the table `migrations`."""

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sql

from explorer.data.catalog import Catalog

_NOTES = sql.Table(
    "migrations",
    sql.MetaData(),
    sql.Column("name", sql.Text, primary_key=True),
    sql.Column("applied", sql.DateTime(timezone=True), nullable=False),
)


def _create_assets(connection: sql.Connection) -> None:
    """As the table was at first; later columns come with later steps."""
    sql.Table(
        "assets",
        sql.MetaData(),
        sql.Column("id", sql.Integer, primary_key=True),
        sql.Column("path", sql.Text, nullable=False, unique=True),
        sql.Column("label_id", sql.Integer, nullable=False),
        sql.Column("label", sql.Text, nullable=False),
        sql.Column("split", sql.Text),
        sql.Column("source", sql.Text, nullable=False),
        sql.Column("created", sql.DateTime(timezone=True), nullable=False),
    ).create(connection)


def _note_augmentation(connection: sql.Connection) -> None:
    """Whether augmented copies exist, and since when."""
    moment = "TIMESTAMP WITH TIME ZONE" if connection.dialect.name == "postgresql" else "DATETIME"
    connection.execute(sql.text("ALTER TABLE assets ADD COLUMN augmented BOOLEAN NOT NULL DEFAULT FALSE"))
    connection.execute(sql.text(f"ALTER TABLE assets ADD COLUMN last_augmented {moment}"))


def _index_split_and_label(connection: sql.Connection) -> None:
    """Every training run asks by split and label."""
    connection.execute(sql.text("CREATE INDEX assets_by_split_and_label ON assets (split, label_id)"))


MIGRATIONS: tuple[tuple[str, Callable[[sql.Connection], None]], ...] = (
    ("0001-assets", _create_assets),
    ("0002-augmentation", _note_augmentation),
    ("0003-index-split-label", _index_split_and_label),
)


def migrate(catalog: Catalog, until: str | None = None) -> list[str]:
    """Applies the steps that are missing, each in a transaction of its own; gives their names.

    Args:
        until: the last step to apply; None applies all.
    """
    with catalog.transaction() as connection:
        _NOTES.create(connection, checkfirst=True)
        done = set(connection.scalars(sql.select(_NOTES.c.name)))
    applied = []
    for name, step in MIGRATIONS:
        if name not in done:
            with catalog.transaction() as connection:
                step(connection)
                connection.execute(_NOTES.insert().values(name=name, applied=datetime.now(UTC)))
            applied.append(name)
        if name == until:
            break
    return applied
