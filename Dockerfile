# Builds a static binary and puts it, alone, into an empty image.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /pharmacy ./cmd/pharmacy

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /pharmacy /pharmacy
USER 65534:65534
EXPOSE 8080
ENTRYPOINT ["/pharmacy"]
CMD ["serve"]
