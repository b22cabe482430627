/** The ways of sending that reach real people. */
import type { Channel } from '#engine/vocabulary.ts'
import type { Provider } from './contract.ts'

/**
 * One per channel, used for real leads while live sending is on; a channel without one uses the built-in mailbox. This
 * version has none: every message stays in the built-in mailbox, and live sending cannot be turned on.
 */
export const realProviders: Partial<Record<Channel, Provider>> = {}
