"""Attacks on one real server with accounts, group by group (bench/attacks_accounts.py)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from attacks_accounts import ACCOUNT_ATTACKS
from guarded import GUARDED, Guarded, add_people

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serve_window, write) -> Guarded:
    place = tmp_path_factory.mktemp("guarded")
    harbour = "The harbour of Lindal was built in 1974 by the town.\n"
    write(place / "seeds", {"harbour.txt": harbour})
    keys = add_people(place / "home")
    served = serve_window(place / "seeds", place / "home", key=keys["Ada"], **GUARDED)
    return Guarded(served.url, served.seeds, served.home, served.log, served.process.pid, keys=keys)


@pytest.mark.parametrize("group", ACCOUNT_ATTACKS)
def test_every_attack_of_the_group_holds(target, group) -> None:
    tried = target.attacked(ACCOUNT_ATTACKS[group])
    assert tried
    assert [what for what, held in tried if not held] == []
