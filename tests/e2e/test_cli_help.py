# SPDX-License-Identifier: Apache-2.0
"""What privyseal says about itself, and what it says to mistakes."""

import subprocess

import pytest

import harness

COMMANDS = """sign explain csr show list issuers status health reload unlock
init completion help version""".split()
PAIRS = ["policy check", "policy test", "policy explain", "policy list",
         "token list", "token keygen", "log show", "log verify",
         "index rebuild"]


def test_version(cli):
    assert cli("version").out.startswith("privyseal ")
    assert cli("--version").out == cli("version").out
    assert cli("--json", "version").json["version"]


def fits_a_screen(text):
    lines = text.splitlines()
    return len(lines) <= 24 and all(len(line) <= 80 for line in lines)


def test_help_fits_a_screen_and_names_all(cli):
    text = cli("help").out
    assert fits_a_screen(text), text
    for word in COMMANDS + ["policy", "token", "log", "index"]:
        assert f"  {word} " in text, word
    assert cli("--help").out == text


@pytest.mark.parametrize("command", COMMANDS + PAIRS)
def test_every_command_helps(cli, command):
    text = cli("help", *command.split()).out
    assert text.startswith(f"usage: privyseal {command}")
    assert fits_a_screen(text), text
    assert cli(*command.split(), "--help").out == text


@pytest.mark.parametrize("group", ["policy", "token", "log", "index"])
def test_groups_help(cli, group):
    text = cli("help", group).out
    for pair in PAIRS:
        assert (pair in text) == pair.startswith(group + " ")


@pytest.mark.parametrize("typed, meant", [
    (["sgin"], "sign"), (["stauts"], "status"), (["polcy", "check"], None),
    (["policy", "chekc"], "policy check"), (["log", "verfy"], "log verify"),
    (["help", "lits"], "list")])
def test_did_you_mean(cli, typed, meant):
    err = cli(*typed, code=2).err
    assert "there is no command" in err
    assert meant is None or f"did you mean {meant}?" in err


@pytest.mark.parametrize("args, text", [
    (["policy"], "policy needs another word"),
    (["sign", "--polcy", "x"], "did you mean --policy?"),
    (["sign", "--policy"], "--policy needs a value"),
    (["sign", "--leaf=yes"], "--leaf takes no value"),
    (["sign", "-Z"], "there is no option -Z"),
    (["-Z", "sign"], "there is no option -Z"),
    (["--cofnig", "x", "sign"], "did you mean --config?"),
    (["sign", "--policy", "p", "a", "b"], "sign does not take b"),
    (["sign", "--policy", "p", "--ttl", "soon"], "is not a time"),
    (["sign", "--policy", "p", "--ttl", "-1d"], "is not a time"),
    (["sign", "--policy", "p", "--ttl", "99999999d"], "is not a time"),
    (["list", "--limit", "many"], "--limit takes a number"),
    (["list", "--limit", "0"], "--limit takes 1 to 1000"),
    (["list", "--limit", "1001"], "--limit takes 1 to 1000"),
    (["sign"], "--policy NAME is needed"),
    (["explain"], "--policy NAME is needed"),
    (["csr", "--dns", "a"], "--key 'pkcs11:...'"),
    (["token", "keygen"], "--label LABEL is needed"),
    (["completion", "csh"], "not for csh"),
    (["init"], "--dir DIR is needed"),
])
def test_usage_mistakes(cli, args, text):
    result = cli(*args, code=2)
    assert text in result.err
    assert result.out == ""
    assert "(usage)" in result.err


def test_nothing_said_is_a_mistake(cli):
    assert "usage: privyseal" in cli(code=2).out


def test_problem_document_for_programs(cli):
    result = cli("--json", "sing", code=2)
    assert result.out == ""
    problem = result.problem
    assert problem["code"] == "usage"
    assert problem["class"] == "USAGE"
    assert problem["retryable"] is False
    assert "did you mean sign?" in problem["detail"]


def test_options_may_follow_the_command(cli):
    assert cli("version", "--json").json == cli("--json", "version").json


def test_full_disk_is_an_error():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([harness.PRIVYSEAL, "help"], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert b"No space left" in done.stderr


def test_completion_for_bash(cli):
    text = cli("completion", "bash").out
    subprocess.run(["bash", "-n"], input=text.encode(), check=True)
    ask = text + """
    COMP_WORDS=(privyseal pol); COMP_CWORD=1; _privyseal
    printf '%s\\n' "${COMPREPLY[@]}"
    COMP_WORDS=(privyseal policy c); COMP_CWORD=2; _privyseal
    printf '%s\\n' "${COMPREPLY[@]}"
    COMP_WORDS=(privyseal policy test --t); COMP_CWORD=3; _privyseal
    printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True,
                          check=True)
    assert set(done.stdout.split()) == {"policy", "check", "--tap"}


def test_completion_for_others(cli):
    assert "bashcompinit" in cli("completion", "zsh").out
    assert "complete -c privyseal" in cli("completion", "fish").out
