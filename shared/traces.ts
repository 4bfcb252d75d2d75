import { z } from 'zod';
import { Count, Instant } from './primitives.ts';

/** The export of the traces of earlier runs. */

export const ExportTracesInput = z
  .strictObject({ since: Instant, before: z.string().max(200).optional() })
  .meta({ id: 'ExportTracesInput' });

export const ExportedTraces = z
  .strictObject({ runs: Count, spans: Count, next: z.string().optional() })
  .meta({ id: 'ExportedTraces' });

export type ExportTracesInput = z.infer<typeof ExportTracesInput>;
export type ExportedTraces = z.infer<typeof ExportedTraces>;
