import type { Receipt, RunState, ServerInfo, ShareReceipt } from '@stagewire/shared';
import { openWire, type BareWire, type Frame } from './bare-wire.ts';
import { untestable, type Check } from './check.ts';
import { CheckSkipped, fits, holds, same } from './expectation.ts';
import { createPlainHttp, jsonOf, type PlainHttp } from './plain-http.ts';
import { stalling } from './rehearsed-runs.ts';
import { rejectedWith } from './rejections.ts';
import { dataOf, type CheckTools } from './verify-kit.ts';
import { socketUrl } from '../terminal/socket-url.ts';

/** P45 to P49: links to runs. They need a server that requires authentication, and the permission `runs:control`. */
export const checksOfLinks: readonly Check[] = [
  {
    rule: 'P45',
    name: 'a repeated runs.share returns the same link, before and after the end of the run; another body is a conflict',
    async run(kit) {
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, { roles: ['documenter'] });
      const input = { runId, commandId: kit.newCommandId(), may: 'read' };
      if (kit.info.auth.length === 0) {
        rejectedWith(await wire.ask('mutation', 'runs.share', input), 'SHARING_UNAVAILABLE');
        return;
      }
      requireControl(kit);
      const first = dataOf(await wire.ask('mutation', 'runs.share', input)) as ShareReceipt;
      await events.ended();
      same('the same call later', dataOf(await wire.ask('mutation', 'runs.share', input)), first);
      const other = { ...input, may: 'control' };
      rejectedWith(await wire.ask('mutation', 'runs.share', other), 'COMMAND_ID_CONFLICT');
      const past = { ...input, commandId: kit.newCommandId(), until: '2020-01-01T00:00:00.000Z' };
      rejectedWith(await wire.ask('mutation', 'runs.share', past), 'INVALID_INPUT');
      const none = { ...input, runId: kit.newRunId() };
      rejectedWith(await wire.ask('mutation', 'runs.share', none), 'RUN_NOT_FOUND');
      holds(
        first.url.includes(`/runs/${runId}#share=`),
        'the token in the fragment of the URL',
        first.shareId,
      );
    },
  },
  {
    rule: 'P46',
    name: 'a link reads its run and no other, and one that permits control commands it as an actor of its own',
    async run(kit) {
      requireControl(kit);
      const wire = await kit.wire();
      const { runId } = await kit.begin(wire, { shape: stalling, roles: ['documenter'] });
      const other = await kit.begin(wire, { shape: stalling, roles: ['documenter'] });
      const reader = await shared(kit, wire, { runId, may: 'read' });
      const http = bearer(kit, reader.token);
      fits('the run', dataOf(await get(http, 'runs.get', { runId })), { runId });
      const you = (dataOf(await get(http, 'server.info')) as ServerInfo).you;
      fits('server.info of the link', you, { link: { runId, shareId: reader.shareId, may: 'read' } });
      rejectedWith(await get(http, 'runs.get', { runId: other.runId }), 'RUN_NOT_FOUND');
      rejectedWith(await get(http, 'runs.list', {}), 'FORBIDDEN');
      rejectedWith(await get(http, 'runs.prompt', { runId, stage: 1, attempt: 1 }), 'FORBIDDEN');
      const socket = await linkWire(kit, reader.token);
      const rejected = await socket.subscribe('runs.feed', {}).rejection();
      same('the error of the feed', rejected.data.stagewire.code, 'FORBIDDEN');
      socket.cut();
      const cancel = () => ({ runId, commandId: kit.newCommandId(), target: 'run' });
      rejectedWith(await post(http, 'runs.cancel', cancel()), 'FORBIDDEN');
      const controller = await shared(kit, wire, { runId, may: 'control' });
      const control = bearer(kit, controller.token);
      const share = { runId, commandId: kit.newCommandId(), may: 'read' };
      rejectedWith(await post(control, 'runs.share', share), 'FORBIDDEN');
      rejectedWith(await post(control, 'runs.delete', { runId }), 'FORBIDDEN');
      dataOf(await post(control, 'runs.cancel', cancel()));
      const { commands } = dataOf(await get(http, 'runs.get', { runId })) as RunState;
      const actor = { id: `share:${controller.shareId}`, kind: 'user' };
      fits('its command', commands.at(-1), { actor });
    },
  },
  {
    rule: 'P47',
    also: ['F14', 'C4'],
    name: 'the events of links follow the terminal event, change only shares, and have no token',
    async run(kit) {
      requireControl(kit);
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, { roles: ['documenter'] });
      const last = (await events.ended()).at(-1);
      const link = await shared(kit, wire, { runId, may: 'read' });
      const after = dataOf(await wire.ask('query', 'runs.get', { runId })) as RunState;
      same(
        'its links',
        after.shares.map(({ shareId }) => shareId),
        [link.shareId],
      );
      const later = await wire.subscribe('runs.events', { runId }, last?.cursor).ended();
      same(
        'the types after the end',
        later.map(({ event }) => event.type),
        ['run.shared'],
      );
      same('the cursor of the state', after.cursor, later.at(-1)?.cursor);
      const whole = await wire.subscribe('runs.events', { runId }).ended();
      same('the last event of a replay', whole.at(-1)?.event.type, 'run.shared');
      const [, mac = ''] = /^swl_[0-9a-f]{16}_([0-9a-f]{64})_/.exec(link.token) ?? [];
      holds(
        mac !== '' && !JSON.stringify([whole, after]).includes(mac),
        'events without the token',
        'a token',
      );
    },
  },
  {
    rule: 'P48',
    name: 'runs.unshare closes the connections of the link within two seconds, and not those of another one',
    async run(kit) {
      requireControl(kit);
      const wire = await kit.wire();
      const { runId } = await kit.begin(wire, { shape: stalling, roles: ['documenter'] });
      const removed = await shared(kit, wire, { runId, may: 'read' });
      const kept = await shared(kit, wire, { runId, may: 'read' });
      const reader = await linkWire(kit, removed.token);
      const other = await linkWire(kit, kept.token);
      try {
        await reader.subscribe('runs.events', { runId }).first(() => true, 'an event');
        const input = { runId, commandId: kit.newCommandId(), shareId: removed.shareId };
        const receipt = dataOf(await wire.ask('mutation', 'runs.unshare', input)) as Receipt;
        same('a repeat', dataOf(await wire.ask('mutation', 'runs.unshare', input)), receipt);
        const again = { ...input, commandId: kit.newCommandId() };
        rejectedWith(await wire.ask('mutation', 'runs.unshare', again), 'SHARE_NOT_FOUND');
        const since = kit.context.clock.elapsed();
        same('the close code', (await reader.closed()).code, 4401);
        const tookMs = kit.context.clock.elapsed() - since;
        holds(tookMs < 3000, 'a close within two seconds, and one for the network', `${tookMs} ms`);
        const { status } = await bearer(kit, removed.token).get('runs.get', { runId });
        holds([401, 429].includes(status), 'status 401 or 429', status);
        dataOf(await other.ask('query', 'runs.get', { runId }));
      } finally {
        reader.cut();
        other.cut();
      }
    },
  },
  {
    rule: 'P49',
    name: 'a link ends when it expires, and with its run',
    async run(kit) {
      requireControl(kit);
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, { roles: ['documenter'] });
      await events.ended();
      const { now } = dataOf(await wire.ask('query', 'server.info')) as ServerInfo;
      const until = new Date(Date.parse(now) + 1500).toISOString();
      const expiring = await shared(kit, wire, { runId, may: 'read', until });
      const reader = await linkWire(kit, expiring.token);
      const { code } = await reader.closed();
      same('the close code when it expires', code, 4401);
      if (!['runs:delete', 'admin'].some((it) => kit.info.you?.permissions.some((own) => own === it))) return;
      const link = await shared(kit, wire, { runId, may: 'read' });
      dataOf(await wire.ask('mutation', 'runs.delete', { runId }));
      const { status } = await bearer(kit, link.token).get('runs.get', { runId });
      holds([401, 429].includes(status), 'status 401 or 429 for a link to a deleted run', status);
    },
  },
  untestable(
    'P49',
    'a link does not end with the credential of the principal that created it',
    'the credentials of the check would have to be revoked',
  ),
];

interface Link extends ShareReceipt {
  readonly token: string;
}

async function shared(kit: CheckTools, wire: BareWire, input: object): Promise<Link> {
  const commandId = kit.newCommandId();
  const receipt = dataOf(await wire.ask('mutation', 'runs.share', { commandId, ...input })) as ShareReceipt;
  return { ...receipt, token: new URL(receipt.url).hash.replace(/^#share=/, '') };
}

/** @throws CheckSkipped without authentication, or without the permission */
function requireControl({ info }: CheckTools): void {
  if (info.auth.length === 0) throw new CheckSkipped('the server requires no authentication');
  const permissions = info.you?.permissions ?? [];
  if (permissions.includes('runs:control') || permissions.includes('admin')) return;
  throw new CheckSkipped('the caller would need the permission runs:control');
}

function bearer({ context }: CheckTools, token: string): PlainHttp {
  return createPlainHttp(new URL(context.url), { patienceMs: context.patienceMs, token, onStarted() {} });
}

async function get(http: PlainHttp, path: string, input?: unknown): Promise<Frame> {
  return jsonOf(await http.get(path, input)) as Frame;
}

async function post(http: PlainHttp, path: string, input: unknown): Promise<Frame> {
  return jsonOf(await http.post(path, input)) as Frame;
}

/** A connection whose identity is a link, once it is authenticated. */
async function linkWire({ context }: CheckTools, token: string): Promise<BareWire> {
  const { clock, nowMs, patienceMs } = context;
  const wire = await openWire({ url: socketUrl(context.url), token, clock, nowMs, patienceMs });
  dataOf(await wire.ask('query', 'server.info'));
  return wire;
}
