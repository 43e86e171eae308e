"""The graphs that are made here, with `nir` 1.0.8. Each is small, and has what no public graph has.

Parameters are random, and each neuron has its own where nothing else is said. Some are not
what `nir` writes today: files without v_reset or w_in, shapes `()`, types other than f32.
"""

import io

import h5py
import nir
import numpy as np

MADE = {}
SEED = 0


def graph(about, compression=None, without=()):
    """Registers a function that makes nodes and edges. `without` are fields to leave out of the file."""

    def register(function):
        name = function.__name__
        MADE[name] = lambda: (
            about,
            content(*function(np.random.default_rng([len(name), *name.encode(), SEED])), compression, without),
        )
        return function

    return register


def content(nodes, edges, compression, without):
    file = io.BytesIO()
    nir.write(file, nir.NIRGraph(nodes, edges, type_check=False), compression=compression)
    with h5py.File(file, "r+") as opened:
        left_out = []
        opened.visit(lambda path: left_out.append(path) if path.split("/")[-1] in without else None)
        assert bool(left_out) == bool(without)
        for path in left_out:
            del opened[path]
    if without:
        file = repacked(file)
    return file.getvalue()


def repacked(file):
    """Without the gaps of what was deleted."""
    packed = io.BytesIO()
    with h5py.File(file, "r") as source, h5py.File(packed, "w") as target:
        for name in source:
            source.copy(name, target)
    return packed


def chain(*names):
    return list(zip(names, names[1:]))


# Nodes ---------------------------------------------------------------------


def between(rng, low, high, shape, kind=np.float32):
    return rng.uniform(low, high, shape).astype(kind)


def weights(rng, shape, mean=0.0, kind=np.float32):
    """Deviation 1/sqrt(n) for n sources; the mean is that of a sum over all sources."""
    n = np.prod(shape[1:])
    return (rng.normal(0, 1, shape) / np.sqrt(n) + mean / n).astype(kind)


def linear(rng, out, into, mean=0.0):
    return nir.Linear(weights(rng, (out, into), mean))


def affine(rng, out, into, mean=0.0, bias=0.3):
    return nir.Affine(weights(rng, (out, into), mean), between(rng, -bias, bias, out))


def lif(rng, shape, r=(4, 8), leak=(0, 0), reset=(0, 0), kind=np.float32):
    return nir.LIF(
        tau=between(rng, 0.005, 0.03, shape, kind),
        r=between(rng, *r, shape, kind),
        v_leak=between(rng, *leak, shape, kind),
        v_threshold=between(rng, 0.8, 1.4, shape, kind),
        v_reset=between(rng, *reset, shape, kind),
    )


def cuba_lif(rng, shape, r=(4, 8), leak=(0, 0), reset=(0, 0), w_in=(0.8, 1.5), kind=np.float32):
    return nir.CubaLIF(
        tau_syn=between(rng, 0.002, 0.01, shape, kind),
        tau_mem=between(rng, 0.005, 0.03, shape, kind),
        r=between(rng, *r, shape, kind),
        v_leak=between(rng, *leak, shape, kind),
        v_threshold=between(rng, 0.8, 1.4, shape, kind),
        v_reset=between(rng, *reset, shape, kind),
        w_in=between(rng, *w_in, shape, kind),
    )


def integrate_and_fire(rng, shape, r=(0.8, 1.2), reset=(0, 0)):
    return nir.IF(
        r=between(rng, *r, shape), v_threshold=between(rng, 0.8, 1.4, shape), v_reset=between(rng, *reset, shape)
    )


def li(rng, shape):
    return nir.LI(
        tau=between(rng, 0.005, 0.05, shape), r=between(rng, 0.5, 2, shape), v_leak=between(rng, -0.5, 0.5, shape)
    )


def cuba_li(rng, shape, w_in=(0.5, 2)):
    return nir.CubaLI(
        tau_syn=between(rng, 0.002, 0.01, shape),
        tau_mem=between(rng, 0.005, 0.05, shape),
        r=between(rng, 0.5, 2, shape),
        v_leak=between(rng, -0.5, 0.5, shape),
        w_in=between(rng, *w_in, shape),
    )


def ends(into, out):
    shape = lambda value: np.atleast_1d(np.array(value, int))
    return dict(input=nir.Input(dict(input=shape(into))), output=nir.Output(dict(output=shape(out))))


def conv1d(rng, weight, size, stride=1, padding=0, dilation=1, groups=1, bias=0.2, mean=1.0):
    return nir.Conv1d(
        size, weights(rng, weight, mean), stride, padding, dilation, groups, between(rng, -bias, bias, weight[0])
    )


def conv2d(rng, weight, size, stride=1, padding=0, dilation=1, groups=1, bias=0.2, mean=1.0):
    return nir.Conv2d(
        size, weights(rng, weight, mean), stride, padding, dilation, groups, between(rng, -bias, bias, weight[0])
    )


def flatten(*shape, start=0, end=-1):
    return nir.Flatten(dict(input=np.array(shape)), start, end)


def pool(kind, kernel, stride, padding=(0, 0)):
    return kind(*(np.array(value) for value in (kernel, stride, padding)))


# Neurons -------------------------------------------------------------------


@graph("LIF with its own r, tau, v_leak, v_threshold and v_reset for each neuron", compression="gzip")
def own_lif(rng):
    nodes = ends(6, 10) | dict(
        fc=linear(rng, 10, 6, 0.5), lif=lif(rng, 10, leak=(-0.5, 0.5), reset=(-0.6, 0.3), kind=np.float64)
    )
    return nodes, chain("input", "fc", "lif", "output")


@graph("CubaLIF with its own r, tau_syn, tau_mem, v_leak, v_threshold, v_reset and w_in for each neuron")
def own_cuba_lif(rng):
    nodes = ends(6, 10) | dict(
        fc=linear(rng, 10, 6, 0.5), lif=cuba_lif(rng, 10, leak=(-0.5, 0.5), reset=(-0.6, 0.3), kind=np.float64)
    )
    return nodes, chain("input", "fc", "lif", "output")


@graph("IF with its own r, v_threshold and v_reset for each neuron")
def own_if(rng):
    nodes = ends(6, 10) | {"fc": linear(rng, 10, 6, 0.6), "if": integrate_and_fire(rng, 10, reset=(-0.6, 0.3))}
    return nodes, chain("input", "fc", "if", "output")


@graph("IF as the equation v' = r x says: r is 1/dt, and so r x dt comes in each step")
def if_time(rng):
    nodes = ends(6, 10) | {"fc": linear(rng, 10, 6, 0.6), "if": integrate_and_fire(rng, 10, r=(800, 1200))}
    return nodes, chain("input", "fc", "if", "output")


@graph("IF whose membranes often equal the threshold, where they must not fire: all numbers are multiples of 1/8")
def if_strict(rng):
    eighths = rng.integers(-2, 5, (8, 5)) / 8
    neurons = nir.IF(r=np.ones(8), v_threshold=np.ones(8), v_reset=np.zeros(8))
    nodes = ends(5, 8) | {"fc": nir.Linear(eighths.astype(np.float32)), "if": neurons}
    return nodes, chain("input", "fc", "if", "output")


@graph("input straight into LIF, without weights", compression="gzip")
def bare(rng):
    return ends(7, 7) | dict(lif=lif(rng, 7)), chain("input", "lif", "output")


@graph("LIF of shape (), whose number the weights give; v_reset is absent", without=["v_reset"])
def scalar(rng):
    lif1 = nir.LIF(*(np.array(value, np.float32) for value in (0.01, 5.0, 0.1, 1.0)))
    lif2 = nir.CubaLIF(*(np.array(value, np.float32) for value in (0.004, 0.01, 6.0, 0.0, 1.0)))
    nodes = ends(4, 3) | dict(fc1=linear(rng, 6, 4, 1.0), lif1=lif1, fc2=linear(rng, 3, 6, 0.8), lif2=lif2)
    return nodes, chain("input", "fc1", "lif1", "fc2", "lif2", "output")


@graph("CubaLIF and CubaLI without w_in", without=["w_in"])
def no_w_in(rng):
    nodes = ends(4, 3) | dict(
        fc1=linear(rng, 6, 4, 1.0), lif=cuba_lif(rng, 6), fc2=linear(rng, 3, 6), out=cuba_li(rng, 3)
    )
    return nodes, chain("input", "fc1", "lif", "fc2", "out", "output")


@graph("readouts: LI and CubaLI with own parameters, v_leak not 0, and a bias", compression="gzip")
def readouts(rng):
    nodes = ends(5, 4) | dict(
        fc1=affine(rng, 8, 5, 1.0),
        lif=lif(rng, 8),
        fc2=affine(rng, 4, 8),
        li=li(rng, 4),
        fc3=affine(rng, 4, 8),
        cuba=cuba_li(rng, 4),
        output2=nir.Output(dict(output=np.array([4]))),
    )
    edges = chain("input", "fc1", "lif", "fc2", "li", "output") + chain("lif", "fc3", "cuba", "output2")
    return nodes, edges


@graph("a membrane that v_leak alone drives over its threshold; parameters of shape (2, 3)")
def pacemaker(rng):
    nodes = ends((2, 3), (2, 3)) | dict(lif=lif(rng, (2, 3), r=(0.5, 1), leak=(1.5, 2), reset=(-0.2, 0.2)))
    return nodes, chain("input", "lif", "output")


# Maps ----------------------------------------------------------------------


@graph("Conv1d with stride, padding, dilation, groups and bias; then Flatten")
def conv1d_all(rng):
    nodes = ends((4, 20), 3) | dict(
        conv=conv1d(rng, (6, 2, 3), 20, stride=2, padding=1, dilation=2, groups=2),
        lif=lif(rng, (6, 9)),
        flat=flatten(6, 9),
        fc=linear(rng, 3, 54, 0.5),
        lif2=lif(rng, 3),
    )
    return nodes, chain("input", "conv", "lif", "flat", "fc", "lif2", "output")


@graph('Conv1d with padding "same" and an even kernel, and with "valid"')
def conv1d_words(rng):
    nodes = ends((2, 11), (2, 9)) | dict(
        same=conv1d(rng, (3, 2, 4), 11, padding="same"),
        lif=lif(rng, (3, 11)),
        valid=conv1d(rng, (2, 3, 3), 11, padding="valid"),
        lif2=cuba_lif(rng, (2, 9)),
    )
    return nodes, chain("input", "same", "lif", "valid", "lif2", "output")


@graph("Conv2d with its own stride, padding and dilation for each axis, groups and bias", compression="gzip")
def conv2d_all(rng):
    nodes = ends((4, 9, 7), (6, 4, 5)) | dict(
        conv=conv2d(rng, (6, 2, 3, 2), (9, 7), stride=(2, 1), padding=(1, 0), dilation=(2, 2), groups=2),
        lif=lif(rng, (6, 4, 5)),
    )
    return nodes, chain("input", "conv", "lif", "output")


@graph('Conv2d with padding "same", dilation and a kernel of 2 x 3, and with "valid"')
def conv2d_words(rng):
    nodes = ends((2, 6, 7), (2, 4, 6)) | {
        "same": conv2d(rng, (3, 2, 2, 3), (6, 7), padding="same", dilation=(1, 2)),
        "if": integrate_and_fire(rng, (3, 6, 7)),
        "valid": conv2d(rng, (2, 3, 3, 2), (6, 7), padding="valid"),
        "lif": lif(rng, (2, 4, 6)),
    }
    return nodes, chain("input", "same", "if", "valid", "lif", "output")


@graph("Conv2d of which each channel is its own group")
def conv2d_depthwise(rng):
    nodes = ends((3, 6, 6), (3, 6, 6)) | dict(
        conv=conv2d(rng, (3, 1, 3, 3), (6, 6), padding=1, groups=3), lif=lif(rng, (3, 6, 6))
    )
    return nodes, chain("input", "conv", "lif", "output")


@graph("AvgPool2d between neurons, and one with padding, whose zeros count", compression="gzip")
def avg_pool(rng):
    nodes = ends((2, 8, 8), 3) | {
        "conv": conv2d(rng, (4, 2, 3, 3), (8, 8), padding=1),
        "if": integrate_and_fire(rng, (4, 8, 8)),
        "pool1": pool(nir.AvgPool2d, (2, 2), (2, 2)),
        "lif1": lif(rng, (4, 4, 4)),
        "pool2": pool(nir.AvgPool2d, (3, 2), (2, 2), (1, 0)),
        "flat": flatten(4, 2, 2),
        "fc": affine(rng, 3, 16, 1.0),
        "lif2": lif(rng, 3),
    }
    return nodes, chain("input", "conv", "if", "pool1", "lif1", "pool2", "flat", "fc", "lif2", "output")


@graph("SumPool2d whose windows overlap, with padding; and one on the input")
def sum_pool(rng):
    nodes = ends((2, 8, 10), (3, 2, 2)) | {
        "pool1": pool(nir.SumPool2d, (2, 2), (2, 2)),
        "conv": conv2d(rng, (3, 2, 3, 3), (4, 5), padding=1, mean=0.5),
        "lif1": lif(rng, (3, 4, 5)),
        "pool2": pool(nir.SumPool2d, (3, 3), (2, 3), (1, 1)),
        "lif2": lif(rng, (3, 2, 2), r=(1, 2)),
    }
    return nodes, chain("input", "pool1", "conv", "lif1", "pool2", "lif2", "output")


@graph("a bias that passes through a convolution and a pool; Scale by channel and by element")
def folded(rng):
    nodes = ends((2, 6, 6), 3) | dict(
        conv1=conv2d(rng, (3, 2, 3, 3), (6, 6), padding=1),
        scale1=nir.Scale(between(rng, 0.5, 1.5, (3, 6, 6))),
        conv2=conv2d(rng, (2, 3, 2, 2), (6, 6), stride=2),
        pool=pool(nir.AvgPool2d, (2, 2), (1, 1)),
        flat=flatten(2, 2, 2),
        fc1=affine(rng, 5, 8, 1.0),
        scale2=nir.Scale(between(rng, 1, 2, 5)),
        lif=lif(rng, 5),
        scale3=nir.Scale(between(rng, 0.5, 2, 5)),
        fc2=affine(rng, 4, 5, 0.5),
        fc3=affine(rng, 3, 4, 0.5),
        cuba=cuba_lif(rng, 3),
    )
    return nodes, chain(*("input conv1 scale1 conv2 pool flat fc1 scale2 lif scale3 fc2 fc3 cuba output".split()))


@graph("Flatten of some of the axes only, and then a convolution over what it made")
def flatten_some(rng):
    nodes = ends((2, 3, 5), (3, 13)) | dict(
        flat=flatten(2, 3, 5, start=1), conv=conv1d(rng, (3, 2, 3), 15), lif=lif(rng, (3, 13))
    )
    return nodes, chain("input", "flat", "conv", "lif", "output")


@graph("weights of other types: f16, i64, big-endian f64; r of i64")
def types(rng):
    neurons = lif(rng, 6, kind=np.float64)
    neurons.r = rng.integers(3, 7, 6)
    nodes = ends(5, 4) | dict(
        fc1=nir.Linear(weights(rng, (6, 5), 1.0, np.float16)),
        lif1=neurons,
        fc2=nir.Affine(rng.integers(-1, 3, (5, 6)), between(rng, 0, 0.4, 5, np.float16)),
        lif2=lif(rng, 5),
        fc3=nir.Linear(weights(rng, (4, 5), 3.0, ">f8")),
        lif3=lif(rng, 4, r=(8, 12), kind=np.dtype(">f4")),
    )
    return nodes, chain("input", "fc1", "lif1", "fc2", "lif2", "fc3", "lif3", "output")


# Delays --------------------------------------------------------------------


@graph("Delay before and after the weights, its own for each element, with 0 among them; two in a row")
def delays(rng):
    milliseconds = lambda low, high, n: nir.Delay((rng.integers(low, high, n) / 1000).astype(np.float32))
    nodes = ends(6, 3) | dict(
        before=milliseconds(0, 9, 6),
        fc1=linear(rng, 8, 6, 0.8),
        lif1=lif(rng, 8),
        again=milliseconds(0, 5, 8),
        fc2=affine(rng, 5, 8, 0.8),
        after=milliseconds(1, 6, 5),
        cuba=cuba_lif(rng, 5, r=(8, 12)),
        one=nir.Delay(np.full(5, 0.02)),
        two=nir.Delay(np.full(5, 0.07)),
        fc3=linear(rng, 3, 5, 2.0),
        lif3=lif(rng, 3, r=(8, 12)),
    )
    return nodes, chain(*("input before fc1 lif1 again fc2 after cuba one two fc3 lif3 output".split()))


@graph("Delay inside a circle, which acts in addition to the step of the circle; and a Delay of an image")
def delay_circle(rng):
    nodes = ends((2, 3, 4), 24) | dict(
        delay1=nir.Delay((rng.integers(0, 6, (2, 3, 4)) / 1000).astype(np.float64)),
        flat=flatten(2, 3, 4),
        lif=lif(rng, 24, r=(3, 5)),
        delay2=nir.Delay((rng.integers(0, 4, 24) / 1000).astype(np.float64)),
        w_rec=affine(rng, 24, 24, bias=0.1),
    )
    return nodes, chain("input", "delay1", "flat", "lif", "output") + chain("lif", "delay2", "w_rec", "lif")


# Circles -------------------------------------------------------------------


@graph("LIF that feeds itself by weights, and CubaLIF that feeds itself by weights and a bias")
def self_recurrent(rng):
    nodes = ends(5, 6) | dict(
        fc1=affine(rng, 8, 5, 0.8),
        lif=lif(rng, 8, reset=(-0.3, 0.1)),
        w1=linear(rng, 8, 8, -0.5),
        fc2=affine(rng, 6, 8, 0.8),
        cuba=cuba_lif(rng, 6),
        w2=affine(rng, 6, 6, -0.5, bias=0.5),
    )
    edges = (
        chain("input", "fc1", "lif", "fc2", "cuba", "output") + chain("lif", "w1", "lif") + chain("cuba", "w2", "cuba")
    )
    return nodes, edges


@graph("LIF with an edge to itself, without weights between")
def self_edge(rng):
    nodes = ends(5, 6) | dict(fc=linear(rng, 6, 5, 0.8), lif=lif(rng, 6))
    return nodes, chain("input", "fc", "lif", "lif", "output")


@graph("excitatory and inhibitory neurons: four projections, one of them in the same step")
def two_populations(rng):
    positive = lambda rng, out, into, sign: nir.Linear((sign * np.abs(weights(rng, (out, into)))).astype(np.float32))
    nodes = ends(8, 12) | dict(
        fc=linear(rng, 12, 8, 1.0),
        exc=lif(rng, 12),
        inh=lif(rng, 5),
        exc_exc=positive(rng, 12, 12, 0.3),
        exc_inh=positive(rng, 5, 12, 0.6),
        inh_exc=positive(rng, 12, 5, -0.6),
        inh_inh=positive(rng, 5, 5, -0.3),
    )
    edges = chain("input", "fc", "exc", "output")
    for name in ("exc_exc", "exc_inh", "inh_exc", "inh_inh"):
        source, target = name.split("_")
        edges += chain(source, name, target)
    return nodes, edges


@graph("a circle of three populations that two outputs read, and an edge without weights that closes it")
def three_populations(rng):
    nodes = ends(5, 6) | dict(
        fc=affine(rng, 6, 5, 0.9),
        a=lif(rng, 6),
        ab=linear(rng, 6, 6, 0.9),
        b=cuba_lif(rng, 6, r=(8, 12)),
        bc=affine(rng, 6, 6, 1.5),
        c=lif(rng, 6, r=(6, 9)),
        another=nir.Output(dict(output=np.array([6]))),
    )
    edges = chain("input", "fc", "a", "ab", "b", "bc", "c", "a") + [("b", "output"), ("c", "another"), ("input2", "sc")]
    nodes |= dict(input2=nir.Input(dict(input=np.array([6]))), sc=nir.Scale(between(rng, 0.1, 0.4, 6)))
    return nodes, edges + [("sc", "c")]


@graph("an Affine that feeds its own source one step late, and another population in the same step")
def shared_affine(rng):
    nodes = ends(5, 6) | dict(
        fc=linear(rng, 6, 5, 0.8), b=lif(rng, 6), w=affine(rng, 6, 6, -0.4, bias=0.4), a=lif(rng, 6, leak=(0.4, 0.6))
    )
    return nodes, chain("input", "fc", "b", "w", "a", "output") + [("w", "b")]


@graph("skips: two ways into one population, one of them without weights; two maps of one source that meet")
def skips(rng):
    nodes = ends(6, 6) | dict(
        fc1=linear(rng, 6, 6, 0.8),
        lif1=lif(rng, 6),
        fc2=affine(rng, 6, 6, 0.3),
        fc3=linear(rng, 6, 6, 0.2),
        scale=nir.Scale(between(rng, -0.3, 0.3, 6)),
        lif2=lif(rng, 6, r=(1, 3)),
    )
    edges = chain("input", "fc1", "lif1", "fc2", "lif2", "output") + chain("input", "fc3", "lif2")
    return nodes, edges + [("lif1", "lif2")] + chain("lif1", "scale", "lif2")


# What other simulators read too --------------------------------------------


def uniform_lif(shape, tau=0.002):
    """r is 1, and all neurons are alike."""
    full = lambda value: np.full(shape, value, np.float32)
    return nir.LIF(tau=full(tau), r=full(1), v_leak=full(0), v_threshold=full(1), v_reset=full(0))


def uniform_cuba_lif(n, tau_syn=0.0005, tau_mem=0.002, dt=0.0001):
    """r and w_in cancel the step, and all neurons are alike."""
    full = lambda value: np.full(n, value)
    return nir.CubaLIF(
        tau_syn=full(tau_syn),
        tau_mem=full(tau_mem),
        r=full(tau_mem / dt),
        v_leak=full(0.0),
        v_threshold=full(1.0),
        v_reset=full(0.0),
        w_in=full(tau_syn / dt),
    )


@graph("two LIF, as Norse, snnTorch and spikingjelly read them")
def common_lif(rng):
    nodes = ends(6, 5) | dict(
        fc1=nir.Affine(8 * weights(rng, (10, 6), 1.0), between(rng, 0, 1, 10)),
        lif1=uniform_lif(10),
        fc2=nir.Linear(16 * weights(rng, (5, 10), 1.0)),
        lif2=uniform_lif(5, 0.001),
    )
    return nodes, chain("input", "fc1", "lif1", "fc2", "lif2", "output")


@graph("two CubaLIF, as Norse, snnTorch and spikingjelly read them")
def common_cuba_lif(rng):
    nodes = ends(6, 5) | dict(
        fc1=nir.Affine(weights(rng, (10, 6), 0.1) / 4, between(rng, 0, 0.02, 10)),
        lif1=uniform_cuba_lif(10),
        fc2=nir.Linear(weights(rng, (5, 10), 0.5)),
        lif2=uniform_cuba_lif(5, 0.0003, 0.001),
    )
    return nodes, chain("input", "fc1", "lif1", "fc2", "lif2", "output")


@graph("CubaLIF with recurrence, as Norse and spikingjelly read it")
def common_recurrent(rng):
    nodes = ends(6, 5) | {
        "fc1": nir.Linear(weights(rng, (12, 6), 0.1) / 4),
        "rec.lif": uniform_cuba_lif(12),
        "rec.w_rec": nir.Linear(weights(rng, (12, 12), -0.1) / 2),
        "fc2": nir.Linear(weights(rng, (5, 12), 0.5)),
        "lif2": uniform_cuba_lif(5, 0.0003, 0.001),
    }
    edges = chain("input", "fc1", "rec.lif", "fc2", "lif2", "output") + chain("rec.lif", "rec.w_rec", "rec.lif")
    return nodes, edges


@graph("convolutions of LIF, as Norse and spikingjelly read them")
def common_conv(rng):
    scaled = lambda node, factor: setattr(node, "weight", node.weight * np.float32(factor)) or node
    nodes = ends((2, 8, 8), 4) | dict(
        conv1=scaled(conv2d(rng, (4, 2, 3, 3), (8, 8), padding=1, mean=1.0), 8),
        lif1=uniform_lif((4, 8, 8)),
        conv2=scaled(conv2d(rng, (3, 4, 2, 2), (8, 8), stride=2, mean=1.0), 12),
        lif2=uniform_lif((3, 4, 4)),
        flat=flatten(3, 4, 4),
        fc=nir.Linear(16 * weights(rng, (4, 48), 1.0)),
        lif3=uniform_lif(4),
    )
    return nodes, chain("input", "conv1", "lif1", "conv2", "lif2", "flat", "fc", "lif3", "output")


# Nesting and names ---------------------------------------------------------


def layer(rng, into, out, neurons, recurrent):
    """A graph of its own."""
    nodes = ends(into, out) | {"fc": affine(rng, out, into, 1.5), "lif": neurons(rng, out, r=(6, 10))}
    edges = chain("input", "fc", "lif", "output")
    if recurrent:
        nodes["w_rec"] = affine(rng, out, out, -0.5)
        edges += chain("lif", "w_rec", "lif")
    return nir.NIRGraph(nodes, edges, type_check=False)


@graph("graphs within a graph, one within another; all have the same names inside; a circle around one of them")
def nested(rng):
    inner = nir.NIRGraph(
        ends(6, 5) | dict(layer=layer(rng, 6, 5, lif, True), scale=nir.Scale(between(rng, 0.5, 1.5, 5))),
        chain("input", "layer", "scale", "output"),
        type_check=False,
    )
    nodes = ends(4, 5) | {
        "1": layer(rng, 4, 6, cuba_lif, True),
        "2": inner,
        "3": layer(rng, 5, 5, lif, False),
        "back": affine(rng, 6, 5, -0.3),
        "sum": nir.Scale(np.ones(6, np.float32)),
    }
    return nodes, chain("input", "1", "sum", "2", "3", "output") + chain("3", "back", "sum")


@graph("names with dots, numbers, dashes, spaces and other letters; alphabetical is by their bytes")
def names(rng):
    nodes = {
        "in.put": nir.Input(dict(input=np.array([5]))),
        "10": affine(rng, 6, 5, 0.8),
        "9": lif(rng, 6),
        "layer.1.lif-a": lif(rng, 4),
        "Layer 1": affine(rng, 4, 6, 0.8),
        "w_ü": affine(rng, 6, 4, 0.2),
        "2.out": nir.Output(dict(output=np.array([4]))),
    }
    return nodes, chain("in.put", "10", "9", "Layer 1", "layer.1.lif-a", "2.out") + chain("layer.1.lif-a", "w_ü", "9")
