"""`python -m explorer.classify PHOTO...`: the answers to any number of photographs: CSV or JSON lines, or a workbook.

A folder of a million photographs passes in bounded memory: three batches are under way at most, a workbook's rows wait
on disk for its end, and of the lines that a resumed run finds it keeps eight bytes each. Files that cannot be read are
lines too, and are counted at the end. How the run went stands beside the table, in FILE.meta.json.
"""

import argparse
import contextlib
import io
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import torch

from explorer.errors import CatalogError, ExplorerError, ImageError, ModelError
from explorer.image import open_remarked
from explorer.image.decode import suffix_of
from explorer.networks.twin import bfloat16_refused
from explorer.predict import Classifier
from explorer.predict.answer_files import csv_lines, json_lines, write_workbook
from explorer.predict.classifier import checkpoint_file
from explorer.predict.labelling import Labels, label_of_folder, match
from explorer.predict.many import TableLine, are_strange, photograph_paths, table_paths
from explorer.predict.names import plain_path
from explorer.predict.resuming import done_lines, name_digest
from explorer.predict.run_notes import CHECKED_BATCHES, RunNotes
from explorer.predict.tables import read_table

Decoded = tuple[torch.Tensor, str]  # a batch of one, and what is to be said of the picture
_KINDS = {".xlsx": "xlsx", ".json": "json", ".jsonl": "json", ".ndjson": "json"}  # by the ending of a file
_NOTED = ("checkpoint", "labels", "k", "precision", "device", "batch_size", "workers", "resume")  # beside the table


@dataclass(frozen=True)
class ClassifyOptions:
    """What the command line says."""

    photos: tuple[str, ...]  # files, folders, or "-" for a list on stdin
    checkpoint: str = "products"  # a name in the folder of checkpoints, or a file
    format: str = ""  # "csv", "json" (one object a line) or "xlsx"; empty: by the ending of the output, else csv
    k: int = 3  # labels a photograph
    labels: str | None = None  # a label set of the checkpoint
    output: str = "-"  # a file, or "-" for stdout
    resume: bool = False  # keep what the output file holds and go on after it
    device: str = "cpu"
    precision: str = "float32"  # or "bfloat16": three digits, twice as fast on processors that have it
    batch_size: int = 32
    workers: int = 2  # threads that decode

    @property
    def kind(self) -> str:
        """The format that is written."""
        return self.format or _KINDS.get(suffix_of(self.output), "csv")


def main(argv: list[str] | None = None) -> int:
    """Write the table, and give back the status: 0, 1 if files could not be read, 2 for a mistake in the command."""
    parser = _parser()
    try:
        chosen = vars(parser.parse_args(argv))
        options = ClassifyOptions(**{**chosen, "photos": tuple(chosen["photos"])})
        _check(options)
        classifier = Classifier.load(checkpoint_file(options.checkpoint), options.device)
        classifier.members(options.labels)
        notes = RunNotes()
        _write(classifier, options, notes)
        notes.write(Path(options.output), classifier, {name: getattr(options, name) for name in _NOTED})
    except BrokenPipeError:  # `| head` has seen enough
        return 0
    except (ExplorerError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stderr.write(notes.sentences())
    return 1 if notes.unread else 0


def answers(
    classifier: Classifier,
    paths: Iterable[str],
    options: ClassifyOptions,
    said: Mapping[str, str] | None = None,
    notes: RunNotes | None = None,
) -> Iterator[TableLine]:
    """One answer a path, in order; decoding runs ahead of the network by two batches and no more.

    Args:
        said: plain path -> label, by tables; what is not in it is labelled by its folder.
        notes: where what is waited for is counted.
    """
    notes = notes or RunNotes()
    stream = iter(paths)
    under_way: deque[list[tuple[str, Future[Decoded]]]] = deque()
    with ThreadPoolExecutor(options.workers) as pool:

        def begin() -> None:
            chosen = list(islice(stream, options.batch_size))
            if chosen:
                under_way.append([(path, pool.submit(_batch_of, classifier, path)) for path in chosen])

        begin()
        begin()
        while under_way:
            with notes.waiting_for("reading"):
                read = [(path, _result(future)) for path, future in under_way.popleft()]
            begin()
            logits = _logits(classifier, [one[0] for _, one in read if not isinstance(one, str)], options, notes)
            yield from _lines(classifier, read, logits, options, said or {})


def _batch_of(classifier: Classifier, path: str) -> Decoded:
    image, remark = open_remarked(path)
    return classifier.preprocessing(image), remark


def _result(future: "Future[Decoded]") -> Decoded | str:
    try:
        return future.result()
    except ImageError as error:
        return str(error)


def _logits(
    classifier: Classifier, good: list[torch.Tensor], options: ClassifyOptions, notes: RunNotes
) -> torch.Tensor:
    """The logits of pictures; in bfloat16 some batches are held against float32."""
    if not good:
        return torch.empty(0, len(classifier.classes))
    with notes.waiting_for("computing"):
        batch, rounded = torch.cat(good), options.precision == "bfloat16"
        logits = classifier.answers(batch, rounded=rounded)
        if rounded and notes.batches % CHECKED_BATCHES == 0:
            notes.compare(classifier.probabilities(logits), classifier.probabilities(classifier.answers(batch)))
        notes.batches += 1
        return logits


def _lines(
    classifier: Classifier,
    read: list[tuple[str, Decoded | str]],
    logits: torch.Tensor,
    options: ClassifyOptions,
    said: Mapping[str, str],
) -> Iterator[TableLine]:
    known, _ = classifier.members(options.labels)
    answered = zip(logits, are_strange(classifier, logits), strict=True)
    for path, one in read:
        label = said.get(plain_path(path)) or label_of_folder(path, known)
        if isinstance(one, str):
            yield TableLine(path, error=one, label=label)
            continue
        own, strange = next(answered)
        top = tuple(classifier.rank(own, options.k, options.labels))
        yield TableLine(path, top, strange, label=label, remark=one[1])


def _write(classifier: Classifier, options: ClassifyOptions, notes: RunNotes) -> None:
    """Write what is asked, line by line, and count what was answered and what could not be read."""
    listed = (line.rstrip("\r\n") for line in sys.stdin) if options.photos == ("-",) else options.photos
    paths = photograph_paths(path for path in listed if path)
    known, _ = classifier.members(options.labels)
    path = Path(options.output)
    done = done_lines(path, options.kind, options.k, known) if options.resume else set()
    remaining = (file for file in paths if name_digest(file) not in done)
    labels = _labels(options)
    for note in labels.notes:
        sys.stderr.write(f"{note}\n")
    lines = answers(classifier, remaining, options, labels.by_path, notes)
    if options.kind == "xlsx":
        write_workbook(_counted(lines, notes, options.batch_size), options.k, path)
    else:
        with _opened(options) as stream:
            lines = _counted(lines, notes, options.batch_size, stream)
            head = stream is sys.stdout or stream.tell() == 0
            stream.writelines(json_lines(lines) if options.kind == "json" else csv_lines(lines, options.k, head=head))
    sys.stderr.write("\r" if notes.answered + notes.unread >= options.batch_size else "")


def _counted(
    lines: Iterable[TableLine], notes: RunNotes, batch_size: int, stream: IO[str] | None = None
) -> Iterator[TableLine]:
    """The lines, counted as they pass, answered and unread; after each batch the stream is flushed and this is said."""
    for number, line in enumerate(lines, start=1):
        yield line
        notes.unread += bool(line.error)
        notes.answered += not line.error
        if number % batch_size == 0:
            if stream is not None:
                stream.flush()
            sys.stderr.write(f"\r{number} photographs, {notes.unread} of them unreadable ")


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
    encoding = "utf-8-sig" if options.kind == "csv" else "utf-8"  # the mark by which Excel knows it, once
    with Path(options.output).open(mode, encoding=encoding, errors="surrogateescape", newline="") as file:
        yield file


def _check(options: ClassifyOptions) -> None:
    if "-" in options.photos and len(options.photos) > 1:
        raise CatalogError("'-' stands for a list on stdin and comes alone.")
    if options.resume and options.output == "-":
        raise CatalogError("--resume needs --output FILE: what goes to stdout cannot be gone on with.")
    if options.kind == "xlsx" and options.output == "-":
        raise CatalogError("--format xlsx needs --output FILE.")
    if options.kind == "xlsx" and options.resume:
        raise CatalogError("A workbook cannot be gone on with; --resume is for csv and json.")
    if options.kind != "xlsx" and suffix_of(options.output) == ".xlsx":
        raise CatalogError(f"--format {options.kind} makes no workbook; name another --output than {options.output}.")
    if options.precision == "bfloat16" and (why_not := bfloat16_refused(options.device)):
        raise ModelError(why_not)
    for name in ("k", "batch_size", "workers"):
        if getattr(options, name) < 1:
            raise CatalogError(f"{name} is {getattr(options, name)}; at least 1 is needed.")


def _parser() -> argparse.ArgumentParser:
    default = ClassifyOptions(())
    parser = argparse.ArgumentParser(prog="python -m explorer.classify", description="Name what photographs show.")
    parser.add_argument("photos", nargs="+", help="files, folders, or - for a list of them on stdin")
    parser.add_argument(
        "--checkpoint", default=default.checkpoint, help="name or .safetensors file (default: %(default)s)"
    )
    parser.add_argument(
        "--format",
        choices=("csv", "json", "xlsx"),
        default=default.format,
        help="json is one object a line (default: by the ending of --output, else csv)",
    )
    parser.add_argument("--k", type=int, default=default.k, help="labels a photograph (default: %(default)s)")
    parser.add_argument("--labels", default=default.labels, help="a label set of the checkpoint, such as clothing")
    parser.add_argument("--output", default=default.output, help="a file (default: stdout)")
    parser.add_argument("--resume", action="store_true", help="go on after the lines that --output holds")
    parser.add_argument("--device", default=default.device, help="cpu or cuda (default: %(default)s)")
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default=default.precision,
        help="bfloat16 is faster where the processor has it, and rounds (default: %(default)s)",
    )
    parser.add_argument("--batch-size", dest="batch_size", type=int, default=default.batch_size)
    parser.add_argument(
        "--workers", type=int, default=default.workers, help="threads that decode (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
