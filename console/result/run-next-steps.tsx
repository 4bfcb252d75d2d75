import { FolderOpen, Play } from 'lucide-react';
import type { RunState } from '@stagewire/client';
import { ZipButton } from '../files/zip-button.tsx';
import { FollowUpBox } from '../lineage/follow-up-box.tsx';
import { RerunButton } from '../lineage/rerun-button.tsx';
import { useOffers } from '../session/use-offers.ts';
import { Link } from '../shell/link.tsx';

export interface RunNextStepsProps {
  readonly state: RunState;
  readonly onOpenFiles: () => void;
}

/** What can be done with an ended run. The first step is the primary one. */
export function RunNextSteps({ state, onOpenFiles }: RunNextStepsProps) {
  const hasFiles = state.files.some(({ from }) => from === 'stage');
  const isUsable = hasFiles && state.status === 'completed';
  const offersStart = useOffers('runs.start');
  if (!offersStart && !hasFiles) return null;
  return (
    <section className="next" aria-label="Next steps">
      {!offersStart ? null : state.status === 'completed' ? (
        <FollowUpBox state={state} />
      ) : (
        <RerunButton state={state} />
      )}
      <div className="next-steps">
        {hasFiles && (
          <>
            <button type="button" className={isUsable ? 'primary' : undefined} onClick={onOpenFiles}>
              <FolderOpen size={15} aria-hidden="true" />
              Open files
            </button>
            <ZipButton runId={state.runId} label="Save as ZIP" />
          </>
        )}
        {offersStart && (
          <Link className="button" href={`/?like=${state.runId}`}>
            <Play size={15} aria-hidden="true" />
            Start a similar run
          </Link>
        )}
      </div>
    </section>
  );
}
