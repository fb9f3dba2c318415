"""Reproducibility: the same bytes on every processor, and only a deliberate change changes them."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from stockbt_domain.rules import RULES
from stockbt_engine_legacy import LegacyEngine, lock
from stockbt_reporting.metrics import measure

from .market import outcome_bytes, random_bars, terms_of

GOLDEN = Path(__file__).with_name("golden.json")
INSTRUMENTS = {
    "stock": {"bars": 2_500, "seed": 11},
    "penny stock": {"bars": 1_200, "seed": 12, "noise": 0.06, "drift": -0.001},
    "five minutes": {"bars": 40_000, "seed": 13, "noise": 0.003, "step": 300_000_000},
}


def golden_cases():
    """Yield each instrument and rule with the SHA-256 of its outcome and metrics."""
    for name, options in INSTRUMENTS.items():
        bars = random_bars(**options)
        for rule in RULES:
            terms = terms_of(rule.name, fee_rate=0.001, slippage_bps=5.0, direction="longshort")
            outcome = LegacyEngine().run(bars, terms)
            metrics = measure(bars, terms, outcome, timeframe="1d")
            said = outcome_bytes(outcome) + json.dumps(metrics).encode()
            yield f"{name}, {rule.name}", sha256(said).hexdigest()


def digests():
    """Return the SHA-256 of outcome and metrics by instrument and rule."""
    return dict(golden_cases())


def test_results_are_the_golden_ones():
    """Each instrument and rule has the outcome that was accepted (rewrite: run this file)."""
    assert json.loads(GOLDEN.read_text()) == digests()


@pytest.mark.parametrize(
    "processor",
    [
        {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"},
        {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_processor_without_wide_vectors_gives_the_same_bytes(processor):
    """Neither numpy's nor the C library's choice of instructions reaches the result."""
    if "NPY_DISABLE_CPU_FEATURES" in processor:
        processor = {"NPY_DISABLE_CPU_FEATURES": " ".join(optional_features())}
    command = [sys.executable, "-W", "ignore", "-m", "tests.engine_legacy.test_reproducible", "--print"]
    root = Path(__file__).parents[2]

    other = subprocess.run(
        command, cwd=root, env=os.environ | processor, capture_output=True, text=True, check=True
    )

    assert digests() == json.loads(other.stdout)


def optional_features():
    """Return the processor features that numpy uses here and can do without."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]


def test_a_second_run_gives_the_same_bytes():
    """The engine keeps nothing between runs."""
    engine, bars, terms = LegacyEngine(), random_bars(3_000), terms_of("MACD", fee_rate=0.001)

    assert outcome_bytes(engine.run(bars, terms)) == outcome_bytes(engine.run(bars, terms))


def test_inputs_are_not_changed():
    """The bars are as they were after a run."""
    bars = random_bars(3_000)
    before = [np.asarray(getattr(bars, name)).tobytes() for name in bars.__dataclass_fields__]

    for rule in RULES:
        LegacyEngine().run(bars, terms_of(rule.name))

    assert before == [np.asarray(getattr(bars, name)).tobytes() for name in bars.__dataclass_fields__]


def test_the_engine_s_source_is_the_locked_one():
    """A change of the engine is deliberate: `python -m stockbt_engine_legacy.lock --write`."""
    assert lock.differences() == []


def test_the_lock_notices_a_changed_a_new_and_a_missing_file(monkeypatch, tmp_path):
    """Each difference from the lock is named."""
    for name in ("same.py", "changed.py", "gone.py"):
        (tmp_path / name).write_text("before = 1\n")
    monkeypatch.setattr(lock, "PACKAGE", tmp_path)
    monkeypatch.setattr(lock, "LOCK", tmp_path / "engine.lock")
    lock.main(["--write"])
    assert lock.main([]) == 0

    (tmp_path / "changed.py").write_text("before = 2\n")
    (tmp_path / "gone.py").unlink()
    (tmp_path / "new.py").touch()

    assert lock.differences() == ["changed.py", "gone.py", "new.py"]
    assert lock.main([]) == 1


def test_the_engine_loads_nothing_but_numpy_and_the_standard_library():
    """No driver, no compiler and nothing of the platform comes with it."""
    code = (
        "import sys, numpy; before = set(sys.modules); import stockbt_engine_legacy;"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}"
        " - set(sys.stdlib_module_names)))"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert set(loaded.stdout.split()) - {"numpy"} == {"stockbt_engine_legacy"}


if __name__ == "__main__":
    text = json.dumps(digests(), indent=1) + "\n"
    if "--print" in sys.argv:
        print(text)
    else:
        GOLDEN.write_text(text)
