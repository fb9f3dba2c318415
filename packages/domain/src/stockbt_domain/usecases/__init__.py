"""The use cases: functions that take the ports they need by keyword."""

from ..documents.run import status
from .cancel import cancel
from .dispatch import Dispatch
from .execute import execute
from .import_data import Import, import_data
from .presets import save_preset
from .prune import Pruned, prune
from .reconcile import Budget, Pass, reconcile
from .reproduce import reproduce
from .submit import Submission, submit
from .verify import Fault, Verification, verify
from .workbench import Build, Workbench

__all__ = [
    "Budget",
    "Build",
    "Dispatch",
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
