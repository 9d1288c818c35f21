"""What ends a command early."""


class Fault(Exception):
    """Something that a person must put right; the message is one line."""


class Stopped(BaseException):
    """Ctrl-C or a polite kill; `status` is what the command exits with."""

    def __init__(self, number: int) -> None:
        self.status = 128 + number
