"""How good a checkpoint is: `python -m explorer.evaluate CHECKPOINT FOLDER [--labels SET]`.

measures    shares with their intervals, calibration error, AUROC, from plain arrays
judging     a checkpoint against labelled photographs, and against strangers
matrix      the confusion matrix
records     what is written into the card: strangers, the test that is looked at once, the energy threshold
"""
