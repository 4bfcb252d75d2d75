import type { Clock } from '../../server/runtime/clock.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createTurnBudget } from '../../server/runtime/turn-budget.ts';
import { createAnswerRooms } from '../../server/transport/answer-room.ts';
import { defaultTransportLimits } from '../../server/transport/limits.ts';

/** What parts of the transport share, over an account that always has room. */
export function openMemory(clock: Clock) {
  const account = createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER));
  const createAnswerRoom = createAnswerRooms({ account, clock, limits: defaultTransportLimits });
  return { account, createAnswerRoom, turns: createTurnBudget({ clock }) };
}
