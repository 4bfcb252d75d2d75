import { Modal } from '../shell/modal.tsx';

export interface FillDialogProps {
  /** The run whose input would fill the form. */
  readonly like: string;
  readonly onFill: () => void;
  readonly onKeep: () => void;
}

/** Confirms that the input of a run replaces what was typed. */
export function FillDialog({ like, onFill, onKeep }: FillDialogProps) {
  return (
    <Modal title="Replace the current form?" onClose={onKeep}>
      <p className="muted">Your input will be lost. The form will be filled with the input of {like}.</p>
      <p className="modal-actions">
        <button type="button" className="quiet" onClick={onKeep}>
          Keep my input
        </button>
        <button type="button" className="danger" onClick={onFill}>
          Replace
        </button>
      </p>
    </Modal>
  );
}
