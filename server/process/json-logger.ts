import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Logger } from '../runtime/logger.ts';

export interface JsonLoggerOptions {
  readonly destination: DestinationStream;
  /** What takes secrets out of a line, as JSON. @default nothing */
  readonly redact?: (line: string) => string;
}

/** Warnings and errors, as lines of JSON; of an `error` its stack, its causes and its properties. */
export function createJsonLogger(options: JsonLoggerOptions): Logger {
  const { destination, redact = (line) => line } = options;
  const log = pino(
    {
      level: 'warn',
      // Without it pino writes an error as any object: as `{}`.
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
