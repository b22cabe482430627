import { Title } from '@mantine/core'
import { useDeliveries } from '../api/queries.ts'
import { More, Panel } from '../ui/parts.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { VisuallyHidden } from '@mantine/core'
import { MessageRows } from './message-rows.tsx'
import { t } from '../i18n/t.ts'

/** Every message, newest first, sent or not. */
export function MessagesScreen() {
  const deliveries = useDeliveries()
  return (
    <>
      <VisuallyHidden>
        <Title order={1}>{t('Messages')}</Title>
      </VisuallyHidden>
      <Panel title={t('Messages')}>
        <Loaded query={deliveries} rows={10}>
          {({ pages }) => {
            const items = pages.flatMap((page) => page.items)
            return items.length === 0 ? (
              <Empty title={t('No messages yet')}>
                {t('Messages appear here the moment a journey decides to send one.')}
              </Empty>
            ) : (
              <>
                <MessageRows items={items} />
                <More query={deliveries} />
              </>
            )
          }}
        </Loaded>
      </Panel>
    </>
  )
}
