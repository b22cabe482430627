/** What a company decides about real sending: the switch, the allow-list, the hold, and stops of channels and journeys. */
import type { Database } from '#db/client.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { changeAllowList, readSwitches, setHold, setLiveSending } from '#db/repositories/company-switches.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { readMailCounts, readSendingLimits } from '#db/repositories/journey-breaker.ts'
import { readProviderState } from '#db/repositories/provider-state.ts'
import { readSendingStops, releaseSending, stopSending } from '#db/repositories/sending-stops.ts'
import { addressLine } from '../messages/layout.ts'
import { isFitForLeads } from '../messages/sender.ts'
import { allowListEntrySchema } from '#engine/allow-list.ts'
import { noMail } from '#engine/sending-limits.ts'
import { channels, type Channel } from '#engine/vocabulary.ts'

/** What this installation can do, as it is configured. */
export interface SendingGround {
  db: Database
  /** Channels with a provider that reaches real people. */
  realChannels: readonly Channel[]
  /** A sender is configured beside the company profile. */
  hasSender: boolean
  /** Where leads reach the public pages; absent: not looked at. */
  publicUrl?: string | undefined
}

/** A decision that is not possible as things stand. */
export class SendingRefused extends Error {
  readonly code:
    | 'NO_PROVIDER'
    | 'NO_SENDER'
    | 'NO_POSTAL_ADDRESS'
    | 'PUBLIC_URL_INSECURE'
    | 'ALLOW_LIST_ENTRY_INVALID'
    | 'JOURNEY_NOT_FOUND'
    | 'CHANNEL_UNKNOWN'

  constructor(code: SendingRefused['code'], message: string) {
    super(message)
    this.name = 'SendingRefused'
    this.code = code
  }
}

/** Everything about sending, for the screen, the command line and the API. Instants are UTC ms. */
export async function describeSending({ db, realChannels, hasSender }: SendingGround) {
  const [switches, stops, limits, providers, profile] = await Promise.all([
    readSwitches(db),
    readSendingStops(db),
    readSendingLimits(db),
    readProviderState(db),
    readCompanyProfile(db),
  ])
  const journeyIds = stops.flatMap((stop) => (stop.kind === 'journey' ? [stop.subject] : []))
  const counts = await readMailCounts(db, journeyIds, limits.windowHours)
  const journeys = await Promise.all(journeyIds.map((id) => findJourney(db, id)))
  const names = new Map(journeys.flatMap((journey) => (journey === null ? [] : [[journey.id, journey] as const])))
  return {
    ...switches,
    hasSender: hasSender || profile.from !== undefined,
    providers: realChannels.map((channel) => ({ channel, down: providers[channel] ?? null })),
    stops: stops.map((stop) => ({
      ...stop,
      journey: names.get(stop.subject)?.key ?? null,
      name: names.get(stop.subject)?.name ?? stop.subject,
      counts: stop.kind === 'journey' ? (counts.get(stop.subject) ?? noMail) : null,
    })),
    limits,
  }
}

/**
 * Turns real sending on or off; audited. Off binds at once: no further call begins but to who is on the allow-list.
 * @throws {SendingRefused} NO_PROVIDER, NO_SENDER, NO_POSTAL_ADDRESS, PUBLIC_URL_INSECURE
 */
export async function turnLiveSending(
  { db, realChannels, hasSender, publicUrl }: SendingGround,
  { on, actor }: { on: boolean; actor: string },
): Promise<void> {
  if (on) {
    if (!realChannels.includes('email')) {
      throw new SendingRefused(
        'NO_PROVIDER',
        'No mail server is set, so real mail cannot leave. Set SMTP_URL (docs/running.md) and start again.',
      )
    }
    const profile = await readCompanyProfile(db)
    if (!hasSender && profile.from === undefined) {
      throw new SendingRefused(
        'NO_SENDER',
        'Nobody is named as the sender. Fill in the sender in the company profile, or set SMTP_FROM.',
      )
    }
    if (addressLine(profile) === '') {
      throw new SendingRefused(
        'NO_POSTAL_ADDRESS',
        'Marketing mail must name the postal address of its sender. Fill it in in the company profile.',
      )
    }
    if (publicUrl !== undefined && !isFitForLeads(publicUrl)) {
      throw new SendingRefused(
        'PUBLIC_URL_INSECURE',
        `Leads would unsubscribe at "${publicUrl}", which is not safe. Give TRELLIS_PUBLIC_URL an https address.`,
      )
    }
  }
  await db.transaction((tx) => setLiveSending(tx, { on, actor }))
}

/** Holds or releases everything that would go out to real leads; audited. */
export async function turnHold(
  { db }: Pick<SendingGround, 'db'>,
  change: { on: boolean; reason: string; actor: string },
): Promise<void> {
  await db.transaction((tx) => setHold(tx, change))
}

/**
 * Puts addresses and domains on the allow-list and takes others off; audited. Returns the list.
 * @throws {SendingRefused} ALLOW_LIST_ENTRY_INVALID
 */
export async function editAllowList(
  { db }: Pick<SendingGround, 'db'>,
  change: { add?: readonly string[]; remove?: readonly string[]; actor: string },
): Promise<readonly string[]> {
  for (const entry of change.add ?? []) {
    if (!allowListEntrySchema.safeParse(entry).success) {
      throw new SendingRefused(
        'ALLOW_LIST_ENTRY_INVALID',
        `"${entry}" is neither an address (anna@example.org) nor a domain (example.org).`,
      )
    }
  }
  return db.transaction((tx) => changeAllowList(tx, change))
}

/**
 * Stops a channel's or a journey's messages to real leads, or lets them go again; audited. False when it was so already.
 * @throws {SendingRefused} JOURNEY_NOT_FOUND, CHANNEL_UNKNOWN
 */
export async function changeStop(
  { db }: Pick<SendingGround, 'db'>,
  change: { kind: 'channel' | 'journey'; subject: string; stopped: boolean; reason: string; actor: string },
): Promise<boolean> {
  const { kind, stopped, reason, actor } = change
  const subject = await subjectOf(db, change)
  return db.transaction((tx) => (stopped ? stopSending : releaseSending)(tx, { kind, subject, reason, actor }))
}

async function subjectOf(
  db: Database,
  { kind, subject }: { kind: 'channel' | 'journey'; subject: string },
): Promise<string> {
  if (kind === 'journey') {
    const journey = await findJourney(db, subject)
    if (journey !== null) return journey.id
    throw new SendingRefused('JOURNEY_NOT_FOUND', `There is no journey "${subject}".`)
  }
  if (channels.some((channel) => channel === subject)) return subject
  throw new SendingRefused('CHANNEL_UNKNOWN', `There is no channel "${subject}"; use ${channels.join(', ')}.`)
}
