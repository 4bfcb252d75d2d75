import { Download } from 'lucide-react';
import { useState } from 'react';
import { useStagewire } from '@stagewire/client/react';
import { saveBlob } from './save-blob.ts';

export interface ZipButtonProps {
  readonly runId: string;
  readonly label: string;
  readonly isSmall?: boolean;
}

/** Downloads all files. Their texts are fetched: the run's state has none of context files. */
export function ZipButton({ runId, label, isSmall = false }: ZipButtonProps) {
  const stagewire = useStagewire();
  const [isLoading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string>();
  const save = async () => {
    setLoading(true);
    setProblem(undefined);
    try {
      const files = await stagewire.run(runId).files();
      // Loaded on demand: few people download a ZIP.
      const { zipFiles } = await import('./zip-files.ts');
      saveBlob(`${runId}.zip`, new Blob([zipFiles(runId, files)], { type: 'application/zip' }));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setLoading(false);
  };
  return (
    <>
      <button
        type="button"
        className={isSmall ? 'small' : undefined}
        aria-disabled={isLoading}
        onClick={() => {
          if (!isLoading) void save();
        }}
      >
        <Download size={14} aria-hidden="true" />
        {label}
      </button>
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          The files could not be loaded. {problem}
        </p>
      )}
    </>
  );
}
