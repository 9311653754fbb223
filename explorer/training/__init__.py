"""`python -m explorer.training`: a network learns, from scratch or from another one's weights.

options     what a run can be told, and its command line
loss        softmax cross-entropy on sets of classes
optimiser   SGD or AdamW, rates by layer group, schedules
averaging   the moving average of the weights, which is what is saved
engine      one epoch; one evaluation
state       everything that a killed run needs to go on as if nothing had happened
run         a whole run, from options to checkpoint
"""
