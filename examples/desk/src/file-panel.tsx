import { useState } from 'react';
import { useRunFile, useRunFiles, useUnfinishedFiles } from '@stagewire/client/react';

/** The files of a run; those that a role is writing come first. */
export function FilePanel({ runId }: { runId: string }) {
  const unfinished = useUnfinishedFiles(runId);
  const files = useRunFiles(runId) ?? [];
  const [picked, setPicked] = useState<string>();
  const paths = [...new Set([...unfinished, ...files].map(({ path }) => path))];
  const path = picked ?? paths[0];
  return (
    <section className="panel" aria-labelledby="files-heading">
      <h2 id="files-heading">Files</h2>
      {paths.length === 0 && <p className="quiet">None yet.</p>}
      <ul className="file-list">
        {paths.map((it) => (
          <li key={it}>
            <button aria-pressed={it === path} onClick={() => setPicked(it)}>
              {it}
            </button>
            {unfinished.some((file) => file.path === it) && <span className="quiet"> being written</span>}
          </li>
        ))}
      </ul>
      {path !== undefined && (
        <FileText runId={runId} path={path} unfinished={unfinished.find((it) => it.path === path)?.text} />
      )}
    </section>
  );
}

interface FileTextProps {
  readonly runId: string;
  readonly path: string;
  /** The text of a file that is being written. */
  readonly unfinished: string | undefined;
}

function FileText({ runId, path, unfinished }: FileTextProps) {
  const { status, file, error, retry } = useRunFile(runId, path);
  if (status === 'unavailable' && unfinished === undefined)
    return (
      <p role="alert">
        {error?.message} <button onClick={retry}>Try again</button>
      </p>
    );
  return (
    <figure className="code">
      <figcaption>{path}</figcaption>
      <pre tabIndex={0}>{unfinished ?? file?.text}</pre>
    </figure>
  );
}
