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

/** The files of the run as they are now: those that were given with the task, and the latest of what roles wrote. */
export const FilesPanel = memo(
  function FilesPanel({ state, shown, onShow }: FilesPanelProps) {
    if (state.files.length === 0) {
      return (
        <p className="empty">No files yet. Those that a role writes appear when its stage is complete.</p>
      );
    }
    const given = state.files.filter(({ from }) => from === 'input').length;
    return (
      <div className="files">
        <div className="files-head">
          <span className="muted">
            {counted(state.files.length, 'file')}
            {given > 0 && `, ${given} of them given`}
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

/** The server is asked for the texts: of the files that were given, the page has none. */
function ZipButton({ runId }: { readonly runId: string }) {
  const stagewire = useStagewire();
  const [fetching, setFetching] = useState(false);
  const [problem, setProblem] = useState<string>();
  const save = async () => {
    setFetching(true);
    setProblem(undefined);
    try {
      await saveZip(runId, await stagewire.run(runId).files());
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setFetching(false);
  };
  return (
    <>
      <button
        type="button"
        className="small"
        aria-disabled={fetching}
        onClick={() => {
          if (!fetching) void save();
        }}
      >
        <Download size={14} aria-hidden="true" />
        Download zip
      </button>
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          The files could not be fetched. {problem}
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

/** What is to be known of a file beside its name: where it is from if no role wrote it, and whether it is whole. */
function Mark({ file }: { readonly file: FileState }) {
  if (file.elided === true) return <span className="badge is-cut">parts may be missing</span>;
  return file.from === 'input' ? <span className="file-tree-mark">given</span> : null;
}
