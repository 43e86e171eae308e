"""A NIR graph, evaluated step by step in f64, as its equations are written.

    tau dv/dt = (v_leak - v) + r x          LI, LIF; v' = r x for IF
    tau_syn dI/dt = -I + w_in x             CubaLI, CubaLIF; then x of the membrane is I
    z = v > v_threshold                     then v is v_reset, or v - v_threshold

`nir` reads the file. What a file does not say, `Settings` does. README.md has the order of
a step, and what an edge that closes a circle does.
"""

from dataclasses import dataclass
from functools import cached_property

import nir
import numpy as np

MAPS = (nir.Affine, nir.AvgPool2d, nir.Conv1d, nir.Conv2d, nir.Flatten, nir.Linear, nir.Scale, nir.SumPool2d)
LEAKY = (nir.LI, nir.LIF)
CURRENT_BASED = (nir.CubaLI, nir.CubaLIF)
SPIKING = (nir.IF, nir.LIF, nir.CubaLIF)
NEURONS = (nir.IF, *LEAKY, *CURRENT_BASED)
PASSES_ON = (nir.Input, nir.Output)
# A quotient this close to a whole number of steps is that number.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Settings:
    """`step_time` is in ms; time constants and delays of a file are in s."""

    step_time: float
    discretization: str = "euler"  # or "exact"
    reset: str = "zero"  # to v_reset; or "subtract"
    if_input: str = "step"  # r x once a step; or "time", r x dt

    @property
    def dt(self):
        return self.step_time / 1000

    def share(self, tau):
        """What a leaky variable loses in one step: dt/tau, or 1 - e^(-dt/tau)."""
        assert (tau >= self.dt).all(), "the step is longer than a time constant"
        return self.dt / tau if self.discretization == "euler" else -np.expm1(-self.dt / tau)


@dataclass
class Trace:
    """What every neuron node does: spikes of those that fire, and membranes after each step.

    `margin` is the least distance of a membrane from its threshold, in any comparison.
    """

    spikes: dict
    voltage: dict
    margin: float


# The graph -----------------------------------------------------------------


def read(path):
    return Graph(nir.read(path, type_check=False))


class Graph:
    """Nested graphs are laid flat: node `b` of the graph `a` is `a.b`."""

    def __init__(self, graph):
        self.nodes, self.ends, edges = {}, {}, []
        self.add(graph, "", edges)
        self.sources = {name: set() for name in self.nodes}
        for source, target in edges:
            self.sources[self.ends.get((target, nir.Input), target)].add(self.ends.get((source, nir.Output), source))
        self.sources = {name: sorted(sources) for name, sources in self.sources.items()}

    def add(self, graph, prefix, edges):
        for name, node in graph.nodes.items():
            name = prefix + name
            if isinstance(node, nir.NIRGraph):
                self.add(node, f"{name}.", edges)
                # It receives at its Input, and sends from its Output.
                for kind in PASSES_ON:
                    (end,) = (inner for inner, value in node.nodes.items() if isinstance(value, kind))
                    self.ends[name, kind] = f"{name}.{end}"
            else:
                assert name not in self.nodes
                self.nodes[name] = node
        edges += [(prefix + source, prefix + target) for source, target in graph.edges]

    @property
    def inputs(self):
        """Those of the outermost graph."""
        return [name for name, node in self.nodes.items() if isinstance(node, nir.Input) and not self.sources[name]]

    @cached_property
    def order(self):
        """The nodes, each after its sources, and the edges that close a circle.

        Depth first, backwards from the outputs. Outputs and sources in alphabetical order.
        An edge from a node that is being visited closes a circle.
        """
        done, visiting, late = [], set(), set()

        def visit(name):
            visiting.add(name)
            for source in self.sources[name]:
                if source in visiting:
                    late.add((source, name))
                elif source not in done:
                    visit(source)
            visiting.remove(name)
            done.append(name)

        targets = {source for sources in self.sources.values() for source in sources}
        for name in sorted(self.nodes):
            if isinstance(self.nodes[name], nir.Output) and name not in targets:
                visit(name)
        assert set(done) == set(self.nodes), f"no output depends on {sorted(set(self.nodes) - set(done))}"
        return done, late


# A run ---------------------------------------------------------------------


def run(graph, inputs, settings):
    """`inputs` has (T, *shape) for each Input: numbers of spikes, or what else a graph takes."""
    names, late = graph.order
    steps = len(next(iter(inputs.values())))
    nodes = {name: evaluator(graph, name, settings) for name in names}
    silent = Silent(graph, inputs)
    previous = {source: silent.value(source) for source, _ in late}
    for name, node in nodes.items():
        if isinstance(node, Delay):
            node.before = silent.drive(name)
    spikes, voltage = {}, {}
    for t in range(steps):
        values = {}
        for name in names:
            if name in inputs:
                values[name] = inputs[name][t].astype(np.float64)
                continue
            x = total(previous[s] if (s, name) in late else values[s] for s in graph.sources[name])
            values[name] = nodes[name].step(x)
        previous = {source: values[source] for source, _ in late}
        for name, node in nodes.items():
            if isinstance(node, Neurons):
                voltage.setdefault(name, []).append(node.v)
                if node.fires:
                    spikes.setdefault(name, []).append(values[name] != 0)
    margins = [node.margin for node in nodes.values() if isinstance(node, Neurons) and node.fires]
    stacked = [{name: np.array(rows) for name, rows in of.items()} for of in (spikes, voltage)]
    return Trace(*stacked, min(margins, default=np.inf))


def total(values):
    first, *rest = values
    for value in rest:
        first = first + value
    return first


class Silent:
    """What the nodes give before the first step: no input, no spikes, and what maps make of that."""

    def __init__(self, graph, inputs):
        self.graph, self.inputs, self.known = graph, inputs, {}

    def drive(self, name):
        return total(self.value(source) for source in self.graph.sources[name])

    def value(self, name):
        node = self.graph.nodes[name]
        if name not in self.known:
            if name in self.inputs:
                self.known[name] = np.zeros(self.inputs[name].shape[1:])
            elif isinstance(node, NEURONS):
                # A shape `()` fits every drive.
                self.known[name] = np.zeros(np.shape(node.r))
            elif isinstance(node, nir.Delay):
                self.known[name] = self.drive(name)
            else:
                self.known[name] = evaluator(self.graph, name, None).step(self.drive(name))
        return self.known[name]


def evaluator(graph, name, settings):
    node = graph.nodes[name]
    if isinstance(node, NEURONS):
        return Neurons(node, settings)
    if isinstance(node, nir.Delay):
        return Delay(node, settings)
    if isinstance(node, nir.Threshold):
        return Stateless(lambda x: (x > node.threshold) * 1.0)
    if isinstance(node, PASSES_ON):
        return Stateless(lambda x: x)
    assert isinstance(node, MAPS), f"{name} is a {type(node).__name__}"
    return Stateless(lambda x: linear_map(node, x))


@dataclass
class Stateless:
    step: object


class Delay:
    """y(t) = x(t - d), and x before the first step is `before`."""

    def __init__(self, node, settings):
        quotient = np.asarray(node.delay, np.float64) / settings.dt
        self.steps = np.rint(quotient).astype(int)
        assert (np.abs(quotient - self.steps) <= TOLERANCE * np.maximum(quotient, 1)).all()
        self.past, self.before = [], None

    def step(self, x):
        self.past.append(x)
        steps = np.broadcast_to(self.steps, x.shape)
        y = np.broadcast_to(self.before, x.shape).copy()
        for d in np.unique(steps):
            if d < len(self.past):
                y[steps == d] = self.past[-1 - d][steps == d]
        return y


class Neurons:
    """A node with a membrane. It begins at v_leak, or at 0 if it does not leak."""

    def __init__(self, node, settings):
        field = lambda name: np.asarray(getattr(node, name), np.float64)
        self.settings, self.fires, self.margin = settings, isinstance(node, SPIKING), np.inf
        self.is_leaky, self.has_current = not isinstance(node, nir.IF), isinstance(node, CURRENT_BASED)
        self.r = field("r")
        if self.is_leaky:
            self.leak = field("v_leak")
            self.share = settings.share(field("tau_mem" if self.has_current else "tau"))
        if self.has_current:
            self.w_in, self.share_of_current = field("w_in"), settings.share(field("tau_syn"))
            self.current = np.zeros(self.w_in.shape)
        if self.fires:
            self.threshold, self.reset = field("v_threshold"), field("v_reset")
        self.v = self.leak if self.is_leaky else np.zeros(self.r.shape)

    def step(self, x):
        if self.has_current:
            self.current = self.current + self.share_of_current * (-self.current + self.w_in * x)
            x = self.current
        if self.is_leaky:
            self.v = self.v + self.share * ((self.leak - self.v) + self.r * x)
        else:
            self.v = self.v + self.r * x * (self.settings.dt if self.settings.if_input == "time" else 1.0)
        if not self.fires:
            return self.v
        self.margin = min(self.margin, np.abs(self.v - self.threshold).min())
        spiked = self.v > self.threshold
        after = self.reset if self.settings.reset == "zero" else self.v - self.threshold
        self.v = np.where(spiked, after, self.v)
        return spiked * 1.0


# Linear maps ---------------------------------------------------------------


def linear_map(node, x):
    """Sums go over ascending source index, from 0."""
    if isinstance(node, nir.Linear):
        return dense(node.weight, x)
    if isinstance(node, nir.Affine):
        return dense(node.weight, x) + node.bias.astype(np.float64)
    if isinstance(node, nir.Scale):
        return np.asarray(node.scale, np.float64) * x
    if isinstance(node, nir.Flatten):
        start, end = int(node.start_dim) % x.ndim, int(node.end_dim) % x.ndim
        return x.reshape(*x.shape[:start], -1, *x.shape[end + 1 :])
    if isinstance(node, (nir.SumPool2d, nir.AvgPool2d)):
        windows = windows_of(x, pair(node.kernel_size), pair(node.stride), both(pair(node.padding)), (1, 1))
        pooled = in_order(windows.reshape(*windows.shape[:3], -1))
        # The zeros of the padding count, as in PyTorch.
        return pooled if isinstance(node, nir.SumPool2d) else pooled / np.prod(pair(node.kernel_size))
    if isinstance(node, nir.Conv1d):
        # A convolution in two dimensions, one of which is 1.
        padding = text(node.padding)
        before = padding if isinstance(padding, str) else (0, int(padding))
        weight, stride, dilation = node.weight[:, :, None, :], (1, int(node.stride)), (1, int(node.dilation))
        return convolve(x[:, None, :], weight, stride, before, dilation, int(node.groups), node.bias)[:, 0, :]
    padding = text(node.padding)
    padding = padding if isinstance(padding, str) else pair(padding)
    return convolve(x, node.weight, pair(node.stride), padding, pair(node.dilation), int(node.groups), node.bias)


def dense(weight, x):
    return in_order(weight.astype(np.float64) * x)


def in_order(terms):
    """Sums the last axis from left to right."""
    return np.cumsum(terms, axis=-1)[..., -1]


def convolve(x, weight, stride, padding, dilation, groups, bias):
    """PyTorch's convolution: the kernel is not mirrored."""
    if padding == "same":
        # What is odd goes to the end.
        whole = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:])]
        padding = [(one // 2, one - one // 2) for one in whole]
        assert stride == (1, 1)
    else:
        padding = both((0, 0) if padding == "valid" else padding)
    windows = windows_of(x, weight.shape[2:], stride, padding, dilation)
    results = []
    for kernels, channels in zip(np.split(weight.astype(np.float64), groups), np.split(windows, groups)):
        patches = np.moveaxis(channels, 0, 2)  # (row, column, channel, *kernel)
        terms = patches[None] * kernels[:, None, None]
        results.append(in_order(terms.reshape(*terms.shape[:3], -1)))
    return np.concatenate(results) + bias.astype(np.float64)[:, None, None]


def windows_of(x, kernel, stride, padding, dilation):
    """(channel, row, column, *kernel): what each output sees."""
    x = np.pad(x, [(0, 0), *padding])
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    windows = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(1, 2))
    return windows[:, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def pair(value):
    first, second = np.broadcast_to(np.asarray(value), 2)
    return int(first), int(second)


def both(padding):
    return [(one, one) for one in padding]


def text(value):
    """`nir` reads a string as bytes."""
    return value.decode() if isinstance(value, bytes) else value
