import { isDelta, type FeedEvent, type RunEvent } from '@stagewire/shared';
import { codeOf } from '../../client/index.ts';
import { toStagewireError } from '../../server/api/wire-error.ts';
import type { CallerIdentity } from '../../server/identity/caller-identity.ts';
import { canAccess, hasPermission, ownersOf, type Principal } from '../../server/identity/principal.ts';
import { TRPCError } from '@trpc/server';
import { createFakeClock } from './fake-clock.ts';
import { settled, startOwnersServer } from './sim-owners-server.ts';
import { createSimTokens, type History } from './sim-tokens.ts';
import { createSeededChance } from './seeded-random-ids.ts';

/** What has come of one seed. */
export interface OwnersSimulation {
  /** The laws that were broken. */
  readonly broken: readonly string[];
  readonly steps: readonly string[];
  readonly counts: { events: number; foreign: number; refused: number; changes: number; audited: number };
}

const names = ['ann', 'bob', 'carl'] as const;
const permissions = ['runs:read', 'runs:start', 'runs:control', 'runs:delete'] as const;

/** Promised by PROTOCOL.md, P31: within this time a change applies to open connections. */
const appliedMs = 2000;

interface Peer {
  /** Those that it has used. */
  readonly tokens: History<string>;
  identity: CallerIdentity | undefined;
  stop: AbortController;
  /** The last cursor of its feed. */
  cursor: string | undefined;
}

/** Callers of several owners, whose rights change at any time, on one server. A seed decides everything. */
export async function simulateOwners(seed: number): Promise<OwnersSimulation> {
  const random = createSeededChance(seed);
  const clock = createFakeClock();
  const tokens = createSimTokens(clock);
  const server = startOwnersServer({ clock, random, tokens });
  const { log, audit } = server;
  const steps: string[] = [];
  const broken: string[] = [];
  const counts = { events: 0, foreign: 0, refused: 0, changes: 0, audited: 0 };
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)] as T;
  const roll = (probability: number) => random.next() < probability;

  const ownerOfRun = new Map<string, string>();
  log.watchAll((entries) => {
    for (const { event } of entries)
      if (event.type === 'run.queued') ownerOfRun.set(event.runId, event.owner);
  });

  function randomPrincipal(token: string): Principal {
    const owner = tokens.now(token)?.owner ?? pick(names);
    const more = names.filter((name) => name !== owner && roll(0.4));
    const granted = permissions.filter(() => roll(0.8));
    return {
      actor: { id: `sim:${token}`, kind: 'user' },
      owner,
      owners: [owner, ...more],
      permissions: roll(0.15) ? ['admin'] : granted,
      credential: `sim:${token}`,
    };
  }
  function checkSeen(peer: Peer, what: string, runId: string): void {
    counts.events += 1;
    const owner = ownerOfRun.get(runId);
    if (
      owner !== undefined &&
      tokens
        .statesOf(peer.tokens, clock.now() - appliedMs)
        .some((state) => canAccess(state, { runId, owner }))
    )
      return;
    broken.push(`${what} has ${runId} of ${owner}`);
  }

  const apiOf = ({ identity, stop }: Peer) => server.callerOf(identity!, stop.signal);

  async function connect(peer: Peer, token: string): Promise<void> {
    const principal = await tokens.authenticate(token).catch(() => undefined);
    if (principal === undefined) return;
    peer.stop = new AbortController();
    peer.tokens.push({ fromMs: clock.now(), state: token });
    peer.identity = server.identities(
      { status: 'accepted', principal },
      { address: '', onEnd: () => close(peer) },
    );
  }

  function close(peer: Peer): void {
    peer.stop.abort();
    peer.identity?.release();
    peer.identity = undefined;
  }

  /** The answer of a call; `undefined` if it is rejected, which is noted. */
  async function ask<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await settled(clock, call());
    } catch (error) {
      const code = error instanceof TRPCError ? toStagewireError(error).code : codeOf(error);
      if (code === undefined || code === 'INTERNAL') broken.push(`a call fails with ${String(error)}`);
      counts.refused += 1;
      return undefined;
    }
  }

  async function follow(peer: Peer, wanted: string | undefined): Promise<void> {
    const { cursor: lastEventId } = peer;
    const feed = await ask(() =>
      apiOf(peer).runs.feed({
        ...(lastEventId !== undefined && { lastEventId }),
        ...(wanted !== undefined && { owner: wanted }),
      }),
    );
    if (feed === undefined) return;
    void (async () => {
      for await (const [cursor, event] of feed as AsyncIterable<readonly [string, FeedEvent]>) {
        peer.cursor = cursor;
        if (event.type === 'feed.opened') continue;
        checkSeen(peer, 'a feed', event.runId);
        if (wanted !== undefined && ownerOfRun.get(event.runId) !== wanted) {
          broken.push(`the feed of ${wanted} has ${event.runId}`);
        }
        // No one else hears of it in time, so that all that comes is checked.
        if (peer === steady) steadySeen.push(event);
      }
    })().catch(() => undefined);
  }

  async function subscribe(peer: Peer, runId: string): Promise<void> {
    const events = await ask(() => apiOf(peer).runs.events({ runId }));
    if (events === undefined) return;
    void (async () => {
      for await (const [, event] of events as AsyncIterable<readonly [string, RunEvent]>) {
        checkSeen(peer, 'a subscription', event.runId);
      }
    })().catch(() => undefined);
  }

  const newPeer = (): Peer => ({
    tokens: [],
    identity: undefined,
    stop: new AbortController(),
    cursor: undefined,
  });
  const steady = newPeer();
  const steadySeen: FeedEvent[] = [];
  tokens.change('steady', {
    ...randomPrincipal('steady'),
    owner: 'ann',
    owners: ['ann', 'bob'],
    permissions,
  });
  await connect(steady, 'steady');
  await follow(steady, undefined);
  const tokenNames = ['1', '2', '3', '4', '5'];
  for (const token of tokenNames) tokens.change(token, randomPrincipal(token));
  const peers = [newPeer(), newPeer(), newPeer()];

  for (let step = 0; step < 60; step += 1) {
    const peer = pick(peers);
    const token = pick(tokenNames);
    const owner = roll(0.5) ? pick([...names, 'none such']) : undefined;
    const runId = pick([...ownerOfRun.keys(), 'run_missing-000001']);
    const naming = owner === undefined ? {} : { owner };
    if (roll(0.25)) {
      const isRevoked = roll(0.15);
      tokens.change(token, isRevoked ? undefined : randomPrincipal(token));
      steps.push(`${token} is ${isRevoked ? 'revoked' : JSON.stringify(tokens.now(token))}`);
    } else if (roll(0.2)) {
      const ms = Math.floor(random.next() * 1500);
      steps.push(`${ms} ms pass`);
      await clock.advance(ms);
    } else if (peer.identity === undefined) {
      steps.push(`a peer connects with ${token}`);
      await connect(peer, token);
    } else await act(peer, { token, owner, runId, naming });
    await clock.runTurns();
  }
  await clock.advance(600_000);
  await checkSteady();
  for (const peer of [...peers, steady]) close(peer);
  await settled(clock, server.stop());
  counts.audited = audit.length;
  counts.changes = tokens.changes;
  return { broken, steps, counts };

  async function act(
    peer: Peer,
    with_: { token: string; owner: string | undefined; runId: string; naming: { owner?: string } },
  ): Promise<void> {
    const { token, owner, runId, naming } = with_;
    const { identity } = peer;
    const caller = identity?.caller;
    const principal = caller?.status === 'accepted' ? caller.principal : undefined;
    const api = apiOf(peer);
    const what = pick([
      'start',
      'start',
      'feed',
      'feed',
      'events',
      'list',
      'get',
      'cancel',
      'delete',
      'refresh',
      'close',
    ] as const);
    steps.push(`${principal?.actor.id} ${what} ${owner ?? ''} ${runId}`);
    const mayName =
      owner === undefined ||
      (principal !== undefined && (ownersOf(principal).includes(owner) || hasPermission(principal, 'admin')));
    switch (what) {
      case 'start': {
        const started = await ask(() =>
          api.runs.start({ task: 'Build it', pipeline: { roles: ['coder'] }, ...naming }),
        );
        if (started !== undefined && !mayName) broken.push(`a start for ${owner} is accepted`);
        const expected = owner ?? principal?.owner;
        if (started !== undefined && ownerOfRun.get(started.runId) !== expected)
          broken.push(`a run of ${ownerOfRun.get(started.runId)} was started for ${expected}`);
        return;
      }
      case 'feed':
        return follow(peer, owner);
      case 'events':
        return subscribe(peer, runId);
      case 'list': {
        const page = await ask(() => api.runs.list({ limit: 200, ...naming }));
        if (page !== undefined && !mayName) broken.push(`a list of ${owner} is answered`);
        const visible = owner === undefined ? ownersOf(principal!) : [owner];
        const others = page?.items.filter((run) => !visible.includes(run.owner)) ?? [];
        if (others.length > 0) broken.push(`a list of ${visible.join()} has ${others[0]?.owner}`);
        counts.events += page?.items.length ?? 0;
        return;
      }
      case 'get': {
        const before = audit.length;
        const state = await ask(() => api.runs.get({ runId }));
        if (state === undefined) return;
        checkSeen(peer, 'an answer', runId);
        if (ownersOf(principal!).includes(state.owner)) return;
        counts.foreign += 1;
        const line = {
          audit: true,
          actor: principal?.actor.id,
          owner: state.owner,
          procedure: 'runs.get',
          runId,
        };
        if (JSON.stringify(audit[before]) !== JSON.stringify(line))
          broken.push(`${runId}: no line in the audit log`);
        return;
      }
      case 'cancel':
        await ask(() => api.runs.cancel({ runId, commandId: random.uuid(), target: 'run' }));
        return;
      case 'delete': {
        const receipt = await ask(() => api.runs.delete({ runId }));
        if (receipt !== undefined) checkSeen(peer, 'a deletion', runId);
        return;
      }
      case 'refresh': {
        const next = await ask(() => api.session.refresh({ token }));
        if (next !== undefined) peer.tokens.push({ fromMs: clock.now(), state: token });
        if (next !== undefined && next.owner !== principal?.owner)
          broken.push('a refresh has changed the owner');
        return;
      }
      case 'close':
        close(peer);
        return;
      default:
        what satisfies never;
    }
  }

  /** A feed of two owners has every event of theirs, in the order of commits, and no other. */
  async function checkSteady(): Promise<void> {
    const entries = await log.readAll({ after: 0, limit: 1_000_000 });
    const deleted = new Set(
      entries.flatMap(({ event }) => (event.type === 'run.deleted' ? [event.runId] : [])),
    );
    const wanted = entries
      .map(({ event }) => event)
      .filter((event) => ['ann', 'bob'].includes(ownerOfRun.get(event.runId) ?? ''))
      .filter((event) => !isDelta(event) && event.type !== 'input.recorded');
    const shown = (events: readonly object[]) =>
      events
        .map((event) => event as { type: string; runId: string; seq: number })
        // Of a deleted run some events may have been unsent.
        .filter(({ type, runId }) => type === 'run.deleted' || !deleted.has(runId))
        .map(({ type, runId, seq }) => `${runId} ${seq} ${type}`);
    const [seen, expected] = [shown(steadySeen), shown(wanted)];
    const index = expected.findIndex((line, at) => line !== seen[at]);
    if (index !== -1 || seen.length !== expected.length)
      broken.push(`the steady feed has ${seen[index]} in place of ${expected[index]}`);
  }
}
