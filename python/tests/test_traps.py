"""Processes of an interpreter: isolated models, Ctrl+C, light imports."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import hardcase as hc


def python(code, **options):
    """Starts an interpreter with this program."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_an_isolated_model_runs_in_this_package(lights, crop):
    file = lights / "models" / "traffic_light_state.onnx"
    apart = hc.Model(file, "embedded:isolated")
    assert apart.predict(crop) == hc.Model(file).predict(crop)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if children.exists():
        lines = [Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0") for child in children.read_text().split()]
        assert any(line[1:4] == [b"-m", b"hardcase", b"run-model"] for line in lines)


def interrupted(process, ready):
    """Waits for a line, sends Ctrl+C, and returns the output and the seconds until the end."""
    assert process.stdout.readline().strip() == ready
    time.sleep(0.5)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return out, err, time.monotonic() - begun


def test_ctrl_c_ends_the_console_script_at_once(lights, tmp_path):
    # More frames than a second has time for.
    args = ["sweep", str(lights), "--stack", "all", "--plan", "one-at-a-time", "--levels", "400", "-o", str(tmp_path / "s.parquet")]
    code = f"""
        import sys, threading, time
        sys.argv = ["hardcase", *{args!r}]
        threading.Timer(0.5, lambda: print("ready", flush=True)).start()
        from hardcase.__main__ import main
        main()
    """
    process = python(code)
    _, _, took = interrupted(process, "ready")
    assert process.returncode == -signal.SIGINT and took < 5


def test_ctrl_c_in_a_sweep_is_a_keyboard_interrupt(lights):
    process = python(f"""
        import hardcase as hc
        print("ready", flush=True)
        try:
            hc.sweep({str(lights)!r}, hc.Model({str(lights / "models" / "traffic_light_state.onnx")!r}), "all", plan="one-at-a-time", steps=400)
        except KeyboardInterrupt:
            print("interrupted")
    """)
    out, err, took = interrupted(process, "ready")
    assert out.strip() == "interrupted", err
    assert took < 15


def test_ctrl_c_while_a_callable_hangs():
    process = python("""
        import time, numpy, hardcase as hc
        def hangs(batch):
            print("ready", flush=True)
            time.sleep(3600)
        model = hc.Model(hangs, task="embedding", input=(8, 8))
        try:
            model.predict(numpy.zeros((8, 8, 3), "uint8"))
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """)
    out, err, took = interrupted(process, "ready")
    assert out.strip() == "interrupted", err
    assert took < 5


def test_importing_is_light():
    code = """
        import sys, time
        begun = time.perf_counter()
        import hardcase
        took = time.perf_counter() - begun
        heavy = [name for name in ("numpy", "pyarrow", "torch", "pandas", "pytest") if name in sys.modules]
        print(heavy)
        import hardcase_pytest
        print([name for name in ("numpy", "pyarrow", "torch", "pandas") if name in sys.modules])
    """
    out, err = python(code).communicate(timeout=60)
    assert out.split("\n")[:2] == ["[]", "[]"], out + err


def test_the_console_script_is_the_command_line(run_cli):
    done = run_cli("--version")
    assert done.returncode == 0 and done.stdout.split() == ["hardcase", hc.__version__]
    window = run_cli()
    assert window.returncode == 2 and "no window" in window.stderr
    assert run_cli("info", "nowhere.mcap").returncode == 3
    script = Path(sys.executable).with_name("hardcase")
    assert script.exists() and subprocess.run([script, "--version"], capture_output=True, check=True).stdout == done.stdout.encode()


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked elsewhere only")
def test_stacks_go_to_worker_processes(image):
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.map(hc.Stack("fog:0.4", seed=7), [image, image])
    assert (first == second).all() and (first == hc.Stack("fog:0.4", seed=7)(image)).all()
