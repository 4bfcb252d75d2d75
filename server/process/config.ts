import type { AuthMethod, Settings } from '@stagewire/shared';
import { z } from 'zod';
import { sizeToKeep, timeToKeep } from './unit-settings.ts';
import { ConfigError } from './config-error.ts';
import type { EnvFile } from './dot-env.ts';
import type { Environment } from './environment.ts';
import { admittedByFile } from './admitted-by-file.ts';
import { authMethods, flag, listenHost, ownerName, publicUrl, reachProblems } from './auth-settings.ts';
import { basePath, basePathProblems } from './base-path.ts';
import { clientVariables } from './client-variables.ts';
import { databaseVariables, logChoice } from './database-settings.ts';
import { effortProblems, effortVariables, settingsOf } from './effort-settings.ts';
import { databaseSecrets, proxySecrets } from './environment-secrets.ts';
import { jwtProblems, jwtSettingsOf, jwtVariables } from './jwt-settings.ts';
import { leakProblems, problemOf } from './leak-problems.ts';
import { logVariables, type AccessLogMode, type LogLevel } from './log-settings.ts';
import { loadOf, loadVariables, type LoadConfig } from './load-settings.ts';
import { misplacedKeys } from './key-places.ts';
import { readHosts, readOrigins } from './page-settings.ts';
import { readPrices } from './prices-file.ts';
import { proxyOf, proxyProblems, sessionVariables } from './session-settings.ts';
import { limitProblems } from './limit-settings.ts';
import { metricsOf, metricsVariables, type MetricsConfig } from './metrics-settings.ts';
import { traceProblems, tracesOf, traceVariables, type TraceSettings } from './trace-settings.ts';
import { shownValue } from './shown-value.ts';
import { roles } from '../pipeline/roles.ts';
import type { JwtSettings } from '../identity/jwt/jwt-settings.ts';
import type { ConfiguredModels } from '../providers/choose-model.ts';
import { parseModelRef } from '../providers/model-ref.ts';
import type { PostgresSettings } from '../cluster/postgres/open-postgres.ts';
import type { PriceList } from '../providers/price-list.ts';
import type { ProxySettings } from '../identity/authentication.ts';
import type { ProviderSettings } from '../providers/provider-settings.ts';
import { findModelProblem } from '../providers/registry.ts';
import { baseUrl, headers, key, plainBaseUrl, providersOf } from './provider-variables.ts';

/** The configuration of a server. */
export interface Config extends MetricsConfig, LoadConfig {
  /** An address, or `localhost`. Not a loopback address only with authentication. */
  readonly host: string;
  /** How callers authenticate. Empty: every caller is the one local user. */
  readonly auth: readonly AuthMethod[];
  /** With the method `jwt`. */
  readonly jwt?: JwtSettings;
  /** The owner whose callers see the runs from before authentication as well, those of `local`. @default none */
  readonly localOwner?: string;
  /** The address at which clients reach the server, without a slash at its end. @default that at which it listens */
  readonly publicUrl?: string;
  /** The path below which everything is served, without a slash at its end; empty for the root. */
  readonly basePath?: string;
  /** How long a session of the console lasts, in milliseconds. */
  readonly sessionMs: number;
  /** The proxies in front of the server. @default none */
  readonly proxy?: ProxySettings;
  /** 0: any free port. */
  readonly port: number;
  /** As configured: relative to the working directory. */
  readonly dataDir: string;
  /** Where runs are stored: in a database in `dataDir`, in PostgreSQL, or in memory until the server stops. */
  readonly log: 'sqlite' | 'memory' | 'postgres';
  /** With `log: 'postgres'`. */
  readonly postgres?: PostgresSettings;
  /** `full`: every commit waits for the disk, so that a power failure loses nothing either. */
  readonly sync: 'normal' | 'full';
  /** How long a run is kept after its end; Infinity for no limit. */
  readonly keepRunsForMs: number;
  /** Log size in bytes above which the oldest ended runs are removed early; Infinity for no limit. */
  readonly keepBytes: number;
  /** Deadline of the drain. */
  readonly drainMs: number;
  readonly heartbeatMs: number;
  /** Origins of web pages that may connect, in addition to the server's own. */
  readonly origins: readonly string[];
  /** Host names of the server behind a proxy, in addition to loopback: `host` or `host:port`. */
  readonly hosts: readonly string[];
  /** Lines for the operator about settings that a file has made. @default none */
  readonly notes?: readonly string[];
  readonly models: ConfiguredModels;
  /** Reasoning effort by role, where set. */
  readonly settings: Settings;
  readonly providers: ProviderSettings;
  /** Messages below it are not logged. @default warn */
  readonly logLevel?: LogLevel;
  /** Which requests and calls are logged. @default off */
  readonly accessLog?: AccessLogMode;
  /** Where traces are exported to. @default nowhere */
  readonly traces?: TraceSettings;
  /** @default none: all costs are unknown */
  readonly prices?: PriceList;
  /** Secrets to redact in addition to those in `providers`. @default none */
  readonly secrets?: readonly string[];
}

const port = wholeNumber(0, 65_535, 'a port from 1 to 65535, or 0 for any free port');
const drain = wholeNumber(100, 600_000, 'a number of milliseconds from 100 to 600000');
const heartbeat = wholeNumber(50, 60_000, 'a number of milliseconds from 50 to 60000');
const firstByte = wholeNumber(1000, 86_400_000, 'a number of milliseconds from 1000 to 86400000');
const maxOutputTokens = wholeNumber(1, 10_000_000, 'a number of tokens from 1 to 10000000');
const modelRef = z.string().superRefine((value, context) => {
  const problem = problemOf(() => parseModelRef(value));
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

export type { Environment };

/** Every variable and its parser. An empty value counts as unset. */
const Variables = z.object({
  STAGEWIRE_HOST: listenHost.default('127.0.0.1'),
  STAGEWIRE_PORT: port.default(4600),
  STAGEWIRE_AUTH: authMethods.default([]),
  STAGEWIRE_LOCAL_OWNER: ownerName.optional(),
  STAGEWIRE_PUBLIC_URL: publicUrl.optional(),
  STAGEWIRE_BASE_PATH: basePath.optional(),
  STAGEWIRE_ALLOW_PLAINTEXT: flag.optional(),
  ...jwtVariables,
  ...sessionVariables,
  STAGEWIRE_DATA_DIR: z.string().default('./data'),
  ...databaseVariables,
  ...metricsVariables,
  ...traceVariables,
  ...logVariables,
  STAGEWIRE_SYNC: z.enum(['normal', 'full'], 'must be normal or full').default('normal'),
  STAGEWIRE_KEEP_RUNS_FOR: timeToKeep.default(30 * 24 * 60 * 60 * 1000),
  STAGEWIRE_KEEP_BYTES: sizeToKeep.default(5_000_000_000),
  STAGEWIRE_DRAIN_MS: drain.optional(),
  STAGEWIRE_HEARTBEAT_MS: heartbeat.default(1000),
  STAGEWIRE_ORIGINS: z.string().default('').transform(readOrigins),
  STAGEWIRE_HOSTS: z.string().default('').transform(readHosts),
  STAGEWIRE_MODEL: modelRef.optional(),
  STAGEWIRE_PRICES: z.string().optional(),
  ...loadVariables,
  ANTHROPIC_API_KEY: key.optional(),
  ANTHROPIC_BASE_URL: plainBaseUrl.default('https://api.anthropic.com'),
  ANTHROPIC_MAX_OUTPUT_TOKENS: maxOutputTokens.optional(),
  ANTHROPIC_FIRST_BYTE_MS: firstByte.default(120_000),
  OPENAI_API_KEY: key.optional(),
  OPENAI_BASE_URL: baseUrl.default('https://api.openai.com/v1'),
  OPENAI_MAX_OUTPUT_TOKENS: maxOutputTokens.optional(),
  OPENAI_FIRST_BYTE_MS: firstByte.default(120_000),
  OPENROUTER_API_KEY: key.optional(),
  OPENROUTER_BASE_URL: baseUrl.default('https://openrouter.ai/api/v1'),
  OPENROUTER_MAX_OUTPUT_TOKENS: maxOutputTokens.optional(),
  OPENROUTER_FIRST_BYTE_MS: firstByte.default(120_000),
  OLLAMA_BASE_URL: baseUrl.default('http://127.0.0.1:11434/v1'),
  OLLAMA_MAX_OUTPUT_TOKENS: maxOutputTokens.optional(),
  OLLAMA_FIRST_BYTE_MS: firstByte.default(600_000),
  COMPATIBLE_API_KEY: key.optional(),
  COMPATIBLE_BASE_URL: baseUrl.optional(),
  COMPATIBLE_HEADERS: headers.optional(),
  COMPATIBLE_MAX_OUTPUT_TOKENS: maxOutputTokens.optional(),
  COMPATIBLE_FIRST_BYTE_MS: firstByte.default(600_000),
});

type Values = z.output<typeof Variables>;

/** STAGEWIRE_MODEL_CODER and so on, with their roles. */
const roleVariables = new Map(roles.map(({ role }) => [`STAGEWIRE_MODEL_${role.toUpperCase()}`, role]));

/**
 * Reads the whole configuration.
 *
 * @param file The variables that came from a file.
 * @throws ConfigError with every problem: the variable, its value unless it is a key, and what is allowed.
 */
export function readConfig(env: Environment, file?: EnvFile): Config {
  const given = Object.fromEntries(
    Object.entries(env).flatMap(([name, value = '']) => (value.trim() === '' ? [] : [[name, value.trim()]])),
  );
  const unknown = unknownVariables(given);
  const parsed = Variables.safeParse(given);
  if (!parsed.success || unknown.length > 0) {
    throw new ConfigError([
      ...unknown,
      ...(parsed.error?.issues ?? []).map((issue) => sentence(issue, given)),
    ]);
  }

  const values = parsed.data;
  const providers = providersOf(values);
  const perRole = Object.fromEntries(
    [...roleVariables].flatMap(([name, role]) => (given[name] === undefined ? [] : [[role, given[name]]])),
  );
  const models = {
    ...(values.STAGEWIRE_MODEL === undefined ? {} : { default: values.STAGEWIRE_MODEL }),
    perRole,
  };
  const { STAGEWIRE_HOST: host, STAGEWIRE_AUTH: auth, STAGEWIRE_PUBLIC_URL: url } = values;
  const { STAGEWIRE_LOCAL_OWNER: localOwner } = values;
  const { prices, problems: priceProblems } = readPrices(values.STAGEWIRE_PRICES);
  const { log, postgres, problems: logProblems } = logChoice(values);
  const problems = [
    ...logProblems,
    ...reachProblems(values),
    ...basePathProblems(values),
    ...jwtProblems(values),
    ...proxyProblems(values),
    ...priceProblems,
    ...limitProblems(values),
    ...traceProblems(values),
    ...modelProblems(given, providers),
    ...effortProblems(given),
    ...keyWithoutServer(values),
    ...misplacedKeys(given, file),
    ...leakProblems(env, { providers, ollamaIsMeant: given['OLLAMA_BASE_URL'] !== undefined }),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const jwt = jwtSettingsOf(values);
  const secrets = [
    ...proxySecrets(given),
    ...databaseSecrets(postgres?.url ?? ''),
    ...(jwt?.client?.secret === undefined ? [] : [jwt.client.secret]),
    ...Object.values(tracesOf(values).traces?.headers ?? {}),
  ];
  const notes = admittedByFile(values, file);
  return {
    host,
    auth,
    ...(jwt === undefined ? {} : { jwt }),
    ...(localOwner === undefined ? {} : { localOwner }),
    ...(url === undefined ? {} : { publicUrl: url.href.replace(/\/$/, '') }),
    ...(values.STAGEWIRE_BASE_PATH === undefined ? {} : { basePath: values.STAGEWIRE_BASE_PATH }),
    sessionMs: values.STAGEWIRE_SESSION_MS,
    ...proxyOf(values),
    port: values.STAGEWIRE_PORT,
    ...metricsOf(values),
    ...tracesOf(values),
    logLevel: values.STAGEWIRE_LOG_LEVEL,
    accessLog: values.STAGEWIRE_ACCESS_LOG,
    dataDir: values.STAGEWIRE_DATA_DIR,
    log,
    ...(postgres === undefined ? {} : { postgres }),
    ...loadOf(values, prices?.currency),
    sync: values.STAGEWIRE_SYNC,
    keepRunsForMs: values.STAGEWIRE_KEEP_RUNS_FOR,
    keepBytes: values.STAGEWIRE_KEEP_BYTES,
    drainMs: values.STAGEWIRE_DRAIN_MS ?? (log === 'postgres' ? 30_000 : 5000),
    heartbeatMs: values.STAGEWIRE_HEARTBEAT_MS,
    origins: url === undefined ? values.STAGEWIRE_ORIGINS : [...values.STAGEWIRE_ORIGINS, url.origin],
    hosts: url === undefined ? values.STAGEWIRE_HOSTS : [...values.STAGEWIRE_HOSTS, url.host],
    ...(notes.length === 0 ? {} : { notes }),
    models,
    settings: settingsOf(given),
    providers,
    ...(prices === undefined ? {} : { prices }),
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

function wholeNumber(least: number, most: number, allowed: string) {
  return z
    .string()
    .regex(/^\d{1,9}$/, `must be ${allowed}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be ${allowed}`);
}

function unknownVariables(given: Environment): string[] {
  return Object.keys(given).flatMap((name) => {
    if (!name.startsWith('STAGEWIRE_') || Object.hasOwn(Variables.shape, name)) return [];
    if (roleVariables.has(name) || effortVariables.has(name) || clientVariables.includes(name)) return [];
    for (const variables of [roleVariables, effortVariables]) {
      const [some = ''] = variables.keys();
      if (name.startsWith(some.replace(/[A-Z]+$/, '')))
        return [`Unknown role in ${name}. Known: ${[...variables.keys()].join(', ')}.`];
    }
    const known = Object.keys(Variables.shape).filter((variable) => variable.startsWith('STAGEWIRE_'));
    return [
      `Unknown variable ${name}. Correct its name or unset it. Known: ${known.join(', ')}, STAGEWIRE_MODEL_<ROLE>, STAGEWIRE_EFFORT_<ROLE>.`,
    ];
  });
}

function sentence(issue: z.core.$ZodIssue, given: Environment): string {
  const name = String(issue.path[0]);
  const value = given[name] ?? '';
  // The value may be secret.
  if (/_(?:API_KEY|HEADERS|SECRET|DATABASE_URL)$/.test(name)) return `${name} ${issue.message}.`;
  // A problem with a model is a complete sentence with the value in it.
  if (name.startsWith('STAGEWIRE_MODEL'))
    return `${name}: ${issue.message.replaceAll(value, shownValue(value))}`;
  return `${name} ${issue.message}; got "${shownValue(issue.code === 'custom' ? gotValue(issue, value) : value)}".`;
}

/** The entry of a list that is wrong; the whole value otherwise. */
function gotValue({ params }: z.core.$ZodIssueCustom, value: string): string {
  return typeof params?.['wrong'] === 'string' ? params['wrong'] : value;
}

/** Validates the models of roles: none may belong to a provider that is not configured. */
function modelProblems(given: Environment, providers: ProviderSettings): string[] {
  return ['STAGEWIRE_MODEL', ...roleVariables.keys()].flatMap((name) => {
    const value = given[name];
    const problem = value === undefined ? undefined : findModelProblem(value, providers);
    if (value === undefined || problem === undefined) return [];
    return [`${name}: ${problem.replaceAll(value, shownValue(value))}`];
  });
}

function keyWithoutServer(values: Values): string[] {
  if (values.COMPATIBLE_BASE_URL !== undefined) return [];
  const set = (['COMPATIBLE_API_KEY', 'COMPATIBLE_HEADERS'] as const).filter(
    (name) => values[name] !== undefined,
  );
  return set.map(
    (name) =>
      `${name} is set without COMPATIBLE_BASE_URL. Set COMPATIBLE_BASE_URL to the base URL of the server ` +
      `that the ${name === 'COMPATIBLE_API_KEY' ? 'key is' : 'headers are'} for.`,
  );
}
