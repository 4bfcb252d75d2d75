import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { PostgresSettings } from '../cluster/postgres/open-postgres.ts';

/** Variables of the log, and of a database that several nodes share. */
export const databaseVariables = {
  STAGEWIRE_LOG: z.enum(['sqlite', 'memory', 'postgres'], 'must be sqlite, memory or postgres').optional(),
  /** Never shown, since it has a password. */
  STAGEWIRE_DATABASE_URL: z.string().refine(isDatabaseUrl, urlProblem()).optional(),
  STAGEWIRE_DATABASE_URL_FILE: z.string().optional(),
  /** A name that needs no quotes, and that PostgreSQL does not reserve. */
  STAGEWIRE_DATABASE_SCHEMA: z
    .string()
    .regex(
      /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/,
      'must be a name of lower-case letters, digits and underscores that does not begin with pg_',
    )
    .default('stagewire'),
  STAGEWIRE_DATABASE_POOL: between(1, 100, 'connections').default(4),
  STAGEWIRE_DATABASE_NOTIFY: z.enum(['ship', 'poke'], 'must be ship or poke').default('ship'),
  STAGEWIRE_NODE_NAME: z
    .string()
    .regex(/^[\w.-]{1,60}$/, 'must be a name of at most 60 letters, digits, dots, hyphens and underscores')
    .optional(),
  STAGEWIRE_LEASE_MS: between(3000, 60_000, 'milliseconds').default(10_000),
  STAGEWIRE_LOG_PATIENCE_MS: between(0, 600_000, 'milliseconds').default(10_000),
  STAGEWIRE_MAX_RUNNING: between(1, 100_000, 'runs').default(1000),
};

function between(least: number, most: number, unit: string) {
  const allowed = `must be a number of ${unit} from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, allowed)
    .transform(Number)
    .refine((value) => value >= least && value <= most, allowed);
}

interface DatabaseValues {
  readonly STAGEWIRE_LOG?: 'sqlite' | 'memory' | 'postgres' | undefined;
  readonly STAGEWIRE_DATABASE_URL?: string | undefined;
  readonly STAGEWIRE_DATABASE_URL_FILE?: string | undefined;
  readonly STAGEWIRE_DATABASE_SCHEMA: string;
  readonly STAGEWIRE_DATABASE_POOL: number;
  readonly STAGEWIRE_DATABASE_NOTIFY: 'ship' | 'poke';
  readonly STAGEWIRE_NODE_NAME?: string | undefined;
  readonly STAGEWIRE_LEASE_MS: number;
  readonly STAGEWIRE_LOG_PATIENCE_MS: number;
}

/** Which log is configured, and the database of a log in PostgreSQL. */
export interface LogChoice {
  readonly log: 'sqlite' | 'memory' | 'postgres';
  readonly postgres?: PostgresSettings;
  /** Sentences. */
  readonly problems: readonly string[];
}

/** A database implies the log in it. */
export function logChoice(values: DatabaseValues): LogChoice {
  const { STAGEWIRE_LOG: named, STAGEWIRE_DATABASE_URL_FILE: path } = values;
  const { url, problem } = urlOf(values);
  if (problem !== undefined) return { log: 'postgres', problems: [problem] };
  if (url === undefined) {
    if (named !== 'postgres') return { log: named ?? 'sqlite', problems: [] };
    return {
      log: named,
      problems: ['STAGEWIRE_LOG is postgres without a database. Set STAGEWIRE_DATABASE_URL.'],
    };
  }
  if (named !== undefined && named !== 'postgres') {
    const variable = path === undefined ? 'STAGEWIRE_DATABASE_URL' : 'STAGEWIRE_DATABASE_URL_FILE';
    return {
      log: named,
      problems: [`${variable} is set, but STAGEWIRE_LOG is ${named}. Unset one of them.`],
    };
  }
  return {
    log: 'postgres',
    postgres: {
      url,
      schema: values.STAGEWIRE_DATABASE_SCHEMA,
      poolSize: values.STAGEWIRE_DATABASE_POOL,
      notify: values.STAGEWIRE_DATABASE_NOTIFY,
      nodeName: values.STAGEWIRE_NODE_NAME ?? hostname(),
      leaseMs: values.STAGEWIRE_LEASE_MS,
      patienceMs: values.STAGEWIRE_LOG_PATIENCE_MS,
    },
    problems: [],
  };
}

/** The URL itself or the content of the file that has it, as container platforms provide secrets. */
function urlOf(values: DatabaseValues): { readonly url?: string; readonly problem?: string } {
  const { STAGEWIRE_DATABASE_URL: url, STAGEWIRE_DATABASE_URL_FILE: path } = values;
  if (path === undefined) return url === undefined ? {} : { url };
  if (url !== undefined) {
    return {
      problem: 'STAGEWIRE_DATABASE_URL and STAGEWIRE_DATABASE_URL_FILE are both set. Unset one of them.',
    };
  }
  try {
    const content = readFileSync(path, 'utf8').trim();
    return isDatabaseUrl(content)
      ? { url: content }
      : { problem: `The file of STAGEWIRE_DATABASE_URL_FILE ${urlProblem()}.` };
  } catch {
    return {
      problem:
        'STAGEWIRE_DATABASE_URL_FILE cannot be read. Correct the path, or the permissions of the file.',
    };
  }
}

function isDatabaseUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^postgres(?:ql)?:$/.test(url.protocol) && url.hostname !== '';
}

function urlProblem(): string {
  return 'must be a URL such as postgres://user:password@host:5432/database';
}
