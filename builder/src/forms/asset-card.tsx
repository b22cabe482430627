/** What the chosen asset is, so that one need not leave the form to see it. */
import { Anchor, Text } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { t } from '../i18n/t.ts'
import classes from './forms.module.css'
import { sayKey } from './option-words.ts'
import { useLibrary } from './sources.ts'

export function AssetCard({ assetKey }: { assetKey: string }) {
  const asset = useLibrary().data?.library.assets[assetKey]
  if (asset === undefined) return null
  const { title, kind, format, url, summary, topics, expiresOn, commitment } = asset
  return (
    <div className={classes['asset']}>
      <Text size="xs" fw={600}>
        {title}
      </Text>
      <Text size="xs" c="dimmed">
        {[sayKey(format), sayKey(kind), t('effort {{commitment}} of 5', { commitment }), ...topics].join(' · ')}
      </Text>
      {summary === undefined ? null : <Text size="xs">{summary}</Text>}
      {expiresOn === undefined ? null : <Text size="xs">{t('Until {{day}}', { day: expiresOn })}</Text>}
      <Anchor href={url} target="_blank" rel="noreferrer" size="xs">
        {t('Open')} <IconExternalLink size={11} />
      </Anchor>
    </div>
  )
}
