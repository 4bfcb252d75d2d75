import type { Check } from './check.ts';
import { same } from './expectation.ts';
import { rejectedWith } from './rejections.ts';
import { startInput } from './verify-kit.ts';

/** P80: the trace that a run belongs to. */
export const checksOfTraces: readonly Check[] = [
  {
    rule: 'P80',
    name: 'the traceparent of a start is in run.queued, and one without its form is rejected',
    async run(kit) {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const shape = 'ttft=0,tps=0,seed=7';
      const [queued] = await kit.record({ shape, roles: ['documenter'], traceparent });
      same(
        'the traceparent of the run',
        (queued?.event as { traceparent?: string } | undefined)?.traceparent,
        traceparent,
      );
      const wrong = startInput({ shape, traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` });
      rejectedWith(await (await kit.wire()).ask('mutation', 'runs.start', wrong), 'INVALID_INPUT');
    },
  },
];
