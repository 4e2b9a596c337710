"""What the product is made of and where it finds its servers.

Computes and starts nothing: without DATABASE_URL or BROKER_URL it names the sockets at which
backstop.stack.embedded runs servers once a command enters `embedded.running()`.
"""

import gc
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import structlog
from csp.constants import NONE, SELF, UNSAFE_INLINE
from environs import Env, EnvError, validate
from kombu import Queue
from psycopg.conninfo import conninfo_to_dict

from backstop import __version__
from backstop.stack import embedded
from backstop.values.keyrings import Keyring, KeyringRefused
from backstop.values.mail_servers import MailServer, MailServerRefused
from backstop.values.signatures import KeyRefused, SigningKey

# What a program loads stays: to look for garbage in it whenever 700 objects were made takes a seventh of its start.
gc.set_threshold(50_000, 10, 10)

BASE_DIR = Path(__file__).resolve().parent.parent.parent
_servers = embedded.servers()
env = Env()
RUN_FOLDER = _servers.folder  # where the programs of this checkout leave their pulse

# The environment: all there is to set. docker/compose.yaml names the same ones, and a test holds them together.
DATABASE_URL = env.str("DATABASE_URL", "") or _servers.database_url
# Keys that act and have a secret are issued for the demo alone: see accounts/rules/keys.py.
BEARER_KEYS_WRITE = not env.str("DATABASE_URL", "")
REPLICA_DATABASE_URL = env.str("REPLICA_DATABASE_URL", "")
# Whom `migrate` connects as, where that is not whom the programs are: the owner of the tables.
_owner_url = env.str("MIGRATE_DATABASE_URL", "") or ("" if env.str("DATABASE_URL", "") else _servers.owner_url)
BROKER_URL = env.str("BROKER_URL", "") or _servers.broker_url
if env.str("DATABASE_URL", "") and env.str("BROKER_URL", ""):
    # Who shares servers has to share the secret.
    SECRET_KEY = env.str("SECRET_KEY", validate=validate.Length(min=32))
else:
    SECRET_KEY = env.str("SECRET_KEY", "") or embedded.secret_key()
# What receipts and transcripts are signed with: programs that share a database share it too.
_signing_key = env.str("SIGNING_KEY", "") or ("" if env.str("DATABASE_URL", "") else embedded.signing_key())
try:
    SIGNING_KEY = SigningKey.from_text(_signing_key)
except KeyRefused as refused:
    raise EnvError(f"SIGNING_KEY: {refused}; `openssl rand -base64 32` makes one") from None
# What the keys of sealed bids are stored under, the current one first: programs that share a database share them too.
_sealing_keys = env.str("SEALING_KEYS", "") or ("" if env.str("DATABASE_URL", "") else embedded.sealing_keys())
try:
    SEALING_KEYS = Keyring.from_text(_sealing_keys)
except KeyringRefused as refused:
    raise EnvError(f"SEALING_KEYS: {refused}; `echo a:$(openssl rand -base64 32)` makes one") from None
DEBUG = env.bool("DEBUG", False)
HTTPS = env.bool("HTTPS", False)
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", []), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# Whose word is taken, in X-Forwarded-For, on where a request comes from: addresses and networks of proxies.
_proxies: list[str] = env.list("TRUSTED_PROXIES", [])
try:
    TRUSTED_PROXIES = [ip_network(each) for each in _proxies]
except ValueError as refused:
    raise EnvError(f"TRUSTED_PROXIES: {refused}") from None
# Whom signed requests may be addressed to, as `Host` says it: without them, this host by its own names alone.
_authorities: list[str] = env.list("PUBLIC_AUTHORITIES", [])
PUBLIC_AUTHORITIES = [each.lower() for each in _authorities]
REQUESTS_PER_ADDRESS = env.int("REQUESTS_PER_ADDRESS", 64, validate=validate.Range(min=1, max=1024))
# The folder that all programs of a host share, those in containers too; without it that of this checkout and user.
HOST_FOLDER = env.str("HOST_FOLDER", "")
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
# Where webhooks may go though it is not public, or not https on port 443: `host:port`, for development. Nowhere else.
WEBHOOK_EXEMPT: list[str] = env.list("WEBHOOK_EXEMPT", [])
# Where mail of alerts is handed to; without it none is sent, but by the demo: to the standard output of its clock.
_mail_server = env.str("EMAIL_URL", "")
MAIL_IS_SENT = bool(_mail_server) or not env.str("DATABASE_URL", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _mail_server else 'console'}.EmailBackend"
if _mail_server:
    try:
        _said = MailServer.from_text(_mail_server)
    except MailServerRefused as refused:
        raise EnvError(f"EMAIL_URL: {refused}") from None
    EMAIL_HOST, EMAIL_PORT = _said.host, _said.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _said.user, _said.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _said.scheme == "smtp+tls", _said.scheme == "smtps"
EMAIL_TIMEOUT = 10  # seconds, for each answer of the server
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "backstop@localhost")
# The codes of the venues that clocks and workers of this host look after; of all where there are none.
CLOCK_VENUES: list[str] = env.list("CLOCK_VENUES", [])
WORKER_VENUES: list[str] = env.list("WORKER_VENUES", [])

HOUSE = ["backstop", "accounts", "auctions"]
INSTALLED_APPS = [
    "django_otp",
    "django_otp.plugins.otp_totp",  # before the house, which takes its pages out of the admin
    "django_otp.plugins.otp_static",
    *HOUSE,
    "django.contrib.admin.apps.SimpleAdminConfig",  # whose pages are found where addresses are
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
]
MIDDLEWARE = [
    "backstop.api.request_ids.request_ids",
    "backstop.api.observing.observing",
    "backstop.config.for_people.past_people",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "backstop.admin.reading.remember_writes",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backstop.config.for_people.views",
]
ROOT_URLCONF = "backstop.config.urls"
WSGI_APPLICATION = "backstop.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "auctions.board.banner.add_banner",
            ]
        },
    }
]

# A server that is gone without a word is noticed within half a minute; TCP by itself goes on hoping for hours. What
# limits the transactions of a program that is gone is set by `migrate`: see backstop/database.py.
_keepalives = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}


def _database(url: str, connect_timeout: int) -> dict[str, Any]:
    said = conninfo_to_dict(url)
    return {
        "ENGINE": "backstop.config.postgresql",
        "NAME": said.pop("dbname", "backstop"),
        "USER": said.pop("user", ""),
        "PASSWORD": said.pop("password", ""),
        "HOST": said.pop("host", ""),
        "PORT": said.pop("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # PgBouncer hands each transaction another server connection: no prepared statements, no cursors held open.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"connect_timeout": connect_timeout, **_keepalives, **said, "prepare_threshold": None},
    }


DATABASES = {"default": _database(DATABASE_URL, connect_timeout=5)}
if REPLICA_DATABASE_URL:
    # Never chosen by a router: see backstop/replica.py, which waits for it no longer than it says, not even to find out
    # that a connection still works.
    DATABASES["replica"] = {**_database(REPLICA_DATABASE_URL, connect_timeout=2), "CONN_HEALTH_CHECKS": False}
MIGRATE_DATABASE = _database(_owner_url, connect_timeout=5) if _owner_url else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.admin.roles.ByPassword", "accounts.admin.roles.ByRole"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

OTP_TOTP_ISSUER = "Backstop"  # as authenticators name it

CSRF_FAILURE_VIEW = "backstop.api.problems.forged"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^livez$", "^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "backstop.config.formats"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # served from the packages they come in: nothing to collect before a start

# What pages may load and run: nothing that this server does not send.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],  # Swagger's page and Django's admin have a little of it
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# How often one may do what: so many times at once, and so many a second from then on. See docs/operating.md.
RATES: dict[str, tuple[int, float]] = {
    # Of an API key. Who has asked too much may still bid, and who has bid too much may still take back.
    "requests": (1000, 100),
    "bids": (1000, 100),
    "cancels": (1000, 100),
    # Those of them that are stored for an Idempotency-Key.
    "answers": (50_000, 0.1),
    "answers_of_cancels": (50_000, 0.1),
    "logins_of_address": (15, 0.2),  # to the admin; fewer than of a name, so that one address shuts nobody out
    "logins_of_name": (60, 1),
}
RATES_OF_KEYS = ["requests", "bids", "cancels", "answers", "answers_of_cancels"]
# How much one may keep open: a venue of books, a commitment of announced changes, a venue or provider of webhooks.
# And how many changes of all of a provider's commitments take effect in a day.
QUOTAS = {"books_under_way": 10_000, "announced_changes": 10, "changes_in_a_day": 10_000, "webhooks": 10}

REST_FRAMEWORK = {
    "DEFAULT_THROTTLE_CLASSES": ["accounts.permissions.Metered"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["backstop.api.filtering.Filtering"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is a method that nothing has; what may be sent says /v1/openapi.json
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is a parameter that nothing has
    "EXCEPTION_HANDLER": "backstop.api.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Backstop marketplace",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": "Distressed books change hands here: venues hand them in, providers take them, for an edge in basis "
    "points of notional. `docs/api.md` is the guide, `docs/errors.md` lists what may be refused. Decimals are strings "
    "without exponents, times are ISO 8601 in UTC, and lists are pages that `cursor` goes on with.",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SERVERS": [{"url": "/", "description": "Where this document came from."}],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "backstop.api.wording.worded"],
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "ProviderState": "accounts.lifecycle.ProviderState",
        "RefillState": "accounts.lifecycle.RefillState",
        "AssessmentState": "accounts.lifecycle.AssessmentState",
        "ClaimState": "accounts.lifecycle.ClaimState",
        "MarginCallState": "accounts.lifecycle.MarginCallState",
        "RepoState": "accounts.lifecycle.RepoState",
        "AllocationFillState": "accounts.lifecycle.AllocationFillState",
        "AllocationKind": "accounts.rules.sharing.positions.AllocationKind",
        "TriggersEnum": "accounts.rules.sharing.contracts.Trigger",
        "CoverState": "accounts.lifecycle.CoverState",
        "CommitmentState": "accounts.lifecycle.CommitmentState",
        "BindingKind": "auctions.queries.bindings.BindingKind",
        "BindingAccount": "auctions.api.serializers.bindings.BINDING_ACCOUNTS",
        "BookState": "auctions.lifecycle.BookState",
        "StepKind": "auctions.lifecycle.StepKind",
        "StepState": "auctions.lifecycle.StepState",
        "AuctionState": "auctions.lifecycle.AuctionState",
        "BidState": "auctions.lifecycle.BidState",
        "CutBidState": "auctions.lifecycle.CutBidState",
        "SettlementState": "auctions.lifecycle.SettlementState",
        "FilledAccount": "accounts.api.serializers.collateral.FILLED_ACCOUNTS",
        "MarkStanding": "backstop.values.marks.MarkStanding",
        "Format": "auctions.models.playbooks.choices.SEALED_FORMATS",
        "VenueOrProvider": "auctions.models.playbooks.choices.SealedBy",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# Who publishes finds out soon that nobody listens; `max_retries` is of connecting, for which kombu else has patience.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0} | (
    {"socket_connect_timeout": 2, "socket_timeout": 2}
    if BROKER_URL.startswith("redis")
    else {"read_timeout": 5, "write_timeout": 5}
)
# Wake-ups are no facts: the oldest may go. A queue keeps its arguments, so that others need another name.
WAKE_UPS_WAITING = 100
_bounded = {"x-queue-type": "quorum", "x-max-length": WAKE_UPS_WAITING, "x-overflow": "drop-head"}
CELERY_TASK_QUEUES = [Queue(name, queue_arguments=_bounded) for name in ("wake-flow", "wake-deadlines")]
CELERY_TASK_DEFAULT_QUEUE = "wake-flow"
CELERY_TASK_IGNORE_RESULT = True
# Without it Celery connects anew for each task; that a connection still works is asked by the sweep itself.
CELERY_DB_REUSE_MAX = 1000
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False  # after a lost connection it would take less, and less
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False

# What the ground floor needs from above it, by dotted string. See backstop/health.py for what each one is.
MARKET_CHECKS = [
    f"auctions.health.{check}" for check in ("stages", "rounds", "parked", "halted", "keys", "secrets", "marks", "mail")
]
STAGES = "auctions.tasks.STAGES"  # of the market's clock: a desk reads their names
METRICS_COLLECTORS: list[str] = ["backstop.measures.collect", "backstop.health.metrics", "auctions.health.metrics"]
LARGE_BODIES: list[str] = ["/v1/books"]  # addresses that whole files may be sent to: see backstop/api/bodies.py
API_PACKAGES: list[str] = ["backstop.api", "accounts.api", "auctions.api"]
REFUSALS: list[str] = [
    *("backstop.refusals.GroundRefusal", "accounts.rules.refusals.AccountRefusal"),
    "auctions.rules.refusals.AuctionRefusal",
]
EVENT_CATALOGUES: list[str] = [
    f"{each}.CATALOGUE" for each in ("backstop.happenings", "accounts.events", "auctions.events")
]
# What streams tell beside the catalogues' events, who may go on listening to them: see backstop/front/streams.py.
TICK_CATALOGUE = "auctions.queries.ticks.CATALOGUE"
TICKS = "auctions.queries.list_edge_ticks"
KEYS_IN_FORCE = "accounts.queries.list_keys_in_force"
COVER_HINDRANCES = "auctions.desks.activation.list_hindrances"  # see accounts/api/serializers/covers.py
MARK_TERMS = "auctions.queries.get_mark_terms_of_new_books"  # see backstop/queries.py

_shared_processors: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared_processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # backstop.api.observing says the same once, and more.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "CRITICAL"},
        "httpx2": {"level": "WARNING"},
        "_granian.asgi": {"level": "WARNING"},  # a line for each piece that a reader who left did not take
        # Sweeps say what they did themselves, when they did anything.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
