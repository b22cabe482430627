/**
 * Public holidays that close a day to calls, computed for any year. Regional and local holidays are not here: a company
 * that must keep them puts them into its own calendar.
 */
import { addDays, dayNumber, weekdayOfDay, type LocalDate } from '../schedule/calendar.ts'
import { weekdays, type Weekday } from '../graph/schema.ts'

export type HolidayList = 'us_federal' | 'fr' | 'es_national' | 'au_national'

type Rule =
  | { kind: 'fixed'; month: number; day: number }
  /** `nth` from the start of the month, 1-based; -1 = the last one. */
  | { kind: 'nth'; month: number; weekday: Weekday; nth: number }
  /** Days after Easter Sunday of the western churches. */
  | { kind: 'easter'; days: number }

const fixed = (month: number, day: number): Rule => ({ kind: 'fixed', month, day })
const nth = (month: number, weekday: Weekday, count: number): Rule => ({ kind: 'nth', month, weekday, nth: count })
const easter = (days: number): Rule => ({ kind: 'easter', days })

/** Sources: 5 U.S.C. 6103(a); Code du travail L. 3133-1; Estatuto de los Trabajadores art. 37.2; Australian Industry Standard 2017 s. 5. */
const lists: Record<HolidayList, { rules: readonly Rule[]; observed: 'nearest_workday' | 'next_workday' | null }> = {
  us_federal: {
    rules: [
      fixed(1, 1),
      nth(1, 'mon', 3),
      nth(2, 'mon', 3),
      nth(5, 'mon', -1),
      fixed(6, 19),
      fixed(7, 4),
      nth(9, 'mon', 1),
      nth(10, 'mon', 2),
      fixed(11, 11),
      nth(11, 'thu', 4),
      fixed(12, 25),
    ],
    observed: 'nearest_workday',
  },
  fr: {
    rules: [
      fixed(1, 1),
      easter(1),
      fixed(5, 1),
      fixed(5, 8),
      easter(39),
      easter(50),
      fixed(7, 14),
      fixed(8, 15),
      fixed(11, 1),
      fixed(11, 11),
      fixed(12, 25),
    ],
    observed: null,
  },
  es_national: {
    rules: [
      fixed(1, 1),
      fixed(1, 6),
      easter(-2),
      fixed(5, 1),
      fixed(8, 15),
      fixed(10, 12),
      fixed(11, 1),
      fixed(12, 6),
      fixed(12, 8),
      fixed(12, 25),
    ],
    observed: null,
  },
  au_national: {
    rules: [fixed(1, 1), fixed(1, 26), easter(-2), easter(1), fixed(4, 25), fixed(12, 25), fixed(12, 26)],
    observed: 'next_workday',
  },
}

const remembered = new Map<string, ReadonlySet<number>>()

/** True when the day (counted from 1970-01-01) is a holiday of the list, or the working day it is observed on. */
export function isHoliday(day: number, list: HolidayList): boolean {
  const year = yearOf(day)
  // New Year's Day on a Saturday is observed on the last day of the year before.
  return holidaysOf(year, list).has(day) || holidaysOf(year + 1, list).has(day)
}

function holidaysOf(year: number, list: HolidayList): ReadonlySet<number> {
  const key = `${list} ${String(year)}`
  const known = remembered.get(key)
  if (known !== undefined) return known
  const { rules, observed } = lists[list]
  const named = rules.map((rule) => dayOf(rule, year))
  const days = new Set(named)
  if (observed !== null) for (const day of named) days.add(observedDay(day, observed, days))
  if (remembered.size > 1000) remembered.clear()
  remembered.set(key, days)
  return days
}

function dayOf(rule: Rule, year: number): number {
  if (rule.kind === 'fixed') return dayNumber({ year, month: rule.month, day: rule.day })
  if (rule.kind === 'easter') return dayNumber(addDays(easterSunday(year), rule.days))
  if (rule.nth > 0) {
    const first = dayNumber({ year, month: rule.month, day: 1 })
    return first + daysUntil(first, rule.weekday) + (rule.nth - 1) * 7
  }
  const last = dayNumber({ year, month: rule.month + 1, day: 0 })
  return last - ((weekdays.indexOf(weekdayOfDay(last)) - weekdays.indexOf(rule.weekday) + 7) % 7)
}

function daysUntil(day: number, weekday: Weekday): number {
  return (weekdays.indexOf(weekday) - weekdays.indexOf(weekdayOfDay(day)) + 7) % 7
}

function observedDay(day: number, how: 'nearest_workday' | 'next_workday', taken: ReadonlySet<number>): number {
  const weekday = weekdayOfDay(day)
  if (weekday !== 'sat' && weekday !== 'sun') return day
  if (how === 'nearest_workday') return weekday === 'sat' ? day - 1 : day + 1
  let next = day + (weekday === 'sat' ? 2 : 1)
  while (taken.has(next)) next += 1
  return next
}

/** Easter Sunday, after the anonymous Gregorian algorithm (Meeus, Jones, Butcher). */
function easterSunday(year: number): LocalDate {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const d = Math.floor(b / 4)
  const e = b % 4
  const f = Math.floor((b + 8) / 25)
  const g = Math.floor((b - f + 1) / 3)
  const h = (19 * a + b - d - g + 15) % 30
  const i = Math.floor(c / 4)
  const k = c % 4
  const l = (32 + 2 * e + 2 * i - h - k) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const sum = h + l - 7 * m + 114
  return { year, month: Math.floor(sum / 31), day: (sum % 31) + 1 }
}

function yearOf(day: number): number {
  return new Date(day * 86_400_000).getUTCFullYear()
}
