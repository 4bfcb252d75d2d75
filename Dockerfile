# An image of the server with its console and command line. docs/OPERATIONS.md#containers describes its use.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci
RUN npm run pack command
RUN npm install --global --prefix /out ./dist/stagewire-*.tgz

FROM node:24-bookworm-slim
COPY --from=build /out /usr/local
# Without PostgreSQL the log is here, and it needs a volume.
RUN install -d -o node -g node -m 700 /data
ENV NODE_ENV=production \
    STAGEWIRE_HOST=0.0.0.0 \
    STAGEWIRE_PORT=4600 \
    STAGEWIRE_DATA_DIR=/data \
    STAGEWIRE_AUTH=keys
USER node
WORKDIR /home/node
VOLUME /data
EXPOSE 4600
STOPSIGNAL SIGTERM
# A start may wait 30 seconds for its database.
HEALTHCHECK --interval=10s --timeout=3s --start-period=45s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4600/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["stagewire", "serve"]
