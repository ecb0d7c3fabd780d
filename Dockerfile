# One image for the API, the worker and the commands: `docker build -t kroniek .`

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/kroniek
WORKDIR /build
COPY requirements.lock ./
RUN /opt/kroniek/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY application application
COPY infrastructure infrastructure
COPY interfaces interfaces
COPY migrations migrations
RUN /opt/kroniek/bin/pip install --no-deps --no-build-isolation . \
    && /opt/kroniek/bin/python -m compileall -q /opt/kroniek/lib

FROM python:3.13-slim
COPY --from=build /opt/kroniek /opt/kroniek
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin kroniek
ENV PATH=/opt/kroniek/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 KRONIEK_LOG_FORMAT=json
WORKDIR /srv
USER 10001
EXPOSE 8000
# Of the API. compose.yaml says what holds for the other parts.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["uvicorn", "--factory", "interfaces.api.app:create_app", "--host", "0.0.0.0", "--port", "8000", "--http", "interfaces.api.wire:GuardedHttp", "--no-access-log"]
