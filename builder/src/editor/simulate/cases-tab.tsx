/** Rehearsals that are kept: played again with each change here, and before each publish. */
import { ActionIcon, Alert, Button, Group, Stack, Text, TextInput, Tooltip } from '@mantine/core'
import { IconCheck, IconCircleCheck, IconCircleX, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { anonymise } from '#engine/simulation/anonymise.ts'
import { expectationsOf, judge } from '#engine/simulation/test-case.ts'
import {
  addTestCase,
  changeTestCase,
  listTestCases,
  removeTestCase,
  type TestCase,
} from '#server/contract/rehearsals.ts'
import { call } from '../../api/client.ts'
import { useLibrary } from '../../forms/sources.ts'
import { t } from '../../i18n/t.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { Empty, Failure, Loading } from '../../ui/states.tsx'
import { useSaver } from '../saving/saving-context.tsx'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import type { CaseResult } from './protocol.ts'
import { toInput } from './settings.ts'
import { useSimulate, useSimulateStore } from './simulate-store.ts'
import { whenSaved } from './when-saved.ts'
import classes from './simulate.module.css'

const keyOf = (journey: string) => ['test-cases', journey]

export function CasesTab() {
  const editor = useEditorStore()
  const mayWrite = useMay('journeys:write')
  const journey = editor.getState().journey.key
  const cases = useQuery({
    queryKey: keyOf(journey),
    queryFn: ({ signal }) => call(listTestCases, { params: { journey } }, signal),
  })
  const items = cases.data?.items
  const results = useResults(items)
  if (items === undefined)
    return cases.error === null ? (
      <Loading rows={4} />
    ) : (
      <Failure error={cases.error} onRetry={() => void cases.refetch()} />
    )
  return (
    <Stack gap={0}>
      {mayWrite ? <SaveCase journey={journey} /> : null}
      {items.length === 0 ? (
        <Empty title={t('No test cases yet')}>
          {t(
            'Keep this rehearsal under a name: it is played again before each publish, which stops when something else comes out.',
          )}
        </Empty>
      ) : (
        items.map((item) => (
          <Case key={item.id} item={item} journey={journey} result={results.get(item.id)} mayWrite={mayWrite} />
        ))
      )}
    </Stack>
  )
}

/** Played in the worker on the journey as it is drawn now. */
function useResults(items: readonly TestCase[] | undefined): ReadonlyMap<string, CaseResult> {
  const worker = useSimulate((one) => one.worker)
  const compiled = useSimulate((one) => one.compiled)
  const [results, setResults] = useState<ReadonlyMap<string, CaseResult>>(new Map())
  useEffect(() => {
    if (worker === null || compiled === null || items === undefined) return
    let isOver = false
    worker
      .ask({
        kind: 'cases',
        cases: items.map(({ id, name, input, expectations }) => ({ id, name, input, expectations })),
      })
      .then(
        (answer) => {
          if (!isOver && answer.kind === 'cases') setResults(new Map(answer.results.map((one) => [one.id, one])))
        },
        () => undefined,
      )
    return () => {
      isOver = true
    }
  }, [worker, compiled, items])
  return results
}

function SaveCase({ journey }: { journey: string }) {
  const store = useSimulateStore()
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const library = useLibrary().data?.library
  const queries = useQueryClient()
  const saver = useSaver()
  const run = useSimulate((one) => one.run)
  const [name, setName] = useState('')
  const save = useMutation({
    mutationFn: async () => {
      const { settings, replyHold, worker } = store.getState()
      if (settings === null || worker === null || library === undefined)
        throw new Error(t('There is nothing to keep yet.'))
      await whenSaved(editor, saver)
      const { graph } = editor.getState().content.document
      const whole = toInput(settings, graph, library, replyHold)
      // Played once more without what tells who the lead is: that is what is kept and what has to come out again.
      const input = { ...whole, lead: anonymise(whole.lead, graph, library) }
      const [seen, played] = await Promise.all([
        worker.ask({ kind: 'play', input: whole }),
        worker.ask({ kind: 'play', input }),
      ])
      if (seen.kind !== 'played' || played.kind !== 'played') throw new Error(t('It could not be played.'))
      const expectations = expectationsOf(played.run)
      await call(addTestCase, { params: { journey }, body: { name, input, expectations } })
      const names = new Map(graph.nodes.map((node) => [node.id, catalogue.titleOf(node)]))
      return judge(expectationsOf(seen.run), expectations, (stepId) => names.get(stepId) ?? stepId)
    },
    onSuccess: () => {
      setName('')
      void queries.invalidateQueries({ queryKey: keyOf(journey) })
    },
  })
  return (
    <form
      className={classes['padded']}
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') save.mutate()
      }}
    >
      <Group gap={8} align="flex-end" wrap="nowrap">
        <TextInput
          size="xs"
          style={{ flex: 1 }}
          label={t('Keep this rehearsal as')}
          placeholder={t('Answers on day 2 and gets a call')}
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button size="xs" type="submit" disabled={name.trim() === '' || run === null} loading={save.isPending}>
          {t('Keep')}
        </Button>
      </Group>
      {save.error === null ? null : (
        <Text size="xs" c="red" role="alert" mt={4}>
          {save.error.message}
        </Text>
      )}
      {save.data === undefined || save.data.length === 0 ? null : (
        <Alert color="yellow" variant="light" role="status" mt={8} title={t('Kept, but it goes another way')}>
          <Text size="xs">
            {t(
              'Test cases are kept without what tells who the lead is, and without that the journey does other things:',
            )}
          </Text>
          {save.data.map((difference) => (
            <Text key={difference} size="xs">
              {difference}
            </Text>
          ))}
        </Alert>
      )}
    </form>
  )
}

function Case({
  item,
  journey,
  result,
  mayWrite,
}: {
  item: TestCase
  journey: string
  result: CaseResult | undefined
  mayWrite: boolean
}) {
  const store = useSimulateStore()
  const queries = useQueryClient()
  const params = { journey, id: item.id }
  const onSuccess = () => void queries.invalidateQueries({ queryKey: keyOf(journey) })
  const remove = useMutation({ mutationFn: () => call(removeTestCase, { params }), onSuccess })
  const accept = useMutation({
    mutationFn: async () => {
      const played = await store.getState().worker?.ask({ kind: 'play', input: item.input })
      if (played?.kind !== 'played') throw new Error(t('It could not be played.'))
      return call(changeTestCase, { params, body: { expectations: expectationsOf(played.run) } })
    },
    onSuccess,
  })
  const isRed = result !== undefined && result.differences.length > 0
  const error = remove.error ?? accept.error
  return (
    <div className={classes['case']} data-testid="test-case">
      {result === undefined ? (
        <span style={{ width: 18 }} />
      ) : isRed ? (
        <IconCircleX size={18} color="var(--error)" aria-label={t('Comes out otherwise')} />
      ) : (
        <IconCircleCheck size={18} color="var(--good)" aria-label={t('As expected')} />
      )}
      <div className={classes['caseText']}>
        <Text size="sm" fw={600}>
          {item.name}
        </Text>
        {isRed ? (
          <Stack gap={4}>
            {result.differences.map((difference) => (
              <Text key={difference} size="xs">
                {difference}
              </Text>
            ))}
            {mayWrite ? (
              <Button
                size="compact-xs"
                variant="default"
                leftSection={<IconCheck size={12} />}
                onClick={() => accept.mutate()}
                loading={accept.isPending}
                style={{ alignSelf: 'flex-start' }}
              >
                {t('This is right now')}
              </Button>
            ) : null}
          </Stack>
        ) : (
          <Text size="xs" c="dimmed">
            {t('{{count}} steps', { count: item.expectations.path.length })}
            {item.expectations.end === null ? `, ${t('never comes in')}` : ''}
          </Text>
        )}
        {error === null ? null : (
          <Alert color="red" variant="light" role="alert" mt={4}>
            {error.message}
          </Alert>
        )}
      </div>
      {mayWrite ? (
        <Tooltip label={t('Remove the test case')}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${t('Remove the test case')}: ${item.name}`}
            onClick={() => remove.mutate()}
            loading={remove.isPending}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
      ) : null}
    </div>
  )
}
