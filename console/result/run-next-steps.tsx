import { FolderOpen, Play } from 'lucide-react';
import type { RunState } from '@stagewire/client';
import { ZipButton } from '../files/zip-button.tsx';
import { Link } from '../shell/link.tsx';

export interface RunNextStepsProps {
  readonly state: RunState;
  readonly onOpenFiles: () => void;
}

/** What can be done with an ended run. The first step is the primary one. */
export function RunNextSteps({ state, onOpenFiles }: RunNextStepsProps) {
  const hasFiles = state.files.some(({ from }) => from === 'stage');
  const isUsable = hasFiles && state.status === 'completed';
  return (
    <div className="next-steps" role="group" aria-label="Next steps">
      {hasFiles && (
        <>
          <button type="button" className={isUsable ? 'primary' : undefined} onClick={onOpenFiles}>
            <FolderOpen size={15} aria-hidden="true" />
            Open files
          </button>
          <ZipButton runId={state.runId} label="Save as ZIP" />
        </>
      )}
      <Link className={isUsable ? 'button' : 'button primary'} href={`/?like=${state.runId}`}>
        <Play size={15} aria-hidden="true" />
        Start a similar run
      </Link>
    </div>
  );
}
