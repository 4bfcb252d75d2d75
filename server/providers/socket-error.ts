/** The error code of the operating system or of undici, from anywhere in the error's chain of causes. */
export function socketCodeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (
    let cause: unknown = error, depth = 0;
    cause instanceof Error && depth < 6;
    cause = cause.cause, depth += 1
  ) {
    if ('code' in cause && typeof cause.code === 'string') found = cause.code;
    else if (cause instanceof TypeError && /^(?:terminated|fetch failed)$/.test(cause.message))
      found ??= cause.message;
  }
  return found;
}

const UNTRUSTED = /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE/;
const BAD_CERTIFICATE = /^CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH/;
const NO_TLS = /WRONG_VERSION_NUMBER|^EPROTO$|PACKET_LENGTH_TOO_LONG|ERR_SSL_/;

/** Explains why nothing could be sent: the end of a sentence, and whether a retry may help. */
export function socketMessage(
  code: string | undefined,
  errorText: string,
): { readonly message: string; readonly retryable: boolean } {
  const name = code === undefined ? '' : ` (${code})`;
  if (UNTRUSTED.test(code ?? '')) {
    const message =
      `has a certificate that Node.js does not trust${name}. If this is intended, start the server with ` +
      'NODE_EXTRA_CA_CERTS set to a file with its CA certificate.';
    return { message, retryable: false };
  }
  if (BAD_CERTIFICATE.test(code ?? ''))
    return {
      message: `has a certificate that is invalid or does not match the host${name}.`,
      retryable: false,
    };
  if (NO_TLS.test(code ?? ''))
    return {
      message: `does not speak TLS${name}. Its URL may have to start with http:// instead of https://.`,
      retryable: false,
    };
  if (/timed? ?out/i.test(`${code} ${errorText}`))
    return { message: `did not answer in time${name}.`, retryable: true };
  return { message: `could not be reached${name}.`, retryable: true };
}
