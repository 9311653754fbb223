"""A lesson: photographs that were looked at, with the class of each, become a network with its card."""

import copy
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from explorer.checkpoint.file import Card
from explorer.errors import CatalogError
from explorer.predict.strangeness import Strangeness
from explorer.teaching.base import Base, Glance
from explorer.teaching.bounds import FEWEST, LONGEST_NAME, MOST_CLASSES, MOST_PHOTOGRAPHS
from explorer.teaching.head import Head, learn_head
from explorer.teaching.trust import KEPT_SHARE, Tally, Trust, judge_folds

HOW = "taught in the page"


@dataclass(frozen=True)
class Pupil:
    """One photograph of a lesson."""

    name: str  # as its owner calls it
    label: str
    look: Glance


@dataclass(frozen=True)
class Taught:
    """What a lesson gives."""

    model: nn.Module  # float32, its weights as a checkpoint holds them
    card: Card
    trust: Trust
    pupils: tuple[Pupil, ...]

    def warnings(self) -> list[str]:
        """What must be known before it is trusted, a sentence each."""
        return [*_of_accuracy(self.trust, self.card.classes), *_of_photographs(self.trust, self.pupils)]

    def to_json(self) -> dict[str, Any]:
        """What the folds told, in plain values; photographs by their place in the lesson."""
        trust = self.trust
        classes = [
            {"class": name, "photographs": self.card.provenance["photographs"][name], **_share_json(share)}
            for name, share in zip(self.card.classes, trust.classes, strict=True)
        ]
        hardest = [
            {"photograph": one.photograph, "file": self.pupils[one.photograph].name,
             "class": self.pupils[one.photograph].label, "said": self.card.classes[one.said],
             "probability": one.probability}
            for one in trust.hardest
        ]  # fmt: skip
        whole = _share_json(trust.whole)
        return {
            "classes": list(self.card.classes),
            "accuracy": whole["accuracy"],
            "interval": whole["interval"],
            "judged": whole["judged"],
            "too_few": trust.too_few,
            "guessing": trust.guessing,
            "folds": trust.folds,
            "strength": trust.strength,
            "by_class": classes,
            "confusion": [list(row) for row in trust.confusion],
            "hardest": hardest,
            "alike": [list(pair) for pair in trust.alike],
            "edges": {**_share_json(trust.edges), "tell": trust.background_tells},
            "threshold": trust.threshold,
            "warnings": self.warnings(),
        }


def teach(base: Base, pupils: Sequence[Pupil]) -> Taught:
    """The base's body with a head for the pupils' classes, in the order in which these first come.

    Raises:
        CatalogError: fewer than two classes or than two photographs of one, too many, names that cannot be used, or
            one photograph in two classes; a sentence says which.
    """
    check_pupils(pupils)
    classes = tuple(dict.fromkeys(one.label for one in pupils))
    truth = [classes.index(one.label) for one in pupils]
    trust = judge_folds([one.look for one in pupils], truth, len(classes))
    features = torch.stack([one.look.features for one in pupils])
    head = learn_head(features, torch.tensor(truth), len(classes), trust.strength)
    model = with_head(base, head)
    return Taught(model, _card(base, classes, pupils, trust), trust, tuple(pupils))


def check_pupils(pupils: Sequence[Pupil]) -> None:
    """Refuse what nothing can be learnt from.

    Raises:
        CatalogError: a sentence on the first thing that is wrong.
    """
    counts = Counter(one.label for one in pupils)
    for name in counts:
        check_class_name(name)
    if len(pupils) > MOST_PHOTOGRAPHS:
        raise CatalogError(f"These are {len(pupils)} photographs; at most {MOST_PHOTOGRAPHS} can teach at a time.")
    if len(counts) < 2:
        only = f": all of these are “{next(iter(counts))}”" if counts else ", and there is no photograph yet"
        raise CatalogError(f"Two classes at least are needed to tell them apart{only}.")
    if len(counts) > MOST_CLASSES:
        raise CatalogError(f"These are {len(counts)} classes; at most {MOST_CLASSES} can be taught.")
    few = [name for name, count in counts.items() if count < FEWEST]
    if few:
        raise CatalogError(
            f"“{few[0]}” has one photograph; each class needs {FEWEST} at least, better 10: "
            "one is held out to judge what the others taught."
        )
    _check_once(pupils)


def check_class_name(name: object) -> None:
    """Refuse what is no name for a class.

    Raises:
        CatalogError: no text, an empty or very long one, or one with < or > or signs that cannot be seen.
    """
    if not isinstance(name, str) or not name.strip():
        raise CatalogError("Each class needs a name.")
    if len(name) > LONGEST_NAME:
        raise CatalogError(f"“{name[:20]}…” has {len(name)} letters; a class name has at most {LONGEST_NAME}.")
    if any(sign in "<>" for sign in name) or not name.isprintable():
        shown = "".join(sign if sign.isprintable() else "�" for sign in name)
        raise CatalogError(f"“{shown}” holds signs that no class name can have; please use letters, digits and spaces.")


def with_head(base: Base, head: Head) -> nn.Module:
    """The base's network with another last layer, float32 of float16, in eval mode on the CPU."""
    model = copy.deepcopy(base.classifier.model).cpu()
    layer = nn.Linear(head.weights.shape[1], len(head.bias))
    with torch.no_grad():
        layer.weight.copy_(head.weights.half())
        layer.bias.copy_(head.bias.half())
    model.set_submodule(base.head_name, layer)
    return model.eval()


def _check_once(pupils: Sequence[Pupil]) -> None:
    seen: dict[str, Pupil] = {}
    for one in pupils:
        first = seen.setdefault(one.look.sha256, one)
        if first.label != one.label:
            named = f"“{first.name}”" if first.name == one.name else f"“{first.name}”, also called “{one.name}”,"
            raise CatalogError(
                f"The same photograph, {named} is in “{first.label}” and in “{one.label}”; "
                "please keep it in one of them."
            )


def _card(base: Base, classes: tuple[str, ...], pupils: Sequence[Pupil], trust: Trust) -> Card:
    known = base.classifier.card
    counts = Counter(one.label for one in pupils)
    calibration: dict[str, Any] = {"temperature": 1.0}
    if trust.threshold is not None:
        measure = Strangeness(None, None, 0.0, 1.0, trust.threshold)
        calibration |= {"strangeness": measure.to_json(), "kept_share": KEPT_SHARE, "fitted_on": trust.whole.count}
    return Card(
        architecture=known.architecture,
        arguments={**known.arguments, "num_classes": len(classes)},
        classes=classes,
        preprocessing=known.preprocessing,
        metrics=_metrics(trust),
        provenance={
            "how": HOW,
            "base": base.name,
            "base_sha256": base.sha256,
            "pictures": len(pupils),
            "photographs": dict(counts),
            "folds": trust.folds,
            "strength": trust.strength,
            "learnt": f"the last layer, {base.head_name}, alone",
            "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
        },
        calibration=calibration,
    )


def _metrics(trust: Trust) -> dict[str, Any]:
    """As other checkpoints state theirs; nothing where nothing was judged."""
    whole = trust.whole
    if whole.share is None:
        return {}
    return {
        "held-out": {
            "lesson": {"top1": whole.share, "top1_interval": list(whole.interval), "pictures": whole.count},
        }
    }


def _share_json(share: Tally) -> dict[str, Any]:
    return {
        "accuracy": share.share,
        "interval": list(share.interval),
        "judged": share.count,
        "right": share.right,
        "too_few": share.wide,
    }


def _of_accuracy(trust: Trust, classes: Sequence[str]) -> list[str]:
    said = []
    if not trust.whole.count:
        said.append("Nothing could be held out, so nothing is known of how good it is: add photographs that differ.")
    elif trust.too_few:
        low, high = (f"{100 * end:.0f}" for end in trust.whole.interval)
        said.append(
            f"Too few to tell: between {low} and {high} of 100 may be right, and guessing would reach "
            f"{100 * trust.guessing:.0f}; add photographs."
        )
    unjudged = [name for name, share in zip(classes, trust.classes, strict=True) if not share.count]
    if unjudged and trust.whole.count:
        named = ", ".join(f"“{name}”" for name in unjudged)
        said.append(
            f"All photographs of {named} are nearly the same picture, so they could not be held out and judged."
        )
    if trust.background_tells and trust.edges.share is not None:
        said.append(
            f"The pictures' edges alone, with the middle greyed, give {100 * trust.edges.share:.0f} of 100 right: it "
            "may have learnt the background. Add photographs of each class in other places."
        )
    return said


def _of_photographs(trust: Trust, pupils: Sequence[Pupil]) -> list[str]:
    if not trust.alike:
        return []
    across = [(one, other) for one, other in trust.alike if pupils[one].label != pupils[other].label]
    if across:
        first, second = (pupils[place] for place in across[0])
        where = f"“{first.name}” in “{first.label}” and “{second.name}” in “{second.label}”"
        return [f"{where} are nearly the same picture; is one of them in the wrong class?"]
    count = len(trust.alike)
    verb = "photograph is" if count == 1 else "photographs are"
    return [
        f"{count} {verb} nearly the same as another; they were held out together, so that none flatters the figure."
    ]
