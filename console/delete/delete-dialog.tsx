import { useState, type FormEvent } from 'react';
import { flushSync } from 'react-dom';
import { useDeleteRun } from '@stagewire/client/react';
import { Modal } from '../shell/modal.tsx';

export interface DeleteDialogProps {
  readonly runId: string;
  readonly task: string;
  readonly onClose: () => void;
  /** Called when the run is deleted and the dialog has closed: the place for the focus. */
  readonly onDeleted?: () => void;
}

/** Confirms the deletion of a run. */
export function DeleteDialog({ runId, task, onClose, onDeleted }: DeleteDialogProps) {
  const deleteRun = useDeleteRun();
  const [isDeleting, setDeleting] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isDeleting) return;
    setDeleting(true);
    setProblem(undefined);
    try {
      await deleteRun(runId);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setDeleting(false);
      return;
    }
    // The dialog restores the focus when it closes: to a button that is removed with the run.
    flushSync(onClose);
    onDeleted?.();
  };
  const [first = ''] = task.trim().split('\n', 1);
  return (
    <Modal title="Delete run" onClose={onClose}>
      <form className="control-form" onSubmit={(event) => void submit(event)}>
        <blockquote className="delete-task" title={task}>
          {first === '' ? <span className="mono">{runId}</span> : first}
        </blockquote>
        <p className="muted">
          Deletes the run with its texts, files and commands. Runs that started from it are kept. This cannot
          be undone.
        </p>
        {problem === undefined ? null : (
          <p className="problems" role="alert">
            Not deleted. {problem}
          </p>
        )}
        <p className="modal-actions">
          <button type="button" className="quiet" onClick={onClose}>
            Keep run
          </button>
          <button type="submit" className="danger" aria-disabled={isDeleting}>
            Delete run
          </button>
        </p>
      </form>
    </Modal>
  );
}
