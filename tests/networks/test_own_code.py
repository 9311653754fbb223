"""A network that a host wrote: by class, function or instance, used as it is."""

import sys
import types
from collections import namedtuple

import pytest
import torch
from torch import nn

from explorer.errors import CheckpointError, ModelError
from explorer.networks.network import labels_of
from explorer.networks.own_code import as_it_is, load_code
from explorer.preprocessing import Preprocessing

OWN_CLASS = """
import torch
from torch import nn

class Fine(nn.Module):
    classes = ("light", "dark")
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)
    def forward(self, x):
        return self.head(self.norm(self.conv(x)).mean((2, 3)))

class Wrong(nn.Linear):
    def __init__(self):
        super().__init__(5, 2)

class Needs(nn.Module):
    def __init__(self, width):
        super().__init__()

class Maps(nn.Conv2d):
    def __init__(self):
        super().__init__(3, 2, 3)

class Several(nn.Linear):
    def __init__(self):
        super().__init__(224, 2)
    def forward(self, x):
        return {"aux": x, "out": super().forward(x)}

number = int

def made():
    return Fine()

MADE = Fine()

class Dense(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(3 * 32 * 32, 2))

class Labelled(Fine):
    classes = 3

class TooMany(Fine):
    classes = ("a", "b", "c")
"""


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    (tmp_path / "shop_networks.py").write_text(OWN_CLASS, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("shop_networks", None)


@pytest.mark.parametrize("name", ["Fine", "made", "MADE"])
def test_a_class_a_function_and_an_instance_are_taken_and_their_statistics_left_alone(name, own_module):
    loaded = load_code(f"shop_networks:{name}")
    assert loaded.name == f"shop_networks:{name}"
    assert loaded.classes == ("light", "dark")
    assert loaded.preprocessing.channels == 1
    assert int(loaded.model.norm.num_batches_tracked) == 0
    assert not loaded.model.norm.running_mean.any()
    assert loaded.trained
    assert not loaded.model.training
    assert f"shop_networks:{name}" in loaded.note


def test_an_instance_is_that_very_one(own_module):
    loaded = load_code("shop_networks:MADE")
    assert loaded.model is sys.modules["shop_networks"].MADE


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("shop_networks", "package.module:NAME"),
        ("shop_networks:None_", "cannot be loaded: AttributeError"),
        ("no_such_module:Net", "cannot be loaded: ModuleNotFoundError"),
        ("shop_networks:Needs", "cannot be loaded: TypeError"),
        ("shop_networks:number", "gives a int, no torch.nn.Module"),
        ("shop_networks:Wrong", "Wrong does not take pictures of 3 × 224 × 224"),
        ("shop_networks:Dense", r"3 × 224 × 224: .*attribute `preprocessing`, an explorer.preprocessing.Preprocessing"),
        ("shop_networks:Maps", r"Maps gives \(1, 2, 222, 222\) for one picture; logits of the shape"),
        ("shop_networks:Several", "Several gives dict with 'aux', 'out', and no 'logits', for one picture"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(spec, message, own_module):
    with pytest.raises(ModelError, match=message):
        load_code(spec)


def test_class_names_are_counted_and_a_number_is_none(own_module):
    assert load_code("shop_networks:Labelled").classes == ()
    with pytest.raises(CheckpointError, match="2 logits, but 3 class names"):
        load_code("shop_networks:TooMany")


def test_a_size_that_does_not_fit_is_not_asked_for_where_it_was_given():
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2)).eval()
    assert as_it_is(model, "dense", preprocessing=Preprocessing(size=32)).preprocessing.size == 32
    with pytest.raises(ModelError) as refused:
        as_it_is(model, "dense", preprocessing=Preprocessing(size=33))
    assert "`preprocessing`" not in str(refused.value)


class Holding(nn.Module):
    """A network whose logits lie in something."""

    def __init__(self, hold):
        super().__init__()
        self.conv, self.fc, self.hold = nn.Conv2d(3, 4, 3), nn.Linear(4, 5), hold

    def forward(self, x):
        features = self.conv(x).relu().mean((2, 3))
        return self.hold(features, self.fc(features))


Pair = namedtuple("Pair", "features logits")


class Record(dict):
    """As transformers' ModelOutput: a mapping whose entries are attributes too."""

    def __getattr__(self, name):
        return self[name]


@pytest.mark.parametrize(
    "hold",
    [
        lambda features, logits: Record(features=features, logits=logits),
        lambda features, logits: {"features": features, "logits": logits},
        Pair,
        lambda features, logits: (logits, features),
        lambda features, logits: type("Output", (), {"features": features, "logits": logits})(),
    ],
)
def test_logits_are_understood_in_whatever_they_are_given(hold):
    from explorer.activations.tracer import record_trace
    from explorer.predict import Classifier
    from explorer.predict.explain import exact_sum, grad_cam, hidden_logits

    torch.manual_seed(0)
    model = Holding(hold).eval()
    plain = Holding(lambda _features, logits: logits).eval()
    plain.load_state_dict(model.state_dict())
    network = as_it_is(model, "holding", preprocessing=Preprocessing(size=24))
    classifier = Classifier.of(network)
    picture = torch.randint(0, 256, (37, 29, 3), dtype=torch.uint8).numpy()
    batch = network.preprocessing(picture)
    right = plain(batch).detach()[0]
    assert len(classifier.classes) == 5
    assert torch.equal(classifier.logits(picture), right)
    trace = record_trace(model, batch)
    assert torch.equal(trace.tensor(trace.output)[0], right)
    assert (grad_cam(model, batch, "conv", 3) == grad_cam(plain, batch, "conv", 3)).all()
    assert exact_sum(model, batch, 3).terms == exact_sum(plain, batch, 3).terms
    hidden = hidden_logits(classifier, batch, 8, 8, 0)
    assert torch.equal(
        hidden,
        hidden_logits(Classifier.of(as_it_is(plain, "plain", preprocessing=network.preprocessing)), batch, 8, 8, 0),
    )


def test_names_of_a_configuration():
    assert labels_of({0: "cat", 1: "dog"}) == ("cat", "dog")
    assert labels_of({"1": "dog", "0": "cat"}) == ("cat", "dog")
    assert labels_of({0: "LABEL_0", 1: "LABEL_1"}) == ()
    assert labels_of({0: "cat", 2: "dog"}) == ()
    assert labels_of(["cat"]) == ()


def test_an_exported_network_is_refused_in_a_sentence(monkeypatch):
    """Its `eval()` alone would raise an error of torch's, and so would calling the program."""
    program = torch.export.export(nn.Sequential(nn.Conv2d(3, 4, 3)).eval(), (torch.zeros(1, 3, 9, 9),))
    monkeypatch.setitem(sys.modules, "hosts_own", types.SimpleNamespace(network=program.module(), program=program))
    for name in ("network", "program"):
        with pytest.raises(ModelError, match=r"exported by torch\.export.*give the network that it was exported from"):
            load_code(f"hosts_own:{name}")


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            Holding(lambda _features, logits: logits).half(),
            r"weights are torch\.float16, and pictures float32: give model",
        ),
        (Holding(lambda _features, logits: torch.complex(logits, logits)), r"gives torch\.complex64.*real numbers"),
        (Holding(lambda _features, logits: logits > 0), r"gives torch\.bool.*real numbers"),
        (Holding(lambda _features, logits: logits[:, :0]), r"gives \(1, 0\)"),
        (Holding(lambda _features, logits: {"out": logits}), "gives dict with 'out', and no 'logits'"),
    ],
)
def test_what_is_no_row_of_real_numbers_gets_a_sentence(model, sentence):
    with pytest.raises(ModelError, match=sentence):
        as_it_is(model.eval(), "holding", preprocessing=Preprocessing(size=24))
