import { Modal } from './modal.tsx';
import { shortcuts, useShortcutsOn } from './shortcuts.ts';

export function ShortcutHelp({ onClose }: { readonly onClose: () => void }) {
  const [on, setOn] = useShortcutsOn();
  return (
    <Modal title="Keyboard shortcuts" onClose={onClose}>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => setOn(event.target.checked)} />
        Single-key shortcuts
      </label>
      <dl className="keys">
        {shortcuts.map(([key, description]) => (
          <div key={key}>
            <dt>
              <kbd>{key === 'X' ? 'Shift x' : key}</kbd>
            </dt>
            <dd>{description}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>Send the instruction, confirm a dialog</dd>
        </div>
        <div>
          <dt>
            <kbd>Shift Enter</kbd>
          </dt>
          <dd>New line</dd>
        </div>
        <div>
          <dt>
            <kbd>Ctrl Enter</kbd>
          </dt>
          <dd>Start the run</dd>
        </div>
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Leave the instruction field, close a dialog</dd>
        </div>
      </dl>
    </Modal>
  );
}
