"""Golden data: what networks of Brian2 2.9.0 do, spike by spike.

Make an environment and run it, from this directory:

    python3.11 -m venv venv
    venv/bin/pip install -r requirements-brian2.txt
    venv/bin/python brian2_network.py

It writes brian2.npz and brian2.json next to itself; README.md describes them.
"""

import brian2
import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, Synapses, ms

import cases
from cases import H, RECORDED_STEPS, STEPS, Recorded


def equations(population):
    """In mV, ms, nA and MOhm, without Brian2's units."""
    total = " + ".join(["current", *population.synapses])
    lines = [
        f"dv/dt = ((rest_v - v) + resistance * ({total})) / (time_constant * ms) : 1 (unless refractory)",
        "current : 1 (constant)",
    ]
    lines += [f"d{name}/dt = -{name} / ({tau} * ms) : 1" for name, tau in population.synapses.items()]
    return "\n".join(lines)


def create(case, name):
    population = case.populations[name]
    if population.is_input:
        steps, neurons = population.spikes.T
        return SpikeGeneratorGroup(population.size, neurons, cases.milliseconds(steps) * ms, name=name)
    group = NeuronGroup(
        population.size,
        equations(population),
        threshold="v >= thresh_v",
        reset="v = reset_v",
        refractory=population.params["refrac_t"] * ms,
        method="exact",
        namespace=population.params,
        name=name,
    )
    group.v = population.params.get("initial_v", population.params["rest_v"])
    group.current = 0.0 if population.current is None else population.current
    return group


def connect(case, projection, groups):
    """Brian2's delay is `delay_shift` steps shorter than glif's, and its weight lacks `weight_factor`."""
    variable = "v" if projection.synapse == "delta" else projection.synapse
    source, target = groups[projection.source], groups[projection.target]
    synapses = Synapses(source, target, "weight : 1", on_pre=f"{variable}_post += weight", name=projection.key)
    synapses.connect(i=projection.pre, j=projection.post)
    assert (synapses.i[:] == projection.pre).all() and (synapses.j[:] == projection.post).all()
    synapses.weight = projection.weights / case.extra["weight_factor"]
    synapses.delay = cases.milliseconds(projection.delays - case.extra["delay_shift"]) * ms
    synapses.pre.when = case.extra["when"]
    return synapses


def simulate(case):
    groups = {name: create(case, name) for name in case.populations}
    synapses = [connect(case, projection, groups) for projection in case.projections]
    neurons = [name for name, population in case.populations.items() if not population.is_input]
    monitors = {name: SpikeMonitor(groups[name]) for name in neurons}
    # A membrane is read after the resets, the last slot of a step.
    meters = {name: StateMonitor(groups[name], "v", record=which, when="end") for name, which in case.recorded.items()}
    Network(*groups.values(), *synapses, *monitors.values(), *meters.values()).run(STEPS * H * ms)
    return Recorded(
        events={name: events(monitor) for name, monitor in monitors.items()},
        voltage={name: np.ascontiguousarray(meter.v[:, :RECORDED_STEPS].T) for name, meter in meters.items()},
    )


def events(monitor):
    """Brian2 gives a spike the time at which its step begins."""
    found = np.stack([np.rint(monitor.t / ms / H), monitor.i], axis=1).astype(np.int32)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def main():
    assert brian2.__version__ == "2.9.0", brian2.__version__
    brian2.prefs.codegen.target = "numpy"
    brian2.defaultclock.dt = H * ms
    cases.generate("brian2", cases.BRIAN2, simulate)


if __name__ == "__main__":
    main()
