import { describe, expect, test } from 'vitest';
import type { SkipReason } from '@stagewire/shared';
import type { TextFiles } from '@stagewire/shared/text/read-files';
import { findFileFault } from '../../server/runs/decide/artifacts/file-fault.ts';

const parts = [{ offset: 0, chars: 1 }];
const file = (path: string) => ({ path, language: 'ts', parts });
const skip = (reason: SkipReason, path?: string) => ({
  reason,
  ...(path === undefined ? {} : { path }),
  offset: 0,
  chars: 1,
});
const text = (more: Partial<TextFiles> = {}): TextFiles => ({
  files: [],
  removed: [],
  skipped: [],
  unchanged: false,
  notes: '',
  ...more,
});

describe('what a text lacks as files', () => {
  test.each<{ is: string | undefined; of: Partial<TextFiles>; leaves?: boolean }>([
    { is: 'no_file', of: {} },
    { is: 'no_file', of: { skipped: [skip('no_path'), skip('diff', 'a.ts')] } },
    { is: 'no_file', of: { skipped: [skip('no_such_file', 'a.ts')] } },
    { is: 'no_file', of: { unchanged: true } },
    { is: undefined, of: { unchanged: true }, leaves: true },
    { is: 'no_file', of: {}, leaves: true },
    { is: undefined, of: { files: [file('a.ts')] } },
    { is: undefined, of: { removed: [{ path: 'a.ts', offset: 0, chars: 0 }] } },
    { is: undefined, of: { files: [file('a.ts')], skipped: [skip('no_path'), skip('excerpt', 'b.ts')] } },
    { is: 'file_open', of: { files: [file('a.ts')], skipped: [skip('open', 'b.ts')] } },
    { is: 'file_open', of: { skipped: [skip('elided', 'a.ts'), skip('open')] } },
    { is: 'file_elided', of: { files: [file('a.ts')], skipped: [skip('elided', 'b.ts')] } },
    { is: undefined, of: { files: [file('a.ts')], skipped: [skip('elided', 'a.ts'), skip('open', 'a.ts')] } },
  ])('$of: $is', ({ is, of, leaves = false }) => {
    expect(findFileFault(text(of), { mayLeaveAsIs: leaves })?.reason).toBe(is);
  });

  test('names the paths, but not hundreds of them', () => {
    const skipped = Array.from({ length: 50 }, (_, index) => skip('elided', `src/f${index}.ts`));
    const message = findFileFault(text({ skipped }), { mayLeaveAsIs: false })?.message;
    expect(message).toContain('src/f0.ts');
    expect(message).toContain('45 more');
    expect(message).not.toContain('src/f5.ts');
  });
});
