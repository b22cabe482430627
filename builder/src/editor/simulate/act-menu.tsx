/** Puts something on the slider that the lead, a person or the world does. */
import { Button, Group, Popover, Select, Stack, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { Json } from '#engine/facts.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { PropertyFilter } from '#engine/conditions/schema.ts'
import type { Library } from '#engine/library.ts'
import { imagineAnswers, imagineProperties } from '#engine/simulation/imagine.ts'
import type { WorldAct } from '#engine/simulation/types.ts'
import { valuesOf } from '#engine/surveys/answers.ts'
import { builtInEvents, stages, type Stage } from '#engine/vocabulary.ts'
import { useLibrary } from '../../forms/sources.ts'
import { t } from '../../i18n/t.ts'
import { stageWords } from '../../ui/words.ts'
import type { Catalogue } from '../catalogue.ts'
import { useCatalogue, useDocument } from '../editor-context.tsx'
import { eventWords } from './act-words.ts'
import { dayWords, fromFieldText, toFieldText } from './clock-words.ts'
import { changeSettings, useSimulate, useSimulateStore } from './simulate-store.ts'

interface Choice {
  value: string
  label: string
}

/** Events that any lead may do, and those this journey waits for. */
function eventChoices(graph: Graph): Choice[] {
  const own = graph.nodes.flatMap(({ config }) => (typeof config['event'] === 'string' ? [config['event']] : []))
  const usual = [
    builtInEvents.emailOpened,
    builtInEvents.linkClicked,
    builtInEvents.replied,
    builtInEvents.downloaded,
    builtInEvents.purchased,
  ]
  const surveys = new Set<string>([builtInEvents.surveyAnswered, builtInEvents.questionAnswered])
  return [...new Set([...usual, ...own])]
    .filter((event) => !surveys.has(event))
    .map((event) => ({ value: `event:${event}`, label: eventWords(event) }))
}

/** Ways out of steps that a person or a system decides. */
function decisions(graph: Graph, catalogue: Catalogue): { tasks: Choice[]; effects: Choice[] } {
  const choices = { tasks: [] as Choice[], effects: [] as Choice[] }
  for (const node of graph.nodes) {
    const title = catalogue.titleOf(node)
    const isOutside = catalogue.isCustom(node.type) || node.type === 'webhook'
    for (const port of catalogue.portsOf(node)) {
      if (port.id.startsWith('outcome:'))
        choices.tasks.push({ value: `task:${node.id}:${port.id}`, label: `${title}: ${port.label}` })
      else if (isOutside)
        choices.effects.push({ value: `effect:${node.id}:${port.id}`, label: `${title}: ${port.label}` })
    }
  }
  return choices
}

function toAct(
  what: string,
  more: string,
  given: Record<string, Json>,
  graph: Graph,
  library: Library,
): WorldAct | null {
  const [kind = '', first = '', ...rest] = what.split(':')
  switch (kind) {
    case 'event': {
      const waiting = graph.nodes.find(({ config }) => config['event'] === first)
      const properties = imagineProperties((waiting?.config['where'] ?? []) as PropertyFilter[])
      return { kind: 'event', type: first, ...(Object.keys(properties).length === 0 ? {} : { properties }) }
    }
    case 'other':
      return more.trim() === '' ? null : { kind: 'event', type: more.trim() }
    case 'answers':
      return { kind: 'answers', survey: first, answers: { ...imagineAnswers(library, first, null, 'given'), ...given } }
    case 'task':
      return { kind: 'task', stepId: first, outcome: rest.join(':').replace(/^outcome:/, '') }
    case 'effect':
      return { kind: 'effect', stepId: first, port: rest.join(':') }
    case 'stage':
      return { kind: 'set_stage', stage: first as Stage }
    case 'tag':
      return more.trim() === '' ? null : { kind: 'add_tag', tag: more.trim() }
    case 'unsubscribe':
      return { kind: 'unsubscribe', channels: ['email'] }
    case 'refuse':
      return { kind: 'refuse_messages' }
    default:
      return null
  }
}

export function ActMenu() {
  const [isOpen, setOpen] = useState(false)
  return (
    <Popover opened={isOpen} onChange={setOpen} position="top-end" width={320} shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => setOpen(!isOpen)}
          aria-expanded={isOpen}
          style={{ flex: 'none' }}
        >
          {t('Something happens')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>{isOpen ? <ActForm onDone={() => setOpen(false)} /> : null}</Popover.Dropdown>
    </Popover>
  )
}

function ActForm({ onDone }: { onDone: () => void }) {
  const store = useSimulateStore()
  const { graph } = useDocument()
  const catalogue = useCatalogue()
  const library = useLibrary().data?.library
  const settings = useSimulate((one) => one.settings)
  const head = useSimulate((one) => one.head)
  const [what, setWhat] = useState<string | null>(null)
  const [more, setMore] = useState('')
  const [answers, setAnswers] = useState<Record<string, Json>>({})
  const [at, setAt] = useState(head ?? settings?.startAt ?? 0)
  if (settings === null || library === undefined) return null
  const { tasks, effects } = decisions(graph, catalogue)
  const surveys = Object.values(library.surveys).map(({ key, title }) => ({ value: `answers:${key}`, label: title }))
  const data = [
    {
      group: t('The lead'),
      items: [
        ...eventChoices(graph),
        { value: 'unsubscribe', label: t('Unsubscribes') },
        { value: 'other', label: t('Something else…') },
      ],
    },
    { group: t('Answers a survey'), items: surveys },
    { group: t('A task is done'), items: tasks },
    {
      group: t('A system outside'),
      items: [...effects, { value: 'refuse', label: t('Refuses messages from now on') }],
    },
    {
      group: t('What is known of the lead'),
      items: [
        { value: 'tag', label: t('Gets a tag…') },
        ...stages.map((stage) => ({
          value: `stage:${stage}`,
          label: t('Stage becomes {{stage}}', { stage: stageWords[stage] }),
        })),
      ],
    },
  ].filter(({ items }) => items.length > 0)
  const act = what === null ? null : toAct(what, more, answers, graph, library)
  const survey = what?.startsWith('answers:') === true ? library.surveys[what.slice('answers:'.length)] : undefined
  const add = () => {
    if (act === null) return
    const happenings = [...settings.happenings, { at, act }].sort((one, other) => one.at - other.at)
    changeSettings(store, { happenings })
    onDone()
  }
  return (
    <Stack gap={8}>
      <Select
        size="xs"
        label={t('What happens')}
        placeholder={t('Choose…')}
        searchable
        data={data}
        value={what}
        onChange={setWhat}
        comboboxProps={{ withinPortal: false }}
        maxDropdownHeight={220}
        data-autofocus
      />
      {what === 'other' || what === 'tag' ? (
        <TextInput
          size="xs"
          label={what === 'tag' ? t('Tag') : t('Name of the event')}
          value={more}
          onChange={(event) => setMore(event.currentTarget.value)}
        />
      ) : null}
      {(survey?.questions ?? [])
        .filter(({ type }) => type === 'single' || type === 'yes_no')
        .slice(0, 6)
        .map((question) => (
          <Select
            key={question.id}
            size="xs"
            label={question.text}
            clearable
            placeholder={t('Anything')}
            data={valuesOf(question).map((value) => ({
              value,
              label: question.options?.find((option) => option.value === value)?.label ?? value,
            }))}
            value={typeof answers[question.id] === 'string' ? (answers[question.id] as string) : null}
            onChange={(value) => {
              const { [question.id]: _, ...others } = answers
              setAnswers(value === null ? others : { ...others, [question.id]: value })
            }}
            comboboxProps={{ withinPortal: false }}
          />
        ))}
      <TextInput
        size="xs"
        type="datetime-local"
        label={t('When')}
        description={dayWords(at, settings.startAt, settings.zone)}
        value={toFieldText(at, settings.zone)}
        onChange={(event) => setAt(fromFieldText(event.currentTarget.value, settings.zone) ?? at)}
      />
      <Group justify="flex-end">
        <Button size="xs" onClick={add} disabled={act === null}>
          {t('Put it on the slider')}
        </Button>
      </Group>
    </Stack>
  )
}
