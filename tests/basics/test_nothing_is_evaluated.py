"""What ncviz reads is never run: no module evaluates text, and a formula holds arithmetic only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from lab import ROOT
from ncviz import regress

MODULES = sorted((ROOT / "ncviz").rglob("*.py"))
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "code"}
UNSAFE_FUNCTIONS = {"eval", "exec", "compile", "__import__"}
UNSAFE_METHODS = {"read_pickle", "to_pickle", "system", "popen", "unsafe_load", "full_load"}
EXPRESSIONS = {"query", "eval"}  # of pandas; a network's eval() takes no text
SWITCHES = {"shell": False, "allow_pickle": False, "trust_remote_code": False}


def faults(tree: ast.AST) -> Iterator[str]:
    """What in a module could run text that was read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            roots = {name.split(".")[0] for name in [*names, getattr(node, "module", None) or ""]}
            if roots & UNSAFE_MODULES:
                yield ast.unparse(node)
        elif isinstance(node, ast.Call):
            given = {k.arg: k.value for k in node.keywords}
            name = ast.unparse(node.func)
            last = name.rpartition(".")[2]
            if name in UNSAFE_FUNCTIONS or last in UNSAFE_METHODS:
                yield ast.unparse(node)
            if last in EXPRESSIONS and "." in name and node.args:
                yield ast.unparse(node)
            if name == "torch.load" and not is_constant(given.get("weights_only"), True):
                yield ast.unparse(node)
            if name.startswith("yaml.load") and not is_safe_loader(given.get("Loader"), tree):
                yield ast.unparse(node)
            weights = "Model" in name and last == "from_pretrained"
            if weights and not is_constant(given.get("use_safetensors"), True):
                yield ast.unparse(node)
            for switch, good in SWITCHES.items():
                if switch in given and not is_constant(given[switch], good):
                    yield ast.unparse(node)


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def is_safe_loader(node: ast.expr | None, tree: ast.AST) -> bool:
    """Whether a YAML loader is a safe one, named there or in the line that makes the variable."""
    if isinstance(node, ast.Name):
        made = [
            one.value
            for one in ast.walk(tree)
            if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == node.id
        ]
        node = made[0] if len(made) == 1 else None
    if node is None:
        return False
    named = [one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)]
    named += [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    return bool(named) and all(name in ("SafeLoader", "CSafeLoader") for name in named)


def test_no_module_runs_or_unpickles_what_it_reads() -> None:
    assert len(MODULES) > 150
    found = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in MODULES
        for fault in faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        *("eval(text)", "exec(text)", "compile(text, '', 'exec')", "__import__(name)"),
        *("import pickle", "from pickle import loads", "import joblib", "import marshal as m"),
        *("frame.query(text)", "pandas.eval(text)", "pd.read_pickle(path)", "os.system(text)"),
        *("torch.load(path)", "torch.load(path, weights_only=False)", "yaml.unsafe_load(text)"),
        *("yaml.load(text)", "yaml.load(text, Loader=yaml.Loader)", "os.popen(text)"),
        *("np.load(path, allow_pickle=True)", "subprocess.run(text, shell=True)"),
        *("AutoModel.from_pretrained(path)", "load(path, trust_remote_code=True)"),
    ],
)
def test_the_search_would_find_it(code: str) -> None:
    assert [*faults(ast.parse(code))]


@pytest.mark.parametrize(
    "code",
    [
        *("model.eval()", "re.compile(text)", "ast.literal_eval(text)", "json.loads(text)"),
        *("torch.load(path, weights_only=True)", "yaml.load(text, Loader=yaml.SafeLoader)"),
        *("np.load(path)", "subprocess.run(['pip'])"),
    ],
)
def test_the_search_lets_pass_what_is_safe(code: str) -> None:
    assert not [*faults(ast.parse(code))]


# Formulas: patsy runs what stands in them

RUNS = pd.DataFrame(
    {"S": [1.0, 2, 3, 5, 4, 7], "x": [1.0, 2, 3, 4, 6, 2.5], "n": [1, 1, 1, 2, 2, 2]}
)
HOSTILE = (
    *("__import__('os').system('touch MARKER')", "open('MARKER', 'w')", "print('MARKER')"),
    *('eval(\'open("MARKER", "w")\')', "exec('1')", "getattr(x, 'to_csv')('MARKER')"),
    *("x.to_pickle('MARKER')", "x.to_csv('MARKER')", "Q('x').to_csv('MARKER')"),
    *("np.save('MARKER', x)", "np.load('MARKER', allow_pickle=True)", "np.fromfile('MARKER')"),
    *("np.ctypeslib.load_library('MARKER', '.')", "np.log.__class__", "C.__globals__['os']"),
    *("(lambda: open('MARKER', 'w'))()", "I([open(f, 'w') for f in ['MARKER']])", "I(f'{x!r}')"),
    *("I((y := 1))", "x.__class__.__mro__", "(1).__class__", "I(x[0])", "breakpoint()"),
)


@pytest.mark.parametrize("code", HOSTILE)
def test_a_formula_never_runs_code(
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for place in ("S ~ x + {}", "S ~ {}", "{} ~ x", "S ~ x:{}", "S ~ I({})"):
        with pytest.raises(ValueError, match="formula"):
            regress(RUNS, place.format(code))
    assert not [*tmp_path.iterdir()] and "MARKER" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "formula",
    [
        *("S ~ x", "S ~ x + n", "S ~ x + C(n)", "S ~ x * n", "S ~ np.log(x)", "np.sqrt(S) ~ x"),
        *("S ~ x + I(x**2)", "S ~ center(x)", "S ~ abs(x - 2)", "S ~ standardize(x) + C(n)"),
        *("S ~ x + C(Q('n'), Treatment(1))", "S ~ np.maximum(x, 2)"),
    ],
)
def test_arithmetic_and_the_functions_of_formulas_still_work(formula: str) -> None:
    assert regress(RUNS, formula).pooled.estimate.n == len(RUNS)


def test_every_python_that_is_started_runs_no_module_of_the_current_folder() -> None:
    started = [
        node
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.List)
        and node.elts
        and ast.unparse(node.elts[0]) == "sys.executable"
    ]
    assert started
    assert {ast.unparse(node.elts[1]) for node in started} == {"'-P'"}
