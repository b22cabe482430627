import { Group, Text } from '@mantine/core'
import { IconBell, IconMail, IconMailbox, type Icon } from '@tabler/icons-react'
import type { DeliverySummary } from '#server/contract/deliveries.ts'
import type { Channel } from '#engine/vocabulary.ts'
import { DeliveryPill, LeadLink, When } from '../ui/parts.tsx'
import { Link, useAddress, withParameter } from '../ui/route.tsx'
import { codeAsWords } from '../ui/words.ts'
import classes from './messages.module.css'

const channelIcons: Record<Channel, { icon: Icon; word: string }> = {
  email: { icon: IconMail, word: 'E-mail' },
  postcard: { icon: IconMailbox, word: 'Postcard' },
  notification: { icon: IconBell, word: 'Notification' },
}

/** Messages as a list: what, to whom, from where, what became of it. Each opens as the lead sees it. */
export function MessageRows({ items, isCompact = false }: { items: readonly DeliverySummary[]; isCompact?: boolean }) {
  const address = useAddress()
  return (
    <ul className={classes['list']}>
      {items.map((delivery) => {
        const { icon: ChannelIcon, word } = channelIcons[delivery.channel]
        return (
          <li key={delivery.id} className={classes['row']} data-compact={isCompact}>
            <ChannelIcon size={18} className={classes['icon'] ?? ''} aria-label={word} />
            <div className={classes['what']}>
              <Link
                to={withParameter(address, 'mail', delivery.id)}
                size="sm"
                fw={500}
                className={classes['subject'] ?? ''}
              >
                {delivery.subject || delivery.step.name}
              </Link>
              <Text size="xs" c="dimmed" truncate>
                {delivery.step.name} · {delivery.journey.name}
              </Text>
            </div>
            <div className={classes['who']}>
              <LeadLink lead={delivery.lead} />
            </div>
            <Group gap={8} wrap="nowrap" justify="flex-end" className={classes['state'] ?? ''}>
              {delivery.reason === null || isCompact ? null : (
                <Text size="xs" c="dimmed" truncate maw={180} title={codeAsWords(delivery.reason)}>
                  {codeAsWords(delivery.reason)}
                </Text>
              )}
              <DeliveryPill status={delivery.status} />
              <When at={delivery.createdAt} />
            </Group>
          </li>
        )
      })}
    </ul>
  )
}
