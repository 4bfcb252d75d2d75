import { openJsonReport } from '../terminal/json-report.ts';
import { openReportFile } from '../terminal/report-file.ts';
import { junitReport } from './junit-report.ts';
import type { LoadReport } from './load-report.ts';
import type { LoadOptions } from './load-settings.ts';
import { markdownReport } from './markdown-report.ts';
import { htmlReport } from './html/html-report.ts';

/** The files of a load test's report. */
export interface LoadReports {
  /** The JSON report is all that is printed. */
  readonly isJsonPrinted: boolean;
  /** @throws CliProblem if a file cannot be written. */
  write(report: LoadReport): Promise<void>;
}

/** Tries all paths before the test. @throws CliProblem if a file cannot be written. */
export async function openLoadReports(
  { json, html, junit, summary }: Pick<LoadOptions, 'json' | 'html' | 'junit' | 'summary'>,
  cwd: string,
): Promise<LoadReports> {
  const jsonFile = await openJsonReport(json, cwd);
  const htmlFile = html === undefined ? undefined : await openReportFile(html, cwd);
  const junitFile = junit === undefined ? undefined : await openReportFile(junit, cwd);
  const summaryFile = summary === undefined ? undefined : await openReportFile(summary, cwd, 'append');
  return {
    isJsonPrinted: jsonFile.isPrinted,
    async write(report) {
      await jsonFile.write(report);
      await htmlFile?.write(htmlReport(report));
      await junitFile?.write(junitReport(report));
      await summaryFile?.write(markdownReport(report));
    },
  };
}
