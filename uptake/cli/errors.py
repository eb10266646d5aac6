"""From an error to one sentence and an exit code."""

from __future__ import annotations

import errno

from uptake.settings.settings import SettingsError

FAILED = 1
WRONG_USAGE = 2


def explain(error: Exception) -> tuple[str, int]:
    """What to tell the user, and the exit code. An error we did not foresee is named as such."""
    if isinstance(error, SettingsError):
        return str(error), WRONG_USAGE
    from answers.questions import QuestionError
    from catalog import CatalogError
    from storage import StoreError
    from uptake.chart_process import CannotDraw
    from uptake.frameworks.source_names import AddError
    from uptake.imports.file_import import BusyImporting
    from uptake.scheduler.forecast_schedule import BusyForecasting
    from uptake.startup import CannotServe

    if isinstance(error, QuestionError | AddError):
        return str(error), WRONG_USAGE
    if isinstance(error, CatalogError | StoreError | CannotServe | CannotDraw | BusyForecasting | BusyImporting):
        return str(error), FAILED
    if isinstance(error, OSError):
        return _of_system(error), FAILED
    kind = type(error).__name__
    return f"an unexpected error occurred ({kind}: {error}); run it again as `uptake --debug ...` for details", FAILED


def _of_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"{where}the disk is full; make room and run it again (no partial file was left behind)"
    return f"{where}{error.strerror or error}"
