import { createFakeClock } from './fake-clock.ts';
import { checkRun } from './check-run.ts';
import { checkCopiesOf } from './copy-laws.ts';
import { createFallibleLog } from './fallible-log.ts';
import { createSeededChance } from './seeded-random-ids.ts';
import { createSimAsker } from './sim-asker.ts';
import { connectSimClient, type SimClient } from './sim-client.ts';
import { createSimFeed } from './sim-feed.ts';
import { createSimFollower, type SimFollower } from './sim-follower.ts';
import { drawStep, firstStep, type SimStep } from './sim-step.ts';
import { checkDayUsage, withSimBudget } from './sim-budgets.ts';
import { simPrices } from './sim-prices.ts';
import { startSimServer } from './sim-server.ts';
import { createSimRecord } from './sim-record.ts';
import { createSimTruth } from './sim-truth.ts';

export interface Simulation {
  /** What was done, in order: enough to see how it came about. */
  readonly steps: readonly string[];
  /** The promises that were broken, each with the step at which it showed. */
  readonly broken: readonly string[];
  /** With `trace`: every step, every commit and every message that a reader read, in order. */
  readonly trace: readonly string[];
  /** How much has happened: a simulation in which nothing does would find nothing. */
  readonly counts: {
    readonly events: number;
    readonly runs: number;
    /** Runs that were started from others. */
    readonly startedFrom: number;
    readonly followers: number;
    readonly deletions: number;
    /** Runs that have, or had, links. */
    readonly shared: number;
    /** Runs with a cost. */
    readonly priced: number;
    /** Runs that have reached a limit. */
    readonly limited: number;
  };
}

const maxRuns = 6;
const maxFollowers = 9;

/**
 * The whole server in one seed: several runs and followers, commands, crashes, restarts, lost connections, slow
 * readers, a failing log and a failing model, in an order that only the seed decides. After every step, when the
 * server has come to rest, each promise of PROTOCOL.md is held against the log.
 */
export async function simulate(
  seed: number,
  options: { readonly trace?: boolean } = {},
): Promise<Simulation> {
  const random = createSeededChance(seed);
  const clock = createFakeClock();
  const { steps, broken, trace, note, onBroken } = createSimRecord({ clock, trace: options.trace });

  let logWorks = true;
  const truth = createSimTruth(
    createFallibleLog({
      // As in SQLite, and as in memory.
      commitWindowMs: seed % 2 === 0 ? 4 : 0,
      clock,
      beforeCommit() {
        if (!logWorks) throw new Error('disk full');
      },
    }),
    onBroken,
  );
  truth.log.watchAll((entries) => note(`log ${JSON.stringify(entries)}`));

  const maxRunningRuns = 1 + Math.floor(random.next() * 3);
  let starts = 0;
  const boot = () => {
    const prices = simPrices(seed, starts++);
    return startSimServer({ clock, log: truth.log, random, maxRunningRuns, prices, onDefect });
  };
  /** An error of the log is no defect while it is the simulation that makes the log fail. */
  function onDefect(defect: string): void {
    onBroken(`the server met a defect of its own: ${defect}`);
  }

  let server = boot();
  const clients: SimClient[] = [];
  const followers: SimFollower[] = [];
  const feed = createSimFeed({ truth, onBroken });
  let connections = 0;
  let events = 0;

  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random.next() * from.length)];

  function connect(): SimClient | undefined {
    const name = `connection ${(connections += 1)}`;
    const client = connectSimClient({
      name,
      server,
      onBroken,
      onMessage(text) {
        events += 1;
        note(`${name} reads ${text}`);
      },
    });
    if (client !== undefined) clients.push(client);
    return client;
  }

  /** A connection that is there, or a new one: followers share connections, as a page's do. */
  function anyClient(): SimClient | undefined {
    const open = clients.filter(({ socket }) => socket.isOpen);
    return random.next() < 0.5 ? (pick(open) ?? connect()) : connect();
  }

  const principal = createSimAsker({ truth, anyClient, onBroken });

  function resumeAll(): void {
    for (const follower of [...followers, feed]) {
      if (!follower.isLost) continue;
      const client = anyClient();
      if (client !== undefined) follower.follow(client);
    }
  }

  function setReading(client: SimClient | undefined, isReading: boolean): void {
    if (client === undefined) return;
    if (isReading) {
      for (const follower of followers) if (follower.client === client) follower.readsAgain();
    }
    client.socket.setReading(isReading);
  }

  async function stop(): Promise<void> {
    const stopping = server;
    const stopped = stopping.stop().then(() => true);
    await clock.advance(250);
    const hasStopped = await Promise.race([stopped, Promise.resolve(false)]);
    // One that was killed meanwhile has nothing more to do.
    if (!stopping.process.isAlive) return;
    if (!hasStopped) onBroken('it did not stop within the abort grace');
    const left = stopping.process.pendingTimers;
    if (left > 0) onBroken(`${left} timers are left of a server that has stopped`);
    stopping.kill();
  }

  async function take(step: SimStep): Promise<void> {
    const runIds = truth.runIds;
    const runId = pick(runIds);
    switch (step.do) {
      case 'advance':
        return clock.advance(step.ms);
      case 'start':
        if (principal.starts >= maxRuns) return;
        return principal.ask('runs.start', {
          ...withSimBudget(step.input, { seed, start: principal.starts }),
          runId: random.runId(clock.now()),
        });
      case 'start from':
        if (principal.starts >= maxRuns) return;
        return principal.askFrom(step, { runId: random.runId(clock.now()), pick });
      case 'follow': {
        if (runId === undefined || followers.length >= maxFollowers) return;
        const name = `follower ${followers.length + 1}`;
        const follower = createSimFollower({
          name,
          runId,
          withReasoning: step.reasoning,
          truth,
          clock,
          onBroken,
        });
        followers.push(follower);
        const client = anyClient();
        if (client !== undefined) follower.follow(client);
        return;
      }
      case 'come back': {
        // Behind the terminal event there is nothing but the word that it is over.
        const done = pick(followers.filter(({ isDone }) => isDone));
        const client = done === undefined ? undefined : anyClient();
        if (client !== undefined) done?.follow(client);
        return;
      }
      case 'feed': {
        if (!feed.isLost) return;
        const client = anyClient();
        if (client !== undefined) feed.follow(client);
        return;
      }
      case 'command':
        if (runId !== undefined) principal.ask(step.path, { ...step.input, runId, commandId: random.uuid() });
        return;
      case 'unshare': {
        const shared = pick(runIds.filter((id) => (truth.stateAt(id)?.shares.length ?? 0) > 0));
        const share = shared === undefined ? undefined : pick(truth.stateAt(shared)?.shares ?? []);
        if (share === undefined) return;
        const { shareId } = share;
        return principal.ask('runs.unshare', { runId: shared, shareId, commandId: random.uuid() });
      }
      case 'send again':
        return principal.askAgain(random.next());
      case 'bad cursor':
        return sendBadCursor();
      case 'disconnect':
        return pick(clients)?.socket.cut();
      case 'resume':
        return resumeAll();
      case 'leave':
        return pick(followers)?.leave();
      case 'stop reading':
        return setReading(pick(clients), false);
      case 'read again':
        return setReading(pick(clients.filter(({ socket }) => !socket.isReading)), true);
      case 'crash':
        return server.kill();
      case 'crash in append':
        server.process.killInAppend(step.nth);
        return clock.advance(50);
      case 'restart':
        server.drain();
        await clock.advance(step.ms);
        return stop();
      case 'log fails':
        logWorks = false;
        await clock.advance(step.ms);
        logWorks = true;
        return;
      case 'remove': {
        const ended = pick(runIds.filter((id) => !truth.isLive(id) && !truth.isRemoved(id)));
        if (ended !== undefined) await truth.remove(ended);
        return;
      }
      case 'delete': {
        const ended = runIds.filter((id) => !truth.isLive(id));
        // Rather one whose end a follower has not had yet: it must not get the rest.
        const behind = ended.filter((id) => followers.some((one) => one.runId === id && !one.isDone));
        const deleted = random.next() < 0.8 ? (pick(behind) ?? pick(ended)) : runId;
        if (deleted !== undefined) principal.ask('runs.delete', { runId: deleted });
        return;
      }
      default:
        step satisfies never;
    }
  }

  /** A cursor of another run: refused, and the connection stays as good as before. */
  function sendBadCursor(): void {
    const one = pick(followers);
    const others = followers.filter(({ runId, cursor }) => runId !== one?.runId && cursor !== undefined);
    const other = pick(others);
    if (one === undefined || other?.cursor === undefined) return;
    const expected = truth.isRemoved(one.runId) ? 'RUN_EXPIRED' : 'CURSOR_INVALID';
    anyClient()?.subscribe(
      'runs.events',
      { runId: one.runId, lastEventId: other.cursor },
      {
        onStarted: () => onBroken('it followed from the cursor of another run'),
        onEvent: () => undefined,
        onStopped: () => undefined,
        onRefused: (code) => code === expected || onBroken(`a bad cursor was refused with ${code}`),
        onLost: () => undefined,
      },
    );
  }

  async function rest(): Promise<void> {
    await clock.runTurns();
    if (!server.process.isAlive) {
      server.kill();
      server = boot();
      await clock.runTurns();
    }
    for (const follower of followers) follower.check();
  }

  const count = 10 + Math.floor(random.next() * 50);
  await rest();
  for (let index = 0; index < count && broken.length === 0; index += 1) {
    const step = index === 0 ? firstStep : drawStep(random);
    steps.push(JSON.stringify(step));
    note(`step ${JSON.stringify(step)}`);
    await take(step);
    await rest();
  }
  if (broken.length === 0) await settle();
  const counts = { events, ...truth.totals, followers: followers.length };
  return { steps, broken, trace, counts };

  /** Everybody reads and comes back, until every run has ended and every follower has seen its end. */
  async function settle(): Promise<void> {
    steps.push('settle');
    for (let round = 0; round < 60; round += 1) {
      for (const client of clients) if (!client.socket.isReading) setReading(client, true);
      resumeAll();
      await rest();
      if (truth.runIds.every((id) => !truth.isLive(id)) && followers.every(({ isDone }) => isDone)) break;
      await clock.advance(settleStepMs);
      await rest();
      if (broken.length > 0) return;
    }
    await clock.advance(500);
    for (const runId of truth.runIds) {
      if (truth.isLive(runId)) onBroken(`${runId} never ended`);
      try {
        checkCopiesOf(runId, truth);
        checkRun(truth.entries(runId));
      } catch (error) {
        onBroken(`${runId}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    for (const follower of followers) if (!follower.isDone) onBroken(`${follower.name} never saw the end`);
    feed.checkEnd();
    const miscounted = await checkDayUsage(truth.log, { truth, nowMs: clock.now() });
    miscounted.forEach(onBroken);
    await stop();
  }
}

const settleStepMs = 5000;
