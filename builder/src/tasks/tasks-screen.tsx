import { Button, Group, Kbd, Select, Text, Title, VisuallyHidden } from '@mantine/core'
import { useHotkeys, useLocalStorage } from '@mantine/hooks'
import { useRef, useState } from 'react'
import { taskViews, type TaskView } from '#server/contract/tasks.ts'
import { useSession } from '../sign-in/session.ts'
import { More } from '../ui/parts.tsx'
import { goTo, useAddress, withParameter } from '../ui/route.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { formatNumber } from '../ui/words.ts'
import classes from './inbox.module.css'
import { InboxList, NothingDue } from './inbox-list.tsx'
import {
  useInbox,
  usePeople,
  useQueues,
  useTakeNext,
  useTask,
  useTaskAction,
  useTaskCounts,
  useTaskStream,
  type TaskAction,
} from './inbox-queries.ts'
import { LeadContext } from './lead-context.tsx'
import { TaskPane, type OpenTool } from './task-pane.tsx'
import { UndoBar, type Undoable } from './undo-bar.tsx'
import { telephoneLink } from './urgency.ts'
import { labelled, t, wordsOf } from '../i18n/t.ts'

type Shown = TaskView | 'closed'
const tabs = labelled<{ view: Shown; label: string }>([
  { view: 'mine', label: 'Mine' },
  { view: 'team', label: 'Team' },
  { view: 'overdue', label: 'Overdue' },
  { view: 'unassigned', label: 'Nobody’s' },
  { view: 'snoozed', label: 'Put off' },
  { view: 'closed', label: 'Done' },
])

/** Where an empty list is no news. */
const emptyWords: Partial<Record<Shown, string>> = wordsOf({
  overdue: 'Nothing is overdue',
  snoozed: 'Nothing is put off',
  unassigned: 'Everything is with somebody',
  closed: 'None yet',
})

/** The inbox: what is to be done, one task with everything needed for it, and its lead. Three panes; one on a phone. */
export function TasksScreen() {
  const address = useAddress()
  const session = useSession().data
  const people = usePeople().data?.items ?? []
  const [working, setWorking] = useLocalStorage<string | null>({ key: 'trellis:person', defaultValue: null })
  // Who is signed in is who works; else whoever says so, if that person is still there.
  const person = session?.userKey ?? (people.some(({ key }) => key === working) ? working : null)
  const asked = address.searchParams.get('view')
  const view: Shown =
    asked === 'closed' ? 'closed' : (taskViews.find((known) => known === asked) ?? (person === null ? 'team' : 'mine'))
  const selected = address.searchParams.get('task')
  const nameOf = (key: string) => people.find((one) => one.key === key)?.name ?? key
  useTaskStream()

  const inbox = useInbox(view, person)
  const snoozed = useInbox('snoozed', person)
  const items = inbox.data?.pages.flatMap((page) => page.items) ?? []
  const nextBack = snoozed.data?.pages[0]?.items.flatMap(({ snoozedUntil }) => snoozedUntil ?? []).sort()[0] ?? null
  const detail = useTask(selected)
  const act = useTaskAction(person)
  const takeNext = useTakeNext(person)
  const handedOut = (useQueues().data?.items ?? []).filter(
    ({ choosing, members }) => !choosing && (person === null || members.includes(person)),
  )

  const [tool, setTool] = useState<OpenTool>(null)
  const [notes, setNotes] = useState<Record<string, string>>({})
  const [undoable, setUndoable] = useState<Undoable | null>(null)
  const [nothing, setNothing] = useState<string | null>(null)
  const outcomesRef = useRef<HTMLDivElement>(null)
  const noteRef = useRef<HTMLTextAreaElement>(null)

  const select = (id: string | null) => {
    setTool(null)
    setNothing(null)
    act.reset()
    goTo(withParameter(address, 'task', id))
  }
  const step = (by: number) => {
    const at = items.findIndex(({ id }) => id === selected)
    const next = items[at === -1 ? 0 : Math.min(Math.max(at + by, 0), items.length - 1)]
    if (next !== undefined) select(next.id)
  }
  const perform = (id: string, action: TaskAction, then?: () => void) =>
    act.mutate(
      { id, action },
      {
        onSuccess: ({ warning }) => {
          then?.()
          if (action.do !== 'outcome') return
          setUndoable({ id, title: detail.data?.title ?? t('The task'), warning })
          setNotes(({ [id]: _done, ...others }) => others)
          // The next one opens; at the end of the list, the one before.
          const at = items.findIndex((item) => item.id === id)
          const next = items[at + 1] ?? items[at - 1]
          goTo(withParameter(address, 'task', next?.id ?? null))
        },
      },
    )
  const task = detail.data ?? null
  const callLead = () => {
    if (task?.lead.phone == null) return
    const { phone } = task.lead
    const dial = () => location.assign(telephoneLink(phone))
    // Nobody else calls while we do; when it may not be taken, the reason is shown instead.
    if (task.claimedBy === null) perform(task.id, { do: 'claim' }, dial)
    else dial()
  }
  useHotkeys([
    ['J', () => step(1)],
    ['K', () => step(-1)],
    ['E', () => outcomesRef.current?.querySelector('button')?.focus()],
    ['S', () => task && setTool('snooze')],
    ['A', () => task && setTool('assign')],
    ['C', () => task?.call?.allowed === true && callLead()],
    ['L', () => noteRef.current?.focus()],
  ])

  return (
    <div className={classes['inbox']} data-open={selected !== null}>
      <VisuallyHidden>
        <Title order={1}>{t('Tasks')}</Title>
      </VisuallyHidden>
      <div className={classes['master']}>
        <div className={classes['bar']}>
          <Tabs view={view} person={person} />
          <Group gap={8} wrap="nowrap">
            {session?.userKey == null && people.length > 0 ? (
              <Select
                size="xs"
                w={150}
                aria-label={t('Working as')}
                placeholder={t('Working as…')}
                clearable
                data={people.filter(({ active }) => active).map(({ key, name }) => ({ value: key, label: name }))}
                value={person}
                onChange={setWorking}
              />
            ) : null}
            <NextOf
              queues={handedOut}
              isPending={takeNext.isPending}
              onNext={(queue) =>
                takeNext.mutate(queue, {
                  onSuccess: ({ task: given, reason }) => (given === null ? setNothing(reason) : select(given.id)),
                })
              }
            />
          </Group>
          {nothing === null && !takeNext.isError ? null : (
            <Text size="xs" c="dimmed" role="status">
              {nothing ?? takeNext.error?.message}
            </Text>
          )}
        </div>
        <div className={classes['scroll']}>
          <Loaded query={inbox} rows={8}>
            {() =>
              items.length === 0 ? (
                <Empty title={emptyWords[view] ?? t('Nothing due')}>
                  {emptyWords[view] === undefined ? <NothingDue next={nextBack} /> : undefined}
                </Empty>
              ) : (
                <>
                  <InboxList
                    tasks={items}
                    grouping={view === 'closed' || view === 'snoozed' ? 'none' : 'urgency'}
                    selected={selected}
                    onSelect={select}
                    nameOf={nameOf}
                  />
                  <More query={inbox} />
                </>
              )
            }
          </Loaded>
        </div>
      </div>
      {selected === null ? (
        <div className={classes['hint']}>
          <Empty title={t('Choose a task')}>
            {t('Keys:')} <Kbd size="xs">J</Kbd> {t('next')}, <Kbd size="xs">K</Kbd> {t('previous')},{' '}
            <Kbd size="xs">C</Kbd> {t('call')}, <Kbd size="xs">E</Kbd> {t('end it')}, <Kbd size="xs">S</Kbd>{' '}
            {t('put off')}, <Kbd size="xs">A</Kbd> {t('pass on')}, <Kbd size="xs">L</Kbd> {t('write a note')}.
          </Empty>
        </div>
      ) : (
        <div className={classes['detail']} key={selected}>
          <Loaded query={detail} rows={10}>
            {(shown) => (
              <>
                <TaskPane
                  task={shown}
                  person={person}
                  people={people}
                  tool={tool}
                  onTool={setTool}
                  note={notes[shown.id] ?? ''}
                  onNote={(note) => setNotes((before) => ({ ...before, [shown.id]: note }))}
                  outcomesRef={outcomesRef}
                  noteRef={noteRef}
                  isBusy={act.isPending}
                  error={act.error?.message ?? null}
                  onAct={(action) => perform(shown.id, action)}
                  onCall={callLead}
                  onBack={() => select(null)}
                />
                <LeadContext task={shown} nameOf={nameOf} />
              </>
            )}
          </Loaded>
        </div>
      )}
      <UndoBar
        undoable={undoable}
        onUndo={(id) => {
          setUndoable(null)
          perform(id, { do: 'undo' }, () => select(id))
        }}
        onOver={() => setUndoable(null)}
      />
    </div>
  )
}

function Tabs({ view, person }: { view: Shown; person: string | null }) {
  const address = useAddress()
  const counts = useTaskCounts(person).data
  const shown = person === null ? tabs.filter((tab) => tab.view !== 'mine') : tabs
  return (
    <div className={classes['tabs']} role="group" aria-label={t('Which tasks')}>
      {shown.map(({ view: tab, label }) => {
        const count = tab === 'closed' ? 0 : (counts?.[tab] ?? 0)
        return (
          <button
            key={tab}
            type="button"
            className={classes['tab']}
            aria-pressed={tab === view}
            onClick={() => goTo(withParameter(new URL(withParameter(address, 'task', null), address), 'view', tab))}
          >
            {tab === 'team' && person === null ? t('All') : label}
            {count === 0 ? null : <span data-alert={tab === 'overdue'}>{formatNumber(count)}</span>}
          </button>
        )
      })}
    </div>
  )
}

function NextOf({
  queues,
  isPending,
  onNext,
}: {
  queues: readonly { key: string; name: string }[]
  isPending: boolean
  onNext: (queue: string) => void
}) {
  const [only] = queues
  if (only === undefined) return null
  if (queues.length === 1)
    return (
      <Button loading={isPending} onClick={() => onNext(only.key)}>
        {t('Next task')}
      </Button>
    )
  return (
    <Select
      size="xs"
      w={140}
      aria-label={t('Next task of')}
      placeholder={t('Next task of…')}
      data={queues.map(({ key, name }) => ({ value: key, label: name }))}
      value={null}
      onChange={(queue) => queue !== null && onNext(queue)}
    />
  )
}
