"""Work in a fork ends with its work, and nothing of its parent is done in it."""

import subprocess
import sys
from pathlib import Path

#: Ctrl-C reaches the child before it has begun.
PROGRAM = """
import sys
from warehouse import fork

class Interrupted:
    def __init__(self, **_):
        raise KeyboardInterrupt

fork.threading.Thread = Interrupted
with open(sys.argv[1], "a") as seen:
    try:
        code = fork.Fork(lambda: 0).wait()
    except BaseException as error:
        seen.write(f"{type(error).__name__} came out of the child. ")
        raise
    seen.write(f"The child ended with {code}. ")
"""


def test_whatever_happens_in_a_child_it_never_goes_on_as_its_parent(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    subprocess.run([sys.executable, "-c", PROGRAM, str(seen)], check=True, timeout=60)
    assert seen.read_text() == "The child ended with 1. "
