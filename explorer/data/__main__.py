"""A catalogue from the shell: `python -m explorer.data migrate|import|split|audit|scan URL ...`."""

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from explorer.checkpoint.file import write_atomically
from explorer.data.catalog import Catalog, folder_assets
from explorer.data.catalog.audit import balance_picture, balance_table, balance_warning, scan
from explorer.data.catalog.migrations import migrate
from explorer.errors import ExplorerError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. 0; 1 where a scan finds too many bad files; 2 for what the caller can put right."""
    options = _parser().parse_args(argv)
    try:
        return int(options.run(Catalog(options.url), options))
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m explorer.data", description="An SQL catalogue of photographs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("migrate", _migrate, "bring the schema up to date"),
        ("import", _import, "add the pictures of a folder: FOLDER/[SPLIT/]LABEL/PICTURE"),
        ("split", _split, "give every picture that has no split one by the hash of its path"),
        ("audit", _audit, "count the pictures by label and split"),
        ("scan", _scan, "open every file fully and list those that are bad"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("url", help="sqlite:///shop.db, postgresql+psycopg://..., or a file's path")
        command.set_defaults(run=run)
        if name in {"import", "scan"}:
            command.add_argument("folder", type=Path)
        if name == "import":
            command.add_argument("--source", default="", help="where they come from; the folder's name if not given")
        if name == "split":
            command.add_argument("--val", type=float, default=0.15)
            command.add_argument("--test", type=float, default=0.15)
            command.add_argument("--redo", action="store_true", help="those that have one too, except held_out")
        if name == "audit":
            command.add_argument("--png", type=Path, help="write the counts as bars")
        if name == "scan":
            command.add_argument("--allow-unread", action="store_true", help="end well even if more than 1 %% are bad")
    return parser


def _migrate(catalog: Catalog, _options: argparse.Namespace) -> int:
    print("\n".join(migrate(catalog)) or "up to date")
    return 0


def _import(catalog: Catalog, options: argparse.Namespace) -> int:
    migrate(catalog)
    source = options.source or options.folder.resolve().name
    print(f"{catalog.add(folder_assets(options.folder, source))} added")
    return 0


def _split(catalog: Catalog, options: argparse.Namespace) -> int:
    for split, count in catalog.assign_splits(options.val, options.test, redo=options.redo).items():
        print(f"{split:<8} {count}")
    return 0


def _audit(catalog: Catalog, options: argparse.Namespace) -> int:
    counts = catalog.counts()
    print(balance_table(counts))
    if options.png:
        buffer = io.BytesIO()
        balance_picture(counts).save(buffer, "PNG")
        write_atomically(options.png, buffer.getvalue())
    warning = balance_warning(counts)
    if warning:
        print(warning, file=sys.stderr)
    return 0


def _scan(catalog: Catalog, options: argparse.Namespace) -> int:
    found = scan(options.folder, catalog.assets())
    print(f"{found.opened} opened, {found.bad_count} bad")
    for reason, paths in found.bad.items():
        print(f"{len(paths)} x {reason}")
        for path in paths:
            print(f"    {path}")
    return 1 if found.too_many_bad and not options.allow_unread else 0


if __name__ == "__main__":
    sys.exit(main())
