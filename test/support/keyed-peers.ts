import { expect } from 'vitest';
import { connect, type BareSocket } from './bare-socket.ts';
import type { KeyedApp } from './keyed-app.ts';

/** Promised by OPERATIONS.md, and a second for a machine that is busy. */
export const appliedMs = { timeoutMs: 3000 };

export const announced = { query: '?connectionParams=1' };
export const bearer = (token: string) => ({ client: { headers: { authorization: `Bearer ${token}` } } });
export const params = (data: object) => ({ method: 'connectionParams', data: { protocol: '2', ...data } });
export const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

export const list = '/trpc/runs.list?input=%7B%7D';

/** The code with which a call is refused; `undefined` if it is answered. */
export async function codeOf(bot: BareSocket): Promise<string | undefined> {
  return (await bot.call('query', 'runs.list', {})).error?.data.stagewire.code;
}

/** A socket whose caller is known by the key in its header. */
export async function socketOf({ port }: { readonly port: number }, token: string): Promise<BareSocket> {
  const bot = await connect(port, bearer(token));
  expect(await codeOf(bot)).toBeUndefined();
  return bot;
}

/** A socket whose caller has signed in by its connection parameters. */
export async function signedIn({ port }: KeyedApp, token: string): Promise<BareSocket> {
  const bot = await connect(port, announced);
  bot.send(params({ token }));
  expect(await codeOf(bot)).toBeUndefined();
  return bot;
}
