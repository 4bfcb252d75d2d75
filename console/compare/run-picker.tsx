import { Search } from 'lucide-react';
import { useState } from 'react';
import { useRuns } from '@stagewire/client/react';
import { lineageKind } from '../lineage/lineage-text.ts';
import { sentSearch } from '../run-list/list-selection.ts';
import { useDebounced } from '../run-list/use-debounced.ts';
import { StatusIcon } from '../run/stage-icon.tsx';
import { Link } from '../shell/link.tsx';
import { comparePath } from '../shell/route.ts';
import { ago } from '../shell/units.ts';
import { useNow } from '../shell/use-now.ts';

/** The run that is compared, until the other one is chosen. */
export interface RunPickerProps {
  readonly runId: string;
}

const maxRuns = 30;
const searchDelayMs = 200;

/** Chooses the other run of a comparison. */
export function RunPicker({ runId }: RunPickerProps) {
  const [text, setText] = useState('');
  const search = useDebounced(sentSearch(text) ?? '', searchDelayMs);
  const { runs, status } = useRuns({ limit: maxRuns, search });
  const now = useNow(true);
  const others = runs.filter((it) => it.runId !== runId && it.status !== 'unreadable');
  return (
    <div className="run-picker">
      <div className="run-search">
        <Search size={14} aria-hidden="true" />
        <input
          type="search"
          autoFocus
          placeholder="Search tasks and labels"
          aria-label="Search the run to compare with"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <p className="muted" role="status">
        {status === 'live' && others.length === 0 ? 'No matches' : ''}
      </p>
      <ul aria-label="Runs to compare with">
        {others.map((it) => (
          <li key={it.runId}>
            <Link href={pairPath(runId, it.runId)}>
              <StatusIcon status={it.status} verdict={it.verdict} />
              <span className="run-picker-task">{it.task.trim().split('\n', 1)[0]}</span>
              <span className="muted">
                {it.from !== undefined && `${lineageKind(it.from)}, `}
                {ago(it.queuedAt, now)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The older run comes first: ids sort by time. */
function pairPath(one: string, other: string): string {
  return one < other ? comparePath(one, other) : comparePath(other, one);
}
