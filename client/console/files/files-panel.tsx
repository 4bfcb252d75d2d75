import { Download, FileCode2, Folder } from 'lucide-react';
import { memo } from 'react';
import type { RunState } from '../../generated/contract.ts';
import { plural } from '../shell/amounts.ts';
import { fileName, fileTree, type TreeFolder } from './run-files.ts';
import { saveZip } from './save-files.ts';

export interface FilesPanelProps {
  readonly state: RunState;
  readonly shown: string | undefined;
  readonly onShow: (path: string) => void;
}

/** The files that the run has written so far, the latest of each path. */
export const FilesPanel = memo(
  function FilesPanel({ state, shown, onShow }: FilesPanelProps) {
    if (state.files.length === 0) {
      return (
        <p className="empty">
          No files yet. Those that the coder, the refiner and the tester write appear when their stage is
          complete.
        </p>
      );
    }
    return (
      <div className="files">
        <p className="files-head">
          <span className="muted">{plural(state.files.length, 'file')}</span>
          <button type="button" className="small" onClick={() => saveZip(state)}>
            <Download size={14} aria-hidden="true" />
            Download zip
          </button>
        </p>
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
              {it.name}
            </summary>
            <Branch folder={it} shown={shown} onShow={onShow} />
          </details>
        </li>
      ))}
      {folder.files.map((it) => (
        <li key={it.path}>
          <button
            type="button"
            title={it.path}
            aria-current={it.path === shown ? 'true' : undefined}
            onClick={() => onShow(it.path)}
          >
            <FileCode2 size={14} aria-hidden="true" />
            {fileName(it.path)}
          </button>
        </li>
      ))}
    </ul>
  );
}
