"""What the containers are given is what the settings read, and what they run is what there is."""

import ast
import os
import stat
import subprocess
import sys
from typing import Any

import yaml

from backstop.config import programs
from tests.layout.bans import HOUSE

DOCKERFILE = (HOUSE / "docker" / "Dockerfile").read_text().splitlines()
COMPOSE: dict[str, Any] = yaml.safe_load((HOUSE / "docker" / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "backstop"}
PORTS = {"web": {"PORT"}, "operators": {"OPERATORS_HOST", "OPERATORS_PORT"}}
THEIRS = {name: service for name, service in COMPOSE["services"].items() if name not in OURS}


def names_read_by(path: str) -> set[str]:
    """The names in `env.kind("NAME", …)` and `os.environ.get("NAME", …)`."""
    calls = [node for node in ast.walk(ast.parse((HOUSE / path).read_text())) if isinstance(node, ast.Call)]
    asked = [call for call in calls if ast.unparse(call.func).startswith(("env.", "os.environ."))]
    return {str(call.args[0].value) for call in asked if isinstance(call.args[0], ast.Constant)}


def test_every_container_of_ours_is_given_exactly_what_the_settings_read() -> None:
    names = names_read_by("backstop/config/settings.py")
    assert {"DATABASE_URL", "BROKER_URL", "SECRET_KEY"} <= names
    owners = {"MIGRATE_DATABASE_URL"}
    for name, service in OURS.items():
        extra = owners if name == "migrate" else PORTS.get(name, set())
        assert set(service["environment"]) == (names - owners) | extra, name
    assert set.union(*PORTS.values()) == names_read_by("backstop/config/programs.py")


def test_only_who_migrates_is_given_the_owners_password() -> None:
    told = {name for name, service in OURS.items() if "POSTGRES_PASSWORD" in str(service["environment"])}
    assert told == {"migrate"}


def test_there_is_a_container_for_every_program_and_one_that_migrates() -> None:
    assert {name: service["command"] for name, service in OURS.items()} == {
        name: [name] for name in (*programs.NAMES, "migrate")
    }


def test_everything_that_stays_up_has_a_health_check() -> None:
    staying = {**OURS, **THEIRS}
    del staying["migrate"]
    assert all(service["healthcheck"]["test"][0] == "CMD" for service in staying.values())


def test_no_secret_has_a_default() -> None:
    text = (HOUSE / "docker" / "compose.yaml").read_text()
    passwords = ("POSTGRES_PASSWORD", "PROGRAMS_PASSWORD", "RABBITMQ_PASSWORD")
    for name in ("SECRET_KEY", "SIGNING_KEY", "SEALING_KEYS", *passwords):
        assert f"${{{name}:?}}" in text
        assert f"${{{name}:-" not in text


def test_the_image_does_not_run_as_root_and_what_it_runs_is_not_its_own() -> None:
    (user,) = (line for line in DOCKERFILE if line.startswith("USER"))
    assert user == "USER 10001:10001"
    assert DOCKERFILE.index(user) > max(number for number, line in enumerate(DOCKERFILE) if line.startswith("COPY"))
    assert not any("--chown" in line for line in DOCKERFILE)


def test_every_container_of_ours_may_do_nothing_and_writes_in_tmp_alone() -> None:
    for service in OURS.values():
        assert (service["read_only"], service["tmpfs"], service["cap_drop"]) == (True, ["/tmp"], ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_image_takes_in_only_files_that_exist() -> None:
    copied = [line.split()[1:-1] for line in DOCKERFILE if line.startswith("COPY") and "--from" not in line]
    assert all((HOUSE / path).exists() for paths in copied for path in paths)
    kept = [line[1:] for line in (HOUSE / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert {path for paths in copied for path in paths} == set(kept)
    assert os.stat(HOUSE / "docker" / "entrypoint").st_mode & stat.S_IXUSR


def test_the_programs_are_what_the_supervisor_runs_too() -> None:
    assert tuple(programs.commands("127.0.0.1", 8000, 9000)) == programs.NAMES


def test_what_operators_are_told_is_for_this_host_alone_unless_said() -> None:
    assert programs.commands("0.0.0.0", 8000, 9000)["operators"][-2:] == ["127.0.0.1", "9000"]
    assert programs.commands("0.0.0.0", 8000, 9000, "10.0.0.7")["operators"][-2:] == ["10.0.0.7", "9000"]


def test_a_container_takes_other_words_for_a_command() -> None:
    command = [sys.executable, "-m", "backstop.config.programs", "help", "migrate"]
    assert "usage: backstop migrate" in subprocess.run(command, cwd=HOUSE, capture_output=True, text=True).stdout
