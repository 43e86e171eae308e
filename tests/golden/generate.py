"""Golden data: what the real Inferno (inferno-ai 0.0.5) does, step by step.

Make an environment and run it, from this directory:

    python -m venv venv
    venv/bin/pip install -r requirements.txt
    venv/bin/python generate.py --coverage

It writes f32.npz, f32.json, f64.npz and f64.json next to itself; README.md
describes them. Everything is drawn from fixed seeds.
"""

import argparse
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from inferno.neural import ALIF, GLIF1, GLIF2, LIF

HERE = Path(__file__).resolve().parent
SEED = 20240
SIZE_LIMIT = 4 * 1024 * 1024

# How many cases of each model, and how many numbers one case may hold, roughly.
SCALARS = {
    "f32": dict(
        numpy=np.float32,
        torch=torch.float32,
        cases=dict(lif=60, glif1=40, alif=90, glif2=90),
        budget=2400,
    ),
    "f64": dict(
        numpy=np.float64,
        torch=torch.float64,
        cases=dict(lif=26, glif1=18, alif=40, glif2=40),
        budget=1600,
    ),
}
CLASSES = dict(lif=LIF, glif1=GLIF1, alif=ALIF, glif2=GLIF2)
ADAPTIVE = ("alif", "glif2")
REDUCTIONS = dict(mean=torch.mean, sum=torch.sum, max=torch.amax, min=torch.amin)

# What a case is drawn from. Every value of every list is asserted to occur.
AXES = dict(
    components=[1, 2, 3, 4, 8],
    batch=[1, 2, 3, 4],
    shape=[(1,), (3,), (2, 2), (5,), (2, 1, 3)],
    step_time=[1.0, 0.5, 0.25, 0.1, 0.05, 0.37],
    reduction=["mean", "mean", "sum", "max", "min"],
    refrac_lock=[True, True, False],
    adapt=[True, True, True, False],
    resistance=[1.0, 37.5, 0.1, -2.5, 1.0, -0.1],
    scenario=[
        "plain", "step_time", "clear", "write", "flags",
        "mixed", "threshold", "huge", "quiet",
    ],  # fmt: skip
    # rest, reset, threshold
    potentials=[
        (-60.0, -65.0, -50.0),
        (-60.1, -65.3, -50.2),
        (-70.0, -70.0, -54.9),
        (-70.0, -60.0, -50.0),
        (-65.0, -62.5, -40.0),
        (-1.0, -2.0, 1.0),
        (0.0, 0.0, 1.0),
        (0.0, -0.2, 0.7),
        (10.0, 5.0, 25.0),
        (5.3, -3.1, 30.7),
        (100.1, 99.9, 130.3),
    ],
    tau=[20.0, 10.0, 2.0, 5.5, 31.7, 0.8, 100.0],
    reset_v_mul=[-0.5, -0.2, 0.0, 0.1, 0.35, 0.6, 0.9],
    huge=[1e6, 1e9, 1e12, 1e20, 1e30],
)
# Zero, below the step, exact multiples (with drift and without) and odd ones.
REFRACTORY = {
    1.0: [0.0, 0.5, 1.0, 2.0, 5.0, 3.3, 2.05],
    0.5: [0.0, 0.2, 0.5, 2.0, 5.0, 3.3, 2.05],
    0.25: [0.0, 0.1, 0.25, 2.0, 5.0, 3.3, 2.05],
    0.1: [0.0, 0.05, 0.1, 0.3, 0.5, 2.0, 5.0, 3.3, 2.05],
    0.05: [0.0, 0.02, 0.05, 0.5, 2.0, 5.0, 3.3, 2.05],
    0.37: [0.0, 0.2, 0.37, 1.11, 1.85, 3.7, 3.3, 2.05],
}
TC_ADAPTATION = [100.0, 20.0, 5.5, 37.3, 250.0, 2.0, 1000.0, 11.1]
RC_ADAPTATION = [0.01, 0.05, 0.2, 0.003, 0.5, 0.027, 1.0]
WRITTEN_REFRAC = [0.0, 0.0, 0.05, 0.7, 1.0, 2.05, 3.3, 7.77]
# How many steps theta may grow B-fold under "sum" and stay below a million.
SUM_WINDOW = {2: 13, 3: 8, 4: 6}


class Deck:
    """Deals a list in shuffled rounds: random, yet every value comes up."""

    def __init__(self, values, rng):
        self.values, self.rng, self.rest = values, rng, []

    def draw(self):
        if not self.rest:
            self.rest = list(self.rng.permutation(len(self.values)))
        return self.values[self.rest.pop()]


@dataclass
class Case:
    name: str
    model: str
    scalar: str
    scenario: str
    shape: tuple
    batch: int
    refrac_lock: bool
    adapt: bool
    reduction: str
    params: dict
    huge: float = 0.0
    steps: int = 0
    inputs: np.ndarray = None
    events: list = field(default_factory=list)

    @property
    def adaptive(self):
        return self.model in ADAPTIVE

    @property
    def components(self):
        return len(as_list(self.params["spike_increment"])) if self.adaptive else 0

    @property
    def threshold(self):
        return self.params["thresh_eq_v" if self.adaptive else "thresh_v"]

    @property
    def tau(self):
        return self.params["tc_membrane" if self.adaptive else "time_constant"]

    @property
    def count(self):
        return math.prod(self.shape)


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def pick(rng, values):
    return values[rng.integers(len(values))]


def chance(rng, probability):
    return bool(rng.random() < probability)


# Drawing parameters ---------------------------------------------------------


def draw_case(name, model, scalar, draw, rng):
    step_time = draw("step_time")
    reduction = draw("reduction") if model in ADAPTIVE else "mean"
    adapt = draw("adapt") or reduction == "sum"
    case = Case(
        name=name,
        model=model,
        scalar=scalar,
        scenario=draw("scenario"),
        shape=draw("shape"),
        batch=draw("batch"),
        refrac_lock=draw("refrac_lock"),
        adapt=adapt,
        reduction=reduction,
        params=draw_params(model, step_time, draw, rng),
    )
    if case.scenario == "huge":
        case.huge = draw("huge")
    if case.scenario == "threshold":
        case.params["resistance"] = pick(rng, [1.0, 1.0, -1.0, 2.0, -0.5])
        case.params[tau_name(model)] = pick(rng, [1.0, 2.0, 5.5]) * step_time
    return case


def tau_name(model):
    return "tc_membrane" if model in ADAPTIVE else "time_constant"


def draw_params(model, step_time, draw, rng):
    rest, reset, threshold = draw("potentials")
    params = dict(step_time=step_time, rest_v=rest)
    if model == "glif2":
        params |= draw_linear_reset(threshold - rest, draw, rng)
    else:
        params["reset_v"] = reset
    params["thresh_eq_v" if model in ADAPTIVE else "thresh_v"] = threshold
    params["refrac_t"] = draw(f"refrac_t at {step_time}")
    params[tau_name(model)] = draw("tau")
    if model in ADAPTIVE:
        params |= draw_adaptation(model, threshold - rest, draw, rng)
    resistance = draw("resistance")
    if resistance != 1.0 or chance(rng, 0.5):  # 1 is also the default
        params["resistance"] = resistance
    return params


def draw_linear_reset(distance, draw, rng):
    """A reset that is below the threshold when it starts at the threshold."""
    mul = draw("reset_v_mul")
    share = pick(rng, [-0.4, 0.0, 0.1, 0.5, 1.0])
    return dict(reset_v_add=round(share * (1 - mul) * distance, 2), reset_v_mul=mul)


def draw_adaptation(model, distance, draw, rng):
    components = draw("components")
    name, values = ("tc_adaptation", TC_ADAPTATION)
    if model == "glif2":
        name, values = ("rc_adaptation", RC_ADAPTATION)
    # Inferno completes a short list of constants, not one of increments.
    short = components > 1 and chance(rng, 0.25)
    constants = 1 + int(rng.integers(components - 1)) if short else components
    constant = [pick(rng, values) for _ in range(constants)]
    increment = [draw_increment(distance, rng) for _ in range(components)]
    return {
        name: constant[0] if constants == 1 and chance(rng, 0.5) else constant,
        "spike_increment": increment[0] if components == 1 and chance(rng, 0.5) else increment,
    }


def draw_increment(distance, rng):
    sign = -1 if chance(rng, 0.25) else 1
    return round(sign * distance * rng.uniform(0.01, 0.4), 2)


def choose_steps(case, rng):
    """40 to 250: what the budget allows, but enough to outlast a refractory time."""
    per_step = 3 * case.batch * case.count + case.count * case.components
    wanted = SCALARS[case.scalar]["budget"] * rng.uniform(0.5, 1.5) / per_step
    needed = 2.3 * case.params["refrac_t"] / case.params["step_time"]
    return int(min(max(wanted, needed, 40), 250))


def tame_sum(case, rng):
    """Under "sum" theta grows B-fold a step: let it decay as fast, or adapt briefly."""
    step_time, steps = case.params["step_time"], case.steps
    if case.reduction != "sum" or case.batch == 1:
        return
    if chance(rng, 0.5):
        fast = round(step_time * pick(rng, [0.3, 0.4, 0.5]), 4)
        case.params["refrac_t"] = pick(rng, [0.0, step_time, round(2 * step_time, 2)])
        name = "tc_adaptation" if case.model == "alif" else "rc_adaptation"
        case.params[name] = fast if case.model == "alif" else round(1 / fast, 3)
        return
    window = SUM_WINDOW[case.batch]
    second = steps // 2
    case.adapt = False
    lock = case.refrac_lock
    add_event(case, 6, "flags", refrac_lock=lock, adapt=True)
    add_event(case, 6 + window, "flags", refrac_lock=lock, adapt=False)
    add_event(case, second - 1, "clear", keep_adaptations=False)
    add_event(case, second, "flags", refrac_lock=lock, adapt=True)
    add_event(case, second + window, "flags", refrac_lock=lock, adapt=False)


# Drawing inputs -------------------------------------------------------------


def draw_inputs(case, rng):
    shape = (case.steps, case.batch, *case.shape)
    if case.scenario == "threshold":
        return threshold_inputs(case, shape)
    current = drive(case, rng) * held(rng.integers(0, 129, shape) / 64, rng)
    if case.scenario == "quiet":
        current = quiet(current, rng)
    elif chance(rng, 0.4):
        begin = int(rng.integers(case.steps // 2))
        current[begin : begin + case.steps // 6] *= pick(rng, [0.0, -1.0])
    current = np.round(current * 64) / 64
    if case.scenario == "huge":
        current = spiked_with(current, case.huge, rng)
    return current


def drive(case, rng):
    """The current that takes a neuron from rest to threshold in a few steps."""
    params = case.params
    soonest = 1 if case.reduction == "sum" else pick(rng, [1, 2, 4, case.steps // 8])
    progress = -math.expm1(-soonest * params["step_time"] / case.tau)
    return (case.threshold - params["rest_v"]) / progress / params.get("resistance", 1.0)


def held(levels, rng):
    """Holds each level for a few steps."""
    hold = pick(rng, [1, 1, 2, 5, 10])
    return np.repeat(levels[::hold], hold, axis=0)[: len(levels)]


def quiet(current, rng):
    """A third driven or not, a third without input, a third driven the other way."""
    third = len(current) // 3
    current[:third] *= pick(rng, [1.0, 1.0, 1.0, 0.0])
    current[third : 2 * third] = 0.0
    current[2 * third :] *= -1.0
    return current if chance(rng, 0.7) else np.roll(current, third, axis=0)


def spiked_with(current, magnitude, rng):
    struck = rng.random(current.shape) < 0.05
    sign = rng.choice([-1.0, 1.0], current.shape)
    return np.where(struck, sign * magnitude, current)


def threshold_inputs(case, shape):
    """A current whose steady voltage is the threshold, and its close neighbours.

    Where voltages are written, the current that keeps each of them in its place.
    """
    exact = threshold_current(case, case.threshold)
    below = float(np.nextafter(numpy_type(case)(exact), 0))
    levels = [exact, exact - 1 / 64, exact, below, exact + 1 / 64]
    inputs = np.broadcast_to(neighbours(levels, case), shape).copy()
    for event in case.events:
        if event["do"] == "write":
            keeping = [threshold_current(case, voltage) for voltage in event["voltage"]]
            inputs[event["before"]] = np.reshape(keeping, shape[1:])
    return inputs


def threshold_current(case, target):
    """The I nearest to zero error in rest + R * I = target, in the case's arithmetic."""
    dtype = numpy_type(case)
    rest, target = dtype(case.params["rest_v"]), dtype(target)
    resistance = dtype(case.params.get("resistance", 1.0))
    current = (target - rest) / resistance
    near = [current]
    for direction in (-np.inf, np.inf):
        value = current
        for _ in range(8):
            value = np.nextafter(value, dtype(direction))
            near.append(value)
    return float(min(near, key=lambda i: abs(rest + resistance * i - target)))


def neighbours(levels, case):
    flat = [levels[i % len(levels)] for i in range(case.batch * case.count)]
    return np.array(flat).reshape(case.batch, *case.shape)


def numpy_type(case):
    return SCALARS[case.scalar]["numpy"]


# Drawing events -------------------------------------------------------------


def add_event(case, before, do, **fields):
    case.events.append({"before": int(before), "do": do, **fields})


def draw_events(case, rng):
    tame_sum(case, rng)
    middle = lambda: int(rng.integers(case.steps // 4, 3 * case.steps // 4))
    scenario = case.scenario
    if scenario in ("step_time", "mixed"):
        others = [dt for dt in AXES["step_time"] if dt != case.params["step_time"]]
        add_event(case, middle(), "set_step_time", value=pick(rng, others))
    if scenario in ("clear", "mixed"):
        add_event(case, middle(), "clear", keep_adaptations=chance(rng, 0.5))
    if scenario in ("write", "mixed"):
        add_write(case, pick(rng, [0, middle()]), rng)
    if scenario == "flags" and case.reduction != "sum":
        add_event(case, middle(), "flags", refrac_lock=not case.refrac_lock, adapt=case.adapt)
        add_event(case, middle(), "flags", refrac_lock=chance(rng, 0.5), adapt=not case.adapt)
    if scenario == "threshold":
        for before in (0, case.steps // 3, 2 * case.steps // 3):
            add_threshold_write(case, before, rng)
    case.events.sort(key=lambda event: event["before"])


def add_write(case, before, rng):
    """Any subset of the state; voltages on both sides of the threshold."""
    size, distance = case.batch * case.count, case.threshold - case.params["rest_v"]
    share = lambda: rng.uniform(-1.0, 1.5)
    fields = dict(
        voltage=[round(case.params["rest_v"] + share() * distance, 2) for _ in range(size)],
        refrac=[pick(rng, WRITTEN_REFRAC) for _ in range(size)],
    )
    if case.adaptive:
        theta = case.count * case.components
        fields["adaptation"] = [round(0.2 * share() * distance, 2) for _ in range(theta)]
    dropped = pick(rng, [None, None, *fields])
    fields.pop(dropped, None)
    add_event(case, before, "write", **fields)


def add_threshold_write(case, before, rng):
    """Voltages on the threshold or one unit in the last place below it, ready to fire.

    The thetas are multiples of 1/64, so that they add up alike in any order.
    """
    dtype = numpy_type(case)
    theta = rng.integers(-32, 64, (case.count, case.components)) / 64
    exact = dtype(case.threshold) + np.tile(theta.sum(axis=1), case.batch).astype(dtype)
    below = np.nextafter(exact, dtype(-np.inf))
    chosen = neighbours([False, False, True, False], case).ravel()
    fields = dict(
        voltage=np.where(chosen, below, exact).tolist(),
        refrac=[0.0] * exact.size,
    )
    if case.adaptive:
        fields["adaptation"] = theta.ravel().tolist()
    add_event(case, before, "write", **fields)


# Running Inferno ------------------------------------------------------------


def build(case):
    kwargs = {k: tuple(v) if isinstance(v, list) else v for k, v in case.params.items()}
    if case.adaptive and case.reduction != "mean":  # the mean is the default
        kwargs["batch_reduction"] = REDUCTIONS[case.reduction]
    step_time = kwargs.pop("step_time")
    return CLASSES[case.model](case.shape, step_time, batch_size=case.batch, **kwargs)


def adaptation_decay(case, neuron):
    """The decays Inferno multiplies by, from the expression it uses itself."""
    if not case.adaptive:
        return []
    if case.model == "alif":
        time_constant = neuron.tc_adaptation
    else:
        time_constant = 1 / neuron.rc_adaptation
    return torch.exp(-neuron.step_time / time_constant).tolist()


def apply_event(case, neuron, event, flags):
    if event["do"] == "set_step_time":
        neuron.dt = event["value"]
        event["adaptation_decay"] = adaptation_decay(case, neuron)
    elif event["do"] == "clear":
        neuron.clear(keep_adaptations=event["keep_adaptations"])
    elif event["do"] == "write":
        write_state(case, neuron, event)
    else:
        flags.update(refrac_lock=event["refrac_lock"], adapt=event["adapt"])


def write_state(case, neuron, event):
    population = (case.batch, *case.shape)
    if "voltage" in event:
        neuron.voltage = torch.tensor(event["voltage"]).reshape(population)
    if "refrac" in event:
        neuron.refrac = torch.tensor(event["refrac"]).reshape(population)
    if "adaptation" in event:
        theta = torch.tensor(event["adaptation"])
        neuron.threshold_adaptation = theta.reshape(*case.shape, case.components)


def forward(case, neuron, current, flags):
    if case.adaptive:
        return neuron(current, adapt=flags["adapt"], refrac_lock=flags["refrac_lock"])
    return neuron(current, refrac_lock=flags["refrac_lock"])


def run(case):
    """Runs the real thing: its first decays, and its state after every step."""
    neuron = build(case)
    decay = adaptation_decay(case, neuron)
    flags = dict(refrac_lock=case.refrac_lock, adapt=case.adapt)
    trace = dict(voltage=[], refrac=[], spikes=[])
    if case.adaptive:
        trace["adaptation"] = []
    for t, current in enumerate(torch.from_numpy(case.inputs)):
        for event in case.events:
            if event["before"] == t:
                apply_event(case, neuron, event, flags)
        spikes = forward(case, neuron, current, flags)
        trace["spikes"].append(spikes.clone())
        trace["voltage"].append(neuron.voltage.clone())
        trace["refrac"].append(neuron.refrac.clone())
        if case.adaptive:
            trace["adaptation"].append(neuron.threshold_adaptation.clone())
    arrays = {key: torch.stack(values).numpy() for key, values in trace.items()}
    return decay, {"input": case.inputs, **arrays}


def acceptable(arrays):
    theta = arrays.get("adaptation", np.zeros(1))
    finite = all(np.isfinite(array).all() for array in arrays.values())
    return finite and np.abs(theta).max() < 1e6


# Writing --------------------------------------------------------------------


def toml_value(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def population(case):
    head = dict(
        model=case.model,
        shape=case.shape,
        batch_size=case.batch,
        scalar=case.scalar,
        refrac_lock=case.refrac_lock,
        adapt=case.adapt,
        batch_reduction=case.reduction,
    )
    lines = [f"{key} = {toml_value(value)}" for key, value in head.items()]
    lines += ["", "[params]"]
    lines += [f"{key} = {toml_value(value)}" for key, value in case.params.items()]
    return "\n".join(lines) + "\n"


def describe(case, decay):
    return dict(
        name=case.name,
        model=case.model,
        population=population(case),
        steps=case.steps,
        batch=case.batch,
        shape=list(case.shape),
        k=case.components,
        adaptation_decay=decay,
        events=case.events,
    )


def save(scalar, described, arrays):
    lines = ",\n".join(json.dumps(case, allow_nan=False) for case in described)
    (HERE / f"{scalar}.json").write_text(f"[\n{lines}\n]\n")
    np.savez_compressed(HERE / f"{scalar}.npz", **arrays)


# Making it all --------------------------------------------------------------


def make_decks(rng):
    decks = {axis: Deck(values, rng) for axis, values in AXES.items()}
    for step_time, values in REFRACTORY.items():
        decks[f"refrac_t at {step_time}"] = Deck(values, rng)
    return lambda axis: decks[axis].draw()


def make_case(name, model, scalar, draw, seed):
    """Draws a case until its numbers stay finite and theta below a million."""
    for attempt in range(100):
        rng = np.random.default_rng([*seed, attempt])
        case = draw_case(name, model, scalar, draw, rng)
        case.steps = choose_steps(case, rng)
        draw_events(case, rng)
        case.inputs = draw_inputs(case, rng).astype(numpy_type(case))
        decay, arrays = run(case)
        if acceptable(arrays):
            return case, decay, arrays
    raise RuntimeError(f"{name}: no acceptable case in 100 attempts")


def generate(scalar):
    settings = SCALARS[scalar]
    torch.set_default_dtype(settings["torch"])
    cases, described, everything = [], [], {}
    for m, (model, count) in enumerate(settings["cases"].items()):
        width = np.dtype(settings["numpy"]).itemsize
        draw = make_decks(np.random.default_rng([SEED, width, m]))
        for index in range(count):
            name = f"{model}-{index:03}"
            seed = [SEED, width, m, index]
            case, decay, arrays = make_case(name, model, scalar, draw, seed)
            check_types(case, arrays)
            cases.append((case, arrays))
            described.append(describe(case, decay))
            everything |= {f"{name}/{key}": array for key, array in arrays.items()}
    save(scalar, described, everything)
    return cases


def check_types(case, arrays):
    for key, array in arrays.items():
        expected = np.bool_ if key == "spikes" else numpy_type(case)
        assert array.dtype == expected, (case.name, key, array.dtype)
    for key in ("input", "voltage", "refrac", "spikes"):
        assert arrays[key].shape == (case.steps, case.batch, *case.shape)


def summarise(scalar, cases):
    spiking = sum(bool(arrays["spikes"].any()) for _, arrays in cases)
    spikes = sum(int(arrays["spikes"].sum()) for _, arrays in cases)
    steps = sum(arrays["spikes"].size for _, arrays in cases)
    size = sum((HERE / f"{scalar}.{kind}").stat().st_size for kind in ("npz", "json"))
    print(
        f"{scalar}: {len(cases)} cases, {spiking} with spikes, {spikes} spikes "
        f"in {steps} neuron-steps, {size} bytes"
    )
    assert 2 * spiking >= len(cases), "most cases must spike"
    return size


def coverage(cases):
    """How many cases have each value of each axis."""
    counts = {axis: Counter() for axis in ("model", *AXES, "refrac_t/step_time", "events")}
    for case, _ in cases:
        params = case.params
        counts["model"][case.model] += 1
        counts["batch"][case.batch] += 1
        counts["shape"][case.shape] += 1
        counts["scenario"][case.scenario] += 1
        counts["refrac_lock"][case.refrac_lock] += 1
        counts["step_time"][params["step_time"]] += 1
        counts["resistance"][params.get("resistance", 1.0)] += 1
        counts["refrac_t/step_time"][(params["refrac_t"], params["step_time"])] += 1
        counts["potentials"][(params["rest_v"], params.get("reset_v"), case.threshold)] += 1
        counts["tau"][case.tau] += 1
        counts["events"].update({event["do"] for event in case.events})
        if case.adaptive:
            counts["components"][case.components] += 1
            counts["reduction"][case.reduction] += 1
            counts["adapt"][case.adapt] += 1
        if case.huge:
            counts["huge"][case.huge] += 1
        if case.model == "glif2":
            counts["reset_v_mul"][params["reset_v_mul"]] += 1
    return counts


def check_coverage(counts):
    for axis, values in AXES.items():
        missing = set(values) - set(counts[axis])
        assert not missing, f"{axis}: no case with {missing}"
    for step_time, values in REFRACTORY.items():
        for refrac_t in values:
            pair = (refrac_t, step_time)
            assert counts["refrac_t/step_time"][pair], f"no case with refrac_t/dt {pair}"


def print_coverage(counts):
    for axis, counter in counts.items():
        listed = sorted(counter.items(), key=lambda item: str(item[0]))
        print(f"  {axis}: " + ", ".join(f"{value}: {n}" for value, n in listed))


def main():
    parser = argparse.ArgumentParser(description="Write the golden data.")
    parser.add_argument("--coverage", action="store_true", help="print what is covered")
    options = parser.parse_args()
    torch.set_num_threads(1)
    total = 0
    for scalar in SCALARS:
        cases = generate(scalar)
        total += summarise(scalar, cases)
        counts = coverage(cases)
        if options.coverage:
            print_coverage(counts)
        check_coverage(counts)
    print(f"total: {total} bytes")
    assert total <= SIZE_LIMIT, "the golden data outgrew its limit"


if __name__ == "__main__":
    main()
