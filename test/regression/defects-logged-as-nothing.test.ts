import { expect, test } from 'vitest';
import { createJsonLogger } from '../../server/process/json-logger.ts';

// pino knows errors by the key `err`; ours are called `error`, and every defect was logged as `"error":{}`.
test('a defect is logged with its message, its stack and its cause', () => {
  const lines: string[] = [];
  const logger = createJsonLogger({ destination: { write: (line) => void lines.push(line) } });

  const cause = new Error('the disk is gone');
  logger.error({ error: new TypeError('no such thing', { cause }), path: 'runs.get' }, 'a call failed');

  const { error } = JSON.parse(lines.join('')) as { error: Record<string, unknown> };
  expect(error).toMatchObject({ type: 'TypeError' });
  expect(error['message']).toContain('no such thing');
  expect(error['message']).toContain('the disk is gone');
  expect(error['stack']).toContain('defects-logged-as-nothing');
});
