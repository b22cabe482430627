/** Events that say nothing about whether the lead is alive. */
import { builtInEvents } from './vocabulary.ts'

/** What Trellis records about its own acts, and what mail systems report; it is no sign of life of the lead. */
export const ownActs: ReadonlySet<string> = new Set([
  builtInEvents.invited,
  builtInEvents.messageSent,
  builtInEvents.taskDone,
  builtInEvents.emailBounced,
  builtInEvents.emailComplained,
  builtInEvents.consentExpiring,
  builtInEvents.consentExpired,
])
