import { createHash } from 'node:crypto';
import type { RunPage, RunState } from '@stagewire/shared';
import type { BareSubscription, BareWire } from './bare-wire.ts';
import { untestable, type Check } from './check.ts';
import { CheckSkipped, holds, same } from './expectation.ts';
import { eventsOf } from './rehearsed-runs.ts';
import { rejectedWith } from './rejections.ts';
import { createVerifyKit, dataOf, startInput, type CheckTools } from './verify-kit.ts';

const quick = { roles: ['documenter'], shape: 'ttft=0,tps=0,chars=100,reasoning=0,seed=7' } as const;

/** P50 to P54: whose runs a caller starts, lists and follows. Those with two owners need a key with `admin`. */
export const checksOfOwners: readonly Check[] = [
  {
    rule: 'P50',
    name: 'an owner that is not the caller’s is FORBIDDEN in a start, a list and a feed',
    async run(kit) {
      if (isAdmin(kit)) throw new CheckSkipped('the caller may name every owner');
      const wire = await kit.wire();
      for (const owner of [`verify-${kit.newCommandId()}`, 'x']) {
        const input = startInput({ runId: kit.newRunId(), owner });
        rejectedWith(await wire.ask('mutation', 'runs.start', input), 'FORBIDDEN');
        rejectedWith(await wire.ask('query', 'runs.list', { owner }), 'FORBIDDEN');
        const error = await wire.subscribe('runs.feed', { owner }).rejection();
        rejectedWith({ error }, 'FORBIDDEN');
      }
    },
  },
  {
    rule: 'P50',
    also: ['P15'],
    name: 'lists and feeds have the runs of the caller’s owners, also of one that is named, and of no other',
    async run(kit) {
      const [one, other] = await twoOwners(kit);
      const [first, second] = [await one.wire(), await other.wire()];
      const feeds = [first.subscribe('runs.feed', {}), second.subscribe('runs.feed', {})] as const;
      for (const feed of feeds) await feed.first((event) => isType(event, 'feed.opened'), 'feed.opened');
      const ids = await Promise.all([ownRun(one, first), ownRun(other, second)]);
      for (const [index, wire] of [first, second].entries()) {
        const runId = ids[index] ?? '';
        await ended(feeds[index === 0 ? 0 : 1], runId);
        const seen = eventsOf(feeds[index === 0 ? 0 : 1].entries).flatMap((event) =>
          'runId' in event ? [event.runId] : [],
        );
        same('the runs of the feed', [...new Set(seen)], [runId]);
        same('the list', idsOf(await listed(wire, {})), [runId]);
        same('the list of the owner', idsOf(await listed(wire, { owner: await ownerOf(wire) })), [runId]);
      }
      rejectedWith(await first.ask('query', 'runs.list', { owner: await ownerOf(second) }), 'FORBIDDEN');
    },
  },
  {
    rule: 'P51',
    name: 'a run belongs to the owner that its start names, otherwise to the owner of its source, or to the first of the caller',
    async run(kit) {
      const wire = await kit.wire();
      const owner = kit.info.you?.owner ?? '';
      const { runId, events } = await kit.begin(wire, quick);
      await events.ended();
      const { runId: named } = await kit.start(wire, { ...quick, owner });
      const { runId: later } = await kit.start(wire, { from: { runId }, task: 'Shorter', ...quick });
      for (const id of [runId, named, later]) {
        same(
          'the owner',
          (dataOf(await wire.ask('query', 'runs.get', { runId: id })) as RunState).owner,
          owner,
        );
      }
    },
  },
  {
    rule: 'P52',
    name: 'a feed ends with FORBIDDEN when the identity of its connection loses one of its owners',
    async run(kit) {
      const [one, other] = await twoOwners(kit, ['admin']);
      const wire = await one.wire();
      const owner = await ownerOf(await other.wire());
      const feed = wire.subscribe('runs.feed', { owner });
      await feed.first((event) => isType(event, 'feed.opened'), 'feed.opened');
      const { token } = await makeKey(kit, { owner: await ownerOf(wire) });
      dataOf(await wire.ask('mutation', 'session.refresh', { token }));
      await ownRun(other, await other.wire());
      rejectedWith({ error: await feed.rejection() }, 'FORBIDDEN');
    },
  },
  {
    rule: 'P53',
    name: 'a run of another owner looks like one that does not exist, and its id is taken in the same words',
    async run(kit) {
      const [one, other] = await twoOwners(kit);
      const [mine, theirs] = [await one.wire(), await other.wire()];
      const runId = await ownRun(one, mine);
      const missing = kit.newRunId();
      for (const [method, path, input] of callsOf(kit)) {
        const answers = await Promise.all(
          [runId, missing].map(async (id) => {
            const error = rejectedWith(
              await theirs.ask(method, path, { ...input, runId: id }),
              'RUN_NOT_FOUND',
            );
            return JSON.stringify(error).replaceAll(id, 'ID');
          }),
        );
        same(`the rejection of ${path}`, answers[0], answers[1]);
      }
      const error = await theirs.subscribe('runs.events', { runId }).rejection();
      rejectedWith({ error }, 'RUN_NOT_FOUND');
      const conflicts = await Promise.all([
        theirs.ask('mutation', 'runs.start', startInput({ ...quick, runId })),
        mine.ask('mutation', 'runs.start', startInput({ ...quick, runId, task: 'Another' })),
      ]);
      const [foreign, own] = conflicts.map((frame) => rejectedWith(frame, 'RUN_ID_CONFLICT'));
      same('the conflict', foreign, own);
    },
  },
  untestable(
    'P54',
    'a cursor of the feed reveals how much was committed for all owners, and nothing else of others',
    'it permits an observation, and requires none',
  ),
];

function isAdmin({ info }: CheckTools): boolean {
  return info.you?.permissions.includes('admin') === true;
}

interface MadeKey {
  readonly id: string;
  readonly token: string;
}

/** The tools of two callers with different owners, whose keys are revoked at the end. @throws CheckSkipped */
async function twoOwners(
  kit: CheckTools,
  permissions?: readonly string[],
): Promise<readonly [CheckTools, CheckTools]> {
  const ofOne = async (more: object) => {
    const { token } = await makeKey(kit, { owner: `verify-${kit.newCommandId()}`, ...more });
    const tools = createVerifyKit({ ...kit.context, token });
    kit.defer(async () => await tools[Symbol.asyncDispose]());
    return tools;
  };
  return [await ofOne(permissions === undefined ? {} : { permissions }), await ofOne({})];
}

/** @throws CheckSkipped if the caller may not create keys */
async function makeKey(kit: CheckTools, input: object): Promise<MadeKey> {
  if (kit.info.auth.length === 0) throw new CheckSkipped('the server requires no authentication');
  if (!isAdmin(kit) || !kit.info.auth.includes('keys')) {
    throw new CheckSkipped('the caller would need the permission admin on a server with access keys');
  }
  const hex = (kit.newCommandId() + kit.newCommandId() + kit.newCommandId()).replaceAll('-', '');
  const id = hex.slice(0, 16);
  const token = `swk_${id}_${hex.slice(16, 80)}`;
  const hash = createHash('sha256').update(token).digest('hex');
  const wire = await kit.wire();
  dataOf(await wire.ask('mutation', 'keys.create', { id, hash, name: 'stagewire verify', ...input }));
  kit.defer(async () => void (await wire.ask('mutation', 'keys.revoke', { id })));
  return { id, token };
}

/** A run that has ended. */
async function ownRun(kit: CheckTools, wire: BareWire): Promise<string> {
  const { runId, events } = await kit.begin(wire, quick);
  await events.ended();
  return runId;
}

async function ownerOf(wire: BareWire): Promise<string> {
  const { you } = dataOf(await wire.ask('query', 'server.info')) as CheckTools['info'];
  holds(you !== null, 'an identity', you);
  return you.owner;
}

async function listed(wire: BareWire, input: object): Promise<RunPage> {
  return dataOf(await wire.ask('query', 'runs.list', input)) as RunPage;
}

function idsOf({ items }: RunPage): readonly string[] {
  return items.map(({ runId }) => runId);
}

async function ended(feed: BareSubscription, runId: string): Promise<void> {
  await feed.first(
    (event) => event.type === 'run.completed' && event.runId === runId,
    'the end of the run in the feed',
  );
}

function isType(event: { readonly type: string }, type: string): boolean {
  return event.type === type;
}

type Call = readonly [method: Parameters<BareWire['ask']>[0], path: string, input: object];

function callsOf(kit: CheckTools): readonly Call[] {
  const commandId = kit.newCommandId();
  return [
    ['query', 'runs.get', {}],
    ['query', 'runs.files', {}],
    ['query', 'runs.prompt', { stage: 1, attempt: 1 }],
    ['mutation', 'runs.steer', { commandId, text: 'Shorter.', expect: 'any' }],
    ['mutation', 'runs.redirect', { commandId, to: 'coder', expect: 'any' }],
    ['mutation', 'runs.cancel', { commandId, target: 'run' }],
    ['mutation', 'runs.delete', {}],
  ];
}
