"""All chance of a run, drawn at once: adapter, heads, texts and batch order."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.computing import contained
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.material.tasks import Material

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Draw:
    """One hidden variable λ, the same in all four settings.

    Parameters
    ----------
    down : dict
        Name of a linear part → array, shape (rank, inputs): how the adapter begins. Its other
        half begins at 0, so that at first the network is what it was. A smaller rank is a prefix.
    bottleneck : array, shape (units, width)
    heads : array, shape (2, units or width)
        Biases start at 0.
    train, test : array, shape (4, texts)
        Numbers of the texts for A1, A2, B1, B2: the same for all four where they have common
        texts, else paired by index.
    order : array, shape (steps, batch_size)
        Which training texts each step takes.
    """

    down: Mapping[str, Floats]
    bottleneck: Floats
    heads: Floats
    train: Rows
    test: Rows
    order: Rows


@contained
def draw(
    experiment: LoraExperiment,
    material: Material,
    inputs: Mapping[str, int],
    width: int,
    run: int,
) -> Draw:
    """Draw run number `run`; it has streams of its own, one for each kind of chance.

    Parameters
    ----------
    experiment : LoraExperiment
    material : Material
    inputs : mapping
        Name of each linear part that gets an adapter → how many inputs it has.
    width : int
        Numbers that the network gives for a text.
    run : int
    """
    e = experiment
    of_run = np.random.SeedSequence(e.seed, spawn_key=(run,))
    adapter, heads, texts, order = of_run.spawn(4)
    down = {
        name: _normal(stream, e.rank, n)
        for (name, n), stream in zip(inputs.items(), adapter.spawn(len(inputs)), strict=True)
    }
    of_bottleneck, of_heads = heads.spawn(2)
    units = e.bottleneck or width
    train, test = _texts(e, material, texts)
    chosen = np.random.default_rng(order).integers(0, e.n_train, size=(e.steps, e.batch_size))
    return Draw(
        down=down,
        bottleneck=_normal(of_bottleneck, e.bottleneck, width),
        heads=_normal(of_heads, 2, units),
        train=train,
        test=test,
        order=chosen,
    )


def check_sizes(experiment: LoraExperiment, material: Material) -> None:
    """Refuse an experiment that wants more texts than there are.

    Raises
    ------
    ValueError
        Naming the field and how many there are.
    """
    wanted = (("n_train", "training"), ("n_test", experiment.measured_on))
    for field, part in wanted:
        for task, rows in zip(material.tasks, material.rows, strict=True):
            there, asked = len(rows[part]), getattr(experiment, field)
            if asked > there:
                raise ValueError(
                    f"{field} must be at most {there}, not {asked}: {task} has {there} {part} "
                    f"texts in a pool of {sum(map(len, rows.values()))} "
                    f"(n_pool={experiment.n_pool})"
                )


def _texts(
    e: LoraExperiment, material: Material, stream: np.random.SeedSequence
) -> tuple[Rows, ...]:
    streams = stream.spawn(4)
    if material.common:
        streams = streams[:1] * 4  # the same draw for every task
    drawn: list[list[Rows]] = [[], []]
    for seed, rows in zip(streams, material.rows, strict=True):
        random = np.random.default_rng(seed)
        for found, part, n in zip(
            drawn, ("training", e.measured_on), (e.n_train, e.n_test), strict=True
        ):
            found.append(random.permutation(rows[part])[:n])
    return tuple(np.stack(found) for found in drawn)


def _normal(stream: np.random.SeedSequence, rows: int, width: int) -> Floats:
    """Normal numbers whose rows have length one on average."""
    drawn = np.random.default_rng(stream).standard_normal((rows, width))
    return np.asarray(drawn / np.sqrt(width), dtype=np.float32)
