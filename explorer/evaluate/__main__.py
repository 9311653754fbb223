"""The command line of an evaluation: `python -m explorer.evaluate --help`."""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.checkpoint.file import write_atomically
from explorer.errors import ExplorerError
from explorer.evaluate.judging import judge, judge_strangers, measure
from explorer.evaluate.matrix import confusion, draw_confusion
from explorer.evaluate.records import fit_energy, record_strangers, record_test
from explorer.predict import Classifier


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the measures as JSON; writes the confusion matrix where --confusion says. 0, or 2 for a user's error."""
    options = _options(argv)
    try:
        classifier = Classifier.load(options.checkpoint, options.device)
        if options.record_test:
            source = options.labels or options.folder.name
            found = record_test(options.checkpoint, classifier, options.folder, source, again=options.again)
        elif options.fit_energy:
            found = fit_energy(options.checkpoint, classifier, options.folder, options.kept_share)
        else:
            found = _judged(classifier, options)
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(found, indent=2))
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m explorer.evaluate",
        description="How good a checkpoint is on labelled photographs; each figure with its interval.",
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="FOLDER/LABEL/PHOTOGRAPH; with --record-test that of the source")
    parser.add_argument("--labels", help="a label set of the checkpoint: the argmax is over the sums of its labels")
    parser.add_argument("--confusion", type=Path, metavar="PNG", help="write the confusion matrix here")
    parser.add_argument("--strangers", type=Path, metavar="FOLDER", help="photographs of other things, at any depth")
    parser.add_argument("--record", action="store_true", help="write what --strangers finds into the checkpoint's card")
    parser.add_argument(
        "--record-test",
        action="store_true",
        help="look at the test that --test-share held out of this source, once, and write it into the card",
    )
    parser.add_argument("--again", action="store_true", help="with --record-test: look once more; the card counts it")
    parser.add_argument(
        "--fit-energy",
        action="store_true",
        help="write the energy that a share of the folder's photographs stay below into the card, as its threshold",
    )
    parser.add_argument("--kept-share", type=_share, default=0.95, help="with --fit-energy: that share (default: 0.95)")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args(argv)
    if options.record and not options.strangers:
        parser.error("--record writes down what --strangers finds; name that folder too")
    if options.again and not options.record_test:
        parser.error("--again is for --record-test")
    return options


def _share(text: str) -> float:
    """A number above 0 and below 1."""
    if not 0 < float(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no share above 0 and below 1")
    return float(text)


def _judged(classifier: Classifier, options: argparse.Namespace) -> dict[str, Any]:
    """The measures of a folder; strangers and matrix where they were asked for."""
    outcome = judge(classifier, options.folder, options.labels)
    measures = measure(outcome)
    if options.strangers:
        measures["strangeness"] = judge_strangers(classifier, options.folder, options.strangers)
    if options.record:
        source = options.labels or options.folder.parent.name
        record_strangers(options.checkpoint, classifier, source, measures["strangeness"])
    if options.confusion:
        buffer = io.BytesIO()
        draw_confusion(confusion(outcome), outcome.labels).save(buffer, "PNG")
        write_atomically(options.confusion, buffer.getvalue())
    for line in outcome.unread:
        print(f"left out: {line}", file=sys.stderr)
    return measures


if __name__ == "__main__":
    sys.exit(main())
