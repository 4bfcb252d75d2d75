import { importCached } from '../../server/process/compile-cache.ts';
import { answerParent } from './process-messages.ts';

const { startApp } = await importCached(() => import('../../server/app.ts'));
const { readConfig } = await import('../../server/process/config.ts');
const { systemClock } = await import('../../server/runtime/clock.ts');
const { createJsonLogger } = await import('../../server/process/json-logger.ts');
const { createStandardError } = await import('../../server/process/standard-error.ts');
const { environmentSecrets } = await import('../../server/process/environment-secrets.ts');
const { createMergeWindow } = await import('../../server/delivery/merge-window.ts');

/** The whole server, as `npm start` puts it together, with its models at the bench's provider. */
const {
  BENCH_PROVIDER,
  BENCH_DATA,
  BENCH_PORT = '0',
  BENCH_HEARTBEAT = '1000',
  BENCH_LOG,
  BENCH_AUTH,
  BENCH_LIMITED,
  BENCH_TRACES,
  BENCH_ACCESS_LOG,
} = process.env;

/** Limits that are never reached: they are only counted. */
const limits =
  BENCH_LIMITED === 'true'
    ? Object.fromEntries(
        [
          'STAGEWIRE_OWNER_MAX_CONNECTIONS',
          'STAGEWIRE_OWNER_MAX_SUBSCRIPTIONS',
          'STAGEWIRE_OWNER_COMMANDS_PER_MINUTE',
          'STAGEWIRE_OWNER_STARTS_PER_MINUTE',
          'STAGEWIRE_OWNER_MAX_RUNNING',
          'STAGEWIRE_OWNER_MAX_QUEUED',
          'STAGEWIRE_OWNER_TOKENS_PER_DAY',
        ].map((name) => [name, '1000000000']),
      )
    : {};

const ownWindow = createMergeWindow({ clock: systemClock });
let fixedMs: number | null = null;

/** As of a server that is started by the command line. */
const logger = () =>
  createJsonLogger({
    destination: createStandardError(process, systemClock),
    redact: environmentSecrets(process.env).redact,
  });

const app = await startApp({
  ...(BENCH_ACCESS_LOG === undefined ? {} : { logger: logger() }),
  config: readConfig({
    STAGEWIRE_PORT: BENCH_PORT,
    STAGEWIRE_DATA_DIR: BENCH_DATA,
    STAGEWIRE_LOG: BENCH_LOG,
    STAGEWIRE_AUTH: BENCH_AUTH,
    STAGEWIRE_HEARTBEAT_MS: BENCH_HEARTBEAT,
    STAGEWIRE_MODEL: 'compatible/bench',
    COMPATIBLE_BASE_URL: BENCH_PROVIDER,
    OTEL_EXPORTER_OTLP_ENDPOINT: BENCH_TRACES,
    STAGEWIRE_ACCESS_LOG: BENCH_ACCESS_LOG,
    ...limits,
  }),
  mergeWindowMs: () => fixedMs ?? ownWindow(),
  // G10 begins with more text than the default allows in one attempt: less would be held back by the kernels alone.
  runs: { maxAttemptChars: 16_000_000 },
});

answerParent(Number(new URL(app.url).port), {
  stop: () => app.close(),
  window(windowMs) {
    fixedMs = windowMs;
  },
});
