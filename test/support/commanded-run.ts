import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt, StartReceipt } from '@stagewire/shared';
import type { RandomSource } from '../../server/runtime/random.ts';
import { Refusal } from './follow-socket.ts';
import { startStubbornFollower, type StubbornFollower } from './persistent-subscriber.ts';
import { callPersistently } from './persistent-call.ts';

/** A command, and what each of the nodes has answered to it. */
export interface SentCommand {
  readonly commandId: string;
  readonly kind: string;
  readonly answers: readonly (Receipt | Refusal)[];
}

/** A run that subscribers at several nodes have got whole, with the commands that were sent to it. */
export interface CommandedRun {
  readonly runId: string;
  readonly crowd: readonly StubbornFollower[];
  readonly commands: readonly SentCommand[];
}

export interface CommandedRunOptions {
  readonly ports: readonly number[];
  readonly subscribers: number;
  readonly model: string;
  /** How long the run writes, in milliseconds, about; its commands are sent in that time. */
  readonly durationMs: number;
  readonly random: RandomSource;
}

/** Starts a run, sends commands to it while it writes, and resolves when all of its subscribers have its end. */
export async function playCommandedRun(options: CommandedRunOptions): Promise<CommandedRun> {
  const { ports, subscribers, model, durationMs, random } = options;
  const { next } = random;
  const anyPort = () => ports[Math.floor(next() * ports.length)] ?? 0;
  const runId = random.runId(Date.now());
  const input = {
    runId,
    task: 'Survive',
    models: { default: model },
    pipeline: { roles: ['architect', 'coder'] },
  };
  // The same start at all nodes at once has one receipt too.
  const startPorts = next() < 0.2 ? ports : [anyPort()];
  const receipts = await Promise.all(
    startPorts.map((port) => callPersistently<StartReceipt>(port, 'runs.start', input)),
  );
  for (const receipt of receipts) {
    if (receipt instanceof Refusal || receipt.runId !== runId || receipt.cursor !== receiptCursor(receipts))
      throw new Error(`the start of ${runId} was answered with ${JSON.stringify(receipts)}`);
  }
  const crowd = Array.from({ length: subscribers }, (_, index) => {
    let connections = index;
    const port = () => ports[(connections += 1) % ports.length] ?? 0;
    return startStubbornFollower({ port, runId, awayMs: () => 20 + next() * 200 });
  });
  const ended = Promise.all(crowd.map((follower) => follower.ended));
  const sent: Promise<SentCommand>[] = [];
  const count = Math.floor(next() * 4);
  for (let number = 0; number < count; number += 1) {
    sent.push(sendLater(next() * durationMs));
  }

  async function sendLater(delayMs: number): Promise<SentCommand> {
    // At any moment of the run.
    await sleep(delayMs);
    const commandId = random.uuid();
    const { path, ...command } = drawCommand(next);
    // To every node at once; an answer that was lost is asked for again with the same id.
    const answers = await Promise.all(
      ports.map((port) => callPersistently<Receipt>(port, path, { runId, commandId, ...command })),
    );
    return { commandId, kind: path.slice('runs.'.length), answers };
  }

  await ended;
  return { runId, crowd, commands: await Promise.all(sent) };
}

function receiptCursor([first]: readonly (StartReceipt | Refusal)[]): string | undefined {
  return first instanceof Refusal ? undefined : first?.cursor;
}

function drawCommand(next: () => number): { readonly path: string } & Record<string, unknown> {
  const expect = next() < 0.3 ? { stage: 1 } : 'any';
  const kind = next();
  const text = 'Shorter, please.';
  if (kind < 0.25) return { path: 'runs.steer', text, expect };
  if (kind < 0.4) return { path: 'runs.steer', text, mode: 'continue', expect };
  if (kind < 0.55) return { path: 'runs.steer', text, mode: 'next', expect };
  if (kind < 0.7) return { path: 'runs.redirect', to: 'documenter', expect };
  if (kind < 0.85) return { path: 'runs.cancel', target: 'stage', expect };
  return { path: 'runs.cancel', target: 'run' };
}
