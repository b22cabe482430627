/** A row of the outline in one sentence, as it is read aloud. */
import { t } from '../../i18n/t.ts'
import type { Catalogue } from '../catalogue.ts'
import type { OutlineRow } from './rows.ts'

export function sayRow(row: OutlineRow, catalogue: Catalogue, nameOf: (id: string) => string): string {
  const by = row.kind === 'note' || row.way === null || row.way.label === null ? '' : `${row.way.label}: `
  switch (row.kind) {
    case 'step':
      return `${by}${catalogue.titleOf(row.node)}, ${catalogue.summaryOf(row.node)}${row.node.disabled === true ? `, ${t('switched off')}` : ''}${row.isLoose ? `, ${t('not connected')}` : ''}`
    case 'join':
      return `${by}${t('joins {{step}}', { step: nameOf(row.to) })}`
    case 'open':
      return `${by}${t('leads nowhere yet')}`
    case 'note':
      return `${t('Note')}: ${row.note.text}`
    default:
      return row satisfies never
  }
}
