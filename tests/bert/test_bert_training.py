"""Training with adapters, on an untrained network and made-up texts, against independent facts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("peft", reason="needs ncviz[bert]")

import peft
from torch import Tensor

from bert_material import TINY, table, tasks
from ncviz.basics.computing import to_the_end
from ncviz.bert import LoraExperiment, LoraResult, backbone
from ncviz.bert import training as bert_training
from ncviz.bert.networks.net import Net
from ncviz.bert.networks.reading import DOWN, UP, Encoding, Reader, Trunk, through
from ncviz.bert.training import Ground, draws, ground, side_by_side


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place))
        yield place


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    return table(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def e(made: str) -> LoraExperiment:
    return LoraExperiment("random:tiny", tasks=tasks(made), runs=2, steps=12, **TINY)


@pytest.fixture(scope="module")
def result(e: LoraExperiment) -> LoraResult:
    return e.run()


@pytest.fixture(scope="module")
def found(e: LoraExperiment) -> Ground:
    return ground(e)


def net(e: LoraExperiment, found: Ground, setting: int = 3, run: int = 0) -> Net:
    labels = torch.tensor(found.material.labels, dtype=torch.float32)
    return Net(e, found.reader, labels, found.material.common, draws(e, found)[run], setting)


def same(a: LoraResult, b: LoraResult) -> bool:
    return a.runs.equals(b.runs) and np.array_equal(a.outcomes, b.outcomes)


# The result is a Result


def test_every_number_follows_from_the_outcomes(result: LoraResult) -> None:
    a, b = result.outcomes[:, :, 0].astype(int), result.outcomes[:, :, 1].astype(int)
    C = (a * b).mean(axis=-1)
    assert np.allclose(result.runs["S"], C @ [1, 1, 1, -1])
    assert np.allclose(result.runs[["A11", "A12", "A21", "A22"]], a.mean(axis=-1))
    product = a.mean(axis=-1) * b.mean(axis=-1)
    assert np.allclose(result.runs["S_product"], product @ [1, 1, 1, -1])
    assert result.s.value == pytest.approx(result.runs["S"].mean())
    assert result.correlators.loc["A2", "B2"] == pytest.approx(C[:, 3].mean())
    right = (result.outcomes > 0).mean(axis=(0, 3))
    assert result.accuracy.loc["B1", "accuracy"] == pytest.approx((right[0, 1] + right[2, 1]) / 2)


def test_the_outcomes_follow_from_the_nets(e: LoraExperiment, found: Ground) -> None:
    result = e.run()
    draw = draws(e, found)[1]
    weights = result.weights(run=1, setting="12")
    adapter = {k: torch.tensor(v) for k, v in weights.items() if "lora" in k}
    known = torch.tensor(np.unique(draw.train))
    frozen = found.reader.frozen[known]
    rows = torch.tensor(draw.test[0])
    read = (found.reader.features(adapter, rows) - frozen.mean(0)) / frozen.std(0)
    for head, (name, task) in enumerate((("alice", 0), ("bob", 3))):
        logit = read @ torch.tensor(weights[f"{name}.head.weight"][0])
        logit = logit + torch.tensor(weights[f"{name}.head.bias"])
        right = (logit > 0).numpy() == (found.material.labels[task, draw.test[0]] == 1)
        assert np.array_equal(right, result.outcomes[1, 1, head] > 0)


def test_s_on_the_training_texts_follows_from_the_nets(
    e: LoraExperiment, found: Ground, result: LoraResult
) -> None:
    products = []
    for setting in range(4):
        trained = net(e, found, setting, run=1)
        trained.advance(0, e.steps)
        alice, bob = np.sign(trained.margins("train").numpy())
        products.append((alice * bob).mean())
    assert result.runs["S_train"][1] == pytest.approx(np.dot(products, [1, 1, 1, -1]))


def test_the_texts_that_train_are_never_measured_on(e: LoraExperiment, found: Ground) -> None:
    parts = found.material.rows[0]
    for draw in draws(e, found):
        assert set(draw.train[0]) <= set(parts["training"])
        assert set(draw.test[0]) <= set(parts["held-out"])
        assert np.array_equal(draw.train[0], draw.train[3])  # one text for all four tasks
    on_validation = replace(e, measured_on="validation")
    assert set(draws(on_validation, found)[0].test[0]) <= set(parts["validation"])


# λ


def test_same_seed_same_numbers_and_fewer_runs_are_a_prefix(
    e: LoraExperiment, result: LoraResult
) -> None:
    assert same(result, e.run())
    one = replace(e, runs=1).run()
    assert np.array_equal(one.outcomes, result.outcomes[:1])
    assert not np.array_equal(result.outcomes[0], result.outcomes[1])
    assert not np.array_equal(replace(e, seed=1).run().outcomes, result.outcomes)


def test_all_settings_of_a_run_begin_alike(e: LoraExperiment, found: Ground) -> None:
    first, *others = [net(e, found, setting).weights() for setting in range(4)]
    for other in others:
        assert all(np.array_equal(first[name], other[name]) for name in first)


def test_a_smaller_rank_begins_as_a_part_of_a_larger_one(e: LoraExperiment) -> None:
    small, large = (draws(x, ground(x))[0].down for x in (replace(e, rank=2), replace(e, rank=5)))
    for name in small:
        # Equal but for rounding: both are scaled by the number of inputs.
        assert np.array_equal(small[name], large[name][:2])


# The adapter


def test_without_its_second_half_the_adapter_changes_nothing(
    e: LoraExperiment, found: Ground
) -> None:
    trained = net(e, found)
    rows = torch.tensor(draws(e, found)[0].test[[0, 0]])
    before = trained.logits(rows).detach()
    trained.advance(0, 12)
    assert not torch.allclose(trained.logits(rows), before, atol=1e-3)
    with torch.no_grad():
        for name, p in trained.halves[0].adapter.items():
            if name.endswith(UP):
                p.zero_()
    assert torch.equal(trained.logits(rows), before)


def test_the_adapter_is_the_only_thing_that_learns(e: LoraExperiment, found: Ground) -> None:
    trained = net(e, found)
    before, layers = trained.weights(), found.reader.trunk.state_dict()
    kept = {name: p.clone() for name, p in layers.items()}
    trained.advance(0, 5)
    after = trained.weights()
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {name for name in before if "lora_" in name}
    assert all(torch.equal(p, kept[name]) for name, p in layers.items())


def test_both_heads_learn_through_the_one_adapter(e: LoraExperiment, found: Ground) -> None:
    """Bob's task changes what Alice answers; with an adapter each it cannot."""
    rows = torch.tensor(draws(e, found)[0].test[[0, 0]])

    def alice(trunk: str, setting: int) -> Tensor:
        trained = net(replace(e, trunk=trunk), found, setting)
        trained.advance(0, 12)
        return trained.logits(rows)[0].detach()

    assert not torch.equal(alice("shared", 0), alice("shared", 1))
    assert torch.equal(alice("separate", 0), alice("separate", 1))


@pytest.mark.parametrize("changes", [{}, {"heads": "trained", "bottleneck": 2}])
def test_with_separate_adapters_no_run_passes_2(e: LoraExperiment, changes: dict[str, Any]) -> None:
    r = replace(e, trunk="separate", learning_rate=0.05, **changes).run()
    a, b = r.outcomes[:, :, 0].astype(int), r.outcomes[:, :, 1].astype(int)
    assert np.array_equal(a[:, 0], a[:, 1]) and np.array_equal(a[:, 2], a[:, 3])
    assert np.array_equal(b[:, 0], b[:, 2]) and np.array_equal(b[:, 1], b[:, 3])
    assert (np.abs((a * b).sum(axis=-1) @ [1, 1, 1, -1]) <= 2 * e.n_test).all()
    assert not r.influence[["A1", "A2", "B1", "B2"]].to_numpy().any()


def test_rank_0_is_the_untrained_network(e: LoraExperiment) -> None:
    r = replace(e, rank=0).run()
    at_start = next(iter(replace(e, rank=3).stream()))
    assert np.array_equal(r.per_run.S, at_start.per_run.S)
    assert np.array_equal(r.outcomes[:, 0, 0], r.outcomes[:, 1, 0])  # whatever Bob's task
    assert not r.influence[["A1", "A2", "B1", "B2"]].to_numpy().any()


def test_with_rank_0_and_trained_heads_only_the_heads_learn(e: LoraExperiment) -> None:
    r = replace(e, rank=0, heads="trained", steps=60).run()
    assert r.accuracy["train_accuracy"].mean() > r.accuracy["train_majority"].mean()
    assert set(r.weights(0, "11")) == {
        f"{who}.head.{what}" for who in ("alice", "bob") for what in ("weight", "bias")
    }


# Against transformers and peft as anybody would use them


def in_the_whole_network(e: LoraExperiment, found: Ground, setting: int, steps: int) -> Any:
    """Train one net by peft's get_peft_model on the whole network: the losses step by step."""
    network = backbone("random:tiny")
    model, tokenizer, draw = network.model(), network.tokenizer(), draws(e, found)[0]
    last = network.layers - 1
    parts = rf".*layer\.{last}\..*(query|key|value|dense)"
    wish = peft.LoraConfig(r=e.rank, lora_alpha=e.rank, target_modules=parts)
    model = peft.get_peft_model(model, wish).eval()
    trained = []
    for name, p in model.named_parameters():
        p.requires_grad_("lora_" in name)
        if "lora_" in name:
            trained.append(p)
            short = name.split(f"layer.{last}.")[1].removesuffix(DOWN)
            if name.endswith(DOWN):
                p.data = torch.tensor(draw.down[f"0.{short}"])

    def read(rows: Any) -> Tensor:
        texts = [found.material.texts[k] for k in rows]
        batch = tokenizer(texts, padding=True, return_tensors="pt")
        hidden = model(batch["input_ids"], attention_mask=batch["attention_mask"])[0]
        mask = batch["attention_mask"][..., None]
        return (hidden * mask).sum(1) / mask.sum(1)

    with torch.no_grad(), model.disable_adapter():
        start = read(np.unique(draw.train))
    heads = torch.tensor(draw.heads)
    adam, losses = torch.optim.Adam(trained, lr=e.learning_rate), []
    pair = ((0, 2), (0, 3), (1, 2), (1, 3))[setting]
    for step in range(steps):
        rows = draw.train[0][draw.order[step]]
        labels = torch.tensor(found.material.labels[list(pair)][:, rows], dtype=torch.float32)
        logits = heads @ ((read(rows) - start.mean(0)) / start.std(0)).T
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels) * 2
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return losses


def losses_of(e: LoraExperiment, found: Ground, encoding: Encoding, steps: int) -> list[float]:
    trunk = Trunk(backbone("random:tiny").top(1), e.rank)
    ours = replace(found, reader=Reader(encoding, trunk))
    trained, draw, losses = net(e, ours), draws(e, ours)[0], []
    for step in range(steps):
        rows = torch.tensor(draw.train[[1, 3]][:, draw.order[step]])
        labels = torch.stack([trained.labels[task, rows[0]] for task in (1, 3)])
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        losses.append(2 * loss(trained.logits(rows), labels).item())
        trained.advance(step, step + 1)
    return losses


def test_training_above_cached_layers_is_training_in_the_whole_network(
    e: LoraExperiment, found: Ground
) -> None:
    network, texts = backbone("random:tiny"), found.material.texts
    whole = in_the_whole_network(e, found, 3, 10)
    exact = to_the_end(through(network, texts, 1, e.max_length, dtype=torch.float32))
    assert np.allclose(losses_of(e, found, exact, 10), whole, atol=1e-5)
    rounded = to_the_end(through(network, texts, 1, e.max_length))
    assert np.allclose(losses_of(e, found, rounded, 10), whole, atol=0.02)


def test_cached_and_uncached_training_agree(
    e: LoraExperiment, result: LoraResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bert_training, "encoding", through)
    assert same(result, e.run())


# Side by side


def test_nets_side_by_side_have_the_numbers_that_they_have_alone(
    e: LoraExperiment, result: LoraResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bert_training, "crew_of", lambda *_: 3)
    together = e.run()
    assert same(result, together)
    for setting in ("11", "22"):
        alone, there = result.weights(1, setting), together.weights(1, setting)
        assert all(np.array_equal(alone[name], there[name]) for name in alone)


def test_a_net_that_is_halted_stops_before_its_next_step(e: LoraExperiment, found: Ground) -> None:
    halt, trained = Event(), net(e, found)
    assert trained.advance(0, 2, halt)
    before = trained.weights()
    halt.set()
    assert not trained.advance(2, 12, halt)
    assert all(np.array_equal(before[name], p) for name, p in trained.weights().items())


def test_closing_ends_every_net_that_still_trains(e: LoraExperiment, found: Ground) -> None:
    many = replace(e, steps=100_000)
    short, *long = [net(many, found, k) for k in range(4)]
    short.advance = lambda *_: True
    crew = side_by_side([short, *long], 0, 100_000, 4, last=False)
    next(crew)
    crew.close()
    states = [n.optimizer.state[next(iter(n.halves[0].adapter.values()))] for n in long]
    steps = [int(state.get("step", 0)) for state in states]
    assert max(steps) < 50_000


# Streams


def test_snapshots_come_on_the_grid_and_closing_one_ends_the_training(e: LoraExperiment) -> None:
    stream = e.stream(every=5)
    assert [snapshot.step for snapshot in stream] == [0, 5, 10, 12]
    stream = e.stream(every=5)
    next(stream)
    stream.close()
    with pytest.raises(StopIteration):
        next(stream)


def test_a_rate_that_is_far_too_large_diverges_and_is_said(e: LoraExperiment) -> None:
    r = replace(e, learning_rate=1e37).run()
    assert r.runs["diverged"].all() and r.runs["S"].isna().all() and np.isnan(r.s.value)


# What can be learnt is learnt


def test_all_layers_and_trained_heads_learn_labels_that_are_in_the_words(made: str) -> None:
    e = LoraExperiment("random:tiny", tasks=tasks(made), runs=1, steps=80, **TINY)
    r = replace(e, layers="all", heads="trained", rank=8, learning_rate=0.02).run()
    better = r.accuracy["train_accuracy"] - r.accuracy["train_majority"]
    assert (better > 0.1).all() and better.mean() > 0.2


# Texts of one's own for each task


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> LoraExperiment:
    own = [f"{table(tmp_path_factory.mktemp('own'), seed=k)}:{'abcd'[k]}" for k in range(4)]
    return LoraExperiment("random:tiny", tasks=tuple(own), runs=2, steps=5, **TINY)


def test_tasks_with_texts_of_their_own_are_paired_by_index(apart: LoraExperiment) -> None:
    r = apart.run()
    assert not r.provenance.common and len(r.provenance.texts) == 4
    dealt = r.permuted(400)
    assert dealt.mean() == pytest.approx(r.s_product.value, abs=5 * dealt.std() / 20)


def test_with_separate_adapters_tasks_of_their_own_keep_the_bound_too(
    apart: LoraExperiment,
) -> None:
    r = replace(apart, trunk="separate", learning_rate=0.05).run()
    assert (r.runs["S"].abs() <= 2).all()
    assert not r.influence[["A1", "A2", "B1", "B2"]].to_numpy().any()


# Too much asked


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rank": 33}, "rank must be at most 32"),
        ({"layers": 3}, "layers must be at most 2"),
        ({"max_length": 65}, "max_length must be at most 64"),
        ({"n_train": 100}, r"n_train must be at most \d+, not 100: .*made.csv:a has \d+ training"),
        ({"n_test": 100}, "n_test must be at most"),
        ({"backbone": "packaged:big"}, "'packaged:big' is no backbone; there are packaged:minilm"),
    ],
)
def test_what_does_not_fit_is_refused_before_training(
    e: LoraExperiment, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        next(replace(e, **changes).stream())
