"""Golden data: what NIR graphs do, by their equations in f64, step by step.

Make an environment and run it, from this directory:

    python3.11 -m venv venv
    venv/bin/pip install -r requirements.txt
    venv/bin/python generate.py

It writes cases.json, the arrays in cases/, and the graphs of graphs.py into graphs/. The public
graphs in graphs/ stay as they are. README.md describes all of them.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import graphs
import reference
from reference import Settings

HERE = Path(__file__).resolve().parent
SEED = 29000
SIZE_LIMIT = 3_000_000
LEAST_MARGIN = 1e-9
MOST_ATTEMPTS = 10
RECORDED_NEURONS, RECORDED_STEPS = 3, 100
# Of all neurons of a node and all steps.
LEAST_RATE, MOST_RATE = 0.002, 0.6


@dataclass
class Case:
    """The input is Bernoulli in `most` trials for each element and step: bool if that is 1, else u8.

    `quiet` nodes never fire. An `exact` case has no rounding, and so its margin may be 0.
    """

    graph: str
    about: str
    settings: Settings
    steps: int = 200
    chance: float = 0.3
    most: int = 1
    suffix: str = ""
    also: list = field(default_factory=list)
    quiet: list = field(default_factory=list)
    exact: bool = False
    recorded_steps: int = RECORDED_STEPS
    inputs: dict = None

    @property
    def name(self):
        return self.graph + self.suffix

    def draw(self, graph, seed):
        rng = np.random.default_rng([seed, *self.name.encode()])
        kind = bool if self.most == 1 else np.uint8
        shape = lambda name: (self.steps, *graph.nodes[name].input_type["input"])
        return {name: rng.binomial(self.most, self.chance, shape(name)).astype(kind) for name in graph.inputs}


def published():
    """Input, membrane and spikes of `lif_norse.csv`."""
    return np.loadtxt(HERE / "graphs" / "lif_norse.csv", delimiter=",").T


def public_cases():
    fine, coarse = Settings(0.1), Settings(1.0)
    subtract, exact = Settings(0.1, reset="subtract"), Settings(0.1, discretization="exact")
    bias_zero, no_bias_subtract = "braille_noDelay_bias_zero", "braille_noDelay_noBias_subtract"
    about_braille = "trained on braille letters, CubaLIF with recurrence"
    trace = dict(input=published()[0].astype(bool)[:, None])
    return [
        Case("lif_norse", "the published trace", fine, 1000, inputs=trace, recorded_steps=1000),
        Case("lif_norse", "one LIF", fine, chance=0.6, suffix="-random"),
        Case("lif_norse", "one LIF", subtract, chance=0.6, suffix="-subtract"),
        Case("lif_rockpool", "one LIF with r of 24; an Output of another shape", fine, chance=0.5),
        Case("two_lif_neurons", "the second never fires", coarse, most=3, quiet=["lif2"]),
        Case("cnn_sinabs", "trained on N-MNIST, IF", coarse, 100, 0.08),
        Case("cnn_sinabs", "trained on N-MNIST, IF", Settings(1.0, reset="subtract"), 100, 0.05, suffix="-subtract"),
        Case(bias_zero, f"{about_braille} and biases", fine, 256, 0.35),
        Case(bias_zero, f"{about_braille} and biases", exact, 256, 0.35, suffix="-exact"),
        Case(bias_zero, f"{about_braille} and biases", subtract, 256, 0.35, suffix="-subtract"),
        Case(no_bias_subtract, about_braille, subtract, 256, 0.35),
        Case(no_bias_subtract, about_braille, fine, 256, 0.35, suffix="-zero"),
        Case("conv", "after its LIF, what no population does: Delay, Scale and Threshold", coarse, 100, 0.1),
        Case("ff", "two LIF, and a v_reset below 0", coarse, 300, 0.5, 20, also=["ff_lzf"]),
        Case("rec", "a nested CubaLIF with recurrence", coarse, 200, 0.3, 4, also=["rec_fixed"]),
        Case("snn_RLeaky", "snnTorch's RLeaky", fine, 200, 0.5, 4),
        Case("snn_RSynaptic", "snnTorch's RSynaptic", fine, 200, 0.5, 4),
    ]


def made_cases(abouts):
    coarse, exact = Settings(1.0), Settings(1.0, discretization="exact")
    subtract = Settings(1.0, reset="subtract")
    special = dict(
        if_time=dict(settings=Settings(1.0, if_input="time")),
        if_strict=dict(exact=True),
        sum_pool=dict(chance=0.15),
        readouts=dict(most=3, chance=0.2),
        folded=dict(most=2, chance=0.2),
        bare=dict(most=4, chance=0.1),
    )
    # The step that snnTorch always takes.
    special |= {name: dict(settings=Settings(0.1)) for name in abouts if name.startswith("common_")}
    cases = [Case(name, about, **dict(settings=coarse) | special.get(name, {})) for name, about in abouts.items()]
    again = [(exact, ["own_lif", "own_cuba_lif", "readouts", "nested"]), (subtract, ["self_recurrent", "folded"])]
    for settings, names in again:
        suffix = "-exact" if settings is exact else "-subtract"
        others = {name: {k: v for k, v in special.get(name, {}).items() if k != "settings"} for name in names}
        cases += [Case(name, abouts[name], settings, suffix=suffix, **others[name]) for name in names]
    cases.append(Case("own_lif", abouts["own_lif"], Settings(0.25), 300, suffix="-quarter"))
    return cases


# Running and writing -------------------------------------------------------


def evaluate(case):
    """Draws an input that leaves every membrane clear of its threshold."""
    graph = reference.read(HERE / "graphs" / f"{case.graph}.nir")
    for seed in range(SEED, SEED + MOST_ATTEMPTS):
        inputs = case.inputs or case.draw(graph, seed)
        trace = reference.run(graph, inputs, case.settings)
        if case.exact or trace.margin >= LEAST_MARGIN:
            break
        assert not case.inputs
    else:
        raise AssertionError(f"{case.name}: no input with a margin")
    for name, spikes in trace.spikes.items():
        rate = spikes.mean()
        good = rate == 0 if name in case.quiet else LEAST_RATE <= rate <= MOST_RATE
        assert good, f"{case.name}: {name} fires in {rate:.2%} of its steps"
    return inputs, trace, None if case.inputs else seed


def membranes(case, trace):
    """All of those that never fire, and a few of the others for their first steps."""
    neurons, recorded = {}, {}
    for name, voltage in trace.voltage.items():
        flat = voltage.reshape(len(voltage), -1)
        if name in trace.spikes:
            # The busiest.
            order = np.argsort(-trace.spikes[name].reshape(len(flat), -1).sum(axis=0), kind="stable")
            neurons[name] = sorted(order[:RECORDED_NEURONS].tolist())
            recorded[name] = flat[: case.recorded_steps, neurons[name]]
        else:
            neurons[name], recorded[name] = list(range(flat.shape[1])), flat
    return neurons, recorded


def store(case):
    inputs, trace, seed = evaluate(case)
    neurons, recorded = membranes(case, trace)
    arrays = {f"input/{name}": value for name, value in inputs.items()}
    arrays |= {f"spikes/{name}": value for name, value in trace.spikes.items()}
    arrays |= {f"voltage/{name}": np.ascontiguousarray(value) for name, value in recorded.items()}
    assert all(value.flags.c_contiguous for value in arrays.values())
    np.savez_compressed(HERE / "cases" / f"{case.name}.npz", **arrays)
    of = case.settings
    return dict(
        name=case.name,
        about=case.about,
        graph=case.graph,
        also=case.also,
        steps=case.steps,
        step_time=of.step_time,
        discretization=of.discretization,
        reset=of.reset,
        if_input=of.if_input,
        seed=seed,
        margin=trace.margin,
        counts={name: int(spikes.sum()) for name, spikes in trace.spikes.items()},
        recorded=neurons,
    ), trace


def check_published(trace):
    """The one trace that a simulator left behind."""
    _, voltage, spikes = published()
    (ours,), (fired,) = trace.voltage.values(), trace.spikes.values()
    # It was made in f32, which alone moves it by 2.4e-8.
    assert np.abs(ours[:, 0] - voltage).max() < 3e-8 and (fired[:, 0] == (spikes > 0)).all()


def write_graphs():
    abouts = {}
    for name, make in graphs.MADE.items():
        abouts[name], content = make()
        (HERE / "graphs" / f"{name}.nir").write_bytes(content)
    return abouts


def main():
    (HERE / "cases").mkdir(exist_ok=True)
    for old in (HERE / "cases").iterdir():
        old.unlink()
    lines = []
    for case in public_cases() + made_cases(write_graphs()):
        line, trace = store(case)
        if case.inputs:
            check_published(trace)
        lines.append(json.dumps(line))
        print(
            f"{line['name']:40} margin {line['margin']:.1e}  spikes {sum(line['counts'].values()):6}  seed {line['seed']}"
        )
    (HERE / "cases.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    files = [path for path in HERE.rglob("*") if path.is_file() and not {"venv", "__pycache__"} & set(path.parts)]
    size = sum(os.path.getsize(path) for path in files)
    assert size <= SIZE_LIMIT, f"{size} bytes"
    print(f"{len(lines)} cases, {size} bytes")


if __name__ == "__main__":
    main()
