"""The installed command over a folder that it may not read."""

from __future__ import annotations

import json


def test_a_file_or_folder_without_permission_is_named_and_the_others_are_listed(
    as_ordinary_user, command, seeds, home, write
):
    write(seeds, {"a.txt": "a", "locked.txt": "x", "closed/b.txt": "b"})
    (seeds / "locked.txt").chmod(0)
    (seeds / "closed").chmod(0)
    done = command(
        "--seeds", seeds, "--home", home, "index", "--dry-run", "--json", prefix=as_ordinary_user
    )
    (seeds / "closed").chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    plan = json.loads(done.stdout)
    assert plan["added"] == ["a.txt"]
    assert {f["document"]: f["reason"] for f in plan["failed"]} == {
        "locked.txt": "no permission to read it: change its permissions",
        "closed": "no permission to read it: change its permissions",
    }


def test_a_seeds_folder_without_permission_is_an_error_in_one_line(
    as_ordinary_user, command, seeds, home
):
    seeds.chmod(0)
    env = {"FOOTNOTE_SEEDS": str(seeds)}
    done = command("--home", home, "index", env=env, prefix=as_ordinary_user)
    seeds.chmod(0o755)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no permission" in done.stderr
