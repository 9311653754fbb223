"""A network taught from a handful of photographs: the body of one that is there, and a head learnt on what it reads.

base     what a network's last linear layer reads of photographs
head     that layer, learnt: logistic regression
folds    which photographs are held out together, to judge what was learnt
trust    how far to trust it: accuracy with its interval, confusion, the hardest, what is nearly the same
bounds   how much a lesson may be
lesson   all of it: looks and class names in, a network with its card out
descent  the head learnt step by step, for those who want to watch
zipped   a zip of photographs, a folder a class
"""
