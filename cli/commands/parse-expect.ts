import type { Expect } from '@stagewire/client';
import { rolePattern } from '@stagewire/shared/id-patterns';

/** `any`, a role, `2` or `2.1`, as `--expect` takes it; `undefined` for anything else. */
export function parseExpect(text: string): Expect | undefined {
  if (text === 'any') return 'any';
  const numbers = /^([1-9]\d{0,8})(?:\.([1-9]\d{0,8}))?$/.exec(text);
  if (numbers !== null) {
    const [, stage, attempt] = numbers;
    return { stage: Number(stage), ...(attempt !== undefined && { attempt: Number(attempt) }) };
  }
  return rolePattern.test(text) ? { role: text } : undefined;
}
