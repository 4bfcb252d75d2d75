import { defaultRoles } from '@stagewire/shared/default-roles';
import { expect, test } from 'vitest';
import { findRole, roles } from '../../server/pipeline/roles.ts';

test('the roles stand in the order of the pipeline, each with the format of its text', () => {
  expect(roles.map(({ role, format }) => [role, format])).toEqual([
    ['architect', 'markdown'],
    ['coder', 'code'],
    ['reviewer', 'json'],
    ['refiner', 'code'],
    ['tester', 'code'],
    ['documenter', 'markdown'],
  ]);
});

test('a run that names no roles gets all but the tester', () => {
  const all = roles.map(({ role }) => role);
  expect(defaultRoles).toEqual(all.filter((role) => role !== 'tester'));
});

test('a role is found by its exact name, and nothing else is', () => {
  expect(findRole('coder')?.role).toBe('coder');
  for (const name of ['Coder', '', 'toString', '__proto__', 'janitor'])
    expect(findRole(name)).toBeUndefined();
});

test('roles that write code are told the forms of a file, of a removal and of Markdown', () => {
  for (const { format, prompt } of roles) {
    for (const form of [
      '```ts src/app.ts\n',
      '```delete src/old.ts\n```',
      '~~~markdown README.md',
      'Do not copy',
    ]) {
      expect(prompt.answer.includes(form)).toBe(format === 'code');
    }
  }
});

test('who may find nothing to change is told how to say so', () => {
  const told = roles
    .filter(({ prompt }) => prompt.answer.includes('```unchanged\n```'))
    .map(({ role }) => role);
  expect(told).toEqual(['coder', 'refiner']);
});

test('the reviewer says what it checked, then the issues, then the verdict', () => {
  const answer = findRole('reviewer')?.prompt.answer ?? '';
  const keys = ['"checked"', '"issues"', '"verdict"'].map((key) => answer.indexOf(key));
  expect(keys).toEqual(keys.toSorted((one, other) => one - other));
  expect(keys[0]).toBeGreaterThan(-1);
});

test('the refiner is asked for nothing but what it changes', () => {
  expect(findRole('refiner')?.prompt.answer).toContain('only the files that you change, create or remove');
});

test('the architect is asked for a block of paths', () => {
  expect(findRole('architect')?.prompt.duties).toContain('a code block with the info string `files`');
});
