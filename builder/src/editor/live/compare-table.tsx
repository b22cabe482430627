/** The comparison in numbers, step by step: what the drawing prints, side by side. */
import { Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { JourneyStatistics } from '#server/contract/journey-statistics.ts'
import { useCatalogue } from '../editor-context.tsx'
import { useComparedNames } from './compared.ts'
import { changeView, type LiveView } from './live-view.ts'
import { compareSteps } from './overlay-marks.ts'
import classes from './live.module.css'

export function CompareTable({
  view,
  document,
  statistics,
  before,
}: {
  view: LiveView
  document: JourneyDocument
  statistics: JourneyStatistics
  before: JourneyStatistics
}) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const names = useComparedNames(view)
  const nodes = new Map(document.graph.nodes.map((node) => [node.id, node]))
  const rows = compareSteps(document.graph, view.overlay, statistics, before)
  const gone = before.steps.filter(({ stepId, left }) => left > 0 && !nodes.has(stepId)).length
  if (rows.length === 0) return null
  return (
    <section>
      <Title order={3} size="h3" mb={4}>
        {view.overlay === 'counts' ? t('Passed, step by step') : t('Step by step')}
      </Title>
      <table className={classes['ways']}>
        <thead>
          <tr>
            <th scope="col">{t('Step')}</th>
            <th scope="col">{names.now}</th>
            <th scope="col">{names.then}</th>
            <th scope="col">{t('Change')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, now, before: then, change }) => {
            const node = nodes.get(id)
            return (
              <tr key={id}>
                <td>
                  <button
                    type="button"
                    className={classes['stepLink']}
                    onClick={() => changeView({ step: id, what: null, port: null, only: null })}
                  >
                    {node === undefined ? id : catalogue.titleOf(node)}
                  </button>
                </td>
                <td>{now}</td>
                <td>{then}</td>
                <td>{change === '' ? '–' : change}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {gone === 0 ? null : (
        <Text size="xs" c="dimmed" mt={4}>
          {t('{{count}} steps that were there then are not drawn here.', { count: gone })}
        </Text>
      )}
    </section>
  )
}
