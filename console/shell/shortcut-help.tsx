import { Modal } from './modal.tsx';
import { shortcutGroups, useShortcutsOn } from './shortcuts.ts';

/** Keys of text fields and dialogs, which cannot be turned off. */
const fieldKeys = [
  ['Enter', 'Send, confirm'],
  ['Shift Enter', 'New line'],
  ['Ctrl Enter', 'Start the run'],
  ['Esc', 'Close a dialog'],
] as const;

export function ShortcutHelp({ onClose }: { readonly onClose: () => void }) {
  const [on, setOn] = useShortcutsOn();
  return (
    <Modal title="Keyboard shortcuts" onClose={onClose}>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => setOn(event.target.checked)} />
        Single-key shortcuts
      </label>
      <div className="key-groups">
        {[...shortcutGroups, { title: 'In fields and dialogs', keys: fieldKeys }].map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl className="keys">
              {keys.map(([key, description]) => (
                <div key={key}>
                  <dt>
                    {(key === 'X' ? 'Shift x' : key).split(' ').map((it) => (
                      <kbd key={it}>{it}</kbd>
                    ))}
                  </dt>
                  <dd>{description}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
