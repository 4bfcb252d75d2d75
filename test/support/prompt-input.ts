import type { PromptFile, PromptInput } from '../../server/pipeline/prompt-input.ts';
import { findRole, type RoleDefinition } from '../../server/pipeline/roles.ts';

export function roleOf(name: string): RoleDefinition {
  const found = findRole(name);
  if (found === undefined) throw new Error(`no role ${name}`);
  return found;
}

/** A prompt's input with nothing in it but a task, for the coder. */
export function promptInput(more: Partial<PromptInput> = {}): PromptInput {
  return {
    role: roleOf('coder'),
    task: 'Build a clock.',
    earlierTasks: [],
    instructions: {},
    files: [],
    notes: [],
    reviews: 0,
    skipped: [],
    unfinished: [],
    lacksCode: false,
    steers: [],
    ...more,
  };
}

export function contextFile(path: string, text: string): PromptFile {
  return { path, text, from: 'input' };
}

export function writtenFile(path: string, text: string, stage = 2): PromptFile {
  return { path, text, from: 'stage', stage };
}

/** An input with something in every part. */
export function fullInput(role: string): PromptInput {
  return promptInput({
    role: roleOf(role),
    instructions: { all: 'Be brief.', [role]: `Only for the ${role}.` },
    files: [contextFile('lib/time.ts', 'now();\n'), writtenFile('src/clock.ts', 'tick();\ntock();\n')],
    design: { text: '# Clock\n\n```files\nsrc/clock.ts\nsrc/face.ts\n```\n' },
    notes: [{ role: 'coder', stage: 2, text: 'I took UTC.', removed: ['src/old.ts'] }],
    review: {
      stage: 3,
      verdict: 'changes_requested',
      issues: [
        { severity: 'major', message: 'It stops.', file: 'src/clock.ts', line: 2, suggestion: 'Go on.' },
      ],
    },
    reviews: 1,
    skipped: [{ role: 'coder', reason: 'diff', path: 'src/face.ts' }],
    unfinished: [{ role: 'coder', path: 'src/hand.ts', text: 'turn(' }],
    lacksCode: false,
    steers: [{ text: 'Use 24 hours.', kind: 'steer' }],
  });
}
