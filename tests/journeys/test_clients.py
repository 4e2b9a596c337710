"""Programs of others before a market that is really served: our client by itself, and one that a generator made."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import distribution, requires
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from packaging.requirements import Requirement

import backstop
from accounts.models import Provider
from auctions.lifecycle import BidState
from auctions.models import Auction, Bid, Take
from backstop.client import Signer
from backstop.management.commands.relay import publish
from tests import builders as build
from tests import market
from tests.elsewhere import HOUSE, eventually
from tests.front.wire import Served
from tests.signing import a_signer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

GENERATOR = "openapi-python-client==0.29.1"
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
BLOCKS = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
GUIDE = dict(BLOCKS.findall((HOUSE / "docs" / "api.md").read_text()))
ASK, ROBOT = GUIDE["sh"], GUIDE["python"]

# Each of these bids, takes the bid back, bids again, and takes.
BY_OURS = """
import sys
from backstop_client import Client, Signer

with Client(URL, Signer.from_pem(KEY_ID, open("key.pem", "rb").read())) as client:
    assert not {"django", "backstop", "accounts", "auctions"} & sys.modules.keys()
    offered = {auction["kind"]: auction["id"] for auction in client.list_auctions(state="OPEN")}
    bid = client.place_bid(offered["SEALED"], client_bid_id="back", units=10, edge_bps="25")
    assert client.cancel_bid(bid["id"])["state"] == "CANCELLED"
    client.place_bid(offered["SEALED"], client_bid_id="kept", units=10, edge_bps="25")
    client.take_units(offered["DUTCH"], client_bid_id="taken", units=10)
"""

BY_GENERATED = """
from backstop_api import AuthenticatedClient
from backstop_api.api.auctions import list_auctions, place_bids, take_units
from backstop_api.api.bids import cancel_bid
from backstop_api.models import BidInput, TakeInput

def bid(name):
    return BidInput(client_bid_id=name, units=10, edge_bps="25")

with AuthenticatedClient(base_url=URL, token=KEY) as client:
    offered = {auction.kind: auction.id for auction in list_auctions.sync(client=client).data}
    placed = place_bids.sync(offered["SEALED"], client=client, body=bid("back"))
    assert cancel_bid.sync(placed.id, client=client).state == "CANCELLED"
    place_bids.sync(offered["SEALED"], client=client, body=bid("kept"))
    take_units.sync(offered["DUTCH"], client=client, body=TakeInput(client_bid_id="taken", units=10))
"""


@dataclass(frozen=True)
class Environment:
    """A Python of its own, with what was put there and nothing else."""

    folder: Path

    @classmethod
    def new(cls, folder: Path, *options: str) -> "Environment":
        subprocess.run([sys.executable, "-m", "venv", *options, str(folder)], check=True)
        return cls(folder)

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def packages(self) -> Path:
        (found,) = self.folder.glob("lib/*/site-packages")
        return found

    def borrow(self, names: Iterable[str]) -> None:
        """Put here what is installed where the tests run."""
        for name in names:
            found = distribution(name)
            for file in (each for each in found.files or () if ".." not in each.parts):
                place = self.packages / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), place)

    def run(self, program: Path) -> None:
        """Run it while the market goes on; it has to succeed."""
        with self.start(program) as running:
            while running.poll() is None:
                go_on()
            assert running.stdout is not None
            assert running.returncode == 0, running.stdout.read()

    def start(self, program: Path) -> "subprocess.Popen[str]":
        words = [self.python, "-I", str(program)]
        return subprocess.Popen(words, cwd=program.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def go_on() -> None:
    market.sweep()
    publish()


def needed_by(names: Iterable[str]) -> set[str]:
    """These distributions, and whatever they need here."""
    needed, waiting = set[str](), list(names)
    while waiting:
        if (name := waiting.pop()) not in needed:
            needed.add(name)
            asked = map(Requirement, requires(name) or ())
            waiting += [one.name for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    return needed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client's own, built from a copy, because setuptools leaves things beside what it builds."""
    folder = tmp_path_factory.mktemp("client")
    shutil.copytree(HOUSE / "backstop" / "client", folder / "client", ignore=shutil.ignore_patterns("__pycache__"))
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder))
    subprocess.run([*PIP, "wheel", *options, str(folder / "client")], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Where the client is installed, and what it says that it needs."""
    environment = Environment.new(tmp_path_factory.mktemp("alone") / "env", "--without-pip")
    target = ("--target", str(environment.packages))
    subprocess.run([*PIP, "install", "--no-deps", "--no-index", *target, str(wheel)], check=True)
    (metadata,) = environment.packages.glob("backstop_client-*.dist-info/METADATA")
    environment.borrow(needed_by(re.findall(r"^Requires-Dist: (\S+)$", metadata.read_text(), re.MULTILINE)))
    return environment


@pytest.fixture(scope="module")
def running() -> Iterator[list[Served]]:
    started: list[Served] = []
    yield started
    for one in started:
        one.clear()


@pytest.fixture
def served(running: list[Served], db: None) -> Served:
    if not running:
        running.append(Served(5))
    return running[0]


@pytest.fixture
def alice(db: None) -> Provider:
    """She may bid in an auction, and take in another, whose edge rises to its cap in some seconds."""

    def is_rising() -> bool:
        market.sweep()
        return Auction.objects.filter(kind="DUTCH", state="OPEN").exists()

    venue = market.a_market()
    lasting = {"dutch_seconds": 3600, "mark_max_age_seconds": 3600}
    market.a_playbook(venue, **lasting, sealed_seconds=3600)
    market.an_auction(venue)
    rising = {"dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 5}}
    market.a_dutch_playbook(venue, **lasting, **rising)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", reference="book-2")
    assert eventually(is_rising)
    return build.a_provider(venue, "Alice")


@pytest.fixture
def signed(alice: Provider, served: Served, tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a program with an address and a key of Alice's, beside the private half of that."""
    signer: Signer = a_signer(alice)
    pem = signer.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)

    def write(name: str, program: str) -> Path:
        (tmp_path / name).write_text(f"URL, KEY_ID = {served.url!r}, {signer.key_id!r}\n{program}")
        return tmp_path / name

    return write


def test_the_clients_wheel_holds_the_client_and_nothing_of_the_house(wheel: Path, alone: Environment) -> None:
    assert wheel.name == f"backstop_client-{backstop.__version__}-py3-none-any.whl"
    modules = {path.name for path in (HOUSE / "backstop" / "client").glob("*.py")}
    installed = (alone.packages / "backstop_client").iterdir()
    assert {path.name for path in installed if path.is_file()} == {*modules, "py.typed"}
    assert list(alone.packages.glob("backstop_client-*.dist-info/licenses/LICENSE"))
    done = subprocess.run([alone.python, "-I", "-c", "import backstop"], capture_output=True, text=True, check=False)
    assert "No module named 'backstop'" in done.stderr


def test_by_itself_the_client_lists_bids_cancels_and_takes(
    alone: Environment, signed: Callable[[str, str], Path]
) -> None:
    alone.run(signed("calls.py", BY_OURS))
    assert_done()


def test_what_its_own_readme_shows_is_answered(alone: Environment, signed: Callable[[str, str], Path]) -> None:
    shown = dict(BLOCKS.findall((HOUSE / "backstop" / "client" / "README.md").read_text()))["python"]
    alone.run(
        signed("shown.py", shown.replace('"https://api.example"', "URL").replace('"bs_0123456789.robot"', "KEY_ID"))
    )


def test_the_guides_robot_bids_and_takes_at_its_fair_edge(
    alone: Environment, signed: Callable[[str, str], Path]
) -> None:
    def has_done_both() -> bool:
        return Bid.objects.exists() and Take.objects.exists()

    robot = alone.start(signed("robot.py", ROBOT))
    try:
        assert eventually(lambda: go_on() or has_done_both() or robot.poll() is not None)
        assert robot.poll() is None, robot.communicate()[0]
    finally:
        robot.kill()
        robot.wait()
    (bid,), (take,) = Bid.objects.all(), Take.objects.all()
    assert (bid.state, bid.client_bid_id) == (BidState.LIVE, "mine")
    assert (take.units, take.edge_bps >= 20) == (10, True)


def test_what_the_guide_asks_first_is_answered(alice: Provider, served: Served) -> None:
    env = {**os.environ, "URL": served.url, "PROVIDER_KEY": build.a_provider_key(alice)}
    done = subprocess.run(["bash", "-eu", "-c", ASK], env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["provider"] == "Alice"


@pytest.mark.generated
def test_a_generated_client_lists_bids_cancels_and_takes(alice: Provider, served: Served, tmp_path: Path) -> None:
    environment = Environment.new(tmp_path / "env")
    subprocess.run([environment.python, "-m", "pip", "--quiet", "install", GENERATOR], check=True)
    generator = [str(environment.folder / "bin" / "openapi-python-client"), "generate", "--meta", "none"]
    document, made = HOUSE / "docs" / "openapi.json", environment.packages / "backstop_api"
    subprocess.run([*generator, "--path", str(document), "--output-path", str(made)], check=True, capture_output=True)
    program = tmp_path / "calls.py"
    program.write_text(f"URL, KEY = {served.url!r}, {build.a_provider_key(alice)!r}\n{BY_GENERATED}")
    environment.run(program)
    assert_done()


def assert_done() -> None:
    assert dict(Bid.objects.values_list("client_bid_id", "state")) == {
        "back": BidState.CANCELLED,
        "kept": BidState.LIVE,
    }
    assert [(take.client_bid_id, take.units) for take in Take.objects.all()] == [("taken", 10)]
