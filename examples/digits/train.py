#!/usr/bin/env python3
"""Trains a spiking network on scikit-learn's handwritten digits, and writes it as a NIR graph.

    python3 -m venv target/digits && target/digits/bin/pip install -r examples/digits/requirements.txt
    target/digits/bin/python examples/digits/train.py

It writes digits.nir, samples.npz and labels.npy next to itself. README.md describes them. It takes two minutes on one
core, and writes the same bytes again on the same machine.
"""

import copy
import math
import sys
from pathlib import Path

import nir
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent / "tests" / "golden" / "nir"))

import reference

SEED = 0
TEST_SAMPLES = 450
PIXELS, HIDDEN, DIGITS = 64, 64, 10
BRIGHTEST = 16  # of a pixel
STEPS = 16
STEP_TIME = 1.0  # ms
TAU = 10.0  # ms
SHARE = STEP_TIME / TAU  # of the membrane, lost in a step
# mV. Nothing but the unit of the membrane: 16-bit number formats have 256 steps to a mV.
THRESHOLD = 2.0

EPOCHS, BATCH, RATE = 200, 64, 3e-3
DROPPED, DECAY, SMOOTHING = 0.1, 1e-4, 0.05
SHIFT, TURN, STRETCH = 0.5, 0.15, 0.1  # pixels, rad, part


def encode(pixels):
    """A pixel of brightness b fires b times in 16 steps, as evenly as it goes: (samples, steps, pixels)."""
    step = torch.arange(STEPS)[None, :, None]
    brightness = torch.as_tensor(pixels).round().clamp(0, BRIGHTEST)[:, None, :]
    fired = lambda step: torch.floor(step * brightness / BRIGHTEST)
    return fired(step + 1) - fired(step)


# Training ------------------------------------------------------------------


class Spike(torch.autograd.Function):
    """A step, whose derivative is that of an arc tangent."""

    @staticmethod
    def forward(ctx, above):
        ctx.save_for_backward(above)
        return (above > 0).float()

    @staticmethod
    def backward(ctx, gradient):
        (above,) = ctx.saved_tensors
        return gradient / (1 + (math.pi * above) ** 2)


class Network(torch.nn.Module):
    """Two layers of LIF neurons with a threshold of 1. A weight is what a spike adds to a membrane."""

    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(PIXELS, HIDDEN)
        self.digit = torch.nn.Linear(HIDDEN, DIGITS)
        for layer, deviation in ((self.hidden, 0.06), (self.digit, 0.3)):
            torch.nn.init.normal_(layer.weight, std=deviation)
            torch.nn.init.zeros_(layer.bias)

    def forward(self, spikes, kept=1.0):
        """Returns how often each digit fires."""
        count = torch.zeros(len(spikes), DIGITS)
        v_hidden, v_digit = torch.zeros(len(spikes), HIDDEN), torch.zeros(len(spikes), DIGITS)
        for step in range(STEPS):
            fired, v_hidden = advance(v_hidden, self.hidden(spikes[:, step]))
            fired, v_digit = advance(v_digit, self.digit(fired * kept))
            count = count + fired
        return count


def advance(v, charge):
    v = v * (1 - SHARE) + charge
    fired = Spike.apply(v - 1)
    return fired, v * (1 - fired)


def moved(pixels):
    """Shifts, turns and stretches each image a little."""
    count = len(pixels)
    uniform = lambda most, *shape: (torch.rand(count, *shape) * 2 - 1) * most
    angle, stretch = uniform(TURN), 1 + uniform(STRETCH)
    transform = torch.zeros(count, 2, 3)
    transform[:, 0, 0] = transform[:, 1, 1] = torch.cos(angle) * stretch
    transform[:, 1, 0] = torch.sin(angle) * stretch
    transform[:, 0, 1] = -transform[:, 1, 0]
    transform[:, :, 2] = uniform(SHIFT / 4, 2)  # an image is 2 wide
    images = pixels.reshape(count, 1, 8, 8)
    return grid_sample(images, affine_grid(transform, images.shape, align_corners=False), align_corners=False).flatten(1)


def train(pixels, labels):
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    pixels, labels = torch.tensor(pixels).float(), torch.tensor(labels)
    network = Network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for epoch in range(EPOCHS):
        total = 0.0
        for chosen in torch.randperm(len(pixels)).split(BATCH):
            kept = (torch.rand(len(chosen), HIDDEN) > DROPPED) / (1 - DROPPED)
            count = network(encode(moved(pixels[chosen])), kept)
            loss = cross_entropy(0.7 * count, labels[chosen], label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(chosen)
        schedule.step()
        if epoch % 20 == 19:
            print(f"epoch {epoch + 1}: loss {total / len(pixels):.3f}", file=sys.stderr)
    return network


# The graph -----------------------------------------------------------------


def graph_of(network):
    """tau dv/dt = -v + x, so that a step adds dt/tau of x."""
    nodes = {
        "input": nir.Input(dict(input=np.array([PIXELS]))),
        "pixel_hidden": affine(network.hidden),
        "hidden": lif(HIDDEN),
        "hidden_digit": affine(network.digit),
        "digit": lif(DIGITS),
        "output": nir.Output(dict(output=np.array([DIGITS]))),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes, list(zip(names, names[1:])))


def affine(layer):
    scaled = lambda values: (values.detach() * (THRESHOLD / SHARE)).numpy()
    return nir.Affine(scaled(layer.weight), scaled(layer.bias))


def lif(size):
    full = lambda value: np.full(size, value)
    return nir.LIF(
        tau=full(TAU / 1000), r=full(1.0), v_leak=full(0.0), v_threshold=full(THRESHOLD), v_reset=full(0.0)
    )


# Testing -------------------------------------------------------------------


def evaluate(graph, samples, labels):
    """By the equations in f64. The digit that fires most wins, and the least of those that fire as often."""
    settings = reference.Settings(STEP_TIME)
    traces = [reference.run(graph, {"input": sample}, settings).spikes for sample in samples]
    counts = np.array([trace["digit"].sum(axis=0) for trace in traces])
    best_two = np.sort(counts, axis=1)[:, -2:]
    return dict(
        accuracy=float((counts.argmax(axis=1) == labels).mean()),
        ties=float((best_two[:, 0] == best_two[:, 1]).mean()),
        input=float(samples.sum(axis=(1, 2)).mean()),
        hidden=float(np.mean([trace["hidden"].sum() for trace in traces])),
        digit=float(counts.sum(axis=1).mean()),
    )


def quantised(graph):
    """Weights of 8 bits, with a scale for each row."""
    graph = copy.deepcopy(graph)
    for node in graph.nodes.values():
        if isinstance(node, nir.Affine):
            weight = node.weight.astype(np.float64)
            scale = np.abs(weight).max(axis=1, keepdims=True) / 127
            node.weight = np.rint(weight / scale) * scale
    return graph


def report(name, result):
    print(
        f"{name}: {result['accuracy']:.2%} right, {result['ties']:.2%} ties; "
        f"spikes a sample: {result['input']:.1f} input, {result['hidden']:.1f} hidden, {result['digit']:.1f} digit"
    )


def main():
    pixels, labels = load_digits(return_X_y=True)
    split = train_test_split(pixels, labels, test_size=TEST_SAMPLES, random_state=SEED, stratify=labels)
    train_pixels, test_pixels, train_labels, test_labels = split
    network = train(train_pixels, train_labels)
    samples = encode(test_pixels).numpy().astype(np.uint8)
    nir.write(HERE / "digits.nir", graph_of(network))
    np.savez_compressed(HERE / "samples.npz", input=samples)
    np.save(HERE / "labels.npy", test_labels)

    graph = reference.read(HERE / "digits.nir")
    as_trained, in_bytes = (evaluate(one, samples, test_labels) for one in (graph, quantised(graph)))
    report("f64", as_trained)
    report("i8 weights", in_bytes)
    assert as_trained["accuracy"] >= 0.975 and as_trained["accuracy"] - in_bytes["accuracy"] <= 0.005


if __name__ == "__main__":
    main()
