"""Boolean tasks on four bits, named pairings of them, and the points that a net learns from."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import did_you_mean, regular, several, short

Bits = NDArray[np.uint8]

N_BITS = 4
POINTS: Bits = np.array(list(np.ndindex(*(2,) * N_BITS)), dtype=np.uint8)
"""The 16 possible points: rows (s1, s2, s3, s4), s4 running fastest."""
POINTS.setflags(write=False)

LONGEST_NAME = 100  # letters of a task's name: it stands in pictures and tables
CLOSE = 0.4  # how alike a name must be to be suggested; a part of a task's name is
TABLE = "table "  # how the name of a task begins that is a truth table written out


@dataclass(frozen=True)
class Task:
    """A Boolean function of the four bits: its name, and its 16 labels in the order of `POINTS`.

    Examples
    --------
    >>> from ncviz import tasks
    >>> tasks.TASKS["s1 XOR s2"]([[1, 0, 0, 0], [1, 1, 0, 0]])
    array([1, 0], dtype=uint8)
    """

    name: str
    labels: tuple[int, ...]

    def __call__(self, bits: object) -> Bits:
        """Labels (…,) of points given as bits (…, 4), each 0 or 1."""
        rows = regular("bits", bits)
        if rows.ndim == 0 or rows.shape[-1] != N_BITS or not ((rows == 0) | (rows == 1)).all():
            raise ValueError(f"bits must be 0 or 1 with {N_BITS} in the last dimension")
        index = rows.astype(np.intp) @ (1 << np.arange(N_BITS)[::-1])
        return np.asarray(self.labels, dtype=np.uint8)[index]


@dataclass(frozen=True)
class Pairing:
    """Four tasks (A1, A2, B1, B2), and in `reason` a sentence why one would look at them.

    `critical_size` is the largest hidden size at which, with all else at its default, more than
    3 % of held-out answers are wrong: just short of what the tasks need. Measured with 100 runs.
    """

    name: str
    tasks: tuple[str, str, str, str]
    critical_size: int
    reason: str


def register(name: str, function: Callable[[Bits], object]) -> Task:
    """Make a task of one's own usable by name, for as long as this Python process lives.

    Parameters
    ----------
    name : str
        One line of at most 100 letters, else `ValueError`; also if it stands for another task or
        a truth table. Registering the same function again under its name is harmless.
    function : callable
        Takes the 16 points as an integer array of shape (16, 4), returns 16 labels, 0 or 1, else
        `ValueError`.

    Examples
    --------
    >>> from ncviz import Experiment, tasks
    >>> task = tasks.register("s1 AND NOT s4", lambda s: s[:, 0] & (1 - s[:, 3]))
    >>> Experiment(pairing=("s1 AND NOT s4", "s1 XOR s2", "s3", "s3 XOR s4")).tasks[0]
    's1 AND NOT s4'
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"name must be a non-empty text, not {short(name)}")
    if len(name) > LONGEST_NAME or not name.isprintable():
        most = LONGEST_NAME
        raise ValueError(f"name must be one line of at most {most} letters, not {short(name)}")
    name = str(name)
    if name.startswith(TABLE):
        raise ValueError(f"name {name!r} must not begin with {TABLE!r}: that is a truth table")
    if not callable(function):
        raise ValueError(f"function of task {name!r} must be callable, not {short(function)}")
    labels = regular("labels", function(POINTS.copy()))
    if not _are_labels(labels):
        wanted = f"{len(POINTS)} labels, each 0 or 1"
        raise ValueError(f"function of task {name!r} must return {wanted}, not {short(labels)}")
    task = Task(name, tuple(map(int, labels)))
    if TASKS.setdefault(name, task) != task:
        raise ValueError(f"name {name!r} already stands for another task; choose a new one")
    return task


def _are_labels(given: NDArray[np.generic]) -> bool:
    return given.shape == (len(POINTS),) and bool(np.isin(given, (0, 1)).all())


def find(name: str) -> Task:
    """The task of a name: a known one, or ``"table"`` and 16 digits, a truth table written out.

    `ValueError` if there is no such task; the closest known one is suggested.

    Examples
    --------
    >>> from ncviz import tasks
    >>> tasks.find("table 0000000000000001").labels == (0,) * 15 + (1,)
    True
    """
    if not isinstance(name, str):
        raise ValueError(f"task {short(name)} is unknown: it must be a name")
    if name in TASKS:
        return TASKS[name]
    if table := re.fullmatch(TABLE + "([01]{16})", name):
        return Task(str(name), tuple(map(int, table[1])))
    if name.startswith(TABLE.strip()):
        raise ValueError(f"task {short(name)} must be {TABLE!r} and 16 digits, each 0 or 1")
    raise ValueError(f"task {short(name)} is unknown{did_you_mean(name, TASKS, CLOSE)}")


def named(labels: Iterable[int]) -> Task:
    """The task with these 16 labels, each 0 or 1: a known one, else a truth table.

    Examples
    --------
    >>> from ncviz import tasks
    >>> tasks.named(tasks.TASKS["s1 XOR s2"].labels).name
    's1 XOR s2'
    """
    try:
        given = regular("labels", several("labels", labels, len(POINTS)))
    except ValueError:
        given = np.empty(0)
    if not _are_labels(given):
        raise ValueError(f"labels must be {len(POINTS)} times 0 or 1, not {short(labels)}")
    values = tuple(map(int, given))
    known = (task for task in TASKS.values() if task.labels == values)
    return next(known, None) or find(TABLE + "".join(map(str, values)))


def resolve(pairing: object) -> tuple[str, str, str, str]:
    """Task names (A1, A2, B1, B2) of a pairing given by its name or as four task names.

    `ValueError` if a name is unknown (the closest one is suggested), or there are not four tasks.
    """
    if isinstance(pairing, str):
        if pairing not in PAIRINGS:
            hint = did_you_mean(pairing, PAIRINGS, CLOSE)
            raise ValueError(f"pairing {short(pairing)} is unknown{hint}")
        return PAIRINGS[pairing].tasks
    if not isinstance(pairing, tuple | list) or len(pairing) != 4:
        raise ValueError(
            f"pairing must be a name or four task names (A1, A2, B1, B2), not {short(pairing)}"
        )
    try:
        a1, a2, b1, b2 = (find(name).name for name in pairing)
    except ValueError as error:
        raise ValueError(f"pairing: {error}") from None
    return a1, a2, b1, b2


def portable(pairing: object) -> str | tuple[str, str, str, str]:
    """The same pairing as any other Python process knows it, whatever is registered there.

    Its name where there is one; else built-in tasks or truth tables. `ValueError` as of `resolve`.

    Examples
    --------
    >>> from ncviz import tasks
    >>> other = tasks.register("not s3", lambda s: 1 - s[:, 2])
    >>> tasks.portable(("s1 AND s2", other.name, "s3", "s4"))
    ('s1 AND s2', 'table 1100110011001100', 's3', 's4')
    """
    if isinstance(pairing, str) and pairing in PAIRINGS:
        return pairing
    labels = [find(name).labels for name in resolve(pairing)]
    known = {task.labels: name for name, task in reversed([*BUILT_IN.items()])}
    a1, a2, b1, b2 = (known.get(each) or TABLE + "".join(map(str, each)) for each in labels)
    four = (a1, a2, b1, b2)
    return next((named.name for named in PAIRINGS.values() if named.tasks == four), four)


def sample_points(
    rng: np.random.Generator, n: int, noise: float
) -> tuple[Bits, NDArray[np.float32]]:
    """Draw fair bits (n, 4), and what the net sees of them: −1 or +1 plus Gaussian noise.

    `noise` is its standard deviation, in units of the bits' ±1.
    """
    bits = rng.integers(0, 2, size=(n, N_BITS), dtype=np.uint8)
    seen = 2.0 * bits - 1.0 + noise * rng.standard_normal((n, N_BITS))
    return bits, seen.astype(np.float32)


def _built_in() -> dict[str, Task]:
    """Constants, copies, AND, OR and XOR of every two bits, majority and parity of more."""
    bit = {f"s{i + 1}": POINTS[:, i] for i in range(N_BITS)}
    labels: dict[str, Bits] = dict(bit)
    for names in combinations(bit, 2):
        one, other = (bit[name] for name in names)
        labels[" AND ".join(names)] = one & other
        labels[" OR ".join(names)] = one | other
        labels[" XOR ".join(names)] = one ^ other
    for three in combinations(bit, 3):
        sums = np.sum([bit[name] for name in three], axis=0)
        labels[f"MAJORITY({', '.join(three)})"] = (sums >= 2).astype(np.uint8)
        labels[" XOR ".join(three)] = (sums % 2).astype(np.uint8)
    labels[" XOR ".join(bit)] = (POINTS.sum(axis=1) % 2).astype(np.uint8)
    labels |= {f"always {value}": np.full(len(POINTS), value) for value in (0, 1)}
    return {name: Task(name, tuple(map(int, values))) for name, values in labels.items()}


BUILT_IN: Mapping[str, Task] = MappingProxyType(_built_in())
"""The tasks that every Python knows, by name."""

TASKS: dict[str, Task] = dict(BUILT_IN)
"""Every task by name; `register` adds to it."""

_FOUR = {
    "easy": (1, ("s1 AND s2", "s1 OR s2", "s3 AND s4", "s3 OR s4")),
    "same-bits": (2, ("s1 AND s2", "s1 XOR s2", "s1 AND s2", "s1 XOR s2")),
    "xornet": (3, ("s1 AND s2", "s1 XOR s2", "s3 AND s4", "s3 XOR s4")),
    "copy-xor": (3, ("s1", "s1 XOR s2", "s3", "s3 XOR s4")),
    "chain": (3, ("s1", "s1 XOR s2", "s2", "s2 XOR s3")),
    "majority": (3, ("MAJORITY(s1, s2, s3)", "s1 XOR s2", "MAJORITY(s2, s3, s4)", "s3 XOR s4")),
    "reversed": (3, ("s1 XOR s2", "s1 AND s2", "s3 XOR s4", "s3 AND s4")),
    "parity": (4, ("s1 AND s2", "s1 XOR s2 XOR s3", "s3 AND s4", "s2 XOR s3 XOR s4")),
    "ring": (4, ("s1 XOR s2", "s3 XOR s4", "s2 XOR s3", "s1 XOR s4")),
    "crossed-xors": (4, ("s1 XOR s3", "s2 XOR s4", "s1 XOR s4", "s2 XOR s3")),
    "all-xor": (4, ("s1 XOR s2", "s1 XOR s3", "s3 XOR s4", "s2 XOR s4")),
}
_REASONS = {
    "easy": "only easy tasks (AND, OR): hardly anything to compete for",
    "same-bits": "Alice and Bob have the same two tasks on the same two bits",
    "xornet": "each head has an easy task first (AND) and a hard one second (XOR)",
    "copy-xor": "the first tasks only copy a bit, the second are XOR",
    "chain": "three bits in a chain: Alice's XOR uses the bit that Bob copies",
    "majority": "votes over three bits that overlap, and XOR",
    "reversed": "xornet with the hard tasks first: the minus of S falls on the easy ones",
    "parity": "the hard tasks are parities of three bits, and overlap",
    "ring": "four XORs around a ring of bits: no task is easy",
    "crossed-xors": "each head's XORs cut across the other's pairs of bits",
    "all-xor": "four XORs, each head's two sharing a bit",
}

PAIRINGS = {name: Pairing(name, four, size, _REASONS[name]) for name, (size, four) in _FOUR.items()}
"""Every named pairing, ordered by critical size."""
