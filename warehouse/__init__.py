"""The console of the line: settings, ledger, build, audit, publish."""
