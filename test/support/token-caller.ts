/** Calls a server over HTTP with the token that each call is given. */
export interface TokenCaller {
  /** A POST or, without a body, a GET. */
  fetch(path: string, token?: string, body?: unknown): Promise<Response>;
  /** Starts a run, as the owner of the token. */
  startRun(token: string): Promise<string>;
}

export function createTokenCaller(url: string): TokenCaller {
  const call: TokenCaller['fetch'] = (path, token, body) =>
    fetch(`${url}${path}`, {
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
  return {
    fetch: call,
    async startRun(token) {
      const response = await call('/trpc/runs.start', token, { task: 'Build it' });
      return ((await response.json()) as { result: { data: { runId: string } } }).result.data.runId;
    },
  };
}
