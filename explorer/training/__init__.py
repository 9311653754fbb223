"""`python -m explorer.training`: a network learns, from scratch or from another one's weights.

options       what a run can be told, and its command line
material      the sources listed, unified and decoded
balance       class weights, and the order in which pictures are drawn
mixing        MixUp and CutMix
loss          softmax cross-entropy on sets of classes; distillation
teacher       a larger network's answers to the training pictures
transfer      where the weights start, and which layers learn when
optimiser     SGD or AdamW, rates by layer group, schedules
repeatable    pooling whose gradient is the same again on a GPU
averaging     the moving average of the weights, which is what is saved
distributed   several processes, started by torchrun
learner       what learns, put together: network, optimiser, average, precision
depthwise     depthwise gradients that a CPU takes quicker in float32 than in bfloat16
engine        one epoch; one evaluation
scores        how good it is, by source
calibration   temperature, and the threshold for strange pictures
state         everything that a killed run needs to go on as if nothing had happened
charts        curves and gradient norms as PNG
records       log, file lists, model card, provenance
run           a whole run, from options to checkpoint
"""
