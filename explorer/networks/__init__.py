"""Every network that can be looked into: found by name, loaded, told apart as trained or not.

    entries = listed(checkpoints=Path("checkpoints"))     # what there is, in groups; loads nothing
    network = load_network("torchvision/resnet18")        # pretrained if its weights can be had, else untrained
    network = load_own_weights("meesho", "mine.safetensors", classes="kurta, saree")
    network = load_code("shop.models:ShelfNet")           # a host's own class, function or instance
    network = load_folder("exports/shelf")                # as timm or transformers saves it

    network     what the page gets: network, preprocessing, class names, a sentence
    listing     names, groups, and what is left out and why
    building    a named architecture with fresh weights, for any number of classes and channels
    naming      what somebody calls a network, and what it is called here
    pretrained  torchvision's weights: on disk, or downloaded; hub: likewise those of the Hugging Face hub
    saved       config.json and model.safetensors, of a host's folder or sent by a visitor; what is peculiar to timm's
                and to transformers' networks in timm_networks and transformers_networks
    own_code    what a host wrote, and any model as it is; live: one that goes on changing in somebody's program
    own_weights a visitor's safetensors: checked before it is loaded
    catalogue   networks on the meta device, where shapes are all that is asked; stacks: a pasted stack as a network
    folding     the first convolution, and its filters on raw pixels; twin: a network made over for its answers alone
    loading     such a record by name or by file

Untrained networks get batch-norm statistics from one pass over the example pictures (`batch_norm`), and fixed seeds:
the same network each time.
"""
