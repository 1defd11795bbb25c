"""Django's settings, read top to bottom. Everything that differs between installations is in the environment.

docs/configuration.md explains every variable.
"""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

import portal
from portal import env
from portal.logs import logging_config
from portal.schedule import beat_schedule

BASE_DIR = Path(__file__).resolve().parent.parent

# What this installation is
DEBUG = env.boolean("DEBUG", default=False)
SANDBOX = env.boolean("SANDBOX", default=False)
SECRET_KEY = env.text("SECRET_KEY")
SITE_URL = env.origin("SITE_URL")
HTTPS = SITE_URL.startswith("https://")
if not HTTPS and not SANDBOX:
    raise ImproperlyConfigured(f'SITE_URL is "{SITE_URL}". It must start with https:// unless SANDBOX=true.')
# Who sends it may read /metrics; without it there is no such page
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
SITE_NETLOC = urlsplit(SITE_URL).netloc
ALLOWED_HOSTS = env.strings("ALLOWED_HOSTS", urlsplit(SITE_URL).hostname or "")
# Whom people ask: in words, on English pages perhaps in others, and where the words lead
HELPDESK_CONTACT = env.text("HELPDESK_CONTACT", "")
HELPDESK_CONTACT_EN = env.text("HELPDESK_CONTACT_EN", "")
HELPDESK_URL = env.contact_url("HELPDESK_URL")
VERSION = portal.__version__
# The portal is mounted at "/", as SITE_URL says. Some WSGI servers take SCRIPT_NAME from a header of the client, and
# every link would begin with it.
FORCE_SCRIPT_NAME = ""

# Who may stand in front of us, and whose forwarding headers are believed
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")

INSTALLED_APPS = [
    "portal.access",
    "portal.audit",
    "vpn",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.saml",
    "csp",
    "django_htmx",
    "ninja",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "portal.files.CollectedFiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "vpn.monitoring.request_durations.RequestDurationMiddleware",
    "portal.logs.RequestIdMiddleware",
    # Before all that looks at the host, the scheme or the client's address
    "portal.site.SiteUrlMiddleware",
    "portal.addresses.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.headers.HeadersMiddleware",
    # Before sessions: a static file needs no query.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Static files are compressed already; Django hides the length of pages from BREACH.
    "portal.headers.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.access.middleware.LoginRequiredMiddleware",
    "vpn.helpdesk.failed_requests.FailedRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.shell.shell",
                "vpn.home.context.person_pages",
                "vpn.operations.requests.context.waiting_approvals",
            ],
            "builtins": ["portal.icons"],
        },
    },
]

# Rate limits, and what is ours for two seconds: per process, so that they hold while Redis is down
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# Data. Sessions, SAML state and audit live in PostgreSQL: people sign in while Redis is down.
DATABASES = {"default": env.database("DATABASE_URL") | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")

# Celery carries primary keys; nothing reads its results. A task that dies with its worker is delivered again, so each
# may run twice.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Tasks that are fetched ahead would wait behind a long import although another process is free.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page that sends a task must not hang while Redis can't be reached.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 5}
# portal.logs has set logging up already.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# People: SAML is the only way in; `manage.py breakglass` is for when it is broken
AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["portal.access.backends.SingleSignOnBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "signed_out"
ACCOUNT_ADAPTER = "portal.access.saml.adapters.AccountAdapter"
# The identity provider answers for e-mail addresses; nobody signs up or confirms one here.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
SOCIALACCOUNT_ADAPTER = "portal.access.saml.adapters.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_LOGIN_ON_GET = True
# An account is found by its NameID alone: an e-mail address can be given to somebody else.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_STORE_TOKENS = False

SAML_ORGANIZATION = "sso"
SAML_IDP_METADATA = env.url_or_path("SAML_IDP_METADATA")
SAML_SP_ENTITY_ID = env.text("SAML_SP_ENTITY_ID", f"{SITE_URL}/accounts/saml/{SAML_ORGANIZATION}/metadata/")
SAML_ATTRIBUTE_EMAIL = env.text("SAML_ATTRIBUTE_EMAIL", "email")
# Several are joined with a blank: "LastName,FirstName"
SAML_ATTRIBUTE_NAME = env.strings("SAML_ATTRIBUTE_NAME", "name")
SAML_ATTRIBUTE_GROUPS = env.text("SAML_ATTRIBUTE_GROUPS", "memberOf")
SAML_WANT_RESPONSE_SIGNED = env.boolean("SAML_WANT_RESPONSE_SIGNED", default=False)
SAML_ALLOW_IDP_INITIATED = env.boolean("SAML_ALLOW_IDP_INITIATED", default=False)
OUTBOUND_ALLOW_PRIVATE = env.boolean("OUTBOUND_ALLOW_PRIVATE", default=SANDBOX)
ROLE_GROUPS = {
    "employee": frozenset(env.group_ids("ROLE_EMPLOYEE_GROUPS")),
    "helpdesk": frozenset(env.group_ids("ROLE_HELPDESK_GROUPS")),
    "auditor": frozenset(env.group_ids("ROLE_AUDITOR_GROUPS")),
    "admin": frozenset(env.group_ids("ROLE_ADMIN_GROUPS")),
}

SESSION_HOURS = env.integer("SESSION_HOURS", 10, low=1, high=24)
# An API token rests until its owner signs in again: what they may do is known from their last sign-in.
API_TOKEN_SIGN_IN_DAYS = env.integer("API_TOKEN_SIGN_IN_DAYS", 30, low=1, high=365)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Lax, not Strict: a person who follows a link from the wiki to the portal is still signed in.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = HTTPS
# Browsers take a __Host- cookie only over https, from this very host, and for all of its paths.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
# Nothing but the portal's own forms needs it.
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 86400

# An endpoint whose calls all hang costs 40 seconds: five of them, AWS's quota for a region, and the account's other
# calls still fit into a task's time limit, and the account's failures are recorded.
AWS_CONNECT_SECONDS = 5.0
AWS_READ_SECONDS = 10.0
AWS_ATTEMPTS = 4
# AWS: which accounts and regions, and which endpoints in them. Credentials come through boto3's own chain.
AWS_REGION = env.text("AWS_REGION", "ap-northeast-1")
VPN_ACCOUNTS = env.parsed_json("VPN_ACCOUNTS", "[]", list)
VPN_ENDPOINT_TAG = env.text("VPN_ENDPOINT_TAG", "genkan:managed=true")
# DynamoDB tables that client connect handlers read, by account; empty: blocked people can't be refused this way
VPN_DENY_LIST_TABLE = env.text_by_name("VPN_DENY_LIST_TABLE")
# The Cedar condition that is true for {username}; empty: authorization policies are left alone
VPN_POLICY_FORBID_WHEN = env.text("VPN_POLICY_FORBID_WHEN", "")
# Fixed addresses that AWS can't tell, because they are behind a transit gateway or a firewall: by endpoint id
VPN_DECLARED_EGRESS = env.addresses_by_name("VPN_DECLARED_EGRESS")
# How many people one operation may disconnect or block
OPERATION_MAX_PEOPLE = env.integer("OPERATION_MAX_PEOPLE", 50, low=1, high=100_000)
OFFICE_NETWORKS = env.named_networks("OFFICE_NETWORKS")
# What English pages call an office that has a Japanese name
OFFICE_NAMES_EN = env.text_by_name("OFFICE_NAMES_EN")
# What AWS charges for Client VPN, by region, where it differs from vpn/operation_plans/costs.py
OPERATION_PRICES = env.parsed_json("OPERATION_PRICES", "{}", dict)
# What else AWS is asked for; each needs permissions of its own
VPN_SOURCES = env.choices(
    "VPN_SOURCES",
    (
        *("certificates", "directory", "policies", "connect-handler", "cloudtrail", "metrics"),
        *("transit-gateways", "quotas", "prices", "tunnels", "health"),
    ),
)
# Quotas by account (or * for all), where they are known to differ from what AWS tells
VPN_QUOTAS = env.parsed_json("VPN_QUOTAS", "{}", dict)
# The SQS queue into which EventBridge puts events of AWS Health; empty: none is read
AWS_HEALTH_QUEUE = env.parsed_json("AWS_HEALTH_QUEUE", "{}", dict)
# The bucket in which a copy of the status page is kept for the day on which the portal is down; empty: there is none
STATUS_COPY = env.parsed_json("STATUS_COPY", "{}", dict)
# IAM Identity Center's directory, most often in the organization's management account; empty: it isn't asked
IDENTITY_STORE = env.parsed_json("IDENTITY_STORE", "{}", dict)
# Names of groups by their ids, for a directory that can't be asked
GROUP_NAMES = env.csv_names("GROUP_NAMES")
SNAPSHOT_SECONDS = env.integer("SNAPSHOT_SECONDS", 60, low=5, high=3600)
# What CloudWatch Logs Insights costs for a GB that it reads, in words; empty: not said
LOG_QUERY_PRICE = env.text("LOG_QUERY_PRICE", "")
LOG_RETENTION_DAYS = env.integer("LOG_RETENTION_DAYS", 400, low=1, high=3650)
SEARCH_SECONDS = env.integer("SEARCH_SECONDS", 10, low=1, high=300)
# A second administrator must approve what disconnects people or takes something away
OPERATIONS_REQUIRE_APPROVAL = env.boolean("OPERATIONS_REQUIRE_APPROVAL", default=False)
# For an account and region; AWS allows 10, in us-east-1 25, in some regions 5, to all who read logs there together
LOG_REQUESTS_PER_SECOND = env.integer("LOG_REQUESTS_PER_SECOND", 4, low=1, high=25)
# Where one browser can be seen once by IPv4 only and once by IPv6 only; both or neither
EGRESS_IPV4_URL = env.origin("EGRESS_IPV4_URL", "")
EGRESS_IPV6_URL = env.origin("EGRESS_IPV6_URL", "")

# Whether everybody may read the published fixed addresses; else an API token is needed, or a session
ALLOWLIST_PUBLIC = env.boolean("ALLOWLIST_PUBLIC", default=True)

# Whom operations and findings are told: a webhook that takes Slack's JSON, and e-mail addresses
NOTIFY_WEBHOOK_URL = env.url_or_path("NOTIFY_WEBHOOK_URL", "")
NOTIFY_EMAILS = env.strings("NOTIFY_EMAILS")
EMAIL = env.mail_server("EMAIL_URL")
EMAIL_HOST, EMAIL_PORT = EMAIL.host, EMAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.user, EMAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.starttls, EMAIL.tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"genkan@{urlsplit(SITE_URL).hostname}")

# Browser safety
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        # The connection check asks these hosts from the browser.
        "connect-src": [SELF, *(url for url in (EGRESS_IPV4_URL, EGRESS_IPV6_URL) if url)],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# The proxy in front speaks TLS and redirects; SITE_URL, not a header, says which scheme people use.
SECURE_SSL_REDIRECT = False
# W002: frame-ancestors does what X-Frame-Options would. W008: the proxy redirects to https.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W008"]
# The longest text that somebody sends is a revocation list of 20,000 entries; the proxy has the same limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

# Languages and times
USE_I18N = True
USE_TZ = True
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LANGUAGE_CODE = env.text("LANGUAGE_CODE", "ja")
TIME_ZONE = env.text("TIME_ZONE", "Asia/Tokyo")
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "portal.formats"

# Files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.files.StaticFiles"},
}
WHITENOISE_USE_FINDERS = DEBUG

LOGGING = logging_config(debug=DEBUG)

CELERY_BEAT_SCHEDULE = beat_schedule(snapshot_seconds=SNAPSHOT_SECONDS)
