"""Every error that this project raises on purpose.

Knows nothing else. One root, so that a caller can catch all of them; the message is one line in the words of
packaging and says what to do where something can be done.
"""


class SbomError(Exception):
    """Root of all errors raised on purpose."""


class TargetError(SbomError):
    """A target cannot be read as a conda package. The other targets of a run are still done."""


class DamageError(TargetError):
    """An archive is damaged or cut short."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"damaged or truncated archive: {reason}; fetch it again, or build it again")


class LimitError(TargetError):
    """A target is larger, deeper or more compressed than a limit allows; limit is the name of the setting."""

    def __init__(self, reason: str, limit: str) -> None:
        super().__init__(f"{reason} (limit {limit}); `--limit {limit}=N` allows more")


class AbsentError(TargetError):
    """A web server has no such file."""


class UnreachableError(TargetError):
    """A web server does not answer at all."""


class PluginError(SbomError):
    """A plugin cannot be loaded, or two of them claim one name."""


class SettingsError(SbomError):
    """Settings from a file, the environment or an option do not make sense."""


class DocumentError(SbomError):
    """A document cannot be read, or does not satisfy its schema."""


class IndexFileError(DocumentError):
    """An index of documents cannot be read or built."""


class QueryError(SbomError):
    """What is looked for makes no sense."""


class AttachError(SbomError):
    """A finished document cannot be put where it was wanted."""


class KeyFileError(SbomError):
    """A file of a key cannot be read, or holds no key that can be used."""


class SigningError(AttachError):
    """A statement cannot be signed."""
