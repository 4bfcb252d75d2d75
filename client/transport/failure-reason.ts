import { codeOf } from '@stagewire/shared/caught-error';
/** Codes of TLS failures: asking again does not make a certificate a trusted one. */
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
 * Why something failed, in the words of the innermost cause: "fetch failed" is of no use, the "connect ECONNREFUSED
 * 127.0.0.1:4600" two causes deeper is. `undefined` if nothing was said.
 */
export function reasonOf(error: unknown): string | undefined {
  const said = chainOf(error)
    .map((it) => (it instanceof Error ? it.message || codeOf(it) : undefined))
    .filter((text) => text !== undefined && text !== '');
  const last = said.at(-1);
  return last === 'bad port' ? 'bad port: the fetch of this platform refuses to use it' : last;
}

/** Is it the server's certificate that is not accepted? */
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
  // Each address of a name failed in its own way; the first is as good as any.
  return error instanceof AggregateError ? (error.errors as readonly unknown[])[0] : undefined;
}
