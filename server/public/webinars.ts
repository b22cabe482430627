/** `/w/<token>`: a webinar. Registering shows how to join and gives a calendar entry. */
import { createHash } from 'node:crypto'
import { Router, type Request, type Response } from 'express'
import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
import { takeAsset } from '#activities/assets/take-asset.ts'
import { assetChangedAt, isRegistered } from '#db/repositories/lead-assets.ts'
import type { Asset } from '#engine/library.ts'
import { zoneOr } from '#engine/schedule/zone.ts'
import { assetOfVisit } from './assets.ts'
import { formBody } from './form-body.ts'
import type { PublicFrame, Visit } from './frame.ts'
import { PageProblem } from './problem.ts'
import { onVisit } from './visit.ts'

export function webinarRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  router.get('/w/:token', onVisit(frame, 'webinar', show))
  router.post('/w/:token', formBody, onVisit(frame, 'webinar', register))
  router.get('/w/:token/webinar.ics', onVisit(frame, 'webinar', sendCalendar))
  return router
}

type Webinar = NonNullable<Asset['webinar']>

async function webinarOf(frame: PublicFrame, visit: Visit): Promise<{ asset: Asset; webinar: Webinar }> {
  const asset = await assetOfVisit(frame, visit)
  if (asset.webinar === undefined) throw new PageProblem('gone')
  return { asset, webinar: asset.webinar }
}

function timesOf({ startsAt, minutes }: Webinar): { start: number; end: number } {
  const start = Date.parse(startsAt)
  return { start, end: start + minutes * 60_000 }
}

async function show(frame: PublicFrame, visit: Visit, request: Request, response: Response): Promise<void> {
  const { asset, webinar } = await webinarOf(frame, visit)
  const { start, end } = timesOf(webinar)
  const zone = zoneOr(visit.visitor.zone, webinar.zone)
  await frame.show(response, {
    template: 'webinar',
    title: asset.title,
    data: {
      summary: asset.summary ?? '',
      date: formatIn(start, zone, { dateStyle: 'full' }),
      time: `${formatIn(start, zone, { timeStyle: 'short' })} – ${formatIn(end, zone, { timeStyle: 'short' })}`,
      zone: zone.replaceAll('_', ' '),
      utc: `${new Date(start).toISOString().slice(11, 16)} UTC`,
      isOver: end <= frame.now(),
      isRegistered: await isRegistered(frame.db, visit.visitor.leadId, asset.key),
      joinUrl: webinar.joinUrl,
      recording: URL.canParse(asset.url) ? asset.url : null,
      calendarUrl: `${request.path}/webinar.ics`,
    },
  })
}

async function register(frame: PublicFrame, visit: Visit, request: Request, response: Response): Promise<void> {
  const { asset, webinar } = await webinarOf(frame, visit)
  if (timesOf(webinar).end > frame.now()) {
    const { id = null, journeyId = null } = visit.visitor.delivery ?? {}
    const { leadId } = visit.visitor
    const isKnown = await takeAsset(frame, { leadId, deliveryId: id, journeyId, asset, act: 'registered' })
    if (!isKnown) throw new PageProblem('gone')
  }
  response.redirect(303, request.path)
}

/**
 * The calendar entry (RFC 5545). Its UID stays the same for a lead and a webinar and its SEQUENCE rises with every change of
 * the webinar, so that importing it again moves the entry instead of adding one (RFC 5546 §2.1.4, §3.2.1).
 */
async function sendCalendar(frame: PublicFrame, visit: Visit, _request: Request, response: Response): Promise<void> {
  const { asset, webinar } = await webinarOf(frame, visit)
  const { leadId } = visit.visitor
  if (!(await isRegistered(frame.db, leadId, asset.key))) throw new PageProblem('not_allowed')
  const [company, changedAt] = await Promise.all([frame.company(), assetChangedAt(frame.db, asset.key)])
  const { start, end } = timesOf(webinar)
  const changed = changedAt ?? new Date(0)
  const host = new URL(frame.links.baseUrl).hostname
  const lead = createHash('sha256').update(leadId).digest('hex').slice(0, 16)
  const calendar = ical({
    prodId: { company: 'Trellis', product: 'webinar', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
  })
  calendar.createEvent({
    id: `${asset.key}.${lead}@${host}`,
    sequence: Math.floor(changed.getTime() / 60_000),
    stamp: changed,
    start: new Date(start),
    end: new Date(end),
    summary: asset.title,
    description: `${asset.summary ?? ''}\n\n${webinar.joinUrl}`.trim(),
    location: webinar.joinUrl,
    url: webinar.joinUrl,
    status: ICalEventStatus.CONFIRMED,
    ...(company.from === undefined ? {} : { organizer: { name: company.name, email: company.from.email } }),
  })
  response
    .attachment('webinar.ics')
    .type('text/calendar; charset=utf-8; method=PUBLISH')
    .set('X-Robots-Tag', 'noindex, nofollow')
    .send(calendar.toString())
}

function formatIn(at: number, zone: string, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', { ...style, timeZone: zone }).format(at)
}
