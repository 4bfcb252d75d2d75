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
  backoff: Clock3,
  completed: CircleCheck,
  interrupted: CirclePause,
  cancelled: Ban,
  failed: OctagonX,
} as const;

const unknown = CircleAlert;

export interface StatusIconProps {
  readonly status: string;
  /** What is complete is not therefore good: a verdict that is no approval takes the green away. */
  readonly verdict?: string | null | undefined;
  readonly size?: number;
}

/** The state of a stage, an attempt or a run as a sign; its word stands beside it or in its label. */
export function StatusIcon({ status, verdict, size = 16 }: StatusIconProps) {
  const isUnsure = status === 'completed' && (verdict === 'unknown' || verdict === 'changes_requested');
  const Icon = Object.hasOwn(icons, status) && !isUnsure ? icons[status as keyof typeof icons] : unknown;
  return <Icon className={`status-icon is-${isUnsure ? 'unsure' : status}`} size={size} aria-hidden="true" />;
}
