"""What may go wrong at the console, each said in one plain sentence with what to do."""


class WaymartError(Exception):
    """A condition that the person at the console can change; its text is one sentence for them."""


class WarehouseLockedError(WaymartError):
    """Another process holds the warehouse file."""
