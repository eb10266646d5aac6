# One image for every service of compose.yaml; the command says which.
FROM python:3.12-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /app

# The dependencies change seldom: a layer of their own. Hashes are checked, and nothing is built from source.
COPY requirements/app.txt requirements/app.txt
RUN pip install --require-hashes --only-binary :all: --requirement requirements/app.txt

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
RUN pip install --no-deps --no-build-isolation . \
    && rm -rf analysis answers build catalog collectors dashboard migrations storage uptake *.egg-info
COPY .streamlit/config.toml .streamlit/config.toml

# Nobody's account: owns the data directory, and may write nowhere else.
RUN groupadd --system --gid 10001 uptake \
    && useradd --system --uid 10001 --gid uptake --home-dir /data --shell /usr/sbin/nologin uptake \
    && install --directory --owner=uptake --group=uptake --mode=0700 /data
USER 10001:10001
ENV HOME=/data \
    UPTAKE_ADDRESS=0.0.0.0 \
    UPTAKE_DATA_DIR=/data
VOLUME ["/data"]
EXPOSE 8501
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]

ENTRYPOINT ["uptake"]
CMD ["up"]
