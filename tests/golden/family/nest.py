"""Golden data: what NEST 3.10's glif_psc does, step by step.

Make an environment and run it, from this directory:

    python -m venv venv
    venv/bin/pip install -r requirements-nest.txt
    venv/bin/python nest.py

It writes nest.npz and nest.json next to itself; README.md describes them.
"""

import sys
from pathlib import Path

import numpy as np

import cases
from cases import EVERY, Recorded

# This file has the simulator's name. Without its folder in the path, `import nest`
# finds the simulator.
sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != cases.HERE]
import nest

DELAY = 1.0  # ms, of the connection from the generator
MICROSECONDS = 1000  # NEST's tics in a millisecond


def parameters(case):
    """In mV, ms, pA, pF and nS."""
    p, linear, currents = case.params, case.linear, case.has_currents
    conductance = 1e3 / p["resistance"]
    status = dict(
        E_L=p["rest_v"],
        V_m=p["rest_v"],  # E_L alone leaves the membrane where it was
        V_th=case.threshold,
        V_reset=p.get("reset_v", p["rest_v"]),
        t_ref=p["refrac_t"],
        g=conductance,
        C_m=case.tau * conductance,
        spike_dependent_threshold=linear,
        after_spike_currents=currents,
        adapting_threshold=case.level == 5,
    )
    if linear:
        status |= dict(
            voltage_reset_fraction=p["reset_v_mul"],
            voltage_reset_add=-p["reset_v_add"],
            th_spike_add=p["spike_increment"],
            th_spike_decay=p["rc_adaptation"],
        )
    if currents:
        zeros = [0.0] * len(p["asc_amplitude"])
        status |= dict(
            asc_init=zeros,
            ASCurrents=zeros,  # asc_init alone leaves two of them, however many there are
            asc_amps=[1e3 * amplitude for amplitude in p["asc_amplitude"]],
            asc_decay=p["rc_asc"],
            asc_r=p["asc_retain"],
        )
    if case.level == 5:
        status |= dict(th_voltage_index=p["thresh_voltage_gain"], th_voltage_decay=p["rc_thresh_voltage"])
    return status


def generator(case):
    """A current generator that holds case.current[j] from (j + 1) h on."""
    h = case.params["step_time"]
    changes = np.flatnonzero(np.diff(case.current, prepend=0.0))
    times = [round((int(j) + 1) * h, 6) for j in changes]
    values = [1e3 * float(case.current[j]) for j in changes]
    return nest.Create("step_current_generator", params=dict(amplitude_times=times, amplitude_values=values))


def recordables(case):
    names = ["V_m", "I", "threshold"]
    names += ["ASCurrents_sum"] if case.has_currents else []
    names += ["threshold_spike"] if case.linear else []
    return names + (["threshold_voltage"] if case.level == 5 else [])


def simulate(case):
    h = case.params["step_time"]
    nest.ResetKernel()
    nest.resolution = h
    neuron = nest.Create("glif_psc", params=parameters(case))
    source = generator(case)
    meter = nest.Create("multimeter", params=dict(interval=h, record_from=recordables(case)))
    recorder = nest.Create("spike_recorder")
    nest.Connect(source, neuron, syn_spec=dict(delay=DELAY))
    nest.Connect(meter, neuron)
    nest.Connect(neuron, recorder)

    # The steps before the current arrives: the delay, and one of the neuron.
    lead = round(DELAY / h) + 1
    after_spike = run(case, neuron, lead)
    nest.Simulate(4 * DELAY)  # devices deliver what they recorded a delay later

    last = lead + case.steps
    events = meter.events
    steps = np.rint(np.asarray(events["times"]) / h).astype(int)
    assert (steps[:last] == np.arange(1, last + 1)).all()
    values = {name: np.asarray(events[name])[:last] for name in recordables(case)}
    check_lead(case, values, lead)

    spikes = np.rint(np.asarray(recorder.events["times"]) / h).astype(int) - 1 - lead
    every = lambda name: values[name][lead + EVERY - 1 :: EVERY].copy() if name in values else None
    sums = every("ASCurrents_sum")
    return Recorded(
        spikes=[int(t) for t in spikes if t < case.steps],
        voltage=values["V_m"][lead:].copy(),
        refractory_steps=refractory_steps(case.params["refrac_t"], h),
        decay_time=case.params["refrac_t"],
        threshold=every("threshold"),
        adaptation=every("threshold_spike"),
        threshold_voltage=every("threshold_voltage"),
        after_spike_current=after_spike,
        currents_sum=None if sums is None else sums * 1e-3,
    )


def run(case, neuron, lead):
    """Runs all steps. The currents themselves are read between runs, in nA."""
    h, read = case.params["step_time"], []
    nest.Prepare()
    nest.Run(round(lead * h, 6))
    for _ in range(case.steps // EVERY):
        nest.Run(round(EVERY * h, 6))
        if case.has_currents:
            read.append(np.asarray(neuron.ASCurrents) * 1e-3)
    nest.Cleanup()
    assert case.steps % EVERY == 0
    return np.array(read) if read else None


def check_lead(case, values, lead):
    """The neuron rests until the current acts, and then gets case.current, step by step."""
    acts = np.concatenate([[0.0], values["I"][:-1]])  # I is read after a step, for the next one
    assert not acts[:lead].any()
    assert (acts[lead:] == 1e3 * case.current).all(), case.name
    assert (values["V_m"][:lead] == case.params["rest_v"]).all()


def refractory_steps(t_ref, h):
    """As NEST counts: the time to the nearest microsecond, then up to a whole step."""
    tics = int(t_ref * MICROSECONDS + 0.5)
    step = round(h * MICROSECONDS)
    return -(-tics // step)


def main():
    nest.verbosity = nest.VerbosityLevel.ERROR
    assert nest.__version__ == "3.10.0", nest.__version__
    cases.generate("nest", simulate)


if __name__ == "__main__":
    main()
