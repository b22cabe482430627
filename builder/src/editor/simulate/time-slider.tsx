/** A day scale with what happens on it; the head is dragged, or moved by the arrows. */
import { Tooltip } from '@mantine/core'
import { useRef, type KeyboardEvent, type PointerEvent } from 'react'
import type { Instant } from '#engine/facts.ts'
import type { SimulatedLine } from '#engine/simulation/types.ts'
import { t } from '../../i18n/t.ts'
import { actWords } from './act-words.ts'
import { dayLabel, dayOf, dayWords, isWeekend, startOfDay, timeWords } from './clock-words.ts'
import { changeSettings, rangeOf, useSimulate, useSimulateStore } from './simulate-store.ts'
import classes from './simulate.module.css'

const dayMs = 86_400_000
const hourMs = 3_600_000

export function TimeSlider() {
  const store = useSimulateStore()
  const box = useRef<HTMLDivElement>(null)
  const handle = useRef<HTMLDivElement>(null)
  const run = useSimulate((one) => one.run)
  const head = useSimulate((one) => one.head)
  const settings = useSimulate((one) => one.settings)
  if (settings === null) return <div className={classes['slider']} />
  const { startAt, zone, happenings } = settings
  const { from, to } = rangeOf(run, startAt)
  const present = head ?? from
  const percent = (at: Instant): string => `${String(Math.max(0, Math.min(100, ((at - from) / (to - from)) * 100)))}%`
  const instantAt = (clientX: number): Instant => {
    const rect = box.current?.getBoundingClientRect()
    if (rect === undefined || rect.width === 0) return from
    const share = Math.max(0, Math.min(1, (clientX - rect.left) / rect.width))
    return Math.round((from + share * (to - from)) / 60_000) * 60_000
  }
  const moveTo = (at: Instant) => store.setState({ isRunning: false, head: Math.max(from, Math.min(to, at)) })
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === 'pointerdown') {
      if (event.button !== 0 || (event.target as HTMLElement).dataset['act'] !== undefined) return
      event.currentTarget.setPointerCapture(event.pointerId)
      handle.current?.focus({ preventScroll: true })
    } else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    moveTo(instantAt(event.clientX))
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === ' ') {
      event.preventDefault()
      store.setState({ isRunning: !store.getState().isRunning })
      return
    }
    const step = event.shiftKey ? hourMs : dayMs
    const moves: Record<string, Instant> = {
      ArrowLeft: present - step,
      ArrowDown: present - step,
      ArrowRight: present + step,
      ArrowUp: present + step,
      PageDown: present - 7 * dayMs,
      PageUp: present + 7 * dayMs,
      Home: from,
      End: to,
    }
    const at = moves[event.key]
    if (at === undefined) return
    event.preventDefault()
    moveTo(at)
  }
  return (
    <div ref={box} className={classes['slider']} onPointerDown={drag} onPointerMove={drag}>
      <Days from={from} to={to} zone={zone} percent={percent} />
      <div
        ref={handle}
        className={classes['handle']}
        role="slider"
        tabIndex={0}
        aria-label={t('Time of the rehearsal')}
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={present}
        aria-valuetext={dayWords(present, startAt, zone)}
        onKeyDown={onKey}
      />
      <div className={classes['played']} style={{ width: percent(present) }} />
      {ticksOf(run?.lines ?? []).map(({ at, kind, text }) => (
        <span
          key={at}
          className={classes['tick']}
          data-kind={kind}
          style={{ insetInlineStart: percent(at) }}
          title={`${timeWords(at, zone)}: ${text}`}
        />
      ))}
      {happenings.map(({ at, act }, index) => (
        <ActTick
          // Two of the same at one instant are told apart by their place only.
          key={`${String(at)}-${String(index)}`}
          label={`${dayWords(at, startAt, zone)}: ${actWords(act)}`}
          left={percent(at)}
          instantAt={instantAt}
          onMove={(moved) =>
            changeSettings(store, {
              happenings: happenings.map((one, place) =>
                place === index ? { ...one, at: Math.max(from, moved) } : one,
              ),
            })
          }
          onRemove={() => changeSettings(store, { happenings: happenings.filter((_, place) => place !== index) })}
        />
      ))}
      <div className={classes['head']} style={{ insetInlineStart: percent(present) }} />
    </div>
  )
}

/** Weekends shaded; as many dates as there is room for. */
function Days({
  from,
  to,
  zone,
  percent,
}: {
  from: Instant
  to: Instant
  zone: string
  percent: (at: Instant) => string
}) {
  const [first, last] = [dayOf(from, zone), dayOf(to, zone)]
  const days = Array.from({ length: Math.min(500, last - first + 1) }, (_, index) => first + index)
  // A date needs some 50 px.
  const every = Math.max(1, Math.ceil(days.length / (innerWidth < 768 ? 6 : 9)))
  const isNear = days.length <= 120
  return (
    <>
      {days
        .filter((day) => isNear && isWeekend(day))
        .map((day) => (
          <span
            key={day}
            className={classes['weekend']}
            style={{
              insetInlineStart: percent(startOfDay(day, zone)),
              width: `calc(${percent(startOfDay(day + 1, zone))} - ${percent(startOfDay(day, zone))})`,
            }}
          />
        ))}
      {days
        .filter((_, index) => index % every === 0)
        .map((day) => (
          <span key={day} className={classes['day']} style={{ insetInlineStart: percent(startOfDay(day, zone)) }}>
            {dayLabel(day)}
          </span>
        ))}
    </>
  )
}

interface Tick {
  at: Instant
  kind: 'step' | 'message' | 'task' | 'end' | 'bad'
  text: string
}

/** One tick per instant: of the most telling of its lines. */
function ticksOf(lines: readonly SimulatedLine[]): Tick[] {
  const ticks = new Map<Instant, Tick>()
  const rank = { step: 0, end: 1, task: 2, message: 3, bad: 4 }
  for (const { at, kind, text, asks = [] } of lines) {
    const asked = asks.join(' ')
    const found: Tick['kind'] =
      kind === 'parked' || kind === 'not_sent' || kind === 'refused'
        ? 'bad'
        : kind === 'sent' || /^(Email|Postcard)/.test(asked)
          ? 'message'
          : asked.startsWith('Task')
            ? 'task'
            : kind === 'ended'
              ? 'end'
              : 'step'
    const present = ticks.get(at)
    if (present === undefined || rank[found] > rank[present.kind]) ticks.set(at, { at, kind: found, text })
  }
  return [...ticks.values()]
}

/** An event somebody put on the slider: dragged along it, moved by arrows, taken away by Delete. */
function ActTick({
  label,
  left,
  instantAt,
  onMove,
  onRemove,
}: {
  label: string
  left: string
  instantAt: (clientX: number) => Instant
  onMove: (at: Instant) => void
  onRemove: () => void
}) {
  const move = (event: PointerEvent<HTMLButtonElement>) => {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId)
    else if (event.currentTarget.hasPointerCapture(event.pointerId)) onMove(instantAt(event.clientX))
    event.stopPropagation()
  }
  return (
    <Tooltip label={`${label} (${t('Delete takes it away')})`} openDelay={200}>
      <button
        type="button"
        data-act=""
        className={classes['act']}
        style={{ insetInlineStart: left }}
        aria-label={label}
        onPointerDown={move}
        onPointerMove={move}
        onKeyDown={(event) => {
          if (event.key === 'Delete' || event.key === 'Backspace') onRemove()
          event.stopPropagation()
        }}
      />
    </Tooltip>
  )
}
