import { refusalsByServer, refusalsByState } from './command-refusals.ts';
import { isDeepStrictEqual } from 'node:util';
import type { Answer, SimClient } from './sim-client.ts';
import type { SimTruth } from './sim-truth.ts';

/** One who starts runs and gives commands, sends them again, and holds the answers against the log. */
export interface SimAsker {
  /** Runs asked for so far. */
  readonly starts: number;
  ask(path: string, input: Readonly<Record<string, unknown>>): void;
  /** Starts a run from one that has ended, if there is one. */
  askFrom(
    step: { readonly from: Readonly<Record<string, unknown>>; readonly task?: string },
    by: { readonly runId: string; pick<T>(from: readonly T[]): T | undefined },
  ): void;
  /** Sends something that was sent before once more, whatever became of it. `which` is in [0, 1). */
  askAgain(which: number): void;
}

export interface SimAskerOptions {
  readonly truth: SimTruth;
  anyClient(): SimClient | undefined;
  onBroken(law: string): void;
  /** What may be refused besides, to a command that has its receipt too. @default none */
  readonly passingToo?: readonly string[];
}

interface Sent {
  readonly path: string;
  readonly input: Readonly<Record<string, unknown>>;
  receipt?: unknown;
}

/** What a server may refuse when commands come at any time. */
const refusals: ReadonlySet<string> = new Set(['RUN_NOT_FOUND', ...refusalsByState, ...refusalsByServer]);

/** What may be refused of a start from another run, before it has its receipt. */
const refusalsOfSource: ReadonlySet<string> = new Set([
  'RUN_NOT_ENDED',
  'RUN_EXPIRED',
  'ATTEMPT_NOT_FOUND',
  'INVALID_INPUT',
]);

/** Of those, what may meet a command that has its receipt already. */
const passing: ReadonlySet<string> = new Set(refusalsByServer);

export function createSimAsker({ truth, anyClient, onBroken, passingToo = [] }: SimAskerOptions): SimAsker {
  const sent: Sent[] = [];

  function deliver(entry: Sent): void {
    // An answer may be overtaken by that to a later call.
    const { path, input, receipt } = entry;
    anyClient()?.call(path, input, (answer: Answer) => {
      if (answer.status === 'refused') checkRefusal({ path, input, receipt }, answer.code);
      if (answer.status === 'answered') checkReceipt(entry, answer.data);
    });
  }

  function checkReceipt(entry: Sent, receipt: unknown): void {
    const { path, input } = entry;
    if (entry.receipt !== undefined && !isDeepStrictEqual(entry.receipt, receipt)) {
      onBroken(`${path} sent twice got two receipts`);
    }
    entry.receipt = receipt;
    if (path === 'runs.delete') return checkDeletion(String(input['runId']), receipt);
    const { commandId } = input;
    const isThere = truth
      .entries(String(input['runId']))
      .some(
        ({ event }) => commandId === undefined || ('commandId' in event && event.commandId === commandId),
      );
    if (!isThere) onBroken(`${path} got a receipt for what is not in the log`);
  }

  function checkDeletion(runId: string, receipt: unknown): void {
    const event = truth.deletionOf(runId)?.event;
    const expected = event && { runId, deletedAt: event.at, actor: event.actor };
    if (!isDeepStrictEqual(receipt, expected)) onBroken(`runs.delete of ${runId} got another receipt`);
  }

  function checkRefusal({ path, input, receipt }: Sent, code: string): void {
    const isGone = truth.isRemoved(String(input['runId']));
    // Links are created and removed in every state of a run.
    if (path.endsWith('share') && code === 'RUN_ENDED') onBroken(`${path} was refused with ${code}`);
    if (path === 'runs.unshare' && code === 'SHARE_NOT_FOUND' && receipt === undefined) return;
    if (path === 'runs.delete') {
      const isDeleted = truth.deletionOf(String(input['runId'])) !== undefined;
      if (code === 'RUN_EXPIRED' && isDeleted) onBroken('a deleted run is RUN_EXPIRED to runs.delete');
      if (code === 'RUN_NOT_ENDED' && receipt !== undefined) onBroken('a deleted run has not ended');
      if (code === 'RUN_NOT_ENDED') return;
    }
    if (isGone && code === (path === 'runs.start' ? 'RUN_ID_CONFLICT' : 'RUN_EXPIRED')) return;
    if (passingToo.includes(code)) return;
    if (receipt === undefined && 'from' in input && refusalsOfSource.has(code)) return;
    if (!refusals.has(code)) onBroken(`${path} was refused with ${code}`);
    else if (receipt !== undefined && !passing.has(code)) {
      onBroken(`${path} had a receipt, and was refused with ${code} when it came again`);
    }
  }

  function ask(path: string, input: Readonly<Record<string, unknown>>): void {
    const entry = { path, input };
    sent.push(entry);
    deliver(entry);
  }

  return {
    get starts() {
      return sent.filter(({ path }) => path === 'runs.start').length;
    },
    ask,
    askFrom({ from, task }, { runId, pick }) {
      const source = pick(truth.runIds.filter((id) => !truth.isLive(id))) ?? pick(truth.runIds);
      if (source === undefined) return;
      const input = { runId, from: { ...from, runId: source } };
      ask('runs.start', task === undefined ? input : { ...input, task });
    },
    askAgain(which) {
      const again = sent[Math.floor(which * sent.length)];
      if (again !== undefined) deliver(again);
    },
  };
}
