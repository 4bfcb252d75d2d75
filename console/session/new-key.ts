/** A new access key, and what the server stores of it. */
export interface NewKey {
  readonly id: string;
  /** `swk_<id>_<secret>`. */
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly hash: string;
}

/** Whether this browser can make keys: on a page that came over HTTPS, or from this machine. */
export function canMakeKeys(): boolean {
  return isSecureContext && 'subtle' in crypto;
}

/** Makes a key on this machine: the server gets only its hash. */
export async function makeKey(): Promise<NewKey> {
  const id = randomHex(8);
  const text = `swk_${id}_${randomHex(32)}`;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return { id, text, hash: toHex(new Uint8Array(digest)) };
}

function randomHex(bytes: number): string {
  return toHex(crypto.getRandomValues(new Uint8Array(bytes)));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
