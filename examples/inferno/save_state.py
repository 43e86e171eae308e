"""Runs an ALIF population in Inferno, saves its state half way, and continues. glif must continue in the same way.

    pip install -r tests/golden/requirements.txt
    python examples/inferno/save_state.py

writes, next to this script, state.npz (Inferno's state_dict), currents.npy (the input of the second half) and
continued.npz (the results of Inferno for the second half).
"""

from pathlib import Path

import numpy as np
import torch
from inferno.neural import ALIF

HERE = Path(__file__).resolve().parent
SHAPE, BATCH, STEPS = (12,), 2, 400

neurons = ALIF(
    SHAPE, 1.0, rest_v=-60.0, reset_v=-65.0, thresh_eq_v=-50.0, refrac_t=3.0, tc_membrane=20.0,
    tc_adaptation=(40.0, 400.0), spike_increment=(1.5, 0.5), batch_size=BATCH,
)  # fmt: skip
generator = torch.Generator().manual_seed(5)
currents = 19.0 + 8.0 * torch.randn((STEPS, BATCH, *SHAPE), generator=generator)

for step in currents[: STEPS // 2]:
    neurons(step)

# A state_dict has one entry that is not a tensor, for data of a subclass. Inferno's neurons add none.
state = {name: value.numpy().copy() for name, value in neurons.state_dict().items() if torch.is_tensor(value)}
np.savez(HERE / "state.npz", **state)
np.save(HERE / "currents.npy", currents[STEPS // 2 :].numpy())

record = {name: [] for name in ("spikes", "voltage", "refrac", "adaptation")}
for step in currents[STEPS // 2 :]:
    record["spikes"].append(neurons(step).numpy().copy())
    record["voltage"].append(neurons.voltage.numpy().copy())
    record["refrac"].append(neurons.refrac.numpy().copy())
    record["adaptation"].append(neurons.threshold_adaptation.numpy().copy())
np.savez(HERE / "continued.npz", **{name: np.stack(values) for name, values in record.items()})
print(int(np.sum(record["spikes"])), "spikes")
