# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a CA, and an agent that serves it."""

import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import command  # noqa: E402
import harness  # noqa: E402


@pytest.fixture
def ca(tmp_path):
    """A CA of its own for the test, made by `privyseal init`."""
    return harness.Ca(tmp_path)


@pytest.fixture
def agent(ca):
    """The agent that serves it, running."""
    with harness.Agent(ca) as running:
        yield running
        assert running.process.poll() is None, running.log()


@pytest.fixture(scope="module")
def shared_agent(tmp_path_factory):
    """One CA and agent for all tests of a module that only ask."""
    ca = harness.Ca(tmp_path_factory.mktemp("shared"))
    with harness.Agent(ca) as running:
        yield running
        assert running.process.poll() is None, running.log()


@pytest.fixture(scope="session")
def cli():
    """privyseal, as command.Cli."""
    return command.Cli()


@pytest.fixture
def workdir():
    """A directory with a short name: the paths of sockets are short."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="ps-", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def authority(workdir):
    """A CA with the command that speaks for it."""
    return command.Authority(workdir)


@pytest.fixture
def served(authority):
    """The same, with its agent running: served.agent."""
    with harness.Agent(authority, command.agent_environment()) as running:
        authority.agent = running
        yield authority
        assert running.process.poll() is None, running.log()
    command.assert_no_report(running.log())
