import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CirclePause,
  Clock3,
  OctagonX,
} from 'lucide-react';

const icons = {
  planned: CircleDashed,
  queued: Clock3,
  running: CircleDot,
  waiting: Clock3,
  completed: CircleCheck,
  interrupted: CirclePause,
  cancelled: Ban,
  failed: OctagonX,
} as const;

const unknown = CircleAlert;

/** The state of a stage, an attempt or a run as a sign; its word stands beside it or in its label. */
export function StatusIcon({ status, size = 16 }: { readonly status: string; readonly size?: number }) {
  const Icon = Object.hasOwn(icons, status) ? icons[status as keyof typeof icons] : unknown;
  return <Icon className={`status-icon is-${status}`} size={size} aria-hidden="true" />;
}
