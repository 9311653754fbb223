"""A stack of layers as text, table and lesson: shapes, costs and receptive fields with no tensor in sight.

layers    the layers that are known, with their arguments as torch.nn spells them
parsing   text such as `nn.Sequential(nn.Conv2d(3, 32, 3), ...)` read with `ast`, never evaluated
walking   row by row: shape, parameters, multiply-adds, memory, receptive field; where it breaks, and ways out
shapes    what one layer makes of a shape, or why torch refuses it
lessons   ready-made stacks, each with what it teaches
writing   code and CSV

Networks with branches are traced by `explorer.summary`, which gives the same rows.
"""
