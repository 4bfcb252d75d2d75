import { codeOf } from '@stagewire/shared/caught-error';
/** Codes of TLS failures: a retry does not make a certificate trusted. */
const certificateCodes: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * The message of the innermost cause of an error: "fetch failed" is useless; "connect ECONNREFUSED 127.0.0.1:4600" is
 * two causes deeper. `undefined` if there is no message.
 */
export function reasonOf(error: unknown): string | undefined {
  const messages = chainOf(error)
    .map((it) => (it instanceof Error ? it.message || codeOf(it) : undefined))
    .filter((text) => text !== undefined && text !== '');
  const last = messages.at(-1);
  return last === 'bad port' ? 'bad port: fetch blocks this port' : last;
}

/** Whether the server's certificate was not accepted. */
export function isCertificateFailure(error: unknown): boolean {
  return chainOf(error).some((it) => certificateCodes.has(codeOf(it) ?? ''));
}

/** The error and its causes, outermost first. */
function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let it = error; it !== undefined && it !== null && chain.length < 10; it = causeOf(it)) chain.push(it);
  return chain;
}

function causeOf(error: unknown): unknown {
  if (error instanceof Error && error.cause !== undefined) return error.cause;
  // Each address of a host name failed in its own way; the first one is used.
  return error instanceof AggregateError ? (error.errors as readonly unknown[])[0] : undefined;
}
