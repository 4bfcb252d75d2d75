import { openReportFile } from './report-file.ts';

/** What `--json [file]` asks for. */
export interface JsonReport {
  /** Without a file: the report is all that is printed. */
  readonly isPrinted: boolean;
  /** Writes the report to the file; nothing without one. @throws CliProblem */
  write(report: object): Promise<void>;
}

/**
 * Opens the file of `--json [file]`, so that a path that cannot be written is reported before the work and not after it.
 *
 * @param given The option's value: `true` without a file, `undefined` without the option.
 * @throws CliProblem if the file cannot be written.
 */
export async function openJsonReport(given: string | boolean | undefined, cwd: string): Promise<JsonReport> {
  if (typeof given !== 'string') return { isPrinted: given === true, write: async () => undefined };
  const file = await openReportFile(given, cwd);
  return { isPrinted: false, write: (report) => file.write(jsonOf(report)) };
}

export function jsonOf(report: object): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
