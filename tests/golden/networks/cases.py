"""The networks of both generators, in glif's names and units.

Also what both share: the text of a network file, checking a simulator's run against
`reference.py`, and writing.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import reference

HERE = Path(__file__).resolve().parent
SEED = 31000
SIZE_LIMIT = 3_000_000
H = 0.1  # ms
STEPS = 10_000
RECORDED_STEPS = 500
TOLERANCE = 1e-9  # mV, of membranes and of the margin
FILE = "weights.npz"
LEAST_RATE, MOST_RATE = 5.0, 60.0  # Hz, of each population
LEAST_VARIATION = 0.3  # of the intervals
MOST_TOGETHER = 0.2  # of all neurons, in one step


# A network -----------------------------------------------------------------


@dataclass
class Population:
    """`params` has numbers, and arrays where each neuron has its own value."""

    name: str
    size: int
    params: dict = None
    refractory: str = None
    synapses: dict = field(default_factory=dict)
    current: np.ndarray = None
    spikes: np.ndarray = None

    @property
    def is_input(self):
        return self.params is None


@dataclass
class Projection:
    """Connections, sorted by target and source. A weight is `units` times `unit`.

    `kind` is how the file has the weights: floats, or integers with a scale.
    """

    key: str
    source: str
    target: str
    synapse: str
    pre: np.ndarray
    post: np.ndarray
    units: np.ndarray
    unit: float
    delays: np.ndarray
    kind: str
    is_dense: bool

    @property
    def weights(self):
        return self.units * self.unit

    @property
    def has_scale(self):
        return self.kind.startswith("int")

    @property
    def has_delays(self):
        return len(set(self.delays.tolist())) > 1


@dataclass
class Case:
    name: str
    about: str
    rng: np.random.Generator
    populations: dict = field(default_factory=dict)
    projections: list = field(default_factory=list)
    recorded: dict = field(default_factory=dict)
    extra: dict = field(default_factory=dict)

    def uniform(self, size, low, high, unit):
        """Multiples of `unit` between two values."""
        return self.rng.integers(round(low / unit), round(high / unit) + 1, size) * unit

    def population(self, name, size, params, current=None, refractory="nest", synapses=None, start=None):
        """`current` (nA) and `start` (mV) are ranges."""
        params = dict(params)
        if start is not None:
            params["initial_v"] = self.uniform(size, *start, 1 / 64)
        # Multiples of 2^-14 nA, so that pA are exact too.
        current = None if current is None else self.uniform(size, *current, 2.0**-14)
        self.populations[name] = Population(name, size, params, refractory, synapses or {}, current)

    def input(self, name, size, rate):
        """Poisson spikes at `rate` (Hz). The first and the last step have one."""
        fired = self.rng.random((STEPS, size)) < rate * H * 1e-3
        fired[0, 0] = fired[-1, size - 1] = True
        self.populations[name] = Population(name, size, spikes=np.argwhere(fired).astype(np.int32))

    def connect(
        self, source, target, synapse, probability, units, unit, delays, kind="float64", is_dense=False, autapses=False
    ):
        """`units` and `delays` (in steps) are ranges, or one value for all."""
        shape = (self.populations[target].size, self.populations[source].size)
        present = self.rng.random(shape) < probability
        if source == target and not autapses:
            np.fill_diagonal(present, False)
        post, pre = np.nonzero(present)
        drawn = lambda of: self.rng.integers(*of, len(pre), endpoint=True) if isinstance(of, tuple) else of
        units, delays = (np.broadcast_to(drawn(of), len(pre)) for of in (units, delays))
        assert (units != 0).all()
        key = f"{source}_{target}"
        key += "_2" * sum(projection.key == key for projection in self.projections)
        self.projections.append(
            Projection(key, source, target, synapse, pre, post, units, unit, delays, kind, is_dense)
        )


# Its file --------------------------------------------------------------------


def milliseconds(steps):
    return np.round(steps * H, 9)


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(v)}" for key, v in value.items()) + " }"
    return json.dumps(value)


def value_of(case, arrays, value, key):
    """A number, or a table that refers to an array."""
    if isinstance(value, np.ndarray):
        arrays[key] = value
        return dict(array=f"{FILE}:{key}")
    return value


def network(case):
    """The text of the network file, and the arrays that it refers to."""
    arrays, lines = {}, [f"step_time = {H}", 'scalar = "f64"']
    for name, population in case.populations.items():
        lines += ["", f"[populations.{name}]"]
        lines += [f"model = {toml('input' if population.is_input else 'lif')}", f"shape = {population.size}"]
        if population.is_input:
            continue
        params = {k: value_of(case, arrays, v, f"{name}_{k}") for k, v in population.params.items()}
        lines += [f"refractory = {toml(population.refractory)}", f"params = {toml(params)}"]
        for synapse, tau in population.synapses.items():
            tau = value_of(case, arrays, tau, f"{name}_{synapse}_tau")
            lines += [f"synapses.{synapse} = {toml(dict(kind='exponential', tau=tau, coupling='exact'))}"]
    for projection in case.projections:
        lines += ["", "[[projections]]"]
        lines += [f"{key} = {toml(value)}" for key, value in projection_table(case, projection, arrays).items()]
    return "\n".join(lines) + "\n", arrays


def projection_table(case, projection, arrays):
    key = projection.key
    table = {"from": projection.source, "to": projection.target, "synapse": projection.synapse}
    table["weights"] = f"{FILE}:{key}"
    if projection.has_scale:
        table["scale"] = projection.unit
    wanted = projection.units if projection.has_scale else projection.weights
    values = wanted.astype(projection.kind)
    assert (values == wanted).all()
    delays = milliseconds(projection.delays)
    size = case.populations[projection.target].size
    if projection.is_dense:
        arrays[key] = np.zeros((size, case.populations[projection.source].size), projection.kind)
        arrays[key][projection.post, projection.pre] = values
        # Where there is no weight, the delay is one step.
        every = np.full(arrays[key].shape, H)
        every[projection.post, projection.pre] = delays
        delays = every if projection.has_delays else delays
    else:
        starts = np.searchsorted(projection.post, np.arange(size + 1))
        parts = dict(indptr=starts.astype(np.int32), indices=projection.pre.astype(np.int32), data=values)
        arrays |= {f"{key}.{part}": array for part, array in parts.items()}
    if projection.has_delays:
        arrays[f"{key}_delay"] = delays
        table["delay"] = f"{FILE}:{key}_delay"
    else:
        table["delay"] = float(delays.flat[0])
    return table


# The networks of NEST ---------------------------------------------------------

# iaf_psc_delta and iaf_psc_exp with 250 pF.
TEN = dict(rest_v=-65.0, reset_v=-65.0, thresh_v=-50.0, refrac_t=2.0, time_constant=10.0, resistance=40.0)
TWENTY = dict(rest_v=-70.0, reset_v=-60.0, thresh_v=-50.0, refrac_t=5.0, time_constant=20.0, resistance=80.0)
MV, NA = 1 / 64, 1 / 1024  # units of weights


def delta_balanced(case):
    case.population("exc", 320, TEN, current=(0.25, 0.6))
    case.population("inh", 80, TEN, current=(0.25, 0.5))
    for target in ("exc", "inh"):
        case.connect("exc", target, "delta", 0.1, (64, 128), MV, 15)
        case.connect("inh", target, "delta", 0.1, (-800, -500), MV, 15)
    case.recorded = dict(exc=[0, 1, 7, 150, 319], inh=[3, 79])


def delta_delays(case):
    case.population("exc", 240, dict(TWENTY, refrac_t=0.5), current=(0.2, 0.4), start=(-70, -51))
    case.population("inh", 60, dict(TEN, refrac_t=0.1), current=(0.35, 0.55), start=(-65, -51))
    for target, kind in (("exc", "float64"), ("inh", "float32")):
        case.connect("exc", target, "delta", 0.12, (60, 120), MV, (1, 40), kind=kind)
        case.connect("inh", target, "delta", 0.15, (-700, -400), MV, (1, 15))


def delta_autapses(case):
    case.population("exc", 80, dict(TEN, refrac_t=1.97), current=(0.35, 0.7), start=(-65, -51))
    case.population("inh", 40, dict(TEN, refrac_t=0.0), current=(0.35, 0.6))
    dense = dict(kind="int8", is_dense=True, autapses=True)
    case.connect("exc", "exc", "delta", 0.2, (30, 120), MV, (1, 30), **dense)
    case.connect("exc", "exc", "delta", 0.1, (1, 100), MV, 255, **dense)
    case.connect("exc", "inh", "delta", 0.2, (20, 127), MV, 1, **dense)
    case.connect("inh", "exc", "delta", 0.3, (-128, -60), MV * 8, (1, 255), **dense)
    case.connect("inh", "inh", "delta", 0.3, (-128, -60), MV * 4, 1, **dense)


def delta_input(case):
    case.input("source", 100, 60.0)
    case.population("exc", 200, TEN)
    case.population("inh", 50, dict(TEN, refrac_t=1.0))
    for target in ("exc", "inh"):
        case.connect("source", target, "delta", 0.3, (30, 90), MV, (1, 25), kind="int16")
        case.connect("exc", target, "delta", 0.1, (20, 50), MV, 12, is_dense=True)
        case.connect("inh", target, "delta", 0.2, (-250, -100), MV, 8, is_dense=True)


def delta_own(case):
    size = 200
    params = dict(
        rest_v=-65.0,
        reset_v=case.uniform(size, -70, -60, 1 / 16),
        thresh_v=case.uniform(size, -52, -48, 1 / 16),
        refrac_t=milliseconds(case.rng.integers(1, 40, size)),
        time_constant=case.uniform(size, 5, 25, 1 / 16),
        resistance=40.0,
    )
    case.population("exc", size, params, current=(0.4, 0.65), start=(-65, -53))
    case.population("inh", 50, TEN, current=(0.4, 0.6), start=(-65, -51))
    for target in ("exc", "inh"):
        case.connect("exc", target, "delta", 0.12, (60, 120), MV, 20)
        case.connect("inh", target, "delta", 0.2, (-700, -400), MV, (5, 9))


def delta_large(case):
    case.population("exc", 800, TWENTY, current=(0.25, 0.5), start=(-70, -51))
    case.population("inh", 200, TEN, current=(0.4, 0.6), start=(-65, -51))
    for target in ("exc", "inh"):
        case.connect("exc", target, "delta", 0.1, (30, 70), MV, (5, 25), kind="int16")
        case.connect("inh", target, "delta", 0.1, (-450, -250), MV, (5, 25), kind="int16")


def exp_balanced(case):
    one = dict(psc=2.0)
    case.population("exc", 320, TEN, current=(0.4, 0.65), synapses=one)
    case.population("inh", 80, TEN, current=(0.4, 0.6), synapses=one)
    for target in ("exc", "inh"):
        case.connect("exc", target, "psc", 0.1, (200, 400), NA, 15)
        case.connect("inh", target, "psc", 0.1, (-2400, -1400), NA, 15)
    case.recorded = dict(exc=[0, 5, 200], inh=[0, 40, 79])


def exp_two(case):
    case.population("exc", 240, TWENTY, current=(0.25, 0.45), synapses=dict(ampa=1.5, gaba=6.0), start=(-70, -51))
    two = dict(gaba=8.0, ampa=0.5)
    case.population("inh", 60, dict(TEN, refrac_t=0.3), current=(0.4, 0.6), synapses=two, start=(-65, -51))
    for target in ("exc", "inh"):
        case.connect("exc", target, "ampa", 0.12, (100, 400), NA, (1, 40), kind="float32")
        case.connect("inh", target, "gaba", 0.15, (-800, -400), NA, (1, 15))


def exp_equal(case):
    one = dict(psc=10.0)
    case.population("exc", 240, TEN, current=(0.4, 0.65), synapses=one, start=(-65, -51))
    case.population("inh", 60, dict(TEN, refrac_t=1.0), current=(0.4, 0.6), synapses=one, start=(-65, -51))
    for target in ("exc", "inh"):
        case.connect("exc", target, "psc", 0.12, (20, 60), NA, 10, kind="int16")
        case.connect("inh", target, "psc", 0.15, (-400, -200), NA, (5, 30), kind="int16")


def exp_near(case):
    near = dict(ampa=10 * (1 + 2.0**-40), gaba=10 * (1 - 2.0**-10))
    case.population("exc", 240, TEN, current=(0.4, 0.65), synapses=near, start=(-65, -51))
    case.population("inh", 60, TEN, current=(0.4, 0.6), synapses=near)
    for target in ("exc", "inh"):
        case.connect("exc", target, "ampa", 0.12, (20, 60), NA, 18)
        case.connect("inh", target, "gaba", 0.15, (-400, -200), NA, 7)


def exp_input(case):
    case.input("source", 100, 60.0)
    one = dict(psc=3.0)
    case.population("exc", 200, TEN, synapses=one)
    case.population("inh", 50, dict(TEN, refrac_t=1.0), synapses=one)
    for target in ("exc", "inh"):
        case.connect("source", target, "psc", 0.3, (1, 10), NA * 16, (1, 25), kind="int8", is_dense=True)
        case.connect("exc", target, "psc", 0.1, (1, 8), NA * 16, 12, kind="int8", is_dense=True)
        case.connect("inh", target, "psc", 0.2, (-60, -20), NA * 16, 8, kind="int8", is_dense=True)


def exp_own(case):
    size = 200
    own = dict(ampa=case.uniform(size, 0.5, 4, 1 / 16), gaba=case.uniform(size, 4, 12, 1 / 16))
    params = dict(TEN, time_constant=case.uniform(size, 5, 20, 1 / 16), thresh_v=case.uniform(size, -52, -48, 1 / 16))
    case.population("exc", size, params, current=(0.4, 0.65), synapses=own, start=(-65, -53))
    case.population("inh", 50, TEN, current=(0.4, 0.6), synapses=dict(ampa=2.0, gaba=5.0))
    for target in ("exc", "inh"):
        case.connect("exc", target, "ampa", 0.12, (200, 400), NA, 20)
        case.connect("inh", target, "gaba", 0.2, (-700, -400), NA, (5, 9))


NEST = {
    "nest-delta-balanced": (delta_balanced, "one delay, all neurons start at rest"),
    "nest-delta-delays": (delta_delays, "a delay for each synapse, reset above rest"),
    "nest-delta-autapses": (delta_autapses, "autapses, delays of 1 to 255 steps, no refractory time"),
    "nest-delta-input": (delta_input, "driven by input spikes alone"),
    "nest-delta-own": (delta_own, "parameters of each neuron's own"),
    "nest-delta-large": (delta_large, "1,000 neurons"),
    "nest-exp-balanced": (exp_balanced, "excitation and inhibition share one synapse"),
    "nest-exp-two": (exp_two, "two time constants, a delay for each synapse"),
    "nest-exp-equal": (exp_equal, "the synapse's time constant is the membrane's"),
    "nest-exp-near": (exp_near, "the synapse's time constant is near the membrane's"),
    "nest-exp-input": (exp_input, "driven by input spikes alone"),
    "nest-exp-own": (exp_own, "time constants of each neuron's own"),
}


# The networks of Brian2 -------------------------------------------------------

EXACT = dict(refractory="exact")


def brian2_exponential(case):
    case.extra = dict(when="synapses", delay_shift=0, weight_factor=1.0)
    case.input("source", 60, 40.0)
    two = dict(ampa=2.0, gaba=6.0)
    case.population("exc", 160, TEN, current=(0.3, 0.55), synapses=two, start=(-65, -51), **EXACT)
    case.population("inh", 40, dict(TEN, refrac_t=0.5), current=(0.3, 0.5), synapses=two, start=(-65, -51), **EXACT)
    for target in ("exc", "inh"):
        case.connect("source", target, "ampa", 0.2, (100, 300), NA, 0)
        case.connect("exc", target, "ampa", 0.15, (100, 300), NA, (1, 40))
        case.connect("inh", target, "gaba", 0.2, (-600, -300), NA, (1, 15))
    case.recorded = dict(exc=[0, 1, 80], inh=[39])


def delta_pair(case, shift, factor, exc, inh, **more):
    case.population("exc", 160, exc, **more)
    case.population("inh", 40, inh, **more)
    for target in ("exc", "inh"):
        case.connect("exc", target, "delta", 0.15, (60, 120), MV * factor, (shift, 40))
        case.connect("inh", target, "delta", 0.2, (-600, -300), MV * factor, (shift, 15))


def brian2_delta_before(case):
    case.extra = dict(when="before_thresholds", delay_shift=1, weight_factor=1.0)
    delta_pair(case, 1, 1.0, TEN, dict(TEN, refrac_t=0.5), current=(0.35, 0.65), start=(-65, -51), **EXACT)


def brian2_delta_input(case):
    factor = float(np.exp(-H / TEN["time_constant"]))
    case.extra = dict(when="synapses", delay_shift=1, weight_factor=factor)
    case.input("source", 100, 40.0)
    delta_pair(case, 1, factor, TEN, dict(TEN, refrac_t=0.5))
    for target in ("exc", "inh"):
        case.connect("source", target, "delta", 0.3, (30, 120), MV * factor, (1, 25))


def brian2_delta_current(case):
    factor = float(np.exp(-H / TEN["time_constant"]))
    case.extra = dict(when="synapses", delay_shift=1, weight_factor=factor, loses_one_more=True)
    delta_pair(case, 1, factor, TEN, dict(TEN, refrac_t=0.5), current=(0.35, 0.65), start=(-65, -51), **EXACT)


BRIAN2 = {
    "brian2-exponential": (brian2_exponential, "exponential currents, Brian2's own order, input without delay"),
    "brian2-delta-before": (brian2_delta_before, "jumps of the membrane before the thresholds"),
    "brian2-delta-input": (brian2_delta_input, "jumps of the membrane in Brian2's own order, no constant current"),
    "brian2-delta-current": (brian2_delta_current, "jumps of the membrane in Brian2's own order, constant currents"),
}


# Checking ---------------------------------------------------------------------


@dataclass
class Recorded:
    """What a simulator did: (step, neuron) of all spikes, and membranes of some neurons."""

    events: dict
    voltage: dict


def check(case, recorded, text, arrays):
    """The simulator must equal the reference. Returns the least margin and the largest distance.

    Where Brian2 loses what glif does not, `apart` tells the first spike that differs.
    """
    given = dict(
        currents={name: p.current for name, p in case.populations.items() if p.current is not None},
        spikes={name: p.spikes for name, p in case.populations.items() if p.is_input},
    )
    loses = case.extra.get("loses_one_more", False)
    want = reference.run(text, arrays, STEPS, recorded=case.recorded, loses_one_more=loses, **given)
    check_connections(case, text, arrays)
    for name, events in recorded.events.items():
        same = np.array_equal(want.events[name], events)
        assert same, f"{case.name}: {first_difference(want.events, recorded.events)}"
    if loses:
        glif = reference.run(text, arrays, STEPS, **given)
        case.extra["apart"] = first_difference(glif.events, recorded.events)
    distance = 0.0
    for name, voltage in recorded.voltage.items():
        distance = max(distance, np.abs(voltage - want.voltage[name][:RECORDED_STEPS]).max())
    assert distance <= TOLERANCE and want.margin > TOLERANCE, (case.name, distance, want.margin)
    return want.margin, distance


def check_connections(case, text, arrays):
    """The file must have the very connections that the simulator got."""
    tables = reference.tomllib.loads(text)
    for wanted, table in zip(case.projections, tables["projections"], strict=True):
        found = reference.Projection(table, arrays, tables["populations"], H)
        assert (found.pre == wanted.pre).all() and (found.post == wanted.post).all()
        assert (found.weights * found.scale == wanted.weights).all() and (found.delay == wanted.delays).all()


def first_difference(want, got):
    """The first spike that only one of the two has."""
    different = []
    for name in got:
        one, other = ({tuple(event) for event in events[name].tolist()} for events in (want, got))
        for step, neuron in one ^ other:
            different.append((step, name, neuron, "reference" if (step, neuron) in one else "simulator"))
    step, name, neuron, who = min(different)
    return dict(step=step, population=name, neuron=neuron, fires_in=who, different=len(different))


def check_activity(case, recorded):
    """Irregular, neither silent nor all at once. Returns a line that tells it."""
    told = []
    for name, events in recorded.events.items():
        size = case.populations[name].size
        rate = len(events) / size / (STEPS * H * 1e-3)
        variation = []
        for neuron in range(size):
            between = np.diff(events[events[:, 1] == neuron, 0])
            if len(between) >= 4:
                variation.append(between.std() / between.mean())
        variation = np.mean(variation) if variation else 0.0
        together = np.bincount(events[:, 0]).max() / size
        told.append(f"{name} {rate:.1f} Hz, CV {variation:.2f}, {together:.2f} at once")
        is_moderate = LEAST_RATE <= rate <= MOST_RATE and together < MOST_TOGETHER
        assert is_moderate and variation > LEAST_VARIATION, f"{case.name}: {told}"
    return "; ".join(told)


# Writing ------------------------------------------------------------------------


def generate(simulator, entries, simulate):
    """Runs, checks and writes all cases of a simulator."""
    described, stored = [], {}
    for index, (name, (fill, about)) in enumerate(entries.items()):
        case = Case(name, about, np.random.default_rng([SEED, index]))
        fill(case)
        text, arrays = network(case)
        recorded = simulate(case)
        margin, distance = check(case, recorded, text, arrays)
        off_by = f", off by {distance:.0e} mV" if case.recorded else ""
        print(f"{name}: {check_activity(case, recorded)}; margin {margin:.0e} mV{off_by}")
        if "apart" in case.extra:
            print(f"  apart: {case.extra['apart']}")
        described.append(describe(case, recorded, text, margin))
        stored |= {f"{name}/{key}": array for key, array in files(case, recorded, arrays).items()}
    lines = ",\n".join(json.dumps(case, allow_nan=False) for case in described)
    (HERE / f"{simulator}.json").write_text(f"[\n{lines}\n]\n")
    # In C order, which a reader of pairs expects.
    stored = {key: np.ascontiguousarray(array) for key, array in stored.items()}
    np.savez_compressed(HERE / f"{simulator}.npz", **stored)
    total = sum(path.stat().st_size for path in HERE.iterdir() if path.is_file())
    spikes = sum(sum(case["counts"].values()) for case in described)
    print(f"{simulator}: {len(described)} cases, {spikes} spikes; the folder has {total} bytes")
    assert total < SIZE_LIMIT, "the golden data outgrew its limit"


def describe(case, recorded, text, margin):
    told = dict(name=case.name, about=case.about, steps=STEPS, network=text)
    told |= dict(counts={name: len(events) for name, events in recorded.events.items()}, margin=float(margin))
    return told | (dict(recorded=case.recorded) if case.recorded else {}) | case.extra


def files(case, recorded, arrays):
    stored = dict(arrays)
    for name, population in case.populations.items():
        if population.current is not None:
            stored[f"current/{name}"] = population.current
        if population.is_input:
            stored[f"spikes/{name}"] = population.spikes
    stored |= {f"events/{name}": events for name, events in recorded.events.items()}
    return stored | {f"voltage/{name}": voltage for name, voltage in recorded.voltage.items()}
