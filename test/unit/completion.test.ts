import { describe, expect, test } from 'vitest';
import { completionOf } from '../../cli/completion/completion-of.ts';
import { shellWords } from '../../cli/completion/shell-words.ts';
import { createProgram } from '../../cli/program.ts';

const program = createProgram({
  createContext: () => Promise.reject(new Error('No command is run here.')),
  onExitCode: () => undefined,
  jsonErrors: false,
});
const completed = (line: string) => completionOf(program, shellWords(line).slice(1));
const valuesOf = (line: string) => completed(line).candidates.map(({ value }) => value);

describe('completion', () => {
  test('knows commands, options and fixed values', () => {
    expect(completed('stagewire ste').candidates).toEqual([
      { value: 'steer', description: 'give the model an instruction while it writes' },
    ]);
    expect(valuesOf('stagewire ')).not.toContain('complete');
    expect(valuesOf('stagewire keys rev')).toEqual(['revoke']);
    expect(valuesOf('stagewire list --status r')).toEqual(['running']);
    expect(valuesOf('stagewire list --status=q')).toEqual(['--status=queued']);
    expect(valuesOf('stagewire watch --no-r')).toEqual(['--no-reasoning']);
    expect(valuesOf('stagewire steer --run run_1 --mode ')).toEqual(['continue', 'restart', 'next']);
    expect(valuesOf('stagewire run -- --st')).toEqual([]);
  });

  test('knows of which kind a value is', () => {
    const kinds = {
      'stagewire watch ': 'run',
      'stagewire delete run_1 ': 'run',
      'stagewire steer --run ': 'run',
      'stagewire redirect ': 'role',
      'stagewire run --roles architect,': 'role-list',
      'stagewire run --effort=': 'role=',
      'stagewire run "a task" --file ': 'file',
      'stagewire list --owner ': 'owner',
      'stagewire run ': undefined,
    };
    expect(Object.fromEntries(Object.keys(kinds).map((line) => [line, completed(line).kind]))).toEqual(kinds);
    expect(completed('stagewire run --roles=architect,co').prefix).toBe('--roles=architect,');
  });

  test('reads the words of a shell', () => {
    expect(shellWords(`a "b c" 'd\\ "e' f\\ g "" h`)).toEqual(['a', 'b c', 'd\\ "e', 'f g', '', 'h']);
    expect(shellWords('a ')).toEqual(['a', '']);
    expect(shellWords('a "b c')).toEqual(['a', 'b c']);
  });
});
