"""Runs dbt in a process of its own that does not outlive the command that started it.

``python -m warehouse.dbt_child ARGUMENTS OF DBT…``, with standard input a pipe that the parent holds open.
When the parent dies, however it dies, the pipe closes and this process kills itself: a build without
its command would go on writing and hold the warehouse.
"""

import json
import os
import signal
import sys
import threading
from typing import Any

from warehouse.dbt_run import is_heard


def invoke(manifest: Any, arguments: list[str]) -> Any:
    """Run dbt in this process; return its result. What ``dbt_run.listen`` reads goes to standard output.

    dbt's own JSON log makes each event's line before it looks at the level: a fifteenth of a small build.
    """
    from dbt.cli.main import dbtRunner  # takes seconds to import
    from dbt_common.events.functions import msg_to_dict

    def tell(event: Any) -> None:
        if is_heard(event.info.name, event.data.DESCRIPTOR.fields_by_name):
            # One write, since dbt works in threads, and print writes the end of the line by itself.
            sys.stdout.write(json.dumps(msg_to_dict(event)) + "\n")
            sys.stdout.flush()

    result = dbtRunner(manifest=manifest, callbacks=[tell]).invoke(arguments)
    if result.exception is not None:
        print(result.exception, flush=True)
    return result


def _die_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run dbt with this process's arguments; exits with 0 if it succeeded."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    sys.exit(0 if invoke(None, sys.argv[1:]).success else 1)


if __name__ == "__main__":
    main()
