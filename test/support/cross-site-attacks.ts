/** Everything that a page of another origin can try with the cookie of its visitor; runs there. */
export async function attackFrom({ url, runId }: { readonly url: string; readonly runId: string }) {
  const outcomes: [string, string][] = [];
  const body = JSON.stringify({ runId, commandId: crypto.randomUUID(), target: 'run' });
  const start = JSON.stringify({ task: 'attack' });
  const types = ['text/plain', 'application/json', 'application/x-www-form-urlencoded'];
  const tries: [string, () => Promise<string>][] = [];
  for (const type of types)
    for (const csrf of [false, true]) {
      const headers = { 'content-type': type, ...(csrf && { 'x-stagewire-csrf': '1' }) };
      for (const [path, text] of [
        ['/trpc/runs.cancel', body],
        ['/trpc/runs.start', start],
        ['/session/ticket', ''],
        ['/session', '{"token":"x"}'],
      ] as const)
        tries.push([
          `POST ${path} ${type} ${csrf}`,
          () => send(path, { method: 'POST', headers, body: text }),
        ]);
    }
  for (const path of [
    '/trpc/runs.list',
    `/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`,
  ])
    tries.push([`GET ${path}`, () => send(path, {})]);
  tries.push(['DELETE /session', () => send('/session', { method: 'DELETE' })]);
  for (const params of [false, true]) tries.push([`WebSocket ${params}`, () => socket(params)]);
  for (const [name, attempt] of tries) outcomes.push([name, await attempt()]);
  return outcomes;

  async function send(path: string, init: RequestInit): Promise<string> {
    try {
      const response = await fetch(url + path, { credentials: 'include', ...init });
      const text = await response.text();
      return response.ok ? text : 'nothing';
    } catch {
      // Blocked by the browser; what the server did with it is seen at the end.
      return 'nothing';
    }
  }

  function socket(withParams: boolean): Promise<string> {
    return new Promise((resolve) => {
      const it = new WebSocket(`${url.replace('http', 'ws')}/trpc${withParams ? '?connectionParams=1' : ''}`);
      it.addEventListener('open', () => {
        if (withParams) it.send(JSON.stringify({ method: 'connectionParams', data: { protocol: '2' } }));
        it.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'runs.list', input: {} } }));
      });
      it.addEventListener('message', ({ data }) =>
        resolve(String(data).includes('"error"') ? 'nothing' : String(data)),
      );
      it.addEventListener('close', () => resolve('nothing'));
    });
  }
}
