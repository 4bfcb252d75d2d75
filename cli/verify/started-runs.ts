/** The run id of a `StartReceipt`, or of a response of the legacy API; `undefined` for any other value. */
export function startedBy(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { runId, cursor, ...rest } = value as Readonly<Record<string, unknown>>;
  const isReceipt = typeof runId === 'string' && typeof cursor === 'string' && Object.keys(rest).length === 0;
  return isReceipt ? runId : undefined;
}

/** The runs that the body of an HTTP response reports as started. */
export function startedIn(body: string): readonly string[] {
  // Event streams and pages are no JSON.
  if (!body.startsWith('{') && !body.startsWith('[')) return [];
  try {
    const parsed: unknown = JSON.parse(body);
    const answers: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    return answers.flatMap((answer) => {
      const result = member(answer, 'result');
      const runId = startedBy(member(result, 'data'));
      return runId === undefined ? [] : [runId];
    });
  } catch {
    // A body that is not JSON is reported by the check that expects it to be.
    return [];
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
