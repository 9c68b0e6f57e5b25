"""The documents stay true: links resolve, files that they name exist, and the commands that they show are real."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from assay_client.cli import cli

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("hardhat-free-devnet/*.md"),
    }
)
TOP_LEVEL = {"benchmarks", "chain", "client", "contracts", "docs", "hardhat-free-devnet", "oracles", "tests", ".ci"}

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(path: Path) -> str:
    """The document without its fenced blocks."""
    return FENCED.sub("", path.read_text())


def anchors(path: Path) -> set[str]:
    """What a heading can be linked as: lower case, punctuation dropped, blanks as hyphens."""
    texts = (re.sub(r"[`*]", "", heading).lower() for heading in HEADING.findall(prose(path)))
    return {re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-") for text in texts}


def commands(text: str) -> Iterator[list[str]]:
    """Every command typed at a `$ ` prompt in a console block, continuation lines joined, operators split."""
    for language, body in FENCED.findall(text):
        if language != "console":
            continue
        for line in body.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                lexer = shlex.shlex(line[2:], posix=True, punctuation_chars=True)
                lexer.whitespace_split = True
                command: list[str] = []
                for token in lexer:
                    if set(token) <= set("|&;"):
                        yield command
                        command = []
                    elif set(token) <= set("<>"):
                        next(lexer)  # the file, and before the sign perhaps the descriptor's number
                        command = command[:-1] if command[-1].isdecimal() else command
                    else:
                        command.append(token)
                yield command


def parse(group: click.Group, words: list[str]) -> None:
    """Parse a command line against the tree of commands, without running it.

    Raises:
        click.UsageError: no such command or option, a missing argument, or a value that is not one of the choices.
    """
    command: click.Command = group
    ctx = click.Context(group, info_name="assay")
    while isinstance(command, click.Group):
        if not words:
            raise click.UsageError("a group needs a command")
        if words[0] in ("--help", "-h"):
            return
        found = command.get_command(ctx, words[0])
        if found is None:
            raise click.UsageError(f"no such command: {words[0]}")
        command, words = found, words[1:]
        ctx = click.Context(command, parent=ctx)
    if {"--help", "-h"} & set(words):
        return
    values, extra, _ = command.make_parser(ctx).parse_args(list(words))
    if extra:
        raise click.UsageError(f"left over: {extra}")
    for param in command.params:
        value = values.get(param.name or "")
        if param.required and not isinstance(value, str | tuple | list):
            raise click.MissingParameter(ctx=ctx, param=param)
        if isinstance(param.type, click.Choice) and isinstance(value, str):
            param.type.convert(value, param, ctx)


def bare(words: list[str]) -> list[str]:
    """The command without a loop's `do` and the variables set before it."""
    while words and (words[0] == "do" or re.fullmatch(r"[A-Z_]+=.*", words[0])):
        words = words[1:]
    return words


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links__every_relative_one__resolves(path: Path) -> None:
    dead = []
    for target in LINK.findall(prose(path)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files__every_one_named__exists(path: Path) -> None:
    named = {
        word
        for code in CODE.findall(prose(path))
        for word in code.split()
        if word.split("/")[0] in TOP_LEVEL and "/" in word
    }
    assert not {word for word in named if not any(ROOT.glob(word.rstrip("/")))}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands__every_one_shown__parses(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for words in map(bare, commands(path.read_text())):
        if words[:1] == ["make"]:
            assert set(words[1:]) <= targets, shlex.join(words)
        elif words and Path(words[0]).name == "assay":
            try:
                parse(cli, words[1:])
            except click.UsageError as error:
                pytest.fail(f"{shlex.join(words)}: {error.format_message()}")


def test_documents__the_expected_ones__are_checked() -> None:
    names = {str(path.relative_to(ROOT)) for path in DOCUMENTS}
    assert {"README.md", "docs/protocol.md", "docs/threat-model.md", "benchmarks/RESULTS.md"} <= names
    assert sum(1 for _ in commands((ROOT / "README.md").read_text())) > 5, (
        "README shows no commands: is the pattern broken?"
    )


@pytest.mark.parametrize(
    "line", ["nothing", "audit nothing", "devnet up --engine abacus", "devnet up --prot 1", "audit"]
)
def test_parse__a_wrong_command__refused(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(cli, line.split())


def test_gas_figures__those_shown__are_the_committed_ones() -> None:
    measured = json.loads((ROOT / "contracts/gas.json").read_text())["audits, 8 lanes"]
    text = (ROOT / "benchmarks/RESULTS.md").read_text()
    rows = re.findall(r"^\| (\d+) \| ([\d,]+) \| ([\d,]+) \| ([\d.]+) \|", text, re.MULTILINE)
    assert {f"{roster} oracles" for roster, *_ in rows} == {
        name for name in measured if re.fullmatch(r"\d+ oracles", name)
    }
    for roster, gas, prototype, ratio in rows:
        now = measured[f"{roster} oracles"]["commit + reveal + close + finalize"]
        shown = int(gas.replace(",", ""))
        assert shown == now, (
            f"benchmarks/RESULTS.md shows {shown:,} gas for {roster} oracles; contracts/gas.json has {now:,}"
        )
        assert float(ratio) == round(now / int(prototype.replace(",", "")), 2)
