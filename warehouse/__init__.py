"""The console of the line: settings, the ``waymart`` command, build, audit, publish."""
