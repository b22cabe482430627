/** A draft that newer code has written: it is neither shown nor touched. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { graphFormat } from '#engine/graph/schema.ts'
import type { Draft } from '#server/contract/drafts.ts'
import { Empty } from '../../ui/states.tsx'

/** True when this page cannot read the draft, whatever its schema says. */
export function isNewerFormat(draft: Pick<Draft, 'graph'>): boolean {
  const format: unknown = draft.graph.format
  return typeof format !== 'number' || format > graphFormat
}

export function NewerFormat({ draft }: { draft: Draft }) {
  const { t } = useTranslation()
  return (
    <>
      <Empty title={t('“{{name}}” was made with a newer version of Trellis', { name: draft.name })}>
        {t(
          'This page reads journeys of format {{own}}; this one has format {{theirs}}. Nothing of it was changed. Reload the page; if that does not help, update Trellis.',
          { own: graphFormat, theirs: String(draft.graph.format) },
        )}
      </Empty>
      <Button variant="default" mx="auto" display="block" onClick={() => location.reload()}>
        {t('Reload the page')}
      </Button>
    </>
  )
}
