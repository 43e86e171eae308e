"""A network file of glif, evaluated in f64.

The generators compare the simulators with it, spike by spike, before they write a case.
It reads what glif reads: the text of the file, and the arrays that the text names.
It knows `lif` and `input` populations, and the synapses `delta` and `exponential` with
the coupling `exact`. Units and names are glif's: mV, ms, nA, MOhm.
"""

import math
import tomllib
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np

# As glif: a quotient this close above a whole number counts as that number.
TOLERANCE = 1e-6
# Steps that the rule adds to the whole steps of the refractory time.
RULES = dict(exact=0, nest=1)


@dataclass
class Trace:
    """`events` are (step, neuron), `voltage` is what stands after each step.

    `margin` is the least distance of a membrane from its threshold, in any comparison.
    """

    events: dict
    voltage: dict
    margin: float


def run(text, arrays, steps, currents=None, spikes=None, recorded=None, loses_one_more=False):
    """Steps a network from its start. `recorded` gives the neurons whose membranes to keep.

    `loses_one_more` is not glif: a neuron also loses what arrives at `delta` in its first
    step after the refractory time.
    """
    file = tomllib.loads(text)
    assert file["scalar"] == "f64"
    h = file["step_time"]
    projections = [Projection(table, arrays, file["populations"], h) for table in file.get("projections", [])]
    populations = {}
    for name, table in file["populations"].items():
        if table["model"] == "input":
            populations[name] = Input(table, spikes[name])
        else:
            current = (currents or {}).get(name, 0.0)
            incoming = [projection for projection in projections if projection.target == name]
            populations[name] = Lif(table, arrays, h, current, incoming, loses_one_more)
    recorded = recorded or {}
    fired = {name: [] for name in populations}
    voltage = {name: np.zeros((steps, len(neurons))) for name, neurons in recorded.items()}
    names = list(order(populations, projections))
    for t in range(steps):
        for name in names:
            spiked = populations[name].step(t)
            fired[name].append(spiked)
            for projection in projections:
                if projection.source == name:
                    projection.remember(t, spiked)
            if name in recorded:
                voltage[name][t] = populations[name].v[recorded[name]]
    events = {name: np.argwhere(np.array(rows)).astype(np.int32) for name, rows in fired.items()}
    lif = [population for population in populations.values() if isinstance(population, Lif)]
    return Trace(events, voltage, min(population.margin for population in lif))


def order(populations, projections):
    """A projection without delay puts its source before its target."""
    before = {name: [] for name in populations}
    for projection in projections:
        if projection.least_delay == 0:
            before[projection.target].append(projection.source)
    return TopologicalSorter(before).static_order()


def array_of(value, arrays):
    """A number, or the array that a string or a table refers to."""
    reference = value["array"] if isinstance(value, dict) else value
    return arrays[reference.removeprefix("weights.npz:")] if isinstance(reference, str) else reference


class Input:
    def __init__(self, table, spikes):
        self.size, self.spikes = table["shape"], {}
        for step, neuron in spikes:
            self.spikes.setdefault(int(step), []).append(int(neuron))

    def step(self, t):
        spiked = np.zeros(self.size, bool)
        spiked[self.spikes.get(t, [])] = True
        return spiked


class Lif:
    def __init__(self, table, arrays, h, current, incoming, loses_one_more):
        assert table["model"] == "lif"
        size = table["shape"]
        p = {key: np.broadcast_to(array_of(value, arrays), size) for key, value in table["params"].items()}
        self.rest, self.reset, self.thresh, self.tau = (
            p[key] for key in ("rest_v", "reset_v", "thresh_v", "time_constant")
        )
        self.resistance, self.current = p["resistance"], np.broadcast_to(current, size)
        self.decay = np.exp(-h / self.tau)
        # How many steps after a spike the next one comes at the earliest.
        steps = np.ceil(p["refrac_t"] / h * (1 - TOLERANCE)).astype(int)
        self.count = steps + RULES[table["refractory"]]
        self.v = p.get("initial_v", self.rest).astype(float)
        self.left = np.zeros(size, int)
        self.margin, self.loses_one_more = math.inf, loses_one_more
        self.delta = [p for p in incoming if p.synapse == "delta"]
        self.synapses = [
            Exact(synapse, [p for p in incoming if p.synapse == name], arrays, self, h)
            for name, synapse in table.get("synapses", {}).items()
        ]
        assert len(self.delta) + sum(len(synapse.incoming) for synapse in self.synapses) == len(incoming)

    def step(self, t):
        moved = arrivals(self.delta, t, len(self.v))
        if self.loses_one_more:
            moved = np.where(self.left == 0, moved, 0.0)
        self.left = np.maximum(self.left - 1, 0)
        active = self.left == 0
        ext = self.resistance * np.where(active, self.current, 0.0)
        new = self.rest + ((self.v - self.rest) - ext) * self.decay + ext
        new = new + moved
        for synapse in self.synapses:
            new = new + synapse.step(t)
        v = np.where(active, new, self.v)
        self.margin = min(self.margin, np.abs(v - self.thresh)[active].min(initial=math.inf))
        spiked = active & (v >= self.thresh)
        self.left = np.where(spiked, self.count, self.left)
        self.v = np.where(spiked, self.reset, v)
        return spiked


class Exact:
    """A synapse `exponential` with the coupling `exact`."""

    def __init__(self, table, incoming, arrays, target, h):
        assert (table["kind"], table["coupling"]) == ("exponential", "exact")
        tau = np.broadcast_to(array_of(table["tau"], arrays), len(target.v))
        self.incoming, self.decay = incoming, np.exp(-h / tau)
        self.propagator = target.resistance * gain(tau, target.tau, h)
        self.current = np.zeros(len(tau))

    def step(self, t):
        """The current that the step before left acts, then it decays and takes what arrives."""
        voltage = self.propagator * self.current
        self.current = self.current * self.decay + arrivals(self.incoming, t, len(self.current))
        return voltage


def gain(tau, tau_m, h):
    """tau / (tau - tau_m) (e^(-h/tau) - e^(-h/tau_m)), with all digits where the two are near."""
    rate = (tau - tau_m) / (tau * tau_m)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(-h / tau_m) / tau_m * np.where(rate == 0, h, np.expm1(h * rate) / rate)


def arrivals(projections, t, size):
    """What arrives at one synapse: the projections in the order of the file."""
    total = np.zeros(size)
    for projection in projections:
        total = total + projection.deliver(t, size)
    return total


class Projection:
    def __init__(self, table, arrays, populations, h):
        self.source, self.target, self.synapse = table["from"], table["to"], table["synapse"]
        key, size = table["weights"].removeprefix("weights.npz:"), populations[self.source]["shape"]
        delay = array_of(table["delay"], arrays)
        if key in arrays:
            rows = arrays[key]
            assert rows.shape == (populations[self.target]["shape"], size)
            self.post, self.pre = np.nonzero(rows)
            self.weights = rows[self.post, self.pre]
            delay = delay[self.post, self.pre] if np.ndim(delay) else delay
        else:
            starts, self.pre, self.weights = (arrays[f"{key}.{part}"] for part in ("indptr", "indices", "data"))
            assert len(starts) == populations[self.target]["shape"] + 1
            self.post = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        self.is_whole = np.issubdtype(self.weights.dtype, np.integer)
        assert self.is_whole == ("scale" in table)
        self.scale = table.get("scale", 1.0)
        self.delay = np.rint(np.asarray(delay) / h).astype(int)
        assert np.allclose(self.delay * h, delay, rtol=1e-12, atol=0) and self.delay.shape in ((), self.pre.shape)
        self.least_delay = int(self.delay.min())
        self.history = np.zeros((int(self.delay.max()) + 1, size), bool)

    def remember(self, t, spiked):
        self.history[t % len(self.history)] = spiked

    def deliver(self, t, size):
        """The sum for each target, over ascending source index."""
        fired = self.history[(t - self.delay) % len(self.history), self.pre]
        # A sum of integers is exact in f64 too.
        return np.bincount(self.post[fired], self.weights[fired], size) * self.scale
