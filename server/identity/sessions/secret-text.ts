import { createHash } from 'node:crypto';

/** Random bytes of a session id, and of a ticket. */
const secretBytes = 32;

/**
 * A new secret text: `<prefix>_` and 256 random bits as base64url.
 *
 * @param randomBytes A source of random bytes that cannot be predicted.
 */
export function createSecretText(
  prefix: 'sws' | 'swt',
  randomBytes: (count: number) => Buffer,
): { readonly text: string; readonly hash: string } {
  const text = `${prefix}_${randomBytes(secretBytes).toString('base64url')}`;
  return { text, hash: hashOfSecret(text) };
}

/**
 * SHA-256, in hexadecimal. Secrets are found by their hash, so that how long a search takes depends on nothing that
 * helps to guess one.
 */
export function hashOfSecret(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
