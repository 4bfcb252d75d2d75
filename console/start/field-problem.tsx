import type { StartField } from './start-problems.ts';

/** What is wrong with a field, once somebody should know: `undefined` while they may still be typing. */
export type ProblemOf = (field: StartField) => string | undefined;

/** Ties a field to its problem, for who sees it and for who hears it. */
export function fieldProps(field: StartField, problemOf: ProblemOf) {
  const isWrong = problemOf(field) !== undefined;
  return {
    name: field,
    'aria-invalid': isWrong ? ('true' as const) : undefined,
    'aria-describedby': isWrong ? idOf(field) : undefined,
  };
}

export function FieldProblem({
  field,
  problemOf,
}: {
  readonly field: StartField;
  readonly problemOf: ProblemOf;
}) {
  const problem = problemOf(field);
  return problem === undefined ? null : (
    <p className="problems" id={idOf(field)}>
      {problem}
    </p>
  );
}

function idOf(field: StartField): string {
  return `${field.replaceAll('.', '-')}-problem`;
}
