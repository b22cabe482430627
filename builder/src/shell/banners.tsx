import { Text } from '@mantine/core'
import { IconFlask, IconHandStop } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useStatus } from '../api/queries.ts'
import classes from './shell.module.css'
import { t } from '../i18n/t.ts'

/** What must not be overlooked on any screen: made-up data, and a company-wide hold. */
export function Banners() {
  const switches = useStatus().data?.switches
  if (switches === undefined) return null
  return (
    <>
      {switches.demo ? (
        <Banner icon={<IconFlask size={16} />}>
          <b>{t('Demo data:')}</b> {t('nothing leaves this machine.')}
        </Banner>
      ) : null}
      {switches.hold ? (
        <Banner icon={<IconHandStop size={16} />} isWarning>
          <b>{t('On hold:')}</b> {t('nothing is sent to anyone.')} {switches.holdReason ?? ''}
        </Banner>
      ) : null}
    </>
  )
}

function Banner({ icon, isWarning = false, children }: { icon: ReactNode; isWarning?: boolean; children: ReactNode }) {
  return (
    <div className={classes['banner']} data-warning={isWarning} role="status">
      {icon}
      <Text size="sm" span>
        {children}
      </Text>
    </div>
  )
}
