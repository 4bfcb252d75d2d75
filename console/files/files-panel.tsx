import { visibleName } from '@stagewire/client/text';
import { counted } from '@stagewire/client';
import { Download, FileCode2, FileInput, Folder } from 'lucide-react';
import { memo, useState } from 'react';
import type { FileState, RunState } from '@stagewire/client';
import { useStagewire } from '@stagewire/client/react';
import { fileName, fileTree, type TreeFolder } from './run-files.ts';
import { saveZip } from './save-files.ts';

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
          <ZipButton runId={state.runId} />
        </div>
        <Branch folder={fileTree(state.files)} shown={shown} onShow={onShow} />
      </div>
    );
  },
  (one, other) =>
    one.state.files === other.state.files && one.shown === other.shown && one.onShow === other.onShow,
);

/** Downloads all files. Their texts are fetched: the run's state has none of context files. */
function ZipButton({ runId }: { readonly runId: string }) {
  const stagewire = useStagewire();
  const [isLoading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string>();
  const save = async () => {
    setLoading(true);
    setProblem(undefined);
    try {
      await saveZip(runId, await stagewire.run(runId).files());
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setLoading(false);
  };
  return (
    <>
      <button
        type="button"
        className="small"
        aria-disabled={isLoading}
        onClick={() => {
          if (!isLoading) void save();
        }}
      >
        <Download size={14} aria-hidden="true" />
        Download ZIP
      </button>
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          The files could not be loaded. {problem}
        </p>
      )}
    </>
  );
}

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
