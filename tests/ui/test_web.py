"""The page's JavaScript, by its own unit tests in tests/web, with the Node that the browser test tool brings along."""

import re
import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

HERE = Path(__file__).parent / "web"


def test_every_script_test_passes():
    files = sorted(HERE.rglob("*.test.js"))
    assert files, "there are no JavaScript tests"
    node = compute_driver_executable()[0]
    result = subprocess.run(
        [node, "--test", *map(str, files)], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]
    passed = re.search(r"^(?:#|ℹ) pass (\d+)$", result.stdout, re.MULTILINE)
    assert passed, result.stdout[-1000:]
    assert int(passed[1]) >= len(files)
