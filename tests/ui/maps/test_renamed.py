"""A name that means another network now: old links and calls are told where the one they mean is."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.errors import ModelError
from explorer.networks.loading import load_network
from explorer.ui.maps.recording import FORMER, record_network


@pytest.mark.parametrize("name", ["products", "meesho"])
def test_an_old_layer_of_a_renamed_network_says_where_it_is(name):
    network = replace(load_network("meesho"), name=name)
    recording = record_network(network, np.zeros((90, 80, 3), np.uint8))
    with pytest.raises(ModelError, match=r"no layer 'stage3.1.relu2'") as caught:
        recording.node("stage3.1.relu2")
    assert ("What was called products before is compact now." in str(caught.value)) == (name in FORMER)
