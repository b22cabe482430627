import { Drawer, SegmentedControl, Stack, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useState } from 'react'
import type { Delivery } from '#server/contract/deliveries.ts'
import { useDelivery } from '../api/queries.ts'
import { DeliveryPill } from '../ui/parts.tsx'
import { goTo, Link, useAddress, withParameter } from '../ui/route.tsx'
import { Loaded } from '../ui/states.tsx'
import { codeAsWords, formatInstant } from '../ui/words.ts'
import classes from './messages.module.css'
import { t } from '../i18n/t.ts'

/** One message as the lead sees it, over whatever screen asked for it (`?mail=`). */
export function MailDrawer() {
  const address = useAddress()
  const id = address.searchParams.get('mail')
  const delivery = useDelivery(id)
  const isSmall = useMediaQuery('(max-width: 48em)')
  return (
    <Drawer
      opened={id !== null}
      onClose={() => goTo(withParameter(address, 'mail', null))}
      position={isSmall ? 'bottom' : 'right'}
      size={isSmall ? '92%' : 620}
      title={
        <Text fw={600} size="lg">
          {delivery.data?.subject || delivery.data?.step.name || t('Message')}
        </Text>
      }
      closeButtonProps={{ 'aria-label': t('Close') }}
      classNames={{ content: classes['drawer'] ?? '', body: classes['drawerBody'] ?? '' }}
    >
      {id === null ? null : (
        <Loaded query={delivery} rows={8}>
          {(data) => <Message delivery={data} />}
        </Loaded>
      )}
    </Drawer>
  )
}

function Message({ delivery }: { delivery: Delivery }) {
  const [view, setView] = useState<string>('html')
  const [copy] = delivery.copies
  return (
    <Stack gap={12} flex={1} mih={0}>
      <Stack gap={4}>
        <Text size="sm">
          {t('To')}{' '}
          <Link underline="always" to={`/leads/${delivery.lead.id}`}>
            {delivery.lead.name}
          </Link>
          {copy === undefined ? '' : ` ${t('at {{to}}', { to: copy.to })}`}
        </Text>
        <Text size="sm" c="dimmed">
          {delivery.step.name} ·{' '}
          <Link underline="always" to={`/journeys/${delivery.journey.key}`}>
            {delivery.journey.name}
          </Link>
        </Text>
        <Text size="sm" c="dimmed" component="div">
          <DeliveryPill status={delivery.status} /> {explain(delivery)}
        </Text>
      </Stack>
      {copy === undefined ? (
        <>
          <Text size="sm" c="dimmed">
            {t('It has not been handed over, so this is what it was going to be made from.')}
          </Text>
          <pre className={classes['plain']}>{delivery.content.body}</pre>
        </>
      ) : (
        <>
          <SegmentedControl
            size="xs"
            value={view}
            onChange={setView}
            data={[
              { value: 'html', label: t('As the lead sees it') },
              { value: 'plain', label: t('Plain text') },
            ]}
          />
          {view === 'html' ? (
            // Its own origin, no scripts, no forms: whatever the mail holds stays in the frame.
            <iframe
              className={classes['frame']}
              sandbox=""
              src={copy.previewPath}
              title={t('Mail: {{subject}}', { subject: copy.subject })}
            />
          ) : (
            <pre className={classes['plain']}>{copy.plain}</pre>
          )}
        </>
      )}
    </Stack>
  )
}

/** What became of it and when, in a sentence. */
function explain(delivery: Delivery): string {
  const reason = delivery.reason === null ? '' : ` Reason: ${codeAsWords(delivery.reason)}.`
  if (delivery.status === 'accepted' && delivery.acceptedAt !== null) return formatInstant(delivery.acceptedAt)
  if (delivery.status === 'queued' && delivery.notBefore !== null) {
    return `Waits until ${formatInstant(delivery.notBefore)}.${reason}`
  }
  return `${formatInstant(delivery.queuedAt)}.${reason}`
}
