import { openAccessDatabase } from '../keys/open-access-database.ts';

export interface LinkSecretOptions {
  /** Path of `access.db`. */
  readonly path: string;
  /** A source of random bytes that cannot be predicted. */
  readonly randomBytes: (count: number) => Buffer;
}

const purpose = 'links';
const secretBytes = 32;

/**
 * The secret with which the tokens of links are created and verified: from the database of credentials, where it is
 * created if it is missing. All processes that use the database have the same one. Read once: what replaces the file later
 * counts from the next start on.
 *
 * @throws AccessUnusable
 */
export function readLinkSecret({ path, randomBytes }: LinkSecretOptions): Buffer {
  const { database } = openAccessDatabase(path);
  try {
    database
      .prepare('INSERT INTO secrets (purpose, secret) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(purpose, randomBytes(secretBytes));
    const secret = database.prepare('SELECT secret FROM secrets WHERE purpose = ?').get(purpose)?.['secret'];
    if (secret instanceof Uint8Array && secret.length === secretBytes) return Buffer.from(secret);
    throw new Error(`the secret for ${purpose} in ${path} is not what was written`);
  } finally {
    database.close();
  }
}
