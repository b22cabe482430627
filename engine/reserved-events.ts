/** Events that only Trellis records, because something follows from them that an event alone does not bring about. */
import { cleanText } from './text.ts'
import { builtInEvents } from './vocabulary.ts'

/** Recorded on the lead by each promote and demote that changes something; the cool-down counts from it. */
export const stageMovedEvent = 'stage_moved'

const names: Readonly<Record<string, string>> = {
  [builtInEvents.unsubscribed]: 'use POST /api/v1/leads/{id}/opt-out, which also stops the mail',
  [builtInEvents.consentExpiring]: 'record the consent with POST /api/v1/leads/{id}/consents',
  [builtInEvents.consentExpired]: 'record the consent with POST /api/v1/leads/{id}/consents',
  [builtInEvents.emailBounced]: 'hand the bounce in as it came with POST /api/v1/inbound/mail',
  [builtInEvents.emailComplained]: 'hand the complaint in as it came with POST /api/v1/inbound/mail',
  [builtInEvents.surveyAnswered]: 'ask with a survey of Trellis',
  [builtInEvents.questionAnswered]: 'ask with a survey of Trellis',
  [builtInEvents.taskDone]: 'close the task itself',
  [builtInEvents.cueNoted]: 'note the cue on the lead itself',
  [stageMovedEvent]: 'set the stage with POST /api/v1/leads',
  [builtInEvents.invited]: '',
  [builtInEvents.messageSent]: '',
  [builtInEvents.emailOpened]: '',
  [builtInEvents.linkClicked]: '',
}

/**
 * Why nobody outside may report this event, and what to do instead; null = it may be reported. `unsubscribed` as a mere
 * event would be seen on the lead while mail goes on.
 */
export function refuseReserved(event: string): string | null {
  // As the name is stored.
  const name = cleanText(event).trim()
  if (!Object.hasOwn(names, name)) return null
  const instead = names[name] || 'a name of your own will do for what another system did'
  return `Only Trellis records "${name}": ${instead}.`
}
