# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a CA, and an agent that serves it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

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
