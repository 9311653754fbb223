"""What is written down of a forward: a node for each operation that something of the picture goes into.

A tensor that was made of the picture carries a mark with its node; so a later call's arguments tell which nodes it
reads. What it means that a tensor has none, or was changed since, is said in explorer.activations.tracer, which looks
on and uses this.
"""

import collections
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from explorer.activations.buffers import Arena
from explorer.activations.nodes import PLAIN, Node, Ref, mapped
from explorer.activations.operations.names import OF_NUMBERS, operation_name, puts_elsewhere
from explorer.activations.recording import call_key, is_inside_vmap
from explorer.activations.sparing import Sparing
from explorer.activations.standing import own_tensors, standing_tensors
from explorer.errors import ModelError

_MARK = "_explorer_node"  # attribute of a tensor that was made here: (the writer's token, node index, version)
_CONSTANT = -1  # in place of the index: nothing of the picture went into it
_UNMARKED = (None, _CONSTANT, 0)


@dataclass(slots=True)
class Scope:
    """A module that is running."""

    name: str  # the module's
    leaf: bool
    call: int  # which one of its calls
    key: str
    inputs: tuple[Any, ...]


class Writer:
    """Writes down the operations of one forward.

    Args:
        network: what runs.
        names: of its modules.
        original: what it is a shadow of; itself if it is none.
        running: the modules that are running, the outermost first; the caller's, who changes it.
    """

    def __init__(
        self, network: nn.Module, names: set[str], original: nn.Module, sparing: Sparing, running: Sequence[Scope]
    ) -> None:
        self.nodes: list[Node] = []
        self.numbers_read = False  # whether plain numbers, made of the picture, are about
        self.calls: dict[str, int] = collections.defaultdict(int)  # of modules and operations, by name
        self._names = names
        self._arena = Arena()
        self._sparing = sparing
        self._running = running
        self._token = object()  # a mark outlives the writer on a tensor that the network keeps
        # What stands before, by id; held, so that no other tensor gets that id. A shadow's is looked for when a tensor
        # turns up that is neither.
        self._original = None if original is network else original
        self._own = standing_tensors(network) if original is network else own_tensors(network)

    def count(self, base: str) -> int:
        """How often a module or operation was called before; one more from now on."""
        call = self.calls[base]
        self.calls[base] = call + 1
        return call

    def write(self, func: Callable[..., Any], args: Any, kwargs: Any, output: torch.Tensor, part: int | None) -> None:  # noqa: ANN401
        """A torch function's call, with one tensor that it gave: a node, if something of the picture went into it."""
        seen: list[int] = []
        in_place = False

        def referred(value: Any) -> Any:  # noqa: ANN401 -- an argument
            nonlocal in_place
            if not isinstance(value, torch.Tensor):
                return value
            written = value is output
            in_place = in_place or written
            index = self.followed(value, just_written=written)
            if index is None:
                return value
            seen.append(index)
            return Ref(index)

        if is_inside_vmap(output):  # and stands for many tensors: what comes out behind it was not seen to be made
            return
        first, operation = args[0] if args else None, operation_name(func)
        args = tuple([one if type(one) in PLAIN else mapped(one, referred) for one in args])
        kwargs = {name: mapped(one, referred) for name, one in kwargs.items()} if kwargs else {}
        inputs = tuple(dict.fromkeys(seen))
        gone = ""  # how what an operation wrote over shows, where nothing of the picture is known to have been in it
        if in_place and self.followed(output, just_written=True) is None:
            gone = "opaque" if self.is_unseen(output) else "changed" if seen else ""
        if gone:
            self.add(gone, None, tuple(map(Ref, inputs)), {}, output, inputs)
        elif seen:
            self.add(operation, func, args, kwargs, output, inputs, part, in_place)
            if operation == "data":  # its own version is counted, and what is written there is not seen here
                setattr(first, _MARK, (self._token, seen[0], -1))
        elif id(output) not in self._own and not (self.numbers_read and operation in OF_NUMBERS):
            setattr(output, _MARK, (self._token, _CONSTANT, _version(output)))

    def followed(self, tensor: torch.Tensor, *, just_written: bool = False) -> int | None:
        """The node whose output this tensor holds; None for a constant."""
        token, index, version = tensor.__dict__.get(_MARK, _UNMARKED)
        if token is not self._token:
            if just_written or self._stands(tensor):
                return None
            return self.add("opaque", None, (), {}, tensor)
        if not just_written and _version(tensor) != version:
            before = () if index == _CONSTANT else (index,)
            return self.add("changed", None, tuple(map(Ref, before)), {}, tensor, before)
        return None if index == _CONSTANT else index

    def is_unseen(self, tensor: torch.Tensor) -> bool:
        """Whether it did not stand before, and no torch function was seen to make it."""
        return tensor.__dict__.get(_MARK, _UNMARKED)[0] is not self._token and not self._stands(tensor)

    def _stands(self, tensor: torch.Tensor) -> bool:
        """Whether the network's code can name it without computing it."""
        if id(tensor) not in self._own and self._original is not None:
            self._own |= standing_tensors(self._original)
            self._original = None
        return id(tensor) in self._own

    def add(
        self,
        operation: str,
        function: Callable[..., Any] | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: torch.Tensor,
        inputs: tuple[int, ...] = (),
        part: int | None = None,
        in_place: bool = False,
    ) -> int:
        """A node, and its place.

        Raises:
            ModelError: the forward has switched to torch's inference mode.
        """
        if output.is_inference():
            raise ModelError(
                "The network's forward switches to torch's inference mode, in which torch does not tell what was "
                "written over; torch.no_grad does as well there."
            )
        scope = self._running[-1] if self._running else None
        base = f"{scope.name}.{operation}" if scope and scope.name else operation
        if base in self._names:
            base += "()"
        call = self.count(base)
        moves = operation == "identity" or puts_elsewhere(function, args, kwargs)
        node = Node(
            len(self.nodes), call_key(base, call), operation, operation, function, args, kwargs, inputs,
            tuple(output.shape), part, scope.key if scope and scope.leaf else "", in_place=in_place,
            again=not moves,
        )  # fmt: skip
        if self._sparing.keeps(self.nodes, node, output):
            node.kept, node.again = self._arena.copy(output), False
        self.nodes.append(node)
        setattr(output, _MARK, (self._token, node.index, _version(output)))
        return node.index

    def constant(self, output: torch.Tensor) -> int:
        """A node for what a module gives of nothing of the picture."""
        index = self.add("constant", None, (), {}, output)
        setattr(output, _MARK, (self._token, _CONSTANT, _version(output)))
        return index

    def instead(self, index: int, output: torch.Tensor) -> None:
        """Let another tensor be a node's output."""
        self.nodes[index].kept, self.nodes[index].again = self._arena.copy(output), False
        setattr(output, _MARK, (self._token, index, _version(output)))

    def read_by(self, scope: Scope) -> tuple[int, ...]:
        """The nodes that a running module was given."""
        found: dict[int, None] = {}

        def look(value: Any) -> None:  # noqa: ANN401 -- an argument
            index = self.followed(value) if isinstance(value, torch.Tensor) else None
            if index is not None:
                found[index] = None

        mapped(scope.inputs, look)
        return tuple(found)


def _version(tensor: torch.Tensor) -> int:
    """How often a tensor was written into, by whatever view; 0 in inference mode, where torch does not count."""
    try:
        return tensor._version  # noqa: SLF001 -- torch has no other
    except RuntimeError:
        return 0
