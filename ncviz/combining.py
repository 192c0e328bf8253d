"""How the gradients of two heads meet in the layer that they share, for many nets at once.

Every operation works net by net, and the only sums run over a net's own numbers, so that a net's
numbers do not depend on the others.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ncviz.network import Nets, n_parameters

Rule = Callable[[Tensor, Tensor], Tensor]


def pcgrad(alice: Tensor, bob: Tensor) -> Tensor:
    """Gradient surgery (Yu et al. 2020): what conflicts is projected off, then the rest summed.

    Where ⟨a, b⟩ < 0, a loses its component along b, and b that along a. Yu et al. take the tasks
    in random order; with two of them there is only one.

    Parameters
    ----------
    alice, bob : Tensor, shape (numbers, nets)
        The gradients of the two losses with respect to all that is shared.

    Returns
    -------
    Tensor, shape (numbers, nets)
        a + b where they do not conflict.

    Examples
    --------
    >>> import torch
    >>> from ncviz.combining import pcgrad
    >>> a, b = torch.tensor([[1.0], [0.0]]), torch.tensor([[-1.0], [1.0]])
    >>> pcgrad(a, b).squeeze().tolist()  # a becomes (½, ½), and b (0, 1)
    [0.5, 1.5]
    """
    conflict = _dot(alice, bob).clamp_(max=0)
    of_alice, of_bob = (_share(conflict, _dot(g, g)) for g in (alice, bob))
    return alice * (1 - of_alice) + bob * (1 - of_bob)


def mgda(alice: Tensor, bob: Tensor) -> Tensor:
    """Multiple-gradient descent (Désidéri 2012): a step along which neither loss rises.

    The shortest vector γa + (1 − γ)b with 0 ≤ γ ≤ 1, for two tasks in closed form (Sener & Koltun
    2018): γ = ⟨b − a, b⟩ / ‖a − b‖², cut to [0, 1]. Taken twice, so that where both gradients are
    the same the step is that of their sum.

    Parameters
    ----------
    alice, bob : Tensor, shape (numbers, nets)
        The gradients of the two losses with respect to all that is shared.

    Returns
    -------
    Tensor, shape (numbers, nets)

    Examples
    --------
    >>> import torch
    >>> from ncviz.combining import mgda
    >>> a, b = torch.tensor([[2.0], [0.0]]), torch.tensor([[0.0], [2.0]])
    >>> mgda(a, b).squeeze().tolist(), mgda(a, a).squeeze().tolist()
    ([2.0, 2.0], [4.0, 0.0])
    """
    apart = bob - alice
    of_alice = _share(_dot(apart, bob), _dot(apart, apart)).clamp_(0, 1)
    return 2 * (of_alice * alice + (1 - of_alice) * bob)


RULES: dict[str, Rule] = {
    "without alice": lambda alice, bob: bob,
    "without bob": lambda alice, bob: alice,
    "pcgrad": pcgrad,
    "mgda": mgda,
}
"""For each `shared_gradient` but "sum", what the shared layer gets of Alice's and Bob's wishes."""


class Combining:
    """Combines the heads' wishes for the layer that nets with one trunk share.

    Parameters
    ----------
    parameters : Tensor, shape (rows, nets)
        Of such nets, laid out as `Nets.views` has them.
    hidden : int
    rule : {"without alice", "without bob", "pcgrad", "mgda"}
    """

    def __init__(self, parameters: Tensor, hidden: int, rule: str) -> None:
        self._rule, self._hidden = RULES[rule], hidden
        self._shared = n_parameters(1, hidden) - 2 * (hidden + 1)
        self._value = torch.empty_like(parameters)

    def __call__(self, apart: Tensor) -> Tensor:
        """Make one gradient of a whole step's two.

        Parameters
        ----------
        apart : Tensor
            Of a `Gradient` with two wishes, after all its points are summed.

        Returns
        -------
        Tensor, shape (rows, nets)
            Laid out as the parameters; overwritten by the next call.
        """
        wishes = Nets.views(apart, 2, self._hidden)
        weights = wishes.hidden_weight.flatten(start_dim=1, end_dim=2)
        alice, bob = torch.cat([weights, wishes.hidden_bias], dim=1)
        self._value[: self._shared] = self._rule(alice, bob)
        self._value[self._shared :] = apart[2 * self._shared :]  # each head has its own gradient
        return self._value


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """Inner product of the two gradients of each net, shape (1, nets)."""
    return torch.sum(one * other, dim=0, keepdim=True)


def _share(part: Tensor, whole: Tensor) -> Tensor:
    """The quotient; 0 where there is nothing to divide by, since nothing then depends on it."""
    return torch.where(whole > 0, part / whole, 0.0)
