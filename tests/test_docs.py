"""The documentation says what is so: its snippets run, every command is in it, what it points at exists."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("kg", "loaders", "encoder", "qa_pipeline")
FREE = ("tests", "benchmarks", "training")  # may know where development data lie
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
NOT_PORTABLE = re.compile(r"(?<![\w.:/])/(?:work|root|home|Users|tmp|mnt)/\w|\.\./shared\b")
HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|maven\.org|maven2|npmjs|crates\.io|download\.pytorch|index-url", re.IGNORECASE
)


def pages() -> dict[str, str]:
    """The documentation for users and contributors, by its path."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(found)}


def texts() -> Iterator[tuple[str, str]]:
    """Every text file of the project outside :data:`FREE` (what git knows, or else what lies in its own folders)."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    names = [name for name in told.split("\0") if name]
    if not names:
        found = [*ROOT.glob("*.*"), *(p for top in (*PACKAGES, "docs", ".ci") for p in (ROOT / top).rglob("*"))]
        names = [str(path.relative_to(ROOT)) for path in found]
    for name in sorted(names):
        path = ROOT / name
        if path.is_file() and not name.startswith(tuple(f"{top}/" for top in FREE)):
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # weights


def command_line() -> Callable[[list[str]], int | None]:
    """The command line's ``main``."""
    if not (ROOT / "qa_pipeline" / "cli.py").exists() and not os.environ.get("CI"):
        pytest.skip("there is no command line yet")
    main: Callable[[list[str]], int | None] = importlib.import_module("qa_pipeline.cli").main
    return main


# the readme's snippets ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the readme's first commands have been given."""
    main = command_line()
    path = tmp_path_factory.mktemp("readme")
    assert not main(["demo", str(path / "world.kg")])
    return path


@pytest.mark.slow
@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_the_readmes_python_runs(
    snippet: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    exec(compile(snippet, "README.md", "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out.strip(), "a snippet shows something"


def test_the_readme_begins_with_the_two_commands() -> None:
    first = re.search(r"^```\w*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert first is not None
    assert re.findall(r"^make (\w+)", first[1], re.MULTILINE) == ["demo", "test"]
    assert first.start() < 200
    assert SNIPPETS


# commands -------------------------------------------------------------------------------------------------------------


def help_of(*arguments: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    main = command_line()
    monkeypatch.setenv("COLUMNS", "500")
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])
    assert not ended.value.code
    return capsys.readouterr().out


def test_every_command_and_option_is_documented(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = re.search(r"\{([\w,-]+)\}", help_of(capsys=capsys, monkeypatch=monkeypatch))
    assert listed is not None
    commands = listed[1].split(",")
    assert {"demo", "import", "ask", "schema", "export", "eval", "train", "undo"} <= set(commands)
    documentation = "\n".join(pages().values())
    for command in commands:
        assert re.search(rf"\baskgraph {command}\b", documentation), f"askgraph {command} is in no page"
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", help_of(command, capsys=capsys, monkeypatch=monkeypatch)))
        absent = [o for o in sorted(options - {"--help"}) if not re.search(rf"(?<![\w-]){o}(?![\w-])", documentation)]
        assert not absent, f"askgraph {command}: {absent} in no page; tell of them in README.md or docs/"


def test_every_command_in_the_readme_exists(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for command, rest in set(re.findall(r"\baskgraph ([a-z]+)\b([^\n`]*)", README)):
        told = help_of(command, capsys=capsys, monkeypatch=monkeypatch)
        unknown = [option for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest) if option not in told]
        assert not unknown, f"README.md has askgraph {command} {unknown}, the command has not"


def test_environment_variables_are_documented() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for top in PACKAGES for path in (ROOT / top).rglob("*.py"))
    used = set(re.findall(r"\b(?:NEO4J|ASKGRAPH)_[A-Z]+\b", code))
    documentation = "\n".join(pages().values())
    assert not [name for name in sorted(used) if name not in documentation]


@pytest.mark.parametrize(
    "target", re.findall(r"^make (\w+)", README + (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
)
def test_what_make_is_told_it_can(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


# pages ----------------------------------------------------------------------------------------------------------------


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").iterdir())
    assert [name for name in names if not re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_pages_that_are_pointed_at_exist() -> None:
    pointed = {
        (name, page)
        for name, text in texts()
        for page in re.findall(r"\bdocs/[\w/-]+\.md\b", text)
        if "NNNN" not in page
    }
    assert sorted(f"{name} points at {page}" for name, page in pointed if not (ROOT / page).is_file()) == []


def test_files_that_the_pages_name_exist() -> None:
    every = {path.name for top in (*PACKAGES, *FREE) for path in (ROOT / top).rglob("*.py")}
    named = set(re.findall(r"`(?:[\w-]+/)*(\w+\.py)`", "\n".join(pages().values())))
    assert sorted(named - every) == []


def test_nothing_holds_on_one_machine_only() -> None:
    found = [f"{name}: {hit[0]}" for name, text in texts() if (hit := NOT_PORTABLE.search(text))]
    assert found == []


def test_no_registry_is_named() -> None:
    assert [name for name, text in texts() if HOSTS.search(text)] == []
