import { expect, test } from 'vitest';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { createGroupCommitLog } from '../../server/log/group-commit.ts';
import { createMemoryStorage } from '../../server/log/memory.ts';
import { systemClock } from '../../server/runtime/clock.ts';

test('a search that the stop of a server interrupts is rejected as unavailable, not as a defect', async () => {
  let isOpen = true;
  const log = createGroupCommitLog({
    clock: systemClock,
    storage: {
      ...createMemoryStorage({ clock: systemClock }),
      // As a database does; there are always more runs.
      list() {
        if (!isOpen) throw new Error('database is not open');
        return { runs: [], next: { queuedAt: '2026-01-01T00:00:00.000Z', runId: 'run_12345678' } };
      },
      close: () => void (isOpen = false),
    },
  });
  const search = log.listPage({ limit: 9, search: ['zebra'] }).catch((error: unknown) => error);
  await log.close();
  expect(await search).toBeInstanceOf(LogUnavailable);
});
