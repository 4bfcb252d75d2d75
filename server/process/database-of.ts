import { z } from 'zod';
import type { PostgresSettings } from '../cluster/postgres/open-postgres.ts';
import { ConfigError } from './config-error.ts';
import { databaseVariables, logChoice } from './database-settings.ts';

const Variables = z.object(databaseVariables);

/**
 * The database that an environment names, for commands that need no other setting of a server; `undefined` if it names none.
 *
 * @throws ConfigError without the values, since a URL has a password.
 */
export function databaseOf(
  env: Readonly<Record<string, string | undefined>>,
): Pick<PostgresSettings, 'url' | 'schema'> | undefined {
  const given = Object.entries(env).flatMap(([name, value = '']) =>
    Object.hasOwn(databaseVariables, name) && value.trim() !== '' ? [[name, value.trim()]] : [],
  );
  const { data, error } = Variables.safeParse(Object.fromEntries(given));
  if (data === undefined) {
    throw new ConfigError(error.issues.map(({ path, message }) => `${String(path[0])} ${message}.`));
  }
  const { postgres, problems } = logChoice(data);
  if (problems.length > 0) throw new ConfigError(problems);
  return postgres;
}
