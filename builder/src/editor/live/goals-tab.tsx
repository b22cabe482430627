/** How far those who entered came, how many reached the goal, how fast, and which variant does better. */
import { Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { GoalStatistics } from '#server/contract/journey-statistics.ts'
import { Empty, Loaded } from '../../ui/states.tsx'
import { formatNumber } from '../../ui/words.ts'
import { useCatalogue } from '../editor-context.tsx'
import { formatDuration, formatShare } from './durations.ts'
import { Figure } from './figure.tsx'
import { useGoalStatistics, type Scope } from './live-queries.ts'
import classes from './live.module.css'

export function GoalsTab({ scope, document }: { scope: Scope; document: JourneyDocument }) {
  const goals = useGoalStatistics(scope)
  return (
    <div className={classes['wide']}>
      <Loaded query={goals} rows={8}>
        {(data) => <Goals goals={data} document={document} />}
      </Loaded>
    </div>
  )
}

function Goals({ goals, document }: { goals: GoalStatistics; document: JourneyDocument }) {
  const { t } = useTranslation()
  const { entered, reachedGoal, medianMs, p90Ms } = goals.cohort
  const hasGoal =
    document.graph.settings.goal !== undefined ||
    document.graph.nodes.some(({ type }) => type === 'goal') ||
    reachedGoal > 0
  if (entered === 0) {
    return <Empty title={t('Nobody entered in this time')}>{t('Choose a longer time or another version.')}</Empty>
  }
  return (
    <Stack gap={24} maw={880}>
      <dl className={classes['figures']}>
        <Figure label={t('Entered')} value={formatNumber(entered)} />
        <Figure label={t('Reached the goal')} value={formatNumber(reachedGoal)} note={shareWords(goals.share, t)} />
        <Figure
          label={t('Time to goal')}
          value={medianMs === null ? '–' : formatDuration(medianMs)}
          note={p90Ms === null ? undefined : t('9 of 10 within {{time}}', { time: formatDuration(p90Ms) })}
        />
      </dl>
      {hasGoal ? null : (
        <Text size="sm">{t('This version has no goal: neither a goal rule in its settings nor a goal step.')}</Text>
      )}
      <Funnel goals={goals} document={document} />
      <Times goals={goals} />
      <Variants goals={goals} document={document} />
    </Stack>
  )
}

type Share = GoalStatistics['share']

/** `12.5 %, surely between 10.1 % and 15.3 %`. */
function shareWords(share: Share, t: (key: string, values: Record<string, string>) => string): string {
  if (share === null) return '–'
  return t('{{share}}, between {{low}} and {{high}} (95 %)', {
    share: formatShare(share.share, 1),
    low: formatShare(share.low, 1),
    high: formatShare(share.high, 1),
  })
}

/** In the order in which most come to them; steps of the version shown. */
function Funnel({ goals, document }: { goals: GoalStatistics; document: JourneyDocument }) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const nodes = new Map(document.graph.nodes.map((node) => [node.id, node]))
  const rows = goals.reach.flatMap(({ stepId, leads }) => {
    const node = nodes.get(stepId)
    return node === undefined ? [] : [{ id: stepId, name: catalogue.titleOf(node), leads }]
  })
  const bars = [...rows, { id: ' goal', name: t('Reached the goal'), leads: goals.cohort.reachedGoal }]
  return (
    <section>
      <Title order={2} size="h3" mb={8}>
        {t('How far they came')}
      </Title>
      <Bars rows={bars} whole={goals.cohort.entered} />
    </section>
  )
}

function Bars({ rows, whole }: { rows: readonly { id: string; name: string; leads: number }[]; whole: number }) {
  return (
    <div className={classes['funnel']} role="list">
      {rows.map(({ id, name, leads }) => (
        <div key={id} role="listitem" style={{ display: 'contents' }}>
          <Text size="sm" truncate title={name}>
            {name}
          </Text>
          <div className={classes['bars']} aria-hidden="true">
            <span style={{ width: `${String((leads / Math.max(1, whole)) * 100)}%` }} />
          </div>
          <Text size="sm">
            {formatNumber(leads)} · {formatShare(leads, whole)}
          </Text>
        </div>
      ))}
    </div>
  )
}

function Times({ goals }: { goals: GoalStatistics }) {
  const { t } = useTranslation()
  const { reachedGoal } = goals.cohort
  if (reachedGoal === 0) return null
  // What follows the limit within which all had come tells nothing.
  const last = goals.times.findIndex(({ leads }) => leads === reachedGoal)
  const rows = goals.times.slice(0, last < 0 ? undefined : last + 1)
  return (
    <section>
      <Title order={2} size="h3" mb={8}>
        {t('How fast they reached the goal')}
      </Title>
      <Bars
        whole={reachedGoal}
        rows={rows.map(({ withinMs, leads }) => ({
          id: String(withinMs),
          name: t('within {{time}}', { time: formatDuration(withinMs) }),
          leads,
        }))}
      />
    </section>
  )
}

/** Each split with its ways out: the share that reached the goal, and how sure that is. */
function Variants({ goals, document }: { goals: GoalStatistics; document: JourneyDocument }) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const nodes = new Map(document.graph.nodes.map((node) => [node.id, node]))
  const most = Math.max(0.01, ...goals.variants.map(({ share }) => share?.high ?? 0))
  return [...Map.groupBy(goals.variants, ({ stepId }) => stepId)].map(([stepId, rows]) => {
    const node = nodes.get(stepId)
    const labels = new Map(node === undefined ? [] : catalogue.portsOf(node).map(({ id, label }) => [id, label]))
    return (
      <section key={stepId}>
        <Title order={2} size="h3" mb={8}>
          {t('By variant: {{step}}', { step: node === undefined ? stepId : catalogue.titleOf(node) })}
        </Title>
        <div className={classes['scroll']}>
          <table className={classes['ways']}>
            <thead>
              <tr>
                <th scope="col">{t('Variant')}</th>
                <th scope="col">{t('Leads')}</th>
                <th scope="col">{t('Reached the goal')}</th>
                <th scope="col">{t('Share, with its 95 % interval')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ port, leads, reachedGoal, share }) => (
                <tr key={port}>
                  <td>{labels.get(port) ?? port}</td>
                  <td>{formatNumber(leads)}</td>
                  <td>{formatNumber(reachedGoal)}</td>
                  <td>
                    {shareWords(share, t)}
                    {share === null ? null : <Interval share={share} most={most} />}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    )
  })
}

function Interval({ share: { share, low, high }, most }: { share: NonNullable<Share>; most: number }) {
  const at = (value: number) => `${String((value / most) * 100)}%`
  return (
    <div className={classes['interval']} aria-hidden="true">
      <span style={{ left: at(low), width: at(high - low) }} />
      <b style={{ left: at(share) }} />
    </div>
  )
}
