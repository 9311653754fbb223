"""`python -m explorer.classify PHOTO...`: the answers to any number of photographs, as a stream of CSV or JSON lines.

A folder of a million photographs passes in bounded memory: three batches are under way at most, and of the lines that a
resumed run finds it keeps eight bytes each. Files that cannot be read are lines too, and are counted at the end.
"""

import argparse
import contextlib
import csv
import hashlib
import io
import json
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, BinaryIO

import torch

from explorer.activations.recording import answer_of
from explorer.errors import CatalogError, ExplorerError, ImageError, ModelError
from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.predict.labelling import Labels, label_of_folder, match
from explorer.predict.many import (
    TableLine,
    as_json,
    as_row,
    columns,
    csv_line,
    is_strange,
    photograph_paths,
    safe_cell,
    table_paths,
)
from explorer.predict.names import plain_path
from explorer.predict.tables import read_table
from explorer.settings import Settings


@dataclass(frozen=True)
class ClassifyOptions:
    """What the command line says."""

    photos: tuple[str, ...]  # files, folders, or "-" for a list on stdin
    checkpoint: str = "products"  # a name in the folder of checkpoints, or a file
    format: str = "csv"  # "csv", or "json": one object a line
    k: int = 3  # labels a photograph
    labels: str | None = None  # a label set of the checkpoint
    output: str = "-"  # a file, or "-" for stdout
    resume: bool = False  # keep what the output file holds and go on after it
    device: str = "cpu"
    batch_size: int = 32
    workers: int = 2  # threads that decode


def main(argv: list[str] | None = None) -> int:
    """TableLine, and give back the status: 0, 1 if files could not be read, 2 for a mistake in the command."""
    parser = _parser()
    try:
        chosen = vars(parser.parse_args(argv))
        options = ClassifyOptions(**{**chosen, "photos": tuple(chosen["photos"])})
        _check(options)
        classifier = Classifier.load(_checkpoint_file(options.checkpoint), options.device)
        classifier.members(options.labels)
        answered, unread = _write(classifier, options)
    except BrokenPipeError:  # `| head` has seen enough
        return 0
    except (ExplorerError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stderr.write(f"{answered} answered, {unread} could not be read.\n")
    return 1 if unread else 0


def answers(
    classifier: Classifier, paths: Iterable[str], options: ClassifyOptions, said: Mapping[str, str] | None = None
) -> Iterator[TableLine]:
    """One answer a path, in order; decoding runs ahead of the network by two batches and no more.

    Args:
        said: plain path -> label, by tables; what is not in it is labelled by its folder.
    """
    stream = iter(paths)
    under_way: deque[list[tuple[str, Future[torch.Tensor]]]] = deque()
    with ThreadPoolExecutor(options.workers) as pool:

        def begin() -> None:
            chosen = list(islice(stream, options.batch_size))
            if chosen:
                under_way.append([(path, pool.submit(_batch_of, classifier, path)) for path in chosen])

        begin()
        begin()
        while under_way:
            read = [(path, _result(future)) for path, future in under_way.popleft()]
            begin()
            yield from _answer_batch(classifier, read, options, said or {})


def _batch_of(classifier: Classifier, path: str) -> torch.Tensor:
    return classifier.preprocessing(open_upload(path))


def _result(future: "Future[torch.Tensor]") -> torch.Tensor | str:
    try:
        return future.result()
    except ImageError as error:
        return str(error)


def _answer_batch(
    classifier: Classifier,
    read: list[tuple[str, torch.Tensor | str]],
    options: ClassifyOptions,
    said: Mapping[str, str],
) -> Iterator[TableLine]:
    good = [one for _, one in read if isinstance(one, torch.Tensor)]
    logits = iter(_logits(classifier, torch.cat(good)) if good else ())
    known, _ = classifier.members(options.labels)
    for path, one in read:
        label = said.get(plain_path(path)) or label_of_folder(path, known)
        if isinstance(one, str):
            yield TableLine(path, error=one, label=label)
            continue
        own = next(logits)
        top = tuple(classifier.rank(own, options.k, options.labels))
        yield TableLine(path, top, is_strange(classifier, own), label=label)


def _logits(classifier: Classifier, batch: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        logits = answer_of(classifier.model, batch.to(classifier.device))
    return logits.float().cpu()


def _write(classifier: Classifier, options: ClassifyOptions) -> tuple[int, int]:
    """TableLine what is asked, line by line; how many were answered and how many could not be read."""
    listed = (line.rstrip("\r\n") for line in sys.stdin) if options.photos == ("-",) else options.photos
    paths = photograph_paths(path for path in listed if path)
    known, _ = classifier.members(options.labels)
    done = _done(options, known) if options.resume else set()
    remaining = (path for path in paths if _digest(path) not in done)
    counts = [0, 0]
    labels = _labels(options)
    for note in labels.notes:
        sys.stderr.write(f"{note}\n")
    with _opened(options) as stream:
        if options.format == "csv" and (stream is sys.stdout or stream.tell() == 0):
            stream.write(csv_line(columns(options.k)))
        for number, line in enumerate(answers(classifier, remaining, options, labels.by_path), start=1):
            if options.format == "csv":
                stream.write(csv_line(as_row(line, options.k)))
            else:
                stream.write(json.dumps(as_json(line), ensure_ascii=False) + "\n")
            counts[bool(line.error)] += 1
            if number % options.batch_size == 0:
                stream.flush()
                sys.stderr.write(f"\r{number} photographs, {counts[1]} of them unreadable ")
    sys.stderr.write("\r" if sum(counts) >= options.batch_size else "")
    return counts[0], counts[1]


def _labels(options: ClassifyOptions) -> Labels:
    """What the tables in the folders that are named, and those named themselves, say of the photographs there."""
    found = Labels()
    loose = [path for path in options.photos if not Path(path).is_dir() and path != "-"]
    for top, paths in [("", loose), *((path, [path]) for path in options.photos if Path(path).is_dir())]:
        tables = []
        for path in table_paths(paths):
            if options.output != "-" and Path(path).resolve() == Path(options.output).resolve():
                continue  # what this run writes, or goes on with
            try:
                tables.append(read_table(_below(top, path), Path(path).read_bytes()))
            except (ExplorerError, OSError) as error:
                found.notes.append(f"Any labels in {path} were left out. {error}")
        one = match(tables, (_below(top, path) for path in photograph_paths(paths)) if tables else ())
        found.by_path.update({plain_path(f"{top}/{file}"): label for file, label in one.by_path.items()})
        found.notes += one.notes
    return found


def _below(top: str, path: str) -> str:
    return os.path.relpath(path, top) if top else path


@contextlib.contextmanager
def _opened(options: ClassifyOptions) -> Iterator[IO[str]]:
    if options.output == "-":
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(
                encoding="utf-8", errors="surrogateescape", newline=""
            )  # file names can be any bytes
        yield sys.stdout
        return
    mode = "a" if options.resume else "w"
    encoding = "utf-8-sig" if options.format == "csv" else "utf-8"  # the mark by which Excel knows it, once
    with Path(options.output).open(mode, encoding=encoding, errors="surrogateescape", newline="") as file:
        yield file


def _done(options: ClassifyOptions, known: tuple[str, ...]) -> set[int]:
    """The files that the output holds already, eight bytes each; a last line that a kill cut is taken away first."""
    path = Path(options.output)
    if not path.exists():
        return set()
    with path.open("rb+") as file:
        file.truncate(_whole_lines(file, options.format))
    done: set[int] = set()
    names = {"", *known, *map(safe_cell, known)}
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        for file_name, best in (
            _json_lines(path, lines) if options.format == "json" else _csv_lines(path, lines, options)
        ):
            if best not in names:
                raise CatalogError(f"{path} names {best!r}, which is none of the labels asked for; resume as it began.")
            done.add(_digest(file_name))
    return done


def _json_lines(path: Path, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(file, best label) of each line."""
    for line in lines:
        try:
            one = json.loads(line)
            yield one["file"], one["top_k"][0]["label"] if one["top_k"] else ""
        except (ValueError, KeyError, TypeError) as error:
            raise CatalogError(f"{path} holds lines that are not this command's JSON; resume as it began.") from error


def _csv_lines(path: Path, lines: Iterable[str], options: ClassifyOptions) -> Iterator[tuple[str, str]]:
    """(file, best label) of each line."""
    table = csv.DictReader(lines)
    if table.fieldnames is not None and list(table.fieldnames) != columns(options.k):
        raise CatalogError(f"{path} has other columns than --k {options.k} gives; resume with the k it began with.")
    for row in table:
        yield row["file"], row["label_1"]


def _whole_lines(file: BinaryIO, kind: str) -> int:
    """Bytes up to the end of the last whole line; in CSV a line break between quotes ends none."""
    whole = at = quotes = 0
    for line in file:
        at += len(line)
        quotes += line.count(b'"')
        if line.endswith(b"\n") and (kind == "json" or quotes % 2 == 0):
            whole = at
    return whole


def _digest(path: str) -> int:
    return int.from_bytes(hashlib.blake2b(safe_cell(path).encode("utf-8", "surrogateescape"), digest_size=8).digest())


def _check(options: ClassifyOptions) -> None:
    if "-" in options.photos and len(options.photos) > 1:
        raise CatalogError("'-' stands for a list on stdin and comes alone.")
    if options.resume and options.output == "-":
        raise CatalogError("--resume needs --output FILE: what goes to stdout cannot be gone on with.")
    for name in ("k", "batch_size", "workers"):
        if getattr(options, name) < 1:
            raise CatalogError(f"{name} is {getattr(options, name)}; at least 1 is needed.")


def _checkpoint_file(name: str) -> Path:
    """A checkpoint by its name in the folder of checkpoints, or by its path."""
    if Path(name).suffix == ".safetensors":
        return Path(name)
    folder = Settings.from_env(os.environ).checkpoints
    found = {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
    if name not in found:
        raise ModelError(f"There is no checkpoint {name!r} in {folder}; there are {', '.join(found) or 'none'}.")
    return found[name]


def _parser() -> argparse.ArgumentParser:
    default = ClassifyOptions(())
    parser = argparse.ArgumentParser(prog="python -m explorer.classify", description="Name what photographs show.")
    parser.add_argument("photos", nargs="+", help="files, folders, or - for a list of them on stdin")
    parser.add_argument(
        "--checkpoint", default=default.checkpoint, help="name or .safetensors file (default: %(default)s)"
    )
    parser.add_argument("--format", choices=("csv", "json"), default=default.format, help="json is one object a line")
    parser.add_argument("--k", type=int, default=default.k, help="labels a photograph (default: %(default)s)")
    parser.add_argument("--labels", default=default.labels, help="a label set of the checkpoint, such as clothing")
    parser.add_argument("--output", default=default.output, help="a file (default: stdout)")
    parser.add_argument("--resume", action="store_true", help="go on after the lines that --output holds")
    parser.add_argument("--device", default=default.device, help="cpu or cuda (default: %(default)s)")
    parser.add_argument("--batch-size", dest="batch_size", type=int, default=default.batch_size)
    parser.add_argument(
        "--workers", type=int, default=default.workers, help="threads that decode (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
