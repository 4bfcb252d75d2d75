import { visibleName } from '@stagewire/client/text';
import { counted } from '@stagewire/client';
import { FileCode2, FileInput, Folder } from 'lucide-react';
import { memo } from 'react';
import type { FileState, RunState } from '@stagewire/client';
import { fileName, fileTree, type TreeFolder } from './run-files.ts';
import { ZipButton } from './zip-button.tsx';

export interface FilesPanelProps {
  readonly state: RunState;
  readonly shown: string | undefined;
  readonly onShow: (path: string) => void;
}

/** The latest files of the run: context files and those that roles wrote. */
export const FilesPanel = memo(
  function FilesPanel({ state, shown, onShow }: FilesPanelProps) {
    if (state.files.length === 0) {
      return <p className="empty">No files yet. Files appear when the stage that writes them is complete.</p>;
    }
    const given = state.files.filter(({ from }) => from === 'input').length;
    return (
      <div className="files">
        <div className="files-head">
          <span className="muted">
            {counted(state.files.length, 'file')}
            {given > 0 && ` (${counted(given, 'context file')})`}
          </span>
          <ZipButton runId={state.runId} label="Download ZIP" isSmall />
        </div>
        <Branch folder={fileTree(state.files)} shown={shown} onShow={onShow} />
      </div>
    );
  },
  (one, other) =>
    one.state.files === other.state.files && one.shown === other.shown && one.onShow === other.onShow,
);

interface BranchProps {
  readonly folder: TreeFolder;
  readonly shown: string | undefined;
  readonly onShow: (path: string) => void;
}

function Branch({ folder, shown, onShow }: BranchProps) {
  return (
    <ul className="file-tree">
      {folder.folders.map((it) => (
        <li key={it.name}>
          <details open>
            <summary>
              <Folder size={14} aria-hidden="true" />
              {visibleName(it.name)}
            </summary>
            <Branch folder={it} shown={shown} onShow={onShow} />
          </details>
        </li>
      ))}
      {folder.files.map((it) => (
        <li key={it.path}>
          <button
            type="button"
            title={visibleName(it.path)}
            aria-current={it.path === shown ? 'true' : undefined}
            onClick={() => onShow(it.path)}
          >
            {it.from === 'input' ? (
              <FileInput size={14} aria-hidden="true" />
            ) : (
              <FileCode2 size={14} aria-hidden="true" />
            )}
            <span className="file-tree-name">{visibleName(fileName(it.path))}</span>
            <Mark file={it} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Marks files that may be incomplete, and context files. */
function Mark({ file }: { readonly file: FileState }) {
  if (file.elided === true) return <span className="badge is-cut">May be incomplete</span>;
  return file.from === 'input' ? <span className="file-tree-mark">context</span> : null;
}
