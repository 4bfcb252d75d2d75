import { isLinkEvent, isTerminal } from '@stagewire/shared';
import type { CommandRelay } from '../../server/cluster/command-relay.ts';
import { createClaimDelay } from '../../server/cluster/claim-delay.ts';
import type { Claim, Ownership } from '../../server/cluster/ownership.ts';
import type { HeartbeatChannel, HeartbeatReport } from '../../server/cluster/heartbeat-channel.ts';
import { LogConflict, LogUnavailable, type Append, type EventLog } from '../../server/log/event-log.ts';
import { createOrderedNotifications } from '../../server/log/ordered-notifications.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import { createMemoryLeases } from './memory-leases.ts';
import { createMemoryRelay, type RelayRow } from './memory-relay.ts';
import type { SimLink } from './sim-link.ts';
import { createClaimTurns } from './in-turns-of-owners.ts';

/** A log in memory that several nodes share, with leases and claims: what an adapter to a database does, without one. */
export interface MemoryCluster {
  readonly leaseMs: number;
  /** The node that has claimed the run, whether its lease is over or not. */
  ownerOf(runId: string): string | undefined;
  hasLease(nodeId: string): boolean;
  join(options: MemoryNodeOptions): MemoryNode;
}

export interface MemoryNodeOptions {
  readonly nodeId: string;
  /** Of its program. @default '1.0.0' */
  readonly version?: string | undefined;
  readonly link: SimLink;
  /** Runs something in the node's process. */
  enter(task: () => void): void;
}

/** The store as one node sees it over its link. */
export interface MemoryNode {
  readonly log: EventLog;
  readonly ownership: Ownership;
  readonly commands: CommandRelay;
  readonly news: HeartbeatChannel;
  /** Brings the notifications up to date, as the renewal of the lease does. */
  catchUp(): Promise<void>;
  /** Its process is gone: nothing is delivered to it any more. */
  leave(): void;
}

interface Member extends MemoryNodeOptions {
  readonly changed: Set<() => void>;
  readonly heard: Set<(reports: readonly HeartbeatReport[]) => void>;
  /** Runs that the node knows it has. */
  readonly known: Set<string>;
  readonly delay: ReturnType<typeof createClaimDelay>;
  lookForCommands: () => void;
  hearAnswer: (row: RelayRow) => void;
}

/** @param options.truth The log that all nodes share; empty as yet. */
export function createMemoryCluster(options: {
  readonly clock: Clock;
  readonly truth: EventLog;
  readonly leaseMs: number;
  /** Called for every append that the fence has rejected. */
  onFenced?(): void;
  /** Called when a node has claimed a run that it did not have. */
  onClaimed?(runId: string, nodeId: string): void;
}): MemoryCluster {
  const { clock, truth, leaseMs } = options;
  const owners = new Map<string, string>();
  const turns = createClaimTurns({ truth, claimed: () => [...owners.keys()] });
  const leases = createMemoryLeases({ clock, leaseMs });
  /** Appends that are being committed: their runs' rows are locked, and claims skip them. */
  const locks = new Map<string, number>();
  const queued = new Map<string, number>();
  const members = new Map<string, Member>();
  const rows = new Set<RelayRow>();
  let isSweeping = false;
  let lastOrder = 0;
  const { hasLease, isFresh } = leases;
  function poke(): void {
    for (const { link, enter, changed } of members.values()) {
      link.notify(() => enter(() => changed.forEach((listener) => listener())));
    }
  }

  truth.watchAll((entries) => {
    lastOrder = entries.at(-1)?.globalPosition ?? lastOrder;
    for (const { event } of entries) {
      if (event.type === 'run.queued') queued.set(event.runId, Date.parse(event.at));
      else if (event.type === 'run.started' || isTerminal(event)) queued.delete(event.runId);
    }
  });

  /** With its lock held nobody claims the run, so that the fence and the commit are one. */
  async function append(nodeId: string, one: Append): Promise<void> {
    const { runId, expectedSeq, claim = false } = one;
    // No node has an ended run: every node may create and remove its links.
    const isFree = one.events.every(isLinkEvent) && (await truth.head(runId))?.status === 'ended';
    if (expectedSeq > 0 && !isFree && owners.get(runId) !== nodeId) {
      options.onFenced?.();
      throw new LogConflict(`${nodeId} has not claimed ${runId}`);
    }
    locks.set(runId, (locks.get(runId) ?? 0) + 1);
    try {
      await truth.append(one);
      if (expectedSeq === 0 && claim) owners.set(runId, nodeId);
      else if (expectedSeq === 0) poke();
    } finally {
      locks.set(runId, (locks.get(runId) ?? 1) - 1);
    }
  }

  function mayClaim(runId: string, nodeId: string, takeOver: boolean): boolean {
    if ((locks.get(runId) ?? 0) > 0) return false;
    const owner = owners.get(runId);
    return owner === undefined || (owner !== nodeId && takeOver && !hasLease(owner));
  }

  async function claim(member: Member, { atMost, takeOver }: Parameters<Ownership['claim']>[0]) {
    const { nodeId, known, delay } = member;
    const mayTakeOver = () =>
      takeOver !== undefined && takeOver === leases.lastRenewal(nodeId) && isFresh(nodeId);
    const live = await truth.liveRuns();
    const unknown = live.filter((runId) => owners.get(runId) === nodeId && !known.has(runId));
    const claimable = live.filter((runId) => mayClaim(runId, nodeId, mayTakeOver()));
    const ripe = delay.isOlder ? delay.ripe(claimable) : claimable;
    const wanted = await turns.inOrder(ripe, nodeId);
    // Another node may have claimed some of them meanwhile.
    const free = wanted.filter((runId) => mayClaim(runId, nodeId, mayTakeOver())).slice(0, atMost);
    for (const runId of free) {
      owners.set(runId, nodeId);
      turns.took(runId, nodeId);
      options.onClaimed?.(runId, nodeId);
    }
    const claims: Claim[] = [];
    for (const runId of [...unknown, ...free]) {
      const head = await truth.head(runId);
      if (head?.status !== 'live') continue;
      const { status, owner, queuedAt } = head.summary;
      const reason = status === 'queued' ? 'queued' : 'takeover';
      claims.push({ runId, owner, reason, queuedAtMs: Date.parse(queuedAt) });
    }
    return claims;
  }

  /** @param catchUp Silence proves nothing: a renewal brings the last order with it. */
  function ownershipOf(member: Member, catchUp: () => Promise<void>): Ownership {
    const { nodeId, link, known, delay, version = '1.0.0' } = member;
    let hasJoined = false;
    const tellOthers = (tell: (other: Member) => void) => {
      for (const other of members.values()) {
        if (other !== member) other.link.notify(() => other.enter(() => tell(other)));
      }
    };
    return {
      nodeId,
      leaseMs,
      async claim(wanted) {
        const claims = await link.ask(() => claim(member, wanted));
        for (const { runId } of claims) known.add(runId);
        return claims;
      },
      async claimQueued(runId) {
        const isClaimed = await link.ask(async () => {
          const head = await truth.head(runId);
          const isQueued = head?.status === 'live' && head.summary.status === 'queued';
          if (!isQueued || !mayClaim(runId, nodeId, false)) return false;
          owners.set(runId, nodeId);
          return true;
        });
        if (isClaimed) known.add(runId);
        return isClaimed;
      },
      async release(runIds) {
        await link.ask(() => {
          const given = runIds === 'all' ? [...owners.keys()] : runIds;
          for (const runId of given) if (owners.get(runId) === nodeId) owners.delete(runId);
          if (runIds === 'all') leases.end(nodeId);
          poke();
          return Promise.resolve();
        });
        for (const runId of runIds === 'all' ? [...known] : runIds) known.delete(runId);
      },
      async renew() {
        const renewal = await link.ask(() => {
          const lease = leases.renew(nodeId, version);
          if (!hasJoined) tellOthers((other) => other.delay.join({ nodeId, version }));
          hasJoined = true;
          delay.setPeers(leases.peersOf(nodeId));
          const lost = [...known].filter((runId) => owners.has(runId) && owners.get(runId) !== nodeId);
          for (const runId of lost) known.delete(runId);
          return Promise.resolve({ storeNowMs: clock.now(), lost, lease, ...leases.expiryOfPeers(nodeId) });
        });
        await catchUp();
        return renewal;
      },
      hasPeers: () =>
        link.ask(() => {
          const peers = leases.peersOf(nodeId).filter((peer) => isFresh(peer.nodeId));
          return Promise.resolve(peers.some((peer) => !delay.drainingIds.includes(peer.nodeId)));
        }),
      announceDrain: () => tellOthers((other) => other.delay.drain(nodeId)),
      onChange(listener) {
        member.changed.add(listener);
        return () => void member.changed.delete(listener);
      },
      get queued() {
        return [...queued.keys()].filter((runId) => !owners.has(runId)).length;
      },
      positionOf(runId) {
        const queuedAtMs = queued.get(runId);
        if (queuedAtMs === undefined || owners.has(runId)) return undefined;
        const ahead = [...queued].filter(([id, atMs]) => !owners.has(id) && atMs < queuedAtMs).length;
        return { ahead, queuedAtMs };
      },
      async withSweepLock(sweep) {
        if (isSweeping) return undefined;
        isSweeping = true;
        try {
          return await sweep();
        } finally {
          isSweeping = false;
        }
      },
    };
  }

  return {
    leaseMs,
    ownerOf: (runId) => owners.get(runId),
    hasLease,
    join(node) {
      const { nodeId, link, enter } = node;
      const member: Member = {
        ...node,
        changed: new Set(),
        heard: new Set(),
        known: new Set(),
        delay: createClaimDelay({ clock, version: node.version ?? '1.0.0' }),
        lookForCommands: () => undefined,
        hearAnswer: () => undefined,
      };
      const notifications = createOrderedNotifications({
        clock,
        fromPosition: lastOrder,
        readAll: (page) => link.ask(() => truth.readAll(page)),
        // The next one, or the renewal of the lease, tries again.
        onRepairFailed: () => undefined,
      });
      members.set(nodeId, member);
      let base = notifications.publishedPosition;
      const unwatch = truth.watchAll((entries) => {
        const notification = { base, entries };
        base = entries.at(-1)?.globalPosition ?? base;
        link.notify(() => enter(() => notifications.offer(notification)));
      });
      const commands = createMemoryRelay({
        clock,
        rows,
        member,
        members,
        ownerOf: (runId) => {
          const owner = owners.get(runId);
          return owner !== undefined && hasLease(owner) ? owner : undefined;
        },
      });

      const log: EventLog = {
        ...truth,
        async append(one) {
          if (one.claim === true) member.known.add(one.runId);
          await link.ask(() => append(nodeId, one));
          // The session that appends is notified before it is answered.
          await notifications.catchUp(lastOrder).catch((error: unknown) => {
            throw new LogUnavailable('the answer was not heard', { cause: error, outcome: 'unknown' });
          });
        },
        head: (runId) => link.ask(() => truth.head(runId)),
        ownerOf: (runId) => link.ask(() => truth.ownerOf(runId)),
        read: (runId, page) => link.ask(() => truth.read(runId, page)),
        at: (runId, seq) => link.ask(() => truth.at(runId, seq)),
        position: (runId, seq) => link.ask(() => truth.position(runId, seq)),
        readAll: (page) => link.ask(() => truth.readAll(page)),
        lastGlobalPosition: () => link.ask(() => truth.lastGlobalPosition()),
        list: (query) => link.ask(() => truth.list(query)),
        listPage: (query, signal) => link.ask(() => truth.listPage(query, signal)),
        liveRuns: () => link.ask(() => truth.liveRuns()),
        endedRuns: (page) => link.ask(() => truth.endedRuns(page)),
        usedBytes: () => link.ask(() => truth.usedBytes()),
        remove: (runId) => link.ask(() => truth.remove(runId)),
        delete: (runId, by) => link.ask(() => truth.delete(runId, by)),
        purge: () => link.ask(() => truth.purge()),
        probe: () => link.ask(() => truth.probe()),
        watch: (runId, listener) => notifications.watch(runId, listener),
        watchAll: (listener) => notifications.watchAll(listener),
        close: () => Promise.resolve(),
      };

      return {
        log,
        ownership: ownershipOf(member, () => notifications.catchUp(lastOrder)),
        commands,
        news: {
          publish(reports) {
            for (const other of members.values()) {
              if (other === member) continue;
              const hear = () => other.heard.forEach((listener) => listener(reports));
              other.link.notify(() => other.enter(hear));
            }
          },
          subscribe(listener) {
            member.heard.add(listener);
            return () => void member.heard.delete(listener);
          },
        },
        catchUp: () => notifications.catchUp(lastOrder),
        leave() {
          unwatch();
          if (members.get(nodeId) === member) members.delete(nodeId);
        },
      };
    },
  };
}
