import { X } from 'lucide-react';
import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import type { Panel } from '../shell/route.ts';

export interface InspectorProps {
  readonly panel: Panel;
  readonly counts: Readonly<Record<Panel, number | undefined>>;
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

/** What belongs to the whole run, one panel at a time. */
export function Inspector({ panel, counts, onPanel, onClose, children }: InspectorProps) {
  return (
    <Tabs.Root className="inspector" value={panel} onValueChange={(value) => onPanel(value as Panel)}>
      <div className="inspector-head">
        <Tabs.List aria-label="About this run">
          {Object.entries(titles).map(([name, title]) => (
            <Tabs.Trigger key={name} value={name}>
              {title}
              {counts[name as Panel] === undefined ? null : (
                <span className="count">{counts[name as Panel]}</span>
              )}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <button
          type="button"
          className="icon-button inspector-close"
          aria-label="Close the panel"
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
