import type { Identity, ServerInfo } from '@stagewire/shared';
import { openWire, type BareWire, type Frame } from './bare-wire.ts';
import { untestable, type Check } from './check.ts';
import { CheckFailed, CheckSkipped, fits, holds, same } from './expectation.ts';
import { createPlainHttp, jsonOf, pathOf, type PlainAnswer } from './plain-http.ts';
import { dataOf, type CheckTools } from './verify-kit.ts';
import { socketUrl } from '../terminal/socket-url.ts';

/** P40 to P44: sessions of pages, and proxies. They need a server that requires authentication. */
export const checksOfSessions: readonly Check[] = [
  {
    rule: 'P40',
    name: 'a session has the identity of its token, and ends with DELETE /session, which is idempotent',
    async run(kit) {
      const { cookie, identity } = await signIn(kit);
      fits('the identity', identity, { owner: kit.info.you?.owner, session: true });
      const lastsMs = Date.parse(identity.expiresAt ?? '') - kit.context.clock.now();
      holds(lastsMs <= 12 * 3_600_000 + clockToleranceMs, 'an end within 12 hours', identity.expiresAt);
      const call = { path: pathOf('server.info'), headers: { cookie, ...csrf } };
      const { you } = dataOf(jsonOf(await http(kit).send(call)) as Frame) as ServerInfo;
      fits('server.info by the cookie', you, { owner: kit.info.you?.owner, session: true });
      const again = await signIn(kit, cookie);
      holds(again.cookie !== cookie, 'another id for another session', 'the same');
      rejected(await list(kit, { cookie, ...csrf }), /UNAUTHENTICATED|RATE_LIMITED/);
      for (let time = 0; time < 2; time += 1) {
        const end = { method: 'DELETE', path: '/session', headers: { cookie: again.cookie, ...csrf } };
        same('the status of sign-out', (await http(kit).send(end)).status, 204);
      }
      rejected(await list(kit, { cookie: again.cookie, ...csrf }), /UNAUTHENTICATED|RATE_LIMITED/);
    },
  },
  {
    rule: 'P41',
    name: 'a call by cookie needs the header against cross-site requests, and a preflight does not permit it',
    async run(kit) {
      const { cookie } = await signIn(kit);
      same('the status of a call with the header', (await list(kit, { cookie, ...csrf })).status, 200);
      rejected(await list(kit, { cookie }), /FORBIDDEN/);
      rejected(await list(kit, { cookie, 'x-stagewire-csrf': '0' }), /FORBIDDEN/);
      for (const method of ['POST', 'DELETE']) {
        rejected(await http(kit).send({ method, path: '/session', headers: { cookie } }), /FORBIDDEN/);
      }
      const foreign = { cookie, ...csrf, origin: 'http://127.0.0.1:1' };
      rejected(await list(kit, foreign), /FORBIDDEN/);
      const preflight = await http(kit).send({
        method: 'OPTIONS',
        path: '/session',
        headers: {
          origin: new URL(kit.context.url).origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-stagewire-csrf',
        },
      });
      const permitted = preflight.headers['access-control-allow-headers'] ?? '';
      holds(!/csrf|\*/i.test(permitted), 'no permission for the header', permitted);
    },
  },
  {
    rule: 'P42',
    name: 'a WebSocket of a session needs a ticket, which is valid once, and its own origin',
    async run(kit) {
      const { cookie } = await signIn(kit);
      const { origin } = new URL(kit.context.url);
      const ticket = await ticketOf(kit, cookie);
      const first = await open(kit, { cookie, origin }, { ticket });
      const { you } = dataOf(await first.ask('query', 'server.info')) as ServerInfo;
      fits('server.info by the ticket', you, { owner: kit.info.you?.owner, session: true });
      for (const params of [{ ticket }, {}]) {
        await refuses(await open(kit, { cookie, origin }, params), /UNAUTHENTICATED|RATE_LIMITED/);
      }
      const other = await ticketOf(kit, cookie);
      const foreign = { cookie, origin: 'http://127.0.0.1:1' };
      // A server with a public URL already rejects the origin; another one the ticket from there.
      if ((await kit.http.upgrade('/trpc?connectionParams=1', foreign)) !== 403)
        await refuses(await open(kit, foreign, { ticket: other }), /FORBIDDEN/);
      await refuses(await open(kit, { origin }, { ticket: other }), /UNAUTHENTICATED|RATE_LIMITED/);
    },
  },
  untestable('P43', 'a proxy authenticates callers', 'the check would have to be a trusted proxy'),
  {
    rule: 'P44',
    name: 'a token and a session of one caller are accepted, and a WebSocket with a token ignores the cookie',
    async run(kit) {
      const { cookie } = await signIn(kit);
      const authorization = `Bearer ${kit.context.token ?? ''}`;
      same('the status', (await list(kit, { cookie, authorization })).status, 200);
      const { origin } = new URL(kit.context.url);
      const wire = await open(kit, { cookie, origin }, { token: kit.context.token ?? '' });
      const { you } = dataOf(await wire.ask('query', 'server.info')) as ServerInfo;
      fits('server.info by the token', you, { session: false });
      const both = { token: kit.context.token ?? '', ticket: await ticketOf(kit, cookie) };
      await refuses(await open(kit, { cookie, origin }, both), /UNAUTHENTICATED|RATE_LIMITED/);
    },
  },
];

const csrf = { 'x-stagewire-csrf': '1' };

/** The clock of the server may be ahead of this one. */
const clockToleranceMs = 60_000;

/** Without a token. */
function http({ context }: CheckTools) {
  return createPlainHttp(new URL(context.url), { patienceMs: context.patienceMs, onStarted() {} });
}

function list(kit: CheckTools, headers: Readonly<Record<string, string>>): Promise<PlainAnswer> {
  return http(kit).send({ path: pathOf('runs.list', {}), headers });
}

/** @throws CheckSkipped without authentication */
async function signIn(
  kit: CheckTools,
  former?: string,
): Promise<{ readonly cookie: string; readonly identity: Identity }> {
  const { token } = kit.context;
  if (kit.info.auth.length === 0 || token === undefined || kit.info.you?.link !== undefined) {
    throw new CheckSkipped('the server requires no authentication');
  }
  const answer = await http(kit).send({
    method: 'POST',
    path: '/session',
    headers: {
      'content-type': 'application/json',
      ...csrf,
      ...(former !== undefined && { cookie: former }),
    },
    body: JSON.stringify({ token }),
  });
  same('the status of the sign-in', answer.status, 200);
  const [header = ''] = answer.headers['set-cookie'] ?? [];
  for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Path=/']) {
    holds(header.split('; ').includes(attribute), `a cookie with ${attribute}`, header.replace(/=[^;]*/, ''));
  }
  const cookie = header.split(';')[0] ?? '';
  kit.defer(async () => {
    await http(kit).send({ method: 'DELETE', path: '/session', headers: { cookie, ...csrf } });
  });
  return { cookie, identity: jsonOf(answer) as Identity };
}

async function ticketOf(kit: CheckTools, cookie: string): Promise<string> {
  const answer = await http(kit).send({
    method: 'POST',
    path: '/session/ticket',
    headers: { cookie, ...csrf },
  });
  same('the status of a ticket', answer.status, 200);
  const { ticket } = jsonOf(answer) as { readonly ticket?: string };
  if (ticket === undefined) throw new CheckFailed('a ticket', 'none');
  return ticket;
}

/** Opens a WebSocket and sends these connection parameters. */
async function open(
  kit: CheckTools,
  headers: Readonly<Record<string, string>>,
  params: Readonly<Record<string, string>>,
): Promise<BareWire> {
  const { url, clock, nowMs, patienceMs } = kit.context;
  const wire = await openWire({
    url: `${socketUrl(url)}?connectionParams=1`,
    headers,
    clock,
    nowMs,
    patienceMs,
  });
  kit.defer(async () => wire.cut());
  wire.send({ method: 'connectionParams', data: params });
  return wire;
}

async function refuses(wire: BareWire, code: RegExp): Promise<void> {
  const { error } = await wire.ask('query', 'runs.list', {});
  holds(code.test(error?.data.stagewire.code ?? ''), `an error ${code.source}`, error);
}

function rejected(answer: PlainAnswer, code: RegExp): void {
  const found = (jsonOf(answer) as Frame).error?.data.stagewire.code ?? '';
  holds(code.test(found), `an error ${code.source}`, answer.text.slice(0, 200));
}
