import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { AccessKey, CreateKeyInput } from '@stagewire/client';
import type { AuditActor } from '@stagewire/server/identity/audit-trail';
import { createKeyService, type KeyService } from '@stagewire/server/identity/keys/key-service';
import { createKeyText } from '@stagewire/server/identity/keys/key-text';
import { accessPathOf, AccessUnusable } from '@stagewire/server/identity/keys/open-access-database';
import type { CredentialStore } from '@stagewire/server/identity/keys/credential-store';
import { createSqliteCredentialStore } from '@stagewire/server/identity/keys/sqlite-credential-store';
import { LogUnavailable } from '@stagewire/server/log/event-log';
import { DatabaseUnusable } from '@stagewire/server/log/postgres/database-unusable';
import { databaseOf } from '@stagewire/server/process/database-of';
import { secretBytes } from '@stagewire/server/runtime/random';
import { CreateKeyInput as CreateKeySchema } from '@stagewire/shared/keys';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { jsonLine } from '../render/json-line.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { dataDirOf, hasDatabase } from '../terminal/find-server.ts';
import { createdText, keyLines } from './render-keys.ts';

export interface KeysOptions {
  /**
   * The server. @default STAGEWIRE_URL, otherwise the database of STAGEWIRE_DATABASE_URL, otherwise the data directory; both
   * are read and written directly
   */
  readonly url?: string;
  readonly json?: boolean;
}

export type CreateKeyOptions = KeysOptions & {
  readonly name: string;
  readonly owner?: string;
  readonly kind: 'user' | 'bot';
  readonly permissions?: CreateKeyInput['permissions'];
  /** In milliseconds from now; Infinity: never. */
  readonly expires: number;
};

/** `keys create`: standard output has only the key, so that a script can capture it. */
export async function commandCreateKey(context: CliContext, options: CreateKeyOptions): Promise<number> {
  const { screen, clock, env } = context;
  const { name, owner, kind, permissions, expires } = options;
  const { id, hash, text } = createKeyText(secretBytes);
  const expiresAt = expires === Infinity ? {} : { expiresAt: new Date(clock.now() + expires).toISOString() };
  const created = await withKeys(context, options, (keys) =>
    keys.create({
      id,
      hash,
      name,
      kind,
      ...(owner !== undefined && { owner }),
      ...(permissions !== undefined && { permissions }),
      ...expiresAt,
    }),
  );
  if (options.json === true) await screen.write(`${jsonLine({ ...created, token: text })}\n`);
  else {
    for (const line of createdText(created)) screen.note(line);
    await screen.write(`${text}\n`);
  }
  const isOn = (env['STAGEWIRE_AUTH'] ?? '').split(',').some((method) => method.trim() === 'keys');
  if (!isOn && urlOf(context, options) === undefined) {
    const where = hasDatabase(env) ? 'database' : 'data directory';
    screen.note(`A server on this ${where} accepts it if it is started with STAGEWIRE_AUTH=keys.`);
  }
  return exitCodes.done;
}

/** `keys list`: all keys, newest first, without their secrets. */
export async function commandListKeys(context: CliContext, options: KeysOptions): Promise<number> {
  const { screen, paint, clock } = context;
  const keys = isMissing(context, options)
    ? []
    : await withKeys(context, options, (administered) => administered.list());
  const lines =
    options.json === true ? keys.map((key) => jsonLine(key)) : keyLines(keys, { paint, nowMs: clock.now() });
  if (lines.length > 0) await screen.write(`${lines.join('\n')}\n`);
  return exitCodes.done;
}

/** `keys revoke`: a running server closes the key's connections within two seconds. */
export async function commandRevokeKey(
  context: CliContext,
  given: string,
  options: KeysOptions,
): Promise<number> {
  // The whole key is accepted as well, and never repeated.
  const id = /^swk_([0-9a-f]{16})(?:_[0-9a-f]*)?$/.exec(given)?.[1] ?? given;
  if (!/^[0-9a-f]{16}$/.test(id)) {
    throw new CliProblem('Expected the id of a key: 16 characters of 0-9 and a-f, as "keys list" shows it.');
  }
  if (isMissing(context, options)) throw wireErrors.KEY_NOT_FOUND(id);
  const key = await withKeys(context, options, (keys) => keys.revoke(id));
  if (options.json === true) await context.screen.write(`${jsonLine(key)}\n`);
  else context.screen.note(`Key ${key.id} (${key.name}) is revoked.`);
  return exitCodes.done;
}

/** What the commands use of either way. */
interface AdministeredKeys {
  create(input: CreateKeyInput): Promise<AccessKey>;
  list(): Promise<AccessKey[]>;
  revoke(id: string): Promise<AccessKey>;
}

async function withKeys<Result>(
  context: CliContext,
  options: KeysOptions,
  use: (keys: AdministeredKeys) => Promise<Result>,
): Promise<Result> {
  const url = urlOf(context, options);
  if (url === undefined) return await withStore(context, use);
  await using client = await connectTo(context, url);
  const { keys } = client.procedures;
  return await use({
    create: (input) => keys.create(input),
    list: () => keys.list(undefined),
    revoke: (id) => keys.revoke({ id }),
  });
}

/** Every user who can write the data directory, or the database, is an administrator, with or without a running server. */
async function withStore<Result>(
  { env, clock }: CliContext,
  use: (keys: AdministeredKeys) => Promise<Result>,
): Promise<Result> {
  try {
    const store = await openStore({ env, clock });
    try {
      return await use(
        validated(createKeyService({ store, clock }), { id: `command:${userInfo().username}` }),
      );
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof AccessUnusable || error instanceof DatabaseUnusable) {
      throw new CliProblem(error.message);
    }
    if (error instanceof LogUnavailable) {
      throw new CliProblem(
        `The database of STAGEWIRE_DATABASE_URL cannot be used: ${error.message}. Try again.`,
      );
    }
    throw error;
  }
}

async function openStore({ env, clock }: Pick<CliContext, 'env' | 'clock'>): Promise<CredentialStore> {
  const database = databaseOf(env);
  if (database === undefined) return createSqliteCredentialStore(accessPathOf(dataDirOf(env)));
  const { openPostgresKeys } = await import('@stagewire/server/cluster/postgres/open-postgres-keys');
  return openPostgresKeys({ url: database.url, schema: database.schema, clock });
}

/** Are there no keys, since no data directory has been written? It is not created to find that out. */
function isMissing(context: CliContext, options: KeysOptions): boolean {
  const { env } = context;
  return (
    urlOf(context, options) === undefined && !hasDatabase(env) && !existsSync(accessPathOf(dataDirOf(env)))
  );
}

function validated(keys: KeyService, by: AuditActor): AdministeredKeys {
  return {
    list: () => keys.list(),
    revoke: (id) => keys.revoke(id, by),
    create(input) {
      const { data, error } = CreateKeySchema.safeParse(input);
      if (data !== undefined) return keys.create(data, by);
      const issues = error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
      throw wireErrors.INVALID_INPUT.fields(issues);
    },
  };
}

function urlOf({ env }: CliContext, { url }: KeysOptions): string | undefined {
  const given = url ?? env['STAGEWIRE_URL']?.trim() ?? '';
  return given === '' ? undefined : given;
}
