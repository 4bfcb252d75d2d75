import { failureTable } from '@stagewire/shared';
import { failureAdvice } from '@stagewire/shared/failure-advice';
import type { FailureCode } from '@stagewire/shared';
import { FailureReason } from '@stagewire/shared/primitives';
import { describe, expect, test } from 'vitest';

const cli = {
  model: ' (--model)',
  effort: ' (--effort ROLE=low)',
  outputLimit: ' (--max-output-tokens ROLE=N)',
};
const none = { model: '', effort: '', outputLimit: '' };
const codes = Object.keys(failureTable) as FailureCode[];

describe('the advice for a failed run', () => {
  test.each(codes)('exists for the code %s, with the names of the settings or without', (code) => {
    for (const reason of [undefined, ...FailureReason.options]) {
      expect(failureAdvice({ code, reason }, cli)).toMatch(/^[A-Z].*\.$/);
      expect(failureAdvice({ code, reason }, none)).not.toMatch(/--|\(\)| {2}| \.(?!env)/);
    }
  });

  test('follows the reason where that is more precise', () => {
    const code = 'OUTPUT_INVALID';
    expect(failureAdvice({ code, reason: 'output_limit' }, cli)).toBe(
      'Lower the effort of the role (--effort ROLE=low) or raise its output limit (--max-output-tokens ROLE=N), and start a rerun.',
    );
    expect(failureAdvice({ code, reason: 'no_file' }, cli)).toBe(failureAdvice({ code }, cli));
  });

  test('exists for codes and reasons of a later server', () => {
    const later = { code: 'NEW_CODE' as FailureCode, reason: 'toString' };
    expect(failureAdvice(later, none)).toBe('Start a rerun. If it fails again, use another model.');
  });
});
