"""What is deployed is what there is: programs, settings, probes; and it is allowed as little as the image needs."""

import configparser
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.urls import resolve

from backstop.config import operators_settings, programs
from tests.layout.bans import HOUSE
from tests.layout.test_docker import names_read_by

KUBERNETES, SYSTEMD, HA = (HOUSE / "deploy" / name for name in ("kubernetes", "systemd", "ha"))
UNITS = Path("/lib/systemd/system")

with_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl, which has kustomize in it")
with_systemd = pytest.mark.skipif(not (shutil.which("systemd-analyze") and UNITS.exists()), reason="needs systemd")


@pytest.fixture(scope="module")
def resources() -> list[dict[str, Any]]:
    """What kustomize makes of the folder."""
    made = subprocess.run(["kubectl", "kustomize", KUBERNETES], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(made.stdout))


def of_kind(resources: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return {each["metadata"]["name"]: each for each in resources if each["kind"] == kind}


def main_of(pod: dict[str, Any]) -> dict[str, Any]:
    (program,) = (each for each in pod["containers"] if each["name"] == "backstop")
    return dict(program)


def pods(resources: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, each in {**of_kind(resources, "Deployment"), **of_kind(resources, "Job")}.items():
        yield name, each["spec"]["template"]["spec"]


@with_kubectl
def test_kubernetes_knows_every_field(resources: list[dict[str, Any]]) -> None:
    for each in resources:
        kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)


@with_kubectl
def test_there_is_a_deployment_for_every_program_and_a_job_that_migrates(resources: list[dict[str, Any]]) -> None:
    run = {name: main_of(pod)["args"] for name, pod in pods(resources)}
    assert run == {name: [name] for name in (*programs.NAMES, "migrate")}
    deployments = of_kind(resources, "Deployment")
    assert {name for name, each in deployments.items() if each["spec"]["replicas"] == 2} == {"web", "clock"}


@with_kubectl
def test_no_program_starts_before_the_schema_is_its_own(resources: list[dict[str, Any]]) -> None:
    waiting = {
        name for name, pod in pods(resources) for each in pod.get("initContainers", []) if "--check" in each["args"]
    }
    assert waiting == set(programs.NAMES)


@with_kubectl
def test_every_container_may_do_nothing_and_writes_in_tmp_alone(resources: list[dict[str, Any]]) -> None:
    for _, pod in pods(resources):
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        for container in (*pod["containers"], *pod.get("initContainers", [])):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert [each["mountPath"] for each in container["volumeMounts"]] == ["/tmp"]


@with_kubectl
def test_the_settings_read_what_is_configured(resources: list[dict[str, Any]]) -> None:
    (configured,) = of_kind(resources, "ConfigMap").values()
    assert configured["data"].keys() <= names_read_by("backstop/config/settings.py")


@with_kubectl
def test_only_who_migrates_is_given_the_owners_address(resources: list[dict[str, Any]]) -> None:
    told = {name: [each["name"] for each in main_of(pod).get("env", [])] for name, pod in pods(resources)}
    assert {name: names for name, names in told.items() if names} == {
        "migrate": ["MIGRATE_DATABASE_URL"],
        "operators": ["OPERATORS_HOST"],
    }


@with_kubectl
def test_beside_every_program_somebody_tells_operators_what_it_measures(resources: list[dict[str, Any]]) -> None:
    for name, pod in pods(resources):
        telling = [each for each in pod["containers"] if each["args"] == ["operators"]]
        assert len(telling) == (name != "migrate"), name
        for each in telling:
            assert each["env"] == [{"name": "OPERATORS_HOST", "value": "0.0.0.0"}]
            assert [port["name"] for port in each["ports"]] == ["operators"]
            resolve(each["livenessProbe"]["httpGet"]["path"], operators_settings.ROOT_URLCONF)


@with_kubectl
def test_the_probes_ask_for_pages_that_there_are_by_a_name_that_is_answered(resources: list[dict[str, Any]]) -> None:
    run = {name: main_of(pod) for name, pod in pods(resources)}
    for probe, view in (("livenessProbe", "livez"), ("readinessProbe", "readyz")):
        asked = run["web"][probe]["httpGet"]
        assert resolve(asked["path"]).func.__name__ == view
        assert asked["httpHeaders"] == [{"name": "Host", "value": "localhost"}]


@with_kubectl
def test_a_program_without_an_address_is_asked_for_its_pulse(resources: list[dict[str, Any]]) -> None:
    run = {name: main_of(pod) for name, pod in pods(resources)}
    for name in programs.PULSES:
        assert run[name]["livenessProbe"]["exec"]["command"] == ["backstop", "alive", name]


@with_kubectl
def test_what_kubernetes_says_of_services_is_taken_for_no_setting(resources: list[dict[str, Any]]) -> None:
    assert of_kind(resources, "Service").keys() == {"web", "operators"}
    assert not any(pod["enableServiceLinks"] for _, pod in pods(resources))


@with_systemd
def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path / UNITS.relative_to("/"), symlinks=True)
    shutil.copytree(SYSTEMD, tmp_path / "etc/systemd/system")
    program = tmp_path / "opt/backstop/bin/backstop"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    units = ["backstop@web.service", "backstop-migrate.service", "backstop.target"]
    said = subprocess.run(["systemd-analyze", "verify", f"--root={tmp_path}", *units], capture_output=True, text=True)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_systemd_starts_every_program() -> None:
    (wanted,) = (line for line in (SYSTEMD / "backstop.target").read_text().splitlines() if line.startswith("Wants="))
    assert wanted.removeprefix("Wants=").split() == [f"backstop@{name}.service" for name in programs.NAMES]


def test_the_settings_read_what_two_hosts_are_told() -> None:
    lines = [line for line in (HA / "environment").read_text().splitlines() if not line.startswith("#")]
    assert {line.partition("=")[0] for line in lines} <= names_read_by("backstop/config/settings.py")


def test_a_primary_that_reaches_nobody_gives_up_before_another_takes_over() -> None:
    told = yaml.safe_load((HA / "patroni.yml").read_text())["bootstrap"]["dcs"]
    assert told["loop_wait"] + 2 * told["retry_timeout"] <= told["ttl"]


def test_postgresql_has_room_for_the_pools_of_two_hosts() -> None:
    told = yaml.safe_load((HA / "patroni.yml").read_text())["bootstrap"]["dcs"]["postgresql"]["parameters"]
    pools = configparser.ConfigParser()
    pools.read(HA / "pgbouncer.ini")
    assert 2 * int(pools["pgbouncer"]["default_pool_size"]) < told["max_connections"]
