import { X } from 'lucide-react';
import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import type { Panel } from '../shell/route.ts';

export interface InspectorProps {
  readonly panel: Panel;
  /** What the number on a tab counts. */
  readonly counts: Readonly<Record<Panel, { readonly count: number; readonly label: string } | undefined>>;
  readonly onPanel: (panel: Panel) => void;
  readonly onClose: () => void;
  readonly children: Readonly<Record<Panel, () => ReactNode>>;
}

const titles: Readonly<Record<Panel, string>> = {
  commands: 'Commands',
  review: 'Review',
  files: 'Files',
  usage: 'Usage',
};

/** The number on a tab; nothing for 0. */
function Count({ count = 0, label }: { readonly count?: number; readonly label?: string }) {
  return count === 0 ? null : (
    <span className="count" title={label}>
      {count}
    </span>
  );
}

/** The panels of the whole run, one at a time. */
export function Inspector({ panel, counts, onPanel, onClose, children }: InspectorProps) {
  return (
    <Tabs.Root className="inspector" value={panel} onValueChange={(value) => onPanel(value as Panel)}>
      <div className="inspector-head">
        <Tabs.List aria-label="Run details">
          {Object.entries(titles).map(([name, title]) => (
            <Tabs.Trigger key={name} value={name}>
              {title}
              <Count {...counts[name as Panel]} />
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <button
          type="button"
          className="icon-button inspector-close"
          aria-label="Close panel"
          onClick={onClose}
        >
          <X size={16} aria-hidden="true" />
        </button>
      </div>
      {Object.keys(titles).map((name) => (
        <Tabs.Content key={name} value={name} className="inspector-panel">
          {name === panel ? children[panel]() : null}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
