import { createHash } from 'node:crypto';

/** Bytes of the two random parts of a key. */
const idBytes = 8;
const secretBytes = 32;

const pattern = /^swk_([0-9a-f]{16})_[0-9a-f]{64}$/;

/** A new key, and what is stored of it. */
export interface NewKey {
  /** Random and not secret. */
  readonly id: string;
  /** `swk_<id>_<secret>`. */
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly hash: string;
}

/** @param randomBytes A source of random bytes that cannot be predicted. */
export function createKeyText(randomBytes: (count: number) => Buffer): NewKey {
  const id = randomBytes(idBytes).toString('hex');
  const text = `swk_${id}_${randomBytes(secretBytes).toString('hex')}`;
  return { id, text, hash: hashOfKey(text).toString('hex') };
}

/** The id in a key; `undefined` if the text does not have the form of one, letter case included. */
export function idOfKey(text: string): string | undefined {
  return pattern.exec(text)?.[1];
}

/** A key is random and long, so that one round of a fast hash is enough. */
export function hashOfKey(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
