# One image for every part of minyi; the command says which part a container is.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    MINYI_HOME=/data \
    PREFECT_HOME=/data/prefect \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1

RUN useradd --system --uid 10001 --home-dir /data minyi && install -d -o minyi -g minyi /data
WORKDIR /app

# the pinned libraries first: this layer changes only with the lock
COPY requirements.lock ./
RUN pip install --no-deps --require-hashes -r requirements.lock

COPY . .
RUN pip install --no-deps -e .

USER minyi
VOLUME /data
ENTRYPOINT ["minyi"]
CMD ["--help"]
