"""The four layers: imports point down only, and nothing happens at import."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "explorer"
LAYERS = (
    "errors settings remembering image arithmetic filters stack",
    "preprocessing models checkpoint activations receipts networks summary",
    "predict data teaching training classify evaluate export",
    "ui",
)
LAYER_OF = {part: layer for layer, parts in enumerate(LAYERS) for part in parts.split()}
HEAVY = {
    **dict.fromkeys(("torch", "torchvision", "safetensors", "timm", "transformers", "huggingface_hub"), 1),
    **dict.fromkeys(("onnx", "onnxruntime", "openvino"), 2),
    **dict.fromkeys(("gradio", "gradio_client", "spaces"), 3),
}


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports at run time, wherever in the file they stand."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_every_part_has_a_layer():
    parts = {part_of(path) for path in modules()}
    assert len(parts) > 8
    assert parts == set(LAYER_OF), f"give a layer to {sorted(parts ^ set(LAYER_OF))}"


def test_imports_point_down():
    for path in modules():
        layer = LAYER_OF[part_of(path)]
        for name in imported(path):
            top, _, rest = name.partition(".")
            if top == "explorer" and rest:
                assert LAYER_OF.get(rest.split(".")[0], 0) <= layer, f"{path.relative_to(ROOT)} imports {name}"
            assert HEAVY.get(top, 0) <= layer, f"{path.relative_to(ROOT)} must not need {top}"


def imports_among(names: dict[str, Path]) -> dict[str, set[str]]:
    """Module -> the modules of the package that it imports: late and type-only imports too."""
    found = {}
    for name, path in names.items():
        found[name] = {each if each in names else each.rpartition(".")[0] for each in imported(path)} & set(names) - {
            name
        }
    return found


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle of the graph, if it has any."""
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_circle_of_modules_or_rooms():
    """A module of a package may be imported by its `__init__`, which hands its names on; nothing else goes round."""
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in modules()
    }
    graph = imports_among(names)
    assert sum(map(len, graph.values())) > 300
    assert not circle(graph)
    rooms: dict[str, set[str]] = {}
    for name, others in graph.items():
        room = rooms.setdefault(name.split(".")[1], set())
        room |= {other.split(".")[1] for other in others} - {name.split(".")[1]}
    assert not circle(rooms)


def test_the_page_needs_neither_training_nor_data():
    for path in (PACKAGE / "ui").rglob("*.py"):
        assert not [name for name in imported(path) if name.startswith(("explorer.training", "explorer.data"))], path


def test_training_needs_no_page():
    code = "import sys, explorer.training.__main__; assert 'gradio' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_importing_the_package_loads_neither_torch_nor_gradio():
    code = "import sys, explorer; assert not {'torch', 'gradio', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_package_itself_imports_nothing_but_what_show_is():
    """`explorer.show` is the one name that reaches up: within a function, so that it costs nothing until it is used."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [one.name for one in functions] == ["__getattr__"]
    assert imported(PACKAGE / "__init__.py") == {"typing.TYPE_CHECKING", "typing.Any", "explorer.ui.show.show"}


def test_the_command_is_there_before_torch_and_gradio():
    code = "import sys, explorer.ui.__main__; assert not {'torch', 'gradio', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_page_is_built_without_torch():
    """Torch takes seconds to load, so it comes after the server listens."""
    code = "import sys, explorer.ui.page; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


HOOKED = {
    "activations/recording.py",
    "activations/tracer.py",
    "models/dimensions.py",
}  # a class checks itself


def test_hooks_are_registered_by_the_recorder_and_the_tracer_alone():
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
        and re.fullmatch(r"register_.*hook", node.attr if isinstance(node, ast.Attribute) else node.id)
    }
    assert found == HOOKED


def rooms() -> set[str]:
    """What a map has to name: every package, however deep, and every module at the top."""
    packages = {path.parent.relative_to(PACKAGE).as_posix() + "/" for path in PACKAGE.glob("*/**/__init__.py")}
    return packages | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}


def test_the_map_in_the_package_is_true():
    """The first two columns of the docstring: a layer at times, then names."""
    text = ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))) or ""
    rows = re.findall(r"^(?:[0-3] \w+ +| {12})([a-z_/]+(?: [a-z_/]+)*)(?:  .*)?$", text, re.MULTILINE)
    assert {name for row in rows for name in row.split()} == rooms()


def test_the_map_for_contributors_is_true():
    """The second column of the table; and every path that the page names in backquotes is there."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| [0-3] \w+ \| (.+?) \|", text, re.MULTILINE)
    assert len(rows) == len(LAYERS)
    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row)} == rooms()
    named = {name for name in re.findall(r"`([\w.]+/[\w./]*)`", text) if "NAME" not in name and "TAB" not in name}
    assert len(named) > 20
    for name in named:
        places = [base / name for base in (ROOT, PACKAGE, PACKAGE / "ui")]
        assert any(place.exists() or place.with_suffix(".py").exists() for place in places), name


ALLOWED_TWICE = {
    "field",
    "main",
    "publish",
    "windows",
}  # a like part of several


def test_one_name_is_one_thing():
    """No public class or function of two modules has the same name."""
    places: dict[str, set[str]] = {}
    for path in modules():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                places.setdefault(node.name, set()).add(path.relative_to(PACKAGE).as_posix())
    assert len(places) > 300
    assert not {name: where for name, where in places.items() if len(where) > 1 and name not in ALLOWED_TWICE}


def test_what_raises_says_so():
    """Every public function that raises an error of ours names it, in its own docstring or in its class's."""
    errors = {node.name for node in ast.parse((PACKAGE / "errors.py").read_text("utf-8")).body if hasattr(node, "name")}
    for path in modules():
        for owner, function in public_functions(ast.parse(path.read_text("utf-8"))):
            said = (ast.get_docstring(function) or "") + (ast.get_docstring(owner) or "" if owner else "")
            for name in raised(function) & errors:
                assert "Raises:" in said, (
                    f"{path.relative_to(ROOT)}: {function.name} does not say that it raises {name}"
                )


def public_functions(module: ast.Module) -> list[tuple[ast.ClassDef | None, ast.FunctionDef]]:
    """(class, function) of what others may call, and of a class's own construction."""
    classes: list[ast.ClassDef | None] = [
        None, *(node for node in module.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))
    ]  # fmt: skip
    return [
        (owner, node)
        for owner in classes
        for node in (owner or module).body
        if isinstance(node, ast.FunctionDef) and (node.name[0] != "_" or node.name in {"__init__", "__post_init__"})
    ]


def raised(function: ast.FunctionDef) -> set[str]:
    """Names of what a function raises by itself."""
    calls = [node.exc for node in ast.walk(function) if isinstance(node, ast.Raise)]
    return {call.func.id for call in calls if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)}


def test_no_pickle_and_no_catch_all_file_names():
    for path in modules():
        text = path.read_text("utf-8")
        assert "import pickle" not in text, path
        assert path.stem not in {"utils", "helpers", "core", "misc", "common"}, path
    assert len((ROOT / "app.py").read_text("utf-8").splitlines()) <= 40
