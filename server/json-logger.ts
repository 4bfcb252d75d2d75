import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Logger } from './runtime/logger.ts';

/** Log lines that may wait for whoever reads them, in bytes. */
const maxUnwrittenBytes = 1_000_000;

export interface JsonLoggerOptions {
  /** @default the standard error */
  readonly destination?: DestinationStream;
  /** What takes secrets out of a line, as JSON. @default nothing */
  readonly redact?: (line: string) => string;
}

/** Warnings and errors, as lines of JSON; of an `error` its stack, its causes and its properties. */
export function createJsonLogger(options: JsonLoggerOptions = {}): Logger {
  const { destination = standardError(), redact = (line) => line } = options;
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

function standardError(): DestinationStream {
  // Asynchronous, since whoever reads a pipe may stop: the server would hang in its log. What is more than it may hold is
  // dropped, the oldest lines last.
  const stream = pino.destination({ fd: 2, sync: false, maxLength: maxUnwrittenBytes });
  // Whoever read it has gone: there is nobody to warn, and no reason to end.
  stream.on('error', () => undefined);
  return stream;
}
