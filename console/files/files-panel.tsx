import { visibleName } from '@stagewire/client/text';
import { counted } from '@stagewire/client';
import { FileCode2, FileInput, Folder } from 'lucide-react';
import { memo, useCallback, useMemo } from 'react';
import type { RunState } from '@stagewire/client';
import type { ShowFile } from '../run/issue-list.tsx';
import { fileName, fileTree, treeFiles, type TreeFile, type TreeFolder } from './run-files.ts';
import { useGrowingFiles } from './use-growing-files.ts';
import { ZipButton } from './zip-button.tsx';

export interface FilesPanelProps {
  readonly state: RunState;
  readonly shown: string | undefined;
  readonly ended: boolean;
  readonly onShow: ShowFile;
}

/** The minimum time between two scans of a growing text for new files. */
const scanIntervalMs = 300;

/** The latest files of the run: context files, those that roles wrote, and those that are being written. */
export function FilesPanel({ state, ...rest }: FilesPanelProps) {
  const growing = useGrowingFiles(state, scanIntervalMs);
  // A string, so that the list renders again only if a path is new.
  const growingPaths = JSON.stringify(growing.map(({ path }) => path));
  return <FileList runId={state.runId} files={state.files} growingPaths={growingPaths} {...rest} />;
}

interface FileListProps extends Omit<FilesPanelProps, 'state'> {
  readonly runId: string;
  readonly files: RunState['files'];
  readonly growingPaths: string;
}

const FileList = memo(function FileList({ runId, files, growingPaths, shown, ended, onShow }: FileListProps) {
  const listed = useMemo(
    () => treeFiles(files, JSON.parse(growingPaths) as readonly string[]),
    [files, growingPaths],
  );
  const onOpen = useCallback(
    (file: TreeFile) => onShow(file.path, undefined, file.isGrowing === true ? 'live' : undefined),
    [onShow],
  );
  if (listed.length === 0) {
    return (
      <p className="empty">
        {ended
          ? 'This run wrote no files.'
          : 'No files yet. Each file appears as soon as a role starts to write it.'}
      </p>
    );
  }
  const given = files.filter(({ from }) => from === 'input').length;
  const growingCount = listed.filter(({ isGrowing }) => isGrowing === true).length;
  return (
    <div className="files">
      <div className="files-head">
        <span className="muted">
          {files.length > 0 && counted(files.length, 'file')}
          {given > 0 && ` (${counted(given, 'context file')})`}
          {growingCount > 0 && `${files.length > 0 ? ', ' : ''}${growingCount} being written`}
        </span>
        {files.length === 0 ? null : <ZipButton runId={runId} label="Download ZIP" isSmall />}
      </div>
      <Branch folder={fileTree(listed)} shown={shown} onShow={onOpen} />
    </div>
  );
});

interface BranchProps {
  readonly folder: TreeFolder;
  readonly shown: string | undefined;
  readonly onShow: (file: TreeFile) => void;
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
            onClick={() => onShow(it)}
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

/** Marks files that are being written or may be incomplete, and context files. */
function Mark({ file }: { readonly file: TreeFile }) {
  if (file.isGrowing === true) return <span className="badge is-growing">Being written</span>;
  if (file.elided === true) return <span className="badge is-cut">May be incomplete</span>;
  return file.from === 'input' ? <span className="file-tree-mark">context</span> : null;
}
