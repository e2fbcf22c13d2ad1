# Footnote and its models in one image, without build tools and for a user of its own: docs/install.md.
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-pip
RUN python3 -m venv --without-pip /opt/footnote
WORKDIR /src
COPY constraints.txt ./
# The build of torch without CUDA, which would be gigabytes. It has an index of its own.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python3 -m pip --python /opt/footnote/bin/python install --no-cache-dir --constraint constraints.txt \
    --extra-index-url "$TORCH_INDEX" torch==2.13.0+cpu
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY seeds seeds
COPY index index
COPY rag rag
COPY eval eval
COPY ui ui
# [ocr], [local], [sources] or several, [ocr,sources].
ARG EXTRAS=
RUN python3 -m pip --python /opt/footnote/bin/python install --no-cache-dir --constraint constraints.txt ".$EXTRAS"

FROM debian:bookworm-slim
# More of Debian: libreoffice-nogui (old Office files, formulas), git (sources that are repositories).
ARG PACKAGES=
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 $PACKAGES \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin footnote \
    && install -d -o footnote -g footnote /documents /state /etc/footnote
COPY --from=build /opt/footnote /opt/footnote
# footnote.toml is read in /etc/footnote.
ENV PATH=/opt/footnote/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 FOOTNOTE_SEEDS=/documents FOOTNOTE_HOME=/state
WORKDIR /etc/footnote
USER footnote
VOLUME ["/documents", "/state"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
ENTRYPOINT ["footnote"]
CMD ["chat", "--host", "0.0.0.0", "--no-browser"]
