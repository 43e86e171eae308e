#!/usr/bin/env python3
"""Compares glif with Inferno, Brian2, NEST and snnTorch: nanoseconds per neuron per step, one thread each, in one run.

    cargo build --release -p glif-cli
    python3 -m venv target/compare && target/compare/bin/pip install -r tests/compare/requirements.txt
    target/compare/bin/python tests/compare/compare.py > docs/compare.md

Every simulator steps the same leaky integrate-and-fire population under constant currents from 0 to 30 nA, with a third
of the neurons silent. Only the loop over steps is timed, after a warm-up run; the best of several repetitions
counts. Inferno is also measured for ALIF and GLIF2 with two threshold components. A simulator that is not installed is
left out, and the output names it.
"""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

# Set before any simulator starts its threads.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["PYNEST_QUIET"] = "1"

import numpy as np

SIZES = (100, 10_240, 1_024_000, 10_240_000)
#: Neuron-steps of one measurement, and the limits of its number of steps.
WORK, LEAST, MOST = 20_000_000, 3, 2000
#: Repetitions of a measurement, of which the best counts.
REPETITIONS = 3
STEP, REST, RESET, THRESHOLD, REFRACTORY, TAU = 1.0, -60.0, -65.0, -50.0, 3.0, 20.0
HERE = os.path.dirname(os.path.abspath(__file__))
GLIF = os.path.join(HERE, "..", "..", "target", "release", "glif")


def currents(size):
    """Returns currents, nA, in an order that a branch predictor cannot guess."""
    return (np.arange(size, dtype=np.int64) * 37 % 30).astype(np.float32)


def steps_for(size):
    return max(LEAST, min(MOST, WORK // size))


def best(run, size):
    """Returns the time per neuron per step, ns."""
    steps = steps_for(size)
    run(min(steps, 10))
    times = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        run(steps)
        times.append(time.perf_counter() - start)
    return min(times) / steps / size * 1e9


def glif(model, size, threads=1):
    command = [GLIF, "bench", "--json", "--model", model, "--size", str(size), "--threads", str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["ns_per_neuron_step"]


def inferno(model, size):
    import torch
    from inferno import neural

    torch.set_num_threads(1)
    common = dict(rest_v=REST, refrac_t=REFRACTORY, batch_size=1, resistance=1.0)
    adaptive = dict(thresh_eq_v=THRESHOLD, tc_membrane=TAU, spike_increment=(0.5, 0.5))
    if model == "lif":
        neuron = neural.LIF(size, STEP, reset_v=RESET, thresh_v=THRESHOLD, time_constant=TAU, **common)
    elif model == "alif":
        neuron = neural.ALIF(size, STEP, reset_v=RESET, tc_adaptation=(100.0, 300.0), **adaptive, **common)
    else:
        neuron = neural.GLIF2(
            size, STEP, reset_v_add=10.0, reset_v_mul=0.5, rc_adaptation=(0.01, 0.003), **adaptive, **common
        )
    held = torch.from_numpy(currents(size)).unsqueeze(0)

    def run(steps):
        with torch.no_grad():
            for _ in range(steps):
                neuron(held)

    return best(run, size)


def snntorch(model, size):
    import snntorch
    import torch

    torch.set_num_threads(1)
    neuron = snntorch.Leaky(beta=float(np.exp(-STEP / TAU)), threshold=THRESHOLD - REST, reset_mechanism="zero")
    held = torch.from_numpy(currents(size) * (1 - np.exp(-STEP / TAU)).astype(np.float32))

    def run(steps):
        membrane = neuron.init_leaky()
        with torch.no_grad():
            for _ in range(steps):
                _, membrane = neuron(held, membrane)

    return best(run, size)


def nest(model, size):
    if size > 2_000_000:
        raise MemoryError("NEST takes a kilobyte per neuron")
    import nest as kernel

    kernel.set_verbosity("M_ERROR")
    kernel.ResetKernel()
    kernel.SetKernelStatus({"resolution": STEP, "local_num_threads": 1})
    # tau/C is the resistance: 1 MOhm at 20 ms is 20 nF, and 1 nA is 1000 pA.
    neurons = kernel.Create(
        "iaf_psc_delta",
        size,
        params={"E_L": REST, "V_reset": RESET, "V_th": THRESHOLD, "t_ref": REFRACTORY, "tau_m": TAU, "C_m": TAU * 1000},
    )
    neurons.set({"I_e": currents(size).astype(float) * 1000, "V_m": REST})
    return best(lambda steps: kernel.Simulate(steps * STEP), size)


def brian2(model, size):
    import brian2 as b

    b.prefs.codegen.cpp.extra_compile_args_gcc = ["-O3", "-march=native", "-ffast-math", "-std=c++17"]
    times = []
    # The program is compiled for a fixed number of steps. The difference of two runs is the time of the steps between.
    few, many = 3, 3 + steps_for(size)
    for steps in (few, many):
        b.set_device("cpp_standalone", build_on_run=False)
        b.device.reinit()
        b.device.activate(build_on_run=False)
        b.start_scope()
        b.defaultclock.dt = STEP * b.ms
        group = b.NeuronGroup(
            size,
            "dv/dt = (-60*mV - v + drive*mV) / (20*ms) : volt (unless refractory)\ndrive : 1 (constant)",
            threshold="v >= -50*mV",
            reset="v = -65*mV",
            refractory=REFRACTORY * b.ms,
            method="exact",
        )
        group.v = REST * b.mV
        group.drive = currents(size)
        b.run(steps * STEP * b.ms)
        with tempfile.TemporaryDirectory() as folder:
            b.device.build(directory=folder, compile=True, run=False)
            runs = []
            for _ in range(REPETITIONS):
                b.device.run(folder, with_output=False, run_args=[])
                runs.append(b.device._last_run_time)
        times.append(min(runs))
    return (times[1] - times[0]) / (many - few) / size * 1e9


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def processor():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())


def main():
    print("# Speed compared with other simulators\n")
    print("Generated by `tests/compare/compare.py`, which describes the method.\n")
    print(f"{processor()}, one thread each, float32 (NEST and Brian2: float64), Python {platform.python_version()}.")
    print("Times are in nanoseconds per neuron per step. Parentheses give the ratio to glif's time in the same run.")
    print("NEST and Brian2 also deliver spikes and keep track of simulated time. snnTorch has no refractory period.\n")
    print(f"| model | simulator | {' | '.join(f'{size:,} neurons' for size in SIZES)} |")
    print("|---|---" + "|---:" * len(SIZES) + "|")
    peers = [
        ("lif", "Inferno", "inferno-ai", inferno),
        ("lif", "Brian2, C++ standalone", "brian2", brian2),
        ("lif", "NEST", "nest-simulator", nest),
        ("lif", "snnTorch", "snntorch", snntorch),
        ("alif", "Inferno", "inferno-ai", inferno),
        ("glif2", "Inferno", "inferno-ai", inferno),
    ]
    ours, absent = {}, []
    for model, name, package, measure in peers:
        if version(package) is None:
            absent.append(name)
            continue
        cells = []
        for size in SIZES:
            print(f"{model} {name} {size}", file=sys.stderr)
            ours[model, size] = min(ours.get((model, size), float("inf")), glif(model, size))
            try:
                theirs = measure(model, size)
            except (MemoryError, RuntimeError) as error:
                print(error, file=sys.stderr)
                cells.append("not run")
                continue
            cells.append(f"{theirs:.3g} ({theirs / ours[model, size]:.0f})")
        print(f"| {model} | {name} {version(package)} | {' | '.join(cells)} |", flush=True)
    for model in dict.fromkeys(model for model, *_ in peers):
        if all((model, size) in ours for size in SIZES):
            print(f"| {model} | **glif** | {' | '.join(f'{ours[model, size]:.3g}' for size in SIZES)} |")
    if absent:
        print(f"\nNot installed, so not measured: {', '.join(absent)}.")


if __name__ == "__main__":
    # Some simulators leave files in the working directory.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
        os.chdir(HERE)
