import type { StartField } from './start-problems.ts';

/** The error text of a field; `undefined` if it is valid, or not to be shown yet. */
export type ProblemOf = (field: StartField) => string | undefined;

/** The attributes that mark a field as invalid and connect it to its error text. */
export function fieldProps(field: StartField, problemOf: ProblemOf) {
  const isInvalid = problemOf(field) !== undefined;
  return {
    name: field,
    'aria-invalid': isInvalid ? ('true' as const) : undefined,
    'aria-describedby': isInvalid ? idOf(field) : undefined,
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
