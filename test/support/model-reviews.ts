/** An issue as a reviewer writes it. */
export interface WrittenIssue {
  readonly severity: string;
  readonly message: string;
  readonly file: string | null;
  readonly line: number | string | null;
  readonly suggestion: string | null;
}

export function major(message: string, more: Partial<WrittenIssue> = {}): WrittenIssue {
  return { severity: 'major', message, file: 'src/a.ts', line: 1, suggestion: null, ...more };
}

/** The text of a review. @param verdict may be any word: models find many. */
export function written(issues: readonly WrittenIssue[], verdict: string): string {
  return JSON.stringify({ issues, verdict });
}

export const approves = written([], 'approved');

export function requestsChanges(...issues: readonly WrittenIssue[]): string {
  return written(issues, 'changes_requested');
}
