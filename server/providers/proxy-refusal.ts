/** The status with which a proxy has rejected a tunnel (CONNECT), from anywhere in the error's chain of causes. */
export function proxyStatusIn(error: unknown): number | undefined {
  for (
    let cause: unknown = error, depth = 0;
    cause instanceof Error && depth < 6;
    cause = cause.cause, depth += 1
  ) {
    // undici has no field for it.
    const [, status] = /^Proxy response \((\d{3})\) !== 200/.exec(cause.message) ?? [];
    if (status !== undefined) return Number(status);
  }
  return undefined;
}

/** Explains why the proxy opened no tunnel: the end of a sentence, and whether a retry may help. */
export function proxyMessage(status: number): { readonly message: string; readonly retryable: boolean } {
  const answered = `could not be reached: the proxy of HTTPS_PROXY answered ${status} to CONNECT`;
  if (status === 407) {
    const message = `${answered}. Check user and password in the URL of the proxy.`;
    return { message, retryable: false };
  }
  // Too early, too many requests and a timeout pass by themselves.
  if (status >= 500 || [408, 425, 429].includes(status)) return { message: `${answered}.`, retryable: true };
  return { message: `${answered}: it does not allow this host.`, retryable: false };
}
