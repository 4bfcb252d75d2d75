import { Modal } from '../shell/modal.tsx';

export interface FillDialogProps {
  /** The run that the form would be filled in like. */
  readonly like: string;
  readonly onFill: () => void;
  readonly onKeep: () => void;
}

/** Asks before what somebody has begun gives way to the input of a run. */
export function FillDialog({ like, onFill, onKeep }: FillDialogProps) {
  return (
    <Modal title="There is something in the form" onClose={onKeep}>
      <p className="muted">
        Filled in like {like}, it has what that run was started with. What stands there now is lost.
      </p>
      <p className="modal-actions">
        <button type="button" className="quiet" onClick={onKeep}>
          Keep it
        </button>
        <button type="button" className="danger" onClick={onFill}>
          Fill it in
        </button>
      </p>
    </Modal>
  );
}
