"""A server that is told to stop ends by itself and leaves no file."""

import os
import signal
import subprocess
import sys

from explorer.settings import ROOT


def test_sigterm_ends_it_with_status_0_and_an_empty_folder(tmp_path):
    command = [sys.executable, "-u", "app.py", "--port", "0"]
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            for line in server.stdout:
                if "Running on local URL" in line:
                    break
            (folder,) = (path for path in tmp_path.glob("cnn-explorer-*") if path.is_dir())
            (folder / "photograph.png").write_bytes(b"somebody's")
            server.send_signal(signal.SIGTERM)
            server.communicate()
        finally:
            server.kill()
    assert server.returncode == 0
    assert list(tmp_path.glob("cnn-explorer-*")) == []
