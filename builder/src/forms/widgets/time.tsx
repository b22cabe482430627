import { Button, TextInput } from '@mantine/core'
import { weekdays, type Weekday } from '#engine/graph/schema.ts'
import { t } from '../../i18n/t.ts'
import { language } from '../../ui/words.ts'
import { ClearButton, FieldFrame, useLabels } from '../field-frame.tsx'
import { useForm, type FieldProps } from '../form-context.tsx'
import classes from '../forms.module.css'
import { isRecord } from '../plan.ts'
import type { Path } from '../values.ts'

/** A native input of a kind; emptied, the setting goes. */
function NativeInput(
  props: FieldProps & {
    type: 'time' | 'date' | 'datetime-local'
    read?: (stored: string) => string
    write?: (typed: string) => string
  },
) {
  const { plan, path, value, type, read = (text) => text, write = (text) => text } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props)
  const shown = value ?? plan.default ?? ''
  return (
    <TextInput
      {...labels}
      size="xs"
      type={type}
      readOnly={isReadOnly}
      value={typeof shown === 'string' ? read(shown) : ''}
      rightSection={<ClearButton field={props} />}
      rightSectionPointerEvents="all"
      onChange={({ currentTarget }) =>
        change(path, currentTarget.value === '' ? undefined : write(currentTarget.value), {
          title: plan.title,
          typing: 'native',
        })
      }
    />
  )
}

/** A time of day, `HH:MM`. */
export function TimeField(props: FieldProps) {
  return <NativeInput {...props} type="time" write={(text) => text.slice(0, 5)} />
}

/** A day, `YYYY-MM-DD`. */
export function DateField(props: FieldProps) {
  return <NativeInput {...props} type="date" />
}

/** An instant; written in the reader's zone, stored in UTC. */
export function DateTimeField(props: FieldProps) {
  return (
    <NativeInput
      {...props}
      type="datetime-local"
      read={(stored) => {
        const instant = new Date(stored)
        if (Number.isNaN(instant.getTime())) return ''
        return new Date(instant.getTime() - instant.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
      }}
      write={(typed) => new Date(typed).toISOString()}
    />
  )
}

/** Mon … Sun in the reader's language; 2 March 2026 is a Monday. */
function dayName(day: Weekday, length: 'short' | 'long'): string {
  const date = new Date(Date.UTC(2026, 2, 2 + weekdays.indexOf(day)))
  return new Intl.DateTimeFormat(language, { weekday: length, timeZone: 'UTC' }).format(date)
}

function Days({
  value,
  onChange,
  disabled,
}: {
  value: readonly string[]
  onChange: (days: Weekday[]) => void
  disabled: boolean
}) {
  return (
    <div className={classes['days']}>
      {weekdays.map((day) => (
        <button
          key={day}
          type="button"
          className={classes['day']}
          aria-pressed={value.includes(day)}
          title={dayName(day, 'long')}
          disabled={disabled}
          onClick={() => onChange(weekdays.filter((one) => (one === day ? !value.includes(one) : value.includes(one))))}
        >
          {dayName(day, 'short')}
        </button>
      ))}
    </div>
  )
}

/** Days of the week, each on or off. */
export function WeekdaysField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const shown = value ?? plan.default ?? []
  return (
    <FieldFrame field={props} within>
      <Days
        value={Array.isArray(shown) ? shown.map(String) : []}
        disabled={isReadOnly}
        onChange={(days) => change(path, days, { title: plan.title })}
      />
    </FieldFrame>
  )
}

/** Days and hours between which something may be; absent, it may be at any time. */
export function WindowField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const shown = value ?? plan.default
  if (!isRecord(shown)) {
    return (
      <FieldFrame field={props} within>
        <div className={classes['row']}>
          <span className={classes['note']}>{plan.hints.empty ?? t('Not set')}</span>
          <Button
            variant="default"
            size="compact-xs"
            disabled={isReadOnly}
            onClick={() =>
              change(
                path,
                { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' },
                { title: plan.title },
              )
            }
          >
            {t('Set hours')}
          </Button>
        </div>
      </FieldFrame>
    )
  }
  const days = Array.isArray(shown['days']) ? shown['days'].map(String) : [...weekdays]
  return (
    <FieldFrame field={props} within side={<ClearButton field={props} />}>
      <div data-path={[...path, 'days'].join('.')}>
        <Days
          value={days}
          disabled={isReadOnly}
          onChange={(next) => change([...path, 'days'], next, { title: plan.title })}
        />
      </div>
      <div className={classes['row']}>
        <Hour path={[...path, 'from']} value={shown['from']} title={plan.title} label={t('From')} />
        <span className={classes['note']}>–</span>
        <Hour path={[...path, 'to']} value={shown['to']} title={plan.title} label={t('To')} />
      </div>
      {String(shown['to']) < String(shown['from']) ? (
        <span className={classes['note']}>{t('Ends on the next day.')}</span>
      ) : null}
    </FieldFrame>
  )
}

function Hour({ path, value, title, label }: { path: Path; value: unknown; title: string; label: string }) {
  const { change, isReadOnly } = useForm()
  return (
    <TextInput
      size="xs"
      flex={1}
      type="time"
      aria-label={`${title}: ${label}`}
      data-path={path.join('.')}
      readOnly={isReadOnly}
      value={typeof value === 'string' ? value : ''}
      onChange={({ currentTarget }) => {
        if (currentTarget.value !== '') change(path, currentTarget.value.slice(0, 5), { title, typing: 'native' })
      }}
    />
  )
}
