"""What can be wrong with a request for a reel."""


class ReelError(Exception):
    """The films or options do not make a reel; the message says why."""
