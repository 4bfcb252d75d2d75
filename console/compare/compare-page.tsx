import { isEnded } from '@stagewire/client';
import { ArrowLeftRight } from 'lucide-react';
import { useEffect } from 'react';
import type { RunState, StageState } from '@stagewire/client';
import { useRun } from '@stagewire/client/react';
import { isInheritedStage } from '../lineage/inherited.ts';
import { lineageKind } from '../lineage/lineage-text.ts';
import { RunProblem } from '../run/run-problem.tsx';
import { StatusIcon } from '../run/stage-icon.tsx';
import { capitalized, labelFor } from '../shell/labels.ts';
import { Link } from '../shell/link.tsx';
import { comparePath, runPath } from '../shell/route.ts';
import { useNow } from '../shell/use-now.ts';
import { compareFacts, stageFacts } from './compare-facts.ts';
import { ComparedFiles } from './compared-files.tsx';
import { RunPicker } from './run-picker.tsx';
import '../styles/compare.css';

export interface ComparePageProps {
  readonly runId: string;
  /** Without it, the page asks for it. */
  readonly otherId: string | undefined;
}

/** Two runs side by side: their figures, stages and files. */
export function ComparePage({ runId, otherId }: ComparePageProps) {
  const one = useRun(runId);
  const other = useRun(otherId);
  useEffect(() => {
    document.title = 'Compare runs';
  }, []);
  return (
    <div className="compare-page" data-scroller>
      <div className="compare-body">
        <header>
          <h1>Compare runs</h1>
          {otherId === undefined ? null : (
            <Link className="button small" href={comparePath(otherId, runId)}>
              <ArrowLeftRight size={14} aria-hidden="true" />
              Swap
            </Link>
          )}
        </header>
        {one.state === undefined ? (
          <RunProblem runId={runId} error={one.error} />
        ) : otherId === undefined ? (
          <>
            <p>
              Compare <Link href={runPath(runId)}>{firstLine(one.state)}</Link> with:
            </p>
            <RunPicker runId={runId} />
          </>
        ) : other.state === undefined ? (
          <RunProblem runId={otherId} error={other.error} />
        ) : (
          <Comparison one={one.state} other={other.state} />
        )}
      </div>
    </div>
  );
}

function Comparison({ one, other }: { readonly one: RunState; readonly other: RunState }) {
  const now = useNow(!isEnded(one) || !isEnded(other));
  const both = [one, other] as const;
  const numbers = Array.from({ length: Math.max(one.stages.length, other.stages.length) }, (_, at) => at + 1);
  return (
    <>
      <div className="table-scroll">
        <table className="compare-table">
          <thead>
            <tr>
              <td />
              {both.map((state, at) => (
                <th key={at} scope="col">
                  <RunName state={state} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Result</th>
              {both.map((state, at) => (
                <td key={at}>
                  <Outcome state={state} />
                </td>
              ))}
            </tr>
            {compareFacts(one, other, now).map(({ name, values }) => (
              <tr key={name} className={values[0] === values[1] ? undefined : 'is-different'}>
                <th scope="row">{name}</th>
                {values.map((value, at) => (
                  <td key={at}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
          <tbody>
            {numbers.map((number) => (
              <tr key={number}>
                <th scope="row">Stage {number}</th>
                {both.map((state, at) => (
                  <td key={at}>
                    <StageCell
                      runId={state.runId}
                      stage={state.stages.find((it) => it.stage === number)}
                      nowMs={now}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <section aria-labelledby="compare-files">
        <h2 id="compare-files">Files</h2>
        <ComparedFiles one={one} other={other} />
      </section>
    </>
  );
}

function RunName({ state }: { readonly state: RunState }) {
  return (
    <>
      <Link href={runPath(state.runId)} title={state.task}>
        {firstLine(state)}
      </Link>
      <span className="compare-id mono muted">{state.runId}</span>
      {state.from === undefined ? null : (
        <span className="badge">
          {lineageKind(state.from)}
          {state.from.stage === undefined ? '' : `, stage ${state.from.stage}`}
        </span>
      )}
    </>
  );
}

function Outcome({ state: { status, verdict } }: { readonly state: RunState }) {
  return (
    <span className="compare-outcome">
      <StatusIcon status={status} verdict={verdict} size={14} />
      {capitalized(status)}
      {verdict === undefined || verdict === 'none' ? '' : `, ${labelFor(verdict)}`}
    </span>
  );
}

interface StageCellProps {
  readonly runId: string;
  readonly stage: StageState | undefined;
  readonly nowMs: number;
}

function StageCell({ runId, stage, nowMs }: StageCellProps) {
  if (stage === undefined) return <span className="muted">–</span>;
  return (
    <>
      <span className="compare-outcome">
        <StatusIcon status={stage.status} size={14} />
        <Link href={runPath(runId, { stage: stage.stage })}>{capitalized(stage.role)}</Link>
        <span className="hidden">{stage.status}</span>
        {isInheritedStage(stage) && <span className="badge">Inherited</span>}
      </span>
      <span className="compare-stage-facts muted">{stageFacts(stage, nowMs)}</span>
    </>
  );
}

function firstLine({ task }: RunState): string {
  return task.trim().split('\n', 1)[0] ?? '';
}
