# syntax=docker/dockerfile:1

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY gateway gateway
COPY sip sip
COPY bridge bridge
COPY interaction interaction
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/tieline ./cmd/tieline
# An empty directory to be owned by the user below: the data of the embedded NATS server.
RUN mkdir -p /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/tieline /tieline
COPY --from=build --chown=65532:65532 /out/data /var/lib/tieline
# The working directory: ./data of the configuration lies here. Keep it in a volume.
WORKDIR /var/lib/tieline
VOLUME /var/lib/tieline
USER 65532:65532
# SIP, 5061 with TLS; health and readiness are on 127.0.0.1:8080 inside, unless admin.listen says otherwise.
EXPOSE 5060/udp 5060/tcp 5061/tcp
# /readyz is 200 as long as the gateway takes calls.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
	CMD ["/tieline", "check", "-ready", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["/tieline"]
CMD ["run", "-c", "/etc/tieline/tieline.yaml"]
