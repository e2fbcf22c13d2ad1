"""The command refuses to listen to others without a token."""

from __future__ import annotations


def test_f22_the_command_refuses_to_listen_to_others_without_a_token(cli):
    done = cli("chat", "--host", "0.0.0.0")
    assert done.returncode == 2
    assert done.stderr.startswith("footnote: --host 0.0.0.0 lets other machines in")
    assert done.stderr.count("\n") == 1
