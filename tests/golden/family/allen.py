"""Golden data: what AllenSDK 2.16.2's GlifNeuron does, step by step.

Make an environment and run it, from this directory:

    python3.11 -m venv venv
    venv/bin/pip install -r requirements-allen.txt
    venv/bin/python allen.py

It writes allen.npz and allen.json next to itself; README.md describes them.
"""

from importlib.metadata import version

import numpy as np
from allensdk.model.glif.glif_neuron import GlifNeuron

import cases
from cases import EVERY, Recorded
from reference import refractory_steps


def config(case):
    """A neuron_config.json, in SI units, with the resting potential at 0."""
    p, linear, currents = case.params, case.linear, case.has_currents
    resistance = p["resistance"] * 1e6
    amplitude = p.get("asc_amplitude", [0.0, 0.0])
    rates = p.get("rc_asc", [1.0, 1.0])
    threshold = (case.threshold - p["rest_v"]) * 1e-3
    return dict(
        type="GLIF",
        El=0.0,
        dt=p["step_time"] * 1e-3,
        R_input=resistance,
        C=case.tau * 1e-3 / resistance,
        spike_cut_length=refractory_steps(p["refrac_t"], p["step_time"]),
        th_inf=threshold,
        th_adapt=None,
        asc_amp_array=[a * 1e-9 for a in amplitude],
        asc_tau_array=[1e-3 / k for k in rates],
        coeffs=dict(a=1, b=1, C=1, G=1, th_inf=1, asc_amp_array=[1.0] * len(amplitude)),
        init_voltage=0.0,
        init_threshold=threshold,
        init_AScurrents=[0.0] * len(amplitude),
        voltage_dynamics_method=method("linear_forward_euler"),
        voltage_reset_method=voltage_reset(case),
        threshold_dynamics_method=threshold_dynamics(case),
        threshold_reset_method=method("three_components", **spike_component(p)) if linear else method("inf"),
        AScurrent_dynamics_method=method("exp" if currents else "none"),
        AScurrent_reset_method=method("sum", r=np.array(p["asc_retain"])) if currents else method("none"),
    )


def method(name, **params):
    return dict(name=name, params=params)


def voltage_reset(case):
    if case.linear:
        return method("v_before", a=case.params["reset_v_mul"], b=-case.params["reset_v_add"] * 1e-3)
    assert case.params["reset_v"] == case.params["rest_v"]
    return method("zero")


def spike_component(p):
    return dict(a_spike=p["spike_increment"] * 1e-3, b_spike=p["rc_adaptation"] * 1e3)


def threshold_dynamics(case):
    p = case.params
    if not case.linear:
        return method("inf")
    if case.level != 5:
        return method("spike_component", a_voltage=0, b_voltage=0, **spike_component(p))
    voltage = dict(a_voltage=p["thresh_voltage_gain"] * 1e3, b_voltage=p["rc_thresh_voltage"] * 1e3)
    return method("three_components_exact", **voltage, **spike_component(p))


def simulate(case):
    neuron = GlifNeuron.from_dict(config(case))
    out = neuron.run(case.current * 1e-9)
    rest = case.params["rest_v"]
    voltage = out["voltage"] * 1e3 + rest
    # A reset above the threshold ends the run. Otherwise only the steps of cuts are NaN.
    spikes = [int(t) for t in out["spike_time_steps"]]
    cut = np.zeros(case.steps, bool)
    for t in spikes:
        cut[t : t + neuron.spike_cut_length] = True
    assert (np.isnan(voltage) == cut).all(), case.name
    every = lambda values: None if values is None else values[EVERY - 1 :: EVERY].copy()
    spike, component = None, None
    if case.linear:
        spike = within_steps(neuron.threshold_components["spike"], cut)
        component = within_steps(neuron.threshold_components["voltage"], cut) if case.level == 5 else None
    return Recorded(
        spikes=spikes,
        voltage=voltage,
        refractory_steps=neuron.spike_cut_length,
        decay_time=neuron.spike_cut_length * case.params["step_time"],
        threshold=every(out["threshold"] * 1e3 + rest),
        adaptation=every(spike),
        threshold_voltage=every(component),
        after_spike_current=every(out["AScurrents"] * 1e9) if case.has_currents else None,
    )


def within_steps(component, cut):
    """A component of the threshold for each step, mV. NaN in cuts, where it is a help variable."""
    values = np.array(component)[: len(cut)] * 1e3
    values[cut] = np.nan
    return values


def main():
    assert version("allensdk") == "2.16.2", version("allensdk")
    cases.generate("allen", simulate)


if __name__ == "__main__":
    main()
