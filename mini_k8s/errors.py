"""What can go wrong? One class for each reason that Kubernetes gives.

Every message says what happened, with the values, and then what to do next. The names and codes are those of
Kubernetes' ``Status`` object (apimachinery, ``pkg/apis/meta/v1/types.go``, ``StatusReason``); reasons that nothing
here can cause yet are left out.
"""


class StatusError(Exception):
    """Something was refused or failed. ``reason`` and ``code`` are those of a Kubernetes ``Status``."""

    reason = "InternalError"
    code = 500


class BadRequest(StatusError):
    """The request makes no sense as it stands: a misspelt target, an unknown option."""

    reason, code = "BadRequest", 400


class Forbidden(StatusError):
    """Understood, and refused: the engine's socket is closed to this user, or the thing belongs to somebody else."""

    reason, code = "Forbidden", 403


class NotFound(StatusError):
    """There is no such thing (any more)."""

    reason, code = "NotFound", 404


class AlreadyExists(StatusError):
    """The name is taken by something else."""

    reason, code = "AlreadyExists", 409


class Conflict(StatusError):
    """It changed meanwhile, or somebody else holds it."""

    reason, code = "Conflict", 409


class Invalid(StatusError):
    """A value that breaks a rule: a name that is no name, a negative count."""

    reason, code = "Invalid", 422


class ServiceUnavailable(StatusError):
    """Nobody answers just now. Trying again later may help."""

    reason, code = "ServiceUnavailable", 503


class Timeout(StatusError):
    """No answer in time. What was asked for may have happened all the same: look again before repeating it."""

    reason, code = "Timeout", 504
