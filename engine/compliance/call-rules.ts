/**
 * When people may be called, as data: one entry per rule of law, with where and since when it holds and what says so.
 * Laws change every year: add an entry with its date (and `until` on the one it replaces) rather than editing one, so that
 * past decisions can still be explained. A law that was in force long before this table has the year we know it from. Not legal advice; docs/compliance.md tells how each entry is enforced and tested.
 */
import type { Weekday } from '../graph/schema.ts'
import type { HolidayList } from './holidays.ts'

/** Wall-clock times `HH:MM`: `from` is inside, `to` is not. `24:00` is the end of the day. */
type Hours = readonly (readonly [from: string, to: string])[]

export interface CallRule {
  /** Stable; shown with every refusal: `us.tcpa`, `us.tx.hours`. */
  id: string
  /** ISO 3166-1 alpha-2. */
  country: string
  /** The regions (second part of ISO 3166-2) it holds in; absent = the whole country. */
  regions?: readonly string[]
  /** Local day from which it binds, `YYYY-MM-DD`. */
  since: string
  /** Local day from which it no longer binds. */
  until?: string
  /** Allowed hours per weekday; a day that is not named is closed. */
  hours: Partial<Record<Weekday, Hours>>
  /** Public holidays on which nobody may be called. */
  closedOn?: HolidayList
  /** One sentence in plain words: "In Texas calls on Sundays begin at noon." */
  text: string
  citation: string
}

const workdays = ['mon', 'tue', 'wed', 'thu', 'fri'] as const
const weekdaysAndSaturday = [...workdays, 'sat'] as const
const everyDay = [...weekdaysAndSaturday, 'sun'] as const

function on(days: readonly Weekday[], ...hours: Hours): Partial<Record<Weekday, Hours>> {
  return Object.fromEntries(days.map((day) => [day, hours]))
}

/** All rules known. Several may hold at once: a call must satisfy every one of them. */
export const callRules: readonly CallRule[] = [
  {
    id: 'us.tcpa',
    country: 'US',
    since: '1992-12-20',
    hours: on(everyDay, ['08:00', '21:00']),
    text: 'Calls in the United States are made from 8 am to 9 pm, local time of the person called.',
    citation: '47 CFR 64.1200(c)(1); 16 CFR 310.4(c)',
  },
  {
    id: 'us.fl.hours',
    country: 'US',
    regions: ['FL'],
    since: '2021-07-01',
    hours: on(everyDay, ['08:00', '20:00']),
    text: 'Calls in Florida end at 8 pm.',
    citation: 'Fla. Stat. § 501.616(6)(a)',
  },
  {
    id: 'us.ok.hours',
    country: 'US',
    regions: ['OK'],
    since: '2022-11-01',
    hours: on(everyDay, ['08:00', '20:00']),
    text: 'Calls in Oklahoma end at 8 pm.',
    citation: 'Okla. Stat. tit. 15, § 775C.4 (Telephone Solicitation Act of 2022)',
  },
  {
    id: 'us.md.hours',
    country: 'US',
    regions: ['MD'],
    since: '2024-01-01',
    hours: on(everyDay, ['08:00', '20:00']),
    text: 'Calls in Maryland end at 8 pm.',
    citation: 'Md. Code, Com. Law § 14-4501 ff. (Stop the Spam Calls Act of 2023)',
  },
  {
    id: 'us.wa.hours',
    country: 'US',
    regions: ['WA'],
    since: '2022-06-09',
    hours: on(everyDay, ['08:00', '20:00']),
    text: 'Calls in Washington State end at 8 pm.',
    citation: 'RCW 80.36.390; RCW 19.158.110',
  },
  {
    id: 'us.wy.hours',
    country: 'US',
    regions: ['WY'],
    since: '2013-07-01',
    hours: on(everyDay, ['08:00', '20:00']),
    text: 'Calls in Wyoming end at 8 pm.',
    citation: 'Wyo. Stat. § 40-12-302',
  },
  {
    id: 'us.tx.hours',
    country: 'US',
    regions: ['TX'],
    since: '2009-04-01',
    hours: { ...on(weekdaysAndSaturday, ['09:00', '21:00']), sun: [['12:00', '21:00']] },
    text: 'Calls in Texas begin at 9 am, on Sundays at noon.',
    citation: 'Tex. Bus. & Com. Code § 301.051',
  },
  {
    id: 'us.ky.hours',
    country: 'US',
    regions: ['KY'],
    since: '2002-07-15',
    hours: on(everyDay, ['10:00', '21:00']),
    text: 'Calls in Kentucky begin at 10 am.',
    citation: 'KRS 367.46955',
  },
  {
    id: 'us.pa.sunday',
    country: 'US',
    regions: ['PA'],
    since: '2026-10-18',
    hours: on(weekdaysAndSaturday, ['08:00', '21:00']),
    text: 'Nobody is called in Pennsylvania on a Sunday.',
    citation:
      'Pennsylvania Telemarketer Registration Act, 73 P.S. § 2241 ff., as amended with effect from 18 October 2026',
  },
  {
    id: 'us.pa.holidays',
    country: 'US',
    regions: ['PA'],
    since: '2019-12-03',
    hours: on(everyDay, ['00:00', '24:00']),
    closedOn: 'us_federal',
    text: 'Nobody is called in Pennsylvania on a legal holiday.',
    citation: '73 P.S. § 2245(a)(10) (Act 73 of 2019)',
  },
  {
    id: 'us.al.hours',
    country: 'US',
    regions: ['AL'],
    since: '2003-01-01',
    hours: on(weekdaysAndSaturday, ['08:00', '20:00']),
    closedOn: 'us_federal',
    text: 'Calls in Alabama end at 8 pm; nobody is called on Sundays and holidays.',
    citation: 'Ala. Code § 8-19A-1 ff.',
  },
  {
    id: 'us.la.hours',
    country: 'US',
    regions: ['LA'],
    since: '2003-01-01',
    hours: on(weekdaysAndSaturday, ['08:00', '20:00']),
    closedOn: 'us_federal',
    text: 'Calls in Louisiana end at 8 pm; nobody is called on Sundays and holidays.',
    citation: 'La. R.S. 45:844.11 ff. and the General Orders of the Public Service Commission',
  },
  {
    id: 'us.ms.hours',
    country: 'US',
    regions: ['MS'],
    since: '2003-01-01',
    hours: on(weekdaysAndSaturday, ['08:00', '20:00']),
    closedOn: 'us_federal',
    text: 'Calls in Mississippi end at 8 pm; nobody is called on Sundays and holidays.',
    citation: 'Miss. Code § 77-3-701 ff.',
  },
  {
    id: 'us.ut.hours',
    country: 'US',
    regions: ['UT'],
    since: '2003-01-01',
    hours: on(weekdaysAndSaturday, ['08:00', '21:00']),
    closedOn: 'us_federal',
    text: 'Nobody is called in Utah on Sundays and holidays.',
    citation: 'Utah Code § 13-25a-103',
  },
  {
    id: 'us.ri.hours',
    country: 'US',
    regions: ['RI'],
    since: '2003-01-01',
    hours: { ...on(workdays, ['09:00', '18:00']), sat: [['10:00', '17:00']] },
    closedOn: 'us_federal',
    text: 'Calls in Rhode Island are made from 9 am to 6 pm, on Saturdays from 10 am to 5 pm, never on Sundays and holidays.',
    citation: 'R.I. Gen. Laws § 5-61-3.6',
  },
  {
    id: 'us.sd.hours',
    country: 'US',
    regions: ['SD'],
    since: '2003-01-01',
    hours: on(weekdaysAndSaturday, ['09:00', '21:00']),
    text: 'Calls in South Dakota begin at 9 am; nobody is called on Sundays.',
    citation: 'SDCL 37-30A-3',
  },
  {
    id: 'us.ma.hours',
    country: 'US',
    regions: ['MA'],
    since: '2003-01-01',
    hours: on(everyDay, ['08:00', '20:00']),
    text: 'Calls in Massachusetts end at 8 pm.',
    citation: 'M.G.L. c. 159C, § 3; 201 CMR 12.00',
  },
  {
    id: 'us.ct.hours',
    country: 'US',
    regions: ['CT'],
    since: '2023-10-01',
    hours: on(everyDay, ['09:00', '20:00']),
    text: 'Calls in Connecticut are made from 9 am to 8 pm.',
    citation: 'Conn. Gen. Stat. § 42-288a (Public Act 23-98)',
  },
  {
    id: 'us.nv.hours',
    country: 'US',
    regions: ['NV'],
    since: '2003-01-01',
    hours: on(everyDay, ['09:00', '20:00']),
    text: 'Calls in Nevada are made from 9 am to 8 pm.',
    citation: 'NRS 598.0918',
  },
  {
    id: 'ca.utr',
    country: 'CA',
    since: '2008-09-30',
    hours: { ...on(workdays, ['09:00', '21:30']), ...on(['sat', 'sun'], ['10:00', '18:00']) },
    text: 'Calls in Canada are made from 9 am to 9:30 pm, at weekends from 10 am to 6 pm.',
    citation: 'CRTC Unsolicited Telecommunications Rules, Part III, s. 23',
  },
  {
    id: 'au.standard',
    country: 'AU',
    since: '2017-04-01',
    hours: { ...on(workdays, ['09:00', '20:00']), sat: [['09:00', '17:00']] },
    closedOn: 'au_national',
    text: 'Calls in Australia are made from 9 am to 8 pm, on Saturdays to 5 pm, never on Sundays and national holidays.',
    citation: 'Telecommunications (Telemarketing and Research Calls) Industry Standard 2017, s. 8',
  },
  {
    id: 'fr.hours',
    country: 'FR',
    since: '2023-03-01',
    hours: on(workdays, ['10:00', '13:00'], ['14:00', '20:00']),
    closedOn: 'fr',
    text: 'Calls in France are made on working days from 10 am to 1 pm and from 2 pm to 8 pm.',
    citation: 'Code de la consommation, art. D. 223-9 (décret n° 2022-1313)',
  },
  {
    id: 'es.hours',
    country: 'ES',
    since: '2014-06-13',
    hours: on(workdays, ['09:00', '21:00']),
    closedOn: 'es_national',
    text: 'Calls in Spain are made from 9 am to 9 pm, never at weekends or on holidays.',
    citation: 'Real Decreto Legislativo 1/2007 (TRLGDCU), art. 96.2',
  },
]
