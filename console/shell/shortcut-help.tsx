import { Modal } from './modal.tsx';
import { shortcuts, useShortcutsOn } from './shortcuts.ts';

export function ShortcutHelp({ onClose }: { readonly onClose: () => void }) {
  const [on, setOn] = useShortcutsOn();
  return (
    <Modal title="Keys" onClose={onClose}>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => setOn(event.target.checked)} />
        Single keys are on
      </label>
      <dl className="keys">
        {shortcuts.map(([key, says]) => (
          <div key={key}>
            <dt>
              <kbd>{key === 'X' ? 'Shift x' : key}</kbd>
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>Send the instruction; Shift Enter begins a new line</dd>
        </div>
        <div>
          <dt>
            <kbd>Ctrl Enter</kbd>
          </dt>
          <dd>Start the run, send what a dialog asks for</dd>
        </div>
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Leave the instruction, close a dialog</dd>
        </div>
      </dl>
    </Modal>
  );
}
