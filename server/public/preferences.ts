/** `/p/<token>`: the preference centre. */
import { Router, type Request, type Response } from 'express'
import { changePreferences, type PreferenceAct } from '#activities/preferences/preference-centre.ts'
import { isChannelAllowed } from '#activities/preferences/standing.ts'
import { channelWording, objectionWording, stopAllWording } from '#activities/preferences/wordings.ts'
import { readPreferenceFacts, type PreferenceFacts } from '#db/repositories/preference-reads.ts'
import { toLeadTime } from '#engine/clock.ts'
import type { ContactPolicy } from '#engine/library.ts'
import { isRefused, preferenceFields, type Preferences } from '#engine/preferences.ts'
import { parseLocalDate } from '#engine/schedule/calendar.ts'
import { zoneOr } from '#engine/schedule/zone.ts'
import { contactChannels, type ContactChannel } from '#engine/vocabulary.ts'
import { inMonths, readableDate, todayIn, tomorrow } from './dates.ts'
import { fieldOf, formBody, formOf, type FormFields } from './form-body.ts'
import type { PublicFrame, Visit } from './frame.ts'
import { PageProblem } from './problem.ts'
import { maskEmail, maskPhone } from './unsubscribe.ts'
import { onVisit } from './visit.ts'

export function preferenceRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  router.get('/p/:token', onVisit(frame, 'preferences', open))
  router.post('/p/:token', formBody, onVisit(frame, 'preferences', save))
  return router
}

/** What came back from the form and cannot be saved as it is. */
interface Mistake {
  pausedUntil: string
  message: string
}

async function open(frame: PublicFrame, visit: Visit, request: Request, response: Response): Promise<void> {
  await showCentre(frame, visit, response, { saved: request.query['saved'] !== undefined, mistake: null })
}

async function showCentre(
  frame: PublicFrame,
  visit: Visit,
  response: Response,
  { saved, mistake }: { saved: boolean; mistake: Mistake | null },
): Promise<void> {
  const { visitor } = visit
  if (visitor.isErased) throw new PageProblem('gone')
  const [facts, library, company] = await Promise.all([
    readPreferenceFacts(frame.db, visitor.leadId),
    frame.library(),
    frame.company(),
  ])
  if (facts === null) throw new PageProblem('gone')
  const { preferences } = library.policy
  const today = todayOf(frame, visit, library.policy.zone)
  await frame.show(response, {
    template: 'preferences',
    title: 'Your choices',
    status: mistake === null ? 200 : 422,
    data: {
      saved,
      address: maskEmail(visitor.email),
      topics: topicChoices(preferences, facts),
      cadences: cadenceChoices(preferences, facts),
      pause: pauseOf(facts, today, mistake),
      tomorrow: tomorrow(today),
      furthest: inMonths(today, 60),
      mistake: mistake?.message ?? null,
      channels: channelChoices(facts, company.name, frame.now(), library.policy),
      stopAllWording: stopAllWording(company.name),
      objectionWording: objectionWording(company.name),
      objected: facts.objected,
      stored: storedLines(facts),
    },
  })
}

function todayOf(frame: PublicFrame, { visitor }: Visit, zone: string) {
  return todayIn(zoneOr(visitor.zone, zone), toLeadTime(visitor.clock, frame.now()))
}

function topicChoices({ topics }: Preferences, { fields }: PreferenceFacts) {
  const chosen = fields[preferenceFields.topics]
  return topics.map((topic) => {
    const saidNo = isRefused([topic.key], fields)
    return { ...topic, isChosen: !saidNo && Array.isArray(chosen) && chosen.includes(topic.key), isRefused: saidNo }
  })
}

function cadenceChoices({ cadences }: Preferences, { fields }: PreferenceFacts) {
  const chosen = cadences.find(({ key }) => key === fields[preferenceFields.cadence]) ?? cadences[0]
  return cadences.map(({ key, label }) => ({ key, label, isChosen: key === chosen?.key }))
}

/** The pause as it is (or as it was typed, when it cannot be). */
function pauseOf({ fields }: PreferenceFacts, today: Parameters<typeof inMonths>[0], mistake: Mistake | null) {
  const stored = fields[preferenceFields.pausedUntil]
  const isPaused = typeof stored === 'string' && stored >= tomorrow(today)
  const until = mistake?.pausedUntil ?? (isPaused ? stored : '')
  return { until, readable: isPaused ? readableDate(stored) : null, isOn: isPaused || mistake !== null }
}

const channelNames: Record<ContactChannel, string> = { email: 'Email', postcard: 'Post', phone: 'Telephone' }

function channelChoices(facts: PreferenceFacts, company: string, now: number, policy: ContactPolicy) {
  const { channels, objected } = facts
  return channels
    .filter(({ isReachable, stopped }) => isReachable || stopped !== null)
    .map((standing) => ({
      channel: standing.channel,
      name: channelNames[standing.channel],
      wording: channelWording(standing.channel, company),
      isAllowed: isChannelAllowed(standing, facts, now, policy),
      // What a bounce, a complaint or a person stopped, a tick does not start again.
      isFixed: objected || standing.stopped === 'other',
    }))
}

/** What is stored, in short. Addresses and numbers only so far that one's own is recognised: messages are passed on. */
function storedLines({ stored }: PreferenceFacts): { label: string; value: string }[] {
  const lines = [
    { label: 'Name', value: stored.name },
    { label: 'Company', value: stored.company },
    { label: 'Email address', value: maskEmail(stored.email) },
    { label: 'Telephone number', value: maskPhone(stored.phone) },
    { label: 'City', value: stored.city },
    { label: 'How we met', value: stored.source },
    { label: 'Known to us since', value: readableDate(stored.since.toISOString().slice(0, 10)) },
    { label: 'Messages we sent you', value: String(stored.messages) },
    { label: 'Visits, downloads and answers we noted', value: String(stored.events) },
  ]
  return lines.filter(({ value }) => value !== '')
}

async function save(frame: PublicFrame, visit: Visit, request: Request, response: Response): Promise<void> {
  const { visitor } = visit
  const form = formOf(response)
  const library = await frame.library()
  const read = readAct(form, todayOf(frame, visit, library.policy.zone))
  if (!read.ok) return showCentre(frame, visit, response, { saved: false, mistake: read.mistake })
  const company = await frame.company()
  const { isKnown } = await changePreferences(frame, {
    leadId: visitor.leadId,
    deliveryId: visitor.delivery?.id ?? null,
    journeyId: visitor.delivery?.journeyId ?? null,
    companyName: company.name,
    act: read.act,
  })
  if (!isKnown) throw new PageProblem('gone')
  // To the page again by GET, so that reloading it sends nothing twice.
  response.redirect(303, `${request.path}?saved`)
}

type ReadAct = { ok: true; act: PreferenceAct } | { ok: false; mistake: Mistake }

function readAct(form: FormFields, today: Parameters<typeof inMonths>[0]): ReadAct {
  const act = fieldOf(form, 'act')
  if (act === 'stop_all' || act === 'object' || act === 'take_back_objection') return { ok: true, act: { kind: act } }
  const pause = readPause(form, today)
  if (typeof pause === 'object' && pause !== null) return { ok: false, mistake: pause }
  const channelsOf = (name: string): ContactChannel[] =>
    contactChannels.filter((channel) => form.get(name)?.includes(channel) === true)
  return {
    ok: true,
    act: {
      kind: 'save',
      topics: form.get('topic') ?? [],
      cadence: fieldOf(form, 'cadence') || null,
      pausedUntil: pause,
      allowed: channelsOf('channel'),
      shown: channelsOf('shown'),
    },
  }
}

/** The first day after the pause, null for none, or why it cannot be. */
function readPause(form: FormFields, today: Parameters<typeof inMonths>[0]): string | Mistake | null {
  const choice = fieldOf(form, 'pause')
  if (choice === '1' || choice === '3') return inMonths(today, Number(choice))
  if (choice !== 'date') return null
  const pausedUntil = fieldOf(form, 'until')
  if (parseLocalDate(pausedUntil) === null) {
    return { pausedUntil, message: 'Please choose the day on which we may write again.' }
  }
  if (pausedUntil < tomorrow(today)) return { pausedUntil, message: 'Please choose a day in the future.' }
  if (pausedUntil > inMonths(today, 60)) {
    return { pausedUntil, message: 'Please choose a day within five years, or stop everything below.' }
  }
  return pausedUntil
}
