/** Leaving: by one click in the mail program (RFC 8058) or on a page. */
import { Router, type Request, type Response } from 'express'
import { linkTo } from '#activities/links/personal-link.ts'
import { changePreferences, type PreferenceAct } from '#activities/preferences/preference-centre.ts'
import { unsubscribe } from '#activities/preferences/unsubscribe.ts'
import { foldTopic } from '#engine/preferences.ts'
import { fieldOf, formBody, formOf } from './form-body.ts'
import type { PublicFrame, Visit } from './frame.ts'
import { onVisit } from './visit.ts'

export function unsubscribeRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  // Scanners and mail programs open every link they see: looking changes nothing (RFC 8058 §2).
  router.get('/u/:token', onVisit(frame, 'unsubscribe', showChoice))
  // Any body unsubscribes: `List-Unsubscribe=One-Click`, our own button, or one that was mangled on its way. Always 200,
  // never a redirect (§3.1).
  router.post('/u/:token', formBody, onVisit(frame, 'unsubscribe', leave))
  return router
}

async function showChoice(frame: PublicFrame, visit: Visit, _request: Request, response: Response): Promise<void> {
  if (visit.visitor.isErased) return showDone(frame, response, visit)
  const [company, library] = await Promise.all([frame.company(), frame.library()])
  const { topics, cadences } = library.policy.preferences
  const assetKey = visit.visitor.delivery?.assetKey ?? ''
  const about = Object.hasOwn(library.assets, assetKey) ? (library.assets[assetKey]?.topics ?? []) : []
  await frame.show(response, {
    template: 'unsubscribe',
    title: 'Unsubscribe',
    data: {
      address: maskEmail(visit.visitor.email),
      wording: wordingFor(company.name),
      preferencesUrl: preferencesUrl(frame, visit),
      topics: topics.filter(({ key }) => about.some((topic) => foldTopic(topic) === foldTopic(key))),
      cadences: cadences.filter(({ atMost }) => atMost !== undefined),
    },
  })
}

async function leave(frame: PublicFrame, visit: Visit, _request: Request, response: Response): Promise<void> {
  const { visitor } = visit
  const isOneClick = fieldOf(formOf(response), 'List-Unsubscribe') === 'One-Click'
  const company = await frame.company()
  const instead = isOneClick ? null : readInstead(fieldOf(formOf(response), 'instead'))
  if (instead !== null) {
    const { isKnown } = await changePreferences(frame, {
      leadId: visitor.leadId,
      deliveryId: visitor.delivery?.id ?? null,
      journeyId: visitor.delivery?.journeyId ?? null,
      companyName: company.name,
      act: instead,
    })
    if (!isKnown) return showDone(frame, response, visit)
    return frame.show(response, {
      template: 'changed',
      title: 'Changed',
      data: { preferencesUrl: preferencesUrl(frame, visit) },
    })
  }
  await unsubscribe(frame, {
    leadId: visitor.leadId,
    channels: ['email'],
    deliveryId: visitor.delivery?.id ?? null,
    journeyId: visitor.delivery?.journeyId ?? null,
    source: isOneClick ? 'one_click' : 'unsubscribe_page',
    wording: isOneClick ? 'List-Unsubscribe=One-Click (RFC 8058)' : wordingFor(company.name),
  })
  await showDone(frame, response, visit)
}

/** What somebody chose instead of leaving: `cadence:weekly`, `topic:dairy`. Null: they leave. */
function readInstead(choice: string): PreferenceAct | null {
  const [, kind, key = ''] = /^(cadence|topic):(.{1,100})$/.exec(choice) ?? []
  if (kind === undefined) return null
  return kind === 'cadence' ? { kind: 'less', cadence: key } : { kind: 'without_topic', topic: key }
}

/** The very words above the button, kept in the ledger. */
function wordingFor(companyName: string): string {
  return `Stop all email from ${companyName} to this address.`
}

async function showDone(frame: PublicFrame, response: Response, visit: Visit): Promise<void> {
  await frame.show(response, {
    template: 'unsubscribed',
    title: 'You are unsubscribed',
    data: {
      address: maskEmail(visit.visitor.email),
      preferencesUrl: visit.visitor.isErased ? null : preferencesUrl(frame, visit),
    },
  })
}

function preferencesUrl(frame: PublicFrame, { content }: Visit): string {
  return linkTo(frame.links, 'preferences', { about: content.about, id: content.id })
}

/** Messages are passed on: enough to recognise one's own address by, not enough to learn another's. */
export function maskEmail(email: string | null): string {
  const [, first = '', host = ''] = /^(.).*@(.+)$/u.exec(email ?? '') ?? []
  return first === '' ? '' : `${first}•••@${host}`
}

/** The last digits only. */
export function maskPhone(phone: string): string {
  const digits = phone.replaceAll(/\D/g, '')
  return digits.length < 4 ? '' : `•••${digits.slice(-2)}`
}
