import { StagewireError, type RunCommand, type Receipt } from '@stagewire/shared';
import type { CommandRelay, NoExecutor } from '../../server/cluster/command-relay.ts';
import type { Principal } from '../../server/identity/principal.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import type { SimLink } from './sim-link.ts';

/** A command on its way: a row of a table that all nodes share. */
export interface RelayRow {
  readonly command: RunCommand;
  readonly giver: Principal;
  readonly principal: string;
  takenBy: string | undefined;
  answer: { readonly receipt: Receipt | NoExecutor } | { readonly refusal: StagewireError } | undefined;
}

interface RelayMember {
  readonly nodeId: string;
  readonly link: SimLink;
  enter(task: () => void): void;
  lookForCommands: () => void;
  hearAnswer: (row: RelayRow) => void;
}

export interface MemoryRelayOptions {
  readonly clock: Clock;
  readonly rows: Set<RelayRow>;
  readonly member: RelayMember;
  readonly members: ReadonlyMap<string, RelayMember>;
  /** The node that has claimed the run, if its lease is not over. */
  ownerOf(runId: string): string | undefined;
}

/** A command that no node has taken by then is withdrawn; from poll to poll, in milliseconds. */
const timeoutMs = 5000;
const lookEveryMs = 500;

/** Commands in rows, with notifications that may be lost; whoever owns the run takes its rows. */
export function createMemoryRelay(options: MemoryRelayOptions): CommandRelay {
  const { clock, rows, member, members, ownerOf } = options;
  const { nodeId, link } = member;
  const waiting = new Map<RelayRow, () => void>();
  let answer: Parameters<CommandRelay['serve']>[0] | undefined;

  function settle(row: RelayRow, outcome: NonNullable<RelayRow['answer']>): void {
    row.answer = outcome;
    const principal = members.get(row.principal);
    principal?.link.notify(() => principal.enter(() => principal.hearAnswer(row)));
  }

  function take(row: RelayRow): void {
    row.takenBy = nodeId;
    answer?.(row.command, row.giver).then(
      (receipt) => settle(row, { receipt }),
      (error: unknown) => {
        const refusal =
          error instanceof StagewireError ? error : new StagewireError('LOG_UNAVAILABLE', String(error));
        settle(row, { refusal });
      },
    );
  }

  function poll(): void {
    if (answer === undefined || !link.faults.isUp) return;
    for (const row of rows) {
      if (row.answer !== undefined || row.takenBy === nodeId) continue;
      if (ownerOf(row.command.runId) === nodeId) take(row);
    }
  }

  /** @returns whether it is over: answered, withdrawn, or with a node that has lost the run. */
  function isOver(row: RelayRow, untilMs: number): boolean {
    if (row.answer !== undefined) return true;
    if (row.takenBy === undefined) return clock.elapsed() >= untilMs;
    return ownerOf(row.command.runId) !== row.takenBy;
  }

  function outcomeOf(row: RelayRow): Promise<Receipt | NoExecutor> {
    return new Promise((resolve, reject) => {
      const untilMs = clock.elapsed() + timeoutMs;
      const check = (): void => {
        if (!isOver(row, untilMs) || !link.faults.isUp) return lookAgain();
        waiting.delete(row);
        rows.delete(row);
        if (row.answer === undefined) resolve('no-executor');
        else if ('refusal' in row.answer) reject(row.answer.refusal);
        else resolve(row.answer.receipt);
      };
      let cancel = () => {};
      const lookAgain = (): void => {
        cancel();
        cancel = clock.after(lookEveryMs, () => member.enter(check));
      };
      waiting.set(row, () => {
        cancel();
        check();
      });
      lookAgain();
    });
  }

  member.lookForCommands = poll;
  member.hearAnswer = (row) => waiting.get(row)?.();

  return {
    async deliver(command, giver) {
      const row: RelayRow = { command, giver, principal: nodeId, takenBy: undefined, answer: undefined };
      const owner = await link.ask(() => {
        const id = ownerOf(command.runId);
        if (id !== undefined && id !== nodeId) rows.add(row);
        return Promise.resolve(id === undefined ? undefined : members.get(id));
      });
      if (owner === undefined || owner.nodeId === nodeId) return 'no-executor';
      owner.link.notify(() => owner.enter(() => owner.lookForCommands()));
      return outcomeOf(row);
    },
    serve(given) {
      answer = given;
      return () => {
        answer = undefined;
      };
    },
    poll,
  };
}
