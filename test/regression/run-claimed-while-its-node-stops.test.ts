import { expect, test } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { principal, createEngine, settle } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createIdleCluster } from '../support/idle-cluster.ts';
import { createRunScript, queuedBody, runIdOf } from '../support/run-script.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// A node gave all of its runs up when it stopped, and then a start or a command that was under way claimed one more: nobody
// took it up before the lease of the node was over.

function open() {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const done: string[] = [];
  const gate = { append: Promise.resolve(), claim: Promise.resolve() };
  const log: EventLog = {
    ...memory,
    async append(one) {
      await gate.append;
      await memory.append(one);
      done.push('appended');
    },
  };
  const cluster = createIdleCluster({
    leaseMs: 10_000,
    async claimQueued() {
      await gate.claim;
      done.push('claimed');
      return true;
    },
    release: (runIds) => Promise.resolve(void done.push(`released ${String(runIds)}`)),
    renew: () => Promise.resolve({ storeNowMs: clock.now(), lost: [], lease: '' }),
  });
  const engine = createEngine({ provider: createScriptedProvider(), clock, log, cluster });
  return { clock, memory, engine, gate, done };
}

test('what a start claims while its node stops is given up with all others', async () => {
  const { clock, engine, gate, done } = open();
  await settle(clock, engine.supervisor.recover());
  const append = Promise.withResolvers<void>();
  gate.append = append.promise;
  const started = engine.supervisor.start({ task: 'x' }, principal);
  await clock.runTurns();
  const stopped = engine.supervisor.stop();
  await clock.runTurns();
  expect(done).toEqual([]);
  append.resolve();
  await settle(clock, Promise.all([started, stopped]));
  expect(done).toEqual(['appended', 'released all']);
});

test('what a command claims while its node stops is given up with all others, and the command not decided', async () => {
  const { clock, memory, engine, gate, done } = open();
  await settle(clock, engine.supervisor.recover());
  const claim = Promise.withResolvers<void>();
  gate.claim = claim.promise;
  const script = createRunScript(runIdOf(1));
  const { runId } = script;
  // It is in the queue of all nodes, and not of this one's.
  await settle(clock, memory.append(script.next(queuedBody())));
  const command = settle(clock, engine.command({ runId, kind: 'cancel', target: 'run' }));
  command.catch(() => undefined);
  await clock.runTurns();
  const stopped = engine.supervisor.stop();
  await clock.runTurns();
  expect(done).toEqual([]);
  claim.resolve();
  await settle(clock, stopped);
  expect(done).toEqual(['claimed', 'released all']);
  await expect(command).rejects.toMatchObject({ code: 'DRAINING' });
});
