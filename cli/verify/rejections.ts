import { errorTable } from '@stagewire/shared';
import type { Frame, FrameError } from './bare-wire.ts';
import { CheckFailed, holds, memberOf } from './expectation.ts';

/** The error of a reply that must have this code. @throws CheckFailed */
export function rejectedWith(frame: Frame, code: string, what = 'a call'): FrameError {
  const { error } = frame;
  if (error === undefined) throw new CheckFailed(`${what} rejected with ${code}`, frame.result);
  holds(
    error.data?.stagewire?.code === code,
    `${what} rejected with ${code}`,
    `${error.data?.stagewire?.code}: ${error.message}`,
  );
  return error;
}

/** The fields that an INVALID_INPUT or TOO_LARGE names. */
export function namedFields(error: FrameError): readonly unknown[] {
  const issues = memberOf(error.data.stagewire.details, 'issues');
  return Array.isArray(issues) ? issues.map((issue) => memberOf(issue, 'field')) : [];
}

/** The numbers of each tRPC code, as in section 14 of PROTOCOL.md. */
const numbersOf: Readonly<Record<string, { readonly rpc: number; readonly http: number }>> = {
  BAD_REQUEST: { rpc: -32600, http: 400 },
  NOT_FOUND: { rpc: -32004, http: 404 },
  CONFLICT: { rpc: -32009, http: 409 },
  PRECONDITION_FAILED: { rpc: -32012, http: 412 },
  UNPROCESSABLE_CONTENT: { rpc: -32022, http: 422 },
  TOO_MANY_REQUESTS: { rpc: -32029, http: 429 },
  PAYLOAD_TOO_LARGE: { rpc: -32013, http: 413 },
};

/** Checks that an error matches its row of the table and has no internals of the server. @throws CheckFailed */
export function matchesErrorTable(error: FrameError): void {
  const { code, retryable } = error.data.stagewire;
  holds(Object.hasOwn(errorTable, code), 'a code of the table', code);
  const row = errorTable[code as keyof typeof errorTable];
  const numbers = numbersOf[row.trpc];
  const expected = { retryable: row.retryable, trpc: row.trpc, rpc: numbers?.rpc, http: numbers?.http };
  const seen = { retryable, trpc: error.data.code, rpc: error.code, http: error.data.httpStatus };
  holds(JSON.stringify(seen) === JSON.stringify(expected), `${code} as ${JSON.stringify(expected)}`, seen);
  holds(typeof error.message === 'string' && error.message !== '', `${code} with a readable message`, error);
  const text = JSON.stringify(error);
  holds(
    !/"stack"|\n {4}at |node_modules|file:\/\//.test(text),
    `${code} without a stack or a path of the server`,
    text,
  );
}
