"""A build by the installed command, where the system forbids it."""

from __future__ import annotations


def test_a_home_that_cannot_be_made_is_an_error_in_one_line(
    as_ordinary_user, command, write, seeds, tmp_path
):
    write(seeds, {"a.txt": "A."})
    parent = tmp_path / "parent"
    parent.mkdir(mode=0o555)
    done = command("--seeds", seeds, "--home", parent / "home", "index", prefix=as_ordinary_user)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "choose another --home" in done.stderr
    (tmp_path / "file").write_text("in the way")
    done = command("--seeds", seeds, "--home", tmp_path / "file" / "home", "index")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
