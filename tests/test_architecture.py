"""Who may import whom (function-level imports counted), and what stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("synthesis", "retrieval_core")

STAGES = (
    "queries",
    "papers",
    "passages",
    "full_texts",
    "claims",
    "evidence",
    "verdicts",
    "answer",
    "bridging",
    "review",
    "cross_paper",
    "earlier",
    "loads",
    "verdict_changes",
    "reporting",
)
# Lower layers first. A module may import from lower layers only; within a folder freely; the modules of one
# layer not at all, save that those of FOUNDATION and of WORKSHOP may build on each other without a cycle.
FOUNDATION = ("records", "errors", "identifiers", "names", "protocols")
WORKSHOP = (
    "acronyms",
    "answering",
    "antecedents",
    "asides",
    "asking",
    "authors",
    "catalogues",
    "claim_features",
    "comparisons",
    "completeness",
    "compounds",
    "data",
    "duplicates",
    "extraction",
    "fetching",
    "filtering",
    "first_person",
    "hypotheses",
    "independence",
    "libraries",
    "limitations",
    "matching",
    "measurements",
    "merging",
    "near_duplicates",
    "network",
    "origins",
    "outcomes",
    "paper_names",
    "phrases",
    "quoting",
    "reading",
    "reconciling",
    "remembered",
    "rendering",
    "result_datasets",
    "result_metrics",
    "result_relations",
    "result_tables",
    "result_values",
    "retrieval",
    "rewording",
    "searching",
    "section_roles",
    "section_tables",
    "sentences",
    "sources",
    "standalone",
    "standing",
    "statements",
    "store",
    "subquestions",
    "tables",
    "terms",
    "text_flags",
    "threads",
    "title_facts",
    "verdict_states",
    "weighing",
    "wording",
)
SYNTHESIS_LAYERS = (
    FOUNDATION,
    ("config",),
    WORKSHOP,
    STAGES,
    ("request", "second_look", "stage_results"),
    ("finding_stages",),
    ("stages",),
    ("update_stages",),
    ("pipeline",),
    ("source_choice",),
    ("assembly", "bases", "planning"),
    ("additions", "jobs"),
    ("updating",),
    ("api", "auditing", "verifications"),
    ("web",),
    ("cli",),
    ("commands",),
)

# The core's layers, lower first; the modules of one layer may build on each other (cycles are tested apart).
CORE_LAYERS = (
    ("records", "errors", "lazy_group"),
    (
        *("analysis", "answers", "calibration", "checkpoint", "datasets", "fusion", "language"),
        *("lexical", "losses", "manifest", "metrics", "model_files", "neighbours", "processes", "promoted"),
        *("rankings", "sampling", "scorers", "significance", "dense_store"),
    ),
    ("embedding",),
    ("encoder", "entailment", "sentence_roles"),
    (
        *("comparison", "dense", "dense_contents", "dense_files", "evaluation", "evaluation_files"),
        *("cross_judge_training", "evaluation_page", "figures", "hybrid", "hybrid_scorer"),
        *("judge_evaluation",),
        *("judge_run", "judge_training", "mining", "own_labels", "search", "set_evaluation", "set_tables"),
        *("training_config", "training_data", "training_development"),
        *("training_files", "training_model", "training_page", "training_run"),
    ),
    ("training",),
    ("experiments", "promotion", "promotion_card", "promotion_data"),
    (
        *(
            "calibrate_commands",
            "evaluate_commands",
            "experiment_commands",
            "index_commands",
            "judge_commands",
        ),
        *("promote_commands", "roles_commands", "train_commands", "train_embedded_commands"),
    ),
    ("cli",),
)


@cache
def _imports_of(package: str) -> dict[str, frozenset[str]]:
    """Module → the project's modules that it imports, anywhere in it, type-checking imports left out."""
    found = {}
    modules = {_module_name(p): p for p in sorted((ROOT / package).rglob("*.py"))}
    for name, path in modules.items():
        names = set()
        for node in ast.walk(_strip_type_checking(ast.parse(path.read_text(encoding="utf-8")))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                full = {f"{node.module}.{alias.name}" for alias in node.names}
                names |= {f if f in modules else node.module for f in full}
        found[name] = frozenset(n for n in names if n.split(".")[0] in PACKAGES and n != name)
    return found


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _strip_type_checking(tree: ast.Module) -> ast.Module:
    tree.body = [
        node
        for node in tree.body
        if not (
            isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        )
    ]
    return tree


def _layer_of(module: str) -> int:
    part = module.split(".")[1]
    for level, members in enumerate(SYNTHESIS_LAYERS):
        if part in members:
            return level
    raise AssertionError(f"{module} has no layer: add it to SYNTHESIS_LAYERS")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_cycles(package):
    """No module reaches itself by following imports."""
    graph = _imports_of(package)
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " → ".join((*trail, module))
        if module in done or module not in graph:
            return
        for target in sorted(graph[module]):
            visit(target, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_synthesis_layers():
    """A module imports from lower layers only, stages never from each other."""
    for module, targets in _imports_of("synthesis").items():
        if module == "synthesis":
            continue
        for target in (t for t in targets if t.startswith("synthesis.")):
            same_folder = module.split(".")[1] == target.split(".")[1]
            pair = {module.split(".")[1], target.split(".")[1]}
            workshop = pair <= set(WORKSHOP) or pair <= set(FOUNDATION)
            registers = module.startswith("synthesis.commands") and target == "synthesis.cli"
            assert same_folder or workshop or registers or _layer_of(target) < _layer_of(module), (
                f"{module} imports {target}"
            )


def test_every_module_has_a_layer():
    """A new module must be given its place."""
    for module in _imports_of("synthesis"):
        if module != "synthesis":
            _layer_of(module)


def test_retrieval_core_layers():
    """A module of the core imports from its own layer and lower ones only."""
    level = {name: i for i, layer in enumerate(CORE_LAYERS) for name in layer} | {"models": 0}
    for module, targets in _imports_of("retrieval_core").items():
        for target in targets:
            if module != "retrieval_core" and target != "retrieval_core":
                assert level[target.split(".")[1]] <= level[module.split(".")[1]], (
                    f"{module} imports {target}"
                )


def test_retrieval_core_never_imports_synthesis():
    """The retrieval core knows texts, never papers."""
    for module, targets in _imports_of("retrieval_core").items():
        assert not any(t.startswith("synthesis") for t in targets), module


def test_synthesis_touches_the_core_in_one_module_through_its_public_api():
    """Only ``synthesis.retrieval`` imports the core, by its public names; command groups are shared plumbing."""
    touching = {
        module: core
        for module, targets in _imports_of("synthesis").items()
        if (core := {t for t in targets if t.startswith("retrieval_core")})
    }
    assert touching == {
        "synthesis.retrieval": {"retrieval_core"},
        "synthesis.cli": {"retrieval_core.lazy_group"},
    }


def _loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split("\n"))


HELP = "from synthesis.cli import main\ntry:\n    main([{args}])\nexcept SystemExit:\n    pass"


@pytest.mark.parametrize(
    "code",
    [
        "import synthesis",
        HELP.format(args="'--help'"),
        HELP.format(args="'verify', '--help'"),
        "import retrieval_core",
    ],
)
def test_help_loads_nothing_heavy(code):
    """``import synthesis``, ``--help`` and ``verify --help`` load no numerical or training library."""
    heavy = {"torch", "faiss", "sklearn", "scipy", "numpy", "tantivy", "sentence_transformers"}
    assert not heavy & _loaded_by(code)


def test_a_report_needs_no_training_library():
    """The module that does a whole job imports neither PyTorch nor scikit-learn."""
    loaded = _loaded_by("import synthesis.api, synthesis.rendering.html_format, synthesis.rendering.pdf")
    assert not {"torch", "sklearn", "sentence_transformers"} & loaded


def test_public_names_are_the_exported_ones():
    """Every name in ``__all__`` is there, and nothing else loads lazily."""
    import retrieval_core
    import synthesis

    for package in (synthesis, retrieval_core):
        assert sorted(package.__all__) == sorted(set(package.__all__))
        for name in package.__all__:
            assert getattr(package, name) is not None
        with pytest.raises(AttributeError):
            package.no_such_name  # noqa: B018
