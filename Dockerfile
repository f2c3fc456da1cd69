# syntax=docker/dockerfile:1
# The program without a window, on an image without a shell. Pin the images by digest where you build it.
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends nasm=2.16.01-1 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --no-default-features && cp target/release/hardcase /hardcase
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /hardcase /usr/local/bin/hardcase
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/hardcase"]
