"""The step of GLIF1 to GLIF5 in the dialects `nest` and `allen`, in f64.

The generators compare the simulators with it, step by step, before they write a case.
Units and names are glif's: mV, ms, nA, MOhm.
"""

import math
from dataclasses import dataclass

import numpy as np

# As glif: a quotient this close above a whole number counts as that number.
TOLERANCE = 1e-6


def refractory_steps(refrac_t, step_time):
    """N: how many steps after the step of a spike the neuron holds still."""
    least = 1 if refrac_t > 0 else 0
    return max(math.ceil(refrac_t / step_time * (1 - TOLERANCE)), least)


@dataclass
class Trace:
    """What stands after each step; `currents_sum` is what the step used.

    `margin` is the least distance of a membrane from its threshold, in any comparison.
    """

    spikes: list
    voltage: np.ndarray
    adaptation: np.ndarray
    threshold_voltage: np.ndarray
    threshold: np.ndarray
    after_spike_current: np.ndarray
    currents_sum: np.ndarray
    margin: float = math.inf


def voltage_gain(a, b, leak, h):
    """A of theta_v = e1 theta_v + A (u - beta) + B beta, also where b is near G/C."""
    difference = b - leak
    if difference == 0:
        return a * h * math.exp(-b * h)
    return a * math.exp(-b * h) * math.expm1(difference * h) / difference


def run(level, dialect, params, current, steps=None, decay_time=None):
    """Steps one neuron through `current`.

    `steps` and `decay_time` replace N, and the N h over which theta_s and the
    currents decay at a spike.
    """
    h, rest, resistance = params["step_time"], params["rest_v"], params["resistance"]
    linear, currents, adaptive = level in (2, 4, 5), level in (3, 4, 5), level == 5
    tau = params["tc_membrane" if linear else "time_constant"]
    theta_inf = params["thresh_eq_v" if linear else "thresh_v"] - rest
    n = refractory_steps(params["refrac_t"], h) if steps is None else steps
    held = n * h if decay_time is None else decay_time

    decay = math.exp(-h / tau) if dialect == "nest" else 1 - h / tau
    if linear:
        rate, increment = params["rc_adaptation"], params["spike_increment"]
        s_decay, s_spike = math.exp(-rate * h), math.exp(-rate * held)
        mul, add = params["reset_v_mul"], params["reset_v_add"]
    amplitude = params["asc_amplitude"] if currents else []
    rates = params["rc_asc"] if currents else []
    retain = params["asc_retain"] if currents else []
    j_decay = [math.exp(-k * h) for k in rates]
    j_spike = [r * math.exp(-k * held) for k, r in zip(rates, retain)]
    mean = [-math.expm1(-k * h) / (k * h) if dialect == "nest" else 1.0 for k in rates]
    if adaptive:
        a, b = params["thresh_voltage_gain"], params["rc_thresh_voltage"]
        v_decay, gain = math.exp(-b * h), voltage_gain(a, b, 1 / tau, h)
        steady = a / b * -math.expm1(-b * h)

    total = len(current)
    trace = Trace([], *(np.zeros(total) for _ in range(4)), np.zeros((total, len(rates))), np.zeros(total))
    v, theta_s, theta_v, j, used, left = rest, 0.0, 0.0, [0.0] * len(rates), 0.0, 0
    for t in range(total):
        if left > 0:
            left -= 1
        else:
            before = v - rest
            if linear:
                theta_s *= s_decay
            used = sum(m * x for m, x in zip(mean, j))
            j = [d * x for d, x in zip(j_decay, j)]
            drive = resistance * (float(current[t]) + used)
            v = rest + ((v - rest) - drive) * decay + drive
            if adaptive:
                theta_v = v_decay * theta_v + gain * (before - drive) + steady * drive
            theta = theta_inf + theta_s + theta_v
            trace.margin = min(trace.margin, abs(v - rest - theta))
            if v - rest > theta:
                trace.spikes.append(t)
                left = n
                j = [i + d * x for i, d, x in zip(amplitude, j_spike, j)]
                if linear:
                    v = rest + mul * (before if dialect == "nest" else v - rest) - add
                    theta_s = theta_s * s_spike + increment
                else:
                    v = params["reset_v"]
        trace.voltage[t] = v
        trace.adaptation[t] = theta_s
        trace.threshold_voltage[t] = theta_v
        trace.threshold[t] = rest + theta_inf + theta_s + theta_v
        trace.after_spike_current[t] = j
        trace.currents_sum[t] = used
    return trace
