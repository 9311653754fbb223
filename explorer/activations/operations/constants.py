"""Constants: what is only made as large as another tensor, and what modules make of constants."""

from explorer.activations.operations.call import Call, Shares
from explorer.activations.operations.intervals import nothing
from explorer.activations.operations.record import LINEAR, Operation
from explorer.activations.units import Index


def _constant(call: Call, index: Index) -> Shares:
    value = call.number(call.node.index, index)
    return Shares("a constant", [], value, note="Made by the operation, not computed from the picture.")


_ARGUMENTS = {
    "new_ones": ("input", "*size"), "new_zeros": ("input", "*size"), "new_empty": ("input", "*size"),
    "new_full": ("input", "size", "fill_value"), "ones_like": ("input",), "zeros_like": ("input",),
    "empty_like": ("input",),
    "full_like": ("input", "fill_value"),
}  # fmt: skip
_BY_NAME = ("dtype", "layout", "device", "requires_grad", "memory_format", "pin_memory")

OPERATIONS = (
    *(
        Operation(
            name=name, arguments=arguments, by_name_alone=_BY_NAME, receipt=_constant, field=nothing, bend=LINEAR,
            constant=True,
        )
        for name, arguments in _ARGUMENTS.items()
    ),
    Operation(name="constant", receipt=_constant, field=nothing, bend=LINEAR, constant=True),  # a whole module's
)  # fmt: skip
