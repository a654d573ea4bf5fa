# SPDX-License-Identifier: Apache-2.0
"""The scripts that judge the source say no where they should.

Each test lays out a small tree with a copy of scripts/ in it.
"""
import os
import pathlib
import shutil
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n"


@pytest.fixture
def tree(tmp_path):
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    put(tmp_path, "lib/a.h", "#ifndef LIB_A_H\n#define LIB_A_H\n#endif\n")
    put(tmp_path, "x509/b.c", '#include "lib/a.h"\n')
    return tmp_path


def put(tree, name, text):
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text)


def run(tree, *command, **variables):
    environment = {**os.environ, "NO_COLOR": "1", **variables}
    return subprocess.run(command, cwd=tree, env=environment, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60)


# ---- check-deps ----

def test_deps_lets_the_picture_pass(tree):
    assert run(tree, "scripts/check-deps").returncode == 0


@pytest.mark.parametrize("name, include", [
    ("lib/c.c", "x509/b.h"),
    ("x509/c.c", "policy/b.h"),
    ("pkcs11/c.c", "log/b.h"),
    ("agent/c.c", "cli/b.h"),
    ("cli/c.c", "agent/b.h"),
    ("cli/c.c", "net/b.h"),
    ("x509/c.c", "b.h"),
])
def test_deps_refuses_an_arrow_that_is_not_drawn(tree, name, include):
    put(tree, name, f'#include "{include}"\n')
    result = run(tree, "scripts/check-deps")
    assert result.returncode == 1
    assert f"{name}:2:" in result.stdout
    assert f'"{include}"' in result.stdout


def test_deps_refuses_a_room_without_a_place(tree):
    put(tree, "cellar/c.c", "")
    result = run(tree, "scripts/check-deps")
    assert result.returncode == 1
    assert "cellar/c.c" in result.stdout


# ---- check-mistakes ----

def test_mistakes_lets_clean_code_pass(tree):
    put(tree, "x509/c.c", 'int f(void) /* strcpy(a, b), CK_RV // */\n'
        '{\n\treturn g("gets(x) // CK_RV");\n}\n')
    result = run(tree, "scripts/check-mistakes")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name, line, why", [
    ("x509/c.c", "\tstrcpy(a, b);", "knows no size"),
    ("cli/c.c", "\tn = atoi(s);", "cannot say that it failed"),
    ("lib/c.c", "\tprintf(s);", "never print"),
    ("net/c.c", "\texit(1);", "return an error"),
    ("policy/c.c", "\tp = malloc(3);", "lib/mem.h"),
    ("core/../agent/c.c", "\tCK_RV rv;", "stay inside pkcs11"),
    ("x509/c.c", "\tx = 1; // one", "comments are"),
    ("x509/c.c", "typedef struct a {", "spelt out"),
    ("x509/c.c", "    if (x)", "tabs of eight"),
    ("x509/c.c", "\tx = 1; ", "blanks at the end"),
    ("x509/c.c", "/* TO" + "DO: more */", "do it"),
])
def test_mistakes_says_what_and_where(tree, name, line, why):
    name = os.path.normpath(name)
    put(tree, name, line + "\n")
    result = run(tree, "scripts/check-mistakes")
    assert result.returncode == 1
    assert f"{name}:2: " in result.stdout
    assert why in result.stdout


def test_mistakes_wants_licence_guard_and_newline(tree):
    (tree / "x509/d.h").write_text("#ifndef WRONG_H\n#endif")
    out = run(tree, "scripts/check-mistakes").stdout
    assert "no SPDX" in out
    assert "its guard is not X509_D_H" in out
    assert "no newline" in out


# ---- count-results ----

def program(tree, name, result, log):
    folder = tree / "build/tests"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.trs").write_text(f":global-test-result: {result}\n")
    (folder / f"{name}.log").write_text(log)


@pytest.mark.parametrize("result, log, counts", [
    ("PASS", "[  PASSED  ] 7 test(s).\n", "7 0 0"),
    ("PASS", "replayed 12 inputs\n", "1 0 0"),
    ("FAIL", "[  PASSED  ] 2 test(s).\n[  FAILED  ] 3 test(s), listed"
     " below:\n[  FAILED  ] a\n", "2 3 0"),
    ("FAIL", "[  PASSED  ] 2 test(s).\n[  SKIPPED ] 1 test(s), listed"
     " below:\n", "2 1 1"),
    ("FAIL", "[  PASSED  ] 9 test(s).\nERROR: AddressSanitizer\n", "9 1 0"),
    ("ERROR", "", "0 1 0"),
    ("SKIP", "", "0 0 1"),
])
def test_count_of_a_program(tree, result, log, counts):
    program(tree, "test_x", result, log)
    assert run(tree, "scripts/count-results", "build").stdout == counts + "\n"


def test_count_of_junit(tree):
    (tree / "j.xml").write_text(
        "<testsuites><testsuite><testcase name='a'/><testcase name='b'>"
        "<failure/></testcase><testcase name='c'><error/></testcase>"
        "<testcase name='d'><skipped/></testcase></testsuite></testsuites>")
    result = run(tree, "scripts/count-results", "--names", "j.xml")
    assert result.stdout == "1 2 1\n"
    assert ".b: 1 failed" in result.stderr


def test_sums_and_tells_why(tree):
    program(tree, "test_good", "PASS", "[  PASSED  ] 7 test(s).\n")
    program(tree, "test_bad", "FAIL", "noise\nfile.c:3: error: Failure!\n")
    result = run(tree, "scripts/count-results", "--names", "build")
    assert result.stdout == "7 1 0\n"
    assert "test_bad" in result.stderr
    assert "file.c:3: error: Failure!" in result.stderr
    assert "test_good" not in result.stderr


# ---- lib.sh ----

def script(tree, body, **variables):
    path = tree / "scripts/try"
    path.write_text("set -euo pipefail\n. \"$(dirname \"$0\")/lib.sh\"\n" +
                    body)
    return run(tree, "bash", str(path), **variables)


def test_a_step_that_fails_ends_the_script_and_shows_its_log(tree):
    result = script(tree, "bad() { echo why; false; echo not reached; }\n"
                    'step "Doing it" doing bad\necho not here\n')
    assert result.returncode == 1
    assert "FAILED: Doing it (exit status 1)" in result.stdout
    assert f"log: {tree}/build/logs/doing.log" in result.stdout
    assert "  | why" in result.stdout
    assert "not here" not in result.stdout
    assert "not reached" not in result.stdout


def test_a_tried_step_goes_on_with_its_status(tree):
    result = script(tree, 'try_step "Doing it" doing sh -c "exit 7"\n'
                    'echo "status $step_status"\n')
    assert result.returncode == 0
    assert "status 7" in result.stdout


def test_no_colour_where_nobody_sees_it(tree):
    result = script(tree, 'step "Doing it" doing true\n', NO_COLOR="")
    assert "\033" not in result.stdout


def test_what_a_script_started_ends_with_it(tree):
    path = tree / "scripts/try"
    path.write_text("set -euo pipefail\n. \"$(dirname \"$0\")/lib.sh\"\n"
                    "step Waiting waiting sh -c 'echo $$ >pid; "
                    "exec sleep 50'\n")
    started = subprocess.Popen(["bash", str(path)], cwd=tree,
                               stdout=subprocess.DEVNULL)
    while not (tree / "pid").exists() or not (tree / "pid").read_text():
        time.sleep(0.05)
    started.terminate()
    assert started.wait(timeout=20) == 143
    assert not alive(int((tree / "pid").read_text()))


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


# ---- install-deps ----

def test_install_deps_without_root_or_sudo_says_what_to_do(tree):
    tools = tree / "tools"
    tools.mkdir()
    for name in ("bash", "dirname", "id", "nproc", "sort", "tr", "fold", "sed",
                 "cat", "apt-get"):
        (tools / name).symlink_to(shutil.which(name))
    (tools / "dpkg-query").write_text("#!/bin/bash\nexit 1\n")
    (tools / "id").unlink()
    (tools / "id").write_text("#!/bin/bash\n[ \"$1\" = -u ] && echo 1000 "
                              "|| echo somebody\n")
    for name in ("dpkg-query", "id"):
        (tools / name).chmod(0o755)
    # The rest of PATH has no sudo in it.
    text = (tree / "scripts/install-deps").read_text()
    (tree / "scripts/install-deps").write_text(
        text.replace("PATH=$PATH:/usr/sbin:/sbin", ":"))
    result = run(tree, shutil.which("bash"), "scripts/install-deps", "run",
                 PATH=str(tools))
    assert result.returncode == 1
    assert "needs root" in result.stderr
    assert "apt-get install --no-install-recommends curl openssl softhsm2" \
        in result.stderr


def test_install_deps_refuses_a_purpose_it_does_not_know(tree):
    result = run(tree, "scripts/install-deps", "everything")
    assert result.returncode == 2
    assert "usage:" in result.stderr
