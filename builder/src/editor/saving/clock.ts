/** Times of day, in the zone of who looks. */
import { language } from '../../ui/words.ts'

const clockFormat = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const dayFormat = new Intl.DateTimeFormat(language, {
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
