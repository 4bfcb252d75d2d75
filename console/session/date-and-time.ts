const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});
const yearAndDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

const yearMs = 300 * 24 * 60 * 60 * 1000;

/** `14:03` today, `12 May, 14:03` otherwise, `12 May 2027` if it is far away. */
export function dateAndTime(at: string, nowMs: number): string {
  const date = new Date(at);
  if (Math.abs(date.getTime() - nowMs) > yearMs) return yearAndDay.format(date);
  const isToday = new Date(nowMs).toDateString() === date.toDateString();
  return (isToday ? time : dayAndTime).format(date);
}
