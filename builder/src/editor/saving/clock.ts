/** Times of day, in the zone and manner of who looks. */
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const dayFormat = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

/** `12:03`; with the day when it was not today. */
export function formatClock(instant: string, now = Date.now()): string {
  const at = new Date(instant)
  return (new Date(now).toDateString() === at.toDateString() ? clockFormat : dayFormat).format(at)
}
