import type { ToldWay } from '#engine/drawing/tell.ts'
import { t } from '../i18n/t.ts'

/** Where a way leads, by the number of the step in the list. */
export function wayWords({ label, to }: ToldWay): string {
  if (to === null) return label === null ? t('→ nowhere yet') : t('{{label}} → ends here', { label })
  const target = `${String(to.number)} ${to.title}`
  return label === null ? t('→ on to {{target}}', { target }) : t('{{label}} → {{target}}', { label, target })
}
