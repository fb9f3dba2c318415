"""One suite per port. An adapter's author subclasses it and gives one fixture:

    from stockbt_domain.testing.contracts import RunRepositoryContract

    class TestMyRuns(RunRepositoryContract):
        @pytest.fixture
        def runs(self):
            return MyRuns(...)

pytest rewrites the suites' asserts when `pytest.register_assert_rewrite("stockbt_domain.testing.contracts")`
comes before the import.
"""

from .clock import ClockContract
from .dataset_repository import DatasetRepositoryContract
from .engine import EngineContract
from .id_generator import IdGeneratorContract
from .job_launcher import JobLauncherContract
from .leader import LeaderContract
from .preset_repository import PresetRepositoryContract
from .run_repository import RunRepositoryContract

__all__ = [
    "ClockContract",
    "DatasetRepositoryContract",
    "EngineContract",
    "IdGeneratorContract",
    "JobLauncherContract",
    "LeaderContract",
    "PresetRepositoryContract",
    "RunRepositoryContract",
]
