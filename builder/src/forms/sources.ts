/** What the pickers offer, read once for all of them. */
import { useQuery } from '@tanstack/react-query'
import { coreFields } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import type { FormHints, PickKind } from '#engine/steps/form-hints.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import { getLibrary } from '#server/contract/library.ts'
import { listCues } from '#server/contract/notes.ts'
import { listPeople, listQueues } from '#server/contract/people.ts'
import { getRuleVocabulary } from '#server/contract/rules.ts'
import { call } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { formatNumber } from '../ui/words.ts'
import { sayKey } from './option-words.ts'

export interface Pick {
  value: string
  label: string
  /** Behind the name, muted. */
  hint?: string
  group?: string
}

export interface Source {
  items: readonly Pick[]
  /** Other values may be written, too: tags and events need no list. */
  isOpen: boolean
  isLoading: boolean
  error: Error | null
}

const minute = 60_000

export function useLibrary() {
  return useQuery({
    queryKey: ['library'],
    queryFn: ({ signal }) => call(getLibrary, {}, signal),
    staleTime: minute,
  })
}

export function useVocabulary(enabled = true) {
  return useQuery({
    queryKey: ['rule-vocabulary'],
    queryFn: ({ signal }) => call(getRuleVocabulary, {}, signal),
    staleTime: minute,
    enabled,
  })
}

const usePeople = (enabled: boolean) =>
  useQuery({ queryKey: ['people'], queryFn: ({ signal }) => call(listPeople, {}, signal), staleTime: minute, enabled })
const useQueues = (enabled: boolean) =>
  useQuery({ queryKey: ['queues'], queryFn: ({ signal }) => call(listQueues, {}, signal), staleTime: minute, enabled })
const useCues = (enabled: boolean) =>
  useQuery({ queryKey: ['cues'], queryFn: ({ signal }) => call(listCues, {}, signal), staleTime: minute, enabled })

const byLabel = (a: Pick, b: Pick): number => a.label.localeCompare(b.label)

/**
 * Everything of a kind. `of` is what the setting beside it says (the survey of a question, the event of a property).
 * Steps are the editor's own: see step-source.ts.
 */
export function useSource(kind: PickKind, hints: FormHints, of: string | null): Source {
  const library = useLibrary()
  const vocabulary = useVocabulary(usesVocabulary(kind))
  const people = usePeople(kind === 'person')
  const queues = useQueues(kind === 'queue' || kind === 'person')
  const cues = useCues(kind === 'cue')
  const queries =
    kind === 'person'
      ? [people, queues]
      : kind === 'queue'
        ? [queues]
        : kind === 'cue'
          ? [cues]
          : usesVocabulary(kind)
            ? [vocabulary]
            : [library]
  return {
    items: itemsOf(),
    isOpen: open.has(kind),
    isLoading: queries.some(({ isLoading }) => isLoading),
    error: queries.map(({ error }) => error).find((error) => error !== null) ?? null,
  }

  function itemsOf(): Pick[] {
    const data = library.data
    if (kind === 'event') {
      // Built-in ones that nobody did yet are in the vocabulary, too, with no lead.
      const seen = vocabulary.data?.events.filter(({ leads }) => leads > 0) ?? []
      return eventPicks(seen.map(({ event }) => event))
    }
    if (kind === 'property') {
      const properties = (vocabulary.data?.events ?? [])
        .filter(({ event }) => of === null || event === of)
        .flatMap((one) => one.properties)
      return [...new Set(properties)].map((name) => ({ value: name, label: name }))
    }
    if (kind === 'tag') {
      return (vocabulary.data?.tags ?? []).map(({ tag, leads }) => ({
        value: tag,
        label: tag,
        hint: formatNumber(leads),
      }))
    }
    if (kind === 'person') {
      return [
        { value: 'owner', label: t('The owner of the lead') },
        ...(people.data?.items ?? [])
          .filter(({ active }) => active)
          .map(({ key, name }) => ({ value: key, label: name, group: t('People') })),
        ...(queues.data?.items ?? []).map(({ key, name }) => ({ value: key, label: name, group: t('Queues') })),
      ]
    }
    if (kind === 'queue') return (queues.data?.items ?? []).map(({ key, name }) => ({ value: key, label: name }))
    if (kind === 'cue') return (cues.data?.items ?? []).map(({ key, label }) => ({ value: key, label }))
    if (kind === 'zone') return zones()
    if (kind === 'language') return languages()
    return data === undefined ? [] : (libraryPicks[kind]?.(data, hints, of) ?? [])
  }
}

/** Kinds of which any word may be written. */
const open: ReadonlySet<PickKind> = new Set<PickKind>([
  'event',
  'tag',
  'property',
  'topic',
  'language',
  'country',
  'cue',
])

function usesVocabulary(kind: PickKind): boolean {
  return kind === 'event' || kind === 'tag' || kind === 'property'
}

function eventPicks(seen: readonly string[]): Pick[] {
  const known = new Set<string>(Object.values(builtInEvents))
  return [
    ...seen.map((event) => ({ value: event, label: sayKey(event), hint: event, group: t('Seen here') })),
    ...[...known]
      .filter((event) => !seen.includes(event))
      .map((event) => ({ value: event, label: sayKey(event), hint: event, group: t('Not seen yet') })),
  ]
}

type Snapshot = {
  library: Library
  segments: { key: string; name: string }[]
  journeys: { key: string; name: string; status: string }[]
}

const libraryPicks: Readonly<
  Partial<Record<PickKind, (data: Snapshot, hints: FormHints, of: string | null) => Pick[]>>
> = {
  asset: ({ library }) =>
    Object.values(library.assets)
      .map(({ key, title, format }) => ({ value: key, label: title, hint: format }))
      .toSorted(byLabel),
  pool: ({ library }) =>
    Object.values(library.pools)
      .map(({ key, name, assets }) => ({
        value: key,
        label: name,
        hint: t('{{count}} assets', { count: assets.length }),
      }))
      .toSorted(byLabel),
  survey: ({ library }) =>
    Object.values(library.surveys)
      .map(({ key, title }) => ({ value: key, label: title }))
      .toSorted(byLabel),
  question: ({ library }, _hints, of) =>
    of === null ? [] : (library.surveys[of]?.questions ?? []).map(({ id, text }) => ({ value: id, label: text })),
  segment: ({ segments }) => segments.map(({ key, name }) => ({ value: key, label: name })),
  form: ({ library }) => Object.values(library.forms).map(({ key, title }) => ({ value: key, label: title })),
  journey: ({ journeys }) =>
    journeys
      .filter(({ status }) => status !== 'archived')
      .map(({ key, name, status }) => ({ value: key, label: name, hint: status })),
  topic: ({ library }) =>
    [...new Set(Object.values(library.assets).flatMap(({ topics }) => topics))]
      .toSorted()
      .map((topic) => ({ value: topic, label: topic })),
  field: ({ library }, hints) => fieldPicks(library, hints),
}

function fieldPicks(library: Library, { fieldTypes, writable }: FormHints): Pick[] {
  const own = Object.values(library.fields).map((field) => ({ ...field, readOnly: false, group: t('Your fields') }))
  return [...coreFields.map((field) => ({ ...field, label: t(field.label), group: t('Every lead') })), ...own]
    .filter(({ type, readOnly }) => (fieldTypes?.includes(type) ?? true) && !(writable === true && readOnly))
    .map(({ key, label, type, group }) => ({ value: key, label, hint: type, group }))
}

let zoneList: Pick[] | null = null
function zones(): Pick[] {
  zoneList ??= ['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => ({
    value: zone,
    label: zone.replaceAll('_', ' '),
  }))
  return zoneList
}

const tongues = [
  'de',
  'en',
  'fr',
  'it',
  'es',
  'pt',
  'nl',
  'pl',
  'cs',
  'da',
  'sv',
  'nb',
  'fi',
  'hu',
  'ro',
  'el',
  'tr',
  'uk',
  'ja',
  'zh',
  'ar',
]
function languages(): Pick[] {
  const names = new Intl.DisplayNames(undefined, { type: 'language' })
  return tongues.map((tag) => ({ value: tag, label: tag, hint: names.of(tag) ?? tag }))
}
