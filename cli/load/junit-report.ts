import { escapeMarkup } from './escape-markup.ts';
import type { LoadReport } from './load-report.ts';
import { mustBeZero } from './must-be-zero.ts';
import { measuredText, valueText } from './report-texts.ts';

interface TestCase {
  readonly name: string;
  /** Empty: it has passed. */
  readonly problem?: { readonly kind: 'failure' | 'error'; readonly text: string };
}

/** The report as JUnit XML: a test case for the validity, each threshold, and each counter that must be 0. */
export function junitReport(report: LoadReport): string {
  const { invalidBecause, thresholds, counters, broken, measuredMs, startedAt } = report;
  const validity: TestCase =
    invalidBecause.length === 0
      ? { name: 'the durations are valid' }
      : {
          name: 'the durations are valid',
          problem: { kind: 'error', text: `Not valid: ${invalidBecause.join('; ')}.` },
        };
  const named = new Set(thresholds.map(({ threshold }) => threshold.split(':')[0]?.trim()));
  const cases: readonly TestCase[] = [
    validity,
    ...thresholds.map((result): TestCase => {
      const { threshold: name, met } = result;
      if (met === true) return { name };
      const kind = met === null ? 'error' : 'failure';
      return {
        name,
        problem: { kind, text: `${met === null ? 'Not judged' : 'Missed'}: ${measuredText(result)}.` },
      };
    }),
    ...mustBeZero
      .filter((name) => !named.has(name))
      .map((counter): TestCase => {
        const name = `${counter}:count==0`;
        if (!broken.includes(counter)) return { name };
        return { name, problem: { kind: 'failure', text: `Is ${valueText(counters[counter], 'count')}.` } };
      }),
  ];
  const count = (kind: 'failure' | 'error') => cases.filter(({ problem }) => problem?.kind === kind).length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="stagewire load" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="0" time="${(measuredMs / 1000).toFixed(3)}" timestamp="${escapeMarkup(startedAt.replace(/\.\d+Z$/, ''))}">
${cases.map(caseXml).join('\n')}
</testsuite>
</testsuites>
`;
}

function caseXml({ name, problem }: TestCase): string {
  const open = `<testcase classname="stagewire.load" name="${escapeMarkup(name)}"`;
  if (problem === undefined) return `${open}/>`;
  return `${open}><${problem.kind} message="${escapeMarkup(problem.text)}"/></testcase>`;
}
