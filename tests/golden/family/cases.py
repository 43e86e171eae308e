"""The cases of both generators: parameters and currents, in glif's names and units.

Also what both share: checking a simulator's run against `reference.py`, and writing.
"""

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import reference

HERE = Path(__file__).resolve().parent
SEED = 637930677
SIZE_LIMIT = 2_500_000
TOLERANCE = 1e-9  # mV and nA
# The arrays other than current and voltage have every 8th step, to save space.
EVERY = 8
ARRAYS = ("voltage", "threshold", "adaptation", "threshold_voltage", "after_spike_current", "currents_sum")

# Cell 637930677 of the Allen Cell Types Database, from AllenInstitute/bmtk (BSD-3),
# bmtk/tests/simulator/pointnet/glif_models. SI units.
CAPACITANCE = 8.587009771685807e-11
REST = -0.07139990234375
THETA_INF = 0.023089253057717987
THETA_INF_COEFFICIENT = {
    1: 1.0212937371199788,
    2: 1.0620493008099392,
    3: 0.9713141567566914,
    4: 0.9851586527444489,
    5: 0.779961232412684,
}
RESISTANCE = {
    1: 269390025.97053105,
    2: 269390025.97053105,
    3: 340045253.17350113,
    4: 340045253.17350113,
    5: 340045253.17350113,
}
RESET = dict(a=0.3987646006290668, b=0.004055590135223554)
THETA_S = dict(a=0.0019193415026425237, b=102.99935176846839)
THETA_V = dict(a=9.244321037622335, b=34.344467877141945)
AMPLITUDE = [-7.383464366961142e-11, -4.496828542736005e-10]
ASC_TAU = [0.03333333333333334, 0.0033333333333333335]
CUT_LENGTH, CUT_STEP = 134, 0.05  # ms


@dataclass
class Case:
    name: str
    level: int
    dialect: str
    about: str
    params: dict
    current: np.ndarray

    @property
    def model(self):
        return f"glif{self.level}"

    @property
    def linear(self):
        """With the reset and the threshold component of GLIF2."""
        return self.level in (2, 4, 5)

    @property
    def has_currents(self):
        return self.level >= 3

    @property
    def steps(self):
        return len(self.current)

    @property
    def tau(self):
        return self.params["tc_membrane" if self.linear else "time_constant"]

    @property
    def threshold(self):
        return self.params["thresh_eq_v" if self.linear else "thresh_v"]


@dataclass
class Recorded:
    """What a simulator did. Arrays are None where it does not have the quantity.

    `refractory_steps` and `decay_time` are what it uses itself.
    """

    spikes: list
    voltage: np.ndarray
    refractory_steps: int
    decay_time: float
    threshold: np.ndarray = None
    adaptation: np.ndarray = None
    threshold_voltage: np.ndarray = None
    after_spike_current: np.ndarray = None
    currents_sum: np.ndarray = None


def cell(level, step_time):
    """The cell at one level, mapped to glif's parameters."""
    linear = level in (2, 4, 5)
    rest = REST * 1e3
    params = dict(step_time=step_time, rest_v=rest)
    if linear:
        params |= dict(reset_v_add=-RESET["b"] * 1e3, reset_v_mul=RESET["a"])
    else:
        params["reset_v"] = rest
    threshold = rest + THETA_INF_COEFFICIENT[level] * THETA_INF * 1e3
    params["thresh_eq_v" if linear else "thresh_v"] = threshold
    params["refrac_t"] = round(CUT_LENGTH * CUT_STEP, 9)
    params["tc_membrane" if linear else "time_constant"] = RESISTANCE[level] * CAPACITANCE * 1e3
    if linear:
        params |= dict(rc_adaptation=THETA_S["b"] * 1e-3, spike_increment=THETA_S["a"] * 1e3)
    params["resistance"] = RESISTANCE[level] * 1e-6
    if level >= 3:
        params["asc_amplitude"] = [a * 1e9 for a in AMPLITUDE]
        params["rc_asc"] = [1e-3 / tau for tau in ASC_TAU]
        params["asc_retain"] = [1.0, 1.0]
    if level == 5:
        params["thresh_voltage_gain"] = THETA_V["a"] * 1e-3
        params["rc_thresh_voltage"] = THETA_V["b"] * 1e-3
    return params


# Currents -------------------------------------------------------------------

# Each returns multiples of the least current that reaches the threshold.


def constant(steps, h, rng):
    """One step of current, with silence before and after."""
    current = np.zeros(steps)
    current[steps // 20 : -steps // 10] = 1.0
    return current


def two_heights(steps, h, rng):
    current = np.zeros(steps)
    current[steps // 20 : steps // 2] = 1.0
    current[steps // 2 : -steps // 10] = 0.55
    return current


def ramp(steps, h, rng):
    return 1.3 * np.arange(steps) / steps


def noise(steps, h, rng):
    """Levels of both signs, each for 1.6 ms."""
    hold = round(1.6 / h)
    levels = rng.uniform(-0.4, 2.2, steps // hold + 1)
    return np.repeat(levels, hold)[:steps]


def pulses(steps, h, rng):
    """Three pulses with a short and a long silence between them."""
    current = np.zeros(steps)
    for begin in (0.02, 0.27, 0.8):
        first = int(begin * steps)
        current[first : first + int(0.18 * steps)] = 1.0
    return current


def scaled(shape, drive, params, threshold):
    """In nA. Multiples of 2^-12 nA, so that pA are exact too."""
    rheobase = (threshold - params["rest_v"]) / params["resistance"]
    return np.round(shape * drive * rheobase * 4096) / 4096


# The list -------------------------------------------------------------------

BOTH, NEST, ALLEN = ("nest", "allen"), ("nest",), ("allen",)


def entries():
    """(levels, dialects, about, step time, steps, current, drive, changed parameters)

    Drives of GLIF3 to GLIF5 are doubled: their currents hold the neuron back.
    """
    every = (1, 2, 3, 4, 5)
    yield every, BOTH, "the cell, constant", 0.05, 2800, constant, 7, {}
    yield every, BOTH, "the cell, ramp", 0.1, 2400, ramp, 5, {}
    yield every, BOTH, "the cell, noise", 0.025, 5600, noise, 6.5, {}
    yield every, BOTH, "the cell, two heights", 0.2, 2000, two_heights, 3, dict(refrac_t=6.8)
    yield every, BOTH, "the cell, pulses", 0.1, 4000, pulses, 5, {}
    # 6.7 ms are 33.5 steps.
    yield every, NEST, "refractory time between two steps", 0.2, 2000, two_heights, 3, {}
    yield (2, 3, 5), ALLEN, "refractory time between two steps", 0.2, 2000, two_heights, 3, {}

    fast = dict(tau=5.0, resistance=100.0)
    yield (1,), BOTH, "fast membrane", 0.1, 2000, constant, 2.5, fast
    brief = dict(tau=1.3, resistance=50.0, refrac_t=0.2)
    yield (1,), BOTH, "membrane of six steps, refractory for one", 0.2, 2000, noise, 1.2, brief
    yield (1,), NEST, "reset below rest", 0.05, 2800, constant, 7, dict(reset_v=-77.5)
    yield (1,), NEST, "reset above rest", 0.1, 2000, noise, 3, dict(reset_v=-61.25)
    yield (1,), BOTH, "refractory time between two steps", 0.1, 2000, constant, 3, dict(refrac_t=2.03)
    yield (1,), NEST, "0.4 us over 134 steps", 0.05, 2800, constant, 7, dict(refrac_t=6.7004)
    yield (1,), ALLEN, "no refractory time", 0.1, 2000, constant, 3, dict(refrac_t=0.0)

    zero = dict(reset_v_mul=0.0, reset_v_add=-5.0)
    yield (2,), BOTH, "reset to a fixed voltage", 0.1, 2000, two_heights, 4, zero
    whole = dict(reset_v_mul=1.0, reset_v_add=15.0)
    yield (2,), BOTH, "reset by subtraction", 0.05, 2800, noise, 4, whole
    slow = dict(reset_v_mul=0.5, reset_v_add=0.0, rc_adaptation=0.02, spike_increment=4.0)
    yield (2,), BOTH, "slow, high threshold component", 0.1, 2400, constant, 6, slow
    lower = dict(rc_adaptation=0.05, spike_increment=-2.0, refrac_t=3.0)
    yield (2,), BOTH, "threshold falls at a spike", 0.1, 2000, ramp, 4, lower
    yield (2,), ALLEN, "no refractory time", 0.1, 2000, constant, 3, dict(refrac_t=0.0)

    yield (3,), BOTH, "retain half", 0.1, 2400, constant, 5, dict(asc_retain=[0.5, 0.5])
    yield (3,), BOTH, "retain nothing", 0.05, 2800, noise, 7, dict(asc_retain=[0.0, 0.0])
    one = dict(asc_amplitude=[-0.125], rc_asc=[0.02], asc_retain=[1.0])
    yield (3,), BOTH, "one current", 0.1, 2400, two_heights, 6, one
    three = dict(asc_amplitude=[-0.05, 0.3, -0.4], rc_asc=[0.01, 0.25, 0.11], asc_retain=[1.0, 0.5, 0.0])
    yield (3,), BOTH, "three currents, one positive", 0.1, 2400, noise, 4, three
    rapid = dict(asc_amplitude=[-2.0, 0.5], rc_asc=[5.0, 0.8], refrac_t=1.0)
    yield (3,), BOTH, "current that decays in one step", 0.2, 2000, constant, 1.5, rapid
    yield (3,), ALLEN, "retain a negative part", 0.1, 2400, constant, 5, dict(asc_retain=[-0.5, 1.0])
    yield (3,), NEST, "reset above rest", 0.1, 2400, two_heights, 4, dict(reset_v=-63.5)

    half = dict(asc_retain=[0.5, 1.0], reset_v_mul=1.0, reset_v_add=12.0)
    yield (4,), BOTH, "retain half of one, reset by subtraction", 0.1, 2400, noise, 5, half
    positive = dict(asc_amplitude=[0.25], rc_asc=[0.15], asc_retain=[0.0], reset_v_mul=0.0)
    yield (4,), BOTH, "one positive current", 0.1, 2000, pulses, 3, positive
    three = dict(asc_amplitude=[-0.2, 0.05, -0.03], rc_asc=[0.2, 0.03, 0.005], asc_retain=[0.9, 1.0, 0.7])
    yield (4,), BOTH, "three currents", 0.05, 2800, constant, 5, three
    yield (4,), ALLEN, "retain a negative part", 0.1, 2400, ramp, 5, dict(asc_retain=[1.0, -0.3])

    strong = dict(thresh_voltage_gain=0.03, rc_thresh_voltage=0.06)
    yield (5,), BOTH, "strong voltage component", 0.1, 2400, noise, 5, strong
    falling = dict(thresh_voltage_gain=-0.004, rc_thresh_voltage=0.02)
    yield (5,), BOTH, "negative voltage component", 0.1, 2400, constant, 4, falling
    leak = 1 / cell(5, 0.1)["tc_membrane"]
    near = dict(rc_thresh_voltage=leak * (1 + 1e-3))
    yield (5,), BOTH, "b_v 1e-3 above G/C", 0.1, 2400, two_heights, 5, near
    nearer = dict(rc_thresh_voltage=leak * (1 - 1e-6))
    yield (5,), BOTH, "b_v 1e-6 below G/C", 0.1, 2400, noise, 5, nearer
    quick = dict(thresh_voltage_gain=0.4, rc_thresh_voltage=1.5, tau=8.0, refrac_t=2.0)
    yield (5,), BOTH, "quick voltage component and membrane", 0.05, 2400, constant, 6, quick
    mixed = dict(asc_amplitude=[-0.3], rc_asc=[0.08], asc_retain=[0.0], reset_v_mul=1.0, reset_v_add=9.0)
    yield (5,), BOTH, "one current, retain nothing, subtraction", 0.1, 2400, two_heights, 4, mixed


def all_cases(dialect):
    cases, numbers = [], Counter()
    for index, (levels, dialects, about, h, steps, shape, drive, changed) in enumerate(entries()):
        for level in levels if dialect in dialects else ():
            params = changed_cell(level, h, changed)
            rng = np.random.default_rng([SEED, index, level])
            factor = drive * (2 if level >= 3 else 1)
            threshold = params["thresh_eq_v" if level in (2, 4, 5) else "thresh_v"]
            current = scaled(shape(steps, h, rng), factor, params, threshold)
            name = f"{dialect}-glif{level}-{numbers[level]:02}"
            numbers[level] += 1
            cases.append(Case(name, level, dialect, about, params, current))
    return cases


def changed_cell(level, h, changed):
    params = cell(level, h)
    for key, value in changed.items():
        if key == "tau":
            key = "tc_membrane" if level in (2, 4, 5) else "time_constant"
        assert key in params, key
        params[key] = value
    return params


# Checking -------------------------------------------------------------------


@dataclass
class Check:
    """Largest distance from the reference in each array, the reference's margin, and `apart`."""

    largest: dict
    margin: float
    apart: dict = None


def check(case, recorded):
    """The simulator must equal the reference. Returns how close it is.

    Where it has its own refractory count or decay time, the reference takes
    them over, and `apart` says what glif's equations give instead.
    """
    h, refrac_t = case.params["step_time"], case.params["refrac_t"]
    n = reference.refractory_steps(refrac_t, h)
    its_own = dict(steps=recorded.refractory_steps, decay_time=recorded.decay_time)
    want = reference.run(case.level, case.dialect, case.params, case.current, **its_own)
    result = compare(case, recorded, want)
    decays = case.level != 1 and not math.isclose(recorded.decay_time, n * h, rel_tol=1e-12)
    if recorded.refractory_steps != n or decays:
        glif = reference.run(case.level, case.dialect, case.params, case.current)
        result.apart = dict(
            refractory_steps=n,
            refractory_decay_t=n * h,
            spikes=glif.spikes,
            largest={name: largest(recorded, glif, name) for name in result.largest},
        )
        assert max(result.apart["largest"].values()) > 1e-3, f"{case.name} does not tell them apart"
    return result


def compare(case, recorded, want):
    assert want.spikes == recorded.spikes, f"{case.name}: {first_difference(want.spikes, recorded.spikes)}"
    names = [name for name in ARRAYS if getattr(recorded, name) is not None]
    result = Check({name: largest(recorded, want, name) for name in names}, want.margin)
    for name, distance in result.largest.items():
        assert distance <= tolerance(case, name), f"{case.name}: {name} {distance}"
    return result


def tolerance(case, name):
    """mV or nA. b_v next to G/C takes digits from the threshold of both simulators."""
    near = case.level == 5 and abs(case.params["rc_thresh_voltage"] * case.tau - 1) < 1e-2
    return 1e-6 if near and name in ("threshold", "threshold_voltage") else TOLERANCE


def largest(recorded, want, name):
    """Largest distance of one array. Of the reference, which has all steps, take those recorded."""
    values, wanted = getattr(recorded, name), getattr(want, name)
    wanted = wanted if name == "voltage" else wanted[EVERY - 1 :: EVERY]
    assert values.shape == wanted.shape, (name, values.shape, wanted.shape)
    return float(np.nanmax(np.abs(values - wanted), initial=0.0))


def first_difference(want, got):
    index = next((i for i, pair in enumerate(zip(want, got)) if pair[0] != pair[1]), min(len(want), len(got)))
    return f"spike {index}: reference {want[index : index + 3]}, simulator {got[index : index + 3]}"


# Writing --------------------------------------------------------------------


def toml_value(value):
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def population(case):
    head = dict(model=case.model, dialect=case.dialect, scalar="f64", shape=[1])
    lines = [f"{key} = {toml_value(value)}" for key, value in head.items()]
    lines += ["", "[params]"]
    lines += [f"{key} = {toml_value(value)}" for key, value in case.params.items()]
    return "\n".join(lines) + "\n"


def describe(case, recorded, result):
    return dict(
        name=case.name,
        model=case.model,
        level=case.level,
        dialect=case.dialect,
        about=case.about,
        step_time=case.params["step_time"],
        population=population(case),
        steps=case.steps,
        every=EVERY,
        currents=len(case.params.get("asc_amplitude", [])),
        refractory_steps=recorded.refractory_steps,
        refractory_decay_t=recorded.decay_time,
        margin=result.margin,
        apart=result.apart,
        spikes=recorded.spikes,
    )


def generate(dialect, simulate):
    """Runs, checks and writes all cases of a dialect."""
    described, arrays, checks, cases = [], {}, [], all_cases(dialect)
    for case in cases:
        recorded = simulate(case)
        result = check(case, recorded)
        checks.append(result)
        described.append(describe(case, recorded, result))
        arrays[f"{case.name}/current"] = case.current
        for name in ARRAYS:
            values = getattr(recorded, name)
            if values is not None:
                assert values.dtype == np.float64
                arrays[f"{case.name}/{name}"] = values
    lines = ",\n".join(json.dumps(case, allow_nan=False) for case in described)
    (HERE / f"{dialect}.json").write_text(f"[\n{lines}\n]\n")
    np.savez_compressed(HERE / f"{dialect}.npz", **arrays)
    summarize(dialect, described, checks)


def summarize(dialect, described, checks):
    for case, result in zip(described, checks):
        others = max((value for name, value in result.largest.items() if name != "voltage"), default=0.0)
        distances = f"{result.largest['voltage']:.0e} mV {others:.0e}"
        print(f"{case['name']} {len(case['spikes']):4} spikes, off by {distances}: {case['about']}")
        if result.apart:
            same = "equal" if result.apart["spikes"] == case["spikes"] else "different"
            print(f"  apart: {same} spikes, largest distances {result.apart['largest']}")
    for level in range(1, 6):
        counts = [len(case["spikes"]) for case in described if case["level"] == level]
        many = sum(count > 10 for count in counts)
        print(f"{dialect} glif{level}: {len(counts)} cases, {many} with over 10 spikes, {sum(counts)} spikes")
        assert 2 * many >= len(counts), "most cases must spike often"
        assert min(counts) > 0
    print(f"{dialect}: least margin {min(result.margin for result in checks):.0e} mV")
    total = sum(path.stat().st_size for path in HERE.iterdir() if path.is_file())
    print(f"{dialect}: {len(described)} cases; the folder has {total} bytes")
    assert total < SIZE_LIMIT, "the golden data outgrew its limit"
