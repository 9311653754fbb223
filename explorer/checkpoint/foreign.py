"""What a file of Python's own kind holds beside tensors, in words, told without running anything of it.

Used where torch refuses such a file: its instructions are read one by one, and what each would make is only noted down.
Nothing of it is imported or called. `explorer.checkpoint.conversion` makes a sentence of it.
"""

import zipfile
from pathlib import Path
from pickletools import OpcodeInfo, genops
from typing import IO, Any

_LEGACY = 0x1950A86A20F9469CFC6C  # torch's files from before 1.6 begin with this number
_BEFORE_LEGACY = 2  # what stands between that number and what was saved: version and machine
_KNOWN = ("torch._utils", "torch.storage", "collections", "torch.serialization")  # modules that tensors are made with
_KNOWN_OF_TORCH = ("Storage", "Size", "device", "dtype", "float", "int", "bfloat", "half", "bool", "uint", "double")
_SHOWN = 8  # keys that a sentence lists
_LONGEST = 40  # letters of each

_WEIGHTS_ALONE = "torch.save(model.state_dict(), 'weights.pth')"
_MARK = object()  # where a run of things on the stack begins
_TAKEN = ("BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE")
_GIVEN = ("BINGET", "LONG_BINGET", "GET")


class _Thing:
    """An object that the file would make: the name of what makes it, and what the file says of its attributes."""

    def __init__(self, name: str) -> None:
        self.name = name  # "argparse.Namespace"
        self.state: object = None


class _Looking:
    """Notes down what instructions would make; dicts and tuples are themselves, all else is a `_Thing` or a value."""

    def __init__(self) -> None:
        self.names: list[str] = []  # of all that would be imported, in order
        self._stack: list[Any] = []
        self._kept: dict[int, Any] = {}

    def read(self, file: IO[bytes]) -> object:
        """What one run of instructions would make."""
        for code, given, _ in genops(file):
            self._follow(code, given)
        return self._stack.pop()

    def _follow(self, code: OpcodeInfo, given: Any) -> None:  # noqa: ANN401 -- a value of any kind
        stack, name = self._stack, code.name
        if name == "MARK":
            stack.append(_MARK)
        elif name in _TAKEN:
            self._kept[len(self._kept) if given is None else int(given)] = stack[-1]
        elif name in _GIVEN:
            stack.append(self._kept[int(given)])
        elif name != "STOP":
            taken = self._take(code)
            stack += self._made(name, given, taken) if code.stack_after else []

    def _take(self, code: OpcodeInfo) -> list[Any]:
        """What an instruction takes from the stack, in order; the items after a mark as a list at the end."""
        stack, before = self._stack, [one.name for one in code.stack_before]
        items: list[Any] = []
        if "mark" in before:
            at = len(stack) - 1 - stack[::-1].index(_MARK)
            items, stack[at:] = [stack[at + 1 :]], []
            before = before[: before.index("mark")]
        taken = stack[len(stack) - len(before) :]
        del stack[len(stack) - len(before) :]
        return taken + items

    def _made(self, name: str, given: Any, taken: list[Any]) -> list[Any]:  # noqa: ANN401 -- as above
        if name in {"GLOBAL", "STACK_GLOBAL"}:
            self.names.append(str(given).replace(" ", ".") if given else ".".join(map(str, taken)))
            return [_Thing(self.names[-1])]
        if name in {"EMPTY_DICT", "DICT"}:
            return [{}]
        if name in {"SETITEM", "SETITEMS"}:
            pairs = taken[1:] if name == "SETITEM" else taken[1]
            if isinstance(taken[0], dict):
                taken[0].update(zip(map(_plain, pairs[::2]), pairs[1::2], strict=True))
            return [taken[0]]
        if name in {"REDUCE", "NEWOBJ", "NEWOBJ_EX"}:
            maker = getattr(taken[0], "name", "")
            return [{} if maker == "collections.OrderedDict" else _Thing(maker)]
        if name == "BUILD":
            if isinstance(taken[0], _Thing):
                taken[0].state = taken[1]
            return [taken[0]]
        if name == "BINPERSID":  # a module's class, of which older files keep the source; else a storage
            place = taken[0]
            return [place[1] if isinstance(place, tuple) and place[0] == "module" else None]
        if name.startswith("TUPLE"):
            return [tuple(taken[0] if name == "TUPLE" else taken)]
        return [taken[0] if taken else given]


def _plain(key: Any) -> object:  # noqa: ANN401 -- of a dict of the file's
    """A key as something that a dict takes."""
    return key if isinstance(key, str | int | float | bool | type(None)) else id(key)


def told(path: Path) -> str:
    """What torch does not load without trusting the file, in sentences with a way out; empty where nothing is found."""
    try:
        root, names = _looked_through(path)
    except Exception:  # noqa: BLE001 -- a damaged file, of which torch's own words say enough
        return ""
    foreign = [name for name in names if not _is_known(name)]
    if not foreign:
        return ""
    keys = [str(key)[:_LONGEST] for key in root] if isinstance(root, dict) else []
    shown = ", ".join(repr(key) for key in keys[:_SHOWN]) + (" ..." if len(keys) > _SHOWN else "")
    whole = _model_in(root)
    if whole is not None:
        where, one = whole
        held, away = f"a whole model ({one.name}){where}", f"save its weights alone there: {_WEIGHTS_ALONE}"
    else:
        held = "; ".join(dict.fromkeys(_in_words(name) for name in foreign[:3]))
        weights = f"['{_weights_key(root)}']" if isinstance(root, dict) and root else ""
        loaded = f"torch.load('{path.name}', weights_only=False){weights}"
        away = f"save the weights alone there: torch.save({loaded}, 'weights.pth')"
    seen = f" Its keys are {shown}." if keys else ""
    return (
        f"beside tensors it holds {held}, which torch does not load without trusting the file, as that may run code."
        f"{seen} Open it where it was made, and {away}."
    )


def _looked_through(path: Path) -> tuple[object, list[str]]:
    """What was saved, and the names of all that it would import."""
    looking = _Looking()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inner = next(name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl")
            with archive.open(inner) as file:
                return looking.read(file), looking.names
    with path.open("rb") as file:
        root = looking.read(file)
        if root == _LEGACY:
            for _ in range(_BEFORE_LEGACY + 1):
                looking = _Looking()
                root = looking.read(file)
        return root, looking.names


def _is_known(name: str) -> bool:
    """Whether torch itself reads it without trust."""
    module, _, own = name.rpartition(".")
    return module in _KNOWN or (module == "torch" and any(word in own for word in _KNOWN_OF_TORCH))


def _model_in(root: object) -> tuple[str, _Thing] | None:
    """A network that was saved as a whole, and where: at the top, or under a key."""
    places = {"": root} | ({f" under {key!r}": one for key, one in root.items()} if isinstance(root, dict) else {})
    for where, one in places.items():
        if isinstance(one, _Thing) and isinstance(one.state, dict) and "_modules" in one.state:
            return where, one
    return None


def _in_words(name: str) -> str:
    if name == "argparse.Namespace":
        return "an argparse.Namespace, a script's options"
    if name.partition(".")[0] == "numpy":
        return f"numbers of NumPy's ({name})"
    return f"an object of {name}"


def _weights_key(root: dict[Any, Any]) -> str:
    """Under which key the weights seem to be: the one with most in it."""
    sizes = {str(key): len(one) for key, one in root.items() if isinstance(one, dict)}
    return max(sizes, key=lambda key: sizes[key], default=str(next(iter(root))))
