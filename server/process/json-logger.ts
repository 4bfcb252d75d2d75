import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Logger } from '../runtime/logger.ts';

export interface JsonLoggerOptions {
  readonly destination: DestinationStream;
  /** Redacts secrets in a line of JSON. @default nothing */
  readonly redact?: (line: string) => string;
}

/** Logs warnings and errors as lines of JSON; an `error` with its stack, causes and properties. */
export function createJsonLogger(options: JsonLoggerOptions): Logger {
  const { destination, redact = (line) => line } = options;
  const log = pino(
    {
      level: 'warn',
      // Otherwise pino writes an error like any object: as `{}`.
      serializers: { error: pino.stdSerializers.err },
      hooks: { streamWrite: redact },
    },
    destination,
  );
  return {
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}
