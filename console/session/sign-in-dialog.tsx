import type { ServerInfo } from '@stagewire/client';
import { Modal } from '../shell/modal.tsx';
import { SignInForm } from './sign-in-form.tsx';

export interface SignInDialogProps {
  readonly info: ServerInfo;
  readonly onClose: () => void;
}

/** The session has ended while the page is open: the page and its drafts stay, and continue after the sign-in. */
export function SignInDialog({ info, onClose }: SignInDialogProps) {
  return (
    <Modal title="Your session has ended" onClose={onClose}>
      <p className="muted">
        Sign in to continue. This page and your drafts stay as they are. Runs do not depend on your session.
      </p>
      <SignInForm info={info} keepsPage />
    </Modal>
  );
}
