"""Products of matrices: linear layers, and activations times weights or activations."""

import functools
from collections.abc import Sequence
from math import prod

import torch

from explorer.activations.nodes import Ref, mapped
from explorer.activations.operations.call import Call, NotCoveredError, Share, Shares
from explorer.activations.operations.intervals import Step, everything, over, union_of
from explorer.activations.operations.record import LINEAR, PRODUCT, Arguments, Operation, bends_with_two
from explorer.activations.units import Index


def _linear(call: Call, index: Index) -> Shares:
    """One share an input: value × weight."""
    source = call.ref()
    values = call.output(source)[index[:-1]].double().cpu()
    weights = call.weight()[index[-1]].double().cpu()
    table = zip((values * weights).tolist(), values.tolist(), weights.tolist(), strict=True)
    shares = [Share(source, (*index[:-1], place), *numbers) for place, numbers in enumerate(table)]
    bias, added = call.bias_share(index[-1:])
    return Shares("Σ value × weight + bias", shares + added, bias, note=call.note_of_weight())


def _linear_field(step: Step) -> torch.Tensor:
    """The whole row, and the weights of this output where they are computed from the picture."""
    parts = [] if step.of("input") is None else [over(step, [-1])]
    weight, bias = step.of("weight"), step.of("bias")
    parts += [] if weight is None else [weight.amax(dim=-1)]
    parts += [] if bias is None else [bias]
    return union_of(step, parts)


def _linear_mult_adds(call: Call) -> int:
    """One for each weight and row."""
    return prod(call.node.shape[:-1]) * prod(call.shape_of("weight"))


def in_one_operand(call: Call, index: Index, name: str, formula: str) -> Shares:
    """One share a number of one operand, value × weight: for whatever is linear in it, all others taken as numbers.

    The weights are those of torch itself: the operation is done again in float64, and its derivative is the weight.

    Raises:
        NotCoveredError: the operand does not come from the picture.
    """
    chosen = call.named.get(name)
    if isinstance(chosen, tuple):  # of several operands the last one that comes from the picture
        chosen = next((one for one in reversed(chosen) if isinstance(one, Ref)), None)
    if not isinstance(chosen, Ref) or call.node.function is None:
        raise NotCoveredError(f"its {name} does not come from the picture")
    operand = call.output(chosen.index).detach().double().cpu().requires_grad_()
    taken = [False]

    def fill(value: object) -> object:
        if value is chosen and not taken[0]:
            taken[0] = True
            return operand
        if isinstance(value, Ref):
            value = call.output(value.index)
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu()
            return value.double() if value.is_floating_point() else value
        return value

    with torch.inference_mode(mode=False), torch.enable_grad():
        args, kwargs = mapped((call.node.args, call.node.kwargs), fill)
        result = call.node.function(*args, **kwargs)
        number = (result if call.node.part is None else result[call.node.part])[index]
        (weights,) = torch.autograd.grad(number, operand)
    values, counts = operand.detach(), weights != 0
    found = zip(counts.nonzero().tolist(), values[counts].tolist(), weights[counts].tolist(), strict=True)
    shares = [Share(chosen.index, tuple(place), value * weight, value, weight) for place, value, weight in found]
    rest = float(number.detach()) - float((values * weights).sum())
    return Shares(formula, shares, rest if abs(rest) > 1e-12 * float((values * weights).abs().sum()) else 0.0)


def _product(call: Call, index: Index) -> Shares:
    """One share a number of the second operand that meets it, or of the first where only that is an activation."""
    both = [name for name in ("input", "other") if isinstance(call.named.get(name), Ref)]
    if not both:
        raise NotCoveredError("its operands were given in an unusual way")
    shares = in_one_operand(call, index, both[-1], "Σ value × weight")
    if len(both) > 1:
        shares.note = f"Its weights are activations too: numbers of {call.trace.nodes[call.ref('input')].key}."
    return shares


def _product_field(step: Step) -> torch.Tensor:
    """A row of the first operand and a column of the second."""
    return union_of(step, _row_and_column(step, "input", "other"))


def _row_and_column(step: Step, rows: str, columns: str) -> list[torch.Tensor]:
    """What each number of a product of matrices sees of each operand that comes from the picture."""
    parts = []
    for name, dimension in ((rows, -1), (columns, -2)):
        value = step.call.named.get(name)
        if isinstance(value, Ref):
            if len(step.call.shape_of(rows)) < 2 or len(step.call.shape_of(columns)) < 2:
                return [everything(step)]
            parts.append(step.known[value.index].amax(dim=dimension, keepdim=True))
    return parts


def _product_mult_adds(call: Call) -> int:
    """One for each output and number that meets another in it."""
    return prod(call.node.shape) * call.shape_of("input")[-1]


def _added_product(call: Call, index: Index, *, matrices: tuple[str, str]) -> Shares:
    """Input × beta + Σ one × other × alpha, of a product with one operand that comes from the picture."""
    refs = [name for name in ("input", *matrices) if isinstance(call.named.get(name), Ref)]
    if len(refs) != 1:
        raise NotCoveredError("several of its operands come from the picture")
    return in_one_operand(call, index, refs[0], "Σ value × weight + what is added")


def _added_field(step: Step, *, matrices: tuple[str, str]) -> torch.Tensor:
    added = step.call.named.get("input")
    return union_of(
        step, [*([step.known[added.index]] if isinstance(added, Ref) else []), *_row_and_column(step, *matrices)]
    )


def _einsum(call: Call, index: Index) -> Shares:
    """One share a number of the last operand that comes from the picture."""
    return in_one_operand(call, index, "operands", f"Σ of products, {call.get('equation')}")


def _einsum_field(step: Step) -> torch.Tensor:
    """Along each letter that the result has, the places stay; along all others they are taken together."""
    equation, operands = step.call.get("equation"), step.call.get("operands", ())
    given, arrow, result = str(equation).replace(" ", "").partition("->")
    letters = given.split(",")
    if not arrow or "." in given or any(len(set(one)) < len(one) for one in (*letters, result)):
        return everything(step)
    parts = []
    for names, operand in zip(letters, operands, strict=True):
        if not isinstance(operand, Ref):
            continue
        intervals = step.known[operand.index]
        gone = tuple(at for at, letter in enumerate(names, 1) if letter not in result)
        if gone:
            intervals = intervals.amax(dim=gone)
        kept = [letter for letter in names if letter in result]
        order = [kept.index(letter) + 1 for letter in result if letter in kept]
        intervals = intervals.permute(0, *order)
        for at, letter in enumerate(result, 1):
            if letter not in kept:
                intervals = intervals.unsqueeze(at)
        parts.append(intervals)
    return union_of(step, parts)


def _einsum_mult_adds(call: Call) -> int:
    """Of two operands: one for each output and number that meets another in it; nothing where none is summed over.

    Raises:
        NotCoveredError: other than two operands, or letters that it does not name.
    """
    operands = call.get("operands", ())
    given, arrow, result = str(call.get("equation")).replace(" ", "").partition("->")
    letters = given.split(",")
    if len(operands) != 2 or not arrow or "." in given:
        raise NotCoveredError("its products are not counted")
    shapes = [call.shape(one.index) if isinstance(one, Ref) else tuple(one.shape) for one in operands]
    sizes = dict(pair for names, shape in zip(letters, shapes, strict=True) for pair in zip(names, shape, strict=True))
    summed = set(letters[0]) & set(letters[1]) - set(result)
    return prod(sizes[letter] for letter in {*result, *summed}) if summed else 0


def _added_bend(_named: Arguments, moving: Sequence[str]) -> str:
    return LINEAR if sum(name != "input" for name in moving) < 2 else PRODUCT


def _added_mult_adds(call: Call, *, matrices: tuple[str, str]) -> int:
    """As of the product alone."""
    return prod(call.node.shape) * call.shape_of(matrices[0])[-1]


OPERATIONS = (
    Operation(
        name="linear", arguments=("input", "weight", "bias"), reads=("input", "weight", "bias"), receipt=_linear,
        field=_linear_field,
        bend=bends_with_two(), mult_adds=_linear_mult_adds,
    ),
    *(
        Operation(
            name=name, arguments=("input", "other"), reads=("input", "other"), receipt=_product, field=_product_field,
            bend=bends_with_two(), mult_adds=_product_mult_adds,
        )
        for name in ("matmul", "bmm", "mm")
    ),
    *(
        Operation(
            name=name, arguments=("input", *matrices), by_name_alone=("beta", "alpha"), reads=("input", *matrices),
            receipt=functools.partial(_added_product, matrices=matrices),
            field=functools.partial(_added_field, matrices=matrices), bend=_added_bend,
            mult_adds=functools.partial(_added_mult_adds, matrices=matrices),
        )
        for name, matrices in (("addmm", ("mat1", "mat2")), ("baddbmm", ("batch1", "batch2")))
    ),
    Operation(
        name="einsum", arguments=("equation", "*operands"), reads=("operands",), receipt=_einsum, field=_einsum_field,
        bend=bends_with_two(), mult_adds=_einsum_mult_adds,
    ),
)  # fmt: skip
