import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, in seconds of a machine with two busy cores. Without them Vitest goes by the last run,
 * and in a fresh clone by the size of a file, which says little: then a long file begins last and one core waits for it.
 */
export const longestFiles: Readonly<Record<string, number>> = {
  'test/guarantees/memory-attacks.test.ts': 46,
  'test/browser/console-smooth.test.ts': 41,
  'test/integration/package.test.ts': 34,
  'test/regression/start-that-fails.test.ts': 31,
  'test/guarantees/nodes-take-over.test.ts': 28,
  'test/browser/console-result.test.ts': 27,
  'test/integration/verify.test.ts': 26,
  'test/browser/console-look.test.ts': 25,
  'test/integration/readme.test.ts': 24,
  'test/contract/provider-harm.test.ts': 24,
  'test/integration/keys-are-never-shown.test.ts': 20,
  'test/integration/start-problems.test.ts': 20,
  'test/integration/tutorial.test.ts': 19,
  'test/contract/postgres-nodes.test.ts': 18,
  'test/integration/postgres-faults.test.ts': 15,
  'test/integration/cluster-command.test.ts': 22,
  'test/guarantees/nodes-endurance.test.ts': 16,
  'test/integration/load-nodes.test.ts': 16,
  'test/integration/import-command.test.ts': 10,
  'test/integration/postgres-starts.test.ts': 13,
  'test/contract/postgres-log.test.ts': 13,
  'test/contract/provider-secrets.test.ts': 18,
  'test/browser/console-sloppy-crew.test.ts': 18,
  'test/browser/console-control.test.ts': 17,
  'test/integration/load.test.ts': 17,
  'test/integration/embed-document.test.ts': 16,
  'test/guarantees/slow-links.test.ts': 16,
  'test/browser/console-recovery.test.ts': 16,
  'test/guarantees/exactly-once.test.ts': 15,
  'test/simulation/whole-server.test.ts': 15,
  'test/integration/real-wires.test.ts': 15,
  'test/unit/rehearsal-obeys.test.ts': 15,
  'test/simulation/nodes.test.ts': 14,
};

/** Starts the longest files first, so that the end is made of short ones. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const secondsOf = ({ moduleId }: TestSpecification) => longestFiles[moduleId.slice(root.length + 1)] ?? 0;
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => secondsOf(other) - secondsOf(one));
  }
}
