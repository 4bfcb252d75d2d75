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
  /** A completed run or stage without an approval is not shown in green. */
  readonly verdict?: string | null | undefined;
  readonly size?: number;
}

/** The icon for the status of a stage, an attempt or a run. Decorative: the status is also given as text. */
export function StatusIcon({ status, verdict, size = 16 }: StatusIconProps) {
  const isUnsure = status === 'completed' && (verdict === 'unknown' || verdict === 'changes_requested');
  const Icon = Object.hasOwn(icons, status) && !isUnsure ? icons[status as keyof typeof icons] : unknown;
  return <Icon className={`status-icon is-${isUnsure ? 'unsure' : status}`} size={size} aria-hidden="true" />;
}
