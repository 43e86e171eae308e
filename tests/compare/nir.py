#!/usr/bin/env python3
"""Runs NIR graphs in Norse, snnTorch, spikingjelly and glif, and prints who fires in the same steps.

    cargo build --release -p glif-cli
    python3 -m venv target/compare-nir && target/compare-nir/bin/pip install -r tests/compare/requirements-nir.txt
    target/compare-nir/bin/python tests/compare/nir.py [PART OF A NAME] [--exported]

The cases are those of `tests/golden/nir/`, and the network of `examples/digits/`. All spikes of all neurons of all
layers count, against those of the equations. Each simulator reads the file by its own importer, in f64 where it lets
us. snnTorch always takes a step of 0.1 ms; where a case has another, it gets the graph with its time constants in
proportion.

Where a simulator differs, the script looks for the reason: it changes the equations in the ways in which the simulator
is known to deviate, and names the fewest changes that give all spikes of the simulator.

With `--exported`, each graph goes through `glif import` and `glif export` first, and `nir.read` checks the types of what
comes out.
"""

import contextlib
import io
import itertools
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

# This file has the package's name. Without its folder in the path, `import nir` finds the package.
HERE = Path(__file__).resolve().parent
sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != HERE]
GOLDEN = HERE.parent / "golden" / "nir"
DIGITS = HERE.parent.parent / "examples" / "digits"
sys.path.append(str(GOLDEN))

import nir
import numpy as np
import reference
import torch

GLIF = os.environ.get("GLIF", str(HERE.parent.parent / "target" / "release" / "glif"))
SNNTORCH_STEP = 0.1  # ms
MOST_CHANGES = 4


class CannotRun(Exception):
    pass


@dataclass
class Case:
    name: str
    path: Path
    settings: reference.Settings
    inputs: dict
    spikes: dict

    @property
    def steps(self):
        return len(next(iter(self.inputs.values())))


def cases(part):
    for line in json.loads((GOLDEN / "cases.json").read_text()):
        if part in line["name"]:
            arrays = np.load(GOLDEN / "cases" / f"{line['name']}.npz")
            of = lambda kind: {key.removeprefix(kind): arrays[key] for key in arrays if key.startswith(kind)}
            keys = ("step_time", "discretization", "reset", "if_input")
            settings = reference.Settings(**{key: line[key] for key in keys})
            path = GOLDEN / "graphs" / f"{line['graph']}.nir"
            yield Case(line["name"], path, settings, of("input/"), of("spikes/"))
    if part in DIGITS.name:
        # All samples, one after the other.
        path, settings = DIGITS / "digits.nir", reference.Settings(1.0)
        inputs = {"input": np.concatenate(np.load(DIGITS / "samples.npz")["input"])}
        yield Case(DIGITS.name, path, settings, inputs, reference.run(reference.read(path), inputs, settings).spikes)


def exported(case, folder):
    """The case with the graph that glif writes."""
    of = case.settings
    network, path = (os.path.join(folder, name) for name in ("exported.toml", "exported.nir"))
    options = ["--step-time", of.step_time, "--discretization", of.discretization, "--reset", of.reset]
    command("import", case.path, *options, "--if-input", of.if_input, "--scalar", "f64", "--output", network)
    command("export", network, "--output", path)
    nir.read(path, type_check=True)
    flat = lambda arrays: {population(name): of.reshape(len(of), -1) for name, of in arrays.items()}
    settings = replace(of, if_input="step")
    return replace(case, path=Path(path), settings=settings, inputs=flat(case.inputs), spikes=flat(case.spikes))


# Simulators ----------------------------------------------------------------


def norse(case):
    from norse.torch import from_nir
    from norse.torch.functional import reset

    method = dict(zero=reset.reset_value, subtract=reset.reset_subtract)[case.settings.reset]
    model = from_nir(nir.read(case.path, type_check=False), reset_method=method, dt=case.settings.dt)
    return simulate(case, model.double(), torch.float64)


def snntorch(case):
    from snntorch.import_nir import import_from_nir

    graph = nir.read(case.path, type_check=False)
    for node in graph.nodes.values():
        for name in ("tau", "tau_syn", "tau_mem"):
            if hasattr(node, name):
                setattr(node, name, getattr(node, name) * (SNNTORCH_STEP / case.settings.step_time))
    return simulate(case, import_from_nir(graph), torch.float32)


def spikingjelly(case):
    from spikingjelly.activation_based.nir_exchange import import_from_nir

    graph = nir.read(case.path, type_check=False)
    model = import_from_nir(graph, dt=case.settings.dt, dtype=torch.float64)
    return simulate(case, model, torch.float64, has_batch=True)


def simulate(case, model, kind, has_batch=False):
    """Steps a model of PyTorch and listens to its neurons."""
    if len(case.inputs) > 1:
        raise CannotRun("more than one Input")
    (given,) = case.inputs.values()
    heard = {name: [] for name in case.spikes}
    listeners = {}
    for name, module in model.named_modules():
        for node in case.spikes:
            if name.replace(".", "_") in (node.replace(".", "_"), f"nir_node_{node}"):
                listeners[node] = module
    missing = [node for node in case.spikes if node not in listeners]
    if missing:
        raise CannotRun(f"drops the node {missing[0]}")
    for node, module in listeners.items():
        module.register_forward_hook(
            lambda _, __, out, node=node: heard[node].append(out[0] if isinstance(out, tuple) else out)
        )
    state = None
    with torch.no_grad():
        for now in torch.tensor(given.astype(np.float64), dtype=kind):
            _, state = model(now[None] if has_batch else now, state)
    spikes = {}
    for node, expected in case.spikes.items():
        if len(heard[node]) != case.steps:
            raise CannotRun(f"steps {node} {len(heard[node])} times in {case.steps} steps")
        rows = [np.asarray(out) != 0 for out in heard[node]]
        if rows[-1].size != expected[0].size:
            raise CannotRun(f"gives {node} the shape {rows[-1].shape}")
        spikes[node] = np.array(rows).reshape(expected.shape)
    return spikes


def glif(case):
    of = case.settings
    with tempfile.TemporaryDirectory() as folder:
        network, given, taken = (os.path.join(folder, name) for name in ("network.toml", "in.npz", "out.npz"))
        options = ["--step-time", of.step_time, "--discretization", of.discretization, "--reset", of.reset]
        options += ["--if-input", of.if_input, "--scalar", "f64"]
        command("import", case.path, *options, "--output", network)
        np.savez(given, **{population(node): value for node, value in case.inputs.items()})
        command("run", network, "--input", given, "--output", taken)
        arrays = np.load(taken)
        missing = [node for node in case.spikes if f"{population(node)}.spikes" not in arrays]
        if missing:
            raise CannotRun(f"drops the node {missing[0]}")
        return {node: arrays[f"{population(node)}.spikes"].reshape(of.shape) for node, of in case.spikes.items()}


def population(node):
    """glif's name for a node."""
    return re.sub("[^A-Za-z0-9_-]", "_", node)


def command(*arguments):
    try:
        done = subprocess.run([GLIF, *map(str, arguments)], capture_output=True, text=True)
    except OSError as error:
        raise CannotRun(f"cannot start {GLIF}: {error.strerror}") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("error")]
        raise CannotRun(lines[0] if lines else done.stderr.strip())


SIMULATORS = {"glif": glif, "Norse 1.1.0": norse, "snnTorch 1.0.0": snntorch, "spikingjelly 2.0.0": spikingjelly}

# Known deviations ----------------------------------------------------------

WITHOUT_R = "does not use `r` of LIF and IF"
WITHOUT_RESET = "does not use `v_reset`"
EULER = "knows Euler only"
ZERO = "resets to `v_reset` only"
ZERO_OF_LIF = "resets LIF and IF to 0 only"
LATE_BIAS = "in step 0, leaves out the bias behind an edge that closes a circle"
DRIVEN_CURRENT = "adds `v_leak` to the current of CubaLIF too"
LEAKING = "reads IF as v <- 0.9 v + x, and subtracts its threshold"
KNOWN = {
    "glif": [],
    "Norse 1.1.0": [WITHOUT_R, WITHOUT_RESET, EULER, ZERO_OF_LIF, LATE_BIAS, DRIVEN_CURRENT],
    "snnTorch 1.0.0": [EULER, WITHOUT_RESET, ZERO, LEAKING],
    "spikingjelly 2.0.0": [EULER, ZERO, LATE_BIAS],
}


def reason(case, simulator, spikes):
    """The fewest known deviations that give these spikes."""
    known = KNOWN[simulator]
    for count in range(1, MOST_CHANGES + 1):
        for changes in itertools.combinations(known, count):
            if same(deviating(case, changes), spikes):
                return "; ".join(changes)
    return "for no known reason"


def deviating(case, changes):
    graph, settings = reference.read(case.path), case.settings
    for node in graph.nodes.values():
        if WITHOUT_R in changes and isinstance(node, (nir.LIF, nir.IF)):
            node.r = np.ones_like(node.r)
        if WITHOUT_RESET in changes and isinstance(node, reference.SPIKING):
            node.v_reset = np.zeros_like(node.v_reset)
    if EULER in changes:
        settings = replace(settings, discretization="euler")
    if ZERO in changes:
        settings = replace(settings, reset="zero")
    if WITHOUT_R in changes:
        settings = replace(settings, if_input="step")
    if LATE_BIAS in changes:
        graph.order = neurons_first(graph)

    class Neurons(reference.Neurons):
        def __init__(self, node, settings):
            if ZERO_OF_LIF in changes and isinstance(node, (nir.LIF, nir.IF)):
                settings = replace(settings, reset="zero")
            self.leaks = LEAKING in changes and isinstance(node, nir.IF)
            super().__init__(node, replace(settings, reset="subtract") if self.leaks else settings)
            if DRIVEN_CURRENT in changes and self.has_current:
                self.current = self.leak

        def step(self, x):
            if self.leaks:
                self.v = 0.9 * self.v
            if DRIVEN_CURRENT in changes and self.has_current:
                x = x + self.leak / self.w_in
            return super().step(x)

    class Silent(reference.Silent):
        def value(self, name):
            value = super().value(name)
            return np.zeros_like(value) if LATE_BIAS in changes else value

    originals = reference.Neurons, reference.Silent
    reference.Neurons, reference.Silent = Neurons, Silent
    try:
        return reference.run(graph, case.inputs, settings).spikes
    finally:
        reference.Neurons, reference.Silent = originals


def neurons_first(graph):
    """Where neurons feed themselves by a map: the edge from the map is late, not the one into it."""
    done, late = list(graph.order[0]), set()
    for source, name in graph.order[1]:
        if isinstance(graph.nodes[name], reference.MAPS) and name in graph.sources[source]:
            late.add((name, source))
            done.remove(name)
            done.insert(done.index(source) + 1, name)
        else:
            late.add((source, name))
    return done, late


# The table -----------------------------------------------------------------


def same(one, other):
    return all((one[name] == other[name]).all() for name in one)


def different(case, spikes):
    cells = sum(expected.size for expected in case.spikes.values())
    wrong = {name: expected != spikes[name] for name, expected in case.spikes.items()}
    first = min(int(np.argwhere(of)[0][0]) for of in wrong.values() if of.any())
    return f"{sum(int(of.sum()) for of in wrong.values()):,} of {cells:,}, from step {first}"


def message(error):
    """The first line, without what belongs to this machine."""
    first = (str(error).splitlines() or [""])[0].replace(str(GOLDEN) + os.sep, "").replace("|", "\\|")
    first = f"cannot read node `{error.args[0]}`" if isinstance(error, KeyError) else first
    return first if isinstance(error, (CannotRun, KeyError)) else f"{type(error).__name__}: {first}"


def compare(case, notes):
    row, seen = [case.name, f"{sum(int(of.sum()) for of in case.spikes.values()):,}"], []
    note = lambda text: notes.setdefault(text, len(notes) + 1)
    for simulator, run in SIMULATORS.items():
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                spikes = run(case)
        except Exception as error:  # Whatever an importer raises is its answer.
            row.append(f"- [{note(f'{simulator}: {message(error)}')}]")
            continue
        equal = [name for name, others in seen if same(others, spikes)]
        if same(case.spikes, spikes):
            row.append("all")
        elif equal:
            row.append(f"as {equal[0].split()[0]} [{note(f'{simulator}: {reason(case, simulator, spikes)}')}]")
        else:
            cell = different(case, spikes)
            row.append(f"{cell} [{note(f'{simulator}: {reason(case, simulator, spikes)}')}]")
        seen.append((simulator, spikes))
    return row


def main():
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Norse's order in a nested graph is that of a set.
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"PYTHONHASHSEED": "0"})
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(ImportError):
        from loguru import logger

        logger.remove()
    names = [argument for argument in sys.argv[1:] if argument != "--exported"]
    folder = tempfile.TemporaryDirectory()
    notes = {}
    print("| graph | spikes | " + " | ".join(SIMULATORS) + " |")
    print("|---|---:|" + "---|" * len(SIMULATORS))
    for case in cases(names[0] if names else ""):
        if "--exported" in sys.argv:
            case = exported(case, folder.name)
        print("| " + " | ".join(compare(case, notes)) + " |", flush=True)
    print("\n`all`: all spikes of the equations. Otherwise: how many neurons and steps differ from the equations, or")
    print("which simulator has the same spikes, and why. `-`: it cannot run the graph.\n")
    for text, number in notes.items():
        print(f"{number}. {text}")


if __name__ == "__main__":
    main()
