import type { ExportedTraces, ExportTracesInput } from '@stagewire/shared/traces';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { ExportRuns } from '../telemetry/export-runs.ts';
import { CollectorUnavailable } from '../telemetry/span-sink.ts';
import { formatToken, parseToken } from './list-page.ts';

export interface ExportTracesOptions {
  /** @default there is no receiver */
  readonly exportRuns: ExportRuns | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Answers `traces.export`. @throws StagewireError UNKNOWN_PROCEDURE without a receiver; INVALID_INPUT, OVERLOADED */
export async function exportTraces(
  { since, before }: ExportTracesInput,
  { exportRuns, signal = new AbortController().signal }: ExportTracesOptions,
): Promise<ExportedTraces> {
  if (exportRuns === undefined) throw wireErrors.UNKNOWN_PROCEDURE.procedure('traces.export');
  const position = before === undefined ? undefined : parseToken(before, 'traces.export');
  try {
    const { next, ...exported } = await exportRuns({ since, before: position, signal });
    return { ...exported, ...(next !== undefined && { next: formatToken(next) }) };
  } catch (error) {
    if (error instanceof CollectorUnavailable) throw wireErrors.OVERLOADED.collector(error);
    throw error;
  }
}
