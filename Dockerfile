# The portal's image: web, worker, beat and the one-shot commands, told apart by the command. docs/deploy.md
FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# Only for compilemessages, and only in this stage; any version will do.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gettext \
    && rm -rf /var/lib/apt/lists/*

RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH

COPY requirements.txt /tmp/requirements.txt
# Wheels only: there is no compiler here, and none is needed.
RUN pip install --only-binary :all: --requirement /tmp/requirements.txt

WORKDIR /app
COPY manage.py ./
COPY portal ./portal
COPY vpn ./vpn
COPY templates ./templates
COPY locale ./locale

# None of these values is used for anything but being there; none stays in the image.
RUN export SECRET_KEY=build SITE_URL=https://build.invalid SAML_IDP_METADATA=/build \
        DATABASE_URL=postgresql://build@build.invalid/build REDIS_URL=redis://build.invalid/0 \
    && python manage.py compilemessages --verbosity 0 \
    && python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q manage.py portal vpn


FROM python:3.11-slim-bookworm

ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

# Beat's own notes are the only thing that any of the processes writes; a volume may be mounted there.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin genkan \
    && install --directory --owner genkan --mode 0700 /var/lib/genkan

COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001

EXPOSE 8000

# The web process only: worker and beat have no port.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import http.client, sys; web = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); web.request('GET', '/healthz'); sys.exit(web.getresponse().status != 200)"]

# The number of processes is WEB_CONCURRENCY, which gunicorn reads itself (1 if it isn't set).
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
