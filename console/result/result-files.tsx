import { counted } from '@stagewire/client';
import { visibleName } from '@stagewire/client/text';
import { FileCode2 } from 'lucide-react';
import type { RunState } from '@stagewire/client';
import { writerOf } from '../files/writer-of.ts';
import { attemptName } from '../run/attempt-places.ts';
import type { ShowFile } from '../run/issue-list.tsx';
import type { Panel } from '../shell/route.ts';

export interface ResultFilesProps {
  readonly state: RunState;
  readonly onShowFile: ShowFile;
  readonly onPanel: (panel: Panel) => void;
}

const maxShown = 8;

/** The files that the run wrote; each opens its latest version. */
export function ResultFiles({ state, onShowFile, onPanel }: ResultFilesProps) {
  const written = state.files
    .filter(({ from }) => from === 'stage')
    // What may be incomplete is among the shown ones.
    .toSorted((one, other) => Number(other.elided === true) - Number(one.elided === true));
  const given = state.files.length - written.length;
  if (written.length === 0) return null;
  return (
    <section className="result-part" aria-labelledby="result-files">
      <h3 id="result-files">
        {counted(written.length, 'file')} written
        {given > 0 && <span className="muted">, {counted(given, 'context file')} unchanged</span>}
      </h3>
      <ul className="result-files">
        {written.slice(0, maxShown).map((file) => {
          const at = writerOf(file);
          return (
            <li key={file.path}>
              <FileCode2 size={14} aria-hidden="true" />
              <button type="button" className="link mono" onClick={() => onShowFile(file.path)}>
                {visibleName(file.path)}
              </button>
              {file.elided === true && <span className="badge is-cut">May be incomplete</span>}
              <span className="muted result-file-writer">
                {at === undefined ? '' : attemptName(state, at)}
              </span>
            </li>
          );
        })}
      </ul>
      {written.length > maxShown && (
        <button type="button" className="link" onClick={() => onPanel('files')}>
          Show all {written.length} files
        </button>
      )}
    </section>
  );
}
