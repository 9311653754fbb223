"""The README stays true: every command in it is run, or its run on something tiny, or its dry run."""

import contextlib
import io
import re
import runpy
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.checkpoint import save
from explorer.image import open_upload
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing
from explorer.settings import ROOT
from tests.export.networks import named

README = (ROOT / "README.md").read_text("utf-8")
TINY_TRAINING = ["--epochs", "1", "--size", "32", "--batch-size", "8"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    lines = [line.split(" #")[0].strip() for block in blocks("bash") for line in block.splitlines()]
    return [line for line in lines if line]


def run(*arguments: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done.stdout


def run_module(module: str, *arguments: str) -> str:
    """What `python -m explorer.MODULE` prints, run in this process, which has torch already."""
    printed, said = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        patch.setattr(sys, "argv", ["", *arguments])
        patch.setattr(warnings, "filters", [("ignore", None, RuntimeWarning, None, 0)])  # that it is imported already
        with pytest.raises(SystemExit) as left:
            runpy.run_module(f"explorer.{module}", run_name="__main__", alter_sys=True)
    assert not left.value.code, f"{module} {' '.join(arguments)}: {printed.getvalue()[-1500:]}{said.getvalue()[-1500:]}"
    return printed.getvalue()


def make_target(command: str, _folder: Path) -> None:
    wanted = {"make run": "app.py", "make test": "pytest"}
    assert wanted[command] in run("make", "--dry-run", command.split()[1])


def virtual_environment(command: str, _folder: Path) -> None:
    run(sys.executable, "-m", "venv", "--help")
    assert command == "python -m venv .venv"


def install(command: str, _folder: Path) -> None:
    pins = (ROOT / "requirements.txt").read_text("utf-8")
    for requirement in re.findall(r"\S+==\S+", command):
        assert re.search(rf"^{re.escape(requirement)}\s", pins, re.MULTILINE), requirement
    for file in re.findall(r"-r (\S+)", command):
        assert (ROOT / file).is_file()


def install_the_package(command: str, _folder: Path) -> None:
    """What pip makes of it is what tests/test_package.py shows."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    (line,) = [line for block in blocks("bash") for line in block.splitlines() if line.startswith(command)]
    assert re.findall(r"\.\[(\w+)\]", line) == list(extras)


def run_tests(command: str, _folder: Path) -> None:
    assert command.endswith("-m pytest")
    run(sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/test_settings.py")


def run_sweep(command: str, _folder: Path) -> None:
    """The files that it names are those that hold sweeps, and `make sweep` runs them."""
    marked = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("tests/**/test_*.py")
        if "@pytest.mark.sweep" in path.read_text("utf-8")
    }
    marked.discard("tests/test_readme.py")
    assert marked
    assert set(command.split()[5:]) == marked
    assert "-m pytest -m sweep" in run("make", "--dry-run", "sweep")


def start(command: str, _folder: Path) -> None:
    """The flags are parsed; that the page is served is what the browser tests show."""
    program, *flags = command.partition("python ")[2].split() or ["app.py", *command.split()[1:]]
    run(sys.executable, program, *flags, "--help")


def training(command: str, folder: Path) -> None:
    flags = re.findall(r"(--\S+)(?: (?!--)(\S+))?", command.partition("explorer.training")[2])
    values = dict(flags)
    name, _, where = values["--data"].partition("=")
    if where:
        database, _, photographs = where.rpartition("#")
        make_folder(folder / photographs)
        values["--data"] = f"{name}={folder / where}"
        if database:
            run_module("data", "import", str(folder / database), str(folder / photographs))
            values["--data"] = f"{name}={folder / database}#{folder / photographs}"
    else:
        values["--data"] = "drawn=2"
    values["--out"] = str(folder / values["--out"])
    tiny = dict(zip(TINY_TRAINING[::2], TINY_TRAINING[1::2], strict=True))
    run_module("training", *[text for pair in (values | tiny).items() for text in pair if text])
    assert list(Path(values["--out"]).glob("*.safetensors"))


def make_folder(folder: Path, labels: tuple[str, ...] = ("red", "blue")) -> None:
    from PIL import Image

    for split in ("train", "validation"):
        for index, label in enumerate(labels):
            target = folder / split / label
            target.mkdir(parents=True)
            for number in range(4):
                Image.new("RGB", (20, 30), (200 - 180 * index, number * 20, 20 + 180 * index)).save(
                    target / f"{number}.jpg"
                )


def catalogue(command: str, folder: Path) -> None:
    verb, *rest = command.partition("explorer.data ")[2].split()
    make_folder(folder / "data/shop")
    places = [word if word.startswith("-") else str(folder / word) for word in rest]
    if verb != "import":
        run_module("data", "import", places[0], str(folder / "data/shop"))
    expected = {"import": "16 added", "split": "train    8", "audit": "red", "scan": "16 opened, 0 bad"}
    assert expected[verb] in run_module("data", verb, *places)


def evaluation(command: str, folder: Path) -> None:
    checkpoint, photographs = command.partition("explorer.evaluate")[2].split()
    make_folder(folder, ("shirts", "jeans"))
    assert photographs.endswith("/validation")
    assert '"top1_interval"' in run_module("evaluate", str(ROOT / checkpoint), str(folder / "validation"))


def classification(command: str, folder: Path) -> None:
    make_folder(folder, ("shirts",))
    photo = next(folder.rglob("*.jpg")).rename(folder / "photo.jpg")
    book = folder / "answers.xlsx"
    flags = command.partition("explorer.classify")[2].replace("photo.jpg", str(photo)).replace(book.name, str(book))
    answer = run_module("classify", *flags.split())
    assert book.read_bytes().startswith(b"PK") if book.name in command else "photo.jpg" in answer


def taking_along(command: str, folder: Path) -> None:
    """Of a small network, whose file stands in for the one that is named."""
    name, *flags = command.partition("explorer.export")[2].split()
    small = named("simple_gap", Preprocessing(size=33))
    assert (ROOT / f"checkpoints/{name}.safetensors").is_file()
    save(folder / "small.safetensors", small.model, small.card)
    target = folder / flags[flags.index("--out") + 1]
    flags[flags.index("--out") + 1] = str(target)
    printed = run(sys.executable, "-m", "explorer.export", str(folder / "small.safetensors"), *flags)
    assert "every label is torch's" in printed
    assert target.stat().st_size > 1000


CHECKS: list[tuple[str, Callable[[str, Path], None]]] = [
    (r"make (run|test)", make_target),
    (r"python -m venv .venv", virtual_environment),
    (r"\.venv/(bin|Scripts)/python -m pip install .*", install),
    (r"python -m pip install \.", install_the_package),
    (r"\.venv/Scripts/python -m pytest", run_tests),
    (r"python -m pytest -m sweep .*", run_sweep),
    (r"(\.venv/Scripts/)?python app\.py.*|cnn-explorer.*", start),
    (r"python -m explorer\.training .*", training),
    (r"python -m explorer\.data .*", catalogue),
    (r"python -m explorer\.evaluate .*", evaluation),
    (r"python -m explorer\.classify .*", classification),
    (r"python -m explorer\.export .*", taking_along),
]


def test_there_are_commands():
    assert len(commands()) >= 6


@pytest.mark.parametrize("command", commands())
def test_every_command_works(command, tmp_path):
    checks = [check for pattern, check in CHECKS if re.fullmatch(pattern, command)]
    assert len(checks) == 1, f"say in CHECKS how {command!r} is tested"
    checks[0](command, tmp_path)


@pytest.mark.browser
@pytest.mark.parametrize("code", blocks("python"))
def test_every_python_example_works(code, page_url, jpeg, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(jpeg.read_bytes())
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    if "explorer.show" in code:  # a page of its own
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", run(sys.executable, "-c", code, cwd=ROOT))
        return
    assert "http://127.0.0.1:7860" in code
    printed = run(sys.executable, "-c", code.replace("http://127.0.0.1:7860", page_url), cwd=tmp_path)
    best = Classifier.load(ROOT / "checkpoints" / "products.safetensors").top_k(open_upload(jpeg), 1)[0]
    assert best.label in printed
    if "/classify_many" in code:
        assert "1 could not be read;" in printed
        assert "answers.csv" in printed


@pytest.mark.browser
def test_the_shell_example_works(page_url, jpeg, tmp_path):
    (script,) = blocks("sh")
    (tmp_path / "photo.jpg").write_bytes(jpeg.read_bytes())
    printed = run("bash", "-c", script.replace("http://127.0.0.1:7860", page_url.rstrip("/")), cwd=tmp_path)
    assert "event: complete" in printed
    assert "probability" in printed


def test_pictures_and_links_exist():
    found = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert len(found) >= 6
    for link in found:
        assert (ROOT / link).exists(), link


def test_the_space_runs_the_pinned_gradio():
    front = README.split("---")[1]
    pinned = re.search(r"^gradio==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert pinned
    assert f"sdk_version: {pinned[1]}\n" in front
    assert "app_file: app.py\n" in front
    assert f"gradio[mcp]=={pinned[1]}\n" in (ROOT / "requirements-mcp.txt").read_text("utf-8")


def test_every_requirement_is_pinned_and_says_why():
    for file in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / file).read_text("utf-8").splitlines() if "==" in line]
        assert len(lines) > 4
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"\S+==\S+ +# .+", line), line
