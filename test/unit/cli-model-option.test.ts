import { expect, test } from 'vitest';
import { modelRef } from '../../cli/commands/option-parsers.ts';

test('--model with the model of one role names the option for it', () => {
  expect(() => modelRef('coder=rehearsal/seed=2')).toThrow(
    'This is the model of one role: use --model-for coder=rehearsal/seed=2.',
  );
  expect(modelRef('rehearsal/seed=2')).toBe('rehearsal/seed=2');
  expect(() => modelRef('nothing')).toThrow(/is not a valid model: /);
});
