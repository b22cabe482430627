/** What the world does, in words. */
import type { WorldAct } from '#engine/simulation/types.ts'
import { builtInEvents } from '#engine/vocabulary.ts'

const events: Readonly<Record<string, string>> = {
  [builtInEvents.emailOpened]: 'Opens the email',
  [builtInEvents.linkClicked]: 'Clicks a link',
  [builtInEvents.replied]: 'Replies',
  [builtInEvents.downloaded]: 'Downloads',
  [builtInEvents.purchased]: 'Buys',
}

export function eventWords(type: string): string {
  return events[type] ?? `“${type}” happens`
}

export function actWords(act: WorldAct): string {
  switch (act.kind) {
    case 'event':
      return eventWords(act.type)
    case 'answers':
      return `Answers “${act.survey}”`
    case 'unsubscribe':
      return 'Unsubscribes'
    case 'set_field':
      return `Field ${act.field}: ${String(act.value)}`
    case 'set_stage':
      return `Stage becomes ${act.stage.replaceAll('_', ' ')}`
    case 'set_attention':
      return `Attention becomes ${act.attention}`
    case 'add_score':
      return `Score ${act.delta >= 0 ? '+' : ''}${String(act.delta)}`
    case 'add_tag':
      return `Gets the tag “${act.tag}”`
    case 'remove_tag':
      return `Loses the tag “${act.tag}”`
    case 'task':
      return `Task done: ${act.outcome}`
    case 'effect':
      return act.port === 'error' ? 'What is outside fails' : `Result from outside: ${act.port}`
    case 'refuse_messages':
      return 'The provider refuses messages'
  }
}
