import { expect, test } from 'vitest';
import { defaultRoles, findRole, roles } from '../../server/pipeline/roles.ts';

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
  expect(defaultRoles).toEqual(['architect', 'coder', 'reviewer', 'refiner', 'documenter']);
});

test('a role is found by its exact name, and nothing else is', () => {
  expect(findRole('coder')?.role).toBe('coder');
  for (const name of ['Coder', '', 'toString', '__proto__', 'janitor'])
    expect(findRole(name)).toBeUndefined();
});

test('every role reads only roles that exist', () => {
  const names = roles.map(({ role }) => role);
  for (const { reads } of roles) expect(names).toEqual(expect.arrayContaining([...reads]));
});

test('whoever judges, mends, tests or describes the code reads both who wrote and who refined it', () => {
  for (const name of ['coder', 'reviewer', 'refiner', 'tester', 'documenter']) {
    expect(findRole(name)?.reads).toEqual(expect.arrayContaining(['coder', 'refiner']));
  }
});

test('roles that write code are told the form of a file, and the reviewer to put the issues first', () => {
  for (const { format, system } of roles) expect(system.includes('```ts src/app.ts')).toBe(format === 'code');
  const reviewer = findRole('reviewer')?.system ?? '';
  expect(reviewer.indexOf('"issues"')).toBeGreaterThan(-1);
  expect(reviewer.indexOf('"issues"')).toBeLessThan(reviewer.indexOf('"verdict"'));
});
