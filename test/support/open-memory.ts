import type { Clock } from '../../server/runtime/clock.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createAnswerRooms } from '../../server/transport/answer-room.ts';
import { defaultTransportLimits } from '../../server/transport/limits.ts';

/** What a part of the transport asks of the memory account, over one that always has room. */
export function openMemory(clock: Clock) {
  const account = createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER));
  return { account, createAnswerRoom: createAnswerRooms({ account, clock, limits: defaultTransportLimits }) };
}
