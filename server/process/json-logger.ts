import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import { logLevels, type LogLevel } from './log-settings.ts';
import type { Logger } from '../runtime/logger.ts';

export interface JsonLoggerOptions {
  readonly destination: DestinationStream;
  /** Messages below it are left out, except audit records and the access log. @default warn */
  readonly level?: LogLevel;
  /** Redacts secrets in a line of JSON. @default nothing */
  readonly redact?: (line: string) => string;
}

/** Logs messages as lines of JSON; an `error` with its stack, causes and properties. */
export function createJsonLogger(options: JsonLoggerOptions): Logger {
  const { destination, level = 'warn', redact = (line) => line } = options;
  const log = pino(
    {
      level: 'info',
      // Otherwise pino writes an error like any object: as `{}`.
      serializers: { error: pino.stdSerializers.err },
      hooks: { streamWrite: redact },
    },
    destination,
  );
  const isLogged = (one: LogLevel) => logLevels.indexOf(one) >= logLevels.indexOf(level);
  return {
    info(fields, message) {
      // Who has accessed what is not a matter of how much an operator wants to read.
      // The access log has a switch of its own.
      const isSwitched = fields['audit'] === true || fields['access'] === true;
      if (isLogged('info') || isSwitched) log.info(fields, message);
    },
    warn(fields, message) {
      if (isLogged('warn')) log.warn(fields, message);
    },
    error: (fields, message) => log.error(fields, message),
  };
}
