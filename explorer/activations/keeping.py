"""Whether something of a picture stays behind when a network has run: watched, not guessed from its code.

A network may keep what it sees anywhere: in a global list, a class, a default argument, a generator, an object of
another library. Wherever that is, it is a tensor that outlives the run, a number that was read out of one, or a tensor
that stood before and was written over; and torch functions are all that makes, reads or writes these. So `Watch` looks
on while a network runs, marks what was made of the picture, and afterwards tells what is left of it.

A forward that reads no numbers takes the same way whatever the picture shows: what a run of one picture did not keep,
a run of another of that size does not keep either. Used by explorer.activations.borrowing.
"""

import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from explorer.errors import ModelError

STALE = (
    "This network computes with something that it kept of an earlier picture, which may have been another visitor's. "
    "Let it keep what it needs within one forward and begin anew with each picture."
)
_MARK = "_explorer_made_of"  # attribute of a tensor that a picture went into: the token of the run
_CONSTANT = "_explorer_constant"  # attribute of a tensor that was made in a run without: its token
# What gives sizes, kinds and places, and none of a picture's numbers.
_SIZES = [
    "dim",
    "ndim",
    "ndimension",
    "numel",
    "nelement",
    "len",
    "stride",
    "size",
    "shape",
    "storage_offset",
    "layout",
]
_KINDS = ["dtype", "device", "element_size", "itemsize", "nbytes", "get_device", "requires_grad", "names", "dim_order"]
_PLACES = ["version", "hash", "output_nr", "grad_fn", "register_hook"]
_NO_NUMBERS = frozenset([*_SIZES, *_KINDS, *_PLACES])
_FIRST_COUNTS = frozenset(["to", "type_as", "expand_as", "view_as", "reshape_as"])
_ONLY_SIZED = frozenset(["new_zeros", "new_ones", "new_empty", "new_full", "new_tensor", "zeros", "ones"])


class Watch(TorchFunctionMode):
    """Looks on while a network runs on one picture.

    Attributes:
        reads_numbers: whether plain numbers were made of the picture.
        writes_outside: whether something of it was written into a tensor that stood before.
        answers: whether something of it is in what the network gave.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reads_numbers = False
        self.writes_outside = False
        self.answers = False
        self._token = object()
        self._made: list[weakref.ref[torch.Tensor]] = []
        self._standing: dict[int, torch.Tensor] | None = None

    def know(self, standing: dict[int, torch.Tensor]) -> None:
        """Take every tensor for made of the picture that is not one of these, by id, and was not seen to be made.

        Such come out of scripted functions, of NumPy, of other threads.
        """
        self._standing = standing

    def follow(self, tensor: torch.Tensor) -> None:
        """Take a tensor for the picture, or for made of it."""
        if tensor.__dict__.get(_MARK) is not self._token:
            setattr(tensor, _MARK, self._token)
            self._made.append(weakref.ref(tensor))

    def take_answer(self, given: Any) -> None:  # noqa: ANN401 -- whatever a network gives
        """Look for the picture in what the network gave: a copy may read what another forward kept."""
        of_picture = [
            tensor.__dict__.get(_MARK) is self._token or self._is_unseen(tensor) for tensor in tensors_in(given)
        ]
        self.answers = any(of_picture) or not of_picture

    def left_over(self) -> bool:
        """Whether anything that was made of the picture is still held by somebody, the picture itself included."""
        if not self._is_any_left():
            return False
        gc.collect()  # a twin and its hooks may hold each other
        return self._is_any_left()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- whatever the function gives
        kwargs = kwargs or {}
        name = _name_of(func)
        made_of_picture = self._is_of_picture(func, name, args, kwargs)
        given = func(*args, **kwargs)
        if made_of_picture:
            self._look_at(name, args[0] if name == "setitem" else given, args, kwargs)
        elif self._standing is not None:
            for tensor in tensors_in(given):
                setattr(tensor, _CONSTANT, self._token)
        return given

    def _is_any_left(self) -> bool:
        return any(reference() is not None for reference in self._made)

    def _is_of_picture(
        self, func: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> bool:
        """Whether what a function is about to give holds anything of the picture.

        Raises:
            ModelError: it is given something of an earlier one.
        """
        if name in _ONLY_SIZED or name.endswith("_like"):
            return False
        given: Any = (args[:1] if name in _FIRST_COUNTS else args, kwargs)
        if _writes_over(func, name, args):
            given = (args[1:], kwargs)
        tokens = [tensor.__dict__.get(_MARK) for tensor in tensors_in(given)]
        if any(token is not None and token is not self._token for token in tokens):
            raise ModelError(STALE)
        return any(token is not None for token in tokens) or any(map(self._is_unseen, tensors_in(given)))

    def _is_unseen(self, tensor: torch.Tensor) -> bool:
        if self._standing is None or id(tensor) in self._standing:
            return False
        return tensor.__dict__.get(_CONSTANT) is not self._token

    def _look_at(self, name: str, given: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:  # noqa: ANN401
        tensors = list(tensors_in(given))
        for tensor in tensors:
            outside = tensor.__dict__.get(_MARK) is not self._token
            self.writes_outside |= outside and any(tensor is one for one in tensors_in((args, kwargs)))
            self.follow(tensor)
        plain = given is None or name in _NO_NUMBERS or name.startswith("is_")
        self.reads_numbers |= name == "is_nonzero" or not (tensors or plain)


def tensors_in(value: Any) -> Iterator[torch.Tensor]:  # noqa: ANN401 -- arguments or results of any function
    """The tensors in nested tuples, lists and dicts."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)


def forget(tensor: torch.Tensor) -> None:
    """Take the mark off a tensor whose numbers from before a run were put back."""
    tensor.__dict__.pop(_MARK, None)


def _name_of(func: Callable[..., Any]) -> str:
    """Torch's name of a function, or of the property that it reads."""
    name = str(getattr(func, "__name__", ""))
    return str(getattr(getattr(func, "__self__", None), "__name__", name)) if name == "__get__" else name.strip("_")


def _writes_over(func: Callable[..., Any], name: str, args: tuple[Any, ...]) -> bool:
    """Whether nothing stays of what its first argument held."""
    if name == "setitem":
        whole = args[1]
        return whole is Ellipsis or (isinstance(whole, slice) and whole == slice(None))
    return getattr(func, "__name__", "") in {"copy_", "zero_", "fill_"}
