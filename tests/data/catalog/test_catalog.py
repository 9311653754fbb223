"""The SQL catalogue, on SQLite always and on a real PostgreSQL where one is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sql
from PIL import Image

from explorer.data.__main__ import main
from explorer.data.catalog import Asset, Catalog, check_path, folder_assets, split_of
from explorer.data.catalog.audit import balance_table, balance_warning, scan
from explorer.data.catalog.migrations import MIGRATIONS, migrate
from explorer.data.sources import read_source
from explorer.errors import CatalogError
from tests.data.folders import write_folder


def _as_another(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; where we are root, the user nobody runs it."""
    return (
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command] if os.geteuid() == 0 else command
    )


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL of our own, in a folder that is gone afterwards."""
    pytest.importorskip("psycopg", reason="no psycopg: PostgreSQL is not tried")
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        pytest.skip("no PostgreSQL is installed here")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    database = str(folder / "db")
    subprocess.run(
        _as_another(["initdb", "-D", database, "-U", "tester", "--auth=trust", "--no-sync"]),
        check=True,
        capture_output=True,
        cwd=folder,
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    start = ["pg_ctl", "-D", database, "-o", options, "-l", str(folder / "log"), "-w", "start"]
    subprocess.run(_as_another(start), check=True, capture_output=True, cwd=folder)
    try:
        yield f"postgresql+psycopg://tester@/postgres?host={folder}"
    finally:
        subprocess.run(
            _as_another(["pg_ctl", "-D", database, "-m", "immediate", "stop"]),
            check=False,
            capture_output=True,
            cwd=folder,
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path / 'shop.db'}" if request.param == "sqlite" else request.getfixturevalue("postgresql")
    found = Catalog(url)
    if request.param == "postgresql":
        with found.transaction() as connection:
            connection.execute(sql.text("DROP TABLE IF EXISTS assets, migrations"))
    migrate(found)
    yield found
    found.engine.dispose()


ASSETS = [
    Asset("jeans/1.jpg", "jeans", "shop"),
    Asset("jeans/2.jpg", "jeans", "shop", "val"),
    Asset("caps/1.jpg", "caps", "web", "held_out"),
]


def test_assets_come_back_with_label_ids(catalog):
    assert catalog.add(ASSETS) == 3
    found = catalog.assets()
    assert [asset.path for asset in found] == ["caps/1.jpg", "jeans/1.jpg", "jeans/2.jpg"]
    assert {asset.label: asset.label_id for asset in found} == {"jeans": 0, "caps": 1}
    assert [asset.path for asset in catalog.assets("held_out")] == ["caps/1.jpg"]


def test_a_path_is_added_once_and_labels_keep_their_ids(catalog):
    catalog.add(ASSETS)
    assert catalog.add([ASSETS[0], Asset("ties/1.jpg", "ties", "shop"), Asset("caps/2.jpg", "caps", "shop")]) == 2
    assert {asset.label: asset.label_id for asset in catalog.assets()} == {"jeans": 0, "caps": 1, "ties": 2}


def test_a_failure_adds_nothing(catalog):
    with pytest.raises(CatalogError, match="absolute path"):
        catalog.add([Asset("good/1.jpg", "good", "shop"), Asset("/etc/passwd", "bad", "shop")])
    assert catalog.assets() == []


def test_splits_are_reproducible_and_new_pictures_move_no_old_one(catalog):
    many = [Asset(f"c/{number}.jpg", "c", "shop") for number in range(400)]
    catalog.add([*many, ASSETS[2]])
    counts = catalog.assign_splits(0.2, 0.1)
    assert counts["held_out"] == 1
    assert counts["val"] == pytest.approx(80, abs=25)
    assert counts["test"] == pytest.approx(40, abs=20)
    before = {asset.path: asset.split for asset in catalog.assets()}
    catalog.add([Asset(f"d/{number}.jpg", "d", "shop") for number in range(100)])
    catalog.assign_splits(0.2, 0.1)
    after = {asset.path: asset.split for asset in catalog.assets()}
    assert all(after[path] == split for path, split in before.items())
    assert set(after.values()) == {"train", "val", "test", "held_out"}


def test_a_split_that_an_asset_has_is_kept_unless_all_are_redone(catalog):
    catalog.add([*ASSETS, Asset("c/1.jpg", "c", "shop", "test")])
    catalog.assign_splits(0.0, 0.0)
    assert {asset.path: asset.split for asset in catalog.assets()} == {
        "caps/1.jpg": "held_out",
        "c/1.jpg": "test",
        "jeans/1.jpg": "train",
        "jeans/2.jpg": "val",
    }
    catalog.assign_splits(0.0, 0.0, redo=True)
    assert {asset.path: asset.split for asset in catalog.assets()} == {
        "caps/1.jpg": "held_out",
        "c/1.jpg": "train",
        "jeans/1.jpg": "train",
        "jeans/2.jpg": "train",
    }


def test_augmentation_is_noted_with_its_moment(catalog):
    catalog.add(ASSETS)
    assert catalog.mark_augmented(["jeans/1.jpg", "nowhere.jpg"]) == 1
    assert [asset.path for asset in catalog.assets() if asset.augmented] == ["jeans/1.jpg"]
    with catalog.transaction() as connection:
        moment = connection.execute(
            sql.text("SELECT last_augmented FROM assets WHERE path = 'jeans/1.jpg'")
        ).scalar_one()
        other = connection.execute(
            sql.text("SELECT last_augmented FROM assets WHERE path = 'jeans/2.jpg'")
        ).scalar_one()
    assert moment is not None
    assert other is None


def test_counts_by_label_and_split(catalog):
    catalog.add(ASSETS)
    assert catalog.counts() == {"caps": {"held_out": 1}, "jeans": {"none": 1, "val": 1}}


def test_split_and_label_are_indexed(catalog):
    indexes = sql.inspect(catalog.engine).get_indexes("assets")
    assert ["split", "label_id"] in [index["column_names"] for index in indexes]


def test_migrations_are_applied_once_in_order(catalog):
    assert migrate(catalog) == []
    with catalog.transaction() as connection:
        names = list(connection.scalars(sql.text("SELECT name FROM migrations ORDER BY name")))
    assert names == [name for name, _ in MIGRATIONS]


def test_an_older_catalogue_keeps_its_assets(tmp_path):
    old = Catalog(str(tmp_path / "old.db"))
    assert migrate(old, until="0001-assets") == ["0001-assets"]
    with old.transaction() as connection:
        connection.execute(
            sql.text(
                "INSERT INTO assets (path, label_id, label, source, created) "
                "VALUES ('a/1.jpg', 0, 'a', 'x', '2024-05-01 00:00:00')"
            )
        )
    assert migrate(old) == ["0002-augmentation", "0003-index-split-label"]
    assert old.assets() == [Asset("a/1.jpg", "a", "x")]


def test_only_a_schema_that_lacks_something_is_to_be_migrated(tmp_path):
    """The tables themselves are looked at: a database may put its errors in any language."""
    catalog = Catalog(str(tmp_path / "shop.db"))
    migrate(catalog, until="0001-assets")
    with pytest.raises(CatalogError, match=r"explorer.data migrate"):
        catalog.assets()
    migrate(catalog)
    assert catalog.assets() == []
    with pytest.raises(CatalogError, match=r"no such table: elsewhere\.$"), catalog.transaction() as connection:
        connection.execute(sql.text("SELECT * FROM elsewhere"))


def test_a_catalogue_that_was_never_migrated_says_what_to_do(tmp_path):
    with pytest.raises(CatalogError, match=r"no such table.*explorer.data migrate"):
        Catalog(str(tmp_path / "new.db")).assets()


@pytest.mark.parametrize(
    "path", ["/a/b.jpg", "C:\\a\\b.jpg", "\\\\server\\b.jpg", "../b.jpg", "a/../../b.jpg", "", "a\\..\\b.jpg"]
)
def test_paths_that_leave_the_root_are_refused(path):
    with pytest.raises(CatalogError, match=r"absolute path|leaves the catalogue's root"):
        check_path(path)


@pytest.mark.parametrize("path", ["s3://bucket/key.jpg", "file:///a/b.jpg", "https://shop/a.jpg"])
def test_urls_are_refused(path):
    with pytest.raises(CatalogError, match=r"is a URL; a catalogue holds paths relative to its root, or object keys"):
        check_path(path)


def test_a_connection_that_fails_does_not_speak_of_migrations(tmp_path):
    with pytest.raises(CatalogError, match=r"unable to open database file\.$"):
        Catalog(str(tmp_path / "nowhere" / "x.db")).assets()


def test_relative_paths_are_kept_with_slashes():
    assert check_path("a\\b/c.jpg") == "a/b/c.jpg"


def test_unknown_split_url_and_shares_are_sentences(tmp_path):
    catalog = Catalog(str(tmp_path / "x.db"))
    migrate(catalog)
    with pytest.raises(CatalogError, match="no split 'dev'; there are train, val, test, held_out"):
        catalog.add([Asset("a.jpg", "a", "x", "dev")])
    with pytest.raises(CatalogError, match="leave something to train on"):
        catalog.assign_splits(0.6, 0.5)
    with pytest.raises(CatalogError, match="no catalogue that can be opened"):
        Catalog("nonsense://x")


def test_the_hash_alone_decides_the_split():
    assert split_of("jeans/1.jpg", 0.0, 0.0) == "train"
    assert split_of("jeans/1.jpg", 0.0, 1.0) == "test"
    assert split_of("jeans/1.jpg", 1.0, 0.0) == "val"
    assert [split_of(f"{number}", 0.3, 0.3) for number in range(6)] == [
        split_of(f"{number}", 0.3, 0.3) for number in range(6)
    ]


def test_folders_are_read_with_and_without_splits(tmp_path):
    folder = write_folder(tmp_path / "shop", 2, ("reds",))
    found = list(folder_assets(folder, "shop"))
    assert [(asset.path, asset.label, asset.split) for asset in found] == [
        ("train/reds/0.png", "reds", "train"),
        ("train/reds/1.png", "reds", "train"),
        ("validation/reds/0.png", "reds", "val"),
    ]
    plain = list(folder_assets(folder / "train", "shop"))
    assert [(asset.path, asset.split) for asset in plain] == [("reds/0.png", None), ("reds/1.png", None)]
    with pytest.raises(CatalogError, match="is no folder"):
        list(folder_assets(tmp_path / "none", "shop"))


def test_the_balance_is_told_and_warned_about():
    counts = {"many": {"train": 90, "val": 20}, "few": {"train": 10}}
    lines = balance_table(counts).splitlines()
    assert lines[0].split() == ["label", "train", "val", "all"]
    assert lines[1].split() == ["many", "90", "20", "110"]
    assert lines[2].split() == ["few", "10", "0", "10"]
    assert balance_warning(counts).startswith("Unequal classes: 110 of 'many' against 10 of 'few', 11.0 : 1.")
    assert balance_warning({"a": {"train": 10}, "b": {"train": 1}}) == ""
    assert balance_warning({}) == "The catalogue is empty."


def test_the_scan_opens_every_file_fully(tmp_path):
    folder = write_folder(tmp_path / "shop", 2)
    whole = (folder / "train/reds/0.png").read_bytes()
    (folder / "train/reds/1.png").write_bytes(whole[: len(whole) // 2])
    (folder / "train/blues/1.png").write_bytes(b"")
    found = scan(folder, list(folder_assets(folder, "shop")))
    assert (found.opened, found.bad_count) == (7, 2)
    assert sorted(path for paths in found.bad.values() for path in paths) == ["train/blues/1.png", "train/reds/1.png"]
    assert found.too_many_bad


def test_the_commands_from_folder_to_training(tmp_path, capsys):
    folder = write_folder(tmp_path / "shop", 8)
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    assert main(["import", url, str(folder / "train")]) == 0
    assert "24 added" in capsys.readouterr().out
    assert main(["split", url, "--val", "0.3", "--test", "0.1"]) == 0
    assert main(["audit", url, "--png", str(tmp_path / "balance.png")]) == 0
    with Image.open(tmp_path / "balance.png") as picture:
        assert picture.width > 300
    assert main(["scan", url, str(folder / "train")]) == 0
    assert "24 opened, 0 bad" in capsys.readouterr().out
    source = read_source(f"shop={url}#{folder / 'train'}")
    assert source.labels() == {"reds", "greens", "blues"}
    assert source.splits["train"][0].open().shape == (20, 23, 3)
    assert {item.name for item in source.splits["train"]}.isdisjoint(item.name for item in source.splits["validation"])
    by_file = read_source(f"shop={tmp_path / 'shop.db'}#{folder / 'train'}")
    assert [item.name for item in by_file.splits["train"]] == [item.name for item in source.splits["train"]]


def test_a_scan_with_too_many_bad_files_ends_badly_unless_allowed(tmp_path, capsys):
    folder = write_folder(tmp_path / "shop", 2)
    (folder / "train/reds/1.png").write_bytes(b"")
    url = str(tmp_path / "shop.db")
    assert main(["import", url, str(folder)]) == 0
    assert main(["scan", url, str(folder)]) == 1
    assert "train/reds/1.png" in capsys.readouterr().out
    assert main(["scan", url, str(folder), "--allow-unread"]) == 0
    assert main(["split", url, "--val", "2"]) == 2


def test_a_catalogue_without_splits_is_a_sentence(tmp_path):
    folder = write_folder(tmp_path / "shop", 2)
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    main(["import", url, str(folder / "train")])
    with pytest.raises(CatalogError, match=r"no asset in the split 'train'; `python -m explorer\.data split`"):
        read_source(f"{url}#{folder}")
