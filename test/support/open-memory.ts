import type { Clock } from '../../server/runtime/clock.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createTurnBudget } from '../../server/runtime/turn-budget.ts';
import { createAnswerMemoryFactory } from '../../server/transport/answer-memory.ts';
import { defaultTransportLimits } from '../../server/transport/limits.ts';

/** What parts of the transport share, over an account that always has room. */
export function openMemory(clock: Clock) {
  const account = createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER));
  const createAnswerMemory = createAnswerMemoryFactory({ account, clock, limits: defaultTransportLimits });
  return { account, createAnswerMemory, turns: createTurnBudget({ clock }) };
}
