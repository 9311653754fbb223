from torch import nn

from explorer.activations.shadow import shadow


def test_a_shadow_twins_what_is_watched_and_what_trains():
    model = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Sequential(nn.BatchNorm2d(2)), nn.Dropout()).eval()
    model[3].train()
    twin = shadow(model, [model[1]])
    assert twin[0] is model[0]
    assert twin[1] is not model[1]
    assert twin[2] is model[2]
    holder = shadow(model, [model[2][0]])
    assert holder[2] is not model[2]
    assert holder[2][0] is not model[2][0]
    own = type("Own", (nn.Sequential,), {})(nn.ReLU()).eval()
    assert shadow(own, []) is not own
    assert shadow(own, [])[0] is own[0]
    assert twin[3] is not model[3]
    assert not twin[3].training
    assert all(other is not one for other, one in zip(shadow(model).modules(), model.modules(), strict=True))
    handle = twin[1].register_forward_hook(lambda *_: None)
    assert not any(module._forward_hooks for module in model.modules())
    handle.remove()
