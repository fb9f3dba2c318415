"""The use cases: functions that take the ports they need by keyword."""

from ..documents.run import status
from .cancel import cancel
from .execute import Build, Workbench, execute
from .import_data import Import, import_data
from .presets import save_preset
from .prune import Pruned, prune
from .reconcile import Budget, Pass, reconcile
from .reproduce import reproduce
from .submit import Submission, submit
from .verify import Fault, Verification, verify

__all__ = [
    "Budget",
    "Build",
    "Fault",
    "Import",
    "Pass",
    "Pruned",
    "Submission",
    "Verification",
    "Workbench",
    "cancel",
    "execute",
    "import_data",
    "prune",
    "reconcile",
    "reproduce",
    "save_preset",
    "status",
    "submit",
    "verify",
]
