"""A stack of layers as text, table and lesson: shapes, costs and receptive fields with no tensor in sight.

layers    the layers that are known, with their arguments as torch.nn spells them
parsing   text such as `nn.Sequential(nn.Conv2d(3, 32, 3), ...)` read with `ast`, never evaluated
walking   row by row: shape, parameters, multiply-adds, memory, receptive field; where it breaks, and ways out
shapes    what one layer makes of a shape, or why torch refuses it
lessons   ready-made stacks, each with what it teaches
writing   code and CSV

Networks with branches are traced by `explorer.tracing`, which gives the same rows.
"""

from explorer.stack.layers import Layer
from explorer.stack.lessons import LESSONS, Lesson
from explorer.stack.parsing import parse_stack
from explorer.stack.walking import Fix, Row, totals, walk
from explorer.stack.writing import to_code, to_csv

__all__ = ["LESSONS", "Fix", "Layer", "Lesson", "Row", "parse_stack", "to_code", "to_csv", "totals", "walk"]
