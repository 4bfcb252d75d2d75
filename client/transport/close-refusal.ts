import { errorTable, StagewireError } from '@stagewire/shared';
import { messageInReason } from '@stagewire/shared/error-reason';
import { PROTOCOL_VERSION } from '../generated/contract.ts';

/** The error of a final close code; `undefined` for codes after which the client resumes. */
export function refusalOf(
  event: { readonly code?: number; readonly reason?: string } | undefined,
  noted: StagewireError | undefined,
): StagewireError | undefined {
  const final = ['UNAUTHENTICATED', 'FORBIDDEN', 'PROTOCOL_MISMATCH'] as const;
  const code = final.find((it) => errorTable[it].close === event?.code);
  if (code === undefined) return undefined;
  if (noted?.code === code) return noted;
  const message = messageInReason(event?.reason, code) ?? sentence(errorTable[code].meaning);
  return code === 'PROTOCOL_MISMATCH'
    ? new StagewireError(code, message, { details: { client: String(PROTOCOL_VERSION) } })
    : new StagewireError(code, message);
}

/** A meaning of the error table as a message. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
