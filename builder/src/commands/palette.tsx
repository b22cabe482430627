/** Ctrl+K: every screen, journey, lead, step of the open journey and command, found by typing. */
import '@mantine/spotlight/styles.css'
import { useDebouncedValue } from '@mantine/hooks'
import { createSpotlight, Spotlight } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState, useSyncExternalStore, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { listJourneys } from '#server/contract/journeys.ts'
import { listLeads } from '#server/contract/leads.ts'
import { call } from '../api/client.ts'
import { useMay } from '../sign-in/session-gate.tsx'
import { goTo } from '../ui/route.tsx'
import classes from './commands.module.css'
import { KeyCaps } from './key-caps.tsx'
import { followSelected } from './palette-selected.ts'
import { paletteSources, rank, type PaletteItem } from './palette-sources.ts'
import { allCommands, subscribeCommands, titleOfCommand } from './registry.ts'

interface Found extends PaletteItem {
  keys?: string | undefined
}
interface FoundGroup {
  title: string
  items: readonly Found[]
}

const [store, actions] = createSpotlight()
/** There is one palette. */
const listId = 'palette-found'

/** Opens with the first request and, with each further one, closes or opens. */
export function Palette({ request }: { request: number }) {
  const { t } = useTranslation()
  const [words, setWords] = useState('')
  const answered = useRef(0)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (answered.current === request) return
    answered.current = request
    actions.toggle()
  }, [request])
  return (
    <Spotlight.Root
      store={store}
      query={words}
      onQueryChange={setWords}
      shortcut={null}
      maxHeight={440}
      scrollable
      size={640}
      clearQueryOnClose
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      attributes={{ content: { 'aria-label': t('Find anything') } }}
    >
      <Spotlight.Search
        ref={field}
        role="combobox"
        aria-expanded
        aria-autocomplete="list"
        aria-controls={listId}
        placeholder={t('Find a screen, journey, lead, step or command')}
        aria-label={t('Find a screen, journey, lead, step or command')}
        leftSection={<IconSearch size={18} stroke={1.5} />}
      />
      <Results words={words.trim()} field={field} />
    </Spotlight.Root>
  )
}

/** Only while the palette is open, so that nothing is read for it before. */
function Results({ words, field }: { words: string; field: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation()
  useEffect(() => {
    const list = document.getElementById(listId)
    return list === null || field.current === null ? undefined : followSelected(field.current, list)
  }, [field])
  const groups = useFound(words)
  const found = groups.filter(({ items }) => items.length > 0)
  return (
    <Spotlight.ActionsList
      id={listId}
      {...(found.length === 0 ? { role: 'status' } : { role: 'listbox', 'aria-label': t('Found') })}
    >
      {found.map(({ title, items }) => (
        <Spotlight.ActionsGroup key={title} label={title} role="group" aria-label={title}>
          {items.map((item) => (
            <Spotlight.Action key={item.id} role="option" aria-selected={false} onClick={item.run}>
              <span className={classes['row']}>
                <span className={classes['title']}>
                  {item.title}
                  {item.detail === undefined ? null : <span className={classes['detail']}>{item.detail}</span>}
                </span>
                {item.keys === undefined ? null : <KeyCaps keys={item.keys} />}
              </span>
            </Spotlight.Action>
          ))}
        </Spotlight.ActionsGroup>
      ))}
      {found.length === 0 ? <Spotlight.Empty>{t('Nothing is called that.')}</Spotlight.Empty> : null}
    </Spotlight.ActionsList>
  )
}

function useFound(words: string): FoundGroup[] {
  const { t } = useTranslation()
  const commands = useSyncExternalStore(subscribeCommands, allCommands)
  const journeys = useFoundJourneys(words)
  const leads = useFoundLeads(words)
  const possible = commands
    .filter(({ isEnabled }) => isEnabled?.() !== false)
    .map((command): Found & { group: string } => ({
      id: command.id,
      title: titleOfCommand(command),
      keys: (command.keys ?? command.shownKeys)?.[0],
      group: command.group,
      run: command.run,
    }))
  const limit = words === '' ? 40 : 8
  const byGroup = Map.groupBy(
    rank(possible, words, ({ title }) => title, limit),
    ({ group }) => group,
  )
  const first = byGroup.get('Go to') ?? []
  const rest = [...byGroup].filter(([group]) => group !== 'Go to')
  return [
    { title: t('Go to'), items: first },
    ...paletteSources().map(({ title, find }) => ({ title, items: words === '' ? [] : find(words) })),
    { title: t('Journeys'), items: journeys },
    { title: t('Leads'), items: leads },
    ...rest.map(([group, items]) => ({ title: t(group), items })),
  ]
}

function useFoundJourneys(words: string): readonly Found[] {
  const may = useMay('journeys:read')
  const { data } = useQuery({
    queryKey: ['journeys'],
    queryFn: ({ signal }) => call(listJourneys, {}, signal),
    enabled: may,
  })
  return rank(data?.items ?? [], words, ({ name }) => name, words === '' ? 5 : 8).map(({ key, name }) => ({
    id: `journey ${key}`,
    title: name,
    run: () => goTo(`/journeys/${encodeURIComponent(key)}`),
  }))
}

function useFoundLeads(words: string): readonly Found[] {
  const may = useMay('leads:read')
  const [search] = useDebouncedValue(words, 200)
  const { data } = useQuery({
    queryKey: ['palette', 'leads', search],
    queryFn: ({ signal }) => call(listLeads, { query: { limit: 6, search } }, signal),
    enabled: may && search.length >= 2,
    placeholderData: keepPreviousData,
  })
  if (words.length < 2) return []
  return (data?.items ?? []).map(({ id, name, email, company }) => ({
    id: `lead ${id}`,
    title: name,
    detail: [email, company].filter(Boolean).join(' · '),
    run: () => goTo(`/leads/${id}`),
  }))
}
