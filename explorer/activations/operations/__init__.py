"""What is known of each torch function, in one record an operation; everything else reads it.

record                 what a record says: arguments, receipt, receptive field, what-if, costs, words
registry, names        all records, by torch's name; torch's functions by that name
call                   what a receipt's rule is given and gives
intervals, windows     what the rules of fields are made of; which cells a window reads
windowed               what convolution and pooling have in common

By kind: activation_functions, arithmetic, attention, choosing, constants, convolution, moves, normalisation, pooling,
products, reductions, resizing, softmax. To add one, see CONTRIBUTING.md.
"""
