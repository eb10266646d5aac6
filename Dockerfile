# One image for every service of compose.yaml; the command says which.

# Built here, so that the image has neither pip's leavings nor what only tests and builds need.
FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /app/venv
WORKDIR /source

# The dependencies change seldom: a layer of their own. Hashes are checked, and nothing is built from source.
COPY requirements/app.txt requirements/app.txt
RUN pip --python /app/venv install --no-compile --require-hashes --only-binary :all: --requirement requirements/app.txt

# Installed as a package, not copied beside it: what runs here is what the project file lists.
COPY pyproject.toml README.md LICENSE ./
COPY analysis/ analysis/
COPY answers/ answers/
COPY catalog/ catalog/
COPY collectors/ collectors/
COPY dashboard/ dashboard/
COPY migrations/ migrations/
COPY storage/ storage/
COPY uptake/ uptake/
RUN pip --python /app/venv install --no-compile --no-deps --no-build-isolation --target /app/uptake .
COPY containers/trim containers/import_check.py containers/
RUN sh containers/trim /app/venv \
    && PYTHONPATH=/app/uptake /app/venv/bin/python -B -P containers/import_check.py /app/uptake \
    && /app/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app

FROM python:3.12-slim-bookworm
# Nobody's account: owns the data directory, and may write nowhere else.
RUN groupadd --system --gid 10001 uptake \
    && useradd --system --uid 10001 --gid uptake --home-dir /data --shell /usr/sbin/nologin uptake \
    && install --directory --owner=uptake --group=uptake --mode=0700 /data
COPY --from=build /app/venv /app/venv
COPY --from=build /app/uptake /app/uptake
COPY containers/healthy /app/healthy
COPY .streamlit/config.toml /app/.streamlit/config.toml
WORKDIR /app
USER 10001:10001
ENV HOME=/data \
    PATH=/app/uptake/bin:/app/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONPATH=/app/uptake \
    PYTHONUNBUFFERED=1 \
    UPTAKE_ADDRESS=0.0.0.0 \
    UPTAKE_DATA_DIR=/data
EXPOSE 8501
STOPSIGNAL SIGTERM

# Without Python, whose start costs more than the answer.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bash", "/app/healthy"]

ENTRYPOINT ["uptake"]
CMD ["up"]
