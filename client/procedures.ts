import type { Call, CallOptions } from './transport/call.ts';
import type { CallPath } from './transport/call-path.ts';
import type { EventStream } from './streams/event-stream.ts';
import { feedEvents } from './streams/feed-events.ts';
import {
  procedureKinds,
  type EventsInput,
  type FeedInput,
  type ProcedureMap,
  type ProcedurePath,
} from './generated/contract.ts';
import type { SubscriptionTransport } from './streams/resume.ts';
import { runEvents } from './streams/run-events.ts';

type Procedure<P extends ProcedurePath> = ProcedureMap[P]['kind'] extends 'subscription'
  ? (input: ProcedureMap[P]['input'], options?: CallOptions) => EventStream<ProcedureMap[P]['output']>
  : (input: ProcedureMap[P]['input'], options?: CallOptions) => Promise<ProcedureMap[P]['output']>;

type Group = ProcedurePath extends `${infer G}.${string}` ? G : never;
type GroupOf<P extends ProcedurePath> = P extends `${infer G}.${string}` ? G : never;
type NameOf<P extends ProcedurePath> = P extends `${string}.${infer N}` ? N : never;

/**
 * Every procedure of the contract under its own name: `procedures.runs.get({ runId })`. Queries and mutations are
 * retried until there is a reply or the deadline has passed; subscriptions resume from their last cursor. Errors are
 * those of the methods of `Stagewire` and `Run`.
 */
export type Procedures = {
  readonly [G in Group]: {
    readonly [P in ProcedurePath as GroupOf<P> extends G ? NameOf<P> : never]: Procedure<P>;
  };
};

export function createProcedures({
  call,
  source,
}: {
  call: Call;
  source: SubscriptionTransport;
}): Procedures {
  const tree: Record<string, Record<string, unknown>> = {};
  for (const path of Object.keys(procedureKinds) as ProcedurePath[]) {
    const [group = '', name = ''] = path.split('.');
    tree[group] = { ...tree[group], [name]: procedure(path) };
  }
  return tree as Procedures;

  function procedure(path: ProcedurePath): unknown {
    switch (path) {
      case 'runs.events':
        return (input: EventsInput, options?: CallOptions) => runEvents(source, input, options?.signal);
      case 'runs.feed':
        return (input: FeedInput, options?: CallOptions) => feedEvents(source, input, options?.signal);
      default:
        return (input: ProcedureMap[CallPath]['input'], options?: CallOptions) => call(path, input, options);
    }
  }
}
