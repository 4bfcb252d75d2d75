import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findRolesProblem,
  initialPlan,
  planAfterChangesRequested,
  planAfterRedirect,
} from '../../server/pipeline/plan.ts';

const order = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'];
const chosen = fc.shuffledSubarray(order);
const standard = ['architect', 'coder', 'reviewer', 'refiner', 'documenter'];

describe('the plan at the start', () => {
  test('holds the chosen roles in the order of the pipeline, without the refiner', () => {
    expect(initialPlan(['documenter', 'refiner', 'reviewer', 'coder'])).toEqual([
      'coder',
      'reviewer',
      'documenter',
    ]);
  });

  test('is the same for every order of the roles', () => {
    fc.assert(
      fc.property(chosen, (roles) => {
        const sorted = order.filter((role) => role !== 'refiner' && roles.includes(role));
        expect(initialPlan(roles)).toEqual(sorted);
      }),
    );
  });
});

describe('the plan after a redirect', () => {
  test('to the architect is the whole pipeline again', () => {
    expect(planAfterRedirect('architect', standard)).toEqual([
      'architect',
      'coder',
      'reviewer',
      'documenter',
    ]);
  });

  test('to the refiner is followed by the reviewer', () => {
    expect(planAfterRedirect('refiner', standard)).toEqual(['refiner', 'reviewer', 'documenter']);
    expect(planAfterRedirect('refiner', ['coder', 'documenter'])).toEqual(['refiner', 'documenter']);
  });

  test('to a role that was not chosen begins with it all the same', () => {
    expect(planAfterRedirect('tester', standard)).toEqual(['tester', 'documenter']);
  });

  test('begins with its target, then only chosen roles, each once, in order', () => {
    fc.assert(
      fc.property(fc.constantFrom(...order), chosen, (to, roles) => {
        const [first, ...rest] = planAfterRedirect(to, roles);
        expect(first).toBe(to);
        expect(rest).toEqual(order.filter((role) => rest.includes(role)));
        expect(roles).toEqual(expect.arrayContaining(rest));
        expect(rest).not.toContain('refiner');
        expect(rest).not.toContain(to);
        const later = order.slice(order.indexOf(to) + 1).filter((role) => role !== 'refiner');
        for (const role of later) expect(rest.includes(role)).toBe(roles.includes(role));
      }),
    );
  });
});

test('requested changes put the refiner and another review before the rest', () => {
  expect(planAfterChangesRequested(['documenter'])).toEqual(['refiner', 'reviewer', 'documenter']);
});

describe('the roles asked for', () => {
  test('are refused when unknown, repeated, missing or only the refiner', () => {
    expect(findRolesProblem(['coder', 'janitor'])).toBe(
      'unknown role "janitor"; expected one of: architect, coder, reviewer, refiner, tester, documenter',
    );
    expect(findRolesProblem(['coder', 'coder'])).toBe('duplicate role "coder"');
    expect(findRolesProblem([])).toBe('must not be empty');
    expect(findRolesProblem(['refiner'])).toContain('refiner');
  });

  test('are fine exactly when they give a plan', () => {
    fc.assert(
      fc.property(chosen, (roles) => {
        expect(findRolesProblem(roles) === undefined).toBe(initialPlan(roles).length > 0);
      }),
    );
  });
});
