#!/usr/bin/env python3
"""Compares glif with NEST on the network of Brunel 2000 (`brunel_delta_nest` of NEST's examples), one thread each.

    cargo build --release -p glif-cli
    python3 -m venv target/compare && target/compare/bin/pip install 'nest-simulator==3.10.0' 'numpy<2'
    target/compare/bin/python tests/compare/network.py

Both simulate 12,500 `iaf_psc_delta` neurons with 15.6 million synapses and a Poisson drive, everything included. The
networks have the same parameters and their own random connections. Only the simulation is timed, after a warm-up. The
two take turns, and the best of several repetitions counts. The time of NEST is that of its thread on the processor; the
time of glif is what a clock on the wall shows, which is never less.
"""

import json
import os
import subprocess
import sys
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["PYNEST_QUIET"] = "1"

STEP, DELAY, WEIGHT, INHIBITION, RATE = 0.1, 1.5, 0.1, -5.0, 20_000.0
EXCITATORY, INHIBITORY = 10_000, 2_500
WARMING, MEASURED = 100.0, 100.0
REPETITIONS = 3
HERE = os.path.dirname(os.path.abspath(__file__))
GLIF = os.environ.get("GLIF", os.path.join(HERE, "..", "..", "target", "release", "glif"))


class Nest:
    def __init__(self):
        import nest as kernel

        self.kernel = kernel
        kernel.set_verbosity("M_ERROR")
        kernel.ResetKernel()
        kernel.SetKernelStatus({"resolution": STEP, "local_num_threads": 1})
        params = {"C_m": 1.0, "tau_m": 20.0, "t_ref": 2.0, "E_L": 0.0, "V_reset": 0.0, "V_m": 0.0, "V_th": 20.0}
        excitatory = kernel.Create("iaf_psc_delta", EXCITATORY, params=params)
        inhibitory = kernel.Create("iaf_psc_delta", INHIBITORY, params=params)
        drive = kernel.Create("poisson_generator", params={"rate": RATE})
        everyone = excitatory + inhibitory
        kernel.Connect(drive, everyone, syn_spec={"weight": WEIGHT, "delay": DELAY})
        for sources, times in ((excitatory, 1.0), (inhibitory, INHIBITION)):
            rule = {"rule": "fixed_indegree", "indegree": len(sources) // 10}
            kernel.Connect(sources, everyone, rule, {"weight": WEIGHT * times, "delay": DELAY})
        kernel.Simulate(WARMING)

    def measure(self):
        """Returns the processor time of a step and the number of its synaptic events."""
        start = time.process_time()
        self.kernel.Simulate(MEASURED)
        taken = time.process_time() - start
        spikes = self.kernel.GetKernelStatus("local_spike_counter")  # of the last call only
        steps = MEASURED / STEP
        return taken / steps * 1e9, spikes * (EXCITATORY + INHIBITORY) / 10 / steps


def glif(weights, scalar):
    command = [GLIF, "bench", "--network", "--json", "--repetitions", "3", "--weights", weights, "--scalar", scalar]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    print("building NEST's network", file=sys.stderr)
    nest = Nest()
    cases = [("one", "f64"), ("one", "f32"), ("i8", "f32"), ("i16", "f32"), ("float", "f32")]
    best, theirs = {}, []
    for repetition in range(REPETITIONS):
        theirs.append(nest.measure())
        for case in cases:
            timing = glif(*case)
            if case not in best or timing["ns_per_step"] < best[case]["ns_per_step"]:
                best[case] = timing
        print(f"repetition {repetition + 1} of {REPETITIONS}", file=sys.stderr)
    ns, events = min(theirs)
    print("| simulator | events a step | us a step | ns an event | of them delivery | NEST's time to this |")
    print("|---|---:|---:|---:|---:|---:|")
    print(f"| NEST 3.10 | {events:,.0f} | {ns / 1e3:,.0f} | {ns / events:.1f} | | |")
    for (weights, scalar), of in best.items():
        each, delivered = of["ns_per_event"], of["ns_per_event_delivered"]
        row = f"| glif, {scalar}, weights {weights} | {of['events_per_step']:,.0f} | {of['ns_per_step'] / 1e3:,.1f} "
        print(f"{row}| {each:.2f} | {delivered:.2f} | {ns / events / each:.0f} |")


if __name__ == "__main__":
    main()
