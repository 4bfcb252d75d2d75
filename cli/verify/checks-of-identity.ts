import { createHash } from 'node:crypto';
import type { Frame } from './bare-wire.ts';
import { untestable, type Check } from './check.ts';
import { CheckSkipped, fits, holds, same } from './expectation.ts';
import { createPlainHttp, jsonOf, pathOf, type PlainAnswer } from './plain-http.ts';
import { rejectedWith } from './rejections.ts';
import { dataOf, type CheckTools } from './verify-kit.ts';

/** P29 to P33: identity, permissions and access keys. All but the first need a server that requires authentication. */
export const checksOfIdentity: readonly Check[] = [
  {
    rule: 'P29',
    name: 'server.info names the caller; it needs no credentials, and without them every other call is UNAUTHENTICATED',
    async run(kit) {
      const wire = await kit.wire();
      const { you } = dataOf(await wire.ask('query', 'server.info')) as CheckTools['info'];
      holds(you?.owners.includes(you.owner) === true, 'the owner among the owners', you);
      if (kit.info.auth.length === 0) return;
      const http = anonymous(kit);
      const open = dataOf(jsonOf(await http.get('server.info')) as Frame);
      fits('server.info without credentials', open, { you: null, auth: kit.info.auth });
      rejected(await http.get('runs.list', {}), 'UNAUTHENTICATED', 401);
      rejected(await http.get('runs.get', { runId: kit.newRunId() }), 'UNAUTHENTICATED', 401);
      rejected(await http.get('runs.get', { runId: 5 }), 'INVALID_INPUT', 400);
    },
  },
  {
    rule: 'P30',
    name: 'a wrong token, two tokens and a token in the URL are rejected, and no answer differs by the token',
    async run(kit) {
      const token = tokenOf(kit);
      const http = anonymous(kit);
      const path = pathOf('runs.list', {});
      const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } });
      const wrong = ['swk_', `swk_${'0'.repeat(16)}_${'0'.repeat(64)}`, 'x'];
      const answers = await Promise.all(wrong.map((text) => http.send({ path, ...bearer(text) })));
      for (const answer of answers) refused(answer);
      const params = encodeURIComponent(JSON.stringify({ token }));
      refused(await http.send({ path: `${path}&connectionParams=${params}` }));
      refused(await http.send({ path: `${path}&connectionParams=${params}`, ...bearer(token) }));
    },
  },
  untestable(
    'P31',
    'connections of an expired or revoked identity are closed',
    'the credentials of the check would have to be revoked',
  ),
  {
    rule: 'P32',
    name: 'session.refresh keeps the connection, and a wrong token changes nothing',
    async run(kit) {
      const token = tokenOf(kit);
      const wire = await kit.wire();
      const owner = kit.info.you?.owner ?? '';
      fits('its answer', dataOf(await wire.ask('mutation', 'session.refresh', { token })), { owner });
      const frame = await wire.ask('mutation', 'session.refresh', { token: 'x' });
      holds(
        /UNAUTHENTICATED|RATE_LIMITED/.test(frame.error?.data.stagewire.code ?? ''),
        'the rejection of a wrong token',
        frame,
      );
      const { you } = dataOf(await wire.ask('query', 'server.info')) as CheckTools['info'];
      same('the owner afterwards', you?.owner, owner);
    },
  },
  {
    rule: 'P33',
    name: 'keys.create is idempotent by its id, and keys.revoke ends the key',
    async run(kit) {
      tokenOf(kit);
      if (kit.info.you?.permissions.includes('admin') !== true || !kit.info.auth.includes('keys')) {
        throw new CheckSkipped('the caller would need the permission admin on a server with access keys');
      }
      const wire = await kit.wire();
      const hex = (kit.newCommandId() + kit.newCommandId() + kit.newCommandId()).replaceAll('-', '');
      const id = hex.slice(0, 16);
      const key = `swk_${id}_${hex.slice(16, 80)}`;
      const hash = createHash('sha256').update(key).digest('hex');
      const input = { id, hash, name: 'stagewire verify', permissions: [] };
      const first = dataOf(await wire.ask('mutation', 'keys.create', input));
      same('the answer to a repeat', dataOf(await wire.ask('mutation', 'keys.create', input)), first);
      rejectedWith(
        await wire.ask('mutation', 'keys.create', { ...input, owner: 'other' }),
        'KEY_ID_CONFLICT',
      );
      const path = pathOf('runs.list', {});
      const call = () => anonymous(kit).send({ path, headers: { authorization: `Bearer ${key}` } });
      rejected(await call(), 'FORBIDDEN', 403);
      fits('the revoked key', dataOf(await wire.ask('mutation', 'keys.revoke', { id })), { id });
      refused(await call());
    },
  },
];

/** @throws CheckSkipped without authentication */
function tokenOf({ context, info }: CheckTools): string {
  if (info.auth.length > 0 && context.token !== undefined) return context.token;
  throw new CheckSkipped('the server requires no authentication');
}

function anonymous({ context }: CheckTools) {
  return createPlainHttp(new URL(context.url), { patienceMs: context.patienceMs, onStarted() {} });
}

function rejected(answer: PlainAnswer, code: string, status: number): void {
  same('the status', answer.status, status);
  same('the code', (jsonOf(answer) as Frame).error?.data.stagewire.code, code);
}

/** Many checks from one address may have used up the attempts. */
function refused(answer: PlainAnswer): void {
  holds([401, 429].includes(answer.status), 'status 401 or 429', answer.status);
}
