/** What somebody did, as a sentence; and what more there is to say about it. */
import type { Activity } from '#server/contract/journey-activity.ts'
import { t } from '../../i18n/t.ts'
import { countOf, formatNumber, language } from '../../ui/words.ts'
import { sayInstant } from '../publish/instants.ts'

type Of<Kind extends Activity['kind']> = Extract<Activity, { kind: Kind }>

export interface Words {
  sentence: string
  /** A note, a reason, or what was changed; empty when there is none. */
  more: string
  /** `quote`: in somebody's own words. */
  tone: 'plain' | 'quote'
}

const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' })
const day = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const names = new Intl.ListFormat(language, { type: 'conjunction' })
const nearDays = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })

/** `today`, `yesterday`, `Friday, November 20, 2026`, on the wall of who looks. */
export function sayDay(instant: string, now: number): string {
  const at = new Date(instant)
  const today = new Date(now)
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
  // A day of 23 hours is one, too.
  const distance = Math.round((midnight(at) - midnight(today)) / 86_400_000)
  return distance > -2 && distance < 1 ? nearDays.format(distance, 'day') : day.format(at)
}

/** `10:02–10:31`, or one time when it is the same minute. */
function sayTimes(since: string, at: string): string {
  return clock.formatRange(new Date(since), new Date(at))
}

/** @param who how the sentence names them */
export function sayActivity(entry: Activity, who: string, nameOf: (step: Named) => string): Words {
  const plain = (sentence: string, more = ''): Words => ({ sentence, more, tone: 'plain' })
  const quote = (sentence: string, more: string): Words => ({ sentence, more, tone: 'quote' })
  switch (entry.kind) {
    case 'created':
      return plain(t('{{who}} created the journey', { who }))
    case 'imported':
      return plain(t('{{who}} imported the draft from a file or template', { who }))
    case 'edited':
      return plain(sayEdited(entry, who), sayChanges(entry, nameOf))
    case 'restored':
      return plain(t('{{who}} made version {{version}} the draft again', { who, version: entry.version }))
    case 'published':
      return quote(sayPublished(entry, who), entry.note)
    case 'scheduled':
      return quote(
        entry.publishAt === null
          ? t('{{who}} scheduled a publish', { who })
          : t('{{who}} scheduled a publish for {{when}}', { who, when: sayInstant(entry.publishAt, entry.zone) }),
        entry.note,
      )
    case 'called_off':
      return plain(
        entry.publishAt === null
          ? t('{{who}} called a scheduled publish off', { who })
          : t('{{who}} called off the publish for {{when}}', { who, when: sayInstant(entry.publishAt, entry.zone) }),
      )
    case 'not_published':
      return plain(t('A publish that {{who}} had scheduled did not happen', { who }), entry.message)
    case 'paused':
      return quote(t('{{who}} paused the journey', { who }), entry.reason)
    case 'resumed':
      return quote(t('{{who}} resumed the journey', { who }), entry.reason)
    case 'archived':
      return quote(t('{{who}} archived the journey', { who }), entry.reason)
    case 'moved':
      return sayMoved(entry, who)
    case 'controlled':
      return quote(sayControlled(entry, who, nameOf), entry.reason)
    case 'enrolled':
      return plain(
        t('{{who}} put everybody in who matches a rule: {{leads}}', { who, leads: countOf(entry.leads, 'lead') }),
        entry.held ? t('More than may enter within an hour: they wait for somebody to agree.') : '',
      )
    case 'tagged':
      return plain(
        entry.tags.length === 0
          ? t('{{who}} took all tags off', { who })
          : t('{{who}} set the tags to {{tags}}', { who, tags: names.format(entry.tags) }),
      )
    case 'test_case': {
      const { name } = entry
      if (entry.change === 'added') return plain(t('{{who}} saved the test case “{{name}}”', { who, name }))
      if (entry.change === 'changed') return plain(t('{{who}} changed the test case “{{name}}”', { who, name }))
      return plain(t('{{who}} removed the test case “{{name}}”', { who, name }))
    }
  }
}

interface Named {
  id: string
  name: string | null
}

function sayEdited({ saves, since, at }: Of<'edited'>, who: string): string {
  if (saves === 1) return t('{{who}} changed the draft', { who })
  return t('{{who}} changed the draft {{number}} times, {{times}}', {
    who,
    number: formatNumber(saves),
    times: sayTimes(since, at),
  })
}

const mostNamed = 4

function sayChanges(
  { added, removed, changed, journey, layout }: Of<'edited'>,
  nameOf: (step: Named) => string,
): string {
  const listed = (steps: readonly Named[]): string => {
    const shown = steps.slice(0, mostNamed).map((step) => t('“{{name}}”', { name: nameOf(step) }))
    const more = steps.length - shown.length
    return names.format(more > 0 ? [...shown, t('{{number}} more', { number: formatNumber(more) })] : shown)
  }
  const parts = [
    added.length === 0 ? '' : t('added {{steps}}', { steps: listed(added) }),
    removed.length === 0 ? '' : t('removed {{steps}}', { steps: listed(removed) }),
    changed.length === 0 ? '' : t('changed {{steps}}', { steps: listed(changed) }),
    journey ? t('changed the journey’s name or settings') : '',
  ].filter((part) => part !== '')
  if (parts.length === 0) return layout ? t('moved steps or notes on the canvas') : ''
  return parts.join('; ')
}

function sayPublished({ version, before, from }: Of<'published'>, who: string): string {
  if (from !== null) return t('{{who}} brought version {{from}} back as version {{version}}', { who, from, version })
  if (before === null) return t('{{who}} published version {{version}}, the first', { who, version })
  return t('{{who}} published version {{version}}', { who, version })
}

function sayMoved({ outcome, version, moved, exited }: Of<'moved'>, who: string): Words {
  const parts = [
    (moved ?? 0) > 0 ? t('{{leads}} moved', { leads: countOf(moved ?? 0, 'lead') }) : '',
    (exited ?? 0) > 0 ? t('{{leads}} taken out', { leads: countOf(exited ?? 0, 'lead') }) : '',
  ].filter((part) => part !== '')
  const more = parts.length === 0 && moved !== null ? t('Nobody was moved') : parts.join(', ')
  const sentence =
    outcome === 'done'
      ? t('What {{who}} decided about leads for version {{version}} is done', { who, version })
      : outcome === 'stopped'
        ? t('Moving leads to version {{version}} has stopped', { version })
        : t('{{who}} stopped moving leads to version {{version}}', { who, version })
  return { sentence, more, tone: 'plain' }
}

function sayControlled(entry: Of<'controlled'>, who: string, nameOf: (step: Named) => string): string {
  const { action, lead, leads, isTest, to, version, step } = entry
  const whom =
    lead !== null
      ? lead.name
      : isTest
        ? countOf(leads, 'test lead')
        : leads === 1
          ? t('one lead')
          : countOf(leads, 'lead')
  const at = step === null ? null : nameOf(step)
  switch (action) {
    case 'pause':
      return at === null
        ? t('{{who}} paused {{whom}}', { who, whom })
        : t('{{who}} paused {{whom}} at “{{step}}”', { who, whom, step: at })
    case 'resume':
      return at === null
        ? t('{{who}} let {{whom}} go on', { who, whom })
        : t('{{who}} let {{whom}} go on at “{{step}}”', { who, whom, step: at })
    case 'exit':
      return at === null
        ? t('{{who}} took {{whom}} out of the journey', { who, whom })
        : t('{{who}} took {{whom}} out at “{{step}}”', { who, whom, step: at })
    case 'retry':
      return at === null
        ? t('{{who}} had {{whom}} tried again', { who, whom })
        : t('{{who}} had “{{step}}” tried again for {{whom}}', { who, whom, step: at })
    case 'skip':
      return at === null
        ? t('{{who}} had {{whom}} skip a step', { who, whom })
        : t('{{who}} had {{whom}} skip “{{step}}”', { who, whom, step: at })
    case 'migrate':
      return t('{{who}} moved {{whom}} to version {{version}}', { who, whom, version: version ?? 0 })
    case 'move': {
      const goal = to === null ? '' : nameOf(to)
      return at === null
        ? t('{{who}} moved {{whom}} to “{{to}}”', { who, whom, to: goal })
        : t('{{who}} moved {{whom}} from “{{step}}” to “{{to}}”', { who, whom, step: at, to: goal })
    }
  }
}
