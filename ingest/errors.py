"""The one error a user sees when a file cannot be taken in."""


class IntakeError(Exception):
    """A file cannot be loaded at all; the message is one plain sentence that says what to do.

    It never holds a value from the file, and nothing of the file is left behind.
    """
