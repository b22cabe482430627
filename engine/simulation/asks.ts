/** What a step asked for, in words for the log. */
import type { IssuedCommand } from '../interpreter/advance.ts'
import { nameOf } from './post-box.ts'
import { show } from './acts.ts'
import type { SimulatedDelivery } from './types.ts'

/** "Task for sales: Call this lead"; empty for what the log shows otherwise. */
export function describeCommand({ command }: IssuedCommand, delivery: SimulatedDelivery | null): string {
  switch (command.kind) {
    case 'deliver':
      return delivery === null ? '' : nameOf(delivery)
    case 'create_task':
      return `Task for ${command.queue}: ${command.title}`
    case 'cancel_task':
      return `Task withdrawn: ${command.reason}`
    case 'postpone_task':
      return `Task put off: ${command.reason}`
    case 'escalate_task':
      return { remind: 'Reminder', reassign: 'Task to somebody else', manager: 'The manager is told' }[command.action]
    case 'assign_owner':
      return 'An owner is chosen'
    case 'set_field':
      return `Field ${command.field}: ${show(command.value)}`
    case 'set_stage':
      return `Stage: ${command.stage.replaceAll('_', ' ')}`
    case 'set_attention':
      return `Attention: ${command.attention}`
    case 'add_score':
      return `Score ${command.delta >= 0 ? '+' : ''}${String(command.delta)}`
    case 'add_tag':
      return `Tag “${command.tag}”`
    case 'remove_tag':
      return `Without the tag “${command.tag}”`
    case 'suppress':
      return `Never again by ${command.channels.join(', ')}`
    case 'set_consent':
      return `Consent ${command.state} for ${command.purpose} by ${command.channel}`
    case 'record_event':
      return `Event “${command.event}”`
    case 'open_effect':
      return `Asks outside: ${command.effectType}`
    case 'enroll':
      return `Starts the journey “${command.journey}”`
    case 'leave_journey':
      return `Leaves the journey “${command.journey}”`
  }
}
