"""Pins, locks and the package's ranges say the same."""

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from explorer.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = {"requirements.lock": ["requirements.txt"], "requirements-dev.lock": ["requirements-dev.txt"]}
LOCKS["requirements-dev.lock"] += ["requirements.txt", "requirements-mcp.txt"]


def entries(file: str) -> list[tuple[Requirement, str]]:
    """The requirements of a file or a lock, each with the rest of its lines."""
    text = re.sub(r"(^|\s)#.*$", "", (ROOT / file).read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("-r ")]
    return [(Requirement(line.partition("--hash")[0]), line) for line in lines]


def versions(file: str) -> dict[str, set[str]]:
    """Name -> its pins: one, or one for each of several markers."""
    found: dict[str, set[str]] = {}
    for one, _ in entries(file):
        assert re.fullmatch(r"==[^,*]+", str(one.specifier)), one
        found.setdefault(canonicalize_name(one.name), set()).add(str(one.specifier).removeprefix("=="))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_the_pins_and_a_hash_for_everything(lock):
    locked = versions(lock)
    assert len(locked) > 40
    for file in LOCKS[lock]:
        for name, pinned in versions(file).items():
            assert locked[name] == pinned, f"{name} of {file}: run `make lock`"
    for one, line in entries(lock):
        assert re.fullmatch(r"[^#]*?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), one


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_install_from(lock):
    text = (ROOT / lock).read_text("utf-8")
    assert "make lock" in text
    for word in ("://", "index-url", "find-links", " @ ", "trusted-host"):
        assert word not in text


def test_the_locks_agree():
    ours, theirs = versions("requirements.lock"), versions("requirements-dev.lock")
    assert ours == {name: theirs.get(name) for name in ours}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_its_requirements_lead_to(lock):
    """Followed through the packages that are installed here, under the markers that hold here."""
    locked = versions(lock)
    waiting = [one for file in LOCKS[lock] for one, _ in entries(file)]
    followed: set[tuple[str, str]] = set()
    while waiting:
        one = waiting.pop()
        for extra in {"", *one.extras}:
            if (one.name, extra) in followed:
                continue
            followed.add((one.name, extra))
            assert canonicalize_name(one.name) in locked, f"{one}: run `make lock`"
            try:
                needs = [Requirement(text) for text in requires(one.name) or ()]
            except PackageNotFoundError:
                continue  # of another system
            waiting += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    assert len(followed) > 40


def test_the_package_admits_what_is_pinned_and_every_extra_is_tested():
    pinned = versions("requirements.txt") | versions("requirements-mcp.txt") | versions("requirements-dev.txt")
    needed = [Requirement(text) for text in PROJECT["dependencies"]]
    extras = PROJECT["optional-dependencies"]
    assert {"mcp", "postgres", "tensorboard"} <= set(extras)
    for one in [*needed, *(Requirement(text) for texts in extras.values() for text in texts)]:
        (version,) = pinned[canonicalize_name(one.name)]
        assert one.specifier.contains(version), one
        assert {clause.operator for clause in one.specifier} == {">=", "<"}, f"{one}: a range that was tried"
    names = {canonicalize_name(one.name) for one in needed}
    assert names == set(versions("requirements.txt")) - {"pandas"}  # gradio's, not ours


def test_the_newest_pair_of_torch_is_admitted():
    ranges = {one.name: one.specifier for one in map(Requirement, PROJECT["dependencies"])}
    for torch, torchvision in (("2.11.0", "0.26.0"), ("2.14.1", "0.29.1"), ("2.15.0", "0.29.2")):
        assert ranges["torch"].contains(torch)
        assert ranges["torchvision"].contains(torchvision)


def test_the_pythons_are_those_that_make_admits():
    python = SpecifierSet(PROJECT["requires-python"])
    assert [minor for minor in range(8, 20) if python.contains(f"3.{minor}.0")] == [11, 12, 13]
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in (ROOT / "Makefile").read_text("utf-8")


def test_the_scripts_checkers_are_pinned_and_locked_and_the_page_needs_none():
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert package["private"] is True
    assert package["type"] == "module"
    assert "dependencies" not in package
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert lock[""]["devDependencies"] == package["devDependencies"]
    assert {"eslint", "typescript"} <= set(package["devDependencies"])
    for name, version in package["devDependencies"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert lock[f"node_modules/{name}"]["version"] == version
    for name, entry in lock.items():
        assert "resolved" not in entry, f"{name}: an address of a registry"
        assert name == "" or entry["integrity"].startswith("sha512-"), name
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text("utf-8").splitlines()
