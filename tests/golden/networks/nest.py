"""Golden data: what networks of NEST 3.10's iaf_psc_delta and iaf_psc_exp do, spike by spike.

Make an environment and run it, from this directory:

    python3.11 -m venv venv
    venv/bin/pip install -r requirements-nest.txt
    venv/bin/python nest.py

It writes nest.npz and nest.json next to itself; README.md describes them.
"""

import sys
from pathlib import Path

import numpy as np

import cases
from cases import H, RECORDED_STEPS, STEPS, Recorded

# This file has the simulator's name. Without its folder in the path, `import nest`
# finds the simulator.
sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != cases.HERE]
import nest

PICO = 1000.0  # pA in nA
LEAD_OUT = 30.0  # ms


def parameters(case, population):
    """In mV, ms, pA and pF."""
    p = population.params
    status = dict(
        E_L=p["rest_v"],
        V_m=p.get("initial_v", p["rest_v"]),  # E_L alone leaves the membrane where it was
        V_th=p["thresh_v"],
        V_reset=p["reset_v"],
        t_ref=p["refrac_t"],
        tau_m=p["time_constant"],
        C_m=p["time_constant"] / np.asarray(p["resistance"]) * 1e3,
        I_e=PICO * population.current if population.current is not None else 0.0,
    )
    if population.synapses:
        status |= time_constants(case, population)
    each = lambda value: np.broadcast_to(value, population.size).tolist()
    return {key: each(value) for key, value in status.items()}


def time_constants(case, population):
    """NEST has one synapse for positive weights, and one for negative weights."""
    constants = {}
    for projection in case.projections:
        if projection.target == population.name:
            signs = set(np.sign(projection.units).tolist())
            assert len(signs) == 1
            key = "tau_syn_ex" if signs == {1} else "tau_syn_in"
            tau = population.synapses[projection.synapse]
            assert constants.setdefault(key, tau) is tau
    return constants


def create(case, name):
    """A generator for each neuron of an `input` population: a spike in step t is at (t + 1) h."""
    population = case.populations[name]
    if not population.is_input:
        model = "iaf_psc_exp" if population.synapses else "iaf_psc_delta"
        return nest.Create(model, population.size, params=parameters(case, population))
    steps, neurons = population.spikes.T
    times = [cases.milliseconds(steps[neurons == neuron] + 1).tolist() for neuron in range(population.size)]
    return nest.Create("spike_generator", population.size, params=[dict(spike_times=one) for one in times])


def connect(projection, nodes):
    ids = {name: np.array(collection.tolist()) for name, collection in nodes.items()}
    nest.Connect(
        ids[projection.source][projection.pre],
        ids[projection.target][projection.post],
        "one_to_one",
        dict(
            weight=projection.weights * (1.0 if projection.synapse == "delta" else PICO),
            delay=cases.milliseconds(projection.delays),
        ),
    )


def simulate(case):
    nest.ResetKernel()
    nest.resolution = H
    nodes = {name: create(case, name) for name in case.populations}
    for projection in case.projections:
        connect(projection, nodes)
    neurons = {name: nodes[name] for name, population in case.populations.items() if not population.is_input}
    recorders = {name: nest.Create("spike_recorder") for name in neurons}
    meters = {name: nest.Create("multimeter", params=dict(interval=H, record_from=["V_m"])) for name in case.recorded}
    for name, recorder in recorders.items():
        nest.Connect(neurons[name], recorder)
    for name, meter in meters.items():
        nest.Connect(meter, nodes[name][case.recorded[name]])
    # Devices deliver what they recorded a delay later.
    nest.Simulate(STEPS * H + LEAD_OUT)
    return Recorded(
        events={name: events(recorder, nodes[name]) for name, recorder in recorders.items()},
        voltage={name: membranes(meter, nodes[name][case.recorded[name]]) for name, meter in meters.items()},
    )


def events(recorder, nodes):
    """NEST gives a spike the time at which its step ends."""
    steps = np.rint(recorder.events["times"] / H).astype(np.int32) - 1
    neurons = (recorder.events["senders"] - nodes[0].global_id).astype(np.int32)
    sorted_by = np.lexsort((neurons, steps))
    found = np.stack([steps, neurons], axis=1)[sorted_by]
    return found[found[:, 0] < STEPS]


def membranes(meter, nodes):
    """The membrane after each step, one column for each neuron."""
    times, senders, values = (meter.events[key] for key in ("times", "senders", "V_m"))
    columns = []
    for node in nodes:
        mine = senders == node.global_id
        steps = np.rint(times[mine] / H).astype(int) - 1
        assert (steps == np.arange(len(steps))).all()
        columns.append(values[mine][:RECORDED_STEPS])
    return np.stack(columns, axis=1)


def main():
    nest.verbosity = nest.VerbosityLevel.ERROR
    assert nest.__version__ == "3.10.0", nest.__version__
    cases.generate("nest", cases.NEST, simulate)


if __name__ == "__main__":
    main()
