/** Visits over time: a bar per hour or day for who left, a line for who came. The table behind it is there for everybody. */
import { Text, Title, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { StepDetail } from '#server/contract/journey-statistics.ts'
import { formatInstant, formatNumber } from '../../ui/words.ts'
import classes from './live.module.css'

const width = 348
const height = 56

export function Trend({ detail: { bucket, trend } }: { detail: StepDetail }) {
  const { t } = useTranslation()
  const first = trend[0]
  const last = trend.at(-1)
  if (first === undefined || last === undefined || trend.length < 2) return null
  const unit = bucket === 'hour' ? 3_600_000 : 86_400_000
  const begin = Date.parse(first.at)
  const count = Math.round((Date.parse(last.at) - begin) / unit) + 1
  const most = Math.max(...trend.map(({ entered, left }) => Math.max(entered, left)))
  const step = width / count
  const x = (at: string) => ((Date.parse(at) - begin) / unit) * step
  const y = (value: number) => height - 2 - (value / most) * (height - 6)
  return (
    <section>
      <Title order={3} size="h3">
        {t('Over time')}
      </Title>
      <Text size="xs" c="dimmed">
        {bucket === 'hour' ? t('Per hour: bars left, line came') : t('Per day: bars left, line came')}
        {` · ${t('at most {{number}}', { number: formatNumber(most) })}`}
      </Text>
      <svg className={classes['trend']} viewBox={`0 0 ${String(width)} ${String(height)}`} aria-hidden="true">
        {trend.map(({ at, left }) => (
          <rect
            key={at}
            x={x(at) + Math.min(1, step * 0.1)}
            y={y(left)}
            width={Math.max(1, step * 0.8)}
            height={height - 2 - y(left)}
            fill="var(--control)"
            opacity={0.6}
          />
        ))}
        <polyline
          points={trend.map(({ at, entered }) => `${String(x(at) + step / 2)},${String(y(entered))}`).join(' ')}
          fill="none"
          stroke="var(--focus)"
          strokeWidth={1.5}
        />
        <line x1={0} x2={width} y1={height - 1.5} y2={height - 1.5} stroke="var(--hairline)" />
      </svg>
      <VisuallyHidden>
        <table>
          <thead>
            <tr>
              <th>{t('Time')}</th>
              <th>{t('Entered')}</th>
              <th>{t('Left')}</th>
            </tr>
          </thead>
          <tbody>
            {trend.map(({ at, entered, left }) => (
              <tr key={at}>
                <td>{formatInstant(at)}</td>
                <td>{entered}</td>
                <td>{left}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </section>
  )
}
