export interface SimRecordOptions {
  readonly clock: { now(): number };
  /** @default nothing is traced */
  readonly trace?: boolean | undefined;
}

/** What a simulation has done and seen, as its result tells it. */
export function createSimRecord({ clock, trace: isTraced = false }: SimRecordOptions) {
  const steps: string[] = [];
  const broken: string[] = [];
  const trace: string[] = [];
  return {
    steps,
    broken,
    trace,
    note(line: string): void {
      if (isTraced) trace.push(`${clock.now()} ${line}`);
    },
    /** The first ten, each with the step at which it showed. */
    onBroken(law: string): void {
      if (broken.length < 10) broken.push(`step ${steps.length} (${steps.at(-1) ?? 'start'}): ${law}`);
    },
  };
}
