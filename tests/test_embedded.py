"""The embedded servers come up, are shared, are stopped by who started them, and survive every kind of killing."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from backstop.stack import processes
from tests.elsewhere import Elsewhere, eventually, said

pytestmark = pytest.mark.xdist_group("processes")

ENTERED = """
    import json, psycopg
    from backstop.stack import embedded
    with embedded.running(durable=False) as here:
        records = [here.folder / "postgres.json", here.folder / "redis.json"]
        pids = [json.loads(record.read_text())["process"]["pid"] for record in records]
        connection = psycopg.connect(here.owner_url, autocommit=True)
        print(*pids, flush=True)
"""
HOLD = ENTERED + "        input()\n"
LOOK = ENTERED
WRITE = ENTERED + '        connection.execute("CREATE TABLE kept ()")\n'
READ = ENTERED + '        connection.execute("SELECT FROM kept")\n'


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    place = Elsewhere()
    yield place
    place.clear()


def finish(program: subprocess.Popen[str]) -> None:
    program.communicate("\n", timeout=60)
    assert program.returncode == 0


def test_both_servers_are_gone_when_the_block_ends(elsewhere: Elsewhere) -> None:
    holder = elsewhere.start(HOLD)
    said(holder)
    assert len([line for line in elsewhere.left() if "postgres -D" in line or "valkey-server" in line]) == 2
    finish(holder)
    assert elsewhere.left() == []


def test_a_second_start_attaches_and_stops_nothing(elsewhere: Elsewhere) -> None:
    holder = elsewhere.start(HOLD)
    first = said(holder)
    assert elsewhere.run(LOOK) == first
    assert all(psutil.pid_exists(int(pid)) for pid in first.split())
    finish(holder)


def test_servers_of_a_killed_process_end_and_their_data_is_found_by_the_next(elsewhere: Elsewhere) -> None:
    elsewhere.run(WRITE)
    holder = elsewhere.start(HOLD)
    first = said(holder)
    holder.kill()
    holder.wait()
    assert elsewhere.run(READ) != first
    assert elsewhere.left() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_servers_do_not_outlive_a_killed_process_even_if_nothing_starts_again(elsewhere: Elsewhere) -> None:
    holder = elsewhere.start(HOLD)
    said(holder)
    holder.kill()
    assert eventually(lambda: elsewhere.left() == [])


def test_two_starts_at_once_share_one_pair(elsewhere: Elsewhere) -> None:
    one, other = elsewhere.start(HOLD), elsewhere.start(HOLD)
    assert said(one) == said(other)
    finish(one)
    other.communicate("\n", timeout=60)
    assert elsewhere.left() == []


def test_two_places_run_side_by_side(elsewhere: Elsewhere) -> None:
    another = Elsewhere()
    try:
        here, there = elsewhere.start(HOLD), another.start(HOLD)
        assert said(here) != said(there)
        finish(here)
        finish(there)
    finally:
        another.clear()


def test_a_half_made_cluster_is_made_anew(elsewhere: Elsewhere) -> None:
    make = (
        "from backstop.stack import embedded; h = embedded.servers(); "
        "embedded.make_private(h.folder); print(h.postgres)"
    )
    home = Path(elsewhere.run(make))
    (home / "draft").mkdir(parents=True)
    (home / "draft" / "rubbish").touch()
    elsewhere.run(WRITE)


def test_nothing_starts_where_the_environment_names_servers(elsewhere: Elsewhere) -> None:
    nothing = "from backstop.stack import embedded\nwith embedded.running() as here: print(here.folder.exists())"
    assert elsewhere.run(nothing, DATABASE_URL="postgresql://db/x", BROKER_URL="amqp://mq") == "False"


@pytest.mark.parametrize("name", ["secret_key", "signing_key"])
def test_a_secret_is_generated_once_and_private(elsewhere: Elsewhere, name: str) -> None:
    ask = f"from backstop.stack import embedded; print(embedded.{name}(), embedded.servers().folder / '{name}')"
    asked = [elsewhere.start(ask) for _ in range(4)]
    (answer,) = {said(program) for program in asked}
    secret, path = answer.split()
    assert len(secret) >= 44
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_a_log_is_private_whoever_may_pass_through_its_folder(tmp_path: Path) -> None:
    fresh, former = tmp_path / "fresh.log", tmp_path / "former.log"
    former.touch(mode=0o644)
    before = os.umask(0)
    try:
        for log in (fresh, former):
            child = processes.start(["true"], record=tmp_path / "true.json", log=log, marker="true")
            child.popen.wait()
            child.stop()
    finally:
        os.umask(before)
    assert [stat.S_IMODE(log.stat().st_mode) for log in (fresh, former)] == [0o600, 0o600]


@pytest.mark.parametrize("problem", ["too long for a socket", "closed to others"])
def test_a_temporary_folder_that_would_not_do_is_not_used(elsewhere: Elsewhere, problem: str) -> None:
    if problem == "closed to others" and os.geteuid() != 0:
        pytest.skip("only as root does PostgreSQL run as somebody else")
    folder = elsewhere.folder / ("x" * 60 if problem == "too long for a socket" else "closed")
    folder.mkdir(mode=0o700)
    print_folder = "from backstop.stack import embedded; print(embedded.servers().folder)"
    assert elsewhere.run(print_folder, TMPDIR=str(folder)).startswith("/tmp/backstop-")


def test_reading_the_settings_starts_nothing(elsewhere: Elsewhere) -> None:
    elsewhere.run("import django; django.setup()")
    assert not list(elsewhere.folder.rglob("pg"))
    assert elsewhere.left() == []


class TestLeftovers:
    """A recorded process is ended only if it is the very one."""

    @pytest.fixture
    def bystander(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(["sleep", "600"], start_new_session=True)
        # While it executes the new program, its command line reads as empty.
        assert eventually(lambda: psutil.Process(process.pid).cmdline() == ["sleep", "600"])
        yield process
        process.kill()
        process.wait()

    def record(self, path: Path, process: processes.Identity, marker: str) -> Path:
        processes.Record(process, processes.Identity.of(os.getpid()), marker).write(path / "it.json")
        return path / "it.json"

    def test_one_that_matches_is_ended(self, tmp_path: Path, bystander: subprocess.Popen[bytes]) -> None:
        record = self.record(tmp_path, processes.Identity.of(bystander.pid), "sleep 600")
        processes.end_leftovers(record)
        assert bystander.poll() is not None
        assert not record.exists()

    def test_one_that_started_at_another_time_is_not_touched(
        self, tmp_path: Path, bystander: subprocess.Popen[bytes]
    ) -> None:
        started = processes.Identity.of(bystander.pid).started
        record = self.record(tmp_path, processes.Identity(bystander.pid, started - 60), "sleep 600")
        processes.end_leftovers(record)
        assert bystander.poll() is None

    def test_one_of_another_folder_is_not_touched(self, tmp_path: Path, bystander: subprocess.Popen[bytes]) -> None:
        record = self.record(tmp_path, processes.Identity.of(bystander.pid), "/somewhere/else")
        processes.end_leftovers(record)
        assert bystander.poll() is None

    def test_the_group_of_a_dead_leader_is_ended(self, tmp_path: Path) -> None:
        script = "sleep 601 & echo $!; exec sleep 602"
        leader = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert leader.stdout is not None
        orphan = psutil.Process(int(leader.stdout.readline()))
        assert eventually(lambda: orphan.cmdline() == ["sleep", "601"])
        record = self.record(tmp_path, processes.Identity.of(leader.pid), "sleep 60")
        leader.kill()
        leader.wait()
        processes.end_leftovers(record)
        assert eventually(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)

    def test_rubbish_in_a_record_is_forgotten(self, tmp_path: Path) -> None:
        (tmp_path / "it.json").write_text("{")
        processes.end_leftovers(tmp_path / "it.json")
        assert not (tmp_path / "it.json").exists()
