/** Who is rehearsed and when; play, pause, the slider, and what happens on the way. */
import { ActionIcon, Alert, Anchor, Select, Text, TextInput, Tooltip } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay, IconPlayerSkipBack, IconPlayerSkipForward } from '@tabler/icons-react'
import { useEffect, type ReactNode } from 'react'
import { useCommands } from '../../commands/registry.ts'
import { labelled, t } from '../../i18n/t.ts'
import { Failure, Loading } from '../../ui/states.tsx'
import { useLibrary } from '../../forms/sources.ts'
import { useCatalogue, useDocument } from '../editor-context.tsx'
import { switchMode } from '../modes.ts'
import { ActMenu } from './act-menu.tsx'
import { dateWords, dayWords, fromFieldText, timeWords, toFieldText } from './clock-words.ts'
import { BeenHere } from './been-here.tsx'
import { LeadChoice } from './lead-choice.tsx'
import { standingAt } from './path-at.ts'
import { triggersOf, type Settings } from './settings.ts'
import { changeSettings, rangeOf, tryAgain, useSimulate, useSimulateStore } from './simulate-store.ts'
import classes from './simulate.module.css'
import { TimeSlider } from './time-slider.tsx'
import { triggerWords } from './trigger-words.ts'
import { useRehearsal } from './use-rehearsal.ts'

export default function Dock() {
  useRehearsal()
  const state = useSimulate((one) => one.state)
  const settings = useSimulate((one) => one.settings)
  const problems = useSimulate((one) => one.problems)
  const message = useSimulate((one) => one.message)
  const library = useLibrary()
  const store = useSimulateStore()
  if (library.error !== null && library.data === undefined)
    return <Failure error={library.error} onRetry={() => void library.refetch()} />
  if (state === 'blocked')
    return (
      <Alert color="yellow" variant="light" title={t('Not ready to rehearse')} role="status">
        <Text size="sm">
          {t('{{count}} problems', { count: problems })} {t('must be solved first.')}{' '}
          <Anchor component="button" type="button" onClick={() => switchMode('build')}>
            {t('Back to Build')}
          </Anchor>
        </Text>
      </Alert>
    )
  if (settings === null && state === 'failed')
    return <Failure error={new Error(message ?? t('The rehearsal stopped.'))} onRetry={() => tryAgain(store)} />
  if (settings === null) return <Loading rows={4} />
  return (
    <>
      <Who />
      <div className={classes['time']}>
        <Transport settings={settings} />
        <Now />
        <TimeSlider />
        <BeenHere />
        {message === null ? null : (
          <Text size="xs" c="red" role="alert">
            {message}{' '}
            {state === 'failed' ? (
              <Anchor component="button" type="button" size="xs" onClick={() => tryAgain(store)}>
                {t('Try again')}
              </Anchor>
            ) : null}
          </Text>
        )}
      </div>
    </>
  )
}

const assumptions = labelled([
  { value: 'likely', label: 'The likely thing' },
  { value: 'chance', label: 'By chance' },
  { value: 'nothing', label: 'Nothing' },
] as const)

function Who() {
  const store = useSimulateStore()
  const { graph } = useDocument()
  const settings = useSimulate((one) => one.settings)
  if (settings === null) return null
  const triggers = triggersOf(graph)
  return (
    <div className={classes['who']}>
      <LeadChoice />
      <Select
        size="xs"
        label={t('Comes in')}
        allowDeselect={false}
        data={[
          ...triggers.map((trigger) => ({ value: trigger.id, label: triggerWords(trigger) })),
          { value: '', label: t('By hand') },
        ]}
        value={settings.triggerId ?? ''}
        onChange={(triggerId) => changeSettings(store, { triggerId: triggerId === '' ? null : triggerId })}
      />
      <TextInput
        size="xs"
        type="datetime-local"
        label={t('Begins')}
        title={settings.zone}
        value={toFieldText(settings.startAt, settings.zone)}
        onChange={(event) => {
          const startAt = fromFieldText(event.currentTarget.value, settings.zone)
          if (startAt === null) return
          store.setState({ head: null })
          changeSettings(store, { startAt })
        }}
      />
      <Select
        size="xs"
        label={t('Zone')}
        searchable
        allowDeselect={false}
        data={zones(graph.settings.zone, settings.zone)}
        value={settings.zone}
        onChange={(zone) => (zone === null ? undefined : changeSettings(store, { zone }))}
      />
      <Select
        size="xs"
        label={t('Where nobody says')}
        allowDeselect={false}
        data={assumptions.map(({ value, label }) => ({ value, label: t(label) }))}
        value={settings.assume}
        onChange={(assume) =>
          assume === null ? undefined : changeSettings(store, { assume: assume as 'likely' | 'chance' | 'nothing' })
        }
      />
    </div>
  )
}

function zones(...first: string[]): string[] {
  return [
    ...new Set([
      ...first,
      'UTC',
      Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...Intl.supportedValuesOf('timeZone'),
    ]),
  ]
}

const speeds = labelled([
  { value: '0.25', label: '6 h/s' },
  { value: '1', label: '1 day/s' },
  { value: '2', label: '2 days/s' },
  { value: '7', label: '1 week/s' },
  { value: '30', label: '30 days/s' },
])

function Transport({ settings }: { settings: Settings }) {
  const store = useSimulateStore()
  const run = useSimulate((one) => one.run)
  const head = useSimulate((one) => one.head)
  const isRunning = useSimulate((one) => one.isRunning)
  const speed = useSimulate((one) => one.speed)
  useClock()
  const instants = [...new Set(run?.lines.map(({ at }) => at) ?? [])]
  const before = head === null ? undefined : instants.findLast((at) => at < head)
  const end = rangeOf(run, settings.startAt).to
  const after = head === null ? undefined : instants.find((at) => at > head && at <= end)
  const moveTo = (at: number | undefined) =>
    store.setState({ isRunning: false, ...(at === undefined ? {} : { head: at }) })
  const toggle = () => {
    const range = rangeOf(run, settings.startAt)
    const isAtEnd = head === null || head >= range.to || after === undefined
    store.setState({ isRunning: !isRunning, ...(!isRunning && isAtEnd ? { head: range.from } : {}) })
  }
  useCommands([
    {
      id: 'rehearsal.play',
      title: () => (store.getState().isRunning ? t('Pause the rehearsal') : t('Play the rehearsal')),
      plainTitle: t('Play or pause the rehearsal'),
      group: 'View',
      isEnabled: () => run !== null,
      run: toggle,
    },
    {
      id: 'rehearsal.next',
      title: t('To what happens next'),
      group: 'View',
      keys: ['.'],
      isEnabled: () => after !== undefined,
      run: () => moveTo(after),
    },
    {
      id: 'rehearsal.before',
      title: t('To what happened before'),
      group: 'View',
      keys: [','],
      isEnabled: () => before !== undefined,
      run: () => moveTo(before),
    },
  ])
  return (
    <div className={classes['transport']}>
      <ActionIcon.Group>
        <Step label={t('To what happened before')} onClick={() => moveTo(before)} disabled={before === undefined}>
          <IconPlayerSkipBack size={16} />
        </Step>
        <Step label={isRunning ? t('Pause') : t('Play')} onClick={toggle} disabled={run === null}>
          {isRunning ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
        </Step>
        <Step label={t('To what happens next')} onClick={() => moveTo(after)} disabled={after === undefined}>
          <IconPlayerSkipForward size={16} />
        </Step>
      </ActionIcon.Group>
      <Select
        size="xs"
        w={104}
        aria-label={t('Speed')}
        allowDeselect={false}
        data={speeds}
        value={String(speed)}
        onChange={(value) => (value === null ? undefined : store.setState({ speed: Number(value) }))}
      />
      <span style={{ flex: 1 }} />
      <ActMenu />
    </div>
  )
}

function Step({ label, ...others }: { label: string; onClick: () => void; disabled: boolean; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={28} aria-label={label} {...others} />
    </Tooltip>
  )
}

/** Where the head is, and where the lead is then. */
function Now() {
  const run = useSimulate((one) => one.run)
  const head = useSimulate((one) => one.head)
  const settings = useSimulate((one) => one.settings)
  const { graph } = useDocument()
  const catalogue = useCatalogue()
  if (run === null || head === null || settings === null) return <div className={classes['now']}>&nbsp;</div>
  const { startAt, zone } = settings
  const standing = standingAt(run, head)
  const node = graph.nodes.find(({ id }) => id === standing.stepId)
  const name = node === undefined ? '' : catalogue.titleOf(node)
  const where = {
    outside: t('has not come in'),
    ended: t('has left the journey'),
    parked: t('stopped at {{name}}: a person would have to look', { name }),
    waiting:
      standing.wakeAt === null
        ? t('waits at {{name}}', { name })
        : t('at {{name}} until {{when}}', { name, when: timeWords(standing.wakeAt, zone) }),
  }[standing.status]
  return (
    <div className={classes['now']} title={dateWords(head, zone)}>
      <strong>{dayWords(head, startAt, zone)}</strong> <span className={classes['standing']}>{where}</span>
    </div>
  )
}

/** Moves the head on while it runs; ends where nothing more happens. */
function useClock(): void {
  const store = useSimulateStore()
  const isRunning = useSimulate((one) => one.isRunning)
  useEffect(() => {
    if (!isRunning) return
    let last = performance.now()
    let frame = 0
    const tick = (now: number) => {
      const { head, run, settings, speed } = store.getState()
      if (head === null || settings === null) return
      const { to } = rangeOf(run, settings.startAt)
      const next = Math.min(to, head + (now - last) * speed * 86_400)
      last = now
      store.setState({ head: Math.round(next), ...(next >= to ? { isRunning: false } : {}) })
      if (next < to) frame = requestAnimationFrame(tick)
    }
    frame = requestAnimationFrame(tick)
    return () => cancelAnimationFrame(frame)
  }, [isRunning, store])
}
