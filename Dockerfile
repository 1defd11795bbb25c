# The portal's image: web, worker, beat and the one-shot commands, told apart by the command. docs/deploy.md
FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# Only for compilemessages, and only in this stage; any version will do.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gettext \
    && rm -rf /var/lib/apt/lists/*

# Without pip, which would be in the image with it: the one outside installs into it.
RUN python -m venv --without-pip /opt/venv
ENV PATH=/opt/venv/bin:$PATH

COPY requirements.txt /tmp/requirements.txt
# Wheels only: there is no compiler here, and none is needed. Only files whose hashes are in the list.
RUN pip --python /opt/venv/bin/python install --only-binary :all: --require-hashes --requirement /tmp/requirements.txt

WORKDIR /app
COPY manage.py gunicorn.conf.py ./
COPY portal ./portal
COPY vpn ./vpn
COPY templates ./templates
COPY locale ./locale

# The processes run as somebody else than who owns these files, so a checkout's umask must not decide who can read them.
# None of the values is used for anything but being there; none stays in the image.
RUN export SECRET_KEY=build SITE_URL=https://build.invalid SAML_IDP_METADATA=/build \
        DATABASE_URL=postgresql://build@build.invalid/build REDIS_URL=redis://build.invalid/0 \
    && python manage.py compilemessages --verbosity 0 \
    && python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q manage.py portal vpn \
    && chmod -R a+rX .


# What all of the images have in common: no compiler, no build's leftovers, and no user who may do anything.
FROM python:3.11-slim-bookworm AS base

ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

# Beat's own notes are the only thing that any of the processes writes; a volume may be mounted there.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin genkan \
    && install --directory --owner genkan --mode 0700 /var/lib/genkan

COPY --from=build /app /app
WORKDIR /app
USER 10001


# The world that a laptop can't reach, for docker compose's profile "sandbox". It is in no other image.
FROM build AS sandbox-packages

COPY requirements-sandbox.txt /tmp/requirements-sandbox.txt
RUN pip --python /opt/venv/bin/python install --only-binary :all: --require-hashes \
        --requirement /tmp/requirements-sandbox.txt
COPY sandbox ./sandbox
RUN chmod -R a+rX sandbox


FROM base AS sandbox

COPY --from=sandbox-packages /opt/venv /opt/venv
COPY --from=sandbox-packages /app/sandbox ./sandbox


# The last one, and so the one that a build without a target makes.
FROM base AS portal

COPY --from=build /opt/venv /opt/venv

EXPOSE 8000

# The web process only: worker and beat have no port.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import http.client, sys; web = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); web.request('GET', '/healthz'); sys.exit(web.getresponse().status != 200)"]

# gunicorn.conf.py says how; WEB_CONCURRENCY is the number of processes (1 if it isn't set).
CMD ["gunicorn", "portal.wsgi"]
