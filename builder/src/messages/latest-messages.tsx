import { useLive } from '../api/live.ts'
import { Empty, Loading } from '../ui/states.tsx'
import { MessageRows } from './message-rows.tsx'
import { t } from '../i18n/t.ts'

const shown = 8

/** The newest messages, as they come. */
export function LatestMessages() {
  const { live } = useLive()
  if (live === null) return <Loading rows={shown} />
  if (live.deliveries.length === 0) {
    return (
      <Empty title={t('No messages yet')}>{t('Messages appear here the moment a journey decides to send one.')}</Empty>
    )
  }
  return <MessageRows items={live.deliveries.slice(0, shown)} isCompact />
}
