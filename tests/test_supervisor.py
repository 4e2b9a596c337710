"""The stack comes up, mends itself, stops when told, and leaves nothing running however its supervisor ends."""

import base64
import os
import signal
import socket
import subprocess
from collections.abc import Iterator

import httpx2
import psutil
import pytest

from backstop.config import programs
from tests.elsewhere import Elsewhere, eventually, said

pytestmark = pytest.mark.xdist_group("processes")

LIGHT = """
    from backstop.stack import supervisor
    from backstop.config import programs
    from tests import standins
    programs.commands = standins.commands
"""
RUN = """
    with supervisor.until_signalled(), supervisor.claimed(programs.commands) as stack, stack.running():
        print(stack.url, stack.pid("web"), stack.pid("worker"), flush=True)
        while True:
            stack.wait(0.1)
    print("stopped", supervisor.running_url())
"""
WHOLE = """
    import django
    from backstop.config import programs
    from django.core.management import call_command
    from backstop.stack import embedded, supervisor
    with supervisor.until_signalled(), embedded.running(durable=False):
        django.setup()
        call_command("migrate", verbosity=0)
        with supervisor.claimed(programs.commands) as stack, stack.running():
            print(stack.url, stack.pid("web"), stack.pid("worker"), flush=True)
            while True:
                stack.wait(0.1)
"""


SERVE = """
    from backstop.config import manage
    manage.main(["manage.py", "serve"])
"""


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    place = Elsewhere()
    yield place
    place.clear()


@pytest.fixture
def elsewhere_too() -> Iterator[Elsewhere]:
    place = Elsewhere()
    yield place
    place.clear()


def start(place: Elsewhere, code: str = LIGHT + RUN, **env: str) -> tuple[subprocess.Popen[str], str, int, int]:
    program = place.start(code, **env)
    url, web, worker = said(program).split()
    return program, url, int(web), int(worker)


def end(program: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> None:
    program.send_signal(number)
    program.wait(60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_is_no_failure(elsewhere: Elsewhere, number: signal.Signals) -> None:
    program, url, *_ = start(elsewhere)
    assert httpx2.get(url, trust_env=False).is_success
    end(program, number)
    assert program.returncode == 0
    assert said(program) == "stopped None"
    assert elsewhere.left() == []


def test_an_impatient_second_signal_does_not_disturb_the_stopping(elsewhere: Elsewhere) -> None:
    program, *_ = start(elsewhere)
    program.send_signal(signal.SIGINT)
    end(program, signal.SIGINT)
    assert program.returncode == 0
    assert elsewhere.left() == []


def test_after_a_kill_the_next_start_ends_what_was_left_and_works(elsewhere: Elsewhere) -> None:
    program, *_ = start(elsewhere)
    end(program, signal.SIGKILL)
    program, url, *_ = start(elsewhere)
    assert httpx2.get(url, trust_env=False).is_success
    end(program)
    assert elsewhere.left() == []


def test_a_child_that_dies_is_started_again_without_its_remains(elsewhere: Elsewhere) -> None:
    program, url, web, worker = start(elsewhere)
    orphan = psutil.Process(web).children()[0]
    os.kill(web, signal.SIGKILL)
    assert eventually(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)
    assert eventually(lambda: _answers(url) not in ("", str(web)))
    assert psutil.pid_exists(worker)
    end(program)


def test_a_child_that_keeps_dying_is_a_failure_that_names_its_log(elsewhere: Elsewhere) -> None:
    dying = LIGHT.replace("standins.commands", "standins.with_a_dying_worker")
    program = elsewhere.start(dying + RUN)
    errors = program.communicate(timeout=60)[1].strip().splitlines()[-1]
    assert program.returncode == 1
    assert errors.startswith("backstop.stack.embedded.CannotRun: worker keeps ending; see ")
    assert errors.endswith("worker.log")
    assert elsewhere.left() == []


def test_two_places_take_two_ports(elsewhere: Elsewhere, elsewhere_too: Elsewhere) -> None:
    one, url, *_ = start(elsewhere)
    other, another_url, *_ = start(elsewhere_too)
    assert url != another_url
    end(one)
    end(other)


def test_a_second_start_in_one_place_says_where_the_first_runs(elsewhere: Elsewhere) -> None:
    program, url, *_ = start(elsewhere)
    second = elsewhere.start(LIGHT + RUN)
    assert f"already runs, at {url}" in second.communicate(timeout=60)[1]
    assert elsewhere.run("from backstop.stack import supervisor; print(supervisor.running_url())") == url
    end(program)


def test_of_two_that_start_at_the_same_moment_one_runs(elsewhere: Elsewhere) -> None:
    pair = [elsewhere.start(LIGHT + RUN) for _ in range(2)]
    assert eventually(lambda: [program.poll() for program in pair].count(1) == 1)
    (up,) = [program for program in pair if program.poll() is None]
    (refused,) = [program for program in pair if program.poll() is not None]
    assert "CannotRun: this checkout " in refused.communicate(timeout=60)[1]
    assert said(up).startswith("http://")
    end(up)


def test_a_second_serve_is_refused_before_it_touches_the_database_that_it_names(elsewhere: Elsewhere) -> None:
    program, url, *_ = start(elsewhere)
    second = elsewhere.start(SERVE, **named(), PORT=url.rpartition(":")[2])
    assert second.communicate(timeout=60)[1].startswith(f"this checkout already runs, at {url}: use it, or end it")
    end(program)
    assert elsewhere.left() == []


def test_a_serve_whose_port_is_taken_is_refused_before_it_touches_the_database(elsewhere: Elsewhere) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = elsewhere.start(SERVE, **named(), PORT=str(port))
        assert program.communicate(timeout=60)[1].strip() == f"port {port} is taken"


def named() -> dict[str, str]:
    """Servers of others, which nobody may ask: none answers there."""
    key = base64.b64encode(bytes(32)).decode()
    urls = {"DATABASE_URL": "postgresql://nobody@/nothing?host=/nowhere", "BROKER_URL": "redis+socket:///nowhere"}
    return {**urls, "SECRET_KEY": "k" * 50, "SIGNING_KEY": key, "SEALING_KEYS": f"test:{key}"}


def test_a_port_that_was_asked_for_and_is_taken_is_one_clear_line(elsewhere: Elsewhere) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = elsewhere.start(LIGHT + RUN, PORT=str(port))
        errors = program.communicate(timeout=60)[1].strip().splitlines()
    assert errors[-1] == f"backstop.stack.embedded.CannotRun: port {port} is taken"


def test_the_whole_stack_mends_itself_survives_a_kill_and_leaves_nothing(elsewhere: Elsewhere) -> None:
    program, url, web, _ = start(elsewhere, WHOLE)
    assert _answers(f"{url}/readyz") == "ready"
    assert eventually(lambda: all(is_alive(elsewhere, name) for name in programs.PULSES), 60)
    os.kill(web, signal.SIGKILL)
    assert eventually(lambda: _answers(f"{url}/livez") == "alive", 60)

    end(program, signal.SIGKILL)
    program, url, *_ = start(elsewhere, WHOLE)
    assert httpx2.get(f"{url}/v1/time", trust_env=False).is_success
    end(program)
    assert program.returncode == 0
    assert elsewhere.left() == []


def is_alive(elsewhere: Elsewhere, name: str) -> bool:
    """Whether the program has a pulse, as a container's probe asks."""
    asking = f"import sys; from backstop.config import programs; sys.argv[1:] = ['alive', '{name}']; programs.main()"
    program = elsewhere.start(asking)
    program.communicate(timeout=60)
    return program.returncode == 0


def _answers(url: str) -> str:
    try:
        return httpx2.get(url, trust_env=False).text.strip()
    except httpx2.TransportError:
        return ""
