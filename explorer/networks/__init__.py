"""Every network that can be looked into: found by name, loaded, told apart as trained or not.

    entries = listed(checkpoints=Path("checkpoints"))     # what there is, in groups; loads nothing
    network = load_network("torchvision/resnet18")        # pretrained if its weights can be had, else untrained
    network = load_own_weights("meesho", "mine.safetensors", classes="kurta, saree")
    network = load_class("shop.models:ShelfNet")          # a host's own class

    network     what the page gets: network, preprocessing, class names, a sentence
    listing     names, groups, and what is left out and why
    building    a named architecture with fresh weights, for any number of classes and channels
    pretrained  torchvision's weights: on disk, or downloaded
    own_weights a visitor's safetensors: checked before it is loaded
    catalogue   networks on the meta device, where shapes are all that is asked; stacks: a pasted stack as a network
    folding     the first convolution, and its filters on raw pixels
    loading     such a record by name, by file or by class

Untrained networks get batch-norm statistics from one pass over the example pictures (`batch_norm`), and fixed seeds:
the same network each time.
"""
