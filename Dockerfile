# ConvScope in a container. CPU by default; on a machine with an NVIDIA GPU:
#   docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130 .
# The base is python:3.11-slim-bookworm with Python 3.11.16, all architectures, as of 2026-09-21. To take a newer one:
#   docker buildx imagetools inspect python:3.11-slim-bookworm
ARG BASE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

# The wheel, with the front end and the translations built in. Node stays behind in this stage.
FROM ${BASE} AS wheel
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY requirements/build.txt requirements/
RUN pip install --no-deps --require-hashes -r requirements/build.txt
COPY package.json package-lock.json .npmrc pyproject.toml hatch_build.py README.md LICENSE ./
COPY app app
COPY templates templates
COPY static static
COPY models models
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

# What ConvScope runs on: locked with hashes, except torch and torchvision, which are locked by version since their CPU
# and CUDA builds differ. If TORCH_INDEX does not answer, they come from the default index (`default` asks for it).
FROM ${BASE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /packages
COPY requirements/runtime.txt requirements/
RUN pip install --no-deps --require-hashes -r requirements/runtime.txt
COPY requirements/torch.txt requirements/
COPY scripts/install_torch.py scripts/
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN TORCH_INDEX=${TORCH_INDEX} python scripts/install_torch.py

FROM packages
# Copied, not mounted: a mount is no part of a cached layer's key, and an older wheel would stay installed.
COPY --from=wheel /wheels /wheels
RUN pip install --no-deps /wheels/*.whl
WORKDIR /
# No account of the image: any numeric user will do. All that is written goes to /tmp; training runs may be kept in /runs.
RUN mkdir -m 1777 /runs
USER 10001:10001
# 384 MiB of pictures: less than the 512 MiB that compose.yaml gives /tmp.
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 CONVSCOPE_PICTURE_STORE_BYTES=402653184
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["convscope", "serve", "--host", "0.0.0.0", "--port", "8000"]
