/** With whom the journey is rehearsed: a lead by name, one at random that reaches a step, or somebody made up. */
import { ActionIcon, Menu, Select, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconDice, IconUserEdit } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listLeads } from '#server/contract/leads.ts'
import { readRehearsalLeads } from '#server/contract/rehearsals.ts'
import { call } from '../../api/client.ts'
import { useLibrary } from '../../forms/sources.ts'
import { t } from '../../i18n/t.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { useSaver } from '../saving/saving-context.tsx'
import { useCatalogue, useDocument, useEditorStore } from '../editor-context.tsx'
import { PersonaForm } from './persona-form.tsx'
import { afterFacts, toSampleInput } from './settings.ts'
import { whenSaved } from './when-saved.ts'
import { changeSettings, useSimulate, useSimulateStore, type SimulateStore } from './simulate-store.ts'
import classes from './simulate.module.css'

const persona = 'persona'

export function LeadChoice() {
  const store = useSimulateStore()
  const editor = useEditorStore()
  const mayRead = useMay('leads:read')
  const who = useSimulate((one) => one.settings?.who)
  const [search, setSearch] = useState('')
  const [isMaking, setMaking] = useState(false)
  const [wanted] = useDebouncedValue(search, 250)
  const found = useQuery({
    queryKey: ['rehearsal-leads', wanted],
    queryFn: ({ signal }) =>
      call(listLeads, { query: { limit: 20, ...(wanted === '' ? {} : { search: wanted }) } }, signal),
    enabled: mayRead,
    staleTime: 30_000,
  })
  if (who === undefined) return null
  const present =
    who.kind === 'lead'
      ? { value: who.id, label: who.name }
      : { value: persona, label: `${who.persona.name} (${t('made up')})` }
  const others = (found.data?.items ?? []).flatMap(({ id, name, email }) =>
    id === present.value ? [] : [{ value: id, label: email === null || email === name ? name : `${name}, ${email}` }],
  )
  const choose = (value: string | null) => {
    if (value === persona) setMaking(true)
    else if (value !== null && value !== present.value) void takeLead(store, editor.getState().journey.key, value)
  }
  return (
    <div className={classes['whole']}>
      <Select
        size="xs"
        label={t('Lead')}
        searchable
        allowDeselect={false}
        nothingFoundMessage={found.isFetching ? t('Looking…') : t('Nobody found')}
        filter={({ options }) => options}
        data={[present, ...others]}
        value={present.value}
        onSearchChange={(text) => setSearch(text === present.label ? '' : text)}
        onChange={choose}
        error={found.error === null ? undefined : found.error.message}
      />
      {mayRead ? <RandomLead /> : null}
      <Tooltip label={t('Make somebody up')}>
        <ActionIcon variant="default" size={30} aria-label={t('Make somebody up')} onClick={() => setMaking(true)}>
          <IconUserEdit size={16} />
        </ActionIcon>
      </Tooltip>
      {isMaking ? <PersonaForm onClose={() => setMaking(false)} /> : null}
    </div>
  )
}

/** Reads a lead's facts and rehearses with it. */
async function takeLead(store: SimulateStore, journey: string, id: string): Promise<void> {
  const { compiled } = store.getState()
  if (compiled === null) return
  store.setState({ message: null })
  try {
    const { items, replyHold } = await call(readRehearsalLeads, {
      params: { journey },
      body: { needs: compiled.needs, leads: [id] },
    })
    const [lead] = items
    if (lead === undefined) {
      store.setState({ message: t('This lead is gone.') })
      return
    }
    store.setState({ replyHold, head: null })
    const { settings } = store.getState()
    const startAt = afterFacts(settings?.startAt ?? Date.now(), lead.facts)
    changeSettings(store, { who: { kind: 'lead', ...lead }, startAt })
  } catch (error) {
    store.setState({ message: error instanceof Error ? error.message : String(error) })
  }
}

/** Plays sampled leads in the worker until one of them comes to the step. */
function RandomLead() {
  const store = useSimulateStore()
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const library = useLibrary().data?.library
  const { graph } = useDocument()
  const saver = useSaver()
  const [isLooking, setLooking] = useState(false)
  const look = async (stepId: string | null) => {
    const { settings, worker, compiled, replyHold } = store.getState()
    if (settings === null || worker === null || compiled === null || library === undefined) return
    const journey = editor.getState().journey.key
    const { needs, entryRule } = compiled
    setLooking(true)
    store.setState({ message: null })
    try {
      await whenSaved(editor, saver)
      const parts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].sort(() => Math.random() - 0.5)
      for (const part of parts) {
        const { items } = await call(readRehearsalLeads, {
          params: { journey },
          body: { needs, part, ...(entryRule === null ? {} : { rule: entryRule }) },
        })
        const leads = items.toSorted(() => Math.random() - 0.5)
        const [first] = leads
        if (stepId === null && first !== undefined) return await takeLead(store, journey, first.id)
        const input = toSampleInput(settings, graph, library, replyHold)
        const answer = await worker.ask({ kind: 'sample', leads, input, seek: stepId })
        if (answer.kind !== 'sampled' || answer.found === null) continue
        // It was found by what tends to happen, so that is what is played.
        changeSettings(store, { assume: 'chance', happenings: [] })
        return await takeLead(store, journey, answer.found)
      }
      store.setState({
        message:
          stepId === null
            ? t('No lead matches the entry of this journey.')
            : t('None of the sampled leads comes to this step.'),
      })
    } catch (error) {
      store.setState({ message: error instanceof Error ? error.message : String(error) })
    } finally {
      setLooking(false)
    }
  }
  return (
    <Menu position="top-start" withinPortal>
      <Menu.Target>
        <Tooltip label={t('A random lead')}>
          <ActionIcon variant="default" size={30} aria-label={t('A random lead')} loading={isLooking}>
            <IconDice size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown style={{ maxHeight: 320, overflow: 'auto' }}>
        <Menu.Item onClick={() => void look(null)}>{t('Any lead the journey would take')}</Menu.Item>
        <Menu.Label>{t('One that reaches…')}</Menu.Label>
        {graph.nodes
          .filter(({ type }) => type !== 'entry')
          .map((node) => (
            <Menu.Item key={node.id} onClick={() => void look(node.id)}>
              {catalogue.titleOf(node)}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  )
}
